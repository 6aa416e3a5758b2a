//! Waiting of a guest's thread for the thread of JavaScript, which the end of the call ends too.

use std::cell::OnceCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};

use edge_runtime::{Error, interrupt};
use rustix::event::{EventfdFlags, eventfd};

thread_local! {
    /// The bell of this thread: made once, since a system call more for each host function would be felt.
    static BELL: OnceCell<Arc<OwnedFd>> = const { OnceCell::new() };
}

/// Sends one answer and rings; drops unsent, it rings too.
pub(crate) struct Sender<T> {
    channel: Option<SyncSender<T>>,
    bell: Arc<OwnedFd>,
}

/// Waits for the answer, on the thread that made it.
pub(crate) struct Answered<T> {
    channel: Receiver<T>,
    bell: Arc<OwnedFd>,
}

/// A way for one answer to this thread.
///
/// # Errors
///
/// When the system has no descriptor left.
pub(crate) fn channel<T>() -> Result<(Sender<T>, Answered<T>), Error> {
    let bell = BELL.with(|bell| match bell.get() {
        Some(bell) => Ok::<_, Error>(bell.clone()),
        None => {
            let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
            let made =
                eventfd(0, flags).map_err(|error| Error::io("cannot wait for JavaScript", io::Error::from(error)))?;
            Ok(bell.get_or_init(|| Arc::new(made)).clone())
        }
    })?;
    let (send, receive) = mpsc::sync_channel(1);
    Ok((Sender { channel: Some(send), bell: bell.clone() }, Answered { channel: receive, bell }))
}

impl<T> Sender<T> {
    /// Sends the answer; nobody listens any more when the guest has been stopped.
    pub(crate) fn send(self, answer: T) {
        if let Some(channel) = &self.channel {
            let _ = channel.send(answer);
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // First, so that who is woken sees that nothing comes any more.
        self.channel = None;
        // Full means that it rings already.
        let _ = rustix::io::write(&*self.bell, &1_u64.to_ne_bytes());
    }
}

impl<T> Answered<T> {
    /// The answer; `None` when it was dropped.
    ///
    /// # Errors
    ///
    /// The reason to end the guest, when one comes first.
    pub(crate) fn wait(&self) -> Result<Option<T>, Error> {
        loop {
            match self.channel.try_recv() {
                Ok(answer) => return Ok(Some(answer)),
                Err(TryRecvError::Disconnected) => return Ok(None),
                Err(TryRecvError::Empty) => interrupt::wait_readable(self.bell.as_fd())?,
            }
            // A ring may be of an answer that came too late for an earlier wait.
            let _ = rustix::io::read(&*self.bell, &mut [0; 8]);
        }
    }
}
