"""The kinds and phases of errors: made by tools/make-kinds from the engine's table, do not edit."""

from enum import StrEnum

__all__ = ["Kind", "Phase"]


class Phase(StrEnum):
    """The step that failed."""

    #: Reading bytes or text into a module.
    LOAD = "load"
    #: Checking the module against the specification.
    VALIDATE = "validate"
    #: Translating to machine code.
    COMPILE = "compile"
    #: Matching imports with what the host gave.
    LINK = "link"
    #: Making the instance: segments, start function, initialisers.
    INSTANTIATE = "instantiate"
    #: Running guest code, and preparing a call.
    EXECUTE = "execute"
    #: Running a host function on behalf of the guest.
    HOST = "host"
    #: Files, paths and the operating system.
    IO = "io"


class Kind(StrEnum):
    """What went wrong."""

    #: The bytes or the text are not a WebAssembly module.
    MALFORMED = "malformed"
    #: The module does not satisfy the validation rules.
    INVALID = "invalid"
    #: The module needs a proposal that is switched off or not supported.
    UNSUPPORTED = "unsupported"
    #: The module exceeds one of the engine's caps on size.
    TOO_LARGE = "too_large"
    #: Code generation failed.
    COMPILE_FAILED = "compile_failed"
    #: An import has no definition.
    UNKNOWN_IMPORT = "unknown_import"
    #: An import is defined with another type.
    INCOMPATIBLE_IMPORT = "incompatible_import"
    #: The module has no export of that name.
    UNKNOWN_EXPORT = "unknown_export"
    #: The export exists and is of another sort.
    WRONG_EXPORT_KIND = "wrong_export_kind"
    #: A call with too many or too few arguments.
    ARGUMENT_COUNT = "argument_count"
    #: An argument that does not fit the parameter's type.
    ARGUMENT_TYPE = "argument_type"
    #: A result that does not fit the type that was promised or asked for.
    RESULT_TYPE = "result_type"
    #: Asked for what was not switched on.
    NOT_ENABLED = "not_enabled"
    #: The file of compiled code is not as it was written.
    ARTIFACT_DAMAGED = "artifact_damaged"
    #: The compiled code is for another version, machine or setting.
    ARTIFACT_MISMATCH = "artifact_mismatch"
    #: The guest executed `unreachable`.
    UNREACHABLE = "unreachable"
    #: The guest accessed memory out of bounds.
    MEMORY_OUT_OF_BOUNDS = "memory_out_of_bounds"
    #: The guest accessed a table out of bounds.
    TABLE_OUT_OF_BOUNDS = "table_out_of_bounds"
    #: An indirect call through an index that the table does not have.
    UNDEFINED_ELEMENT = "undefined_element"
    #: An indirect call through an element that is null.
    UNINITIALIZED_ELEMENT = "uninitialized_element"
    #: An indirect call of a function of another type.
    INDIRECT_CALL_TYPE_MISMATCH = "indirect_call_type_mismatch"
    #: A null reference was used.
    NULL_REFERENCE = "null_reference"
    #: An integer was divided by zero.
    INTEGER_DIVIDE_BY_ZERO = "integer_divide_by_zero"
    #: An integer operation overflowed.
    INTEGER_OVERFLOW = "integer_overflow"
    #: A float that is not a number or out of range was converted to an integer.
    INVALID_CONVERSION_TO_INTEGER = "invalid_conversion_to_integer"
    #: The guest used up its stack.
    STACK_OVERFLOW = "stack_overflow"
    #: An atomic access to an address that is no multiple of its width.
    UNALIGNED_ATOMIC = "unaligned_atomic"
    #: Waiting on a memory that is not shared.
    EXPECTED_SHARED_MEMORY = "expected_shared_memory"
    #: The guest threw an exception that nobody caught.
    UNCAUGHT_EXCEPTION = "uncaught_exception"
    #: A guest function returned `Err`.
    GUEST_ERROR = "guest_error"
    #: Guest code panicked.
    GUEST_PANIC = "guest_panic"
    #: The guest ended itself with an exit code.
    GUEST_EXIT = "guest_exit"
    #: A host function failed.
    HOST_ERROR = "host_error"
    #: A host function panicked.
    HOST_PANIC = "host_panic"
    #: The instance was left in an unknown state by an earlier call and has not been reset.
    POISONED = "poisoned"
    #: The instance is serving another call.
    BUSY = "busy"
    #: The object has been closed.
    CLOSED = "closed"
    #: A handle of another engine or store.
    WRONG_STORE = "wrong_store"
    #: The guest's bindgen description cannot be read or contradicts the module.
    BAD_DESCRIPTION = "bad_description"
    #: The guest's bindgen code broke the calling contract.
    ABI_VIOLATION = "abi_violation"
    #: A host function ended the guest early, on purpose.
    TERMINATED = "terminated"
    #: The limit on memory was hit, or the maximum of one.
    MEMORY_LIMIT = "memory_limit"
    #: The limit on table elements was hit, or the maximum of one table.
    TABLE_LIMIT = "table_limit"
    #: The limit on instances was hit.
    INSTANCE_LIMIT = "instance_limit"
    #: A result is larger than the limit allows.
    RESULT_TOO_LARGE = "result_too_large"
    #: The fuel is used up.
    OUT_OF_FUEL = "out_of_fuel"
    #: The deadline passed.
    DEADLINE_EXCEEDED = "deadline_exceeded"
    #: The call was cancelled.
    CANCELLED = "cancelled"
    #: The limit on calls from host functions back into guests was hit.
    RECURSION_LIMIT = "recursion_limit"
    #: A file could not be read or written, or the system refused something.
    IO = "io"
    #: The system has no memory or address space left.
    OUT_OF_MEMORY = "out_of_memory"
    #: Assigning to something that cannot be changed.
    IMMUTABLE = "immutable"
    #: A fault of the engine itself.
    INTERNAL = "internal"
