//! SANDBOX-CRITICAL: what compiled code and the run-time side both read. Declared once; the compiler takes every offset from
//! here by `offset_of!` or [`InstanceLayout`], the run-time side uses the structs themselves.
//!
//! ```text
//!  StoreContext (one per store)      InstanceContext ("vmctx", one per instance)
//!  +--------------+                  +-----------------------------+ 0
//!  | stack_limit  |<-----------------| header: store, builtins,    |
//!  | exit_fp/pc   |                  |         type_ids, code_table|
//!  +--------------+                  +-----------------------------+ InstanceLayout::memories
//!                                    | *MemoryDefinition per memory| all memories: imported first
//!                                    | *TableDefinition per table  |
//!                                    | *GlobalSlot per global      | (imported only)
//!                                    | *Tag per tag                | all tags: imported first
//!                                    | FunctionImport per import   |
//!                                    | FuncRef per escaping func   |
//!                                    | GlobalSlot per own global   | align 16
//!                                    | own Memory/TableDefinitions |
//!                                    +-----------------------------+ InstanceLayout::size
//! ```
//!
//! Function conventions. A wasm function is `CallConv::Tail` with `(callee: *InstanceContext, caller: *InstanceContext,
//! params...) -> results...`; for a host function `callee` points at a [`HostFuncContext`] instead. References are
//! pointer-sized integers: a funcref is a `*const FuncRef` or null, an externref is an opaque non-zero number or 0, an exnref
//! is a `*const ExceptionHeader` or null.
//! The caller context of a call from the host is the callee's own context.

use std::cell::Cell;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use super::MemoryType;

/// Marks an [`InstanceContext`].
pub const INSTANCE_MAGIC: u32 = u32::from_le_bytes(*b"edgI");
/// Marks a [`HostFuncContext`].
pub const HOST_FUNC_MAGIC: u32 = u32::from_le_bytes(*b"edgH");

/// The size of a wasm page.
pub const PAGE_SIZE: u64 = 65_536;
/// Bytes that a 32-bit index can reach.
pub const MEMORY_INDEX_RANGE: u64 = 1 << 32;
/// Bytes that a 64-bit memory has at most: a hundred of them fit into the addresses that a process has.
pub const MEMORY64_MOST: u64 = 1 << 40;
/// Bytes of guard after the reservation: what a static offset and the width of an access can add.
pub const MEMORY_GUARD_AFTER: u64 = 32 << 20;
/// Bytes of guard before a memory: what an index that was wrongly sign-extended can reach.
pub const MEMORY_GUARD_BEFORE: u64 = 2 << 30;

/// Bytes that a memory of a type has at most, whatever the limits of its store are.
#[must_use]
pub const fn most_memory(ty: &MemoryType) -> u64 {
    let addressed = if ty.memory64 { MEMORY64_MOST } else { MEMORY_INDEX_RANGE };
    match ty.max {
        Some(pages) if pages.saturating_mul(PAGE_SIZE) < addressed => pages * PAGE_SIZE,
        Some(_) | None => addressed,
    }
}

/// The addresses around a memory that belong to nobody else. Compiled code leaves checks out because of them, and the run-time
/// side reserves them: both ask here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemorySpace {
    /// Bytes before the first one that are never accessible.
    pub guard_before: u64,
    /// Bytes from the first one on that are reserved however short the memory is. What it may become is reserved in any case.
    pub reservation: u64,
    /// Bytes behind the reserved ones that are never accessible.
    pub guard_after: u64,
}

impl MemorySpace {
    /// What is around a memory of this type. Where traps are explicit, faults are of no use, and nothing is.
    #[must_use]
    pub const fn of(ty: &MemoryType, explicit_traps: bool) -> Self {
        if explicit_traps {
            return Self { guard_before: 0, reservation: 0, guard_after: 0 };
        }
        Self {
            guard_before: MEMORY_GUARD_BEFORE,
            reservation: if ty.memory64 { 0 } else { MEMORY_INDEX_RANGE },
            guard_after: MEMORY_GUARD_AFTER,
        }
    }
}

