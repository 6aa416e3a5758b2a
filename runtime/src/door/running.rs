//! One generation of a [`Vm`](super::Vm): the instance that serves its calls until a reset.

use std::sync::{Arc, OnceLock, Weak};

use parking_lot::ReentrantMutexGuard;

use super::vm::Inner;
use super::{HostCall, Vm};
use crate::api::{Func, Instance, Linker, Store};
use crate::bindgen::{Call, Guest, Prepared, Signature, ValueFn, link_described, link_plain, link_runtime};
use crate::types::layout::RawValue;
use crate::types::{BoxError, Error, ExternType, Kind, Phase, Result, Value};
use crate::wasi::{Wasi, WasiConfig};

/// The module name of WASI's imports.
const WASI: &str = "wasi_snapshot_preview1";

pub(super) struct Running {
    pub(super) store: Store,
    pub(super) instance: Instance,
    pub(super) wasi: Option<Wasi>,
    guest: Arc<Guest>,
    /// The function of each callable, looked up when it is first called.
    funcs: Box<[OnceLock<Func>]>,
}

impl Running {
    /// Links and instantiates the module of a `Vm`.
    pub(super) fn new(inner: &Arc<Inner>) -> Result<Self> {
        let engine = inner.module.engine();
        let store = Store::new(engine, inner.setup.limits_in(engine));
        let guest = Arc::new(Guest::default());
        let mut linker = inner.linker.clone();
        let wasi = link_wasi(&mut linker, inner)?;
        link_imports(&mut linker, inner, &guest)?;
        link_runtime(&mut linker, &guest);
        let instance = linker.instantiate(&store, &inner.module)?;
        guest.start(&instance, inner.prepared.has_functions())?;
        let funcs = inner.prepared.callables.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { store, instance, wasi, guest, funcs })
    }

    /// Keeps the other threads out of the store, waiting for the one that is in.
    pub(super) fn turn(&self) -> Result<ReentrantMutexGuard<'_, ()>> {
        self.store.0.turn()
    }

    pub(super) fn poisoned(&self) -> Option<&str> {
        self.guest.poisoned()
    }

    /// Whether a call is in progress. Only the thread that has the store can ask, so it is that thread's own.
    pub(super) fn is_serving(&self) -> bool {
        self.guest.is_serving()
    }

    /// Prepares a call of the callable at `index` and hands it to `f`, with the store taken.
    pub(super) fn call<R>(
        &self,
        prepared: &Prepared,
        index: usize,
        f: impl FnOnce(&Call<'_>) -> Result<R>,
    ) -> Result<R> {
        let _guard = self.turn()?;
        let _serving = self.guest.serve();
        let callable = &prepared.callables[index];
        let func = match self.funcs[index].get() {
            Some(func) => func,
            None => {
                let func = self.instance.func(&callable.export)?;
                self.funcs[index].get_or_init(|| func)
            }
        };
        f(&Call {
            guest: &self.guest,
            callable,
            func,
            types: prepared.interface().map_or(&[], |i| &i.types),
            result_size: self.store.limits().result_size,
            poisons: prepared.has_functions(),
        })
    }

    /// Runs `_start` to its end; the exit code.
    pub(super) fn run_command(&self, poisons: bool) -> Result<i32> {
        let start = self.instance.func("_start")?;
        let _guard = self.turn()?;
        let _serving = self.guest.serve();
        self.guest.check_poison()?;
        let mut none: [RawValue; 1] = Default::default();
        if start.ty().params().len() + start.ty().results().len() > 0 {
            let message = format!("`_start` of a command takes nothing and returns nothing, but is {}", start.ty());
            return Err(Error::new(Phase::Execute, Kind::WrongExportKind, message));
        }
        // SAFETY: the function's type was compared: no slot is read or written.
        match unsafe { start.call_raw(&mut none) } {
            Ok(()) => Ok(0),
            Err(error) => match error.exit_code() {
                Some(code) => Ok(code),
                None => {
                    let error = self.guest.explain(error);
                    if poisons {
                        self.guest.set_poison(&error);
                    }
                    Err(error)
                }
            },
        }
    }
}

/// Links WASI if a configuration was given, or the module imports what nobody defined.
fn link_wasi(linker: &mut Linker, inner: &Inner) -> Result<Option<Wasi>> {
    let config = match &inner.setup.wasi {
        Some(config) => config.clone(),
        None => {
            let mut wanted = inner.module.imports().filter(|import| import.module() == WASI);
            if wanted.all(|import| linker.contains(WASI, import.name())) {
                return Ok(None);
            }
            WasiConfig::new().stdout_write(std::io::sink()).stderr_write(std::io::sink())
        }
    };
    let wasi = Wasi::new(&config)?;
    wasi.link(linker);
    Ok(Some(wasi))
}

/// Links the host functions that the module imports.
fn link_imports(linker: &mut Linker, inner: &Arc<Inner>, guest: &Arc<Guest>) -> Result<()> {
    for import in inner.module.imports() {
        let Some(f) = inner.setup.imports.get(import.module(), import.name()) else { continue };
        let f = with_vm(Arc::downgrade(inner), Arc::clone(f));
        let described = inner.prepared.interface().and_then(|interface| {
            interface.imports.iter().position(|(m, s)| m == import.module() && s.name == import.name())
        });
        match (described, import.ty()) {
            (Some(position), _) => link_described(linker, guest, &inner.prepared, position, f),
            (None, ExternType::Func(ty)) => link_plain(linker, import.module(), import.name(), &ty, f)?,
            (None, other) => {
                let message = format!(
                    "the import `{}.{}` is a {other}, but a host function was given for it",
                    import.module(),
                    import.name()
                );
                return Err(Error::new(Phase::Link, Kind::IncompatibleImport, message));
            }
        }
    }
    Ok(())
}

/// Tells a host function which `Vm` it serves. Weakly: the `Vm` owns the function.
fn with_vm(vm: Weak<Inner>, f: super::imports::ImportFn) -> ValueFn {
    Arc::new(move |caller, signature: &Signature, args: &[Value<'static>]| -> Result<Value<'static>, BoxError> {
        let Some(inner) = vm.upgrade() else {
            let message = format!("the Vm that the host function `{}` belongs to is gone", signature.name);
            return Err(Error::new(Phase::Host, Kind::Closed, message).into());
        };
        f(HostCall { vm: Vm(inner), caller, signature }, args)
    })
}
