//! Living with signal handlers of others, and with fork. Each case runs in a process of its own: this program again, with
//! the name of the case in the environment.
#![cfg(target_os = "linux")]

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::{env, mem, ptr};

use edge_runtime::{Config, Engine, Func, Instance, Kind, Limits, Module, Store};
use libc::{SIG_DFL, SIGSEGV, c_int, c_void, siginfo_t};
use support::instance;

const CASE: &str = "EDGE_SIGNAL_CASE";
/// How a child ends whose case came to its end; the harness ends with 0 when it finds no such case.
const FINISHED: c_int = 99;

/// In the child: runs `body`, and ends with `FINISHED` unless that ended the process in another way. In the parent: the output
/// of the child.
fn child(case: &str, body: fn()) -> Output {
    if env::var(CASE).is_ok_and(|wanted| wanted == case) {
        body();
        std::process::exit(FINISHED);
    }
    let program = env::current_exe().unwrap();
    Command::new(program).args(["--exact", case, "--nocapture"]).env(CASE, case).output().unwrap()
}

fn install(signal: c_int, handler: usize, flags: c_int) -> libc::sigaction {
    // SAFETY: all-zero actions are valid ones.
    unsafe {
        let (mut action, mut before): (libc::sigaction, libc::sigaction) = (mem::zeroed(), mem::zeroed());
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        assert_eq!(libc::sigaction(signal, &raw const action, &raw mut before), 0);
        before
    }
}

