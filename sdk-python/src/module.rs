//! `edge.Module`, and what can be made into one.

use std::path::PathBuf;

use edge_runtime::{ArtifactForm, Source};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};

use crate::artifact::{form, trusted_module};
use crate::engine::{Engine, engine_or_default};
use crate::errors::OrRaise;
use crate::progress::compile_telling;
use crate::types::{export_type, import_type};
use crate::value_in::{Pins, bytes_of, type_name};

/// A compiled module: shareable between threads and between as many instances as you like.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Module {
    pub(crate) inner: edge_runtime::Module,
}

#[pymethods]
impl Module {
    /// From the bytes of a module, or from a file; a file whose name ends in .wat is in the text format. Native code is not used:
    /// that of a universal artifact is ignored, and a native one is `malformed` (see from_trusted).
    ///
    /// progress is called with (functions compiled, functions in all) while they are compiled, in this thread, and
    /// hears at last that all are; of text only that. It hears nothing where nothing is compiled now: from a cache,
    /// with compile="lazy". What it raises is raised when the compiler is through.
    #[new]
    #[pyo3(signature = (source, engine = None, *, progress = None))]
    fn new(
        source: &Bound<'_, PyAny>,
        engine: Option<&Bound<'_, Engine>>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (py, pins) = (source.py(), Pins::default());
        let engine = engine_or_default(engine);
        let source = source_of(source, &pins)?;
        if let Some(progress) = progress {
            return Ok(Self { inner: compile_telling(&engine, &source, progress)? });
        }
        let inner = py.detach(|| match &source {
            Source::Path(path) => edge_runtime::Module::from_file(&engine, path),
            Source::Bytes(bytes) => edge_runtime::Module::new(&engine, bytes),
            Source::Module(module) => Ok(module.clone()),
        });
        Ok(Self { inner: inner.or_raise(py)? })
    }

    /// From the text format.
    #[classmethod]
    #[pyo3(signature = (text, engine = None))]
    fn from_text(class: &Bound<'_, PyType>, text: &str, engine: Option<&Bound<'_, Engine>>) -> PyResult<Self> {
        let py = class.py();
        let engine = engine_or_default(engine);
        let inner = py.detach(|| edge_runtime::Module::from_text(&engine, text)).or_raise(py)?;
        Ok(Self { inner })
    }

    /// From bytes or a file that may hold native code, which is then used: what serialize and serialize_to made, or any module. A
    /// universal artifact whose code does not suit this machine and engine is compiled; a native one raises `artifact_mismatch`,
    /// which names what differs. What is damaged raises `artifact_damaged`.
    ///
    /// Trusted means: whoever can write these bytes can have anything executed by this process. Give only what you know
    /// edge made, and nobody else had a hand in. A file is mapped and not read: nobody may write into it while the
    /// module is used (serialize_to does not, it puts a new file in its place).
    #[classmethod]
    #[pyo3(signature = (source, engine = None))]
    fn from_trusted(
        class: &Bound<'_, PyType>,
        source: &Bound<'_, PyAny>,
        engine: Option<&Bound<'_, Engine>>,
    ) -> PyResult<Self> {
        if source.is_instance_of::<Self>() {
            return Err(PyTypeError::new_err("from_trusted takes a path or bytes, and this is an edge.Module already"));
        }
        let pins = Pins::default();
        let source = source_of(source, &pins)?;
        Ok(Self { inner: trusted_module(class.py(), &engine_or_default(engine), &source)? })
    }

