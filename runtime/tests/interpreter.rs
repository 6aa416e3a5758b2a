//! What is the interpreter's own: nothing executable, no handlers, its stack, calls in both directions, backtraces.

use std::process::Command;
use std::time::Instant;

use edge_runtime::{Config, Engine, Extern, Func, Instance, Kind, Limits, Module, Phase, Store};

fn engine() -> Engine {
    Engine::new(&Config::new().interpreter(true)).unwrap()
}

fn store(limits: Limits) -> Store {
    Store::new(&engine(), limits)
}

fn instance_in(store: &Store, text: &str, imports: &[Extern]) -> Instance {
    Instance::new(store, &Module::from_text(store.engine(), text).unwrap(), imports).unwrap()
}

fn instance(text: &str) -> Instance {
    instance_in(&store(Limits::default()), text, &[])
}

const FIB: &str = r#"(module (func $fib (export "fib") (param i32) (result i32)
  (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
    (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                   (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;

#[test]
fn functions_call_one_another() {
    let fib = instance(FIB).func("fib").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(fib.call(15).unwrap(), 610);
}

#[test]
fn a_stack_that_is_used_up_is_an_error_and_the_instance_goes_on() {
    let mut limits = Limits::default();
    limits.stack = 64 << 10;
    let text =
        r#"(module (func $deep (export "deep") (call $deep)) (func (export "answer") (result i32) (i32.const 42)))"#;
    let instance = instance_in(&store(limits), text, &[]);
    for _ in 0..3 {
        let error = instance.func("deep").unwrap().call(&[]).unwrap_err();
        assert_eq!(error.kind(), Kind::StackOverflow);
        assert!(error.backtrace().iter().all(|frame| frame.func_name.as_deref() == Some("deep")));
        assert!(error.backtrace().len() > 50, "{}", error.backtrace().len());
        let answer = instance.func("answer").unwrap().typed::<(), i32>().unwrap();
        assert_eq!(answer.call(()).unwrap(), 42);
    }
}

/// The function that overflows and the one that called it, which is in no linked frame yet, are both told.
#[test]
fn the_caller_of_the_function_that_overflows_is_in_the_backtrace() {
    let mut limits = Limits::default();
    limits.stack = 64 << 10;
    let text = r#"(module (func $even (export "even") (call $odd)) (func $odd (call $even)))"#;
    let error = instance_in(&store(limits), text, &[]).func("even").unwrap().call(&[]).unwrap_err();
    let names: Vec<_> = error.backtrace().iter().map(|frame| frame.func_name.clone().unwrap()).collect();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn a_guest_that_ends_inside_of_a_host_function_leaves_the_guest_around_it_alone() {
    let store = store(Limits::default());
    let inner = instance_in(&store, r#"(module (func $inner (export "trap") unreachable))"#, &[]);
    let trap = inner.func("trap").unwrap();
    let host = Func::wrap(&store, move || {
        let error = trap.call(&[]).unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable);
        let names: Vec<_> = error.backtrace().iter().map(|frame| frame.func_name.clone().unwrap()).collect();
        assert_eq!(names, ["inner", "outer"], "the guest around stands below");
    });
    // Values that live over the call are in registers which the guest inside uses too.
    let text = r#"(module (import "" "" (func $host))
      (func $outer (export "run") (param i64 i64 i64) (result i64) (local $a i64) (local $b i64)
        (local.set $a (i64.mul (local.get 0) (local.get 1)))
        (local.set $b (i64.xor (local.get 1) (local.get 2)))
        (call $host)
        (i64.add (i64.sub (local.get $a) (local.get $b)) (local.get 2))))"#;
    let outer = instance_in(&store, text, &[host.unwrap().into()]);
    let run = outer.func("run").unwrap().typed::<(i64, i64, i64), i64>().unwrap();
    assert_eq!(run.call((6, 7, 12)).unwrap(), 42 - (7 ^ 12) + 12);
}

#[test]
fn an_error_of_a_host_function_ends_the_guest() {
    let store = store(Limits::default());
    let host = Func::wrap(&store, || -> Result<i32, std::io::Error> { Err(std::io::Error::other("out of ink")) });
    let text =
        r#"(module (import "" "" (func $print (result i32))) (func $page (export "page") (drop (call $print))))"#;
    let instance = instance_in(&store, text, &[host.unwrap().into()]);
    let error = instance.func("page").unwrap().call(&[]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Host, Kind::HostError));
    assert!(error.to_string().contains("out of ink"), "{error}");
    assert_eq!(error.backtrace()[0].func_name.as_deref(), Some("page"));
}

#[test]
fn a_host_function_and_a_guest_that_call_one_another_end_at_a_limit() {
    let store = store(Limits::default());
    let text = r#"(module (import "" "" (func $host (param funcref))) (func $again (export "again") (call $host (ref.func $again))))"#;
    let host = Func::new(
        &store,
        edge_runtime::FuncType::new([edge_runtime::ValType::Ref(edge_runtime::RefType::FUNCREF)], []),
        |_, args, _| {
            let edge_runtime::Val::FuncRef(Some(func)) = &args[0] else { panic!("a function was passed") };
            func.call(&[]).map(drop).map_err(Into::into)
        },
    );
    let error = instance_in(&store, text, &[host.unwrap().into()]).func("again").unwrap().call(&[]).unwrap_err();
    assert!([Kind::StackOverflow, Kind::RecursionLimit].contains(&error.kind()), "{error:?}");
}

/// In a process of its own: other tests of this program run beside.
#[test]
fn nothing_is_executable_and_no_handler_is_installed() {
    let program = std::env::current_exe().unwrap();
    let child = Command::new(program)
        .args(["--exact", "child_that_looks_at_its_own_process", "--nocapture", "--ignored"])
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"), "the child ran its test");
}

#[test]
#[ignore = "the child of nothing_is_executable_and_no_handler_is_installed"]
fn child_that_looks_at_its_own_process() {
    fn handlers() -> Vec<usize> {
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE]
            .map(|signal| {
                // SAFETY: only asks; an all-zero structure is a valid one.
                unsafe {
                    let mut action: libc::sigaction = std::mem::zeroed();
                    libc::sigaction(signal, std::ptr::null(), &raw mut action);
                    action.sa_sigaction
                }
            })
            .to_vec()
    }
    fn executable() -> Vec<String> {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let anonymous = |line: &&str| {
            let fields: Vec<_> = line.split_whitespace().collect();
            fields[1].contains('x')
                && fields.get(5).is_none_or(|path| *path != "[vdso]" && *path != "[vsyscall]" && !path.starts_with('/'))
        };
        maps.lines().filter(anonymous).map(str::to_owned).collect()
    }
    let before = handlers();
    let fib = instance(FIB).func("fib").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(fib.call(10).unwrap(), 55);
    let error = instance("(module (func (export \"run\") unreachable))").func("run").unwrap().call(&[]).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert_eq!(executable(), Vec::<String>::new());
    assert_eq!(handlers(), before);

    // Both are found where they are: this test can fail.
    let _native = Module::from_text(&Engine::new(&Config::new()).unwrap(), FIB).unwrap();
    assert!(!executable().is_empty() && handlers() != before);
}

/// Figures, not a judgement: `cargo test --test interpreter -- --ignored --nocapture speed`.
#[test]
#[ignore = "prints figures"]
fn speed() {
    for (mode, config) in [("optimised", Config::new()), ("interpreter", Config::new().interpreter(true))] {
        let engine = Engine::new(&config).unwrap();
        let begin = Instant::now();
        let module = Module::from_text(&engine, FIB).unwrap();
        let fib = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap().func("fib").unwrap();
        let fib = fib.typed::<i32, i32>().unwrap();
        assert_eq!(fib.call(1).unwrap(), 1);
        let start = begin.elapsed();
        let begin = Instant::now();
        assert_eq!(fib.call(27).unwrap(), 196_418);
        println!("{mode}: first call after {start:?}, fib(27) in {:?}", begin.elapsed());
    }
}
