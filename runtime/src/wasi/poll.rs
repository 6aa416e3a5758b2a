//! `poll_oneoff`: waiting for clocks and descriptors.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::context::Context;
use super::errno::{Errno, Result};
use super::memory::{GuestMemory, Out, Slice};
use super::table::{Descriptor, Node};
use super::types::{
    Event, EventFlags, EventType, FileType, Rights, SubClockFlags, SubscribedEvent, Subscription, flags,
};
use super::wait;

/// Subscriptions that one call may have; more than descriptors and timers can be of use together.
const MAX_SUBSCRIPTIONS: u32 = 4096;

/// Waits until at least one of the subscriptions has something to report.
pub(super) fn poll_oneoff(
    wasi: &Context,
    memory: GuestMemory<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    reported: Out<u32>,
) -> Result<()> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval);
    }
    let subscriptions = Slice::<Subscription>::new(&memory, subscriptions, count)?;
    let events = Slice::<Event>::new(&memory, events, count)?;
    let waits = subscriptions.iter(&memory).map(|item| Wait::new(wasi, &item?)).collect::<Result<Vec<_>>>()?;

    let happened = wait_for_any(wasi, &waits)?;
    for (index, event) in happened.iter().enumerate() {
        events.set(&memory, index as u32, event)?;
    }
    reported.set(&memory, happened.len() as u32)
}

/// Whether a read or write would be served at once.
pub(super) fn is_ready(descriptor: &Descriptor) -> Result<bool> {
    let Some((fd, flags)) = host_fd(descriptor) else { return Ok(true) };
    let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
    Ok(poll(&mut fds, Some(&timespec(0)))? > 0)
}

/// Waits until the descriptor can be read or written, unless it always can.
pub(super) fn until_ready(descriptor: &Descriptor, wanted: PollFlags) -> Result<()> {
    match host_fd(descriptor) {
        Some((fd, _)) => wait::until_ready(fd, wanted),
        None => Ok(()),
    }
}

/// A subscription, looked up.
struct Wait {
    userdata: u64,
    event_type: EventType,
    target: Target,
}

enum Target {
    /// Until this time on this clock.
    Clock { id: u32, deadline: u64 },
    /// Until this descriptor is ready.
    Descriptor(Arc<Descriptor>),
    /// Nothing to wait for: this is reported at once.
    Failed(Errno),
}

impl Wait {
    /// # Errors
    ///
    /// `EINVAL` for a kind of event that the specification does not have. What is wrong with one subscription alone is
    /// reported as its event.
    fn new(wasi: &Context, subscription: &Subscription) -> Result<Self> {
        let (event_type, target) = match subscription.event.ok_or(Errno::Inval)? {
            SubscribedEvent::Clock { id, timeout, flags } => (EventType::Clock, clock(wasi, id, timeout, flags)),
            SubscribedEvent::Read { fd } => (EventType::Read, descriptor(wasi, fd, Rights::FD_READ)),
            SubscribedEvent::Write { fd } => (EventType::Write, descriptor(wasi, fd, Rights::FD_WRITE)),
        };
        let target = target.unwrap_or_else(Target::Failed);
        Ok(Self { userdata: subscription.userdata, event_type, target })
    }

    fn event(&self, error: Errno, bytes: u64, flags: EventFlags) -> Event {
        Event { userdata: self.userdata, error, event_type: self.event_type, bytes, flags }
    }
}

fn clock(wasi: &Context, id: u32, timeout: u64, bits: u16) -> Result<Target> {
    let flags: SubClockFlags = flags(bits.into())?;
    // Only these two advance while the guest waits.
    if id > 1 {
        return Err(if id > 3 { Errno::Inval } else { Errno::Notsup });
    }
    let now = wasi.clocks.now(id)?;
    let deadline = if flags.contains(SubClockFlags::ABSTIME) { timeout } else { now.saturating_add(timeout) };
    Ok(Target::Clock { id, deadline })
}

fn descriptor(wasi: &Context, fd: u32, right: Rights) -> Result<Target> {
    let descriptor = wasi.table.get(fd)?;
    match descriptor.node {
        Node::Directory(_) => Err(Errno::Badf),
        Node::Input(_) | Node::Output(_) | Node::File(_) => {
            wasi.table.with(fd, right | Rights::POLL_FD_READWRITE).map(Target::Descriptor)
        }
    }
}

