//! The one error object.

use std::error::Error as StdError;
use std::ffi::{c_char, c_void};
use std::fmt;
use std::ptr;

use edge_runtime::bindgen::GuestErr;
use edge_runtime::{BoxError, Error, HostError, Kind, Phase, terminate};

use crate::buffer::edge_view_t;
use crate::ffi::{Env, edge_drop_fn_t, free, getter, guard, handle, object, out_handle, text};
use crate::value::edge_value_t;

/// What went wrong: owned by whoever received it, freed with `edge_error_free`.
pub struct edge_error_t {
    error: Error,
    /// The value of a guest's `Err`, in the form that C reads.
    value: Option<Box<edge_value_t>>,
    /// Text of the cause, made when it is first asked for would need a lock; errors are rare, so it is made at once.
    cause: Option<String>,
    /// The frames as texts.
    frames: Vec<FrameText>,
}

struct FrameText {
    function: String,
    module: String,
    file: String,
    line: u32,
    offset: u64,
}

// SAFETY: the only pointers inside are those of `value`, a tree that this object owns and nobody changes.
unsafe impl Send for edge_error_t {}
// SAFETY: as above.
unsafe impl Sync for edge_error_t {}

impl Drop for edge_error_t {
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            // SAFETY: the tree was made by `edge_value_t::owned`, and this is its only owner.
            unsafe { value.release() }
        }
    }
}

impl edge_error_t {
    /// A handle for C.
    #[cold]
    pub(crate) fn raw(error: Error) -> *mut Self {
        handle(Self::new(error))
    }

    fn new(error: Error) -> Self {
        let frames = error
            .backtrace()
            .iter()
            .map(|frame| FrameText {
                function: frame.func_name.clone().unwrap_or_else(|| format!("<function {}>", frame.func_index)),
                module: frame.module.clone().unwrap_or_default(),
                file: frame.file.clone().unwrap_or_default(),
                line: frame.line.unwrap_or(0),
                offset: frame.module_offset.map_or(u64::MAX, u64::from),
            })
            .collect();
        let value = error.value().map(|value| Box::new(edge_value_t::owned(value.clone())));
        let cause = error.cause().map(ToString::to_string);
        Self { error, value, cause, frames }
    }

    pub(crate) fn error(&self) -> &Error {
        &self.error
    }

    /// What a callback of the embedder returned, as the engine wants it; `None` for NULL, which is success.
    ///
    /// # Safety
    ///
    /// `pointer` is NULL or a live error, which this call consumes.
    pub(crate) unsafe fn from_callback(pointer: *mut Self) -> Option<BoxError> {
        if pointer.is_null() {
            return None;
        }
        // SAFETY: by the contract above.
        let mut own = unsafe { Box::from_raw(pointer) };
        let taken = std::mem::replace(&mut own.error, Error::new(Phase::Host, Kind::HostError, ""));
        match (taken.kind(), taken.value()) {
            // The guest's own type of error: it arrives typed where the guest declared `Result`.
            (Kind::GuestError, Some(value)) => Some(Box::new(GuestErr(value.clone()))),
            _ => Some(Box::new(taken)),
        }
    }

    fn payload(&self) -> Option<&Payload> {
        let mut cause = self.error.cause().map(|cause| cause as &(dyn StdError + 'static));
        while let Some(error) = cause {
            if let Some(payload) = error.downcast_ref::<Payload>() {
                return Some(payload);
            }
            cause = error.source();
        }
        None
    }
}

/// The embedder's own error object, on its way through the guest.
struct Payload {
    message: String,
    env: Env,
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Payload {}

/// Makes an error for a host function to return: it travels through the guest to whoever called it.
///
/// `kind`: an `EDGE_KIND_*`, or 0 for `EDGE_KIND_HOST_ERROR`. `message`: borrowed, `len` bytes of UTF-8 (what is not
/// UTF-8 is replaced). `payload`: any pointer of yours, or NULL; owned by the error from here on, released by `drop`
/// (which may be NULL) when the error goes, and given back by `edge_error_payload`. Returns: owned by the caller, or by the
/// library once a host function has returned it.
///
/// # Safety
///
/// `message` has `len` bytes; `payload` may be used from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_new(
    kind: u32,
    message: *const c_char,
    len: usize,
    payload: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: payload, drop };
    // SAFETY: by the contract above.
    let message = unsafe { lossy(message, len) };
    let kind = Kind::ALL.iter().copied().find(|known| known.code() == kind).unwrap_or(Kind::HostError);
    let error = Error::new(Phase::Host, kind, message.clone());
    edge_error_t::raw(error.with_cause(Box::new(Payload { message, env })))
}

/// A message of the embedder; what is not UTF-8 is replaced, since an error must not fail.
///
/// # Safety
///
/// `message` is NULL or has `len` bytes.
unsafe fn lossy(message: *const c_char, len: usize) -> String {
    if message.is_null() {
        return String::new();
    }
    // SAFETY: by the contract above.
    String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(message.cast(), len) }).into_owned()
}

