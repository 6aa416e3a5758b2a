//! What the host keeps of one instance: where its memory and its header lie, how deep calls are nested, what is on its way,
//! and whether an earlier call left it in an unknown state.

use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use parking_lot::Mutex;

use super::output::Arena;
use super::prepared::{INIT, MEMORY};
use crate::api::{Caller, Extern, Instance, Memory};
use crate::types::layout::RawValue;
use crate::types::{Error, Kind, Phase, Result};
use crate::vm;

/// The version of the header that this host reads.
const ABI_VERSION: u32 = 1;
/// Bytes of the header.
const HEADER_SIZE: u32 = 28;
/// More arenas than anyone nests calls.
const MAX_ARENAS: u32 = 1024;

/// Offsets in the header (section 2 of the contract).
mod header {
    pub(super) const ABI_VERSION: u32 = 0;
    pub(super) const OUTCOME: u32 = 4;
    pub(super) const ERROR_PTR: u32 = 8;
    pub(super) const ERROR_LEN: u32 = 12;
    pub(super) const ARENAS_PTR: u32 = 16;
    pub(super) const ARENA_SIZE: u32 = 20;
    pub(super) const ARENA_COUNT: u32 = 24;
}

/// One instance, bindgen's or not.
///
/// Everything here is touched only by the thread that has the store; atomics and locks make that visible to the compiler,
/// and cost a plain load or nothing on the path of numbers.
#[derive(Default)]
pub(crate) struct Guest {
    memory: OnceLock<GuestMemory>,
    header: OnceLock<Header>,
    /// Calls of bindgen functions in progress.
    depth: AtomicU32,
    /// Calls of any function in progress.
    serving: AtomicU32,
    /// Why the instance must not be used any more.
    poison: OnceLock<String>,
    in_flight: Mutex<Vec<InFlight>>,
    host_result: Mutex<Option<Vec<u8>>>,
    panic: Mutex<Option<String>>,
}

/// Where the guest reads what the host passes, and the reverse.
#[derive(Clone, Copy, Debug)]
struct Header {
    address: u32,
    arenas: u32,
    arena_size: u32,
    arena_count: u32,
}

/// An argument that waits to be pulled.
struct InFlight {
    depth: u32,
    index: u32,
    data: *const u8,
    len: usize,
}

// SAFETY: the pointer is used only by the thread that has the store, while the call that it belongs to is in progress.
unsafe impl Send for InFlight {}

/// The memory of the guest.
///
/// A pointer into the store, not a handle: the store owns the host functions, which own this; a handle would close a circle
/// that nobody frees.
pub(crate) struct GuestMemory {
    memory: NonNull<vm::Memory>,
    /// A memory never moves.
    base: *mut u8,
}

// SAFETY: whoever reaches a `Guest` holds its store: `Running` by its instance, and host functions run inside of it. The
// pointers are followed only by the thread that has the store.
unsafe impl Send for GuestMemory {}
// SAFETY: the same.
unsafe impl Sync for GuestMemory {}

impl GuestMemory {
    fn new(memory: &Memory) -> Self {
        Self { base: memory.data_ptr(), memory: memory.vm() }
    }

    fn size(&self) -> usize {
        // SAFETY: memories live as long as their store; see above for who keeps that.
        unsafe { self.memory.as_ref() }.length()
    }

    /// Checks that the bytes are there.
    fn check(&self, address: u32, len: usize, what: &str) -> Result<()> {
        let size = self.size();
        if (address as usize).checked_add(len).is_some_and(|end| end <= size) {
            return Ok(());
        }
        Err(violation(format_args!(
            "{what} is said to be {len} bytes at {address:#x}, but the memory has {size} bytes"
        )))
    }

    /// The bytes that the guest names.
    ///
    /// # Safety
    ///
    /// This thread has the store, and no guest code runs while the slice lives.
    pub(crate) unsafe fn slice(&self, address: u32, len: usize, what: &str) -> Result<&[u8]> {
        self.check(address, len, what)?;
        // SAFETY: the range was checked, memories never shrink, and the caller keeps the guest from writing meanwhile.
        Ok(unsafe { std::slice::from_raw_parts(self.base.add(address as usize), len) })
    }

    /// Copies bytes to where the guest wants them. The source may itself be a view of the memory.
    ///
    /// # Safety
    ///
    /// This thread has the store; `data` points at `len` readable bytes.
    unsafe fn copy_in(&self, address: u32, data: *const u8, len: usize, what: &str) -> Result<()> {
        self.check(address, len, what)?;
        // SAFETY: the target was checked, the caller vouches for the source.
        unsafe { std::ptr::copy(data, self.base.add(address as usize), len) };
        Ok(())
    }

    fn read_u32(&self, address: u32) -> Result<u32> {
        // SAFETY: the slice is gone before anyone could enter the guest.
        let bytes = unsafe { self.slice(address, 4, "the header")? };
        Ok(u32::from_le_bytes(bytes.try_into().expect("four bytes were asked for")))
    }

