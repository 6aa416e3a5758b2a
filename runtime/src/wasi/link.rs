//! The table of names: every function of preview 1 as an import that decodes its arguments, and nothing else.

use std::sync::Arc;

use super::context::Context;
use super::errno::Errno;
use super::memory::{GuestMemory, Layout, Out, Slice, Store};
use super::process::Exit;
use super::{clock, cost, fs, poll, process, random, socket, wait};
use crate::api::{Caller, Linker};
use crate::types::layout::RawValue;
use crate::types::{BoxError, Error, FuncType, ValType};

/// The module that the functions are imported from.
const MODULE: &str = "wasi_snapshot_preview1";

/// A list of `name => function`, as one function over anything that takes them.
macro_rules! functions {
    ($($path:ident :: $name:ident),+ $(,)?) => {
        /// Shows every function with its name to `visit`.
        pub(super) fn visit_all(visit: &mut impl Visit) {
            $(visit.function(stringify!($name), $path::$name);)+
        }
    };
}

functions! {
    process::args_get,
    process::args_sizes_get,
    process::environ_get,
    process::environ_sizes_get,
    clock::clock_res_get,
    clock::clock_time_get,
    fs::fd_advise,
    fs::fd_allocate,
    fs::fd_close,
    fs::fd_datasync,
    fs::fd_fdstat_get,
    fs::fd_fdstat_set_flags,
    fs::fd_fdstat_set_rights,
    fs::fd_filestat_get,
    fs::fd_filestat_set_size,
    fs::fd_filestat_set_times,
    fs::fd_pread,
    fs::fd_prestat_get,
    fs::fd_prestat_dir_name,
    fs::fd_pwrite,
    fs::fd_read,
    fs::fd_readdir,
    fs::fd_renumber,
    fs::fd_seek,
    fs::fd_sync,
    fs::fd_tell,
    fs::fd_write,
    fs::path_create_directory,
    fs::path_filestat_get,
    fs::path_filestat_set_times,
    fs::path_link,
    fs::path_open,
    fs::path_readlink,
    fs::path_remove_directory,
    fs::path_rename,
    fs::path_symlink,
    fs::path_unlink_file,
    poll::poll_oneoff,
    process::proc_exit,
    process::proc_raise,
    process::sched_yield,
    random::random_get,
    socket::sock_accept,
    socket::sock_recv,
    socket::sock_send,
    socket::sock_shutdown,
}

/// Something that is done with every function.
pub(super) trait Visit {
    fn function<A, F: Function<A>>(&mut self, name: &'static str, function: F);
}

/// Defines every function in `linker`.
pub(super) fn define_all(context: &Arc<Context>, linker: &mut Linker) {
    visit_all(&mut Definer { context, linker });
}

struct Definer<'a> {
    context: &'a Arc<Context>,
    linker: &'a mut Linker,
}

impl Visit for Definer<'_> {
    fn function<A, F: Function<A>>(&mut self, name: &'static str, function: F) {
        let context = Arc::clone(self.context);
        let config = self.linker.engine().config();
        let costs = config.get_fuel().then(|| config.get_cost_table());
        self.linker.func_raw(MODULE, name, F::ty(), move |caller, values| {
            let memory = memory_of(&caller);
            if let Some(costs) = &costs {
                caller.store().consume_fuel(cost::price(costs, name, &memory, values))?;
            }
            let outcome = function.call(&context, memory, values);
            wait::reason_to_end().map_or(outcome, |reason| Err(reason.into()))
        });
    }
}

/// The caller's first memory; empty, so that every pointer is bad, when there is none.
fn memory_of<'a>(caller: &'a Caller<'_>) -> GuestMemory<'a> {
    let (base, len) = match (caller.memory(0), caller.shared_memory(0)) {
        (Some(memory), _) => (memory.data_ptr(), memory.data_size()),
        (None, Some(shared)) => (shared.vm().memory().base(), shared.data_size()),
        (None, None) => (std::ptr::dangling_mut(), 0),
    };
    // SAFETY: the memory lives as long as its instance, which waits for this call to return; it never moves or shrinks, and
    // the engine makes no references into it.
    unsafe { GuestMemory::new(base, len) }
}

/// A parameter: one or more wasm values.
trait Argument: Sized {
    const TYPES: &'static [ValType];

    /// # Errors
    ///
    /// `EFAULT` for a pointer that does not lead into memory.
    ///
    /// # Safety
    ///
    /// The values must be of [`Argument::TYPES`].
    unsafe fn decode(memory: &GuestMemory<'_>, values: &[RawValue]) -> Result<Self, Errno>;
}

/// What a function returns: how it becomes wasm results.
trait Outcome: Sized {
    const TYPES: &'static [ValType];

