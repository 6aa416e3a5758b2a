//! The settings of an engine.

use super::{Cache, CostTable, Error, Kind, Limits, Phase, Proposal, Proposals, Result};

/// How hard the compiler tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OptLevel {
    /// Compile fast: no optimisation, registers allocated in one pass. The code runs about half as fast.
    None,
    /// Fast code.
    #[default]
    Speed,
    /// Fast code that is also small.
    SpeedAndSize,
}

/// When functions are compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compile {
    /// All of them when the module is loaded.
    #[default]
    Eager,
    /// Each when it is first called. Loading reads and validates the whole module all the same. The interpreter's bytecode, and code on
    /// processors other than x86-64, is made when the module is loaded.
    Lazy,
}

/// The machine that code is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// This one, with everything that its processor can do.
    #[default]
    Host,
    /// Any of this kind that has what all operators need: on x86-64 the level x86-64-v2.
    Generic,
    /// Another one by its target triple, such as `aarch64-unknown-linux-gnu`; as little of it as with `Generic`. Modules of such
    /// an engine can be written to a file, but not be instantiated here if it is another kind of machine.
    Triple(String),
}

/// Settings of an engine: what modules may use, how their code is made, what is counted.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) opt_level: OptLevel,
    pub(crate) target: Target,
    pub(crate) compile: Compile,
    pub(crate) threads: usize,
    pub(crate) proposals: Proposals,
    pub(crate) signals: bool,
    pub(crate) interpreter: bool,
    pub(crate) interruptible: bool,
    pub(crate) deterministic: bool,
    pub(crate) fuel: bool,
    pub(crate) cost_table: CostTable,
    pub(crate) count_instructions: bool,
    pub(crate) measure_time: bool,
    pub(crate) cache: Option<Cache>,
    pub(crate) limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            opt_level: OptLevel::default(),
            target: Target::default(),
            compile: Compile::default(),
            threads: 0,
            proposals: Proposals::default(),
            signals: true,
            interpreter: false,
            interruptible: true,
            deterministic: false,
            fuel: false,
            cost_table: CostTable::default(),
            count_instructions: false,
            measure_time: false,
            cache: None,
            limits: Limits::default(),
        }
    }
}

/// A setting: the function that makes it, the function that tells it.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident / $getter:ident: $ty:ty;)+) => {
        $(
            $(#[doc = $doc])+
            #[must_use]
            pub fn $name(mut self, $name: $ty) -> Self {
                self.$name = $name;
                self
            }

            #[doc = concat!("What [`Config::", stringify!($name), "`] was set to.")]
            #[must_use]
            pub fn $getter(&self) -> $ty {
                self.$name.clone()
            }
        )+
    };
}

impl Config {
    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    settings! {
        /// How hard the compiler tries. Default [`OptLevel::Speed`].
        opt_level / get_opt_level: OptLevel;
        /// The machine that code is made for. Default [`Target::Host`].
        target / get_target: Target;
        /// When functions are compiled. Default [`Compile::Eager`].
        compile / get_compile: Compile;
        /// Threads that compile. Default 0: as many as the machine has.
        threads / get_threads: usize;
        /// Whether traps may rely on signals of the operating system. Default true. Without, every check is code of its own, no
        /// handler is ever installed, and memory accesses are slower.
        signals / get_signals: bool;
        /// Whether modules are interpreted: nothing is ever made executable. Default false. Includes what [`Config::signals`]
        /// `(false)` means.
        interpreter / get_interpreter: bool;
        /// Whether running guests can be stopped from outside. Default true; only for code that is trusted to end.
        interruptible / get_interruptible: bool;
        /// Whether results are the same on every machine: NaNs are canonical, relaxed vector operations take the results of
        /// the specification's deterministic profile. Default false.
        deterministic / get_deterministic: bool;
        /// Whether guests are metered by fuel. Default false.
        fuel / get_fuel: bool;
        /// What operators cost, where guests are metered by fuel. Default: 1 for each that is executed.
        cost_table / get_cost_table: CostTable;
        /// Whether executed instructions are counted. Default false.
        count_instructions / get_count_instructions: bool;
        /// Whether the time that calls take is measured. Default false.
        measure_time / get_measure_time: bool;
        /// Where compiled modules are kept for the next time. Default `None`: nowhere.
        cache / get_cache: Option<Cache>;
        /// Limits of stores that are made without limits of their own; those on modules hold for all modules of the engine.
        limits / get_limits: Limits;
    }

    /// Switches a proposal on or off.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`] when one is switched on that the engine cannot run.
    pub fn proposal(mut self, proposal: Proposal, on: bool) -> Result<Self> {
        if on && !proposal.is_supported() {
            let text = format!("the proposal {proposal} is not supported");
            return Err(Error::new(Phase::Load, Kind::Unsupported, text));
        }
        self.proposals = self.proposals.with(proposal, on);
        Ok(self)
    }

    /// Exactly these proposals; unsupported ones stay off.
    #[must_use]
    pub fn proposals(mut self, proposals: Proposals) -> Self {
        let supported = |set: Proposals, p: &Proposal| set.with(*p, proposals.contains(*p) && p.is_supported());
        self.proposals = Proposal::ALL.iter().fold(Proposals::NONE, supported);
        self
    }

    /// The proposals that are on.
    #[must_use]
    pub fn get_proposals(&self) -> Proposals {
        self.proposals
    }

    /// Whether traps are explicit code.
    #[must_use]
    pub(crate) fn explicit_traps(&self) -> bool {
        !self.signals || self.interpreter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_run_cannot_be_switched_on() {
        let error = Config::new().proposal(Proposal::Gc, true).unwrap_err();
        assert_eq!((error.kind(), error.message()), (Kind::Unsupported, "the proposal gc is not supported"));
        let all = Proposal::ALL.iter().fold(Proposals::NONE, |set, p| set.with(*p, true));
        let on = Config::new().proposals(all).get_proposals();
        assert!(on.contains(Proposal::LegacyExceptions) && !on.contains(Proposal::Gc));
    }

    #[test]
    fn settings_are_told_as_they_were_made() {
        let config = Config::new().signals(false).threads(3).proposal(Proposal::Simd, false).unwrap();
        assert!(!config.get_signals() && config.get_threads() == 3 && config.explicit_traps());
        assert!(!config.get_proposals().contains(Proposal::Simd));
        assert!(Config::new().interpreter(true).explicit_traps());
    }
}
