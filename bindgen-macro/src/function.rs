//! `#[edge_bindgen]` on a function of the guest.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, ItemFn, Result, Safety};

use crate::options::Options;
use crate::signature::{Signature, wasm_names};

/// The function as it is, its record, and in a guest its shim.
pub(crate) fn expand(options: &Options, item: ItemFn) -> Result<TokenStream> {
    if let Some(module) = &options.module {
        return Err(Error::new(
            module.span(),
            "a module is for functions of the host: write it on an extern \"Rust\" block",
        ));
    }
    if let Safety::Unsafe(token) = &item.sig.safety {
        return Err(Error::new_spanned(
            token,
            "an edge function cannot be unsafe: a host has no way to keep its promises",
        ));
    }
    let signature = Signature::new(&item.attrs, &item.sig)?;
    let record = signature.record(None);
    let shim = shim(&item, &signature);
    let cfgs = item.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    Ok(quote! {
        #item

        #(#cfgs)*
        #[allow(unsafe_code, reason = "exports and sections are unsafe attributes")]
        const _: () = {
            #record
            #shim
        };
    })
}

/// What the host calls: receives the arguments, calls the function and gives its result back.
fn shim(item: &ItemFn, signature: &Signature) -> TokenStream {
    let function = &item.sig.ident;
    let export = format!("edge:{}", signature.name);
    let returned = signature.returned();
    let wasm_parameters = signature.wasm_parameters();
    let mut receive = Vec::new();
    let mut views = Vec::new();
    for (index, parameter) in signature.parameters.iter().enumerate() {
        let (first, second) = wasm_names(index);
        let held = format_ident!("__edge_held{index}");
        let as_trait = parameter.as_trait();
        let number = index as u32;
        receive.push(quote!(let mut #held = unsafe { #as_trait::receive(#first, #second, #number) };));
        views.push(quote!(#as_trait::view(&mut #held)));
    }
    quote! {
        #[cfg(target_arch = "wasm32")]
        #[allow(improper_ctypes_definitions, reason = "`()` is no wasm parameter, as meant")]
        #[unsafe(export_name = #export)]
        extern "C" fn __edge_shim(#(#wasm_parameters),*) -> #returned::Back {
            let mut __edge_call = ::edge_bindgen::__private::Call::enter(#returned::KEEPS);
            // SAFETY: the host alone calls this export, with the parameters that the calling contract says.
            #(#receive)*
            let __edge_back = #returned::give(#function(#(#views),*), &mut __edge_call);
            __edge_call.leave();
            __edge_back
        }
    }
}
