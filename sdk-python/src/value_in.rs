//! Python objects as values for a guest, by the type that the guest declares.
//!
//! Only what Python alone knows is decided here: which object reads as what, and where its data lie. Whether a value fits
//! its type, lengths and ranges, the engine checks for every language with the same words.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Display;

use edge_runtime::bindgen::{Body, Fields, Interface, NamedType, Type};
use edge_runtime::{Error, Kind, Phase, Value};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use smallvec::SmallVec;

use self::buffers::{any_from_buffer, bytes_from_buffer, numbers};

mod buffers;

/// Keeps what values borrow from alive until the call is over.
///
/// Things are only ever added, so what was handed out stays valid as long as the pins do.
#[derive(Default)]
pub(crate) struct Pins {
    objects: RefCell<SmallVec<[Py<PyAny>; 4]>>,
    buffers: RefCell<Vec<pyo3::buffer::PyUntypedBuffer>>,
}

impl Pins {
    /// The text of a string, which is immutable and caches its UTF-8 form.
    fn text<'a>(&'a self, string: &Bound<'_, PyString>) -> PyResult<&'a str> {
        let text: *const str = string.to_str()?;
        self.objects.borrow_mut().push(string.clone().into_any().unbind());
        // SAFETY: the text belongs to the string object, which these pins keep alive for 'a.
        Ok(unsafe { &*text })
    }

    fn bytes<'a>(&'a self, bytes: &Bound<'_, PyBytes>) -> &'a [u8] {
        let data: *const [u8] = bytes.as_bytes();
        self.objects.borrow_mut().push(bytes.clone().into_any().unbind());
        // SAFETY: the data belong to the immutable bytes object, which these pins keep alive for 'a.
        unsafe { &*data }
    }

    /// The memory of a contiguous buffer.
    ///
    /// While the buffer is exported it can be neither freed nor resized. Another thread may still write into it during the
    /// call, as it may while `hashlib` reads it: the guest then gets a mixture of bytes; no decision of ours depends on
    /// them being read twice.
    fn buffer(&self, buffer: pyo3::buffer::PyUntypedBuffer) -> &[u8] {
        debug_assert!(buffer.is_c_contiguous());
        let (start, len) = (buffer.buf_ptr() as *const u8, buffer.len_bytes());
        self.buffers.borrow_mut().push(buffer);
        if len == 0 {
            return &[];
        }
        // SAFETY: the exporter promises `len` readable bytes until the export is released, which dropping the pins does.
        unsafe { std::slice::from_raw_parts(start, len) }
    }
}

/// The bytes of an object that has some: a buffer of bytes. Whoever has other buffers hears why they will not do.
pub(crate) fn bytes_of<'a>(object: &Bound<'_, PyAny>, pins: &'a Pins) -> PyResult<Option<Cow<'a, [u8]>>> {
    bytes_from_buffer(pins, object).map_err(|mismatch| PyTypeError::new_err(mismatch.text))
}

/// Why an object does not become a value, and where in the whole.
#[derive(Debug)]
pub(crate) struct Mismatch {
    path: String,
    text: String,
}

impl Mismatch {
    #[cold]
    fn new(text: impl Into<String>) -> Self {
        Self { path: String::new(), text: text.into() }
    }

    #[cold]
    fn expected(what: impl Display, got: &Bound<'_, PyAny>) -> Self {
        Self::new(format!("expected {what}, got {}", type_name(got)))
    }

    #[cold]
    fn at(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }

    #[cold]
    fn field(mut self, name: &str) -> Self {
        self.path.insert_str(0, &format!(".{name}"));
        self
    }

    /// The error of a call, with a name for the whole value.
    #[cold]
    pub(crate) fn into_error(self, phase: Phase, kind: Kind, whole: impl Display) -> Error {
        Error::new(phase, kind, format!("{whole}{}: {}", self.path, self.text))
    }
}

/// What an object is, in words, for messages.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    if object.is_none() {
        return "None".into();
    }
    object.get_type().fully_qualified_name().map_or_else(|_| "an object".into(), |name| name.to_string())
}

