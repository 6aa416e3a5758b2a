//! The native half of the Node.js package `edge`. `lib/` is the other half: classes, checks of what users give, defaults.
//!
//! `js` is the layer over Node-API; `port` what belongs to one environment; `threads` where `runAsync` runs, `promise` what it
//! gives, `progress` what it tells meanwhile, and `wait` how it waits for JavaScript. Values go in by
//! `value_in` and `scalar`, out by `value_out`. Everything else is named after the class that it serves.

mod arguments;
mod artifact;
mod caller;
mod engine;
mod errors;
mod exception;
mod func;
mod function;
mod global;
mod host;
mod js;
mod limits;
mod linker;
mod load;
mod memory;
mod module;
mod options;
mod pool;
mod port;
mod progress;
mod promise;
mod scalar;
mod shared_memory;
mod store;
mod table;
mod threads;
mod ticket;
mod types;
mod val;
mod value_in;
mod value_out;
mod vm;
mod wait;
mod wasi;

use edge_runtime::{Kind, Phase};
use napi_sys as sys;

use crate::errors::Fail;
use crate::js::{Entry, Env, Js};
use crate::port::{Hooks, Port, hook};

macro_rules! entries {
    ($($name:literal => $call:path,)+) => { &[$(Entry { name: $name, call: $call },)+] };
}

static ENTRIES: &[Entry] = entries! {
    c"start" => start,
    c"kinds" => kinds,
    c"answer" => host::answer,
    c"engineNew" => engine::new,
    c"engineShared" => engine::shared,
    c"engineSettings" => engine::settings,
    c"optionsNew" => options::new,
    c"turnNew" => promise::new_turn,
    c"turnAbandon" => promise::abandon,
    c"tokenNew" => options::new_token,
    c"tokenCancel" => options::cancel,
    c"tokenIsCancelled" => options::is_cancelled,
    c"storeNew" => store::new,
    c"storeMemoryUsed" => store::memory_used,
    c"storeLimits" => store::limits_of,
    c"storeEngine" => store::engine,
    c"storeCancel" => store::cancel,
    c"storeWith" => store::within,
    c"storeFuelLeft" => store::fuel_left,
    c"storeSetFuel" => store::set_fuel,
    c"storeAddFuel" => store::add_fuel,
    c"storeConsumeFuel" => store::consume_fuel,
    c"storeStatistics" => store::statistics,
    c"storeResetStatistics" => store::reset_statistics,
    c"statistic" => store::statistic,
    c"vmStore" => store::of_vm,
    c"moduleNew" => module::new,
    c"moduleFromText" => module::from_text,
    c"moduleValidate" => module::validate,
    c"moduleName" => module::name,
    c"moduleImports" => module::imports,
    c"moduleExports" => module::exports,
    c"moduleCustomSections" => module::custom_sections,
    c"moduleCustomSectionNames" => module::custom_section_names,
    c"moduleEngine" => module::engine,
    c"moduleLoad" => artifact::load,
    c"moduleLoadTrustedSync" => artifact::load_trusted_sync,
    c"moduleSerialize" => artifact::serialize,
    c"moduleSerializeSync" => artifact::serialize_sync,
    c"moduleWrite" => artifact::write,
    c"moduleWriteSync" => artifact::write_sync,
    c"moduleIsPrecompiled" => artifact::is_precompiled,
    c"moduleCompiledFunctions" => artifact::compiled_functions,
    c"wasiNew" => wasi::new,
    c"vmLoad" => load::load,
    c"vmLoadSync" => load::load_sync,
    c"vmFunctionNames" => vm::function_names,
    c"vmFunction" => vm::function,
    c"vmSignature" => vm::signature,
    c"vmRunWith" => vm::run_with,
    c"vmRunAsync" => vm::run_async,
    c"vmStart" => vm::start,
    c"vmStartAsync" => vm::start_async,
    c"vmCancel" => vm::cancel,
    c"vmReset" => vm::reset,
    c"vmClose" => vm::close,
    c"vmCloseAsync" => vm::close_async,
    c"vmIsClosed" => vm::is_closed,
    c"vmPoisoned" => vm::poisoned,
    c"vmStdout" => vm::stdout,
    c"vmStderr" => vm::stderr,
    c"vmModule" => vm::module,
    c"vmInstance" => vm::instance,
    c"vmLend" => pool::lend,
    c"vmRevoke" => pool::revoke,
    c"vmInFlight" => pool::in_flight,
    c"vmClean" => pool::clean_here,
    c"vmCleanAsync" => pool::clean_there,
    c"batchNew" => pool::new_batch,
    c"batchWork" => pool::work,
    c"batchOutcomes" => pool::outcomes,
    c"vmMemory" => memory::of_vm,
    c"memoryNew" => memory::new,
    c"memoryRead" => memory::read,
    c"memoryWrite" => memory::write,
    c"memorySize" => memory::size,
    c"memoryType" => memory::ty,
    c"memoryGrow" => memory::grow,
    c"memoryView" => memory::view,
    c"sharedMemoryNew" => shared_memory::new,
    c"sharedMemoryEngine" => shared_memory::engine,
    c"sharedMemoryType" => shared_memory::ty,
    c"sharedMemorySize" => shared_memory::size,
    c"sharedMemoryGrow" => shared_memory::grow,
    c"sharedMemoryRead" => shared_memory::read,
    c"sharedMemoryWrite" => shared_memory::write,
    c"sharedMemoryAtomic" => shared_memory::atomic,
    c"sharedMemoryWait" => shared_memory::wait,
    c"sharedMemoryWaitAsync" => shared_memory::wait_async,
    c"sharedMemoryNotify" => shared_memory::notify,
    c"sharedMemorySame" => shared_memory::same,
    c"ticketNew" => ticket::new,
    c"ticketNumber" => ticket::number,
    c"ticketRedeem" => ticket::redeem,
    c"vmGlobal" => global::of_vm,
    c"globalNew" => global::new,
    c"globalGet" => global::get,
    c"globalSet" => global::set,
    c"globalType" => global::ty,
    c"vmTable" => table::of_vm,
    c"tableNew" => table::new,
    c"tableSize" => table::size,
    c"tableType" => table::ty,
    c"tableGet" => table::get,
    c"tableSet" => table::set,
    c"tableGrow" => table::grow,
    c"vmFunc" => func::of_vm,
    c"funcNew" => func::new,
    c"funcCall" => func::call,
    c"funcSame" => func::same,
    c"funcName" => func::name,
    c"funcType" => func::ty,
    c"tagNew" => exception::new_tag,
    c"tagType" => exception::tag_type,
    c"tagSame" => exception::same_tag,
    c"exceptionNew" => exception::new,
    c"exceptionTag" => exception::tag_of,
    c"exceptionValues" => exception::values,
    c"linkerNew" => linker::new,
    c"linkerFunc" => linker::func,
    c"linkerDefine" => linker::define,
    c"linkerInstance" => linker::instance,
    c"linkerAlias" => linker::alias,
    c"linkerAliasModule" => linker::alias_module,
    c"linkerUnknownAsTraps" => linker::unknown_as_traps,
    c"linkerAllowShadowing" => linker::allow_shadowing,
    c"linkerFuncCost" => linker::func_cost,
    c"linkerDefinitions" => linker::definitions,
    c"linkerInstantiate" => linker::instantiate,
    c"instanceNew" => linker::new_instance,
    c"instanceExports" => linker::instance_exports,
    c"instanceGet" => linker::instance_get,
};

