//! The host's own signal handlers and its forks go on as if we were not there, and our traps go on with them.
//!
//! Handlers belong to the whole process, so each test runs in a process of its own: this program again, with the name of the
//! one test to run and a mark in its environment.
#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};

use edge_runtime::{Engine, Kind, Module, Vm};
use libc::{c_int, c_void, siginfo_t};

/// In the environment of a process that one test was started for.
const MARK: &str = "EDGE_TEST_IN_ITS_OWN_PROCESS";

/// Runs `body` in a process of its own, which must end with `signal`, or well when there is none.
fn alone(test: &str, signal: Option<c_int>, body: fn()) {
    if std::env::var_os(MARK).is_some() {
        // A hang is a failure too: the alarm ends the process.
        // SAFETY: takes and gives a number.
        unsafe { libc::alarm(60) };
        return body();
    }
    let program = std::env::current_exe().unwrap();
    let done = Command::new(program).args(["--exact", test, "--nocapture"]).env(MARK, "1").output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.signal(), signal, "{}: {text}", done.status);
    assert!(signal.is_some() || done.status.success(), "{}: {text}", done.status);
    assert!(text.contains("running 1 test"), "no such test: {text}");
}

/// Traps in every way that is a signal, and calls that end well.
fn guest_traps_and_goes_on(vm: &Vm) {
    assert_eq!(vm.run::<i32>("load", (-1,)).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    assert_eq!(vm.run::<i32>("divide", (1, 0)).unwrap_err().kind(), Kind::IntegerDivideByZero);
    assert_eq!(vm.run::<()>("unreachable", ()).unwrap_err().kind(), Kind::Unreachable);
    assert_eq!(vm.run::<i32>("deep", (-1,)).unwrap_err().kind(), Kind::StackOverflow);
    assert_eq!(vm.run::<i32>("divide", (84, 2)).unwrap(), 42);
}

fn load() -> Vm {
    let text = r#"(module (memory 1)
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
        (func (export "unreachable") unreachable)
        (func $deep (export "deep") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
                (else (i32.const 0)))))"#;
    Vm::load(Module::from_text(&Engine::default(), text).unwrap()).unwrap()
}

/// A page of the host that faults until the host's own handler opens it, as garbage collectors and Go do.
static PAGE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
/// How many faults the host's handler has dealt with.
static SERVED: AtomicUsize = AtomicUsize::new(0);
/// Who handled the signal before the host's handler was installed.
static mut BEFORE: Option<libc::sigaction> = None;

const PAGE_SIZE: usize = 4096;

fn close_page() {
    let page = PAGE.load(SeqCst);
    // SAFETY: a page of ours, or none yet.
    unsafe {
        if page.is_null() {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            PAGE.store(libc::mmap(ptr::null_mut(), PAGE_SIZE, libc::PROT_NONE, flags, -1, 0), SeqCst);
        } else {
            assert_eq!(libc::mprotect(page, PAGE_SIZE, libc::PROT_NONE), 0);
        }
    }
}

/// Faults on the page; the host's handler opens it.
fn fault_of_the_host() {
    close_page();
    let before = SERVED.load(SeqCst);
    // SAFETY: the page is readable when the instruction is run again.
    assert_eq!(unsafe { PAGE.load(SeqCst).cast::<u8>().read_volatile() }, 0);
    assert_eq!(SERVED.load(SeqCst), before + 1, "the host's handler served its own fault, once");
}

