//! What can go wrong, once, for every language: the lists in C, Go, Python and Node are made from this table.

/// Declares an append-only enumeration with a stable number, a stable name and a doc comment per member.
macro_rules! stable_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $code:literal $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u32)]
        pub enum $name { $($(#[doc = $doc])+ $variant = $code,)+ }

        impl $name {
            /// Every member, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that every SDK uses.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// One sentence on what the member means, as the generated lists carry it.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+),)+ }
            }

            /// The stable number of the C interface.
            #[must_use]
            pub const fn code(self) -> u32 {
                self as u32
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

stable_enum! {
    /// The step that failed.
    Phase {
        /// Reading bytes or text into a module.
        Load = 1 "load",
        /// Checking the module against the specification.
        Validate = 2 "validate",
        /// Translating to machine code.
        Compile = 3 "compile",
        /// Matching imports with what the host gave.
        Link = 4 "link",
        /// Making the instance: segments, start function, initialisers.
        Instantiate = 5 "instantiate",
        /// Running guest code, and preparing a call.
        Execute = 6 "execute",
        /// Running a host function on behalf of the guest.
        Host = 7 "host",
        /// Files, paths and the operating system.
        Io = 8 "io",
    }
}

stable_enum! {
    /// What went wrong. Numbers and names never change; new members are appended.
    Kind {
        /// The bytes or the text are not a WebAssembly module.
        Malformed = 1 "malformed",
        /// The module does not satisfy the validation rules.
        Invalid = 2 "invalid",
        /// The module needs a proposal that is switched off or not supported.
        Unsupported = 3 "unsupported",
        /// The module exceeds one of the engine's caps on size.
        TooLarge = 4 "too_large",
        /// Code generation failed.
        CompileFailed = 5 "compile_failed",
        /// An import has no definition.
        UnknownImport = 6 "unknown_import",
        /// An import is defined with another type.
        IncompatibleImport = 7 "incompatible_import",
        /// The module has no export of that name.
        UnknownExport = 8 "unknown_export",
        /// The export exists and is of another sort.
        WrongExportKind = 9 "wrong_export_kind",
        /// A call with too many or too few arguments.
        ArgumentCount = 10 "argument_count",
        /// An argument that does not fit the parameter's type.
        ArgumentType = 11 "argument_type",
        /// A result that does not fit the type that was promised or asked for.
        ResultType = 12 "result_type",
        /// Asked for what was not switched on.
        NotEnabled = 13 "not_enabled",
        /// The file of compiled code is not as it was written.
        ArtifactDamaged = 14 "artifact_damaged",
        /// The compiled code is for another version, machine or setting.
        ArtifactMismatch = 15 "artifact_mismatch",
        /// The guest executed `unreachable`.
        Unreachable = 20 "unreachable",
        /// The guest accessed memory out of bounds.
        MemoryOutOfBounds = 21 "memory_out_of_bounds",
        /// The guest accessed a table out of bounds.
        TableOutOfBounds = 22 "table_out_of_bounds",
        /// An indirect call through an index that the table does not have.
        UndefinedElement = 23 "undefined_element",
        /// An indirect call through an element that is null.
        UninitializedElement = 24 "uninitialized_element",
        /// An indirect call of a function of another type.
        IndirectCallTypeMismatch = 25 "indirect_call_type_mismatch",
        /// A null reference was used.
        NullReference = 26 "null_reference",
        /// An integer was divided by zero.
        IntegerDivideByZero = 27 "integer_divide_by_zero",
        /// An integer operation overflowed.
        IntegerOverflow = 28 "integer_overflow",
        /// A float that is not a number or out of range was converted to an integer.
        InvalidConversionToInteger = 29 "invalid_conversion_to_integer",
        /// The guest used up its stack.
        StackOverflow = 30 "stack_overflow",
        /// An atomic access to an address that is no multiple of its width.
        UnalignedAtomic = 31 "unaligned_atomic",
        /// Waiting on a memory that is not shared.
        ExpectedSharedMemory = 32 "expected_shared_memory",
        /// The guest threw an exception that nobody caught.
        UncaughtException = 33 "uncaught_exception",
        /// A guest function returned `Err`.
        GuestError = 40 "guest_error",
        /// Guest code panicked.
        GuestPanic = 41 "guest_panic",
        /// The guest ended itself with an exit code.
        GuestExit = 42 "guest_exit",
        /// A host function failed.
        HostError = 43 "host_error",
        /// A host function panicked.
        HostPanic = 44 "host_panic",
        /// The instance was left in an unknown state by an earlier call and has not been reset.
        Poisoned = 45 "poisoned",
        /// The instance is serving another call.
        Busy = 46 "busy",
        /// The object has been closed.
        Closed = 47 "closed",
        /// A handle of another engine or store.
        WrongStore = 48 "wrong_store",
        /// The guest's bindgen description cannot be read or contradicts the module.
        BadDescription = 49 "bad_description",
        /// The guest's bindgen code broke the calling contract.
        AbiViolation = 50 "abi_violation",
        /// A host function ended the guest early, on purpose.
        Terminated = 51 "terminated",
        /// The limit on memory was hit, or the maximum of one.
        MemoryLimit = 60 "memory_limit",
        /// The limit on table elements was hit, or the maximum of one table.
        TableLimit = 61 "table_limit",
        /// The limit on instances was hit.
        InstanceLimit = 62 "instance_limit",
        /// A result is larger than the limit allows.
        ResultTooLarge = 63 "result_too_large",
        /// The fuel is used up.
        OutOfFuel = 64 "out_of_fuel",
        /// The deadline passed.
        DeadlineExceeded = 65 "deadline_exceeded",
        /// The call was cancelled.
        Cancelled = 66 "cancelled",
        /// The limit on calls from host functions back into guests was hit.
        RecursionLimit = 67 "recursion_limit",
        /// A file could not be read or written, or the system refused something.
        Io = 80 "io",
        /// The system has no memory or address space left.
        OutOfMemory = 81 "out_of_memory",
        /// Assigning to something that cannot be changed.
        Immutable = 82 "immutable",
        /// A fault of the engine itself.
        Internal = 99 "internal",
    }
}
