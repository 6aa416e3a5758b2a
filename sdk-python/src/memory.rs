//! `edge.Memory`, which is also a buffer.

use std::ffi::{c_int, c_void};
use std::ptr;

use edge_runtime::{Error, Kind, MemoryType, Phase};
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3::{PyTraverseError, PyVisit};

use crate::errors::OrRaise;
use crate::keeper::Keeper;
use crate::store::Store;
use crate::types::memory_type;
use crate::value_in::{Pins, bytes_of, type_name};

/// A linear memory.
///
/// `memoryview(memory)` is its content itself, not a copy: what the guest writes shows in it, and the reverse. It keeps
/// the memory and its store alive, never dangles (a memory never moves), and has the size that the memory had when the
/// view was made.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Memory {
    pub(crate) inner: edge_runtime::Memory,
    keeper: Py<Keeper>,
}

impl Memory {
    pub(crate) fn new_handle(inner: edge_runtime::Memory, keeper: Py<Keeper>) -> Self {
        Self { inner, keeper }
    }
}

#[pymethods]
impl Memory {
    /// A memory of the host, in pages of 64 KiB.
    #[new]
    #[pyo3(signature = (store, min, max = None, *, memory64 = false))]
    fn new(store: &Bound<'_, Store>, min: u64, max: Option<u64>, memory64: bool) -> PyResult<Self> {
        let py = store.py();
        let store = store.get();
        let ty = MemoryType { memory64, ..MemoryType::new(min, max) };
        let inner = py.detach(|| edge_runtime::Memory::new(&store.inner, ty)).or_raise(py)?;
        Ok(Self { inner, keeper: store.keeper.clone_ref(py) })
    }

    /// The type: what was declared, not what is now.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        memory_type(py, &self.inner.ty())
    }

    /// Pages of 64 KiB.
    #[getter]
    fn size(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.inner.size())
    }

    /// Bytes.
    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.data_size())
    }

    /// A copy of `size` bytes from `offset` on.
    fn read<'py>(&self, py: Python<'py>, offset: u64, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        // Looked at before memory for the copy is asked for: a false size is an error, not a failed allocation.
        let within = py.detach(|| self.inner.data_size());
        if offset.checked_add(size as u64).is_none_or(|end| end > within as u64) {
            let text = format!("reading {size} bytes at {offset}: the memory has {within} bytes");
            return Err(Error::new(Phase::Execute, Kind::MemoryOutOfBounds, text)).or_raise(py);
        }
        PyBytes::new_with(py, size, |buffer| py.detach(|| self.inner.read(offset, buffer)).or_raise(py))
    }

    /// Copies bytes, or any buffer of bytes, into the memory.
    fn write(&self, py: Python<'_>, offset: u64, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let pins = Pins::default();
        let Some(bytes) = bytes_of(data, &pins)? else {
            let text = format!("bytes are written, not {}", type_name(data));
            return Err(pyo3::exceptions::PyTypeError::new_err(text));
        };
        py.detach(|| self.inner.write(offset, &bytes)).or_raise(py)
    }

    /// Adds pages; returns how many there were.
    fn grow(&self, py: Python<'_>, delta: u64) -> PyResult<u64> {
        py.detach(|| self.inner.grow(delta)).or_raise(py)
    }

    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill in"));
        }
        let memory = &slf.get().inner;
        let len = slf.py().detach(|| memory.data_size());
        let len = ffi::Py_ssize_t::try_from(len)
            .map_err(|_| PyBufferError::new_err("the memory is larger than a buffer can be"))?;
        let start: *mut c_void =
            if len == 0 { ptr::NonNull::<u8>::dangling().as_ptr() } else { memory.data_ptr() }.cast();
        // SAFETY: `view` is the interpreter's, to be filled in; `start` has `len` bytes for as long as the memory lives,
        // since memories neither move nor shrink; the view holds a reference to this object, which keeps the memory.
        let filled = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, len, 0, flags) };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> usize {
        self.inner.data_ptr() as usize >> 16
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<edge.Memory of {} pages>", self.size(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.keeper)
    }
}
