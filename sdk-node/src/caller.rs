//! Who called a host function, for those that asked to be told.

use edge_runtime::{Caller, Extern, Instance, Store};

use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::linker::parts;
use crate::port::Port;

/// What a host function is told of its caller. Owns all of it: the function may run on another thread than the guest.
#[derive(Clone)]
pub(crate) struct CallerInfo {
    store: Store,
    instance: Option<Instance>,
    memories: Vec<Extern>,
}

impl CallerInfo {
    pub(crate) fn of(caller: &Caller<'_>) -> Self {
        let memory = |index| {
            let own = caller.memory(index).map(Extern::from);
            own.or_else(|| caller.shared_memory(index).map(Extern::from))
        };
        let memories = (0..).map_while(memory).collect();
        Self { store: caller.store().clone(), instance: caller.instance(), memories }
    }

    /// The object of the class `Caller`.
    pub(crate) fn write<'e>(&self, env: Env<'e>, keeper: u32) -> Result<Js<'e>, Fail> {
        let instance = self.instance.clone().map_or_else(|| env.null(), |instance| External::create(env, instance))?;
        let memories = self.memories.iter().map(|memory| parts(env, memory));
        let arguments =
            [env.uint(keeper)?, External::create(env, self.store.clone())?, instance, env.array_of(memories)?];
        env.call(Port::of(env)?.hooks().make_caller.get(env)?, &arguments)
    }
}
