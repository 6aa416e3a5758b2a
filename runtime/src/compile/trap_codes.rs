//! Which number stands beside a trapping instruction, and what it means.

use cranelift_codegen::ir::TrapCode;

use crate::types::Trap;

/// The code of a trap. Five codes belong to Cranelift, which puts them beside instructions of its own choice.
pub(super) const fn code_of(trap: Trap) -> TrapCode {
    match trap {
        Trap::MemoryOutOfBounds => TrapCode::HEAP_OUT_OF_BOUNDS,
        Trap::IntegerDivideByZero => TrapCode::INTEGER_DIVISION_BY_ZERO,
        Trap::IntegerOverflow => TrapCode::INTEGER_OVERFLOW,
        Trap::InvalidConversionToInteger => TrapCode::BAD_CONVERSION_TO_INTEGER,
        Trap::StackOverflow => TrapCode::STACK_OVERFLOW,
        Trap::Unreachable
        | Trap::TableOutOfBounds
        | Trap::UndefinedElement
        | Trap::UninitializedElement
        | Trap::IndirectCallTypeMismatch
        | Trap::NullReference
        | Trap::UnalignedAtomic
        | Trap::ExpectedSharedMemory
        | Trap::Raised
        | Trap::Interrupt => TrapCode::unwrap_user(trap as u8),
    }
}

/// The trap of a code; `None` for a code that we never write.
pub(super) fn trap_of(code: TrapCode) -> Option<Trap> {
    Trap::ALL.iter().copied().find(|trap| code_of(*trap) == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trap_has_a_code_of_its_own() {
        for trap in Trap::ALL {
            assert_eq!(trap_of(code_of(*trap)), Some(*trap));
        }
    }

    #[test]
    fn every_code_that_cranelift_uses_by_itself_is_known() {
        for code in TrapCode::non_user_traps() {
            assert!(trap_of(*code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_that_nobody_writes_mean_nothing() {
        let known = (1..=u8::MAX).filter_map(TrapCode::user).filter(|code| trap_of(*code).is_some()).count();
        assert_eq!(known, Trap::ALL.len() - TrapCode::non_user_traps().len());
    }
}
