//! WebAssembly's own values from and to Python.

use std::fmt::Display;

use edge_runtime::{Error, ExternRef, HeapType, Kind, Phase, Val, ValType};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyTuple};

use crate::errors::{OrRaise, to_exception};
use crate::func::Func;
use crate::keeper::Keeper;
use crate::tag::ExnRef;
use crate::value_in::type_name;

/// The value of an object where `ty` is wanted; `what` names the place in the message.
pub(crate) fn to_val(object: &Bound<'_, PyAny>, ty: ValType, what: impl Display) -> PyResult<Val> {
    let val = match ty {
        ValType::I32 => integer::<i32>(object).map(Val::from),
        ValType::I64 => integer::<i64>(object).map(Val::from),
        ValType::F32 => float(object).map(|value| Val::from(value as f32)),
        ValType::F64 => float(object).map(Val::from),
        // Sixteen bytes, lane 0 first.
        ValType::V128 => object.extract::<[u8; 16]>().ok().map(|bytes| Val::V128(u128::from_le_bytes(bytes))),
        ValType::Ref(ty) if object.is_none() => Some(Val::zero(ValType::Ref(ty))),
        ValType::Ref(ty) if ty.top() == HeapType::Extern => {
            Some(Val::ExternRef(Some(ExternRef::new(object.clone().unbind()))))
        }
        ValType::Ref(ty) if ty.top() == HeapType::Exn => {
            object.cast::<ExnRef>().ok().map(|exception| Val::ExnRef(Some(exception.get().inner.clone())))
        }
        ValType::Ref(_) => object.cast::<Func>().ok().map(|func| Val::FuncRef(Some(func.get().inner.clone()))),
    };
    val.ok_or_else(|| mismatch(object, ty, what))
}

fn integer<'py, T: for<'a> FromPyObject<'a, 'py>>(object: &Bound<'py, PyAny>) -> Option<T> {
    if object.is_instance_of::<PyBool>() { None } else { object.extract().ok() }
}

fn float(object: &Bound<'_, PyAny>) -> Option<f64> {
    if object.is_instance_of::<PyBool>() { None } else { object.extract().ok() }
}

#[cold]
fn mismatch(object: &Bound<'_, PyAny>, ty: ValType, what: impl Display) -> PyErr {
    let wants_integer = matches!(ty, ValType::I32 | ValType::I64);
    let is_integer = object.is_instance_of::<PyInt>() && !object.is_instance_of::<PyBool>();
    let got = if wants_integer && is_integer { "an integer out of its range".into() } else { type_name(object) };
    let text = format!("{what}: expected {ty}, got {got}");
    to_exception(object.py(), Error::new(Phase::Execute, Kind::ArgumentType, text))
}

/// The object of a value.
pub(crate) fn from_val<'py>(py: Python<'py>, val: &Val, keeper: &Py<Keeper>) -> PyResult<Bound<'py, PyAny>> {
    match val {
        Val::I32(value) => value.into_bound_py_any(py),
        Val::I64(value) => value.into_bound_py_any(py),
        Val::F32(bits) => f64::from(f32::from_bits(*bits)).into_bound_py_any(py),
        Val::F64(bits) => f64::from_bits(*bits).into_bound_py_any(py),
        Val::V128(bits) => Ok(PyBytes::new(py, &bits.to_le_bytes()).into_any()),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::ExnRef(None) => Ok(py.None().into_bound(py)),
        Val::ExnRef(Some(exception)) => ExnRef { inner: exception.clone() }.into_bound_py_any(py),
        Val::FuncRef(Some(func)) => Func::new_handle(func.clone(), keeper.clone_ref(py)).into_bound_py_any(py),
        Val::ExternRef(Some(reference)) => match reference.downcast_ref::<Py<PyAny>>() {
            Some(object) => Ok(object.bind(py).clone()),
            None => {
                let text = "the externref holds an object of another language";
                Err(Error::new(Phase::Execute, Kind::ResultType, text)).or_raise(py)
            }
        },
    }
}

/// Results as Python functions return them: nothing is `None`, one is itself, several are a tuple.
pub(crate) fn from_vals<'py>(py: Python<'py>, vals: &[Val], keeper: &Py<Keeper>) -> PyResult<Bound<'py, PyAny>> {
    match vals {
        [] => Ok(py.None().into_bound(py)),
        [only] => from_val(py, only, keeper),
        several => {
            let objects = several.iter().map(|val| from_val(py, val, keeper)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, objects).map(Bound::into_any)
        }
    }
}
