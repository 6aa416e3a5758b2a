//! System calls on files that neither `std` nor `cap-std` offers. All of this folder's dependence on the system's own
//! interfaces beyond descriptors stands here and in `poll`.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use rustix::fs::{Advice, FallocateFlags, OFlags, Timespec, Timestamps};

use super::errno::{Errno, Result};
use super::memory::{GuestMemory, Slice};
use super::types::{FdFlags, IoVec};

/// Buffers that the system takes in one call; what the guest gives beyond is left for its next call.
const MAX_BUFFERS: u32 = 1024;

/// The guest's buffers as the system wants them: raw addresses, since the guest may let them overlap.
pub(super) struct Buffers(Vec<libc::iovec>);

impl Buffers {
    /// Checks and translates the guest's list.
    ///
    /// # Errors
    ///
    /// `EFAULT` if any of the buffers does not lie in memory.
    pub(super) fn new(memory: &GuestMemory<'_>, list: Slice<IoVec>) -> Result<Self> {
        let translate = |buffer: Result<IoVec>| {
            let IoVec { start, len } = buffer?;
            let base = memory.range(start, len as usize)?;
            Ok(libc::iovec { iov_base: base.cast(), iov_len: len as usize })
        };
        list.first(MAX_BUFFERS).iter(memory).map(translate).collect::<Result<_>>().map(Self)
    }

    fn count(&self) -> i32 {
        // At most MAX_BUFFERS.
        self.0.len() as i32
    }

    /// Reads from the current position, or from `offset`.
    pub(super) fn read(&self, file: &impl AsFd, offset: Option<u64>) -> Result<u32> {
        let fd = file.as_fd().as_raw_fd();
        let (list, count) = (self.0.as_ptr(), self.count());
        transferred(match offset {
            // SAFETY: every entry was checked to be memory of the guest, to which no reference exists.
            None => unsafe { libc::readv(fd, list, count) },
            // SAFETY: as above.
            Some(offset) => unsafe { libc::preadv(fd, list, count, position(offset)?) },
        })
    }

    /// Writes at the current position, or at `offset`.
    pub(super) fn write(&self, file: &impl AsFd, offset: Option<u64>) -> Result<u32> {
        let fd = file.as_fd().as_raw_fd();
        let (list, count) = (self.0.as_ptr(), self.count());
        let offset = offset.map(position).transpose()?;
        without_signals(|| {
            transferred(match offset {
                // SAFETY: every entry was checked to be memory of the guest.
                None => unsafe { libc::writev(fd, list, count) },
                // SAFETY: as above.
                Some(offset) => unsafe { libc::pwritev(fd, list, count, offset) },
            })
        })
    }
}

fn position(offset: u64) -> Result<libc::off_t> {
    libc::off_t::try_from(offset).map_err(|_| Errno::Inval)
}

fn transferred(result: isize) -> Result<u32> {
    match usize::try_from(result) {
        // The system transfers less than 2 GiB at once.
        Ok(bytes) => u32::try_from(bytes).map_err(|_| Errno::Overflow),
        Err(_) => Err(io::Error::last_os_error().into()),
    }
}

/// Does what may fail because a pipe has no reader or a file is as long as files may be. The system sends a signal besides, by
/// which a process ends that does not expect it. The error tells the guest; what a guest does must not end the host.
pub(super) fn without_signals<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    const SENT: &[libc::c_int] = &[libc::SIGPIPE, libc::SIGXFSZ];
    let sent = SignalSet::of(SENT);
    let mut before = SignalSet::of(&[]);
    // SAFETY: changes only this thread's mask.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const sent.0, &raw mut before.0) };
    // One that the host has blocked and that waits already is the host's.
    let waiting = SignalSet::waiting();
    let result = call();
    if matches!(result, Err(Errno::Pipe | Errno::Fbig)) && !waiting.holds(SENT) {
        let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: takes a signal that waits for this thread, if there is one.
        unsafe { libc::sigtimedwait(&raw const sent.0, std::ptr::null_mut(), &raw const at_once) };
    }
    // SAFETY: the mask that the thread had.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before.0, std::ptr::null_mut()) };
    result
}

/// A set of signals.
struct SignalSet(libc::sigset_t);

impl SignalSet {
    fn of(signals: &[libc::c_int]) -> Self {
        let mut set = std::mem::MaybeUninit::uninit();
        // SAFETY: the first call fills the set, the others change it.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in signals {
                libc::sigaddset(set.as_mut_ptr(), *signal);
            }
            Self(set.assume_init())
        }
    }

    /// Those that wait until this thread lets them through.
    fn waiting() -> Self {
        let mut set = Self::of(&[]);
        // SAFETY: writes the set.
        unsafe { libc::sigpending(&raw mut set.0) };
        set
    }

    /// Whether any of these is in the set.
    fn holds(&self, signals: &[libc::c_int]) -> bool {
        // SAFETY: the set is filled.
        signals.iter().any(|signal| unsafe { libc::sigismember(&raw const self.0, *signal) == 1 })
    }
}

/// Makes sure that a range of a file has space, and grows the file to hold it.
pub(super) fn allocate(file: &impl AsFd, offset: u64, len: u64) -> Result<()> {
    if len == 0 || offset.checked_add(len).is_none_or(|end| i64::try_from(end).is_err()) {
        return Err(Errno::Inval);
    }
    without_signals(|| Ok(rustix::fs::fallocate(file, FallocateFlags::empty(), offset, len)?))
}

/// Tells how a range of a file will be used; `advice` is the specification's number.
pub(super) fn advise(file: &impl AsFd, offset: u64, len: u64, advice: u32) -> Result<()> {
    let advice = match advice {
        0 => Advice::Normal,
        1 => Advice::Sequential,
        2 => Advice::Random,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        5 => Advice::NoReuse,
        _ => return Err(Errno::Inval),
    };
    if i64::try_from(offset).is_err() || i64::try_from(len).is_err() {
        return Err(Errno::Inval);
    }
    // No length means "to the end", as the system has it too.
    Ok(rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(len), advice)?)
}

/// Switches appending and not waiting on an open file.
pub(super) fn set_flags(file: &impl AsFd, flags: FdFlags) -> Result<()> {
    let mut host = rustix::fs::fcntl_getfl(file)?;
    host.set(OFlags::APPEND, flags.contains(FdFlags::APPEND));
    host.set(OFlags::NONBLOCK, flags.contains(FdFlags::NONBLOCK));
    Ok(rustix::fs::fcntl_setfl(file, host)?)
}

/// A time to set on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewTime {
    Keep,
    Now,
    At(u64),
}

/// Sets the times of an open file or directory.
pub(super) fn set_times(file: &impl AsFd, accessed: NewTime, modified: NewTime) -> Result<()> {
    let times = Timestamps { last_access: timespec(accessed), last_modification: timespec(modified) };
    Ok(rustix::fs::futimens(file, &times)?)
}

fn timespec(time: NewTime) -> Timespec {
    let special = |tv_nsec| Timespec { tv_sec: 0, tv_nsec };
    match time {
        NewTime::Keep => special(rustix::fs::UTIME_OMIT),
        NewTime::Now => special(rustix::fs::UTIME_NOW),
        NewTime::At(nanos) => {
            Timespec { tv_sec: (nanos / 1_000_000_000).cast_signed(), tv_nsec: (nanos % 1_000_000_000).cast_signed() }
        }
    }
}
