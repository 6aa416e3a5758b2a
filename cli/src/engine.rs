//! The settings of the engine on the command line, shared by all commands that load a module.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use edge_runtime::{
    Cache, Compile, Config, CostTable, Engine, Error, Kind, Limits, OptLevel, Phase, Proposal, Result, Statistics,
};

use crate::bytes::parse_bytes;

/// Which proposals are switched: `--enable-NAME` and `--disable-NAME` for each, by all of its names.
#[derive(Clone, Debug, Default)]
pub struct Switches(Vec<(Proposal, bool)>);

/// What modules may use and how they are run.
#[derive(Clone, Debug, Default, Args)]
pub struct EngineArgs {
    #[command(flatten)]
    switches: Switches,

    /// Switch on every proposal that is supported.
    #[arg(long)]
    enable_all: bool,

    /// Interpret: generate no code.
    #[arg(long, visible_alias = "interpreter")]
    force_interpreter: bool,

    /// When functions are compiled: all when the module is loaded, or each when it is first called.
    #[arg(long, value_name = "WHEN", value_parser = parse_compile)]
    compile: Option<Compile>,

    /// Compile anew, and do not keep what was compiled.
    #[arg(long)]
    no_cache: bool,

    /// Keep compiled modules here. Default: `edge` in the user's directory for caches.
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "no_cache")]
    cache_dir: Option<PathBuf>,

    /// Bytes that kept modules may take in all (suffixes K, M, G). Default: 1G.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, conflicts_with = "no_cache")]
    cache_size: Option<u64>,

    /// Check everything in code of its own and install no signal handlers.
    #[arg(long)]
    no_signals: bool,

    /// How hard the compiler tries: none, speed or speed_and_size; 0 to 3, s and z mean one of these.
    #[arg(short = 'O', long, value_name = "LEVEL", value_parser = parse_level)]
    optimize: Option<OptLevel>,

    /// Count executed instructions and print their number at the end.
    #[arg(long)]
    enable_instruction_count: bool,

    /// Meter fuel and print how much was used.
    #[arg(long, visible_alias = "enable-fuel")]
    enable_gas_measuring: bool,

    /// Measure the time that guest code takes and print it.
    #[arg(long)]
    enable_time_measuring: bool,

    /// All three of these.
    #[arg(long)]
    enable_all_statistics: bool,

    /// End the guest when it has used this much fuel.
    #[arg(long, value_name = "FUEL", visible_alias = "fuel")]
    gas_limit: Option<u64>,

    /// Let an operator cost this much fuel; repeatable. `edge costs` lists all.
    #[arg(long, value_name = "OPERATOR=FUEL", value_parser = parse_cost)]
    cost: Vec<(String, u64)>,

    /// End the guest after this many milliseconds.
    #[arg(long, value_name = "MS", visible_alias = "deadline")]
    time_limit: Option<u64>,

    /// Pages of 64 KiB that the guest's memories may have in all.
    #[arg(long, value_name = "PAGES")]
    memory_page_limit: Option<u64>,
}

fn parse_cost(text: &str) -> Result<(String, u64), String> {
    let (name, cost) = text.split_once('=').ok_or_else(|| format!("expected OPERATOR=FUEL, got `{text}`"))?;
    let cost = cost.parse().map_err(|_| format!("expected a number of fuel behind the `=`, got `{text}`"))?;
    Ok((name.to_owned(), cost))
}

fn parse_compile(text: &str) -> Result<Compile, String> {
    match text {
        "eager" => Ok(Compile::Eager),
        "lazy" => Ok(Compile::Lazy),
        _ => Err("expected eager or lazy".to_owned()),
    }
}

/// Levels by our names and by those of other compilers.
fn parse_level(text: &str) -> Result<OptLevel, String> {
    match text {
        "none" | "0" => Ok(OptLevel::None),
        "speed" | "1" | "2" | "3" => Ok(OptLevel::Speed),
        "speed_and_size" | "s" | "z" => Ok(OptLevel::SpeedAndSize),
        _ => Err("expected none, speed, speed_and_size, 0, 1, 2, 3, s or z".to_owned()),
    }
}

