//! `edge.Engine`.

use edge_runtime::{Compile, Config, CostTable, OptLevel, Proposal, Target};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::cache::{Cache, cache_of};
use crate::errors::OrRaise;
use crate::limits::Limits;

/// The compiler and its settings. Modules of one engine can be linked to one another.
///
/// Without an engine, everything uses one that the whole process shares.
#[pyclass(frozen, module = "edge")]
pub(crate) struct Engine {
    pub(crate) inner: edge_runtime::Engine,
}

#[pymethods]
impl Engine {
    /// opt_level is "none", "speed" or "speed_and_size"; threads bounds how many compile at once (0: as many as the
    /// machine has). compile is "eager", or "lazy": then each function is compiled when it is first called. target is
    /// the machine that code is made for: "host", with everything that its processor can do; "generic" for any of its
    /// kind; or the target triple of another, whose modules can be written to files but not run here. cache keeps
    /// compiled modules for the next time: a Cache, a directory, or True for the user's own. proposals switches
    /// proposals by name, {"simd": False}. signals=False makes every check code of its own and installs no signal
    /// handler; interpreter=True makes no code at all. interruptible=False is for code that is trusted to end.
    /// deterministic=True gives the same NaNs and relaxed vectors everywhere. fuel, count_instructions and measure_time
    /// switch on what Store.statistics counts; cost_table prices operators by name, {"i32.add": 3}. limits holds for
    /// stores without limits of their own, and for every module.
    #[new]
    #[pyo3(signature = (*, opt_level = "speed", threads = None, compile = "eager", target = "host", cache = None,
                        proposals = None, signals = true, interpreter = false, interruptible = true,
                        deterministic = false, fuel = false, cost_table = None, count_instructions = false,
                        measure_time = false, limits = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords, one per setting")]
    fn new(
        py: Python<'_>,
        opt_level: &str,
        threads: Option<usize>,
        compile: &str,
        target: &str,
        cache: Option<&Bound<'_, PyAny>>,
        proposals: Option<&Bound<'_, PyDict>>,
        signals: bool,
        interpreter: bool,
        interruptible: bool,
        deterministic: bool,
        fuel: bool,
        cost_table: Option<&Bound<'_, PyDict>>,
        count_instructions: bool,
        measure_time: bool,
        limits: Option<&Bound<'_, Limits>>,
    ) -> PyResult<Self> {
        let mut config = Config::new()
            .opt_level(level(opt_level)?)
            .threads(threads.unwrap_or(0))
            .compile(when(compile)?)
            .target(machine(target))
            .cache(cache.map(cache_of).transpose()?.flatten())
            .signals(signals)
            .interpreter(interpreter)
            .interruptible(interruptible)
            .deterministic(deterministic)
            .fuel(fuel)
            .count_instructions(count_instructions)
            .measure_time(measure_time);
        for (name, on) in proposals.into_iter().flatten() {
            let proposal = Proposal::from_name(&name.extract::<String>()?).or_raise(py)?;
            config = config.proposal(proposal, on.extract()?).or_raise(py)?;
        }
        if let Some(costs) = cost_table {
            let mut table = CostTable::default();
            for (name, cost) in costs {
                table.set(&name.extract::<String>()?, cost.extract()?).or_raise(py)?;
            }
            config = config.cost_table(table);
        }
        if let Some(limits) = limits {
            config = config.limits(limits.get().inner.clone());
        }
        Ok(Self { inner: edge_runtime::Engine::new(&config).or_raise(py)? })
    }

