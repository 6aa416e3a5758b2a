//! Tickets: how an object that threads share goes to another environment of the process, a worker's. JavaScript can send a
//! number; here stands what it means.
//!
//! The object lives as long as somebody holds it: who made the ticket, and who redeemed it. A ticket alone keeps nothing, so
//! that one which nobody redeems leaks nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Weak};

use edge_runtime::{CancelToken, Engine, Error, Kind, Module, Phase, SharedMemory};
use parking_lot::Mutex;

use crate::arguments::Args;
use crate::errors::Fail;
use crate::js::{Env, External, Js};

/// What a ticket stands for.
enum Item {
    CancelToken(CancelToken),
    Engine(Engine),
    Module(Module),
    SharedMemory(SharedMemory),
}

/// See the module.
pub(crate) struct Ticket {
    number: u64,
    item: Item,
}

static TICKETS: LazyLock<Mutex<HashMap<u64, Weak<Ticket>>>> = LazyLock::new(Mutex::default);

impl Drop for Ticket {
    fn drop(&mut self) {
        TICKETS.lock().remove(&self.number);
    }
}

/// `(class, handle)` => what keeps the ticket.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let args = Args { env, args };
    let handle = args.at(1)?;
    let item = match &*args.string(0)? {
        "CancelToken" => Item::CancelToken(External::<CancelToken>::get(env, handle)?.clone()),
        "Engine" => Item::Engine(External::<Engine>::get(env, handle)?.clone()),
        "Module" => Item::Module(External::<Module>::get(env, handle)?.clone()),
        _ => Item::SharedMemory(External::<SharedMemory>::get(env, handle)?.clone()),
    };
    let ticket = Arc::new(Ticket { number: NEXT.fetch_add(1, Ordering::Relaxed), item });
    TICKETS.lock().insert(ticket.number, Arc::downgrade(&ticket));
    External::create(env, ticket)
}

/// `(what keeps the ticket)` => its number.
pub(crate) fn number<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    env.number(External::<Arc<Ticket>>::get(env, Args { env, args }.at(0)?)?.number as f64)
}

/// `(class, number)` => the handle, and what keeps the ticket.
pub(crate) fn redeem<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let (class, number) = (args.string(0)?, args.number(1)? as u64);
    let found = TICKETS.lock().get(&number).and_then(Weak::upgrade);
    let Some(ticket) = found else {
        let text = format!("the {class} of this ticket is gone: who made it keeps it until the other thread has it");
        return Err(Error::new(Phase::Execute, Kind::Closed, text).into());
    };
    let handle = match (&ticket.item, &*class) {
        (Item::CancelToken(token), "CancelToken") => External::create(env, token.clone()),
        (Item::Engine(engine), "Engine") => External::create(env, engine.clone()),
        (Item::Module(module), "Module") => External::create(env, module.clone()),
        (Item::SharedMemory(memory), "SharedMemory") => External::create(env, memory.clone()),
        _ => return Err(Fail::internal("a ticket of another class")),
    };
    let pair = [handle, External::create(env, ticket.clone())];
    env.array_of(pair.into_iter())
}
