//! WebAssembly's own types as the dataclasses of `edge.types`.

use edge_runtime::{ExternType, FuncType, GlobalType, MemoryType, RefType, TableType, ValType};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("edge.types")?.getattr(name)
}

fn words<'py>(py: Python<'py>, types: &[ValType]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, types.iter().map(ToString::to_string))
}

pub(crate) fn func_type<'py>(py: Python<'py>, ty: &FuncType) -> PyResult<Bound<'py, PyAny>> {
    class(py, "FuncType")?.call1((words(py, ty.params())?, words(py, ty.results())?))
}

pub(crate) fn memory_type<'py>(py: Python<'py>, ty: &MemoryType) -> PyResult<Bound<'py, PyAny>> {
    class(py, "MemoryType")?.call1((ty.min, ty.max, ty.memory64, ty.shared))
}

pub(crate) fn table_type<'py>(py: Python<'py>, ty: &TableType) -> PyResult<Bound<'py, PyAny>> {
    class(py, "TableType")?.call1((ty.element.to_string(), ty.min, ty.max, ty.table64))
}

pub(crate) fn global_type<'py>(py: Python<'py>, ty: &GlobalType) -> PyResult<Bound<'py, PyAny>> {
    class(py, "GlobalType")?.call1((ty.content.to_string(), ty.mutable))
}

pub(crate) fn extern_type<'py>(py: Python<'py>, ty: &ExternType) -> PyResult<Bound<'py, PyAny>> {
    match ty {
        ExternType::Func(ty) => func_type(py, ty),
        ExternType::Tag(ty) => class(py, "TagType")?.call1((words(py, ty.params())?,)),
        ExternType::Memory(ty) => memory_type(py, ty),
        ExternType::Table(ty) => table_type(py, ty),
        ExternType::Global(ty) => global_type(py, ty),
    }
}

pub(crate) fn import_type<'py>(
    py: Python<'py>,
    module: &str,
    name: &str,
    ty: &ExternType,
) -> PyResult<Bound<'py, PyAny>> {
    class(py, "ImportType")?.call1((module, name, extern_type(py, ty)?))
}

pub(crate) fn export_type<'py>(py: Python<'py>, name: &str, ty: &ExternType) -> PyResult<Bound<'py, PyAny>> {
    class(py, "ExportType")?.call1((name, extern_type(py, ty)?))
}

/// The type that one of the specification's words names.
pub(crate) fn val_type(word: &str) -> PyResult<ValType> {
    Ok(match word {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "f32" => ValType::F32,
        "f64" => ValType::F64,
        "v128" => ValType::V128,
        "funcref" => ValType::Ref(RefType::FUNCREF),
        "externref" => ValType::Ref(RefType::EXTERNREF),
        "exnref" => ValType::Ref(RefType::EXNREF),
        other => {
            let message =
                format!("no value type {other:?}: i32, i64, f32, f64, v128, funcref, externref and exnref are");
            return Err(PyValueError::new_err(message));
        }
    })
}

/// The types of a sequence of words.
pub(crate) fn val_types(words: &Bound<'_, PyAny>) -> PyResult<Vec<ValType>> {
    let types = words.try_iter()?.map(|word| val_type(word?.cast::<PyString>()?.to_str()?));
    types.collect()
}

/// The type of a table's elements.
pub(crate) fn ref_type(word: &str) -> PyResult<RefType> {
    match val_type(word)? {
        ValType::Ref(ty) => Ok(ty),
        other => Err(PyValueError::new_err(format!("a table holds funcref or externref, not {other}"))),
    }
}