/// One argument or result in the array convention; 16 bytes so that a v128 fits.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub union RawValue {
    /// An `i32`; the upper bytes mean nothing.
    pub i32: i32,
    /// An `i64`.
    pub i64: i64,
    /// The bits of an `f32`.
    pub f32: u32,
    /// The bits of an `f64`.
    pub f64: u64,
    /// A funcref: `*const FuncRef` or null.
    pub funcref: usize,
    /// An externref: opaque, 0 is null.
    pub externref: usize,
    /// An exnref: `*const ExceptionHeader` or null.
    pub exnref: usize,
    /// All bytes.
    pub bytes: [u8; 16],
}

impl Default for RawValue {
    fn default() -> Self {
        Self { bytes: [0; 16] }
    }
}

/// A linear memory as compiled code sees it. `base` never changes while the memory lives.
#[repr(C)]
pub struct MemoryDefinition {
    /// First byte.
    pub base: *mut u8,
    /// Accessible bytes, a multiple of the page size. Written only by growth; of a shared memory by other threads as well, so
    /// that it is read and written as an atomic.
    pub length: usize,
}

/// A table as compiled code sees it. Both fields change when it grows; of a table whose maximum is its minimum, neither ever
/// changes, which compiled code relies on. Like memories, own tables are read in place, imported ones through their pointer.
#[repr(C)]
pub struct TableDefinition {
    /// First element; elements are pointer-sized references.
    pub base: *mut usize,
    /// Elements.
    pub length: usize,
}

/// A global's value.
#[repr(C, align(16))]
pub struct GlobalSlot {
    /// The value.
    pub value: RawValue,
}

/// What an exception begins with; its values follow, [`RawValue`] after [`RawValue`], at [`EXCEPTION_VALUES`]. Compiled code
/// writes them before it throws and reads them when it catches.
#[repr(C, align(16))]
pub struct ExceptionHeader {
    /// The run-time side's own tag; the address is its identity.
    pub tag: *const u8,
    /// Handles of the host.
    pub pins: AtomicU32,
    /// Whether the collection that is running has found it in use.
    pub marked: Cell<bool>,
}

/// Where the values of an exception begin.
pub const EXCEPTION_VALUES: usize = size_of::<ExceptionHeader>();

/// Code of a wasm function, bytecode where modules are interpreted: only ever called through compiled code or a trampoline.
pub type WasmCode = *const u8;

/// A function with everything that is needed to call it.
#[repr(C)]
pub struct FuncRef {
    /// Entry in the wasm convention.
    pub code: WasmCode,
    /// First parameter: an [`InstanceContext`] or a [`HostFuncContext`].
    pub context: *mut u8,
    /// The number of its type: see [`interner`](crate::types::interner).
    pub type_id: u32,
}

/// An imported function.
#[repr(C)]
pub struct FunctionImport {
    /// Entry in the wasm convention.
    pub code: WasmCode,
    /// First parameter of the callee.
    pub context: *mut u8,
}

/// What generated code reads and writes per store. Shared by all instances of the store.
#[derive(Default)]
#[repr(C)]
pub struct StoreContext {
    /// The lowest stack address that guest code may reach; set at the outermost entry.
    pub stack_limit: usize,
    /// Frame pointer of the wasm frame that last left for a host function.
    pub exit_fp: usize,
    /// Return address into that frame.
    pub exit_pc: usize,
    /// Fuel that is left; only where code is metered.
    pub fuel: u64,
    /// Instructions that were executed; only where code counts them.
    pub instructions: u64,
    /// What polls read: the thread's page, that faults when the thread is asked to look up, or, in code that must not fault, its
    /// word, which then is not 0. Set at the outermost entry.
    pub poll: *const u32,
    /// The exception that is being thrown, when [`Builtins::raise`] is called for one; else 0.
    pub thrown: usize,
}

/// The array convention of host functions.
///
/// `values` holds the arguments, then takes the results; it has room for the larger of both. Returns 1, or 0 after the
/// error was left in the store.
pub type HostCall =
    unsafe extern "C" fn(callee: *mut HostFuncContext, caller: *mut InstanceContext, values: *mut RawValue) -> u8;