/// Lets a guest trap, and checks that it is an error.
fn guest_traps() {
    let load = instance(r#"(module (memory 1) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))"#);
    let load = load.func("f").unwrap().typed::<u32, u32>().unwrap();
    for _ in 0..3 {
        assert_eq!(load.call(70_000).unwrap_err().kind(), Kind::MemoryOutOfBounds);
        assert_eq!(load.call(0).unwrap(), 0);
    }
}

/// A fault of the host's own.
fn host_faults() {
    // SAFETY: none, that is the point: nothing is mapped there.
    unsafe { ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
}

fn say(text: &str) {
    // SAFETY: the text is as long as it says; `write` is safe in signal handlers.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

extern "C" fn leave_with_42(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: the kernel's argument.
    let address = unsafe { (*info).si_addr() } as usize;
    // SAFETY: ends the process.
    unsafe { libc::_exit(if address == 16 { 42 } else { 43 }) };
}

extern "C" fn plain_leave_with_44(_: c_int) {
    // SAFETY: ends the process.
    unsafe { libc::_exit(44) };
}

#[test]
fn without_a_handler_a_fault_of_the_host_kills() {
    let output = child("without_a_handler_a_fault_of_the_host_kills", || {
        install(SIGSEGV, SIG_DFL, 0);
        guest_traps();
        host_faults();
    });
    assert_eq!(output.status.signal(), Some(SIGSEGV), "{output:?}");
}

#[test]
fn a_handler_from_before_gets_faults_of_the_host() {
    let output = child("a_handler_from_before_gets_faults_of_the_host", || {
        install(SIGSEGV, leave_with_42 as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        guest_traps();
        host_faults();
    });
    assert_eq!(output.status.code(), Some(42), "{output:?}");
}

#[test]
fn a_plain_handler_from_before_gets_faults_of_the_host() {
    let output = child("a_plain_handler_from_before_gets_faults_of_the_host", || {
        install(SIGSEGV, plain_leave_with_44 as *const () as usize, 0);
        guest_traps();
        host_faults();
    });
    assert_eq!(output.status.code(), Some(44), "{output:?}");
}

#[test]
fn a_handler_from_after_gets_faults_of_the_host_and_no_traps() {
    let output = child("a_handler_from_after_gets_faults_of_the_host_and_no_traps", || {
        guest_traps();
        install(SIGSEGV, leave_with_42 as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        guest_traps();
        host_faults();
    });
    assert_eq!(output.status.code(), Some(42), "{output:?}");
}

#[test]
fn a_fault_in_a_host_function_is_the_hosts() {
    let output = child("a_fault_in_a_host_function_is_the_hosts", || {
        install(SIGSEGV, leave_with_42 as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        let store = support::store();
        let fault = Func::wrap(&store, host_faults).unwrap();
        let text = r#"(module (import "a" "f" (func $f)) (func (export "run") call $f))"#;
        let instance = support::with_imports(&store, text, &[fault.into()]).unwrap();
        drop(instance.func("run").unwrap().call(&[]));
    });
    assert_eq!(output.status.code(), Some(42), "{output:?}");
}

/// What a handler like Python's faulthandler does: says so, puts back who was before it, and raises again.
static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

extern "C" fn report_and_restore(signal: c_int) {
    say("[reported]");
    // SAFETY: the action was written before this handler was installed.
    unsafe {
        libc::sigaction(signal, BEFORE.load(SeqCst), ptr::null_mut());
        libc::raise(signal);
    }
}

fn install_reporter() {
    // Room first: a fault may come at any moment.
    // SAFETY: an all-zero action is a valid one.
    let before = Box::leak(Box::new(unsafe { mem::zeroed::<libc::sigaction>() }));
    BEFORE.store(before, SeqCst);
    *before = install(SIGSEGV, report_and_restore as *const () as usize, libc::SA_NODEFER | libc::SA_ONSTACK);
}

fn reported_once_and_killed(output: &Output) {
    assert_eq!(output.status.signal(), Some(SIGSEGV), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr).matches("[reported]").count(), 1, "{output:?}");
}

#[test]
fn a_reporter_from_before() {
    let output = child("a_reporter_from_before", || {
        install(SIGSEGV, SIG_DFL, 0);
        install_reporter();
        guest_traps();
        host_faults();
    });
    reported_once_and_killed(&output);
}

#[test]
fn a_reporter_from_after_that_gives_back_to_us() {
    let output = child("a_reporter_from_after_that_gives_back_to_us", || {
        install(SIGSEGV, SIG_DFL, 0);
        guest_traps();
        install_reporter();
        guest_traps();
        host_faults();
    });
    reported_once_and_killed(&output);
}

/// A page that the handler makes accessible, as collectors do.
static PAGE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static REPAIRS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn repair(_: c_int, _: *mut siginfo_t, _: *mut c_void) {
    REPAIRS.fetch_add(1, SeqCst);
    // SAFETY: our own page.
    unsafe { libc::mprotect(PAGE.load(SeqCst), 4096, libc::PROT_READ | libc::PROT_WRITE) };
}

#[test]
fn a_handler_from_after_that_repairs() {
    let output = child("a_handler_from_after_that_repairs", || {
        guest_traps();
        install(SIGSEGV, repair as *const () as usize, libc::SA_SIGINFO | libc::SA_ONSTACK);
        // SAFETY: a new page of our own.
        let page = unsafe {
            libc::mmap(ptr::null_mut(), 4096, libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
        };
        PAGE.store(page, SeqCst);
        for round in 1..=5 {
            guest_traps();
            // SAFETY: the handler makes the page writable.
            unsafe {
                page.cast::<u8>().write_volatile(1);
                libc::mprotect(page, 4096, libc::PROT_NONE);
            }
            assert_eq!(REPAIRS.load(SeqCst), round);
        }
    });
    assert_eq!(output.status.code(), Some(FINISHED), "{output:?}");
}

#[test]
fn a_signal_that_is_sent_is_not_a_trap() {
    let output = child("a_signal_that_is_sent_is_not_a_trap", || {
        install(SIGSEGV, libc::SIG_IGN, 0);
        guest_traps();
        // SAFETY: sends a signal to ourselves.
        unsafe { libc::raise(SIGSEGV) };
        guest_traps();
    });
    assert_eq!(output.status.code(), Some(FINISHED), "{output:?}");
}

/// A module with enough functions to be compiled by several threads.
fn large(engine: &Engine) -> Instance {
    let functions: String = (0..200)
        .map(|i| format!("(func (export \"f{i}\") (param i32) (result i32) (i32.add (local.get 0) (i32.const {i})))"))
        .collect();
    let module = Module::from_text(engine, &format!("(module {functions})")).unwrap();
    Instance::new(&Store::new(engine, Limits::default()), &module, &[]).unwrap()
}

#[test]
fn a_forked_child_goes_on() {
    let output = child("a_forked_child_goes_on", || {
        let engine = Engine::new(&Config::new().threads(2)).unwrap();
        let before = large(&engine);
        // SAFETY: the child uses nothing of threads that it does not have.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let call = |instance: &Instance| instance.func("f7").unwrap().call(&[1.into()]).unwrap()[0].i32();
            assert_eq!(call(&before), Some(8));
            assert_eq!(call(&large(&engine)), Some(8));
            guest_traps();
            // SAFETY: ends the child.
            unsafe { libc::_exit(42) };
        }
        let mut status = 0;
        // SAFETY: waits for our child.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 42, "{status:#x}");
        guest_traps();
        drop(large(&engine));
    });
    assert_eq!(output.status.code(), Some(FINISHED), "{output:?}");
}