/// Makes an error with a code of the application's own for a host function to return: `EDGE_KIND_HOST_ERROR`, whose code
/// `edge_error_code` gives back. All else as `edge_error_new`.
///
/// # Safety
///
/// As `edge_error_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_new_code(
    code: i64,
    message: *const c_char,
    len: usize,
    payload: *mut c_void,
    drop: edge_drop_fn_t,
) -> *mut edge_error_t {
    let env = Env { data: payload, drop };
    // SAFETY: by the contract above.
    let message = unsafe { lossy(message, len) };
    let error = HostError::new(code, message.clone());
    let error = if payload.is_null() { error } else { error.with_cause(Payload { message, env }) };
    edge_error_t::raw(Error::host(error.into()))
}

/// Makes what a host function returns to end the guest early and on purpose: the outer call gets `EDGE_KIND_TERMINATED`, which is no
/// failure. The guest's destructors do not run: a guest with bindgen functions is poisoned afterwards, any other goes on to work.
/// Owned by the caller, or by the library once a host function has returned it.
#[unsafe(no_mangle)]
pub extern "C" fn edge_terminate() -> *mut edge_error_t {
    edge_error_t::raw(Error::host(terminate().into()))
}

/// Makes the typed error of a host function that the guest declared as `Result<_, E>`: `value` is the `E`. Where the guest
/// declared no `Result`, it travels to the caller as a host error.
///
/// `value`: borrowed. `out`: owned by the caller, or by the library once a host function has returned it.
///
/// # Safety
///
/// `value` is a well-formed value; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_new_value(
    value: *const edge_value_t,
    out: *mut *mut edge_error_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = out_handle(out)?;
        let value = object(value, "value")?.read()?.into_owned();
        let message = match &value {
            edge_runtime::Value::String(text) => text.to_string(),
            other => format!("a host function failed with {}", other.describe()),
        };
        *out = edge_error_t::raw(Error::new(Phase::Host, Kind::GuestError, message).with_value(value));
        Ok(())
    })
}

/// Frees an error. NULL is fine.
///
/// # Safety
///
/// `error` is NULL or a live error, not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_free(error: *mut edge_error_t) {
    // SAFETY: by the contract above.
    unsafe { free(error) }
}

/// The step that failed, an `EDGE_PHASE_*`; 0 for NULL.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_phase(error: *const edge_error_t) -> u32 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { error.as_ref() }?.error.phase().code()))
}

/// What went wrong, an `EDGE_KIND_*`; 0 for NULL.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_kind(error: *const edge_error_t) -> u32 {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { error.as_ref() }?.error.kind().code()))
}

/// One sentence for a person: a view into the error.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_message(error: *const edge_error_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(unsafe { error.as_ref() }?.error.message())))
}

/// What the error under this one says, for instance that of a host function: a view into the error, empty when there is none.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_cause_message(error: *const edge_error_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || unsafe { error.as_ref() }?.cause.as_deref().map(edge_view_t::new))
}

/// The system's number (`errno`) of the failure under this one, for instance `ENOENT` of a file that is missing; 0 when there is none.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_os_code(error: *const edge_error_t) -> i32 {
    // SAFETY: by the contract above.
    getter(0, || unsafe { error.as_ref() }?.error.cause()?.downcast_ref::<std::io::Error>()?.raw_os_error())
}