    /// The module and its compiled code as the contents of a file, for from_trusted. form is "universal" (the module,
    /// with its code in a custom section: every other runtime runs it too, and edge where the code does not suit) or
    /// "native" (code of edge and nothing else). Compiles what compile="lazy" has left.
    #[pyo3(signature = (form = "universal"))]
    fn serialize<'py>(&self, py: Python<'py>, form: &str) -> PyResult<Bound<'py, PyBytes>> {
        let form = self::form(form)?;
        let file = py.detach(|| self.inner.serialize(form)).or_raise(py)?;
        Ok(PyBytes::new(py, &file))
    }

    /// serialize into a file, which appears whole or not at all; whoever uses the one before keeps that. Without a form
    /// it goes by the name: universal if that ends in .wasm, else native.
    #[pyo3(signature = (path, form = None))]
    fn serialize_to(&self, py: Python<'_>, path: PathBuf, form: Option<&str>) -> PyResult<()> {
        let form = form.map_or_else(|| Ok(ArtifactForm::of_path(&path)), self::form)?;
        py.detach(|| self.inner.serialize_to(&path, form)).or_raise(py)
    }

    /// Whether its native code was loaded, from a trusted place or the engine's cache, and not compiled.
    #[getter]
    fn precompiled(&self) -> bool {
        self.inner.is_precompiled()
    }

    /// How many of the functions that it defines have been compiled, and how many there are: fewer only with compile="lazy".
    #[getter]
    fn compiled_functions(&self) -> (usize, usize) {
        self.inner.compiled_functions()
    }

    /// Raises what is wrong with the bytes of a module, without compiling them.
    #[staticmethod]
    #[pyo3(signature = (source, engine = None))]
    fn validate(source: &Bound<'_, PyAny>, engine: Option<&Bound<'_, Engine>>) -> PyResult<()> {
        let (py, pins) = (source.py(), Pins::default());
        let engine = engine_or_default(engine);
        let Some(bytes) = bytes_of(source, &pins)? else {
            return Err(PyTypeError::new_err(format!("bytes are validated, not {}", type_name(source))));
        };
        py.detach(|| edge_runtime::Module::validate(&engine, &bytes)).or_raise(py)
    }

    /// The name that the module gives itself.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.inner.name()
    }

    /// What the module wants from its host: ImportType objects, in order.
    #[getter]
    fn imports<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.inner.imports().map(|import| import_type(py, import.module(), import.name(), &import.ty())).collect()
    }

    /// What the module offers: ExportType objects, in order.
    #[getter]
    fn exports<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.inner.exports().map(|export| export_type(py, export.name(), &export.ty())).collect()
    }

    /// The contents of the custom sections of this name.
    fn custom_sections<'py>(&self, py: Python<'py>, name: &str) -> Vec<Bound<'py, PyBytes>> {
        self.inner.custom_sections(name).map(|data| PyBytes::new(py, data)).collect()
    }

    /// The names of the custom sections, in order.
    #[getter]
    fn custom_section_names(&self) -> Vec<&str> {
        self.inner.custom_section_names().collect()
    }

    /// The engine that compiled it.
    #[getter]
    fn engine(&self) -> Engine {
        Engine { inner: self.inner.engine().clone() }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        // What all handles of one module agree on, however they were got.
        self.inner.exports().len() << 16 | self.inner.imports().len()
    }

    fn __repr__(&self) -> String {
        let name = self.inner.name().map_or_else(String::new, |name| format!(" {name:?}"));
        let (imports, exports) = (self.inner.imports().len(), self.inner.exports().len());
        format!("<edge.Module{name}: {imports} imports, {exports} exports>")
    }
}

/// A path, bytes, or a module.
pub(crate) fn source_of<'a>(object: &Bound<'_, PyAny>, pins: &'a Pins) -> PyResult<Source<'a>> {
    if let Ok(module) = object.cast::<Module>() {
        return Ok(Source::Module(module.get().inner.clone()));
    }
    if let Some(bytes) = bytes_of(object, pins)? {
        return Ok(Source::Bytes(bytes));
    }
    match object.extract::<PathBuf>() {
        Ok(path) => Ok(Source::Path(path)),
        Err(_) => {
            let text = format!("a module is a path, bytes or an edge.Module, not {}", type_name(object));
            Err(PyTypeError::new_err(text))
        }
    }
}
