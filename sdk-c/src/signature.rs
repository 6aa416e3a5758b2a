//! Signatures as MessagePack, for bindings that convert by the declared type.
//!
//! The form of a type is that of the description section (`docs/bindgen-abi.md`, section 5), so that there is one to learn.

use edge_runtime::bindgen::{Body, Field, Fields, Interface, NamedType, Signature, Type};
use rmp::encode;

/// A function: a map of `n` name, `d` doc comment, `p` array of `[name, type]`, `r` type, `t` the text of the signature.
pub(crate) fn function(out: &mut Vec<u8>, signature: &Signature, interface: Option<&Interface>) {
    map(out, 5);
    pair(out, "n", &signature.name);
    pair(out, "d", &signature.doc);
    text(out, "p");
    array(out, signature.params.len());
    for param in &signature.params {
        array(out, 2);
        text(out, &param.name);
        ty(out, &param.ty, interface);
    }
    text(out, "r");
    ty(out, &signature.result, interface);
    pair(out, "t", &signature.to_string());
}

/// A module's interface: a map of `functions` and `types`, arrays of the maps that the description section has.
pub(crate) fn interface(out: &mut Vec<u8>, functions: &[&Signature], interface: Option<&Interface>) {
    let types = interface.map_or(&[][..], |interface| &interface.types);
    map(out, 2);
    text(out, "functions");
    array(out, functions.len());
    for signature in functions {
        function(out, signature, interface);
    }
    text(out, "types");
    array(out, types.len());
    for named in types {
        named_type(out, named, interface);
    }
}

fn named_type(out: &mut Vec<u8>, named: &NamedType, interface: Option<&Interface>) {
    map(out, 5);
    pair(out, "k", if matches!(named.body, Body::Struct(_)) { "struct" } else { "enum" });
    pair(out, "id", &named.identity);
    pair(out, "n", &named.name);
    pair(out, "d", &named.doc);
    match &named.body {
        Body::Struct(Fields::Named(items)) => {
            text(out, "f");
            fields(out, items, interface);
        }
        Body::Struct(Fields::Tuple(items)) => {
            text(out, "t");
            types(out, items, interface);
        }
        Body::Struct(Fields::Unit) => {
            text(out, "t");
            array(out, 0);
        }
        Body::Enum(variants) => {
            text(out, "v");
            array(out, variants.len());
            for variant in variants {
                array(out, 3);
                text(out, &variant.name);
                text(out, &variant.doc);
                payload(out, &variant.fields, interface);
            }
        }
    }
}

fn payload(out: &mut Vec<u8>, payload: &Fields, interface: Option<&Interface>) {
    match payload {
        Fields::Unit => write(encode::write_nil(out)),
        Fields::Tuple(items) => {
            map(out, 1);
            text(out, "t");
            types(out, items, interface);
        }
        Fields::Named(items) => {
            map(out, 1);
            text(out, "f");
            fields(out, items, interface);
        }
    }
}

fn fields(out: &mut Vec<u8>, items: &[Field], interface: Option<&Interface>) {
    array(out, items.len());
    for field in items {
        array(out, 3);
        text(out, &field.name);
        text(out, &field.doc);
        ty(out, &field.ty, interface);
    }
}

fn types(out: &mut Vec<u8>, items: &[Type], interface: Option<&Interface>) {
    array(out, items.len());
    for item in items {
        ty(out, item, interface);
    }
}

fn ty(out: &mut Vec<u8>, ty: &Type, interface: Option<&Interface>) {
    match ty {
        Type::Unit => text(out, "unit"),
        Type::Vec(item) => composite(out, "vec", &[item], interface),
        Type::Option(item) => composite(out, "option", &[item], interface),
        Type::Result(ok, err) => composite(out, "result", &[ok, err], interface),
        Type::Map(key, value) => composite(out, "map", &[key, value], interface),
        Type::Tuple(items) => composite(out, "tuple", &items.iter().collect::<Vec<_>>(), interface),
        Type::Array(item, len) => {
            array(out, 3);
            text(out, "array");
            self::ty(out, item, interface);
            write(encode::write_uint(out, u64::from(*len)));
        }
        Type::Named(id) => {
            array(out, 2);
            text(out, "ref");
            // Without the interface there is only the short name.
            text(out, interface.map_or(id.name(), |interface| &interface.named(id).identity));
        }
        // The simple types read in messages as they are called in descriptions.
        simple => text(out, &simple.to_string()),
    }
}

fn composite(out: &mut Vec<u8>, name: &str, parts: &[&Type], interface: Option<&Interface>) {
    array(out, 1 + parts.len());
    text(out, name);
    for part in parts {
        ty(out, part, interface);
    }
}

fn pair(out: &mut Vec<u8>, key: &str, value: &str) {
    text(out, key);
    text(out, value);
}

fn text(out: &mut Vec<u8>, text: &str) {
    write(encode::write_str(out, text));
}

fn array(out: &mut Vec<u8>, len: usize) {
    write(encode::write_array_len(out, len as u32));
}

fn map(out: &mut Vec<u8>, len: usize) {
    write(encode::write_map_len(out, len as u32));
}

/// Writing to a `Vec` cannot fail.
fn write<T, E: std::fmt::Debug>(result: Result<T, E>) {
    result.expect("writing to memory does not fail");
}