/// Opens the page; gives any other fault to whoever was there before.
unsafe extern "C" fn polite(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the arguments are the kernel's; `BEFORE` is written before this handler is in force.
    unsafe {
        let page = PAGE.load(SeqCst);
        if !page.is_null() && (*info).si_addr() == page {
            SERVED.fetch_add(1, SeqCst);
            libc::mprotect(page, PAGE_SIZE, libc::PROT_READ);
            return;
        }
        match (*ptr::addr_of!(BEFORE)).as_ref() {
            Some(before) if before.sa_sigaction > libc::SIG_IGN => {
                let handler: unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                    std::mem::transmute(before.sa_sigaction);
                handler(signal, info, context);
            }
            _ => {
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
}

/// Opens the page; dies of any other fault, as handlers do that only report.
unsafe extern "C" fn selfish(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: the arguments are the kernel's.
    unsafe {
        let page = PAGE.load(SeqCst);
        if page.is_null() || (*info).si_addr() != page {
            libc::_exit(99);
        }
        SERVED.fetch_add(1, SeqCst);
        libc::mprotect(page, PAGE_SIZE, libc::PROT_READ);
    }
}

fn install(handler: unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void)) {
    // SAFETY: an all-zero action is valid; the handler is one.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        assert_eq!(libc::sigaction(libc::SIGSEGV, ptr::null(), &raw mut before), 0);
        BEFORE = Some(before);
        assert_eq!(libc::sigaction(libc::SIGSEGV, &raw const action, ptr::null_mut()), 0);
    }
}

#[test]
fn a_handler_from_before_us_gets_its_own_faults_and_none_of_ours() {
    alone("a_handler_from_before_us_gets_its_own_faults_and_none_of_ours", None, || {
        // One that would end the process at a fault of the guest.
        install(selfish);
        fault_of_the_host();
        let vm = load();
        for _ in 0..100 {
            guest_traps_and_goes_on(&vm);
            fault_of_the_host();
        }
        assert_eq!(SERVED.load(SeqCst), 101);
    });
}

#[test]
fn a_handler_from_after_us_that_forwards() {
    alone("a_handler_from_after_us_that_forwards", None, || {
        let vm = load();
        guest_traps_and_goes_on(&vm);
        install(polite);
        for _ in 0..100 {
            guest_traps_and_goes_on(&vm);
            fault_of_the_host();
        }
        // Now we stand before it again, and it would forward to us.
        let next = load();
        for _ in 0..100 {
            guest_traps_and_goes_on(&vm);
            guest_traps_and_goes_on(&next);
            fault_of_the_host();
        }
    });
}

#[test]
fn a_handler_from_after_us_that_forwards_nothing_is_overtaken_at_the_next_instance() {
    alone("a_handler_from_after_us_that_forwards_nothing_is_overtaken_at_the_next_instance", None, || {
        let vm = load();
        install(selfish);
        fault_of_the_host();
        vm.reset().unwrap();
        for _ in 0..100 {
            guest_traps_and_goes_on(&vm);
            fault_of_the_host();
        }
    });
}

/// An access of the host to an address where nothing is.
fn fault_of_nobody() {
    // SAFETY: none: this is the bug that must end the process.
    unsafe { ptr::without_provenance_mut::<u8>(8).write_volatile(1) };
    // Seen as a wrong way to end.
    std::process::exit(98);
}

#[test]
fn a_fault_of_nobody_kills_with_its_signal() {
    alone("a_fault_of_nobody_kills_with_its_signal", Some(libc::SIGSEGV), || {
        guest_traps_and_goes_on(&load());
        // Rust's own handler says what it sees and sets the default; this is the host without one.
        // SAFETY: sets the default action.
        unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
        guest_traps_and_goes_on(&load());
        fault_of_nobody();
    });
}

#[test]
fn a_fault_of_nobody_does_not_go_round_in_circles() {
    alone("a_fault_of_nobody_does_not_go_round_in_circles", Some(libc::SIGSEGV), || {
        guest_traps_and_goes_on(&load());
        install(polite);
        // Both handlers know the other as the one before.
        guest_traps_and_goes_on(&load());
        fault_of_nobody();
    });
}

/// Runs `body` in a forked child and waits for it to end well.
fn in_a_fork(body: impl FnOnce()) {
    // SAFETY: the child runs `body` and leaves without running anything of the parent's.
    unsafe {
        match libc::fork() {
            -1 => panic!("fork: {}", std::io::Error::last_os_error()),
            0 => {
                libc::alarm(60);
                let well = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_ok();
                libc::_exit(if well { 0 } else { 1 });
            }
            child => {
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "the child ended with {status:#x}");
            }
        }
    }
}

/// A module that is large enough to be compiled by several threads.
fn large(salt: usize) -> String {
    let function = |i: usize| {
        let body = "(local.set 0 (i64.mul (i64.add (local.get 0) (i64.const 3)) (i64.const 5)))".repeat(20);
        format!("(func (export \"f{i}\") (param i64) (result i64) {body} (i64.add (local.get 0) (i64.const {salt})))")
    };
    format!("(module {})", (0..200).map(function).collect::<String>())
}

fn compile_large(salt: usize) -> Vm {
    Vm::load(Module::from_text(&Engine::default(), &large(salt)).unwrap()).unwrap()
}

#[test]
fn a_forked_child_runs_traps_and_compiles() {
    alone("a_forked_child_runs_traps_and_compiles", None, || {
        let vm = load();
        guest_traps_and_goes_on(&vm);
        let expected = compile_large(7).run::<i64>("f199", (1,)).unwrap();
        in_a_fork(|| {
            guest_traps_and_goes_on(&vm);
            vm.reset().unwrap();
            guest_traps_and_goes_on(&vm);
            // The compiler's threads did not come along.
            assert_eq!(compile_large(7).run::<i64>("f199", (1,)).unwrap(), expected);
            assert_eq!(compile_large(8).run::<i64>("f0", (1,)).unwrap(), expected + 1);
            guest_traps_and_goes_on(&load());
            in_a_fork(|| assert_eq!(compile_large(9).run::<i64>("f1", (1,)).unwrap(), expected + 2));
        });
        guest_traps_and_goes_on(&vm);
        assert_eq!(compile_large(10).run::<i64>("f2", (1,)).unwrap(), expected + 3);
    });
}

#[test]
fn what_a_forked_child_does_to_a_guest_its_parent_does_not_see() {
    alone("what_a_forked_child_does_to_a_guest_its_parent_does_not_see", None, || {
        let text = r#"(module (memory (export "memory") 1 4)
            (func (export "next") (result i32)
                (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1))) (i32.load (i32.const 8)))
            (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
        let vm = Vm::load(Module::from_text(&Engine::default(), text).unwrap()).unwrap();
        assert_eq!(vm.run::<i32>("next", ()).unwrap(), 1);
        in_a_fork(|| {
            assert_eq!(vm.run::<i32>("next", ()).unwrap(), 2);
            assert_eq!(vm.run::<i32>("grow", ()).unwrap(), 1);
            vm.memory("memory").unwrap().write(2 * 65536 - 1, &[1]).unwrap();
        });
        assert_eq!(vm.run::<i32>("next", ()).unwrap(), 2);
        assert_eq!(vm.memory("memory").unwrap().size(), 1);
    });
}
