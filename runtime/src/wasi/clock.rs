//! The guest's clocks: the system's, or one that only sleeping advances.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

use super::context::Context;
use super::errno::{Errno, Result};
use super::memory::{GuestMemory, Out};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Where times come from.
pub(super) enum Clocks {
    /// The system. Monotonic time counts from the making of the context: how long the host has been up is not the
    /// guest's business.
    System {
        /// The system's monotonic time at that moment.
        origin: u64,
    },
    /// A clock that stands still unless the guest sleeps.
    Fixed {
        /// Where real time starts, in nanoseconds since 1970.
        start: u64,
        /// Nanoseconds slept.
        slept: AtomicU64,
    },
}

impl Clocks {
    /// The system's clocks, or a fixed one.
    pub(super) fn new(fixed: Option<Duration>) -> Self {
        match fixed {
            Some(start) => {
                Self::Fixed { start: u64::try_from(start.as_nanos()).unwrap_or(u64::MAX), slept: AtomicU64::new(0) }
            }
            None => Self::System { origin: nanos(clock_gettime(ClockId::Monotonic)) },
        }
    }

    /// Nanoseconds on the clock with this number.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a number that the specification does not have.
    pub(super) fn now(&self, id: u32) -> Result<u64> {
        let clock = clock_id(id)?;
        Ok(match self {
            Self::System { origin } => {
                let now = nanos(clock_gettime(clock));
                if matches!(clock, ClockId::Monotonic) { now.saturating_sub(*origin) } else { now }
            }
            Self::Fixed { start, slept } => {
                let slept = slept.load(Ordering::Relaxed);
                if matches!(clock, ClockId::Realtime) { start.saturating_add(slept) } else { slept }
            }
        })
    }

    /// Nanoseconds between two ticks of the clock with this number.
    fn resolution(&self, id: u32) -> Result<u64> {
        let clock = clock_id(id)?;
        Ok(match self {
            Self::System { .. } => nanos(clock_getres(clock)).max(1),
            Self::Fixed { .. } => 1,
        })
    }

    /// Lets a fixed clock advance by what would be slept.
    ///
    /// Returns whether it did; on the system's clocks the caller sleeps.
    pub(super) fn skip(&self, nanos: u64) -> bool {
        let Self::Fixed { slept, .. } = self else { return false };
        let advance = |slept: u64| Some(slept.saturating_add(nanos));
        slept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance).expect("the update always has a value");
        true
    }
}

fn clock_id(id: u32) -> Result<ClockId> {
    match id {
        0 => Ok(ClockId::Realtime),
        1 => Ok(ClockId::Monotonic),
        2 => Ok(ClockId::ProcessCPUTime),
        3 => Ok(ClockId::ThreadCPUTime),
        _ => Err(Errno::Inval),
    }
}

/// Times before 1970 and after 2554 do not fit a guest's timestamp: they become the nearest that does.
fn nanos(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let fraction = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(fraction)
}

pub(super) fn clock_res_get(wasi: &Context, memory: GuestMemory<'_>, id: u32, result: Out<u64>) -> Result<()> {
    result.set(&memory, wasi.clocks.resolution(id)?)
}

pub(super) fn clock_time_get(
    wasi: &Context,
    memory: GuestMemory<'_>,
    id: u32,
    _precision: u64,
    result: Out<u64>,
) -> Result<()> {
    result.set(&memory, wasi.clocks.now(id)?)
}