    /// Ends the call, with the function's outcome or the error of an argument.
    fn encode(outcome: Result<Self, Errno>, values: &mut [RawValue]) -> Result<(), BoxError>;
}

/// A function of the specification, with parameters `A`.
pub(super) trait Function<A>: Send + Sync + 'static {
    fn ty() -> FuncType;

    fn call(&self, context: &Context, memory: GuestMemory<'_>, values: &mut [RawValue]) -> Result<(), BoxError>;
}

impl Argument for u32 {
    const TYPES: &'static [ValType] = &[ValType::I32];

    unsafe fn decode(_: &GuestMemory<'_>, values: &[RawValue]) -> Result<Self, Errno> {
        // SAFETY: the caller says that the value is an i32.
        Ok(unsafe { values[0].i32 }.cast_unsigned())
    }
}

impl Argument for u64 {
    const TYPES: &'static [ValType] = &[ValType::I64];

    unsafe fn decode(_: &GuestMemory<'_>, values: &[RawValue]) -> Result<Self, Errno> {
        // SAFETY: the caller says that the value is an i64.
        Ok(unsafe { values[0].i64 }.cast_unsigned())
    }
}

impl<T: Store> Argument for Out<T> {
    const TYPES: &'static [ValType] = &[ValType::I32];

    unsafe fn decode(memory: &GuestMemory<'_>, values: &[RawValue]) -> Result<Self, Errno> {
        // SAFETY: the same type.
        Self::new(memory, unsafe { u32::decode(memory, values) }?)
    }
}

impl<T: Layout> Argument for Slice<T> {
    const TYPES: &'static [ValType] = &[ValType::I32, ValType::I32];

    unsafe fn decode(memory: &GuestMemory<'_>, values: &[RawValue]) -> Result<Self, Errno> {
        // SAFETY: both are of that type.
        let (start, count) = unsafe { (u32::decode(memory, values)?, u32::decode(memory, &values[1..])?) };
        Self::new(memory, start, count)
    }
}

impl Outcome for Result<(), Errno> {
    const TYPES: &'static [ValType] = &[ValType::I32];

    fn encode(outcome: Result<Self, Errno>, values: &mut [RawValue]) -> Result<(), BoxError> {
        let errno = outcome.flatten().err().unwrap_or(Errno::Success);
        values[0].i32 = i32::from(errno.number());
        Ok(())
    }
}

impl Outcome for Exit {
    const TYPES: &'static [ValType] = &[];

    fn encode(outcome: Result<Self, Errno>, _: &mut [RawValue]) -> Result<(), BoxError> {
        // Its only argument is a number, which always decodes.
        Err(outcome.map_or_else(|errno| format!("proc_exit: {errno:?}").into(), |Self(code)| Error::exit(code).into()))
    }
}

macro_rules! function_of {
    ($($arg:ident),*) => {
        impl<F, R, $($arg),*> Function<(R, $($arg,)*)> for F
        where
            F: Fn(&Context, GuestMemory<'_>, $($arg),*) -> R + Send + Sync + 'static,
            R: Outcome,
            $($arg: Argument,)*
        {
            fn ty() -> FuncType {
                let params: &[&[ValType]] = &[$($arg::TYPES),*];
                FuncType::new(params.concat(), R::TYPES.iter().copied())
            }

            #[allow(unused_assignments, unused_mut, unused_variables, non_snake_case,
                reason = "one expansion has no parameters, and parameters are named as their types")]
            fn call(&self, context: &Context, memory: GuestMemory<'_>, values: &mut [RawValue]) -> Result<(), BoxError> {
                let mut decode = || -> Result<R, Errno> {
                    let mut at = 0;
                    $(
                        // SAFETY: the engine passes values of the types that `ty` names, in their order.
                        let $arg = unsafe { $arg::decode(&memory, &values[at..])? };
                        at += $arg::TYPES.len();
                    )*
                    Ok(self(context, memory, $($arg),*))
                };
                R::encode(decode(), values)
            }
        }
    };
}
function_of!();
function_of!(A);
function_of!(A, B);
function_of!(A, B, C);
function_of!(A, B, C, D);
function_of!(A, B, C, D, E);
function_of!(A, B, C, D, E, G);
function_of!(A, B, C, D, E, G, H);
function_of!(A, B, C, D, E, G, H, I);
