//! [`Statistics`], and the fuel of a store.

use std::time::Duration;

use super::Store;
use crate::types::Result;
use crate::vm::Measure;

/// What a store's guests have used since it was made or since [`Store::reset_statistics`]: a copy of the counts at one time.
///
/// Counts go on over all calls and all instances of the store, whether calls end well or not. What the engine was not told to
/// count is an error, never a zero.
#[derive(Clone, Debug)]
pub struct Statistics {
    instructions: Option<u64>,
    fuel_used: Option<u64>,
    fuel_left: Option<u64>,
    time: Option<Duration>,
    calls: u64,
    memory_peak: u64,
}

impl Statistics {
    /// Instructions that were executed: operators that are not only marks, see `docs/metering.md`.
    ///
    /// # Errors
    ///
    /// [`Kind::NotEnabled`](crate::Kind::NotEnabled) without [`Config::count_instructions`](crate::Config::count_instructions).
    pub fn instructions(&self) -> Result<u64> {
        self.instructions.ok_or_else(|| Measure::Instructions.not_enabled())
    }

    /// Fuel that guests and host functions have used.
    ///
    /// # Errors
    ///
    /// [`Kind::NotEnabled`](crate::Kind::NotEnabled) without [`Config::fuel`](crate::Config::fuel).
    pub fn fuel_used(&self) -> Result<u64> {
        self.fuel_used.ok_or_else(|| Measure::Fuel.not_enabled())
    }

    /// Fuel that is left. Without a limit it counts down from `u64::MAX`.
    ///
    /// # Errors
    ///
    /// As [`Statistics::fuel_used`].
    pub fn fuel_left(&self) -> Result<u64> {
        self.fuel_left.ok_or_else(|| Measure::Fuel.not_enabled())
    }

    /// Time that calls from the host took, of those that have ended; host functions that they called included.
    ///
    /// # Errors
    ///
    /// [`Kind::NotEnabled`](crate::Kind::NotEnabled) without [`Config::measure_time`](crate::Config::measure_time).
    pub fn time(&self) -> Result<Duration> {
        self.time.ok_or_else(|| Measure::Time.not_enabled())
    }

    /// Calls from the host, of guests and of host functions; not those that host functions make while they are called.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The most bytes that all linear memories held together.
    #[must_use]
    pub fn memory_peak(&self) -> u64 {
        self.memory_peak
    }

    /// Instructions for each second that calls took; 0 before any call has ended.
    ///
    /// # Errors
    ///
    /// As [`Statistics::instructions`] and [`Statistics::time`].
    pub fn instructions_per_second(&self) -> Result<f64> {
        let (instructions, seconds) = (self.instructions()?, self.time()?.as_secs_f64());
        Ok(if seconds > 0.0 { instructions as f64 / seconds } else { 0.0 })
    }
}

impl Store {
    /// What its guests have used so far. Waits until no other thread is in the store; a host function gets the counts of the
    /// call that it is called by as they are now, except for the time.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let inside = self.enter();
        Statistics {
            instructions: self.0.instructions(&inside).ok(),
            fuel_used: self.0.fuel_used(&inside).ok(),
            fuel_left: self.0.fuel_left(&inside).ok(),
            time: self.0.time(&inside).ok(),
            calls: self.0.calls(&inside),
            memory_peak: self.0.quota().peak(),
        }
    }

    /// Begins all counts anew. Fuel that is left stays; the peak of memory begins at what is in use.
    pub fn reset_statistics(&self) {
        self.0.reset_statistics(&self.enter());
    }

    /// Fuel that is left. Without a limit it counts down from `u64::MAX`.
    ///
    /// # Errors
    ///
    /// [`Kind::NotEnabled`](crate::Kind::NotEnabled) without [`Config::fuel`](crate::Config::fuel).
    pub fn fuel_left(&self) -> Result<u64> {
        self.0.fuel_left(&self.turn()?)
    }

    /// Replaces what is left; what was used stays known. A host function may do it for the guest that calls it.
    ///
    /// # Errors
    ///
    /// As [`Store::fuel_left`].
    pub fn set_fuel(&self, fuel: u64) -> Result<()> {
        self.0.set_fuel(&self.turn()?, fuel)
    }

    /// Adds to what is left, up to `u64::MAX`.
    ///
    /// # Errors
    ///
    /// As [`Store::fuel_left`].
    pub fn add_fuel(&self, fuel: u64) -> Result<()> {
        self.0.add_fuel(&self.turn()?, fuel)
    }

    /// Uses fuel on behalf of a guest: what a host function does may cost something.
    ///
    /// # Errors
    ///
    /// [`Kind::OutOfFuel`](crate::Kind::OutOfFuel) when less is left, which stays as it is; and as [`Store::fuel_left`].
    pub fn consume_fuel(&self, fuel: u64) -> Result<()> {
        self.0.consume_fuel(&self.turn()?, fuel)
    }
}
