//! Doc comments, as rustdoc reads them.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment among the attributes: its lines, each without the one leading space that rustdoc ignores.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let parts = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = parts
        .flat_map(|part| {
            part.split('\n').map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn lines_lose_one_leading_space() {
        let item: syn::ItemFn = parse_quote! {
            /// First.
            ///
            ///   Indented.
            #[inline]
            #[doc = "bare"]
            fn f() {}
        };
        assert_eq!(doc(&item.attrs), "First.\n\n  Indented.\nbare");
        assert_eq!(doc(&[]), "");
    }
}
