//! The class of `edge.Function`, whose objects are called through vectorcall.
//!
//! By hand: PyO3's `__call__` builds a tuple and goes through two layers (70 ns here); a vectorcall entry is called by the
//! interpreter with the arguments where they lie. The protocol (PEP 590) and the `__vectorcalloffset__` member have not
//! changed since Python 3.9; that the flag's name joined the limited API only in 3.12 does not matter to the running
//! interpreter.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::mem::offset_of;
use std::ptr;

use edge_runtime::{Error, Function, Kind, Phase};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::SmallVec;

use super::State;
use crate::errors::to_exception;
use crate::interrupt::{is_crowded, make_ready};
use crate::keeper::Keeper;
use crate::options::Options;
use crate::scalar::{ScalarSignature, slots};
use crate::signature::python_signature;

/// `Py_TPFLAGS_HAVE_VECTORCALL`, which PyO3 declares from 3.12 on.
const HAVE_VECTORCALL: c_uint = 1 << 11;
/// `Py_TPFLAGS_DISALLOW_INSTANTIATION`: only [`new_function`] makes one.
const DISALLOW_INSTANTIATION: c_uint = 1 << 7;
/// `Py_TPFLAGS_IMMUTABLETYPE`: the vectorcall entry holds only while nobody assigns another `__call__`.
const IMMUTABLE: c_uint = 1 << 8;
/// `PY_VECTORCALL_ARGUMENTS_OFFSET`: a flag in the count of arguments.
const ARGUMENTS_OFFSET: usize = 1 << (usize::BITS - 1);

/// The object.
#[repr(C)]
struct FunctionObject {
    head: ffi::PyObject,
    vectorcall: ffi::vectorcallfunc,
    /// Never null while the object can be reached.
    state: *mut State,
}

/// Makes the object of a function.
pub(crate) fn new_function<'py>(
    py: Python<'py>,
    function: Function,
    keeper: &Py<Keeper>,
    options: &Options,
) -> PyResult<Bound<'py, PyAny>> {
    let class = function_type(py)?.as_ptr().cast::<ffi::PyTypeObject>();
    let scalar = ScalarSignature::of(&function);
    let state = Box::new(State {
        function,
        scalar,
        keeper: keeper.clone_ref(py),
        options: (!options.is_empty()).then(|| Box::new(options.clone_ref(py))),
    });
    // SAFETY: `tp_alloc` of our own class gives an object of the size that its specification says, zeroed and already
    // tracked; nothing runs between that and the two writes that complete it.
    unsafe {
        let alloc = ffi::PyType_GetSlot(class, ffi::Py_tp_alloc);
        let alloc: ffi::allocfunc = std::mem::transmute(alloc);
        let object = alloc(class, 0);
        let bound = Bound::from_owned_ptr_or_err(py, object)?;
        let object = object.cast::<FunctionObject>();
        (*object).vectorcall = vectorcall;
        (*object).state = Box::into_raw(state);
        Ok(bound)
    }
}

/// The class, made once.
pub(crate) fn function_type(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static TYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    TYPE.get_or_try_init(py, || make_type(py)).map(|class| class.bind(py).clone())
}

fn make_type(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let doc = c"A function that a guest exports: call it. Made once per name by `Vm.exports`.";
    let member = |name: &'static CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::structmember::T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::structmember::READONLY,
        doc: ptr::null(),
    };
    let getter = |name: &'static CStr, get: ffi::getter| ffi::PyGetSetDef {
        name: name.as_ptr(),
        get: Some(get),
        ..ffi::PyGetSetDef::default()
    };
    // The class refers to all tables for as long as the process lives.
    let members = Box::leak(Box::new([
        member(c"__vectorcalloffset__", offset_of!(FunctionObject, vectorcall)),
        ffi::PyMemberDef::default(),
    ]));
    let getters = Box::leak(Box::new([
        getter(c"__name__", get_name),
        getter(c"__qualname__", get_name),
        getter(c"__doc__", get_doc),
        getter(c"__signature__", get_signature),
        getter(c"description", get_description),
        ffi::PyGetSetDef::default(),
    ]));
    let method = |name: &'static CStr, call: ffi::PyCFunctionWithKeywords, doc: &'static CStr| ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionWithKeywords: call },
        ml_flags: ffi::METH_VARARGS | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    };
    let methods = Box::leak(Box::new([
        method(c"run_async", run_async, RUN_ASYNC),
        method(c"with_options", with_options, WITH_OPTIONS),
        ffi::PyMethodDef::zeroed(),
    ]));
    let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_doc, doc.as_ptr() as *mut c_void),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_getset, getters.as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(ffi::Py_tp_call, call as *mut c_void),
        slot(ffi::Py_tp_repr, repr as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse as *mut c_void),
        slot(ffi::Py_tp_clear, clear as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        ffi::PyType_Slot::default(),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT as c_uint | ffi::Py_TPFLAGS_HAVE_GC as c_uint | HAVE_VECTORCALL;
    let mut spec = ffi::PyType_Spec {
        name: c"edge.Function".as_ptr(),
        basicsize: size_of::<FunctionObject>() as c_int,
        itemsize: 0,
        flags: flags | DISALLOW_INSTANTIATION | IMMUTABLE,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: attached; the specification is well formed, ends with an empty slot, and what must outlive it does.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec)).map(Bound::unbind) }
}

