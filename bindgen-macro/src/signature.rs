//! What functions of the guest and of the host have in common: a signature of types that edge carries.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Error, FnArg, GenericParam, Ident, Lifetime, Pat, Result, ReturnType, Type, TypeReference};

use crate::doc::doc;

/// A parameter.
pub(crate) struct Parameter {
    /// Its name in the description.
    name: String,
    /// Its type, with every lifetime `'static`: shims name types where no lifetime is in scope, and what lives as long as the
    /// call is seen to by the types that hold arguments.
    ty: Type,
}

impl Parameter {
    /// `<T as Parameter>`, at the place of `T`.
    pub(crate) fn as_trait(&self) -> TokenStream {
        let ty = &self.ty;
        quote_spanned!(ty.span()=> <#ty as ::edge_bindgen::__private::Parameter>)
    }

    /// A call of a method of `Parameter` on the value `name`, whose lifetimes are its own. All of it is at the place of the
    /// type, so that an error about the type is reported once.
    pub(crate) fn call(&self, method: &str, name: &Ident, more: Option<&Ident>) -> TokenStream {
        let span = self.ty.span();
        let (method, mut name) = (Ident::new(method, span), name.clone());
        name.set_span(name.span().located_at(span));
        let more = more.into_iter();
        quote_spanned!(span=> ::edge_bindgen::__private::Parameter::#method(&#name #(, #more)*))
    }
}

/// A checked signature.
pub(crate) struct Signature {
    pub(crate) name: String,
    doc: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Type,
}

impl Signature {
    /// Checks what the compiler could not refuse in words of ours.
    pub(crate) fn new(attributes: &[Attribute], signature: &syn::Signature) -> Result<Signature> {
        check_head(signature)?;
        let parameters =
            signature.inputs.iter().enumerate().map(|(index, input)| parameter(index, input)).collect::<Result<_>>()?;
        let result = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => result(ty)?,
        };
        Ok(Signature { name: signature.ident.unraw().to_string(), doc: doc(attributes), parameters, result })
    }

    /// `<R as Returned>`, at the place of `R`.
    pub(crate) fn returned(&self) -> TokenStream {
        let ty = &self.result;
        quote_spanned!(ty.span()=> <#ty as ::edge_bindgen::__private::Returned>)
    }

    /// The record of the description.
    pub(crate) fn record(&self, module: Option<&str>) -> TokenStream {
        let (name, doc) = (&self.name, &self.doc);
        let module = match module {
            Some(module) => quote!(::core::option::Option::Some(#module)),
            None => quote!(::core::option::Option::None),
        };
        let parameters = self.parameters.iter().map(|parameter| {
            let (name, as_trait) = (&parameter.name, parameter.as_trait());
            quote!((#name, #as_trait::SCHEMA))
        });
        let returned = self.returned();
        crate::record::emit(&quote! {
            ::edge_bindgen::__private::Record::Function {
                module: #module,
                name: #name,
                doc: #doc,
                parameters: &[#(#parameters),*],
                result: #returned::SCHEMA,
            }
        })
    }

    /// The two wasm parameters of every parameter, with names and types.
    pub(crate) fn wasm_parameters(&self) -> Vec<TokenStream> {
        let one = |(index, parameter): (usize, &Parameter)| {
            let (first, second) = wasm_names(index);
            let as_trait = parameter.as_trait();
            quote!(#first: #as_trait::P0, #second: #as_trait::P1)
        };
        self.parameters.iter().enumerate().map(one).collect()
    }
}

/// The names of a parameter's two wasm parameters: like all names of shims, none that a user's function has.
pub(crate) fn wasm_names(index: usize) -> (Ident, Ident) {
    (format_ident!("__edge_first{index}"), format_ident!("__edge_second{index}"))
}

/// What stands before the parentheses.
fn check_head(signature: &syn::Signature) -> Result<()> {
    let refuse = |spanned: &dyn quote::ToTokens, text: &str| Err(Error::new_spanned(spanned, text));
    if let Some(token) = &signature.asyncness {
        return refuse(token, "an edge function cannot be async: a call of the guest runs to its end; use a plain fn");
    }
    for generic in &signature.generics.params {
        match generic {
            GenericParam::Lifetime(_) => {}
            GenericParam::Type(_) | GenericParam::Const(_) => {
                return refuse(
                    generic,
                    "an edge function cannot be generic: the host calls one function; use concrete types",
                );
            }
        }
    }
    if let Some(token) = &signature.variadic {
        return refuse(token, "an edge function has a fixed number of parameters; take a Vec<T> or &[T]");
    }
    Ok(())
}

fn parameter(index: usize, input: &FnArg) -> Result<Parameter> {
    let typed = match input {
        FnArg::Typed(typed) => typed,
        FnArg::Receiver(receiver) => {
            return Err(Error::new_spanned(
                receiver,
                "guest objects are not supported yet; an edge function stands outside of impl blocks and has no self",
            ));
        }
    };
    let name = match &*typed.pat {
        Pat::Ident(pattern) => pattern.ident.unraw().to_string(),
        _ => format!("arg{index}"),
    };
    let mut ty = (*typed.ty).clone();
    let mut check = Check { result: false, refused: None };
    check.visit_type_mut(&mut ty);
    check.finish()?;
    Ok(Parameter { name, ty })
}

fn result(ty: &Type) -> Result<Type> {
    let mut ty = ty.clone();
    let mut check = Check { result: true, refused: None };
    check.visit_type_mut(&mut ty);
    check.finish()?;
    Ok(ty)
}

/// Refuses types that no trait could refuse in words of ours, and makes every lifetime `'static`.
struct Check {
    result: bool,
    refused: Option<Error>,
}

impl Check {
    fn refuse(&mut self, spanned: &dyn quote::ToTokens, text: &str) {
        self.refused.get_or_insert_with(|| Error::new_spanned(spanned, text));
    }

    fn finish(self) -> Result<()> {
        self.refused.map_or(Ok(()), Err)
    }
}

const SUPPORTED: &str = "supported: bool, i8 to i64, u8 to u64, isize, usize, f32, f64, char, String, &str, Vec<T>, &[T], \
                         [T; k], Option<T>, tuples, BTreeMap, HashMap, Box<T>, structs and enums with #[derive(EdgeType)], \
                         and &T of these; Result<T, E> as a result";

impl VisitMut for Check {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::ImplTrait(ty) => self.refuse(ty, &format!("`impl Trait` does not tell the host a type; {SUPPORTED}")),
            Type::Never(ty) => self.refuse(ty, &format!("an edge function returns; {SUPPORTED}")),
            Type::Infer(ty) => self.refuse(ty, &format!("the type must be written; {SUPPORTED}")),
            _ => visit_mut::visit_type_mut(self, ty),
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if self.result {
            self.refuse(
                reference,
                "the result of an edge function cannot be a reference; return an owned value: String, Vec<T>, or the type itself",
            );
        } else if reference.mutability.is_some() {
            self.refuse(
                reference,
                "an argument is the function's alone and goes nowhere when changed: take `&T` or `T`, and return what changed",
            );
        } else if reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static") {
            self.refuse(reference, "an argument lives only for the call; take `&T` without 'static, or an owned value");
        }
        visit_mut::visit_type_reference_mut(self, reference);
        let span = reference.and_token.span();
        reference.lifetime = Some(Lifetime::new("'static", span));
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new("'static", lifetime.span());
    }
}
