//! `edge.SharedMemory`: linear memory that threads share.

use std::ops::RangeInclusive;

use edge_runtime::{AtomicInt, Error, Kind, MemoryType, Phase, WaitOutcome};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};

use crate::engine::{Engine, engine_or_default};
use crate::errors::OrRaise;
use crate::interrupt::guest;
use crate::options::seconds;
use crate::types::memory_type;
use crate::value_in::{Pins, bytes_of, type_name};

/// A linear memory that guests of any number of stores use at the same time, on any number of threads.
///
/// It belongs to no store: give it to guests by imports= or by a Linker. It is no buffer, since other threads write it at
/// any time: bytes are copied, and integers are accessed as atomics. They are unsigned, as what the guest wrote.
#[pyclass(frozen, module = "edge")]
pub(crate) struct SharedMemory {
    inner: edge_runtime::SharedMemory,
}

/// Calls a generic function with the integer of so many bits.
macro_rules! by_width {
    ($bits:expr, $self:ident.$function:ident($($arg:expr),*)) => {
        match $bits {
            8 => $self.$function::<u8>($($arg),*),
            16 => $self.$function::<u16>($($arg),*),
            32 => $self.$function::<u32>($($arg),*),
            64 => $self.$function::<u64>($($arg),*),
            other => Err(PyValueError::new_err(format!("bits is 8, 16, 32 or 64, not {other}"))),
        }
    };
}

/// What Python knows as an integer and the memory as an atomic.
trait Word: AtomicInt + TryFrom<u64> + Into<u64> {}

impl<T: AtomicInt + TryFrom<u64> + Into<u64>> Word for T {}

impl SharedMemory {
    pub(crate) fn handle(inner: edge_runtime::SharedMemory) -> Self {
        Self { inner }
    }

    pub(crate) fn inner(&self) -> &edge_runtime::SharedMemory {
        &self.inner
    }

    fn load<T: Word>(&self, py: Python<'_>, offset: u64) -> PyResult<u64> {
        self.inner.atomic_load::<T>(offset).map(Into::into).or_raise(py)
    }

    fn store<T: Word>(&self, py: Python<'_>, offset: u64, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.inner.atomic_store::<T>(offset, integer("value", value)?).or_raise(py)
    }

    fn add<T: Word>(&self, py: Python<'_>, offset: u64, value: &Bound<'_, PyAny>) -> PyResult<u64> {
        self.inner.atomic_add::<T>(offset, integer("value", value)?).map(Into::into).or_raise(py)
    }

    fn exchange<T: Word>(
        &self,
        py: Python<'_>,
        offset: u64,
        expected: &Bound<'_, PyAny>,
        replacement: &Bound<'_, PyAny>,
    ) -> PyResult<u64> {
        let (expected, replacement) = (integer("expected", expected)?, integer("replacement", replacement)?);
        self.inner.atomic_compare_exchange::<T>(offset, expected, replacement).map(Into::into).or_raise(py)
    }
}

#[pymethods]
impl SharedMemory {
    /// A memory in pages of 64 KiB, for the stores of one engine.
    #[new]
    #[pyo3(signature = (min, max, *, memory64 = false, engine = None))]
    fn new(py: Python<'_>, min: u64, max: u64, memory64: bool, engine: Option<&Bound<'_, Engine>>) -> PyResult<Self> {
        let engine = engine_or_default(engine);
        let ty = MemoryType { memory64, shared: true, ..MemoryType::new(min, Some(max)) };
        let inner = py.detach(|| edge_runtime::SharedMemory::new(&engine, ty)).or_raise(py)?;
        Ok(Self { inner })
    }

    /// The engine whose stores can use it.
    #[getter]
    fn engine(&self) -> Engine {
        Engine { inner: self.inner.engine().clone() }
    }

