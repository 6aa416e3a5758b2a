//! `edge.Wasi`.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use edge_runtime::WasiConfig;
use pyo3::exceptions::{PyKeyboardInterrupt, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};

use crate::value_in::{Pins, bytes_of, type_name};

/// What a WASI guest gets. What is not given it does not get: no arguments, no environment, no directories, an empty
/// standard input; standard output and error are the host's own.
///
/// args: a sequence of str. env: a dict. dirs: a dict from the guest's path to the host's, or to (path, "ro") or
/// (path, "rw"). stdin: bytes, "inherit", or an object with read. stdout, stderr: "inherit", "capture" (then see
/// Vm.stdout), or an object with write, text or binary.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Wasi {
    pub(crate) config: WasiConfig,
}

#[pymethods]
impl Wasi {
    #[new]
    #[pyo3(signature = (*, args = None, env = None, dirs = None, stdin = None, stdout = None, stderr = None))]
    fn new(
        args: Option<Vec<OsString>>,
        env: Option<&Bound<'_, PyDict>>,
        dirs: Option<&Bound<'_, PyDict>>,
        stdin: Option<&Bound<'_, PyAny>>,
        stdout: Option<&Bound<'_, PyAny>>,
        stderr: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut config = WasiConfig::new().args(args.unwrap_or_default());
        for (key, value) in env.into_iter().flatten() {
            config = config.env(key.extract::<OsString>()?, value.extract::<OsString>()?);
        }
        for (guest, host) in dirs.into_iter().flatten() {
            config = directory(config, &guest.extract::<String>()?, &host)?;
        }
        if let Some(stdin) = stdin {
            config = input(config, stdin)?;
        }
        if let Some(stream) = stdout {
            config = match output("stdout", stream)? {
                Output::Inherit => config.stdout_inherit(),
                Output::Capture => config.stdout_capture(),
                Output::Stream(stream) => config.stdout_write(stream),
            };
        }
        if let Some(stream) = stderr {
            config = match output("stderr", stream)? {
                Output::Inherit => config.stderr_inherit(),
                Output::Capture => config.stderr_capture(),
                Output::Stream(stream) => config.stderr_write(stream),
            };
        }
        Ok(Self { config })
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.config)
    }
}

fn directory(config: WasiConfig, guest: &str, host: &Bound<'_, PyAny>) -> PyResult<WasiConfig> {
    let (path, mode) = match host.cast::<PyTuple>() {
        Ok(pair) => pair.extract::<(PathBuf, String)>()?,
        Err(_) => (host.extract::<PathBuf>()?, "rw".to_owned()),
    };
    match mode.as_str() {
        "rw" => Ok(config.dir(path, guest)),
        "ro" => Ok(config.dir_read_only(path, guest)),
        other => Err(PyValueError::new_err(format!("directory {guest:?}: the mode is 'ro' or 'rw', not {other:?}"))),
    }
}

fn input(config: WasiConfig, stream: &Bound<'_, PyAny>) -> PyResult<WasiConfig> {
    if let Ok(word) = stream.cast::<PyString>() {
        return match word.to_str()? {
            "inherit" => Ok(config.stdin_inherit()),
            other => Err(PyValueError::new_err(format!("stdin is bytes, 'inherit' or a file, not {other:?}"))),
        };
    }
    if let Some(bytes) = bytes_of(stream, &Pins::default())? {
        return Ok(config.stdin_bytes(bytes.into_owned()));
    }
    if !stream.hasattr("read")? {
        let text = format!("stdin is bytes, 'inherit' or a file, not {}", type_name(stream));
        return Err(PyTypeError::new_err(text));
    }
    Ok(config.stdin_read(Stream { object: stream.clone().unbind(), text: is_text(stream)? }))
}

enum Output {
    Inherit,
    Capture,
    Stream(Stream),
}

fn output(what: &str, stream: &Bound<'_, PyAny>) -> PyResult<Output> {
    if let Ok(word) = stream.cast::<PyString>() {
        return match word.to_str()? {
            "inherit" => Ok(Output::Inherit),
            "capture" => Ok(Output::Capture),
            other => Err(PyValueError::new_err(format!("{what} is 'inherit', 'capture' or a file, not {other:?}"))),
        };
    }
    if !stream.hasattr("write")? {
        let text = format!("{what} is 'inherit', 'capture' or a file, not {}", type_name(stream));
        return Err(PyTypeError::new_err(text));
    }
    Ok(Output::Stream(Stream { object: stream.clone().unbind(), text: is_text(stream)? }))
}

fn is_text(stream: &Bound<'_, PyAny>) -> PyResult<bool> {
    stream.is_instance(&stream.py().import("io")?.getattr("TextIOBase")?)
}

/// A Python file as the guest's stream.
struct Stream {
    object: Py<PyAny>,
    /// Whether it takes and gives `str`.
    text: bool,
}

impl Stream {
    fn attached<R>(&self, body: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<R>) -> io::Result<R> {
        let gone = || io::Error::other("the Python interpreter is shutting down");
        Python::try_attach(|py| body(self.object.bind(py)).map_err(|error| told_to_guest(py, error)))
            .unwrap_or_else(|| Err(gone()))
    }
}

/// What a guest is told when a stream raises: the system's own number where there is one, "disk full" for example.
#[cold]
fn told_to_guest(py: Python<'_>, error: PyErr) -> io::Error {
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        // Not the guest's to handle. As if the signal came now, when no code of Python's runs: it ends the guest.
        // SAFETY: attached.
        unsafe { pyo3::ffi::PyErr_SetInterrupt() };
    }
    let number = error.value(py).getattr("errno").and_then(|number| number.extract::<i32>());
    number.map_or_else(|_| io::Error::from(error), io::Error::from_raw_os_error)
}

impl Write for Stream {
    /// All of it, or an error: a guest's buffer is not written twice.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attached(|stream| {
            let py = stream.py();
            if self.text {
                // A character that two writes share is replaced: guests write whole lines or whole buffers.
                stream.call_method1("write", (String::from_utf8_lossy(bytes),))?;
                return Ok(bytes.len());
            }
            let written = stream.call_method1("write", (PyBytes::new(py, bytes),))?;
            // A raw file says how much it took; others took everything.
            Ok(written.extract::<usize>().unwrap_or(bytes.len()).min(bytes.len()))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attached(|stream| match stream.getattr_opt("flush")? {
            Some(flush) => flush.call0().map(drop),
            None => Ok(()),
        })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.attached(|stream| {
            // A character of text takes up to four bytes: as many as fit in any case.
            let size = if self.text { (buffer.len() / 4).max(1) } else { buffer.len() };
            let mut data = stream.call_method1("read", (size,))?;
            if self.text {
                data = data.call_method0("encode")?;
            }
            let pins = Pins::default();
            let Some(bytes) = bytes_of(&data, &pins)? else {
                return Err(PyTypeError::new_err(format!("read gave {}, not bytes", type_name(&data))));
            };
            if bytes.len() > buffer.len() {
                return Err(PyValueError::new_err("read gave more than was asked for"));
            }
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        })
    }
}