/// The state of an object of our class.
///
/// # Safety
///
/// `object` is a live object of the class that [`make_type`] made.
unsafe fn state<'a>(object: *mut ffi::PyObject) -> &'a State {
    // SAFETY: by the caller's promise; the state lives as long as the object.
    unsafe { &*(*object.cast::<FunctionObject>()).state }
}

/// Runs what an entry does, attached as PyO3 knows it, and turns its outcome into what C expects.
///
/// # Safety
///
/// Called by the interpreter, attached.
unsafe fn entry(body: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyAny>>) -> *mut ffi::PyObject {
    // SAFETY: the interpreter runs: it called us.
    unsafe {
        Python::attach_unchecked(|py| {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body(py)));
            let outcome = outcome.unwrap_or_else(|_| {
                let text = "edge panicked; this is a fault of edge itself";
                Err(to_exception(py, Error::new(Phase::Execute, Kind::Internal, text)))
            });
            match outcome {
                Ok(object) => object.into_ptr(),
                Err(error) => {
                    error.restore(py);
                    ptr::null_mut()
                }
            }
        })
    }
}

/// The entry of every call from Python code.
unsafe extern "C" fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    flagged_count: usize,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let count = flagged_count & !ARGUMENTS_OFFSET;
    // SAFETY: the interpreter calls us with an object of our class, attached, with `count` valid arguments and as many
    // more as `keywords` names.
    unsafe {
        let state = state(callable);
        if let Some(scalar) = &state.scalar
            && keywords.is_null()
            && count == scalar.len()
        {
            let mut slots = slots(count);
            if scalar.fill(args, &mut slots) {
                return call_scalar(state, scalar, &mut slots);
            }
        }
        entry(|py| {
            let borrowed = |index: usize| Bound::from_borrowed_ptr(py, *args.add(index));
            let positional: SmallVec<[Bound<'_, PyAny>; 4]> = (0..count).map(borrowed).collect();
            if keywords.is_null() {
                return state.call_general(py, &positional);
            }
            let names = Bound::from_borrowed_ptr(py, keywords).cast_into::<PyTuple>()?;
            let named = names.iter().enumerate().map(|(index, name)| (name, borrowed(count + index)));
            state.call_general(py, &state.bind(py, &positional, named)?)
        })
    }
}

/// Calls with slots that are filled in.
///
/// # Safety
///
/// Attached; the slots fit the signature.
#[inline]
unsafe fn call_scalar(
    state: &State,
    scalar: &ScalarSignature,
    slots: &mut [edge_runtime::types::layout::RawValue],
) -> *mut ffi::PyObject {
    // SAFETY: attached, by the caller's promise.
    let py = unsafe { Python::assume_attached() };
    if let Err(error) = make_ready(py) {
        // SAFETY: attached, called by the interpreter.
        return unsafe { entry(|_| Err(error)) };
    }
    let visit = state.keeper.get().visit(py);
    let crowded = is_crowded(&visit);
    // The guest runs detached always: how long it runs nobody knows.
    let outcome = py.detach(|| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // SAFETY: the slots were filled in by the signature of this very function.
            state.obeying(crowded, || unsafe { state.function.call_scalar(slots) })
        }))
    });
    match outcome {
        // SAFETY: attached again; the first slot holds the result.
        Ok(Ok(())) => unsafe { scalar.result(slots[0]) },
        failed => {
            let internal =
                || Error::new(Phase::Execute, Kind::Internal, "edge panicked; this is a fault of edge itself");
            let error = failed.map_or_else(|_| internal(), |result| result.err().unwrap_or_else(internal));
            // SAFETY: attached, called by the interpreter.
            unsafe { entry(|py| Err(to_exception(py, error))) }
        }
    }
}