    fn write_u32(&self, address: u32, value: u32) -> Result<()> {
        let bytes = value.to_le_bytes();
        // SAFETY: the source is the array above.
        unsafe { self.copy_in(address, bytes.as_ptr(), 4, "the header") }
    }
}

/// Results are read in place, which needs a memory that nobody else writes meanwhile.
#[cold]
fn shared() -> Error {
    violation("the guest shares its memory with other threads; bindgen functions need a memory of their own")
}

impl Guest {
    /// Runs `_initialize` if there is one, and `edge_init` if bindgen functions are described.
    pub(crate) fn start(&self, instance: &Instance, rich: bool) -> Result<()> {
        match instance.export(MEMORY) {
            Some(Extern::Memory(memory)) => _ = self.memory.get_or_init(|| GuestMemory::new(&memory)),
            Some(Extern::SharedMemory(_)) if rich => return Err(shared().in_phase(Phase::Instantiate)),
            Some(_) | None => {}
        }
        if instance.module().export("_initialize").is_some() && instance.module().export("_start").is_none() {
            instance.func("_initialize")?.call(&[]).map_err(|e| self.explain(e).in_phase(Phase::Instantiate))?;
        }
        if !rich {
            return Ok(());
        }
        let mut slots = [RawValue::default()];
        let init = instance.func(INIT)?;
        // SAFETY: the description was checked: `edge_init` is `() -> i32`.
        unsafe { init.call_raw(&mut slots) }.map_err(|e| self.explain(e).in_phase(Phase::Instantiate))?;
        // SAFETY: the function wrote an i32.
        let address = unsafe { slots[0].i32 } as u32;
        let header = self.read_header(address).map_err(|e| e.in_phase(Phase::Instantiate))?;
        self.header.get_or_init(|| header);
        Ok(())
    }

    fn read_header(&self, address: u32) -> Result<Header> {
        let memory = self.memory()?;
        memory.check(address, HEADER_SIZE as usize, "the header")?;
        let read = |offset| memory.read_u32(address + offset);
        let version = read(header::ABI_VERSION)?;
        if version != ABI_VERSION {
            return Err(violation(format_args!(
                "the header is of version {version}, this host reads version {ABI_VERSION}"
            )));
        }
        let header = Header {
            address,
            arenas: read(header::ARENAS_PTR)?,
            arena_size: read(header::ARENA_SIZE)?,
            arena_count: read(header::ARENA_COUNT)?,
        };
        if !header.arenas.is_multiple_of(16) || !header.arena_size.is_multiple_of(16) || header.arena_count > MAX_ARENAS
        {
            return Err(violation(format_args!(
                "{} arenas of {} bytes at {:#x}: address and size must be multiples of 16, and there may be {MAX_ARENAS}",
                header.arena_count, header.arena_size, header.arenas
            )));
        }
        let all = header.arena_size as usize * header.arena_count as usize;
        memory.check(header.arenas, all, "the arenas")?;
        Ok(header)
    }

    /// The guest's memory.
    pub(crate) fn memory(&self) -> Result<&GuestMemory> {
        self.memory.get().ok_or_else(|| violation("the guest has no memory of its own that the host can reach"))
    }

    /// The same while an import runs: a start function may call one before the instance is complete.
    pub(crate) fn memory_of(&self, caller: &Caller<'_>) -> Result<&GuestMemory> {
        if self.memory.get().is_none()
            && let Some(memory) = caller.memory(0)
        {
            self.memory.get_or_init(|| GuestMemory::new(&memory));
        }
        self.memory()
    }

    /// The arena for what the host writes next: of the depth that the next call has.
    ///
    /// # Safety
    ///
    /// This thread has the store, and no guest code runs while the arena lives.
    pub(crate) unsafe fn arena(&self) -> Arena {
        let (Some(memory), Some(header)) = (self.memory.get(), self.header.get()) else { return Arena::none() };
        let depth = self.depth.load(Relaxed);
        if depth >= header.arena_count {
            return Arena::none();
        }
        let address = header.arenas + depth * header.arena_size;
        // SAFETY: `read_header` checked that all arenas lie in memory, which never shrinks; the rest is the caller's promise.
        unsafe { Arena::new(memory.base.add(address as usize), address, header.arena_size) }
    }

    /// Where the error document lies if the function that just returned did so with `Err`.
    pub(crate) fn outcome(&self) -> Result<Option<(u32, u32)>> {
        let header = self.header()?;
        let memory = self.memory()?;
        match memory.read_u32(header.address + header::OUTCOME)? {
            0 => Ok(None),
            1 => Ok(Some((
                memory.read_u32(header.address + header::ERROR_PTR)?,
                memory.read_u32(header.address + header::ERROR_LEN)?,
            ))),
            other => Err(violation(format_args!("the outcome of a call is {other}, neither 0 nor 1"))),
        }
    }

    /// Tells the guest how the host function ended that it called.
    pub(crate) fn set_outcome(&self, error: Option<(u32, u32)>) -> Result<()> {
        let header = self.header()?;
        let memory = self.memory()?;
        memory.write_u32(header.address + header::OUTCOME, u32::from(error.is_some()))?;
        if let Some((ptr, len)) = error {
            memory.write_u32(header.address + header::ERROR_PTR, ptr)?;
            memory.write_u32(header.address + header::ERROR_LEN, len)?;
        }
        Ok(())
    }

