//! Values of a guest as JavaScript values.

use edge_runtime::bindgen::{Body, Fields, Interface, Type};
use edge_runtime::{Value, Vector};

use crate::errors::Fail;
use crate::js::{Env, Js};
use crate::port::Port;

/// Makes JavaScript values in an environment.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'e, 'i> {
    pub(crate) env: Env<'e>,
    pub(crate) interface: Option<&'i Interface>,
}

impl<'e> Writer<'e, '_> {
    /// The native form of a value: the table is in the package's README. The type, where it is known, tells a map of numbers
    /// from a struct when it is empty.
    pub(crate) fn write(self, value: &Value<'_>, ty: Option<&Type>) -> Result<Js<'e>, Fail> {
        let env = self.env;
        match value {
            Value::Null => env.null(),
            Value::Bool(v) => env.boolean(*v),
            Value::I8(v) => env.int((*v).into()),
            Value::I16(v) => env.int((*v).into()),
            Value::I32(v) => env.int(*v),
            Value::I64(v) => env.bigint(*v),
            Value::U8(v) => env.uint((*v).into()),
            Value::U16(v) => env.uint((*v).into()),
            Value::U32(v) => env.uint(*v),
            Value::U64(v) => env.unsigned_bigint(*v),
            Value::F32(v) => env.number((*v).into()),
            Value::F64(v) => env.number(*v),
            Value::Char(v) => env.string(v.encode_utf8(&mut [0; 4])),
            Value::String(text) => env.string(text),
            Value::Bytes(bytes) => env.typed_array(bytes),
            Value::Vector(vector) => self.vector(vector),
            Value::List(items) => env.array_of(items.iter().map(|item| self.write(item, item_type(ty)))),
            Value::Tuple(items) => {
                env.array_of(items.iter().enumerate().map(|(i, item)| self.write(item, self.member_type(ty, i))))
            }
            Value::Map(entries) => self.map(entries, ty),
        }
    }

    fn vector(self, vector: &Vector<'_>) -> Result<Js<'e>, Fail> {
        let env = self.env;
        match vector {
            Vector::I8(items) => env.typed_array(items),
            Vector::I16(items) => env.typed_array(items),
            Vector::I32(items) => env.typed_array(items),
            Vector::I64(items) => env.typed_array(items),
            Vector::U16(items) => env.typed_array(items),
            Vector::U32(items) => env.typed_array(items),
            Vector::U64(items) => env.typed_array(items),
            Vector::F32(items) => env.typed_array(items),
            Vector::F64(items) => env.typed_array(items),
        }
    }

    /// An object for a struct, an enum's variant or a map with string keys; a `Map` for any other map.
    fn map(self, entries: &[(Value<'_>, Value<'_>)], ty: Option<&Type>) -> Result<Js<'e>, Fail> {
        let ty = ty.map(strip);
        let named = match ty {
            Some(Type::Map(key, _)) => **key == Type::String,
            _ => entries.iter().all(|(key, _)| matches!(key, Value::String(_))),
        };
        if !named {
            return self.other_map(entries, ty);
        }
        let object = self.env.object()?;
        for (key, value) in entries {
            let Value::String(name) = key else { return self.other_map(entries, ty) };
            let value = self.write(value, self.entry_type(ty, name))?;
            let key = self.env.string(name)?;
            if name == "__proto__" {
                self.env.define_own(object, key, value)?;
            } else {
                self.env.set_property(object, key, value)?;
            }
        }
        Ok(object)
    }

    fn other_map(self, entries: &[(Value<'_>, Value<'_>)], ty: Option<&Type>) -> Result<Js<'e>, Fail> {
        let (key_type, value_type) = match ty {
            Some(Type::Map(key, value)) => (Some(&**key), Some(&**value)),
            _ => (None, None),
        };
        let pairs = self.env.array_of(entries.iter().map(|(key, value)| {
            let pair = [self.write(key, key_type), self.write(value, value_type)];
            self.env.array_of(pair.into_iter())
        }))?;
        let make_map = Port::of(self.env)?.hooks().make_map.get(self.env)?;
        self.env.call(make_map, &[pairs])
    }

    /// The fields of a struct or of an enum's variant.
    fn fields(&self, ty: Option<&Type>, variant: Option<&str>) -> Option<&Fields> {
        let Some(Type::Named(id)) = ty.map(strip) else { return None };
        match (&self.interface?.named(id).body, variant) {
            (Body::Struct(fields), None) => Some(fields),
            (Body::Enum(variants), Some(name)) => variants.iter().find(|v| v.name == name).map(|v| &v.fields),
            _ => None,
        }
    }

    fn member_type<'t>(&'t self, ty: Option<&'t Type>, index: usize) -> Option<&'t Type> {
        match ty.map(strip) {
            Some(Type::Tuple(types)) => types.get(index),
            ty => match self.fields(ty, None) {
                Some(Fields::Tuple(types)) => types.get(index),
                _ => None,
            },
        }
    }

    fn entry_type<'t>(&'t self, ty: Option<&'t Type>, name: &str) -> Option<&'t Type> {
        if let Some(Type::Map(_, value)) = ty {
            return Some(value);
        }
        match self.fields(ty, None).or_else(|| self.fields(ty, Some(name))) {
            Some(Fields::Named(fields)) => fields.iter().find(|field| field.name == name).map(|field| &field.ty),
            Some(Fields::Tuple(types)) => match types.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The type of what is there.
fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Option(inner) | Type::Result(inner, _) => strip(inner),
        other => other,
    }
}

fn item_type(ty: Option<&Type>) -> Option<&Type> {
    match ty.map(strip) {
        Some(Type::Vec(item) | Type::Array(item, _)) => Some(item),
        _ => None,
    }
}