/// Converts the objects of one call.
#[derive(Clone, Copy)]
pub(crate) struct Converter<'a> {
    pub(crate) interface: Option<&'a Interface>,
    pub(crate) pins: &'a Pins,
}

impl<'a> Converter<'a> {
    /// The value of an object where a guest wants `ty`.
    pub(crate) fn convert(self, object: &Bound<'_, PyAny>, ty: &Type) -> Result<Value<'a>, Mismatch> {
        match ty {
            Type::Bytes => self.bytes(object, ty),
            Type::Vec(item) | Type::Array(item, _) => self.vector(object, item, ty),
            Type::Option(inner) => {
                if object.is_none() {
                    Ok(Value::Null)
                } else {
                    self.convert(object, inner)
                }
            }
            Type::Result(ok, _) => self.convert(object, ok),
            Type::Tuple(types) => self.tuple(object, types, ty),
            Type::Map(key, value) => self.map(object, key, value, ty),
            Type::Named(id) => match self.interface {
                Some(interface) => self.named(object, interface.named(id), ty),
                None => self.plain(object, ty),
            },
            Type::Char => match object.cast::<PyString>() {
                Ok(text) => self.character(text),
                Err(_) => self.plain(object, ty),
            },
            Type::Unit
            | Type::Bool
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::Isize
            | Type::Usize
            | Type::F32
            | Type::F64
            | Type::String => self.plain(object, ty),
        }
    }

    /// The value of an object by what it is.
    fn plain(self, object: &Bound<'_, PyAny>, ty: &Type) -> Result<Value<'a>, Mismatch> {
        if let Ok(text) = object.cast::<PyString>() {
            self.string(text)
        } else if let Ok(flag) = object.cast::<PyBool>() {
            Ok(Value::Bool(flag.is_true()))
        } else if let Ok(integer) = object.cast::<PyInt>() {
            integer_value(integer.as_any(), ty)
        } else if let Ok(float) = object.cast::<PyFloat>() {
            Ok(Value::F64(float.value()))
        } else if object.is_none() {
            Ok(Value::Null)
        } else if let Ok(bytes) = object.cast::<PyBytes>() {
            Ok(Value::Bytes(Cow::Borrowed(self.pins.bytes(bytes))))
        } else {
            self.unusual(object, ty)
        }
    }

    /// What a wrong type was given for, or what only behaves like a number.
    #[cold]
    fn unusual(self, object: &Bound<'_, PyAny>, ty: &Type) -> Result<Value<'a>, Mismatch> {
        let py = object.py();
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            return self.list(object, |_| ty, ty).map(Value::List);
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.entries(dict, |_| (&Type::String, ty)).map(Value::Map);
        }
        if object.hasattr("__index__").unwrap_or(false) {
            // SAFETY: attached, and `object` is alive; the result is a new reference or null with an exception set.
            let integer = unsafe { Bound::from_owned_ptr_or_err(py, pyo3::ffi::PyNumber_Index(object.as_ptr())) };
            return match integer {
                Ok(integer) => integer_value(&integer, ty),
                Err(_) => Err(Mismatch::expected(ty, object)),
            };
        }
        if matches!(ty, Type::F32 | Type::F64) && object.hasattr("__float__").unwrap_or(false) {
            return object.extract::<f64>().map(Value::F64).map_err(|_| Mismatch::expected(ty, object));
        }
        any_from_buffer(self.pins, object).ok_or_else(|| Mismatch::expected(ty, object))
    }

    fn string(self, text: &Bound<'_, PyString>) -> Result<Value<'a>, Mismatch> {
        match self.pins.text(text) {
            Ok(text) => Ok(Value::String(Cow::Borrowed(text))),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(text.py()) => {
                Err(Mismatch::new("the text has a lone surrogate, which no UTF-8 can carry"))
            }
            Err(error) => Err(Mismatch::new(error.to_string())),
        }
    }

    fn character(self, text: &Bound<'_, PyString>) -> Result<Value<'a>, Mismatch> {
        let value = self.string(text)?;
        if let Value::String(text) = &value {
            let mut characters = text.chars();
            if let (Some(only), None) = (characters.next(), characters.next()) {
                return Ok(Value::Char(only));
            }
            return Err(Mismatch::new(format!("expected char, got a string of {} characters", text.chars().count())));
        }
        Ok(value)
    }

    fn bytes(self, object: &Bound<'_, PyAny>, ty: &Type) -> Result<Value<'a>, Mismatch> {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Value::Bytes(Cow::Borrowed(self.pins.bytes(bytes))));
        }
        match bytes_from_buffer(self.pins, object)? {
            Some(bytes) => Ok(Value::Bytes(bytes)),
            None => self.plain(object, ty),
        }
    }

    fn vector(self, object: &Bound<'_, PyAny>, item: &Type, ty: &Type) -> Result<Value<'a>, Mismatch> {
        if *item == Type::U8 {
            return self.bytes(object, ty);
        }
        if let Some(vector) = numbers(self.pins, object, item, ty)? {
            return Ok(Value::Vector(vector));
        }
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            return self.list(object, |_| item, ty).map(Value::List);
        }
        self.plain(object, ty)
    }

    fn tuple(self, object: &Bound<'_, PyAny>, types: &[Type], ty: &Type) -> Result<Value<'a>, Mismatch> {
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            // What lies beyond the declared members is converted by what it is: the engine says that it is too much.
            return self.list(object, |index| types.get(index).unwrap_or(&Type::Unit), ty).map(Value::Tuple);
        }
        self.plain(object, ty)
    }

    fn list<'t>(
        self,
        object: &Bound<'_, PyAny>,
        ty_of: impl Fn(usize) -> &'t Type,
        ty: &Type,
    ) -> Result<Vec<Value<'a>>, Mismatch> {
        let nested = RecursionGuard::enter()?;
        let mut items = Vec::with_capacity(object.len().unwrap_or(0));
        let iterator = object.try_iter().map_err(|_| Mismatch::expected(ty, object))?;
        for (index, item) in iterator.enumerate() {
            let item = item.map_err(|error| Mismatch::new(error.to_string()))?;
            items.push(self.convert(&item, ty_of(index)).map_err(|mismatch| mismatch.at(index))?);
        }
        drop(nested);
        Ok(items)
    }

    fn map(self, object: &Bound<'_, PyAny>, key: &Type, value: &Type, ty: &Type) -> Result<Value<'a>, Mismatch> {
        match object.cast::<PyDict>() {
            Ok(dict) => self.entries(dict, |_| (key, value)).map(Value::Map),
            Err(_) => self.plain(object, ty),
        }
    }

    fn entries<'t>(
        self,
        dict: &Bound<'_, PyDict>,
        types_of: impl Fn(&Value<'a>) -> (&'t Type, &'t Type),
    ) -> Result<Vec<(Value<'a>, Value<'a>)>, Mismatch> {
        let nested = RecursionGuard::enter()?;
        let mut entries = Vec::with_capacity(dict.len());
        for (key, value) in dict.iter() {
            let name = || key.str().map_or_else(|_| "?".into(), |text| text.to_string_lossy().into_owned());
            let key_type = types_of(&Value::Null).0;
            let converted = self.convert(&key, key_type).map_err(|mismatch| mismatch.field(&name()))?;
            let value_type = types_of(&converted).1;
            let value = self.convert(&value, value_type).map_err(|mismatch| mismatch.field(&name()))?;
            entries.push((converted, value));
        }
        drop(nested);
        Ok(entries)
    }

    fn named(self, object: &Bound<'_, PyAny>, named: &NamedType, ty: &Type) -> Result<Value<'a>, Mismatch> {
        match &named.body {
            Body::Struct(fields) => self.fields(object, fields, ty),
            Body::Enum(variants) => {
                let Ok(dict) = object.cast::<PyDict>() else { return self.plain(object, ty) };
                let nested = RecursionGuard::enter()?;
                let mut entries = Vec::with_capacity(1);
                for (key, payload) in dict.iter() {
                    let key = self.convert(&key, &Type::String)?;
                    let variant = match &key {
                        Value::String(name) => variants.iter().find(|variant| variant.name == **name),
                        _ => None,
                    };
                    let payload = match variant {
                        Some(variant) => self
                            .fields(&payload, &variant.fields, ty)
                            .map_err(|mismatch| mismatch.field(&variant.name))?,
                        None => self.plain(&payload, ty)?,
                    };
                    entries.push((key, payload));
                }
                drop(nested);
                Ok(Value::Map(entries))
            }
        }
    }

    fn fields(self, object: &Bound<'_, PyAny>, fields: &Fields, ty: &Type) -> Result<Value<'a>, Mismatch> {
        match fields {
            Fields::Unit => self.plain(object, ty),
            Fields::Tuple(types) => match types.as_slice() {
                [only] => self.convert(object, only),
                types => self.tuple(object, types, ty),
            },
            Fields::Named(fields) => {
                let type_of = |name: &str| fields.iter().find(|field| field.name == name).map(|field| &field.ty);
                if let Ok(dict) = object.cast::<PyDict>() {
                    return self
                        .entries(dict, |key| match key {
                            Value::String(name) => (&Type::String, type_of(name).unwrap_or(&Type::Unit)),
                            _ => (&Type::String, &Type::Unit),
                        })
                        .map(Value::Map);
                }
                self.attributes(object, fields.iter().map(|field| (field.name.as_str(), &field.ty)), ty)
            }
        }
    }

    /// A struct from an object with attributes: a dataclass, a named tuple, anything.
    fn attributes<'t>(
        self,
        object: &Bound<'_, PyAny>,
        fields: impl ExactSizeIterator<Item = (&'t str, &'t Type)>,
        ty: &Type,
    ) -> Result<Value<'a>, Mismatch> {
        let nested = RecursionGuard::enter()?;
        let mut entries = Vec::with_capacity(fields.len());
        for (name, field_type) in fields {
            match object.getattr_opt(name) {
                Ok(Some(value)) => {
                    let value = self.convert(&value, field_type).map_err(|mismatch| mismatch.field(name))?;
                    entries.push((Value::String(Cow::Owned(name.to_owned())), value));
                }
                Ok(None) if matches!(field_type, Type::Option(_)) => {}
                Ok(None) if entries.is_empty() => return Err(Mismatch::expected(ty, object)),
                Ok(None) => {
                    let text = format!("expected {ty}, got {}, which has no attribute {name:?}", type_name(object));
                    return Err(Mismatch::new(text));
                }
                Err(error) => return Err(Mismatch::new(error.to_string()).field(name)),
            }
        }
        drop(nested);
        Ok(Value::Map(entries))
    }
}

fn integer_value<'a>(integer: &Bound<'_, PyAny>, ty: &Type) -> Result<Value<'a>, Mismatch> {
    if let Ok(value) = integer.extract::<i64>() {
        return Ok(Value::I64(value));
    }
    if let Ok(value) = integer.extract::<u64>() {
        return Ok(Value::U64(value));
    }
    if matches!(ty, Type::F32 | Type::F64) {
        return match integer.extract::<f64>() {
            Ok(value) => Ok(Value::F64(value)),
            Err(error) if error.is_instance_of::<PyOverflowError>(integer.py()) => {
                Err(Mismatch::new(format!("expected {ty}, got an integer beyond its range")))
            }
            Err(error) => Err(Mismatch::new(error.to_string())),
        };
    }
    Err(Mismatch::new(format!("expected {ty}, got an integer beyond 64 bits")))
}

/// Refuses what nests deeper than the native stack should follow; a list that contains itself, above all.
struct RecursionGuard;

/// As deep as the engine's own documents may nest.
const MAX_DEPTH: u32 = 400;

thread_local! {
    static DEPTH: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

impl RecursionGuard {
    fn enter() -> Result<Self, Mismatch> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(Mismatch::new(format!("the value nests deeper than {MAX_DEPTH} levels")));
        }
        DEPTH.set(depth + 1);
        Ok(Self)
    }
}

impl Drop for RecursionGuard {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
