//! `Engine`: the native half.

use edge_runtime::{Cache, Compile, Config, CostTable, Engine, Error, Kind, OptLevel, Phase, Proposal, Target};

use crate::arguments::{Args, string_of};
use crate::errors::Fail;
use crate::js::{Env, External, Js};
use crate::limits;

/// `(names and values of settings by turns)` => engine. `lib/engine.js` has checked their sorts.
pub(crate) fn new<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let args = Args { env, args };
    let mut config = Config::new();
    for (name, value) in pairs(env, args.at(0)?)? {
        let flag = || env.get_boolean(value);
        config = match &*string_of(env, name, "the setting")? {
            "optLevel" => config.opt_level(level(&string_of(env, value, "the level")?)),
            "compile" => config.compile(when(&string_of(env, value, "when functions are compiled")?)),
            "target" => config.target(target(string_of(env, value, "the target")?)),
            "cache" => config.cache(cache(env, value)?),
            "threads" => config.threads(env.get_number(value)? as usize),
            "proposals" => proposals(env, value, config)?,
            "signals" => config.signals(flag()?),
            "interpreter" => config.interpreter(flag()?),
            "interruptible" => config.interruptible(flag()?),
            "deterministic" => config.deterministic(flag()?),
            "fuel" => config.fuel(flag()?),
            "costTable" => config.cost_table(costs(env, value)?),
            "countInstructions" => config.count_instructions(flag()?),
            "measureTime" => config.measure_time(flag()?),
            "limits" => {
                let limits = limits::read(env, value, config.get_limits())?;
                config.limits(limits)
            }
            _ => return Err(Fail::internal("a setting that is none")),
        };
    }
    External::create(env, Engine::new(&config)?)
}

fn pairs<'e>(env: Env<'e>, flat: Js<'e>) -> Result<Vec<(Js<'e>, Js<'e>)>, Fail> {
    let len = env.array_len(flat)?;
    (0..len).step_by(2).map(|index| Ok((env.element(flat, index)?, env.element(flat, index + 1)?))).collect()
}

fn level(name: &str) -> OptLevel {
    match name {
        "none" => OptLevel::None,
        "speedAndSize" => OptLevel::SpeedAndSize,
        _ => OptLevel::Speed,
    }
}

fn when(name: &str) -> Compile {
    if name == "lazy" { Compile::Lazy } else { Compile::Eager }
}

fn target(name: String) -> Target {
    match &*name {
        "host" => Target::Host,
        "generic" => Target::Generic,
        _ => Target::Triple(name),
    }
}

/// Of `[directory, size]`, where null is the user's own directory, and the usual size; null alone is none.
fn cache<'e>(env: Env<'e>, given: Js<'e>) -> Result<Option<Cache>, Fail> {
    if env.is_nullish(given)? {
        return Ok(None);
    }
    let pair = [env.element(given, 0)?, env.element(given, 1)?];
    let pair = Args { env, args: &pair };
    let none = "there is no cache of the user: neither XDG_CACHE_HOME nor HOME is set";
    let cache = match pair.optional(0)? {
        Some(directory) => Cache::in_directory(string_of(env, directory, "the directory")?),
        None => Cache::of_user().ok_or_else(|| Error::new(Phase::Io, Kind::Io, none))?,
    };
    Ok(Some(match pair.optional(1)? {
        Some(size) => cache.max_size(limits::amount(env, size)?),
        None => cache,
    }))
}

fn proposals<'e>(env: Env<'e>, flat: Js<'e>, mut config: Config) -> Result<Config, Fail> {
    for (name, on) in pairs(env, flat)? {
        let proposal = Proposal::from_name(&string_of(env, name, "the name of a proposal")?)?;
        config = config.proposal(proposal, env.get_boolean(on)?)?;
    }
    Ok(config)
}

fn costs<'e>(env: Env<'e>, flat: Js<'e>) -> Result<CostTable, Fail> {
    let mut table = CostTable::default();
    for (name, cost) in pairs(env, flat)? {
        table.set(&string_of(env, name, "the name of an operator")?, limits::amount(env, cost)?)?;
    }
    Ok(table)
}

/// The engine that all who ask for no other share.
pub(crate) fn shared<'e>(env: Env<'e>, _: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    External::create(env, Engine::default())
}

/// `(engine)` => what it was made with: names and values by turns, as [`new`] takes them.
pub(crate) fn settings<'e>(env: Env<'e>, args: &[Js<'e>]) -> Result<Js<'e>, Fail> {
    let config = External::<Engine>::get(env, Args { env, args }.at(0)?)?.config();
    let on = config.get_proposals();
    let proposals: Vec<_> = Proposal::ALL
        .iter()
        .flat_map(|proposal| [env.string(proposal.name()), env.boolean(on.contains(*proposal))])
        .collect();
    let table = config.get_cost_table();
    let costs: Vec<_> = table.entries().flat_map(|(name, cost)| [env.string(name), env.number(cost as f64)]).collect();
    let level = match config.get_opt_level() {
        OptLevel::None => "none",
        OptLevel::Speed => "speed",
        OptLevel::SpeedAndSize => "speedAndSize",
    };
    let compile = match config.get_compile() {
        Compile::Eager => "eager",
        Compile::Lazy => "lazy",
    };
    let target = config.get_target();
    let target = match &target {
        Target::Host => "host",
        Target::Generic => "generic",
        Target::Triple(triple) => triple.as_str(),
    };
    let cache = match config.get_cache() {
        Some(cache) => {
            let directory = env.string(&cache.directory().to_string_lossy());
            env.array_of([directory, env.number(cache.get_max_size() as f64)].into_iter())
        }
        None => env.null(),
    };
    let settings = [
        ("optLevel", env.string(level)),
        ("compile", env.string(compile)),
        ("target", env.string(target)),
        ("cache", cache),
        ("threads", env.number(config.get_threads() as f64)),
        ("proposals", env.array_of(proposals.into_iter())),
        ("signals", env.boolean(config.get_signals())),
        ("interpreter", env.boolean(config.get_interpreter())),
        ("interruptible", env.boolean(config.get_interruptible())),
        ("deterministic", env.boolean(config.get_deterministic())),
        ("fuel", env.boolean(config.get_fuel())),
        ("costTable", env.array_of(costs.into_iter())),
        ("countInstructions", env.boolean(config.get_count_instructions())),
        ("measureTime", env.boolean(config.get_measure_time())),
        ("limits", limits::write(env, &config.get_limits())),
    ];
    let flat: Vec<_> = settings.into_iter().flat_map(|(name, value)| [env.string(name), value]).collect();
    env.array_of(flat.into_iter())
}