/// What the context of a host function begins with; the closure follows on the run-time side.
#[repr(C)]
pub struct HostFuncContext {
    /// [`HOST_FUNC_MAGIC`].
    pub magic: u32,
    /// What the trampoline calls.
    pub call: HostCall,
    /// The store that it belongs to, for the exit frame.
    pub store: *mut StoreContext,
    /// [`Builtins::raise`] for the trampoline, since a host function that the host calls has no instance as caller.
    pub raise: unsafe extern "C" fn(*mut InstanceContext),
    /// [`Builtins::trap`], for the same reason.
    pub trap: unsafe extern "C" fn(*mut InstanceContext, u32),
}

/// What every instance's context begins with.
#[repr(C)]
pub struct InstanceContext {
    /// [`INSTANCE_MAGIC`].
    pub magic: u32,
    /// The store's context.
    pub store: *mut StoreContext,
    /// What generated code may ask of the host.
    pub builtins: *const Builtins,
    /// The number of each of the module's function types.
    pub type_ids: *const u32,
    /// Entry of each function that the module defines: the indirection through which code is replaced.
    pub code_table: *const WasmCode,
    /// The run-time side's own instance.
    pub instance: *mut u8,
}

/// The array trampoline of a signature: calls `callee` in the wasm convention with `values` as arguments and writes the
/// results back there. The address of an [`ArrayCall`], or of bytecode that takes the same.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct ArrayTrampoline(pub NonNull<u8>);

// SAFETY: an address of code, which never changes.
unsafe impl Send for ArrayTrampoline {}
// SAFETY: as above.
unsafe impl Sync for ArrayTrampoline {}

/// What an [`ArrayTrampoline`] of machine code is.
pub type ArrayCall = unsafe extern "C" fn(callee: *const FuncRef, caller: *mut u8, values: *mut RawValue);

