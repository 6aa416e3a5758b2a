//! `SharedMemory`: the native half. No view of it is ever made: other threads write it at any time.

use std::sync::Arc;
use std::time::Duration;

use edge_runtime::{CallOptions, CancelToken, Engine, ExternType, MemoryType, SharedMemory, Store, WaitOutcome};

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{BigInt, Env, External, Js};
use crate::limits::milliseconds;
use crate::port::Port;
use crate::promise::promise;
use crate::threads;
use crate::types::extern_type;

fn memory<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<&'e SharedMemory, Fail> {
    External::<SharedMemory>::get(env, Args { env, args }.at(0)?)
}

/// `(engine, min, max, whether indices have 64 bits)` => memory.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let mut ty = MemoryType::new(args.number(1)? as u64, Some(args.number(2)? as u64));
    (ty.shared, ty.memory64) = (true, env.get_boolean(args.at(3)?)?);
    External::create(env, SharedMemory::new(External::<Engine>::get(env, args.at(0)?)?, ty)?)
}

/// `(memory)` => engine.
pub(crate) fn engine<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, memory(env, args)?.engine().clone())
}

/// `(memory)` => `{kind: "memory", min, max, shared: true}`.
pub(crate) fn ty<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    extern_type(env, &ExternType::Memory(memory(env, args)?.ty()))
}

/// `(memory)` => bytes.
pub(crate) fn size<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(memory(env, args)?.data_size() as f64)
}

/// `(memory, pages)` => pages before.
pub(crate) fn grow<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(memory(env, args)?.grow(Args { env, args }.number(1)? as u64)? as f64)
}

/// `(memory, offset, length)` => bytes.
pub(crate) fn read<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    env.typed_array(&memory.read_vec(args.number(1)? as u64, args.number(2)? as usize)?)
}

/// `(memory, offset, bytes)`
pub(crate) fn write<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    let elements = env.elements(args.at(2)?)?.ok_or_else(|| Fail::internal("bytes that are none"))?;
    // SAFETY: no JavaScript runs until the bytes have been copied.
    memory.write(args.number(1)? as u64, unsafe { elements.as_bytes() })?;
    env.undefined()
}

/// An integer of a number or of a bigint; `lib/shared_memory.js` has checked its range.
fn integer<'e>(env: Env<'e>, value: Js<'e>) -> Result<u64, Fail> {
    if let Ok(number) = env.get_number(value) {
        return Ok(number as i64 as u64);
    }
    Ok(match env.get_bigint(value)? {
        BigInt::Signed(value) => value as u64,
        BigInt::Unsigned(value) => value,
        BigInt::Beyond => return Err(Fail::internal("an integer beyond 64 bits")),
    })
}

/// `(memory, operation, width in bits, offset, value, replacement)` => what was there before.
pub(crate) fn atomic<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    let offset = args.number(3)? as u64;
    let value = |index| args.optional(index)?.map_or(Ok(0), |value| integer(env, value));
    let (first, second) = (value(4)?, value(5)?);
    let operation = args.string(1)?;
    macro_rules! access {
        ($int:ty) => {{
            let (first, second) = (first as $int, second as $int);
            match &*operation {
                "Load" => memory.atomic_load::<$int>(offset)?.into(),
                "Store" => memory.atomic_store::<$int>(offset, first).map(|()| 0_u64)?,
                "Add" => memory.atomic_add::<$int>(offset, first)?.into(),
                _ => memory.atomic_compare_exchange::<$int>(offset, first, second)?.into(),
            }
        }};
    }
    let before: u64 = match args.number(2)? as u32 {
        8 => access!(u8),
        16 => access!(u16),
        32 => access!(u32),
        _ => return env.unsigned_bigint(access!(u64)),
    };
    env.number(before as f64)
}

/// A wait that is still to come.
struct Wait {
    port: Arc<Port>,
    memory: SharedMemory,
    bits: u32,
    offset: u64,
    expected: u64,
    timeout: Option<Duration>,
    cancel: Option<CancelToken>,
}

impl Wait {
    /// `(memory, width in bits, offset, expected, timeout in milliseconds or undefined, token or undefined)`
    fn of<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Self, Fail> {
        let (memory, args) = (memory(env, args)?.clone(), Args { env, args });
        let cancel = args.optional(5)?.map(|token| External::<CancelToken>::get(env, token)).transpose()?;
        Ok(Self {
            port: Port::of(env)?,
            memory,
            bits: args.number(1)? as u32,
            offset: args.number(2)? as u64,
            expected: integer(env, args.at(3)?)?,
            timeout: args.optional_number(4)?.map(milliseconds),
            cancel: cancel.cloned(),
        })
    }

    fn wait(&self) -> edge_runtime::Result<WaitOutcome> {
        let wait = || match self.bits {
            32 => self.memory.wait32(self.offset, self.expected as u32, self.timeout),
            _ => self.memory.wait64(self.offset, self.expected, self.timeout),
        };
        // What is obeyed belongs to a store; this wait is for no guest, so it has one of its own.
        let store = Store::new(self.memory.engine(), self.memory.engine().config().get_limits());
        store.with_options(&CallOptions::new().cancel(self.port.ended()), || match &self.cancel {
            Some(token) => store.with_options(&CallOptions::new().cancel(token), wait),
            None => wait(),
        })
    }
}

/// In the words of `Atomics.wait`.
fn told(env: Env<'_>, outcome: WaitOutcome) -> Result<Js<'_>, Fail> {
    env.string(match outcome {
        WaitOutcome::Woken => "ok",
        WaitOutcome::Different => "not-equal",
        WaitOutcome::TimedOut => "timed-out",
    })
}

/// As [`Wait::of`] => how the wait ended.
pub(crate) fn wait<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    told(env, Wait::of(env, args)?.wait()?)
}

/// The same on a thread of ours => promise.
pub(crate) fn wait_async<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let wait = Wait::of(env, args)?;
    promise(env, threads::spawn, move || threads::waiting(|| wait.wait()), |env, outcome| told(env, outcome?))
}

/// `(memory, offset, count)` => how many were woken.
pub(crate) fn notify<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let (memory, args) = (memory(env, args)?, Args { env, args });
    env.number(memory.notify(args.number(1)? as u64, args.number(2)? as u32)?.into())
}

/// `(memory, memory)` => whether both are one memory.
pub(crate) fn same<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.boolean(memory(env, args)?.same(External::<SharedMemory>::get(env, Args { env, args }.at(1)?)?))
}
