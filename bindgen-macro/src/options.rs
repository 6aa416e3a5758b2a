//! What stands in the parentheses of the attribute.

use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, Token};

/// The module of the contract's own imports.
const RESERVED: &str = "__edge";

/// The attribute's options.
pub(crate) struct Options {
    /// `module = "..."`
    pub(crate) module: Option<LitStr>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Options { module: None });
        }
        let key: Ident = input.parse()?;
        if key != "module" {
            return Err(Error::new(key.span(), "the only option is `module = \"...\"`, on an extern \"Rust\" block"));
        }
        input.parse::<Token![=]>()?;
        let module: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        if module.value() == RESERVED {
            return Err(Error::new(module.span(), "the module `__edge` belongs to edge itself"));
        }
        Ok(Options { module: Some(module) })
    }
}
