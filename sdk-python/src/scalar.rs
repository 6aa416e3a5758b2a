//! The cheapest way to call: numbers go from Python objects straight into the slots of the call, and back.
//!
//! Nothing here has a message. Whatever does not fit goes the general way, which has them.

use edge_runtime::Function;
use edge_runtime::bindgen::{self, Scalar};
use edge_runtime::types::layout::RawValue;
use pyo3::ffi;
use smallvec::SmallVec;

/// A function all of whose parameters and whose result travel as numbers.
#[derive(Debug)]
pub(crate) struct ScalarSignature(bindgen::ScalarSignature);

impl ScalarSignature {
    pub(crate) fn of(function: &Function) -> Option<Self> {
        function.scalar_signature().map(Self)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.params().len()
    }

    /// Fills the slots, or says that an argument does not fit. No exception is set afterwards.
    ///
    /// # Safety
    ///
    /// The thread is attached; `args` has [`Self::len`] valid objects; `slots` is at least as long.
    #[inline]
    pub(crate) unsafe fn fill(&self, args: *const *mut ffi::PyObject, slots: &mut [RawValue]) -> bool {
        for (index, scalar) in self.0.params().iter().enumerate() {
            // SAFETY: `args` has an object for each parameter, by the caller's promise.
            let filled = unsafe { fill_one(*scalar, *args.add(index), &mut slots[index]) };
            if !filled {
                return false;
            }
        }
        true
    }

    /// The object for a result, as a new reference; null with an exception set when there is no memory for it.
    ///
    /// # Safety
    ///
    /// The thread is attached; the slot holds the result of a call of this signature.
    #[inline]
    pub(crate) unsafe fn result(&self, slot: RawValue) -> *mut ffi::PyObject {
        // SAFETY: attached; the slot holds the type that is read, by the caller's promise; the guest's narrow integers are
        // extended to 32 bits, and cut to their width here since a guest's word is not believed.
        unsafe {
            match self.0.result() {
                Scalar::Unit => ffi::Py_NewRef(ffi::Py_None()),
                Scalar::Bool => ffi::PyBool_FromLong((slot.i32 != 0).into()),
                Scalar::I8 => ffi::PyLong_FromLong((slot.i32 as i8).into()),
                Scalar::I16 => ffi::PyLong_FromLong((slot.i32 as i16).into()),
                Scalar::I32 => ffi::PyLong_FromLong(slot.i32.into()),
                Scalar::I64 => ffi::PyLong_FromLongLong(slot.i64),
                Scalar::U8 => ffi::PyLong_FromLong((slot.i32 as u8).into()),
                Scalar::U16 => ffi::PyLong_FromLong((slot.i32 as u16).into()),
                Scalar::U32 => ffi::PyLong_FromLongLong((slot.i32 as u32).into()),
                Scalar::U64 => ffi::PyLong_FromUnsignedLongLong(slot.i64 as u64),
                Scalar::F32 => ffi::PyFloat_FromDouble(f32::from_bits(slot.f32).into()),
                Scalar::F64 => ffi::PyFloat_FromDouble(f64::from_bits(slot.f64)),
            }
        }
    }
}

/// # Safety
///
/// The thread is attached and `object` is valid.
#[inline]
unsafe fn fill_one(scalar: Scalar, object: *mut ffi::PyObject, slot: &mut RawValue) -> bool {
    // SAFETY: attached, and the object is valid, by the caller's promise.
    unsafe {
        match scalar {
            Scalar::I32 => integer(object, i32::MIN.into(), i32::MAX.into()).map(|v| slot.i32 = v as i32).is_some(),
            Scalar::I64 => integer(object, i64::MIN, i64::MAX).map(|v| slot.i64 = v).is_some(),
            Scalar::F64 => float(object).map(|v| slot.f64 = v.to_bits()).is_some(),
            Scalar::F32 => float(object).map(|v| slot.f32 = (v as f32).to_bits()).is_some(),
            Scalar::U32 => integer(object, 0, u32::MAX.into()).map(|v| slot.i32 = v as u32 as i32).is_some(),
            Scalar::U64 => integer(object, 0, i64::MAX).map(|v| slot.i64 = v).is_some(),
            Scalar::I8 => integer(object, i8::MIN.into(), i8::MAX.into()).map(|v| slot.i32 = v as i32).is_some(),
            Scalar::I16 => integer(object, i16::MIN.into(), i16::MAX.into()).map(|v| slot.i32 = v as i32).is_some(),
            Scalar::U8 => integer(object, 0, u8::MAX.into()).map(|v| slot.i32 = v as i32).is_some(),
            Scalar::U16 => integer(object, 0, u16::MAX.into()).map(|v| slot.i32 = v as i32).is_some(),
            Scalar::Bool => {
                slot.i32 = i32::from(object == ffi::Py_True());
                ffi::PyBool_Check(object) != 0
            }
            Scalar::Unit => false,
        }
    }
}

/// The value of an `int` that is no `bool`, if it lies in the range.
///
/// # Safety
///
/// The thread is attached and `object` is valid.
#[inline]
unsafe fn integer(object: *mut ffi::PyObject, least: i64, greatest: i64) -> Option<i64> {
    // SAFETY: attached, and the object is valid; an exact `int` has no code of its own to run.
    unsafe {
        if ffi::PyLong_CheckExact(object) == 0 {
            return None;
        }
        let mut overflow = 0;
        let value = ffi::PyLong_AsLongLongAndOverflow(object, &raw mut overflow);
        (overflow == 0 && least <= value && value <= greatest).then_some(value)
    }
}

/// The value of a `float`.
///
/// # Safety
///
/// The thread is attached and `object` is valid.
#[inline]
unsafe fn float(object: *mut ffi::PyObject) -> Option<f64> {
    // SAFETY: attached, and the object is valid; an exact `float` always has a value.
    unsafe { (ffi::PyFloat_CheckExact(object) != 0).then(|| ffi::PyFloat_AsDouble(object)) }
}

/// Slots for a call: enough for almost every function without the heap.
pub(crate) fn slots(len: usize) -> SmallVec<[RawValue; 8]> {
    SmallVec::from_elem(RawValue::default(), len.max(1))
}