    /// How hard the compiler tries.
    #[getter]
    fn opt_level(&self) -> &'static str {
        match self.inner.config().get_opt_level() {
            OptLevel::None => "none",
            OptLevel::Speed => "speed",
            OptLevel::SpeedAndSize => "speed_and_size",
        }
    }

    /// Threads that compile; 0 is as many as the machine has.
    #[getter]
    fn threads(&self) -> usize {
        self.inner.config().get_threads()
    }

    /// When functions are compiled.
    #[getter]
    fn compile(&self) -> &'static str {
        match self.inner.config().get_compile() {
            Compile::Eager => "eager",
            Compile::Lazy => "lazy",
        }
    }

    /// The machine that code is made for: "host", "generic" or a target triple.
    #[getter]
    fn target(&self) -> String {
        match self.inner.config().get_target() {
            Target::Host => "host".to_owned(),
            Target::Generic => "generic".to_owned(),
            Target::Triple(triple) => triple,
        }
    }

    /// Where compiled modules are kept for the next time, if anywhere.
    #[getter]
    fn cache(&self) -> Option<Cache> {
        self.inner.config().get_cache().map(|inner| Cache { inner })
    }

    /// Every proposal by name, and whether it is on.
    #[getter]
    fn proposals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (names, on) = (PyDict::new(py), self.inner.config().get_proposals());
        for proposal in Proposal::ALL {
            names.set_item(proposal.name(), on.contains(*proposal))?;
        }
        Ok(names)
    }

    /// Whether traps may rely on signals of the operating system.
    #[getter]
    fn signals(&self) -> bool {
        self.inner.config().get_signals()
    }

    /// Whether modules are interpreted.
    #[getter]
    fn interpreter(&self) -> bool {
        self.inner.config().get_interpreter()
    }

    /// Whether running guests can be stopped from outside.
    #[getter]
    fn interruptible(&self) -> bool {
        self.inner.config().get_interruptible()
    }

    /// Whether results are the same on every machine.
    #[getter]
    fn deterministic(&self) -> bool {
        self.inner.config().get_deterministic()
    }

    /// Whether guests are metered by fuel.
    #[getter]
    fn fuel(&self) -> bool {
        self.inner.config().get_fuel()
    }

    /// What every operator costs, by its name.
    #[getter]
    fn cost_table<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let costs = PyDict::new(py);
        for (name, cost) in self.inner.config().get_cost_table().entries() {
            costs.set_item(name, cost)?;
        }
        Ok(costs)
    }

    /// Whether executed instructions are counted.
    #[getter]
    fn count_instructions(&self) -> bool {
        self.inner.config().get_count_instructions()
    }

    /// Whether the time that calls take is measured.
    #[getter]
    fn measure_time(&self) -> bool {
        self.inner.config().get_measure_time()
    }

    /// Limits of stores without limits of their own, and of every module.
    #[getter]
    fn limits(&self) -> Limits {
        Limits { inner: self.inner.config().get_limits() }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.inner.same(&other.get().inner))
    }

    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        slf.as_ptr() as isize
    }
}

fn level(name: &str) -> PyResult<OptLevel> {
    match name {
        "none" => Ok(OptLevel::None),
        "speed" => Ok(OptLevel::Speed),
        "speed_and_size" => Ok(OptLevel::SpeedAndSize),
        other => {
            let message = format!("opt_level must be 'none', 'speed' or 'speed_and_size', not {other:?}");
            Err(PyValueError::new_err(message))
        }
    }
}

fn when(name: &str) -> PyResult<Compile> {
    match name {
        "eager" => Ok(Compile::Eager),
        "lazy" => Ok(Compile::Lazy),
        other => Err(PyValueError::new_err(format!("compile must be 'eager' or 'lazy', not {other:?}"))),
    }
}

/// The target of this name; the engine says whether there is a machine of the kind.
fn machine(name: &str) -> Target {
    match name {
        "host" => Target::Host,
        "generic" => Target::Generic,
        triple => Target::Triple(triple.to_owned()),
    }
}

/// The engine that was asked for, or the one of the process.
pub(crate) fn engine_or_default(engine: Option<&Bound<'_, Engine>>) -> edge_runtime::Engine {
    engine.map_or_else(edge_runtime::Engine::default, |engine| engine.get().inner.clone())
}
