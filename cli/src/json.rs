//! Values as JSON on the command line, read by the type of the parameter.

use edge_runtime::bindgen::{Body, Fields, Interface, Type};
use edge_runtime::{Value, Vector};
use serde_json::{Map, Number, Value as Json};

/// Reads an argument of the command line.
///
/// A string or a char may stand without quotes; `@PATH` gives the bytes of a file where bytes are wanted; floats may be
/// `NaN`, `inf` and `-inf`; everything else is JSON.
///
/// # Errors
///
/// A sentence on what was expected, when the text does not fit the type.
pub fn argument(text: &str, ty: &Type, interface: Option<&Interface>) -> Result<Value<'static>, String> {
    match ty {
        Type::String | Type::Char if !text.starts_with('"') => Ok(string(text)),
        Type::Bytes if text.starts_with('@') => {
            let bytes = std::fs::read(&text[1..]).map_err(|e| format!("{}: {e}", &text[1..]))?;
            Ok(Value::Bytes(bytes.into()))
        }
        Type::F32 | Type::F64 if text.parse::<f64>().is_ok() => Ok(Value::F64(text.parse().map_err(|_| "a float")?)),
        Type::Option(inner) if text != "null" => argument(text, inner, interface),
        _ => {
            let json: Json =
                serde_json::from_str(text).map_err(|e| format!("expected {ty} as JSON, got `{text}`: {e}"))?;
            from_json(&json, ty, interface)
        }
    }
}

fn string(text: &str) -> Value<'static> {
    Value::String(text.to_string().into())
}

/// The value of a JSON document that is meant as a `ty`. What does not fit the type is left as it is: the call checks it.
fn from_json(json: &Json, ty: &Type, interface: Option<&Interface>) -> Result<Value<'static>, String> {
    match (json, ty) {
        (Json::Array(items), Type::Vec(inner) | Type::Array(inner, _)) => {
            items.iter().map(|i| from_json(i, inner, interface)).collect::<Result<_, _>>().map(Value::List)
        }
        (Json::Array(items), Type::Tuple(types)) if items.len() == types.len() => {
            let items = items.iter().zip(types).map(|(i, t)| from_json(i, t, interface));
            items.collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Json::Object(entries), Type::Map(key, value)) => {
            let entries =
                entries.iter().map(|(k, v)| Ok((argument(k, key, interface)?, from_json(v, value, interface)?)));
            entries.collect::<Result<_, String>>().map(Value::Map)
        }
        (json, Type::Option(inner)) if !json.is_null() => from_json(json, inner, interface),
        (json, Type::Named(id)) => match interface {
            Some(interface) => from_body(json, &interface.named(id).body, interface),
            None => Ok(untyped(json)),
        },
        (Json::String(text), Type::F32 | Type::F64) => {
            text.parse().map(Value::F64).map_err(|_| format!("expected a float, got {text:?}"))
        }
        (json, _) => Ok(untyped(json)),
    }
}

fn from_body(json: &Json, body: &Body, interface: &Interface) -> Result<Value<'static>, String> {
    match body {
        Body::Struct(fields) => from_fields(json, fields, interface),
        Body::Enum(variants) => match json {
            Json::Object(entries) if entries.len() == 1 => {
                let (name, payload) = entries.iter().next().expect("there is one entry");
                let payload = match variants.iter().find(|v| v.name == *name) {
                    Some(variant) => from_fields(payload, &variant.fields, interface)?,
                    None => untyped(payload),
                };
                Ok(Value::Map(vec![(string(name), payload)]))
            }
            _ => Ok(untyped(json)),
        },
    }
}

fn from_fields(json: &Json, fields: &Fields, interface: &Interface) -> Result<Value<'static>, String> {
    match (json, fields) {
        (json, Fields::Tuple(types)) if types.len() == 1 => from_json(json, &types[0], Some(interface)),
        (Json::Array(items), Fields::Tuple(types)) if items.len() == types.len() => {
            let items = items.iter().zip(types).map(|(i, t)| from_json(i, t, Some(interface)));
            items.collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Json::Object(entries), Fields::Named(fields)) => {
            let entries = entries.iter().map(|(name, value)| {
                let value = match fields.iter().find(|f| f.name == *name) {
                    Some(field) => from_json(value, &field.ty, Some(interface))?,
                    None => untyped(value),
                };
                Ok((string(name), value))
            });
            entries.collect::<Result<_, String>>().map(Value::Map)
        }
        (json, Fields::Unit | Fields::Tuple(_) | Fields::Named(_)) => Ok(untyped(json)),
    }
}

