//! Vectors of numbers from lists and from whatever exports a buffer: `array.array`, `memoryview`, numpy.

use std::borrow::Cow;
use std::mem::{align_of, size_of};

use edge_runtime::bindgen::Type;
use edge_runtime::{Value, Vector};
use pyo3::buffer::{Element, ElementType, PyUntypedBuffer};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyMemoryView, PyTuple};

use super::{Mismatch, Pins, type_name};

/// A number that vectors are made of.
trait Number: Element + Sized + 'static {
    fn vector(items: Cow<'_, [Self]>) -> Vector<'_>;
    /// The number of an `int` or `float` object, if it is one and fits.
    fn of(object: &Bound<'_, PyAny>) -> Option<Self>;
}

macro_rules! integers {
    ($($ty:ident $variant:ident),+) => {$(
        impl Number for $ty {
            fn vector(items: Cow<'_, [Self]>) -> Vector<'_> {
                Vector::$variant(items)
            }

            fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
                let is_integer = object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>();
                if is_integer { object.extract().ok() } else { None }
            }
        }
    )+};
}

macro_rules! floats {
    ($($ty:ident $variant:ident),+) => {$(
        impl Number for $ty {
            fn vector(items: Cow<'_, [Self]>) -> Vector<'_> {
                Vector::$variant(items)
            }

            fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
                // Narrowing rounds to the nearest, as Rust's own literals do.
                object.cast::<PyFloat>().ok().map(|float| float.value() as $ty)
            }
        }
    )+};
}

integers!(i8 I8, i16 I16, i32 I32, i64 I64, u16 U16, u32 U32, u64 U64);
floats!(f32 F32, f64 F64);

/// The vector of an object where a guest wants numbers of type `item`.
///
/// `None` where the object has to be looked at one item at a time: by the general path, which has the messages.
pub(super) fn numbers<'a>(
    pins: &'a Pins,
    object: &Bound<'_, PyAny>,
    item: &Type,
    ty: &Type,
) -> Result<Option<Vector<'a>>, Mismatch> {
    match item {
        Type::I8 => typed::<i8>(pins, object, ty),
        Type::I16 => typed::<i16>(pins, object, ty),
        Type::I32 => typed::<i32>(pins, object, ty),
        Type::I64 | Type::Isize => typed::<i64>(pins, object, ty),
        Type::U16 => typed::<u16>(pins, object, ty),
        Type::U32 => typed::<u32>(pins, object, ty),
        Type::U64 | Type::Usize => typed::<u64>(pins, object, ty),
        Type::F32 => typed::<f32>(pins, object, ty),
        Type::F64 => typed::<f64>(pins, object, ty),
        _ => Ok(None),
    }
}

fn typed<'a, T: Number>(pins: &'a Pins, object: &Bound<'_, PyAny>, ty: &Type) -> Result<Option<Vector<'a>>, Mismatch> {
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(collect::<T>(list.len(), list.iter()));
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return Ok(collect::<T>(tuple.len(), tuple.iter()));
    }
    let Ok(buffer) = PyUntypedBuffer::get(object) else { return Ok(None) };
    if buffer.item_size() != size_of::<T>() || !T::is_compatible_format(buffer.format()) {
        let format = buffer.format().to_string_lossy().into_owned();
        let text = format!("expected {ty}, got {} with items of format {format:?}", type_name(object));
        return Err(Mismatch::new(text));
    }
    numbers_of_buffer::<T>(pins, object, buffer).map(Some)
}

fn collect<'a, 'py, T: Number>(len: usize, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Option<Vector<'a>> {
    let mut numbers = Vec::with_capacity(len);
    for item in items {
        numbers.push(T::of(&item)?);
    }
    Some(T::vector(Cow::Owned(numbers)))
}

/// Borrows where the numbers lie side by side and aligned, else gathers them. The buffer has items of type `T`.
fn numbers_of_buffer<'a, T: Number>(
    pins: &'a Pins,
    object: &Bound<'_, PyAny>,
    buffer: PyUntypedBuffer,
) -> Result<Vector<'a>, Mismatch> {
    if buffer.item_count() == 0 {
        return Ok(T::vector(Cow::Owned(Vec::new())));
    }
    let aligned = (buffer.buf_ptr() as usize).is_multiple_of(align_of::<T>());
    if !(buffer.is_c_contiguous() && aligned) {
        let bytes = gather(object).map_err(|error| Mismatch::new(error.to_string()))?;
        let items = bytes.as_bytes().chunks_exact(size_of::<T>());
        // SAFETY: each chunk has the size of an item of the buffer's format; every bit pattern is a number.
        let items = items.map(|item| unsafe { item.as_ptr().cast::<T>().read_unaligned() });
        return Ok(T::vector(Cow::Owned(items.collect())));
    }
    let bytes = pins.buffer(buffer);
    // SAFETY: the bytes are `len / size_of` items of T by the buffer's format, and aligned; every bit pattern is a number.
    let items = unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<T>(), bytes.len() / size_of::<T>()) };
    Ok(T::vector(Cow::Borrowed(items)))
}

/// What a buffer holds, side by side.
fn gather<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyMemoryView::from(object)?.call_method0("tobytes")?.cast_into()?)
}

/// The bytes of an object that exports a buffer of bytes; `None` if it exports none.
pub(super) fn bytes_from_buffer<'a>(
    pins: &'a Pins,
    object: &Bound<'_, PyAny>,
) -> Result<Option<Cow<'a, [u8]>>, Mismatch> {
    let Ok(buffer) = PyUntypedBuffer::get(object) else { return Ok(None) };
    if buffer.item_size() != 1 || !is_byte(buffer.format()) {
        let format = buffer.format().to_string_lossy().into_owned();
        let text = format!("expected bytes, got {} with items of format {format:?}", type_name(object));
        return Err(Mismatch::new(text));
    }
    if buffer.is_c_contiguous() {
        return Ok(Some(Cow::Borrowed(pins.buffer(buffer))));
    }
    let bytes = gather(object).map_err(|error| Mismatch::new(error.to_string()))?;
    Ok(Some(Cow::Owned(bytes.as_bytes().to_vec())))
}

fn is_byte(format: &std::ffi::CStr) -> bool {
    matches!(ElementType::from_format(format), ElementType::UnsignedInteger { bytes: 1 }) || format == c"c"
}

/// What a buffer holds by its own format: for an object where the guest wants something else, so that the engine can say
/// what it was given.
pub(super) fn any_from_buffer<'a>(pins: &'a Pins, object: &Bound<'_, PyAny>) -> Option<Value<'a>> {
    bytes_from_buffer(pins, object).ok().flatten().map(Value::Bytes)
}
