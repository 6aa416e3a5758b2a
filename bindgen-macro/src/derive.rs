//! `#[derive(EdgeType)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Index, Member, Result, Type};

use crate::doc::doc;

/// The implementation of `EdgeType`, and the record.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "a generic type cannot cross between guest and host: the description names concrete types; use owned fields of \
             concrete types",
        ));
    }
    let body = match &input.data {
        Data::Struct(data) => struct_body(&data.fields),
        Data::Enum(data) => enum_body(&input.ident, data),
        Data::Union(data) => {
            return Err(Error::new_spanned(
                data.union_token,
                "a union cannot cross between guest and host; #[derive(EdgeType)] goes on a struct or an enum",
            ));
        }
    };
    Ok(assemble(input, &body))
}

/// What depends on the sort of type.
struct Body {
    /// The rest of the record, after the head.
    record: TokenStream,
    sort: Ident,
    nil: TokenStream,
    encode: TokenStream,
    decode: TokenStream,
}

fn assemble(input: &DeriveInput, body: &Body) -> TokenStream {
    let ident = &input.ident;
    let (name, doc) = (ident.unraw().to_string(), doc(&input.attrs));
    let Body { record, sort, nil, encode, decode } = body;
    let identity = quote!(::core::concat!(::core::module_path!(), "::", #name));
    let record = crate::record::emit(&quote! {
        ::edge_bindgen::__private::Record::#sort { id: #identity, name: #name, doc: #doc, #record }
    });
    quote! {
        #[allow(unsafe_code, reason = "sections are unsafe attributes")]
        const _: () = {
            #record

            impl ::edge_bindgen::EdgeType for #ident {
                const SCHEMA: &'static ::edge_bindgen::__private::Schema =
                    &::edge_bindgen::__private::Schema::Ref(#identity);
                type Nil = #nil;
                type Travel = ::edge_bindgen::__private::InMemory<::edge_bindgen::__private::Document>;
                type Elements = ::edge_bindgen::__private::Documents;

                fn encode(&self, to: &mut ::edge_bindgen::__private::Writer) {
                    #encode
                }

                fn decode(
                    from: &mut ::edge_bindgen::__private::Reader<'_>,
                ) -> ::core::result::Result<Self, ::edge_bindgen::__private::Malformed> {
                    #decode
                }
            }

            ::edge_bindgen::__private::by_value!(#ident);
        };
    }
}

fn struct_body(fields: &Fields) -> Body {
    let nils = items(fields, "Nil");
    let nil = match (fields, fields.len()) {
        (Fields::Named(_), _) | (_, 2..) => quote!(::edge_bindgen::__private::IsNeverNil),
        (_, 0) => quote!(::edge_bindgen::__private::MayBeNil),
        (_, 1) => quote!(#(#nils)*),
    };
    let described = describe(fields);
    let values: Vec<TokenStream> = members(fields).iter().map(|member| quote!(&self.#member)).collect();
    let decode = decode(fields, &quote!(Self));
    Body {
        record: quote!(fields: #described),
        sort: format_ident!("Struct"),
        nil,
        encode: encode(fields, &values),
        decode: quote!(::core::result::Result::Ok(#decode)),
    }
}

fn enum_body(ident: &Ident, data: &DataEnum) -> Body {
    let of = ident.unraw().to_string();
    let (mut records, mut writes, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        let (ident, fields) = (&variant.ident, &variant.fields);
        let (name, doc, described) = (ident.unraw().to_string(), doc(&variant.attrs), describe(fields));
        records.push(quote!(::edge_bindgen::__private::Variant { name: #name, doc: #doc, fields: #described }));
        let bindings: Vec<Ident> = (0..fields.len()).map(|index| format_ident!("field{index}")).collect();
        let members = members(fields);
        let pattern = quote!(Self::#ident { #(#members: #bindings),* });
        let payload = is_payload(fields);
        if payload {
            let values: Vec<TokenStream> = bindings.iter().map(|binding| quote!(#binding)).collect();
            let encode = encode(fields, &values);
            writes.push(quote!(#pattern => { to.map(1); to.str(#name); #encode }));
            let decode = decode(fields, &quote!(Self::#ident));
            reads.push(quote!((#name, true) => ::core::result::Result::Ok(#decode)));
        } else {
            writes.push(quote!(#pattern => to.str(#name)));
            reads.push(quote!((#name, false) => ::core::result::Result::Ok(#pattern)));
        }
    }
    let scrutinee = if data.variants.is_empty() { quote!(*self) } else { quote!(self) };
    Body {
        record: quote!(variants: &[#(#records),*]),
        sort: format_ident!("Enum"),
        nil: quote!(::edge_bindgen::__private::IsNeverNil),
        encode: quote!(match #scrutinee { #(#writes,)* }),
        decode: quote! {
            match from.variant()? {
                #(#reads,)*
                (name, _) => ::core::result::Result::Err(from.malformed(
                    ::edge_bindgen::__private::Reason::UnknownVariant { of: #of, name: name.into() }
                )),
            }
        },
    }
}

/// Whether a variant is written with a payload: `A` and `A()` are not, `A {}` is.
fn is_payload(fields: &Fields) -> bool {
    matches!(fields, Fields::Named(_)) || !fields.is_empty()
}

/// `<T as EdgeType>::NAME` for every field, all of it at the place of `T`, so that an error about `T` is reported once.
fn items(fields: &Fields, name: &str) -> Vec<TokenStream> {
    let item = |ty: &Type| {
        let name = Ident::new(name, ty.span());
        quote_spanned!(ty.span()=> <#ty as ::edge_bindgen::EdgeType>::#name)
    };
    fields.iter().map(|field| item(&field.ty)).collect()
}

fn types(fields: &Fields) -> Vec<&Type> {
    fields.iter().map(|field| &field.ty).collect()
}

fn members(fields: &Fields) -> Vec<Member> {
    let member = |(index, field): (usize, &syn::Field)| match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index::from(index)),
    };
    fields.iter().enumerate().map(member).collect()
}

/// The names that the fields have in documents.
fn names(fields: &Fields) -> Vec<String> {
    fields.iter().filter_map(|field| Some(field.ident.as_ref()?.unraw().to_string())).collect()
}

/// The record's `Fields`.
fn describe(fields: &Fields) -> TokenStream {
    let schemas = items(fields, "SCHEMA");
    if let Fields::Named(_) = fields {
        let (names, docs) = (names(fields), fields.iter().map(|field| doc(&field.attrs)));
        quote! {
            ::edge_bindgen::__private::Fields::Named(&[
                #(::edge_bindgen::__private::Field { name: #names, doc: #docs, schema: #schemas }),*
            ])
        }
    } else if fields.is_empty() {
        quote!(::edge_bindgen::__private::Fields::Unit)
    } else {
        quote!(::edge_bindgen::__private::Fields::Tuple(&[#(#schemas),*]))
    }
}

/// Writes the fields, given references to their values.
fn encode(fields: &Fields, values: &[TokenStream]) -> TokenStream {
    let encodes = items(fields, "encode");
    let count = fields.len();
    match (fields, count) {
        (Fields::Named(_), _) => {
            let names = names(fields);
            quote!(to.map(#count); #(to.str(#names); #encodes(#values, to);)*)
        }
        (_, 0) => quote!(to.nil();),
        (_, 1) => quote!(#(#encodes(#values, to);)*),
        (_, _) => quote!(to.array(#count); #(#encodes(#values, to);)*),
    }
}

/// An expression that reads the fields and makes the value.
fn decode(fields: &Fields, constructor: &TokenStream) -> TokenStream {
    let decodes = items(fields, "decode");
    let (members, count) = (members(fields), fields.len());
    match (fields, count) {
        (Fields::Named(_), _) => decode_named(fields, constructor),
        (_, 0) => quote!({ from.nil()?; #constructor {} }),
        (_, 1) => quote!(#constructor { #(#members: #decodes(from)?),* }),
        (_, _) => quote!({
            from.array_of(#count)?;
            #constructor { #(#members: #decodes(from)?),* }
        }),
    }
}

/// Named fields come in any order, with unknown ones between them.
fn decode_named(fields: &Fields, constructor: &TokenStream) -> TokenStream {
    let (decodes, missings) = (items(fields, "decode"), items(fields, "missing"));
    let (names, members, types) = (names(fields), members(fields), types(fields));
    let found: Vec<Ident> = (0..fields.len()).map(|index| format_ident!("field{index}")).collect();
    quote!({
        let count = from.map()?;
        #(let mut #found: ::core::option::Option<#types> = ::core::option::Option::None;)*
        for _ in 0..count {
            match from.str()? {
                #(#names => #found = ::core::option::Option::Some(#decodes(from)?),)*
                _ => from.skip()?,
            }
        }
        #constructor {
            #(#members: match #found.or_else(|| #missings()) {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => {
                    return ::core::result::Result::Err(
                        from.malformed(::edge_bindgen::__private::Reason::Missing(#names))
                    );
                }
            }),*
        }
    })
}