impl EngineArgs {
    /// The engine that these flags ask for, over `config`.
    ///
    /// # Errors
    ///
    /// When a proposal is switched on that is not supported, or an operator does not exist.
    pub fn engine(&self, config: Config) -> Result<Engine> {
        let mut config = config
            .fuel(self.counts_fuel())
            .count_instructions(self.enable_instruction_count || self.enable_all_statistics)
            .measure_time(self.enable_time_measuring || self.enable_all_statistics);
        if let Some(level) = self.optimize {
            config = config.opt_level(level);
        }
        if let Some(when) = self.compile {
            config = config.compile(when);
        }
        config = config.cache(self.cache());
        if self.no_signals {
            config = config.signals(false);
        }
        if self.force_interpreter {
            config = config.interpreter(true);
        }
        if self.enable_all {
            let mut all = Proposal::ALL.iter().copied().filter(|p| p.is_supported());
            config = all.try_fold(config, |config, p| config.proposal(p, true))?;
        }
        for (proposal, on) in &self.switches.0 {
            config = config.proposal(*proposal, *on)?;
        }
        let mut costs = CostTable::default();
        for (operator, cost) in &self.cost {
            costs.set(operator, *cost)?;
        }
        Engine::new(&config.cost_table(costs))
    }

    fn cache(&self) -> Option<Cache> {
        let cache =
            self.cache_dir.as_ref().map(Cache::in_directory).or_else(Cache::of_user).filter(|_| !self.no_cache)?;
        Some(self.cache_size.map_or(cache.clone(), |bytes| cache.max_size(bytes)))
    }

    fn counts_fuel(&self) -> bool {
        self.enable_gas_measuring || self.enable_all_statistics || self.gas_limit.is_some() || !self.cost.is_empty()
    }

    /// Puts what these flags limit into `limits`.
    ///
    /// # Errors
    ///
    /// When the number of pages is more than there are addresses.
    pub fn limit(&self, limits: &mut Limits) -> Result<()> {
        if let Some(pages) = self.memory_page_limit {
            limits.memory = pages.checked_mul(65_536).ok_or_else(|| {
                let text = format!("--memory-page-limit: {pages} pages are more than 64 bits of bytes");
                Error::new(Phase::Io, Kind::ArgumentType, text)
            })?;
        }
        limits.deadline = self.time_limit.map(Duration::from_millis).or(limits.deadline);
        limits.fuel = self.gas_limit.or(limits.fuel);
        Ok(())
    }

    /// The lines about what was counted; empty when nothing was asked for.
    #[must_use]
    pub fn report(&self, statistics: &Statistics) -> String {
        let mut lines = String::new();
        let mut line = |name: &str, value: Result<String>| {
            if let Ok(value) = value {
                lines += &format!("{name}: {value}\n");
            }
        };
        line("instructions", statistics.instructions().map(|n| n.to_string()));
        line("fuel used", statistics.fuel_used().map(|n| n.to_string()));
        line("time", statistics.time().map(|time| format!("{:.3} ms", time.as_secs_f64() * 1e3)));
        line("instructions per second", statistics.instructions_per_second().map(|n| format!("{n:.0}")));
        lines
    }
}

/// A name as it can stand in a flag.
fn flag(name: &str) -> Option<String> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    plain.then(|| name.to_owned())
}