/// `tp_call`, for callers that have a tuple and a dict.
unsafe extern "C" fn call(
    callable: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, a tuple, and a dict or null, attached.
    unsafe {
        let state = state(callable);
        entry(|py| {
            let args = Bound::from_borrowed_ptr(py, args).cast_into::<PyTuple>()?;
            let positional: SmallVec<[Bound<'_, PyAny>; 4]> = args.iter().collect();
            match Bound::from_borrowed_ptr_or_opt(py, keywords) {
                Some(keywords) => {
                    let bound = state.bind(py, &positional, keywords.cast::<PyDict>()?.iter())?;
                    state.call_general(py, &bound)
                }
                None => state.call_general(py, &positional),
            }
        })
    }
}

const RUN_ASYNC: &CStr = c"run_async($self, /, *args, **kwargs)
--

Calls it on a thread of edge's own, and is awaited, as Vm.run_async does.";

unsafe extern "C" fn run_async(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, a tuple, and a dict or null, attached.
    unsafe {
        entry(|py| {
            let keywords = match Bound::from_borrowed_ptr_or_opt(py, keywords) {
                Some(keywords) => keywords.cast_into::<PyDict>()?,
                None => PyDict::new(py),
            };
            let (function, args) = (Bound::from_borrowed_ptr(py, object), Bound::from_borrowed_ptr(py, args));
            let keeper = &state(object).keeper;
            py.import("edge.asynchronous")?.call_method1("call_function", (function, keeper, args, keywords))
        })
    }
}

const WITH_OPTIONS: &CStr = c"with_options($self, /, *, deadline=None, cancel=None, fuel=None, wait=True)
--

The same function, whose calls obey a deadline in seconds (or a timedelta), a CancelToken, and fuel that they may use; with
wait=False they raise `busy` where they would wait for a call of another thread.";

unsafe extern "C" fn with_options(
    object: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, a tuple, and a dict or null, attached.
    unsafe {
        entry(|py| {
            let args = Bound::from_borrowed_ptr(py, args).cast_into::<PyTuple>()?;
            let keywords = Bound::from_borrowed_ptr_or_opt(py, keywords).map(Bound::cast_into).transpose()?;
            state(object).with_options(py, &args, keywords.as_ref())
        })
    }
}

unsafe extern "C" fn get_name(object: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, attached.
    unsafe { entry(|py| Ok(PyString::new(py, state(object).function.name()).into_any())) }
}

unsafe extern "C" fn get_doc(object: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, attached.
    unsafe {
        entry(|py| match state(object).function.signature().doc.as_str() {
            "" => Ok(py.None().into_bound(py)),
            doc => Ok(PyString::new(py, doc).into_any()),
        })
    }
}

unsafe extern "C" fn get_signature(object: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, attached.
    unsafe {
        let state = state(object);
        entry(|py| python_signature(py, state.function.signature(), state.function.vm().interface()))
    }
}

unsafe extern "C" fn get_description(object: *mut ffi::PyObject, _: *mut c_void) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, attached.
    unsafe { entry(|py| Ok(PyString::new(py, &state(object).function.signature().to_string()).into_any())) }
}

unsafe extern "C" fn repr(object: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls us with an object of our class, attached.
    unsafe {
        let text = format!("<edge.Function {}>", state(object).function.signature());
        entry(|py| Ok(PyString::new(py, &text).into_any()))
    }
}

unsafe extern "C" fn traverse(object: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: the collector calls us with an object of our class; it may be half made, hence the check.
    unsafe {
        let outcome = visit(ffi::Py_TYPE(object).cast(), arg);
        let state = (*object.cast::<FunctionObject>()).state;
        if outcome != 0 || state.is_null() {
            return outcome;
        }
        let outcome = visit((*state).keeper.as_ptr(), arg);
        match (*state).options.as_ref().and_then(|options| options.loan_ptr()) {
            Some(loan) if outcome == 0 => visit(loan, arg),
            _ => outcome,
        }
    }
}

unsafe extern "C" fn clear(_: *mut ffi::PyObject) -> c_int {
    // What closes cycles are the keeper's callables, and the keeper clears those.
    0
}

unsafe extern "C" fn dealloc(object: *mut ffi::PyObject) {
    // SAFETY: the interpreter calls us once, when the last reference is gone. The class owns one reference per object.
    unsafe {
        ffi::PyObject_GC_UnTrack(object.cast());
        let state = std::mem::replace(&mut (*object.cast::<FunctionObject>()).state, ptr::null_mut());
        if !state.is_null() {
            Python::attach_unchecked(|_| drop(Box::from_raw(state)));
        }
        let class = ffi::Py_TYPE(object);
        ffi::PyObject_GC_Del(object.cast());
        ffi::Py_DECREF(class.cast());
    }
}
