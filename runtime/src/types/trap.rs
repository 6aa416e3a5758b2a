//! The traps that compiled code raises by itself.

use super::Kind;

/// Why compiled code stopped. The number is what the compiler writes beside the trapping instruction.
///
/// Two are no traps of the specification. `Raised`: a host function or a builtin failed, left its error in the store and asks
/// the activation to end. `Interrupt`: a poll, at which the thread may be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Trap {
    /// `unreachable` was executed.
    Unreachable = 1,
    /// A memory access outside of the memory.
    MemoryOutOfBounds,
    /// A table access outside of the table.
    TableOutOfBounds,
    /// `call_indirect` through an index outside of the table.
    UndefinedElement,
    /// `call_indirect` through a null element.
    UninitializedElement,
    /// `call_indirect` of a function of another type.
    IndirectCallTypeMismatch,
    /// A null reference was used.
    NullReference,
    /// Integer division by zero.
    IntegerDivideByZero,
    /// Integer overflow in a division or a conversion.
    IntegerOverflow,
    /// Conversion of a NaN to an integer.
    InvalidConversionToInteger,
    /// The stack limit was reached.
    StackOverflow,
    /// An atomic access to an address that is no multiple of its width.
    UnalignedAtomic,
    /// `memory.atomic.wait` on a memory that is not shared.
    ExpectedSharedMemory,
    /// The pending error of the store ends the activation.
    Raised,
    /// Somebody asks the thread to look up; the guest goes on unless there is a reason to end it.
    Interrupt,
}

impl Trap {
    /// Every trap, in numeric order.
    pub const ALL: &'static [Self] = &[
        Self::Unreachable,
        Self::MemoryOutOfBounds,
        Self::TableOutOfBounds,
        Self::UndefinedElement,
        Self::UninitializedElement,
        Self::IndirectCallTypeMismatch,
        Self::NullReference,
        Self::IntegerDivideByZero,
        Self::IntegerOverflow,
        Self::InvalidConversionToInteger,
        Self::StackOverflow,
        Self::UnalignedAtomic,
        Self::ExpectedSharedMemory,
        Self::Raised,
        Self::Interrupt,
    ];

    /// The trap with this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| *t as u8 == code)
    }

    /// The public kind and the text of the specification's test suite.
    #[must_use]
    pub const fn describe(self) -> (Kind, &'static str) {
        match self {
            Self::Unreachable => (Kind::Unreachable, "unreachable"),
            Self::MemoryOutOfBounds => (Kind::MemoryOutOfBounds, "out of bounds memory access"),
            Self::TableOutOfBounds => (Kind::TableOutOfBounds, "out of bounds table access"),
            Self::UndefinedElement => (Kind::UndefinedElement, "undefined element"),
            Self::UninitializedElement => (Kind::UninitializedElement, "uninitialized element"),
            Self::IndirectCallTypeMismatch => (Kind::IndirectCallTypeMismatch, "indirect call type mismatch"),
            Self::NullReference => (Kind::NullReference, "null reference"),
            Self::IntegerDivideByZero => (Kind::IntegerDivideByZero, "integer divide by zero"),
            Self::IntegerOverflow => (Kind::IntegerOverflow, "integer overflow"),
            Self::InvalidConversionToInteger => (Kind::InvalidConversionToInteger, "invalid conversion to integer"),
            Self::StackOverflow => (Kind::StackOverflow, "call stack exhausted"),
            Self::UnalignedAtomic => (Kind::UnalignedAtomic, "unaligned atomic"),
            Self::ExpectedSharedMemory => (Kind::ExpectedSharedMemory, "expected shared memory"),
            Self::Raised => (Kind::Internal, "the host raised an error without leaving one"),
            Self::Interrupt => (Kind::Internal, "an interrupt without a reason ended the guest"),
        }
    }
}
