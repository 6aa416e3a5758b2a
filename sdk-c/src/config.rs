//! The settings of an engine.

use std::ffi::c_char;

use edge_runtime::{Compile, Config, OptLevel, Proposal, Result};

use crate::buffer::edge_view_t;
use crate::error::edge_error_t;
use crate::ffi::{clone, free, getter, guard, handle, misuse, object, object_mut, out, text};
use crate::limits::edge_limits_t;

/// The settings of an engine. A new object holds the defaults.
#[derive(Clone)]
pub struct edge_config_t(pub(crate) Config);

/// How hard the compiler tries: one of `EDGE_OPT_*`.
pub type edge_opt_t = u32;

/// Compile fast, run slower.
pub const EDGE_OPT_NONE: edge_opt_t = 0;
/// Make fast code. The default.
pub const EDGE_OPT_SPEED: edge_opt_t = 1;
/// Make fast and small code.
pub const EDGE_OPT_SPEED_AND_SIZE: edge_opt_t = 2;

/// When functions are compiled: one of `EDGE_COMPILE_*`.
pub type edge_compile_t = u32;

/// All of them when the module is loaded. The default.
pub const EDGE_COMPILE_EAGER: edge_compile_t = 0;
/// Each when it is first called. Loading reads and validates the whole module all the same.
pub const EDGE_COMPILE_LAZY: edge_compile_t = 1;

/// New settings with the defaults. Owned by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn edge_config_new() -> *mut edge_config_t {
    handle(edge_config_t(Config::new()))
}

/// A copy. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_clone(config: *const edge_config_t) -> *mut edge_config_t {
    // SAFETY: by the contract above.
    unsafe { clone(config) }
}

/// Frees settings; engines made with them keep theirs. NULL is fine.
///
/// # Safety
///
/// `config` is NULL or live, and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_free(config: *mut edge_config_t) {
    // SAFETY: by the contract above.
    unsafe { free(config) }
}

/// Sets how hard the compiler tries: one of `EDGE_OPT_*`.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_opt_level(config: *mut edge_config_t, level: edge_opt_t) -> *mut edge_error_t {
    guard(|| {
        let level = match level {
            EDGE_OPT_NONE => OptLevel::None,
            EDGE_OPT_SPEED => OptLevel::Speed,
            EDGE_OPT_SPEED_AND_SIZE => OptLevel::SpeedAndSize,
            other => return Err(misuse(format!("{other} is not a level of optimisation (EDGE_OPT_*)"))),
        };
        // SAFETY: by the contract above.
        unsafe { change(config, |config| Ok(config.opt_level(level))) }
    })
}

/// Sets how many threads compile; 0 leaves it to the engine.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_threads(config: *mut edge_config_t, threads: usize) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.threads(threads))) })
}

/// How hard the compiler tries, an `EDGE_OPT_*`; the default for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_opt_level(config: *const edge_config_t) -> edge_opt_t {
    getter(EDGE_OPT_SPEED, || {
        // SAFETY: by the contract above.
        Some(match unsafe { config.as_ref() }?.0.get_opt_level() {
            OptLevel::None => EDGE_OPT_NONE,
            OptLevel::Speed => EDGE_OPT_SPEED,
            OptLevel::SpeedAndSize => EDGE_OPT_SPEED_AND_SIZE,
        })
    })
}

/// How many threads compile; 0 when that is left to the engine, and for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_threads(config: *const edge_config_t) -> usize {
    // SAFETY: by the contract above.
    getter(0, || Some(unsafe { config.as_ref() }?.0.get_threads()))
}

/// Sets when functions are compiled: one of `EDGE_COMPILE_*`.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_compile(
    config: *mut edge_config_t,
    when: edge_compile_t,
) -> *mut edge_error_t {
    guard(|| {
        let when = match when {
            EDGE_COMPILE_EAGER => Compile::Eager,
            EDGE_COMPILE_LAZY => Compile::Lazy,
            other => return Err(misuse(format!("{other} is no time to compile (EDGE_COMPILE_*)"))),
        };
        // SAFETY: by the contract above.
        unsafe { change(config, |config| Ok(config.compile(when))) }
    })
}

/// When functions are compiled, an `EDGE_COMPILE_*`; the default for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_compile(config: *const edge_config_t) -> edge_compile_t {
    getter(EDGE_COMPILE_EAGER, || {
        // SAFETY: by the contract above.
        Some(match unsafe { config.as_ref() }?.0.get_compile() {
            Compile::Eager => EDGE_COMPILE_EAGER,
            Compile::Lazy => EDGE_COMPILE_LAZY,
        })
    })
}

/// Whether traps may rely on signals of the operating system. Default true. Without, every check is code of its own, no handler is
/// ever installed, and memory accesses are slower.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_signals(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.signals(on))) })
}

/// What `edge_config_set_signals` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_signals(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_signals()))
}

/// Whether modules are interpreted: nothing is ever made executable. Default false. Includes what `edge_config_set_signals`
/// (false) means.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_interpreter(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.interpreter(on))) })
}

/// What `edge_config_set_interpreter` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_interpreter(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_interpreter()))
}

