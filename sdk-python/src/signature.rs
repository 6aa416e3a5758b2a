//! `inspect.Signature` of an exported function, from its description.

use edge_runtime::bindgen::{Body, Fields, Interface, Signature, Type};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

/// Makes the `inspect.Signature`.
pub(crate) fn python_signature<'py>(
    py: Python<'py>,
    signature: &Signature,
    interface: Option<&Interface>,
) -> PyResult<Bound<'py, PyAny>> {
    let inspect = py.import("inspect")?;
    let parameter = inspect.getattr("Parameter")?;
    let names = parameter_names(py, signature)?;
    let kind = parameter.getattr(if names.is_some() { "POSITIONAL_OR_KEYWORD" } else { "POSITIONAL_ONLY" })?;
    let mut parameters = Vec::with_capacity(signature.params.len());
    for (index, param) in signature.params.iter().enumerate() {
        let name = if names.is_some() { param.name.clone() } else { format!("arg{index}") };
        let options = PyDict::new(py);
        options.set_item("annotation", annotation(py, &param.ty, interface)?)?;
        parameters.push(parameter.call((name, &kind), Some(&options))?);
    }
    let options = PyDict::new(py);
    options.set_item("return_annotation", annotation(py, &signature.result, interface)?)?;
    inspect.getattr("Signature")?.call((parameters,), Some(&options))
}

/// The names by which arguments can be given: none if one of them is no name in Python, or is there twice.
pub(crate) fn parameter_names<'s>(py: Python<'_>, signature: &'s Signature) -> PyResult<Option<Vec<&'s str>>> {
    let is_keyword = py.import("keyword")?.getattr("iskeyword")?;
    let mut names = Vec::with_capacity(signature.params.len());
    for param in &signature.params {
        let name = PyString::new(py, &param.name);
        let usable = name.call_method0("isidentifier")?.is_truthy()? && !is_keyword.call1((&name,))?.is_truthy()?;
        if !usable || names.contains(&param.name.as_str()) {
            return Ok(None);
        }
        names.push(&param.name);
    }
    Ok(Some(names))
}

/// The type hint of what comes out, which is also the best of what goes in.
fn annotation<'py>(py: Python<'py>, ty: &Type, interface: Option<&Interface>) -> PyResult<Bound<'py, PyAny>> {
    let of = |ty: &Type| annotation(py, ty, interface);
    let class = |class: Bound<'py, PyType>| Ok(class.into_any());
    match ty {
        Type::Unit => Ok(py.None().into_bound(py)),
        Type::Bool => class(py.get_type::<PyBool>()),
        Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::Isize
        | Type::Usize => class(py.get_type::<PyInt>()),
        Type::F32 | Type::F64 => class(py.get_type::<PyFloat>()),
        Type::Char | Type::String => class(py.get_type::<PyString>()),
        Type::Bytes => class(py.get_type::<PyBytes>()),
        Type::Vec(item) | Type::Array(item, _) if **item == Type::U8 => class(py.get_type::<PyBytes>()),
        Type::Vec(item) | Type::Array(item, _) => py.get_type::<PyList>().get_item(of(item)?),
        Type::Option(inner) => py.import("typing")?.getattr("Optional")?.get_item(of(inner)?),
        Type::Result(ok, _) => of(ok),
        Type::Tuple(items) => {
            let items = items.iter().map(of).collect::<PyResult<Vec<_>>>()?;
            py.get_type::<PyTuple>().get_item(PyTuple::new(py, items)?)
        }
        Type::Map(key, value) => py.get_type::<PyDict>().get_item((of(key)?, of(value)?)),
        Type::Named(id) => named_annotation(py, interface.map(|interface| &interface.named(id).body)),
    }
}

/// A struct or an enum: one level, since types may be recursive.
fn named_annotation<'py>(py: Python<'py>, body: Option<&Body>) -> PyResult<Bound<'py, PyAny>> {
    let any = py.import("typing")?.getattr("Any")?;
    let text = py.get_type::<PyString>();
    let dict = || py.get_type::<PyDict>().get_item((&text, &any));
    match body {
        Some(Body::Struct(Fields::Named(_))) => dict(),
        Some(Body::Enum(variants)) if variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)) => {
            Ok(text.into_any())
        }
        Some(Body::Enum(variants)) if variants.iter().all(|variant| !matches!(variant.fields, Fields::Unit)) => dict(),
        Some(Body::Enum(_)) => text.as_any().bitor(dict()?),
        Some(Body::Struct(Fields::Unit | Fields::Tuple(_))) | None => Ok(any),
    }
}
