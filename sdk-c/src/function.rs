//! Functions of a guest, resolved once.

use std::sync::Arc;

use edge_runtime::bindgen::Type;
use edge_runtime::{Error, Function, Kind, Phase, Result, Value};

use crate::buffer::{edge_buffer_t, edge_view_t};
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, object, out, slice};
use crate::func::{edge_slot_t, raw_slots};
use crate::value::{edge_value_t, read_all};
use crate::{msgpack, signature};

/// A function of a VM's guest, resolved once: the fastest way to call it often.
#[derive(Clone)]
pub struct edge_function_t(Arc<Inner>);

struct Inner {
    function: Function,
    /// The signature in one line.
    text: String,
    /// What each slot must hold; `None` when slots cannot carry the function's types.
    slots: Option<Slots>,
}

/// What the slots of a scalar call must satisfy.
struct Slots {
    /// How many the call needs.
    len: usize,
    /// One check per parameter; empty when every bit pattern is fine for all of them.
    checks: Box<[Check]>,
}

/// Which slots a parameter takes.
#[derive(Clone, Copy, PartialEq)]
enum Check {
    /// Every pattern of its width is a value.
    Any,
    /// A signed number of 32 bits in a range.
    Signed { min: i32, max: i32 },
    /// An unsigned number of 32 bits up to a maximum.
    Unsigned { max: u32 },
    /// A Unicode scalar value.
    Char,
    /// A number of 64 bits that fits a signed one of the guest's 32.
    Isize,
    /// A number of 64 bits that fits an unsigned one of the guest's 32.
    Usize,
}

impl Check {
    fn of(ty: &Type) -> Self {
        match ty {
            Type::Bool => Self::Unsigned { max: 1 },
            Type::U8 => Self::Unsigned { max: u8::MAX.into() },
            Type::U16 => Self::Unsigned { max: u16::MAX.into() },
            Type::I8 => Self::Signed { min: i8::MIN.into(), max: i8::MAX.into() },
            Type::I16 => Self::Signed { min: i16::MIN.into(), max: i16::MAX.into() },
            Type::Char => Self::Char,
            Type::Isize => Self::Isize,
            Type::Usize => Self::Usize,
            _ => Self::Any,
        }
    }

    fn accepts(self, slot: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Signed { min, max } => (min..=max).contains(&(slot as i32)),
            Self::Unsigned { max } => slot as u32 <= max,
            Self::Char => char::from_u32(slot as u32).is_some(),
            Self::Isize => i32::try_from(slot).is_ok(),
            Self::Usize => u32::try_from(slot).is_ok(),
        }
    }

    /// What the slot holds, for messages.
    fn show(self, slot: i64) -> i64 {
        if matches!(self, Self::Isize | Self::Usize) { slot } else { i64::from(slot as i32) }
    }
}

impl Slots {
    fn of(function: &Function) -> Option<Self> {
        let signature = function.signature();
        function.is_scalar().then(|| {
            let checks: Box<[_]> = signature.params.iter().map(|param| Check::of(&param.ty)).collect();
            let len = checks.len().max(usize::from(signature.result != Type::Unit));
            let needed = checks.iter().any(|check| *check != Check::Any);
            Self { len, checks: if needed { checks } else { Box::default() } }
        })
    }
}

impl edge_function_t {
    pub(crate) fn new(function: Function) -> Self {
        let text = function.signature().to_string();
        Self(Arc::new(Inner { slots: Slots::of(&function), function, text }))
    }

    pub(crate) fn function(&self) -> &Function {
        &self.0.function
    }

    #[cold]
    fn not_scalar(&self) -> Error {
        let message = format!("`{}`: slots carry numbers, bool and char only; use edge_function_call", self.0.text);
        Error::new(Phase::Execute, Kind::ArgumentType, message)
    }

    #[cold]
    fn too_few(&self, needed: usize, len: usize) -> Error {
        let message = format!("`{}` needs {needed} slots, and there are {len}", self.0.text);
        Error::new(Phase::Execute, Kind::ArgumentCount, message)
    }

    #[cold]
    fn bad_slot(&self, index: usize, slot: i64) -> Error {
        let param = &self.0.function.signature().params[index];
        let message =
            format!("`{}`: slot {index} ({}) must be a {}, and holds {slot}", self.0.text, param.name, param.ty);
        Error::new(Phase::Execute, Kind::ArgumentType, message)
    }