/// Declares the builtins: one list, a struct of function pointers, and the compiler's view of their signatures.
macro_rules! builtins {
    ($( $(#[doc = $doc:literal])+ $name:ident ( $($param:ident : $kind:ident),* ) $(-> $result:ident)? ; )+) => {
        /// Everything that generated code may ask of the host, in the platform's C convention; the first parameter is always the
        /// calling instance's context.
        #[repr(C)]
        pub struct Builtins {
            $($(#[doc = $doc])+ pub $name: unsafe extern "C" fn(*mut InstanceContext $(, builtins!(@ty $kind))*) $(-> builtins!(@ty $result))?,)+
        }

        /// The builtins by name, for the compiler.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(non_camel_case_types, reason = "the same spelling as the field and the run-time function")]
        pub enum Builtin { $($(#[doc = $doc])+ $name,)+ }

        impl Builtin {
            /// Every builtin.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Where its pointer lies in [`Builtins`].
            #[must_use]
            pub const fn offset(self) -> usize {
                match self { $(Self::$name => offset_of!(Builtins, $name),)+ }
            }

            /// Parameters after the context.
            #[must_use]
            pub const fn params(self) -> &'static [BuiltinType] {
                match self { $(Self::$name => &[$(BuiltinType::$kind),*],)+ }
            }

            /// The result.
            #[must_use]
            pub const fn result(self) -> Option<BuiltinType> {
                match self { $(Self::$name => builtins!(@result $($result)?),)+ }
            }
        }

        impl Builtins {
            /// Calls a builtin with arguments out of registers, on behalf of interpreted code.
            ///
            /// # Safety
            ///
            /// The context is that of the instance whose code asks, the arguments are what that code passes. Not for
            /// [`Builtin::raise`] and [`Builtin::trap`], which look for a frame of machine code.
            pub unsafe fn call(
                &self,
                builtin: Builtin,
                context: *mut InstanceContext,
                mut argument: impl FnMut() -> u64,
            ) -> u64 {
                match builtin {
                    $(Builtin::$name => {
                        $(let $param: builtins!(@ty $kind) = Register::from_bits(argument());)*
                        // SAFETY: the caller's promise.
                        unsafe { (self.$name)(context $(, $param)*) }.into_bits()
                    })+
                }
            }
        }
    };
    (@ty I32) => { u32 };
    (@ty I64) => { u64 };
    (@ty Reference) => { usize };
    (@ty Bool) => { u8 };
    (@result) => { None };
    (@result $kind:ident) => { Some(BuiltinType::$kind) };
}

/// What an atomic access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AtomicAccess {
    /// Orders accesses, makes none.
    Fence,
    /// Reads.
    Load,
    /// Writes.
    Store,
    /// Reads and writes the sum.
    Add,
    /// Reads and writes the difference.
    Sub,
    /// Reads and writes the bits that both have.
    And,
    /// Reads and writes the bits that one has.
    Or,
    /// Reads and writes the bits that exactly one has.
    Xor,
    /// Reads and writes.
    Exchange,
    /// Reads, and writes where the expected value was.
    CompareExchange,
}

impl AtomicAccess {
    const ALL: [Self; 10] = [
        Self::Fence,
        Self::Load,
        Self::Store,
        Self::Add,
        Self::Sub,
        Self::And,
        Self::Or,
        Self::Xor,
        Self::Exchange,
        Self::CompareExchange,
    ];

    /// The number of the access of `size` bytes, which is 1, 2, 4 or 8.
    #[must_use]
    pub const fn code(self, size: u32) -> u32 {
        (self as u32) << 4 | size
    }

    /// The access of a number, and its bytes.
    #[must_use]
    pub fn of_code(code: u32) -> (Self, u32) {
        (Self::ALL[(code >> 4) as usize], code & 0xf)
    }
}

/// A type in a builtin's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltinType {
    /// `u32`.
    I32,
    /// `u64`.
    I64,
    /// A funcref or externref, or another pointer-sized value.
    Reference,
    /// `u8`: 1 if all went well; 0 if an error was left in the store, then the caller calls `raise`.
    Bool,
}

/// A parameter or result of a builtin as an interpreter's register holds it.
trait Register {
    fn from_bits(bits: u64) -> Self;
    fn into_bits(self) -> u64;
}

macro_rules! registers {
    ($($ty:ty)+) => {
        $(impl Register for $ty {
            fn from_bits(bits: u64) -> Self {
                bits as Self
            }

            fn into_bits(self) -> u64 {
                self as u64
            }
        })+
    };
}

registers! { u8 u32 u64 usize }

impl Register for () {
    fn from_bits(_: u64) -> Self {}

    fn into_bits(self) -> u64 {
        0
    }
}

/// What interpreted code can ask the interpreter to do outside of the bytecode. The number is the operand of the instruction
/// that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRequest {
    /// Call [`HostFuncContext::call`] of the first argument.
    Function,
    /// Call a builtin.
    Builtin(Builtin),
}

impl HostRequest {
    const FUNCTION: u8 = u8::MAX;

    /// The number of the request.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Function => Self::FUNCTION,
            Self::Builtin(builtin) => builtin as u8,
        }
    }

    /// The request with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            Self::FUNCTION => Some(Self::Function),
            number => Builtin::ALL.get(usize::from(number)).copied().map(Self::Builtin),
        }
    }
}

const _: () = assert!(Builtin::ALL.len() < HostRequest::FUNCTION as usize, "every request has a number of its own");