    fn header(&self) -> Result<&Header> {
        self.header.get().ok_or_else(|| violation("a host function with a Result was called before edge_init"))
    }

    /// Refuses a call after one that ended abruptly.
    pub(crate) fn check_poison(&self) -> Result<()> {
        match self.poison.get() {
            None => Ok(()),
            Some(cause) => Err(Error::new(
                Phase::Execute,
                Kind::Poisoned,
                format!("an earlier call left the instance in an unknown state ({cause}); reset it"),
            )),
        }
    }

    /// The first cause.
    pub(crate) fn poisoned(&self) -> Option<&str> {
        self.poison.get().map(String::as_str)
    }

    /// Marks the instance; the first cause stays.
    pub(crate) fn set_poison(&self, cause: &Error) {
        self.poison.get_or_init(|| cause.message().to_owned());
    }

    /// Counts a call of any function until the value is dropped.
    pub(crate) fn serve(&self) -> Serving<'_> {
        self.serving.store(self.serving.load(Relaxed) + 1, Relaxed);
        Serving(self)
    }

    /// Whether a call is in progress.
    pub(crate) fn is_serving(&self) -> bool {
        self.serving.load(Relaxed) > 0
    }

    /// One call further in. The value must be dropped when the call ends.
    pub(crate) fn enter(&self) -> Entered<'_> {
        let depth = self.depth.load(Relaxed);
        self.depth.store(depth + 1, Relaxed);
        Entered { guest: self, depth, in_flight: 0 }
    }

    /// `__edge.pull`: copies an argument of the innermost call to where the guest wants it.
    pub(crate) fn pull(&self, index: u32, address: u32) -> Result<()> {
        let depth = self.depth.load(Relaxed);
        let in_flight = self.in_flight.lock();
        let wanted = in_flight.iter().find(|a| a.depth + 1 == depth && a.index == index);
        let Some(argument) = wanted else {
            return Err(violation(format_args!("the guest pulls argument {index}, which does not wait to be pulled")));
        };
        // SAFETY: the data is borrowed by the call that registered it, which is still in progress.
        unsafe { self.memory()?.copy_in(address, argument.data, argument.len, "the place for a pulled argument") }
    }

    /// Keeps a host function's result until the guest pulls it.
    pub(crate) fn keep_result(&self, data: Vec<u8>) {
        *self.host_result.lock() = Some(data);
    }

    /// `__edge.pull_result`: copies that result to where the guest wants it.
    pub(crate) fn pull_result(&self, address: u32) -> Result<()> {
        let Some(data) = self.host_result.lock().take() else {
            return Err(violation("the guest pulls a result of a host function, but none waits to be pulled"));
        };
        // SAFETY: the source is the vector.
        unsafe { self.memory()?.copy_in(address, data.as_ptr(), data.len(), "the place for a pulled result") }
    }

    /// `__edge.panic`: keeps what the panic hook reports until the trap arrives that follows.
    pub(crate) fn record_panic(&self, text: &str, place: Option<(&str, u32, u32)>) {
        let message = match place {
            Some((file, line, column)) => format!("panicked at {file}:{line}:{column}: {text}"),
            None => format!("panicked: {text}"),
        };
        *self.panic.lock() = Some(message);
    }

    /// Turns the trap that follows a panic into the panic.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let Some(message) = self.panic.lock().take() else { return error };
        match error.kind() {
            Kind::Unreachable | Kind::GuestExit => {
                let frames = error.backtrace().to_vec();
                Error::new(Phase::Execute, Kind::GuestPanic, message).with_backtrace(frames)
            }
            _ => error,
        }
    }
}

/// A call of any function in progress.
pub(crate) struct Serving<'g>(&'g Guest);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.serving.store(self.0.serving.load(Relaxed) - 1, Relaxed);
    }
}

/// A call of a bindgen function in progress.
pub(crate) struct Entered<'g> {
    guest: &'g Guest,
    depth: u32,
    in_flight: usize,
}

impl Entered<'_> {
    /// Offers an argument to `__edge.pull`.
    ///
    /// # Safety
    ///
    /// The data stays where it is until this value is dropped.
    pub(crate) unsafe fn offer(&mut self, index: u32, data: &[u8]) {
        let argument = InFlight { depth: self.depth, index, data: data.as_ptr(), len: data.len() };
        self.guest.in_flight.lock().push(argument);
        self.in_flight += 1;
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.guest.depth.store(self.depth, Relaxed);
        if self.in_flight > 0 {
            // Calls nest, so this call's arguments are the last.
            let mut all = self.guest.in_flight.lock();
            let rest = all.len() - self.in_flight;
            all.truncate(rest);
        }
    }
}

/// The guest broke the contract.
#[cold]
pub(crate) fn violation(message: impl std::fmt::Display) -> Error {
    Error::new(Phase::Execute, Kind::AbiViolation, format!("the guest broke the bindgen contract: {message}"))
}