    /// # Safety
    ///
    /// `slots` has `len` slots.
    pub(crate) unsafe fn call_scalar(&self, slots: *mut edge_slot_t, len: usize) -> Result<()> {
        let class = self.0.slots.as_ref().ok_or_else(|| self.not_scalar())?;
        if len < class.len {
            return Err(self.too_few(class.len, len));
        }
        // SAFETY: by the contract above.
        let slots = unsafe { raw_slots(slots, len) }?;
        for (index, check) in class.checks.iter().enumerate() {
            // SAFETY: every bit pattern is an `i64`.
            let slot = unsafe { slots[index].i64 };
            if !check.accepts(slot) {
                return Err(self.bad_slot(index, check.show(slot)));
            }
        }
        // SAFETY: the slots suffice, and each holds a value of its parameter's type.
        unsafe { self.0.function.call_scalar(slots) }
    }
}

/// Another handle to the same function. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_clone(function: *const edge_function_t) -> *mut edge_function_t {
    // SAFETY: by the contract above.
    unsafe { clone(function) }
}

/// Frees a function's handle, in any order with others. NULL is fine.
///
/// # Safety
///
/// `function` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_free(function: *mut edge_function_t) {
    // SAFETY: by the contract above.
    unsafe { free(function) }
}

/// The name: a view into the function.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_name(function: *const edge_function_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(unsafe { function.as_ref() }?.0.function.name())))
}

/// The doc comment: a view into the function, empty when there is none.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_doc(function: *const edge_function_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(&unsafe { function.as_ref() }?.0.function.signature().doc)))
}

/// The signature in one line, for instance `infer(image: bytes) -> result<Prediction, string>`: a view into the function.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_signature(function: *const edge_function_t) -> edge_view_t {
    // SAFETY: by the contract above.
    getter(edge_view_t::NONE, || Some(edge_view_t::new(&unsafe { function.as_ref() }?.0.text)))
}

/// How many parameters the function has.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_param_count(function: *const edge_function_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { function.as_ref() }?.0.function.signature().params.len()))
}

/// Whether `edge_function_call_scalar` can call it: all parameters and the result are numbers, bool or char.
///
/// # Safety
///
/// `function` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_is_scalar(function: *const edge_function_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { function.as_ref() }?.0.slots.is_some()))
}

/// The signature as MessagePack: a map of `n` name, `d` doc comment, `p` array of `[name, type]`, `r` type of the result, `t` the line
/// of `edge_function_signature`. A type is a string or an array, as in the description section (`docs/bindgen-abi.md`, 5): `"i32"`,
/// `["vec", T]`, `["ref", identity]`, ... `out`: owned by the caller.
///
/// # Safety
///
/// `function` is NULL or live; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_signature_msgpack(
    function: *const edge_function_t,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, edge_buffer_t::EMPTY)?;
        let inner = &object(function, "function")?.0;
        let mut document = Vec::new();
        signature::function(&mut document, inner.function.signature(), inner.function.vm().interface());
        *out = edge_buffer_t::new(document);
        Ok(())
    })
}

/// Calls the function. `args`: borrowed, `nargs` values, checked against the signature: integers of any width fit where their value
/// does, null is `None`, lists, tuples and vectors stand for one another where their items fit. `result`: a tree owned by the caller
/// (`edge_value_free`); may be NULL when it is not wanted. Several results of a plain export are a tuple.
///
/// # Safety
///
/// `function` is NULL or live; `args` has `nargs` well-formed values; `result` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call(
    function: *const edge_function_t,
    args: *const edge_value_t,
    nargs: usize,
    result: *mut edge_value_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear(result);
        call(&object(function, "function")?.0.function, &read_all(args, nargs, "args")?, result)
    })
}