/// Whether running guests can be stopped from outside. Default true; false only for code that is trusted to end.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_interruptible(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.interruptible(on))) })
}

/// What `edge_config_set_interruptible` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_interruptible(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_interruptible()))
}

/// Whether results are the same on every machine: NaNs are canonical, relaxed vector operations take the results of the
/// specification's deterministic profile. Default false.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_deterministic(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.deterministic(on))) })
}

/// What `edge_config_set_deterministic` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_deterministic(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_deterministic()))
}

/// Whether guests are metered by fuel. Default false.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_fuel(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.fuel(on))) })
}

/// What `edge_config_set_fuel` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_fuel(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_fuel()))
}

/// Whether executed instructions are counted, for `edge_statistics_instructions`. Default false.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_count_instructions(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.count_instructions(on))) })
}

/// What `edge_config_set_count_instructions` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_count_instructions(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_count_instructions()))
}

/// Whether the time that calls take is measured, for `edge_statistics_time`. Default false.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_measure_time(config: *mut edge_config_t, on: bool) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe { change(config, |config| Ok(config.measure_time(on))) })
}

/// What `edge_config_set_measure_time` was set to; false for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_measure_time(config: *const edge_config_t) -> bool {
    // SAFETY: by the contract above.
    getter(false, || Some(unsafe { config.as_ref() }?.0.get_measure_time()))
}

/// Switches a proposal on or off by its name, for instance `simd` or `tail-call` (`edge_proposal_name` lists them; other spellings
/// in use are understood). `name`: borrowed. `EDGE_KIND_UNSUPPORTED` when one is switched on that the engine cannot run.
///
/// # Safety
///
/// `config` is NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_proposal(
    config: *mut edge_config_t,
    name: *const c_char,
    len: usize,
    on: bool,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let name = text(name, len, "name")?;
        object(config, "config")?;
        let proposal = Proposal::from_name(name)?;
        change(config, |config| config.proposal(proposal, on))
    })
}

/// Whether a proposal is on. `name`: borrowed. False for a name that is none, and for NULL.
///
/// # Safety
///
/// `config` is NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_proposal(config: *const edge_config_t, name: *const c_char, len: usize) -> bool {
    // SAFETY: by the contract above.
    getter(false, || unsafe {
        let proposal = Proposal::from_name(text(name, len, "name").ok()?).ok()?;
        Some(config.as_ref()?.0.get_proposals().contains(proposal))
    })
}

/// The name of proposal `index`, from 0: a view that lives for ever, empty when there are no more.
#[unsafe(no_mangle)]
pub extern "C" fn edge_proposal_name(index: usize) -> edge_view_t {
    Proposal::ALL.get(index).map_or(edge_view_t::NONE, |proposal| edge_view_t::new(proposal.name()))
}

/// Sets what an operator costs in fuel, by its name in the text format, for instance `i32.add`; or `per_64_bytes`, the price of every
/// 64 bytes that a bulk operation moves, or `wasi_call`. By default what is executed costs 1. `name`: borrowed.
///
/// # Safety
///
/// `config` is NULL or live; `name` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_cost(
    config: *mut edge_config_t,
    name: *const c_char,
    len: usize,
    cost: u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let name = text(name, len, "name")?;
        change(config, |config| {
            let mut table = config.get_cost_table();
            table.set(name, cost)?;
            Ok(config.cost_table(table))
        })
    })
}

/// Tells what an operator costs in fuel. `name`: borrowed, as for `edge_config_set_cost`.
///
/// # Safety
///
/// `config` is NULL or live; `name` has `len` bytes; `out` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_cost(
    config: *const edge_config_t,
    name: *const c_char,
    len: usize,
    out: *mut u64,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let out = self::out(out, 0)?;
        *out = object(config, "config")?.0.get_cost_table().get(text(name, len, "name")?)?;
        Ok(())
    })
}

/// Sets the limits of stores and VMs that are made without limits of their own; those on modules hold for all modules of the engine.
/// `limits`: borrowed and copied.
///
/// # Safety
///
/// Both are NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_set_limits(
    config: *mut edge_config_t,
    limits: *const edge_limits_t,
) -> *mut edge_error_t {
    // SAFETY: by the contract above.
    guard(|| unsafe {
        let limits = object(limits, "limits")?.0.clone();
        change(config, |config| Ok(config.limits(limits)))
    })
}

/// The limits. Owned by the caller; NULL for NULL.
///
/// # Safety
///
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn edge_config_limits(config: *const edge_config_t) -> *mut edge_limits_t {
    // SAFETY: by the contract above.
    getter(std::ptr::null_mut(), || Some(handle(edge_limits_t(unsafe { config.as_ref() }?.0.get_limits()))))
}

/// Replaces the settings by what `change` makes of them; an error leaves them as they were.
///
/// # Safety
///
/// `config` is NULL or live.
pub(crate) unsafe fn change(config: *mut edge_config_t, change: impl FnOnce(Config) -> Result<Config>) -> Result<()> {
    // SAFETY: by the contract above.
    let config = unsafe { object_mut(config, "config") }?;
    config.0 = change(config.0.clone())?;
    Ok(())
}
