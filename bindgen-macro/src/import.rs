//! `#[edge_bindgen(module = "...")]` on an `extern "Rust"` block: functions of the host.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ForeignItem, ForeignItemFn, Ident, ItemForeignMod, Pat, Result, Safety};

use crate::options::Options;
use crate::signature::Signature;

/// A safe function and a record for every function of the block.
pub(crate) fn expand(options: &Options, block: ItemForeignMod) -> Result<TokenStream> {
    let Some(module) = &options.module else {
        return Err(Error::new_spanned(
            &block.abi,
            "say which module of the host the functions are in: #[edge_bindgen(module = \"...\")]",
        ));
    };
    if block.abi.name.as_ref().is_none_or(|name| name.value() != "Rust") {
        return Err(Error::new_spanned(&block.abi, "functions of the host are declared in an extern \"Rust\" block"));
    }
    let functions = block.items.into_iter().map(|item| match item {
        ForeignItem::Fn(function) => import(&module.value(), function),
        other => {
            Err(Error::new_spanned(other, "only functions can be declared here: `fn name(parameter: Type) -> Type;`"))
        }
    });
    functions.collect()
}

fn import(module: &str, function: ForeignItemFn) -> Result<TokenStream> {
    let ForeignItemFn { attrs, vis, mut sig, .. } = function;
    if let Safety::Unsafe(token) = &sig.safety {
        return Err(Error::new_spanned(token, "functions of the host are safe to call; leave the keyword out"));
    }
    let signature = Signature::new(&attrs, &sig)?;
    // `safe` is the same as nothing here, and no keyword of the function that is made.
    sig.safety = Safety::Default;
    let names = names(&mut sig);
    let record = signature.record(Some(module));
    let (guest, native) = (call_host(module, &signature, &names), call_mock(module, &signature, &names));
    let cfgs = attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    Ok(quote! {
        #(#attrs)*
        #[allow(unsafe_code, reason = "an import is unsafe to call")]
        #vis #sig {
            #[cfg(target_arch = "wasm32")]
            { #guest }
            #[cfg(not(target_arch = "wasm32"))]
            { #native }
        }

        #(#cfgs)*
        #[allow(unsafe_code, reason = "sections are unsafe attributes")]
        const _: () = { #record };
    })
}

/// The parameters' names; a parameter without one gets one.
fn names(sig: &mut syn::Signature) -> Vec<Ident> {
    let name = |(index, input): (usize, &mut FnArg)| {
        let FnArg::Typed(typed) = input else { unreachable!("a checked signature has no self") };
        if let Pat::Ident(pattern) = &*typed.pat {
            return pattern.ident.clone();
        }
        let name = format_ident!("arg{index}");
        *typed.pat = syn::parse_quote!(#name);
        name
    };
    sig.inputs.iter_mut().enumerate().map(name).collect()
}

/// In a guest: the import.
fn call_host(module: &str, signature: &Signature, names: &[Ident]) -> TokenStream {
    let name = &signature.name;
    let returned = signature.returned();
    let wasm_parameters = signature.wasm_parameters();
    let sends = signature.parameters.iter().zip(names).map(|(parameter, name)| parameter.call("send", name, None));
    let sent: Vec<Ident> = (0..names.len()).map(|index| format_ident!("__edge_sent{index}")).collect();
    quote! {
        #[link(wasm_import_module = #module)]
        #[allow(improper_ctypes, clashing_extern_declarations, reason = "`()` is no wasm parameter; modules tell names apart")]
        unsafe extern "C" {
            #[link_name = #name]
            fn __edge_import(#(#wasm_parameters),*) -> #returned::Back;
        }
        #(let #sent = #sends;)*
        // SAFETY: the host implements the import by the calling contract, and what is lent to it lives to the end of the block.
        unsafe { #returned::take(__edge_import(#(#sent.0, #sent.1),*)) }
    }
}

/// Natively: what a test registered.
fn call_mock(module: &str, signature: &Signature, names: &[Ident]) -> TokenStream {
    let name = &signature.name;
    let count = names.len();
    let to = format_ident!("__edge_to");
    let encodes =
        signature.parameters.iter().zip(names).map(|(parameter, name)| parameter.call("encode", name, Some(&to)));
    let result = &signature.result;
    let call = quote_spanned!(result.span()=> ::edge_bindgen::__private::call_mock::<#result>);
    quote! {
        #call(#module, #name, #count, |#to| { #(#encodes;)* })
    }
}
