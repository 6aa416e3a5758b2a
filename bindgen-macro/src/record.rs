//! The static of the description's section.

use proc_macro2::TokenStream;
use quote::quote;

/// A constant with the record, which the compiler checks for every target, and its bytes in the section of a guest.
pub(crate) fn emit(record: &TokenStream) -> TokenStream {
    quote! {
        #[allow(dead_code, reason = "natively the record is only checked")]
        const __EDGE_RECORD: ::edge_bindgen::__private::Record = #record;

        #[cfg(target_arch = "wasm32")]
        #[used]
        #[unsafe(link_section = "edge_bindgen")]
        static __EDGE_SECTION: [::core::primitive::u8; __EDGE_RECORD.size()] = __EDGE_RECORD.bytes();
    }
}
