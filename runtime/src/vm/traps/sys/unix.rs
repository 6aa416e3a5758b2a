//! Signals and threads of Unix systems.

use std::mem::{self, MaybeUninit};
use std::ops::Range;
use std::ptr;

use libc::{SA_NODEFER, SA_ONSTACK, SA_SIGINFO, SIG_DFL, SIG_IGN, c_int, c_void, siginfo_t};

/// The signals of faults in compiled code: memory (bus errors on some systems), illegal instruction, division.
pub(in crate::vm::traps) const SIGNALS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// What a signal handler with `SA_SIGINFO` looks like.
pub(in crate::vm::traps) type Handler = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// What is done about a signal: handler, flags, mask.
#[derive(Clone, Copy)]
pub(in crate::vm::traps) struct Action(libc::sigaction);

impl Action {
    /// The one in force for `signal`.
    pub(in crate::vm::traps) fn current(signal: c_int) -> Self {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: only asks; an all-zero structure is a valid one.
        unsafe {
            libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
            Self(action.assume_init())
        }
    }

    /// Ours. `SA_ONSTACK`: hosts with small stacks (Go) demand it. `SA_NODEFER`: a fault inside of a handler that we forward
    /// to must arrive and not kill without a word.
    pub(in crate::vm::traps) fn ours(handler: Handler) -> Self {
        // SAFETY: an all-zero structure is valid: no flags, empty mask.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handler as usize;
        action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
        // SAFETY: initialises a mask of ours.
        unsafe { libc::sigemptyset(&raw mut action.sa_mask) };
        Self(action)
    }

    /// Puts it in force for `signal`; `false` when the system refuses.
    pub(in crate::vm::traps) fn install(&self, signal: c_int) -> bool {
        // SAFETY: a valid action, and what was there before is kept by the caller.
        unsafe { libc::sigaction(signal, &raw const self.0, ptr::null_mut()) == 0 }
    }

    /// Whether both call the same function.
    pub(in crate::vm::traps) fn same_handler(&self, other: &Self) -> bool {
        self.0.sa_sigaction == other.0.sa_sigaction
    }
}

/// What is known of a fault: the address that was accessed, if the kernel reports a fault and not somebody's `kill`.
///
/// # Safety
///
/// `info` is the second argument of a signal handler that is running.
pub(in crate::vm::traps) unsafe fn claim(info: *const siginfo_t) -> Option<usize> {
    // SAFETY: the caller's promise; the kernel fills the address for all signals of `SIGNALS`.
    unsafe { ((*info).si_code > 0).then(|| (*info).si_addr() as usize) }
}

/// Does what would have been done about the signal if we were not there.
///
/// # Safety
///
/// Called from a handler of `signal` with its arguments.
pub(in crate::vm::traps) unsafe fn forward(action: &Action, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Action(action) = action;
    // SAFETY: as the caller promises.
    let fault = unsafe { claim(info) }.is_some();
    match action.sa_sigaction {
        SIG_IGN if !fault => {}
        // The kernel does not let faults be ignored: it kills.
        SIG_DFL | SIG_IGN => die(signal, fault),
        handler => with_mask(action, signal, || {
            if action.sa_flags & SA_SIGINFO == 0 {
                // SAFETY: without the flag, that is what the address is of.
                let handler: extern "C" fn(c_int) = unsafe { mem::transmute(handler) };
                handler(signal);
            } else {
                // SAFETY: with the flag, that is what the address is of.
                let handler: Handler = unsafe { mem::transmute(handler) };
                // SAFETY: the arguments that the kernel gave.
                unsafe { handler(signal, info, context) };
            }
        }),
    }
}

/// Lets the process die of the signal, core dump and all: a fault happens again when the handler returns, a signal that was
/// sent is sent again.
fn die(signal: c_int, fault: bool) {
    // SAFETY: an all-zero action is the default one.
    unsafe {
        let default: libc::sigaction = mem::zeroed();
        libc::sigaction(signal, &raw const default, ptr::null_mut());
        if !fault {
            libc::raise(signal);
        }
    }
}

/// Runs `f` with the signals blocked that the kernel would block for this action.
fn with_mask(action: &libc::sigaction, signal: c_int, f: impl FnOnce()) {
    let mut mask = action.sa_mask;
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: changes only this thread's mask, by sets of ours.
    unsafe {
        if action.sa_flags & SA_NODEFER == 0 {
            libc::sigaddset(&raw mut mask, signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const mask, before.as_mut_ptr());
    }
    f();
    // SAFETY: the call above has written the former mask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
}

/// A number of this thread that is not 0; safe in signal handlers.
pub(in crate::vm::traps) fn thread_id() -> u64 {
    // SAFETY: takes nothing, always works.
    unsafe { libc::syscall(libc::SYS_gettid) as u64 }
}

/// The stack of this thread, if the system tells.
pub(in crate::vm::traps) fn thread_stack() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut base, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised by the first call, read by the second, and freed by the third.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let known = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut base, &raw mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        known.then(|| base as usize..base as usize + size)
    }
}