impl Args for Switches {
    fn augment_args(mut command: Command) -> Command {
        for proposal in Proposal::ALL {
            for (verb, on) in [("enable", true), ("disable", false)] {
                let id = format!("{verb}-{proposal}");
                let aliases: Vec<String> = proposal
                    .aliases()
                    .iter()
                    .filter_map(|name| flag(name))
                    .map(|name| format!("{verb}-{name}"))
                    .collect();
                command = command.arg(
                    Arg::new(id.clone())
                        .long(id)
                        .aliases(aliases)
                        .action(ArgAction::SetTrue)
                        .help(format!("Switch the proposal {proposal} {}", if on { "on" } else { "off" }))
                        // What changes nothing by default need not fill the screen.
                        .hide(on == proposal.is_default())
                        .help_heading("Proposals"),
                );
            }
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Switches {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut switches = Self::default();
        switches.update_from_arg_matches(matches)?;
        Ok(switches)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        for proposal in Proposal::ALL {
            for (verb, on) in [("enable", true), ("disable", false)] {
                if matches.get_flag(&format!("{verb}-{proposal}")) {
                    self.0.push((*proposal, on));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Test {
        #[command(flatten)]
        engine: EngineArgs,
    }

    fn engine(args: &[&str]) -> Result<Engine> {
        Test::parse_from([&["edge"], args].concat()).engine.engine(Config::new())
    }

    #[test]
    fn proposals_are_switched_by_all_their_names() {
        let on = |args: &[&str], proposal| engine(args).unwrap().config().get_proposals().contains(proposal);
        assert!(on(&[], Proposal::Simd) && !on(&["--disable-simd"], Proposal::Simd));
        assert!(!on(&["--disable-import-export-mut-globals"], Proposal::MutableGlobals));
        assert!(!on(&["--disable-non-trap-float-to-int"], Proposal::SaturatingFloatToInt));
        assert!(!on(&["--disable-sign-extension-operators"], Proposal::SignExtension));
        assert!(on(&["--enable-tail-call", "--enable-multi-memory", "--enable-extended-const"], Proposal::TailCall));
        assert!(!on(&[], Proposal::LegacyExceptions) && on(&["--enable-all"], Proposal::LegacyExceptions));
        assert_eq!(engine(&["--enable-gc"]).unwrap_err().kind(), Kind::Unsupported);
    }

    #[test]
    fn statistics_and_limits_are_asked_for() {
        let config = engine(&["--enable-all-statistics"]).unwrap();
        assert!(config.config().get_fuel() && config.config().get_measure_time());
        assert!(engine(&["--gas-limit", "5"]).unwrap().config().get_fuel());
        assert_eq!(engine(&["--cost", "i32.add=7"]).unwrap().config().get_cost_table().get("i32.add").unwrap(), 7);
        assert_eq!(engine(&["--cost", "i32.fly=7"]).unwrap_err().kind(), Kind::ArgumentType);
        assert_eq!(engine(&["-O0"]).unwrap().config().get_opt_level(), OptLevel::None);
        assert_eq!(engine(&["--optimize", "z"]).unwrap().config().get_opt_level(), OptLevel::SpeedAndSize);
        assert_eq!(engine(&["-O", "3"]).unwrap().config().get_opt_level(), OptLevel::Speed);
        assert_eq!(engine(&["--compile", "lazy"]).unwrap().config().get_compile(), Compile::Lazy);
        assert_eq!(engine(&[]).unwrap().config().get_compile(), Compile::Eager);
        assert!(parse_compile("later").unwrap_err().contains("eager or lazy"));
        assert!(parse_level("4").unwrap_err().contains("speed_and_size"));
        assert!(parse_cost("i32.add").unwrap_err().contains("OPERATOR=FUEL"));
        assert!(parse_cost("i32.add=x").unwrap_err().contains("number of fuel"));

        let mut limits = Limits::default();
        let args = Test::parse_from(["edge", "--time-limit", "10", "--memory-page-limit", "2", "--gas-limit", "3"]);
        args.engine.limit(&mut limits).unwrap();
        assert_eq!((limits.memory, limits.fuel), (131_072, Some(3)));
        assert_eq!(limits.deadline, Some(Duration::from_millis(10)));
        let args = Test::parse_from(["edge", "--memory-page-limit", "18446744073709551615"]);
        assert!(args.engine.limit(&mut limits).unwrap_err().message().contains("--memory-page-limit"));
    }
}