/// The host's descriptor that decides whether this one is ready; files and memory always are.
fn host_fd(descriptor: &Descriptor) -> Option<(BorrowedFd<'_>, PollFlags)> {
    match &descriptor.node {
        Node::Input(stream) => Some((stream.host_fd()?, PollFlags::IN)),
        Node::Output(stream) => Some((stream.host_fd()?, PollFlags::OUT)),
        Node::File(file) if file.file_type != FileType::RegularFile => {
            Some((file.file.as_fd(), PollFlags::IN | PollFlags::OUT))
        }
        Node::File(_) | Node::Directory(_) => None,
    }
}

/// Waits, and reports everything that has happened by then.
fn wait_for_any(wasi: &Context, waits: &[Wait]) -> Result<Vec<Event>> {
    loop {
        let mut events =
            waits.iter().filter_map(|wait| without_waiting(wasi, wait).transpose()).collect::<Result<Vec<_>>>()?;
        let timeout = if events.is_empty() { next_deadline(wasi, waits)? } else { Some(0) };
        if let Some(nanos) = timeout.filter(|nanos| *nanos > 0)
            && wasi.clocks.skip(nanos)
        {
            poll_descriptors(waits, Some(0), &mut events)?;
        } else {
            poll_descriptors(waits, timeout, &mut events)?;
        }
        if !events.is_empty() {
            return Ok(events);
        }
    }
}

/// The event of a subscription that needs no waiting.
fn without_waiting(wasi: &Context, wait: &Wait) -> Result<Option<Event>> {
    Ok(match &wait.target {
        Target::Failed(error) => Some(wait.event(*error, 0, EventFlags::empty())),
        Target::Clock { id, deadline } => {
            (wasi.clocks.now(*id)? >= *deadline).then(|| wait.event(Errno::Success, 0, EventFlags::empty()))
        }
        Target::Descriptor(descriptor) if host_fd(descriptor).is_none() => {
            Some(wait.event(Errno::Success, available(wait, descriptor), EventFlags::empty()))
        }
        Target::Descriptor(_) => None,
    })
}

/// Nanoseconds until the first of the clocks; `None` without clocks.
fn next_deadline(wasi: &Context, waits: &[Wait]) -> Result<Option<u64>> {
    let mut next = None;
    for wait in waits {
        if let Target::Clock { id, deadline } = wait.target {
            let left = deadline.saturating_sub(wasi.clocks.now(id)?);
            next = Some(next.map_or(left, |next: u64| next.min(left)));
        }
    }
    Ok(next)
}

/// Waits for the descriptors, or just for the time if there are none, and adds what has happened to `events`.
fn poll_descriptors(waits: &[Wait], timeout: Option<u64>, events: &mut Vec<Event>) -> Result<()> {
    let mut fds = Vec::new();
    let mut owners = Vec::new();
    for wait in waits {
        if let Target::Descriptor(descriptor) = &wait.target
            && let Some((fd, flags)) = host_fd(descriptor)
        {
            let wanted = if wait.event_type == EventType::Read { PollFlags::IN } else { PollFlags::OUT };
            fds.push(PollFd::from_borrowed_fd(fd, flags & wanted));
            owners.push((wait, descriptor));
        }
    }
    if fds.is_empty() && timeout == Some(0) {
        return Ok(());
    }
    wait::wait(&mut fds, timeout)?;
    for (fd, (wait, descriptor)) in fds.iter().zip(owners) {
        let ready = fd.revents();
        if ready.is_empty() {
            continue;
        }
        let hangup = if ready.contains(PollFlags::HUP) { EventFlags::HANGUP } else { EventFlags::empty() };
        let error = if ready.contains(PollFlags::NVAL) {
            Errno::Badf
        } else if ready.contains(PollFlags::ERR) && !ready.contains(PollFlags::HUP) {
            Errno::Io
        } else {
            Errno::Success
        };
        events.push(wait.event(error, available(wait, descriptor), hangup));
    }
    Ok(())
}

/// Bytes that can be transferred at once, as far as that is known.
fn available(wait: &Wait, descriptor: &Descriptor) -> u64 {
    match (&descriptor.node, wait.event_type) {
        (Node::Input(stream), EventType::Read) => stream.available(),
        _ => 1,
    }
}

fn timespec(nanos: u64) -> Timespec {
    Timespec { tv_sec: (nanos / 1_000_000_000).cast_signed(), tv_nsec: (nanos % 1_000_000_000).cast_signed() }
}
