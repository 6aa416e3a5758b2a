//! Which Rust types stand for WebAssembly's, alone and in lists.

use std::mem::MaybeUninit;

use crate::types::ValType;
use crate::types::layout::RawValue;

/// Most parameters or results that a typed function can have.
pub(crate) const MAX_TYPED: usize = 12;

/// Room for the parameters or the results of a typed call.
pub(crate) type RawSlots = [MaybeUninit<RawValue>; MAX_TYPED];

/// A Rust type that stands for a WebAssembly type: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, and `u128` for a vector, lane 0 in the
/// lowest bits.
///
/// # Safety
///
/// `to_raw` gives a value of type `TYPE`: compiled code follows whatever stands in the place of a reference.
///
/// ```compile_fail,E0200
/// use edge_runtime::types::layout::RawValue;
/// use edge_runtime::{RefType, ValType, WasmType};
///
/// #[derive(Clone, Copy)]
/// struct Forged;
///
/// impl WasmType for Forged {
///     const TYPE: ValType = ValType::Ref(RefType::FUNCREF);
///
///     fn to_raw(self) -> RawValue {
///         RawValue { funcref: 0xdead_beef }
///     }
///
///     unsafe fn from_raw(_: RawValue) -> Self {
///         Self
///     }
/// }
/// ```
pub unsafe trait WasmType: Copy + Send + Sync + 'static {
    /// The WebAssembly type.
    const TYPE: ValType;

    #[doc(hidden)]
    fn to_raw(self) -> RawValue;

    /// # Safety
    ///
    /// `raw` holds a value of type `TYPE`.
    #[doc(hidden)]
    unsafe fn from_raw(raw: RawValue) -> Self;
}

macro_rules! wasm_types {
    ($($ty:ty: $wasm:ident $field:ident |$v:ident| $to:expr, |$r:ident| $from:expr;)+) => {
        $(
        // SAFETY: the field that is written is that of the type.
        unsafe impl WasmType for $ty {
            const TYPE: ValType = ValType::$wasm;

            #[inline]
            fn to_raw(self) -> RawValue {
                let $v = self;
                RawValue { $field: $to }
            }

            #[inline]
            unsafe fn from_raw(raw: RawValue) -> Self {
                // SAFETY: the caller knows that this field was written.
                let $r = unsafe { raw.$field };
                $from
            }
        })+
    };
}

wasm_types! {
    i32: I32 i32 |v| v, |r| r;
    u32: I32 i32 |v| v.cast_signed(), |r| r.cast_unsigned();
    i64: I64 i64 |v| v, |r| r;
    u64: I64 i64 |v| v.cast_signed(), |r| r.cast_unsigned();
    f32: F32 f32 |v| v.to_bits(), |r| f32::from_bits(r);
    f64: F64 f64 |v| v.to_bits(), |r| f64::from_bits(r);
    u128: V128 bytes |v| v.to_le_bytes(), |r| u128::from_le_bytes(r);
}

/// Parameters or results as Rust types: `()`, one [`WasmType`], or a tuple of up to twelve.
///
/// # Safety
///
/// `TYPES` is what `write` writes and `read` reads, and has at most twelve members.
pub unsafe trait WasmList: Send + 'static {
    /// The WebAssembly types.
    const TYPES: &'static [ValType];

    /// # Safety
    ///
    /// `slots` has room for `TYPES`.
    #[doc(hidden)]
    unsafe fn write(self, slots: *mut RawValue);

    /// # Safety
    ///
    /// `slots` holds values of `TYPES`.
    #[doc(hidden)]
    unsafe fn read(slots: *const RawValue) -> Self;
}

/// What a typed function takes: `()`, one [`WasmType`], or a tuple of up to twelve.
pub trait WasmParams: WasmList {}
/// What a typed function gives: `()`, one [`WasmType`], or a tuple of up to twelve.
pub trait WasmResults: WasmList {}
impl<T: WasmList> WasmParams for T {}
impl<T: WasmList> WasmResults for T {}

// SAFETY: one value in the first slot.
unsafe impl<T: WasmType> WasmList for T {
    const TYPES: &'static [ValType] = &[T::TYPE];

    #[inline]
    unsafe fn write(self, slots: *mut RawValue) {
        // SAFETY: there is room for one.
        unsafe { slots.write(self.to_raw()) };
    }

    #[inline]
    unsafe fn read(slots: *const RawValue) -> Self {
        // SAFETY: the slot holds a value of this type.
        unsafe { T::from_raw(*slots) }
    }
}

macro_rules! lists {
    ($(($($t:ident $i:tt),*))+) => {
        $(
            // SAFETY: every member in the slot of its position.
            unsafe impl<$($t: WasmType),*> WasmList for ($($t,)*) {
                const TYPES: &'static [ValType] = &[$($t::TYPE),*];

                #[inline]
                #[allow(unused_variables, unused_unsafe, reason = "the empty tuple has no members")]
                unsafe fn write(self, slots: *mut RawValue) {
                    // SAFETY: there is room for every member.
                    unsafe { $(slots.add($i).write(self.$i.to_raw());)* }
                }

                #[inline]
                #[allow(unused_variables, unused_unsafe, clippy::unused_unit, reason = "the empty tuple has no members")]
                unsafe fn read(slots: *const RawValue) -> Self {
                    // SAFETY: every slot holds a value of its member's type.
                    unsafe { ($($t::from_raw(*slots.add($i)),)*) }
                }
            }
        )+
    };
}

lists! {
    ()
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}
