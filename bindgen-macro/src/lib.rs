//! The macros of `edge-bindgen`, which re-exports them: depend on that crate.
//!
//! What they emit names types and lets the compiler find, through the traits of `edge-bindgen`, how each travels; a token is
//! looked at only to refuse it with a good message.

mod derive;
mod doc;
mod function;
mod import;
mod options;
mod record;
mod signature;

use proc_macro::TokenStream;
use syn::{Item, parse_macro_input};

/// Makes a function callable from the host, or declares host functions.
///
/// On a function, which stays as it is. Its parameters and result are types that edge carries (`EdgeType`), `&str`, `&[T]`
/// and `&T`; the result can be a `Result` of two of them:
///
/// ```text
/// #[edge_bindgen]
/// pub fn infer(image: &[u8]) -> Result<Prediction, String> { ... }
/// ```
///
/// On an `extern "Rust"` block, with the name of the host's module. The functions become safe functions with the same
/// types; an error of the host arrives as `Err` where the result is a `Result`, and ends the call of the guest otherwise:
///
/// ```text
/// #[edge_bindgen(module = "app")]
/// extern "Rust" {
///     fn note(level: u8, text: &str) -> Result<u64, String>;
/// }
/// ```
#[proc_macro_attribute]
pub fn edge_bindgen(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let options = parse_macro_input!(arguments as options::Options);
    let original = proc_macro2::TokenStream::from(item.clone());
    let expanded = match parse_macro_input!(item as Item) {
        Item::Fn(item) => function::expand(&options, item),
        Item::ForeignMod(item) => import::expand(&options, item),
        Item::Impl(item) => Err(syn::Error::new_spanned(
            item.impl_token,
            "guest objects are not supported yet; #[edge_bindgen] goes on a function or on an extern \"Rust\" block",
        )),
        Item::Struct(_) | Item::Enum(_) | Item::Union(_) => Err(syn::Error::new(
            proc_macro2::Span::call_site(),
            "a type crosses between guest and host by #[derive(EdgeType)]; #[edge_bindgen] goes on a function or on an \
             extern \"Rust\" block",
        )),
        _ => Err(syn::Error::new(
            proc_macro2::Span::call_site(),
            "#[edge_bindgen] goes on a function or on an extern \"Rust\" block",
        )),
    };
    // A refused function is left in place, so that the refusal is the only error.
    let refused = |error: syn::Error| {
        let error = error.to_compile_error();
        let keep = !matches!(syn::parse2::<Item>(original.clone()), Ok(Item::ForeignMod(_)));
        if keep { quote::quote!(#error #original) } else { error }
    };
    expanded.unwrap_or_else(refused).into()
}

/// Lets a struct or an enum cross between guest and host, as a parameter, a result or a part of another such type.
///
/// All fields have types that edge carries. Doc comments of the type, its fields and its variants go into the description
/// that the guest carries.
#[proc_macro_derive(EdgeType)]
pub fn derive_edge_type(item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as syn::DeriveInput);
    derive::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