/// Calls and copies the result once: from the guest's memory into the tree.
///
/// # Safety
///
/// `result` is NULL or may be written to.
pub(crate) unsafe fn call(function: &Function, args: &[Value<'_>], result: *mut edge_value_t) -> Result<()> {
    // SAFETY: `owned` copies, and enters no guest.
    let value = unsafe { function.call_with(args, |value| (!result.is_null()).then(|| edge_value_t::owned(value))) }?;
    if let Some(value) = value {
        // SAFETY: by the contract above; it is not NULL.
        unsafe { result.write(value) }
    }
    Ok(())
}

/// As [`call`], with a document as the result.
///
/// # Safety
///
/// `out` is NULL or may be written to.
pub(crate) unsafe fn call_document(function: &Function, args: &[Value<'_>], out: *mut edge_buffer_t) -> Result<()> {
    let mut document = Vec::new();
    // SAFETY: `write` copies, and enters no guest.
    unsafe { function.call_with(args, |value| msgpack::write(&mut document, &value)) }?;
    if !out.is_null() {
        // SAFETY: by the contract above.
        unsafe { out.write(edge_buffer_t::new(document)) }
    }
    Ok(())
}

/// Makes the place for a result null, so that what lay there is not mistaken for one.
///
/// # Safety
///
/// `result` is NULL or may be written to.
pub(crate) unsafe fn clear(result: *mut edge_value_t) {
    if !result.is_null() {
        // SAFETY: by the contract above.
        unsafe { result.write(edge_value_t::NULL) }
    }
}

/// Calls the function with MessagePack in and out. `args`: borrowed, a document that is an array of the arguments, or nothing for
/// none. `out`: owned by the caller, the document of the result; may be NULL when it is not wanted.
///
/// The mapping, where every type keeps its width on the way out (an `i32` is `int 32`, whatever its value), and any integer form that
/// fits is taken on the way in:
///
/// - `()`, `None`: nil. bool: boolean. `i8`..`i64`, `u8`..`u64`: `int 8`..`int 64`, `uint 8`..`uint 64`. `f32`, `f64`: `float 32`,
///   `float 64`
/// - char: ext type `EDGE_VALUE_CHAR` of four bytes, little endian; a string of one character is taken too
/// - string: str. bytes: bin
/// - vector of numbers: ext type `EDGE_VALUE_VEC_*`, the numbers side by side, little endian; an array is taken too
/// - list, tuple: array. map, struct, variant of an enum with payload: map
///
/// # Safety
///
/// `function` is NULL or live; `args` has `len` bytes; `out` is NULL or may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call_msgpack(
    function: *const edge_function_t,
    args: *const u8,
    len: usize,
    out: *mut edge_buffer_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        clear_buffer(out);
        let args = msgpack::read_arguments(slice(args, len, "args")?)?;
        call_document(&object(function, "function")?.0.function, &args, out)
    })
}

/// As [`clear`], for a document.
///
/// # Safety
///
/// `out` is NULL or may be written to.
pub(crate) unsafe fn clear_buffer(out: *mut edge_buffer_t) {
    if !out.is_null() {
        // SAFETY: by the contract above.
        unsafe { out.write(edge_buffer_t::EMPTY) }
    }
}

/// Calls a function of numbers, bool and char the cheapest way. `slots`: the arguments, one each; the result replaces the first. As many
/// slots as parameters, and one at least if there is a result. The arguments must have the exact types of the signature; those that have
/// patterns which are none of their values (bool, char, narrow integers) are checked.
///
/// # Safety
///
/// `function` is NULL or live; `slots` has `len` slots, each set as the signature says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_function_call_scalar(
    function: *const edge_function_t,
    slots: *mut edge_slot_t,
    len: usize,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { object(function, "function")?.call_scalar(slots, len) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_checked_by_type() {
        let cases = [
            (Type::Bool, [0, 1], [2, -1]),
            (Type::I8, [-128, 127], [-129, 128]),
            (Type::U16, [0, 65_535], [-1, 65_536]),
            (Type::Char, [0x41, 0x1_f980], [0xd800, 0x11_0000]),
            (Type::Isize, [i32::MIN.into(), i32::MAX.into()], [i64::MIN, 1 << 31]),
            (Type::Usize, [0, u32::MAX.into()], [-1, 1 << 32]),
        ];
        for (ty, good, bad) in cases {
            let check = Check::of(&ty);
            assert!(good.iter().all(|slot| check.accepts(*slot)), "{ty}");
            assert!(bad.iter().all(|slot| !check.accepts(*slot)), "{ty}");
        }
        assert!(Check::of(&Type::I32).accepts(i64::MIN));
    }
}