/// What Node calls when an environment loads the add-on: the main thread, and each worker that asks for it.
///
/// # Safety
///
/// Called by Node, on the environment's thread, within a handle scope.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: sys::napi_env, exports: sys::napi_value) -> sys::napi_value {
    // SAFETY: the caller's promise.
    let (env, object) = unsafe { (Env::from_raw(env), Js::from_raw(exports)) };
    if let Err(fail) = define(env, object) {
        fail.throw(env);
    }
    exports
}

fn define<'e>(env: Env<'e>, exports: Js<'e>) -> Result<(), Fail> {
    js::define(env, exports, ENTRIES)?;
    env.set_named(exports, c"version", env.string(edge_runtime::VERSION)?)
}

/// `(hooks)`: what native code calls in JavaScript. Before anything else.
fn start<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let hooks = arguments::Args { env, args }.at(0)?;
    let hooks = Hooks {
        make_error: hook(env, hooks, c"makeError")?,
        make_plain_error: hook(env, hooks, c"makePlainError")?,
        describe: hook(env, hooks, c"describe")?,
        classify: hook(env, hooks, c"classify")?,
        call_host: hook(env, hooks, c"callHost")?,
        call_host_async: hook(env, hooks, c"callHostAsync")?,
        map_entries: hook(env, hooks, c"mapEntries")?,
        make_map: hook(env, hooks, c"makeMap")?,
        err_class: hook(env, hooks, c"Err")?,
        make_func: hook(env, hooks, c"makeFunc")?,
        func_handle: hook(env, hooks, c"funcHandle")?,
        make_exception: hook(env, hooks, c"makeException")?,
        exception_handle: hook(env, hooks, c"exceptionHandle")?,
        make_caller: hook(env, hooks, c"makeCaller")?,
    };
    Port::open(env, hooks)?;
    env.undefined()
}

/// `[phases, kinds]`, each an array of name and comment by turns: the engine's own table.
fn kinds<'e>(env: Env<'e>, _: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let phases: Vec<&str> = Phase::ALL.iter().flat_map(|phase| [phase.name(), phase.doc()]).collect();
    let kinds: Vec<&str> = Kind::ALL.iter().flat_map(|kind| [kind.name(), kind.doc()]).collect();
    let texts = [phases, kinds];
    env.array_of(texts.iter().map(|texts| env.array_of(texts.iter().map(|text| env.string(text)))))
}