    /// The type, with the present size as its minimum.
    #[getter]
    fn r#type<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        memory_type(py, &self.inner.ty())
    }

    /// Pages of 64 KiB.
    #[getter]
    fn size(&self) -> u64 {
        self.inner.size()
    }

    /// Bytes.
    fn __len__(&self) -> usize {
        self.inner.data_size()
    }

    /// A copy of `size` bytes from `offset` on; what another thread writes meanwhile may be in it in part.
    fn read<'py>(&self, py: Python<'py>, offset: u64, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        // Looked at before memory for the copy is asked for: a false size is an error, not a failed allocation.
        let within = self.inner.data_size();
        if offset.checked_add(size as u64).is_none_or(|end| end > within as u64) {
            let text = format!("reading {size} bytes at {offset}: the shared memory has {within} bytes");
            return Err(Error::new(Phase::Execute, Kind::MemoryOutOfBounds, text)).or_raise(py);
        }
        PyBytes::new_with(py, size, |buffer| py.detach(|| self.inner.read(offset, buffer)).or_raise(py))
    }

    /// Copies bytes, or any buffer of bytes, into the memory.
    fn write(&self, py: Python<'_>, offset: u64, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let pins = Pins::default();
        let Some(bytes) = bytes_of(data, &pins)? else {
            return Err(PyTypeError::new_err(format!("bytes are written, not {}", type_name(data))));
        };
        py.detach(|| self.inner.write(offset, &bytes)).or_raise(py)
    }

    /// Adds pages; returns how many there were.
    fn grow(&self, py: Python<'_>, delta: u64) -> PyResult<u64> {
        py.detach(|| self.inner.grow(delta)).or_raise(py)
    }

    /// Reads an integer.
    #[pyo3(signature = (offset, *, bits = 32))]
    fn atomic_load(&self, py: Python<'_>, offset: u64, bits: u32) -> PyResult<u64> {
        by_width!(bits, self.load(py, offset))
    }

    /// Writes an integer.
    #[pyo3(signature = (offset, value, *, bits = 32))]
    fn atomic_store(&self, py: Python<'_>, offset: u64, value: &Bound<'_, PyAny>, bits: u32) -> PyResult<()> {
        by_width!(bits, self.store(py, offset, value))
    }

    /// Adds to an integer, wrapping around; returns what was there before.
    #[pyo3(signature = (offset, value, *, bits = 32))]
    fn atomic_add(&self, py: Python<'_>, offset: u64, value: &Bound<'_, PyAny>, bits: u32) -> PyResult<u64> {
        by_width!(bits, self.add(py, offset, value))
    }

    /// Writes replacement if the integer is expected; returns what was there before.
    #[pyo3(signature = (offset, expected, replacement, *, bits = 32))]
    fn atomic_compare_exchange(
        &self,
        py: Python<'_>,
        offset: u64,
        expected: &Bound<'_, PyAny>,
        replacement: &Bound<'_, PyAny>,
        bits: u32,
    ) -> PyResult<u64> {
        by_width!(bits, self.exchange(py, offset, expected, replacement))
    }

    /// Waits until somebody notifies the offset, if the 32 bits there are expected: "woken", "different" (it did not wait)
    /// or "timed_out". timeout is in seconds or a timedelta; None waits for ever. In a host function it ends with the guest.
    #[pyo3(signature = (offset, expected, timeout = None))]
    fn wait32(
        &self,
        py: Python<'_>,
        offset: u64,
        expected: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<&'static str> {
        let expected = integer("expected", expected)?;
        let timeout = timeout.map(|timeout| seconds("timeout", timeout)).transpose()?;
        guest(py, || self.inner.wait32(offset, expected, timeout)).map(outcome)
    }

    /// The same with 64 bits.
    #[pyo3(signature = (offset, expected, timeout = None))]
    fn wait64(
        &self,
        py: Python<'_>,
        offset: u64,
        expected: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<&'static str> {
        let expected = integer("expected", expected)?;
        let timeout = timeout.map(|timeout| seconds("timeout", timeout)).transpose()?;
        guest(py, || self.inner.wait64(offset, expected, timeout)).map(outcome)
    }

    /// Wakes at most count threads that wait at the offset, guests and hosts alike; returns how many. None wakes all.
    #[pyo3(signature = (offset, count = None))]
    fn notify(&self, py: Python<'_>, offset: u64, count: Option<u32>) -> PyResult<u32> {
        py.detach(|| self.inner.notify(offset, count.unwrap_or(u32::MAX))).or_raise(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(&self) -> u64 {
        // Handles are made anew at each import and export: what they have in common and never changes is the type.
        self.inner.ty().max.unwrap_or(0)
    }

    fn __repr__(&self) -> String {
        format!("<edge.SharedMemory of {} pages>", self.inner.size())
    }
}

/// The integer of this width that an object is; a negative one is what it is in two's complement.
fn integer<T: Word>(what: &str, object: &Bound<'_, PyAny>) -> PyResult<T> {
    let bits = 8 * size_of::<T>() as u32;
    let range: RangeInclusive<i128> = -(1 << (bits - 1))..=(1 << bits) - 1;
    let value = if object.is_instance_of::<PyBool>() { None } else { object.extract::<i128>().ok() };
    let value = value.filter(|value| range.contains(value)).map(|value| value as u64 & (u64::MAX >> (64 - bits)));
    value.and_then(|value| T::try_from(value).ok()).ok_or_else(|| {
        let got = object.repr().map_or_else(|_| type_name(object), |text| text.to_string());
        let text = format!("{what}: expected an integer of {bits} bits, got {got}");
        let error: edge_runtime::Result<()> = Err(Error::new(Phase::Execute, Kind::ArgumentType, text));
        error.or_raise(object.py()).unwrap_err()
    })
}

fn outcome(outcome: WaitOutcome) -> &'static str {
    match outcome {
        WaitOutcome::Woken => "woken",
        WaitOutcome::Different => "different",
        WaitOutcome::TimedOut => "timed_out",
    }
}
