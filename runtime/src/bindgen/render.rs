//! A value in one line, for the message of a guest's `Err`.

use std::fmt::{self, Write};

use crate::types::{Value, Vector};

/// Longer texts are cut: the value itself is in the error.
const MAX_LEN: usize = 500;

/// The text of a string, or the value as it would read in JSON.
pub(crate) fn render(value: &Value<'_>) -> String {
    let mut out = Limited { text: String::new() };
    let whole = match value {
        Value::String(text) => return text.clone().into_owned(),
        other => write(&mut out, other),
    };
    let mut text = out.text;
    if whole.is_err() {
        text.push_str("...");
    }
    text
}

/// Takes text until it has enough.
struct Limited {
    text: String,
}

impl Write for Limited {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.text.push_str(more);
        if self.text.len() > MAX_LEN { Err(fmt::Error) } else { Ok(()) }
    }
}

fn write(out: &mut Limited, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(v) => write!(out, "{v}"),
        Value::I8(v) => write!(out, "{v}"),
        Value::I16(v) => write!(out, "{v}"),
        Value::I32(v) => write!(out, "{v}"),
        Value::I64(v) => write!(out, "{v}"),
        Value::U8(v) => write!(out, "{v}"),
        Value::U16(v) => write!(out, "{v}"),
        Value::U32(v) => write!(out, "{v}"),
        Value::U64(v) => write!(out, "{v}"),
        Value::F32(v) => write!(out, "{v}"),
        Value::F64(v) => write!(out, "{v}"),
        Value::Char(v) => write!(out, "{:?}", v.to_string()),
        Value::String(v) => write!(out, "{v:?}"),
        Value::Bytes(v) => list(out, '[', ']', v.iter(), |out, n| write!(out, "{n}")),
        Value::Vector(v) => vector(out, v),
        Value::List(v) | Value::Tuple(v) => list(out, '[', ']', v.iter(), write),
        Value::Map(v) => list(out, '{', '}', v.iter(), |out, (key, value)| {
            write(out, key)?;
            out.write_str(": ")?;
            write(out, value)
        }),
    }
}

fn vector(out: &mut Limited, vector: &Vector<'_>) -> fmt::Result {
    fn numbers<T: fmt::Display>(out: &mut Limited, items: &[T]) -> fmt::Result {
        list(out, '[', ']', items.iter(), |out, n| write!(out, "{n}"))
    }
    match vector {
        Vector::I8(v) => numbers(out, v),
        Vector::I16(v) => numbers(out, v),
        Vector::I32(v) => numbers(out, v),
        Vector::I64(v) => numbers(out, v),
        Vector::U16(v) => numbers(out, v),
        Vector::U32(v) => numbers(out, v),
        Vector::U64(v) => numbers(out, v),
        Vector::F32(v) => numbers(out, v),
        Vector::F64(v) => numbers(out, v),
    }
}

fn list<T>(
    out: &mut Limited,
    open: char,
    close: char,
    items: impl Iterator<Item = T>,
    mut item: impl FnMut(&mut Limited, T) -> fmt::Result,
) -> fmt::Result {
    out.write_char(open)?;
    for (i, value) in items.enumerate() {
        if i > 0 {
            out.write_str(", ")?;
        }
        item(out, value)?;
    }
    out.write_char(close)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_its_text_and_anything_else_reads_like_json() {
        assert_eq!(render(&Value::String("no \"route\"".into())), "no \"route\"");
        let value = Value::Map(vec![(
            Value::String("Broken".into()),
            Value::List(vec![Value::U8(1), Value::Null, Value::String("x".into())]),
        )]);
        assert_eq!(render(&value), r#"{"Broken": [1, null, "x"]}"#);
    }

    #[test]
    fn a_large_value_is_cut() {
        let text = render(&Value::Bytes(vec![200; 10_000].into()));
        assert!(text.ends_with("...") && text.len() < MAX_LEN + 10, "{} bytes", text.len());
    }
}