fn untyped(json: &Json) -> Value<'static> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(i), _) => Value::I64(i),
            (None, Some(u)) => Value::U64(u),
            (None, None) => Value::F64(n.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(s) => string(s),
        Json::Array(items) => Value::List(items.iter().map(untyped).collect()),
        Json::Object(entries) => Value::Map(entries.iter().map(|(k, v)| (string(k), untyped(v))).collect()),
    }
}

/// A value as JSON. Floats that JSON does not have become the strings `NaN`, `inf` and `-inf`; bytes become an array of
/// numbers; keys of maps that are not strings become their JSON text.
#[must_use]
pub fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::Bool(*b),
        Value::I8(n) => Json::from(*n),
        Value::I16(n) => Json::from(*n),
        Value::I32(n) => Json::from(*n),
        Value::I64(n) => Json::from(*n),
        Value::U8(n) => Json::from(*n),
        Value::U16(n) => Json::from(*n),
        Value::U32(n) => Json::from(*n),
        Value::U64(n) => Json::from(*n),
        // By way of its shortest text: 0.1f32 is 0.1, not 0.10000000149011612.
        Value::F32(x) => float(x.to_string().parse().unwrap_or(f64::NAN)),
        Value::F64(x) => float(*x),
        Value::Char(c) => Json::from(c.to_string()),
        Value::String(s) => Json::from(s.as_ref()),
        Value::Bytes(bytes) => Json::from(bytes.as_ref()),
        Value::Vector(vector) => vector_to_json(vector),
        Value::List(items) | Value::Tuple(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(entries) => Json::Object(entries.iter().map(|(k, v)| (key(k), to_json(v))).collect::<Map<_, _>>()),
    }
}

fn float(x: f64) -> Json {
    Number::from_f64(x).map_or_else(|| Json::from(x.to_string()), Json::Number)
}

fn vector_to_json(vector: &Vector<'_>) -> Json {
    Json::Array(vector.to_values().iter().map(to_json).collect())
}

fn key(value: &Value<'_>) -> String {
    match to_json(value) {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(ty: Type) -> Box<Type> {
        Box::new(ty)
    }

    #[test]
    fn strings_need_no_quotes_and_may_have_them() {
        assert_eq!(argument("hi there", &Type::String, None), Ok(string("hi there")));
        assert_eq!(argument("\"h\\u00e9\"", &Type::String, None), Ok(string("hé")));
        assert_eq!(argument("null", &Type::Option(boxed(Type::String)), None), Ok(Value::Null));
        assert_eq!(argument("x", &Type::Option(boxed(Type::String)), None), Ok(string("x")));
    }

    #[test]
    fn numbers_keep_all_their_bits() {
        assert_eq!(argument("18446744073709551615", &Type::U64, None), Ok(Value::U64(u64::MAX)));
        assert_eq!(argument("-9223372036854775808", &Type::I64, None), Ok(Value::I64(i64::MIN)));
        assert!(matches!(argument("NaN", &Type::F32, None), Ok(Value::F64(x)) if x.is_nan()));
        assert!(argument("five", &Type::I32, None).unwrap_err().contains("expected i32 as JSON, got `five`"));
    }

    #[test]
    fn map_keys_are_read_by_their_type() {
        let ty = Type::Map(boxed(Type::U32), boxed(Type::String));
        let expected = Value::Map(vec![(Value::I64(7), string("seven"))]);
        assert_eq!(argument(r#"{"7": "seven"}"#, &ty, None), Ok(expected));
    }

    #[test]
    fn a_file_gives_bytes() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), [1, 2, 255]).expect("written");
        let text = format!("@{}", file.path().display());
        assert_eq!(argument(&text, &Type::Bytes, None), Ok(Value::Bytes(vec![1, 2, 255].into())));
        assert!(argument("@/no/such/file", &Type::Bytes, None).unwrap_err().contains("/no/such/file"));
    }

    #[test]
    fn floats_print_their_shortest_text() {
        assert_eq!(to_json(&Value::F32(0.1)).to_string(), "0.1");
        assert_eq!(to_json(&Value::F64(f64::NEG_INFINITY)).to_string(), "\"-inf\"");
        assert_eq!(to_json(&Value::Map(vec![(Value::I32(1), Value::Null)])).to_string(), r#"{"1":null}"#);
    }
}