/// Gives the exit code of a guest that ended itself. Returns whether the error is one of those
/// (`EDGE_KIND_GUEST_EXIT`); else `code` is left alone. `code` may be NULL.
///
/// # Safety
///
/// `error` is NULL or live; `code` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_exit_code(error: *const edge_error_t, code: *mut i32) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let exit = error.as_ref()?.error.exit_code()?;
        if let Some(code) = code.as_mut() {
            *code = exit;
        }
        Some(true)
    })
}

/// Gives the code that a host function gave its error by `edge_error_new_code`. Returns whether there is one; else `code` is left
/// alone. `code` may be NULL.
///
/// # Safety
///
/// `error` is NULL or live; `code` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_code(error: *const edge_error_t, code: *mut i64) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let given = error.as_ref()?.error.code()?;
        if let Some(code) = code.as_mut() {
            *code = given;
        }
        Some(true)
    })
}

/// The typed value of a guest's `Err`: a view into the error, NULL when there is none.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_value(error: *const edge_error_t) -> *const edge_value_t {
    // SAFETY: by the contract above.
    getter(ptr::null(), || unsafe { error.as_ref() }?.value.as_deref().map(ptr::from_ref))
}

/// The payload that `edge_error_new` was given, however deep the error lies under this one; NULL when there is none.
///
/// `drop` tells whose it is: a payload is given back only to those who name the function that it was made with. NULL asks for
/// any. The payload still belongs to the error.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_payload(error: *const edge_error_t, drop: edge_drop_fn_t) -> *mut c_void {
    getter(ptr::null_mut(), || {
        // SAFETY: by the contract above.
        let env = &unsafe { error.as_ref() }?.payload()?.env;
        let known = drop.is_none() || drop.map(|f| f as usize) == env.drop.map(|f| f as usize);
        known.then_some(env.data)
    })
}

/// How many guest frames the error knows.
///
/// # Safety
///
/// `error` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_backtrace_len(error: *const edge_error_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { error.as_ref() }?.frames.len()))
}

/// One frame of guest code. The texts are views into the error.
#[repr(C)]
pub struct edge_frame_t {
    /// The function, demangled.
    pub function: edge_view_t,
    /// Its module; empty when that has no name.
    pub module: edge_view_t,
    /// The source file; empty where the module carries no debug information.
    pub file: edge_view_t,
    /// The line in that file, from 1; 0 when it is not known.
    pub line: u32,
    /// Index of the function in its module.
    pub func_index: u32,
    /// Offset of the instruction in the module's bytes; `UINT64_MAX` when it is not known.
    pub module_offset: u64,
}

/// Gives frame `index`, innermost first. Returns false when there is no such frame.
///
/// # Safety
///
/// `error` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_error_backtrace_frame(
    error: *const edge_error_t,
    index: usize,
    out: *mut edge_frame_t,
) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let error = error.as_ref()?;
        let frame = error.frames.get(index)?;
        let func_index = error.error.backtrace().get(index)?.func_index;
        if out.is_null() {
            return None;
        }
        out.write(edge_frame_t {
            function: edge_view_t::new(&frame.function),
            module: edge_view_t::new(&frame.module),
            file: edge_view_t::new(&frame.file),
            line: frame.line,
            func_index,
            module_offset: frame.offset,
        });
        Some(true)
    })
}

/// The name of a kind, the same in every language: a view that lives for ever, empty for a number that is no kind.
#[unsafe(no_mangle)]
pub extern "C" fn edge_kind_name(kind: u32) -> edge_view_t {
    let found = Kind::ALL.iter().find(|known| known.code() == kind);
    found.map_or(edge_view_t::NONE, |kind| edge_view_t::new(kind.name()))
}

/// The name of a phase: a view that lives for ever, empty for a number that is no phase.
#[unsafe(no_mangle)]
pub extern "C" fn edge_phase_name(phase: u32) -> edge_view_t {
    let found = Phase::ALL.iter().find(|known| known.code() == phase);
    found.map_or(edge_view_t::NONE, |phase| edge_view_t::new(phase.name()))
}

/// The kind of that name, or 0. `name`: borrowed.
///
/// # Safety
///
/// `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_kind_from_name(name: *const c_char, len: usize) -> u32 {
    getter(0, || {
        // SAFETY: by the contract above.
        let name = unsafe { text(name, len, "name") }.ok()?;
        Kind::ALL.iter().find(|kind| kind.name() == name).map(|kind| kind.code())
    })
}