builtins! {
    /// Throws [`StoreContext::thrown`], or without one ends the activation with the error that was left in the store. Does not
    /// return. Implemented in assembly: it finds the wasm frame through the frame pointer and its own return address. Looks at
    /// no argument, so it can be called in any convention.
    raise();
    /// Ends the activation with the [`Trap`](super::Trap) of this number. Does not return. In assembly, as [`Builtins::raise`]; code
    /// that may fault does not need it. (code)
    trap(code: I32);
    /// A new exception of a tag, its values to be filled in; 0 if an error was left in the store. (tag)
    exception_new(tag: I32) -> Reference;
    /// `memory.grow`: pages before, or -1 as u64. (memory, delta)
    memory_grow(memory: I32, delta: I64) -> I64;
    /// `memory.fill`. (memory, dst, byte, len)
    memory_fill(memory: I32, dst: I64, byte: I32, len: I64) -> Bool;
    /// `memory.copy`. (dst memory, src memory, dst, src, len)
    memory_copy(dst_memory: I32, src_memory: I32, dst: I64, src: I64, len: I64) -> Bool;
    /// `memory.init`. (memory, segment, dst, src, len)
    memory_init(memory: I32, segment: I32, dst: I64, src: I32, len: I32) -> Bool;
    /// `memory.atomic.wait32`: 0, 1 or 2 as the operator gives, or -1 as u64 after an error was left in the store.
    /// (memory, index, static offset, expected value, nanoseconds)
    atomic_wait32(memory: I32, index: I64, offset: I64, expected: I32, timeout: I64) -> I64;
    /// `memory.atomic.wait64`: as `atomic_wait32`.
    atomic_wait64(memory: I32, index: I64, offset: I64, expected: I64, timeout: I64) -> I64;
    /// `memory.atomic.notify`: how many were woken, or -1 as u64 after an error was left in the store.
    /// (memory, index, static offset, count)
    atomic_notify(memory: I32, index: I64, offset: I64, count: I32) -> I64;
    /// An atomic access for code without atomic instructions, at an address that is aligned and in a memory: what was there
    /// before. ([`AtomicAccess::code`], address, value, expected value)
    atomic_access(access: I32, place: Reference, value: I64, expected: I64) -> I64;
    /// `data.drop`. (segment)
    data_drop(segment: I32);
    /// `table.grow`: elements before, or -1 as u64. (table, delta, init)
    table_grow(table: I32, delta: I64, init: Reference) -> I64;
    /// `table.fill`. (table, dst, value, len)
    table_fill(table: I32, dst: I64, value: Reference, len: I64) -> Bool;
    /// `table.copy`. (dst table, src table, dst, src, len)
    table_copy(dst_table: I32, src_table: I32, dst: I64, src: I64, len: I64) -> Bool;
    /// `table.init`. (table, segment, dst, src, len)
    table_init(table: I32, segment: I32, dst: I64, src: I32, len: I32) -> Bool;
    /// `elem.drop`. (segment)
    elem_drop(segment: I32);
    /// Leaves the error of a guest that has not fuel enough for what comes next; `raise` follows.
    out_of_fuel();
    /// Charges for a bulk operation before it begins. (how many things it moves, bytes of one, fuel per 64 bytes)
    charge_moved(count: I64, size: I32, price: I64) -> Bool;
    /// A poll has found that the thread is asked to look up.
    interrupt() -> Bool;
}

/// Where the variable parts of an instance's context lie. Made by the same function for compiler and run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceLayout {
    /// `*mut MemoryDefinition` per memory, imported ones first.
    pub memories: u32,
    /// `*mut TableDefinition` per table, imported ones first.
    pub tables: u32,
    /// `*mut GlobalSlot` per imported global.
    pub imported_globals: u32,
    /// `*const Tag` per tag, imported ones first.
    pub tags: u32,
    /// [`FunctionImport`] per imported function.
    pub imported_functions: u32,
    /// [`FuncRef`] per escaping function, by escape index.
    pub func_refs: u32,
    /// [`GlobalSlot`] per global that the module defines.
    pub globals: u32,
    /// [`MemoryDefinition`] per memory that the module defines.
    pub own_memories: u32,
    /// [`TableDefinition`] per table that the module defines.
    pub own_tables: u32,
    /// Bytes in all.
    pub size: u32,
}

/// How many of everything a module has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Imported memories.
    pub imported_memories: u32,
    /// Memories, imported ones included.
    pub memories: u32,
    /// Imported tables.
    pub imported_tables: u32,
    /// Tables, imported ones included.
    pub tables: u32,
    /// Imported globals.
    pub imported_globals: u32,
    /// Globals, imported ones included.
    pub globals: u32,
    /// Imported tags.
    pub imported_tags: u32,
    /// Tags, imported ones included.
    pub tags: u32,
    /// Imported functions.
    pub imported_functions: u32,
    /// Functions that escape: exported, in an element segment, or named by `ref.func`.
    pub func_refs: u32,
}

