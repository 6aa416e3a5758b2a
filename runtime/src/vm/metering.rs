//! Fuel and statistics of a store. Compiled code counts in the store's context; here is what it is told and asked.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::store::{Inside, Store};
use crate::types::{Error, Kind, Phase, Result, price_of_bytes};

/// What a store counts beside what compiled code counts. Only under the store's lock.
#[derive(Default)]
pub(super) struct Meter {
    /// Fuel that was there when `used_before` was noted; what is missing since then was used.
    budget: Cell<u64>,
    used_before: Cell<u64>,
    calls: Cell<u64>,
    time: Cell<Duration>,
}

impl Meter {
    pub(super) fn new(fuel: u64) -> Self {
        Self { budget: Cell::new(fuel), ..Self::default() }
    }
}

/// The error of a guest that cannot pay.
#[cold]
pub(super) fn out_of_fuel(left: u64) -> Error {
    let text = format!("the fuel is used up: {left} is left, less than what comes next costs");
    Error::new(Phase::Execute, Kind::OutOfFuel, text)
}

/// What an engine counts only when it is told to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    /// Fuel.
    Fuel,
    /// Executed instructions.
    Instructions,
    /// Time in calls.
    Time,
}

impl Measure {
    /// The error of asking for it in vain.
    #[cold]
    pub(crate) fn not_enabled(self) -> Error {
        let (what, setting) = match self {
            Self::Fuel => ("fuel is not metered", "fuel"),
            Self::Instructions => ("instructions are not counted", "count_instructions"),
            Self::Time => ("time is not measured", "measure_time"),
        };
        let text = format!("{what}: it has to be switched on when the engine is made, by its setting {setting}");
        Error::new(Phase::Execute, Kind::NotEnabled, text)
    }
}

impl Store {
    /// Refuses to speak of fuel where none is metered.
    pub(crate) fn needs_fuel(&self) -> Result<()> {
        match self.engine().config().fuel {
            true => Ok(()),
            false => Err(Measure::Fuel.not_enabled()),
        }
    }

    fn fuel(&self, _: &Inside<'_>) -> u64 {
        // SAFETY: under the lock, guest code that writes it stands still.
        unsafe { (*self.context()).fuel }
    }

    fn put_fuel(&self, _: &Inside<'_>, fuel: u64) {
        // SAFETY: as above.
        unsafe { (*self.context()).fuel = fuel };
    }

    /// Fuel that is left.
    pub(crate) fn fuel_left(&self, inside: &Inside<'_>) -> Result<u64> {
        self.needs_fuel().map(|()| self.fuel(inside))
    }

    /// Fuel that was used.
    pub(crate) fn fuel_used(&self, inside: &Inside<'_>) -> Result<u64> {
        self.needs_fuel()?;
        let spent = self.meter().budget.get() - self.fuel(inside);
        Ok(self.meter().used_before.get().saturating_add(spent))
    }

    /// Replaces what is left.
    pub(crate) fn set_fuel(&self, inside: &Inside<'_>, fuel: u64) -> Result<()> {
        self.meter().used_before.set(self.fuel_used(inside)?);
        self.meter().budget.set(fuel);
        self.put_fuel(inside, fuel);
        Ok(())
    }

    /// Adds to what is left, at most as much as fits in 64 bits.
    pub(crate) fn add_fuel(&self, inside: &Inside<'_>, fuel: u64) -> Result<()> {
        self.set_fuel(inside, self.fuel_left(inside)?.saturating_add(fuel))
    }

    /// Takes from what is left; leaves it as it is when it is too little.
    pub(crate) fn consume_fuel(&self, inside: &Inside<'_>, fuel: u64) -> Result<()> {
        let left = self.fuel_left(inside)?;
        let rest = left.checked_sub(fuel).ok_or_else(|| out_of_fuel(left))?;
        self.put_fuel(inside, rest);
        Ok(())
    }

    /// Leaves at most so much fuel until what is given back is dropped; then what was kept back is there again.
    pub(crate) fn lend_fuel<'a>(&'a self, inside: &'a Inside<'a>, most: u64) -> Result<Lent<'a>> {
        let kept = self.fuel_left(inside)?.saturating_sub(most);
        self.set_fuel(inside, self.fuel(inside) - kept)?;
        Ok(Lent { store: self, inside, kept })
    }

    /// Charges for `count` things of `size` bytes that are about to be moved.
    pub(super) fn charge_moved(&self, inside: &Inside<'_>, count: u64, size: u32, price: u64) -> Result<()> {
        self.consume_fuel(inside, price_of_bytes(count.saturating_mul(size.into()), price))
    }

    /// Instructions that were executed.
    pub(crate) fn instructions(&self, _: &Inside<'_>) -> Result<u64> {
        match self.engine().config().count_instructions {
            // SAFETY: as in `fuel`.
            true => Ok(unsafe { (*self.context()).instructions }),
            false => Err(Measure::Instructions.not_enabled()),
        }
    }

    /// Time that the outermost calls took which have ended.
    pub(crate) fn time(&self, _: &Inside<'_>) -> Result<Duration> {
        match self.engine().config().measure_time {
            true => Ok(self.meter().time.get()),
            false => Err(Measure::Time.not_enabled()),
        }
    }

    /// Calls from the host that began, those from inside of host functions left out.
    pub(crate) fn calls(&self, _: &Inside<'_>) -> u64 {
        self.meter().calls.get()
    }

    /// Begins all counts anew; fuel that is left stays.
    pub(crate) fn reset_statistics(&self, inside: &Inside<'_>) {
        let meter = self.meter();
        meter.budget.set(self.fuel(inside));
        meter.used_before.set(0);
        meter.calls.set(0);
        meter.time.set(Duration::ZERO);
        // SAFETY: as in `fuel`.
        unsafe { (*self.context()).instructions = 0 };
        self.quota().reset_peak();
    }

    /// Notes the beginning of an outermost call; what is given back notes its end.
    #[inline]
    pub(super) fn begin_call(&self) -> Option<Stopwatch<'_>> {
        let meter = self.meter();
        meter.calls.set(meter.calls.get() + 1);
        self.measures_time().then(|| Stopwatch { meter, since: Instant::now() })
    }
}

/// Measures until it is dropped.
pub(super) struct Stopwatch<'a> {
    meter: &'a Meter,
    since: Instant,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        self.meter.time.set(self.meter.time.get() + self.since.elapsed());
    }
}

/// A part of a store's fuel that is in use; the rest was kept back.
pub(crate) struct Lent<'a> {
    store: &'a Store,
    inside: &'a Inside<'a>,
    kept: u64,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let left = self.store.fuel(self.inside).saturating_add(self.kept);
        self.store.set_fuel(self.inside, left).expect("fuel is metered, or none had been lent");
    }
}