impl InstanceLayout {
    /// The layout for these counts.
    ///
    /// # Panics
    ///
    /// When the context would be larger than 4 GiB, which the caps on modules exclude.
    #[must_use]
    pub fn new(counts: &Counts) -> Self {
        fn take(at: &mut usize, align: usize, size: usize, count: u32) -> u32 {
            let start = at.next_multiple_of(align);
            *at = start + size * count as usize;
            u32::try_from(start).expect("the caps keep an instance's context below 4 GiB")
        }
        let pointer = size_of::<usize>();
        let mut at = size_of::<InstanceContext>();
        let at = &mut at;
        Self {
            memories: take(at, pointer, pointer, counts.memories),
            tables: take(at, pointer, pointer, counts.tables),
            imported_globals: take(at, pointer, pointer, counts.imported_globals),
            tags: take(at, pointer, pointer, counts.tags),
            imported_functions: take(at, pointer, size_of::<FunctionImport>(), counts.imported_functions),
            func_refs: take(at, pointer, size_of::<FuncRef>(), counts.func_refs),
            globals: take(at, 16, size_of::<GlobalSlot>(), counts.globals - counts.imported_globals),
            own_memories: take(at, pointer, size_of::<MemoryDefinition>(), counts.memories - counts.imported_memories),
            own_tables: take(at, pointer, size_of::<TableDefinition>(), counts.tables - counts.imported_tables),
            size: take(at, 16, 0, 0),
        }
    }

    /// Offset of the pointer to memory `index`.
    #[must_use]
    pub const fn memory(&self, index: u32) -> u32 {
        self.memories + index * size_of::<usize>() as u32
    }

    /// Offset of the pointer to table `index`.
    #[must_use]
    pub const fn table(&self, index: u32) -> u32 {
        self.tables + index * size_of::<usize>() as u32
    }

    /// Offset of the pointer to imported global `index`.
    #[must_use]
    pub const fn imported_global(&self, index: u32) -> u32 {
        self.imported_globals + index * size_of::<usize>() as u32
    }

    /// Offset of the pointer to tag `index`.
    #[must_use]
    pub const fn tag(&self, index: u32) -> u32 {
        self.tags + index * size_of::<usize>() as u32
    }

    /// Offset of imported function `index`.
    #[must_use]
    pub const fn imported_function(&self, index: u32) -> u32 {
        self.imported_functions + index * size_of::<FunctionImport>() as u32
    }

    /// Offset of the reference with this escape index.
    #[must_use]
    pub const fn func_ref(&self, escape: u32) -> u32 {
        self.func_refs + escape * size_of::<FuncRef>() as u32
    }

    /// Offset of the `index`-th global that the module defines.
    #[must_use]
    pub const fn own_global(&self, index: u32) -> u32 {
        self.globals + index * size_of::<GlobalSlot>() as u32
    }

    /// Offset of the definition of the `index`-th memory that the module defines.
    #[must_use]
    pub const fn own_memory(&self, index: u32) -> u32 {
        self.own_memories + index * size_of::<MemoryDefinition>() as u32
    }

    /// Offset of the definition of the `index`-th table that the module defines.
    #[must_use]
    pub const fn own_table(&self, index: u32) -> u32 {
        self.own_tables + index * size_of::<TableDefinition>() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_without_overlap() {
        let counts = Counts {
            imported_memories: 1,
            memories: 2,
            imported_tables: 1,
            tables: 3,
            imported_globals: 2,
            globals: 5,
            imported_tags: 1,
            tags: 3,
            imported_functions: 4,
            func_refs: 6,
        };
        let l = InstanceLayout::new(&counts);
        assert_eq!(l.memories as usize, size_of::<InstanceContext>());
        assert_eq!(l.tables, l.memory(2));
        assert_eq!(l.imported_globals, l.table(3));
        assert_eq!(l.tags, l.imported_global(2));
        assert_eq!(l.imported_functions, l.tag(3));
        assert_eq!(l.func_refs, l.imported_function(4));
        assert!(l.globals >= l.func_ref(6) && l.globals.is_multiple_of(16));
        assert_eq!(l.own_memories, l.own_global(3));
        assert_eq!(l.own_tables, l.own_memory(1));
        assert!(l.size >= l.own_table(2) && l.size.is_multiple_of(16));
    }
}
