//! Tail calls: constant stack through every way to reach a function, right values through every place that arguments and
//! results travel in, and backtraces that show the frames that are left.

mod support;

use edge_runtime::{
    Caller, Config, Engine, Error, Func, FuncType, Instance, Kind, Limits, Linker, Module, OptLevel, Store, Val,
    ValType,
};
use support::instance;

const STEPS: i64 = 10_000_000;

fn engines() -> Vec<Engine> {
    [OptLevel::None, OptLevel::Speed].map(|level| Engine::new(&Config::new().opt_level(level)).unwrap()).into()
}

fn link(linker: &Linker, store: &Store, text: &str) -> Instance {
    let module = Module::from_text(store.engine(), text).unwrap();
    linker.instantiate(store, &module).unwrap()
}

fn call_i64(instance: &Instance, name: &str, argument: i64) -> i64 {
    instance.func(name).unwrap().typed::<i64, i64>().unwrap().call(argument).unwrap()
}

/// The constants from 0 on.
fn numbers(count: usize) -> String {
    (0..count).map(|i| format!("(i64.const {i})")).collect()
}

fn names(error: &Error) -> Vec<String> {
    error.backtrace().iter().map(|f| f.func_name.clone().unwrap_or_else(|| "?".to_owned())).collect()
}

#[test]
fn ten_million_steps_take_constant_stack() {
    for engine in engines() {
        let text = r#"(module
            (type $t (func (param i64 i64) (result i64)))
            (table funcref (elem $indirect))
            (func $direct (type $t)
                (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $direct (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 3))))
            (func $indirect (type $t)
                (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call_indirect (type $t)
                    (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 3)) (i32.const 0)))
            (func (export "direct") (param i64) (result i64) (call $direct (local.get 0) (i64.const 0)))
            (func (export "indirect") (param i64) (result i64) (return_call $indirect (local.get 0) (i64.const 0))))"#;
        let store = Store::new(&engine, Limits::default());
        let instance = link(&Linker::new(&engine), &store, text);
        for name in ["direct", "indirect"] {
            assert_eq!(call_i64(&instance, name, STEPS), 3 * STEPS, "{name}");
        }
    }
}

#[test]
fn two_instances_that_tail_call_each_other_take_constant_stack() {
    for engine in engines() {
        let store = Store::new(&engine, Limits::default());
        let mut linker = Linker::new(&engine);
        // The second is reached through a table of the first, since it does not exist yet.
        let ping = link(
            &linker,
            &store,
            r#"(module
                (type $t (func (param i64 i64) (result i64)))
                (table (export "table") 1 funcref)
                (func (export "ping") (type $t)
                    (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                    (return_call_indirect (type $t)
                        (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 0))))"#,
        );
        linker.instance("ping", &ping);
        let pong = link(
            &linker,
            &store,
            r#"(module
                (type $t (func (param i64 i64) (result i64)))
                (import "ping" "ping" (func $ping (type $t)))
                (import "ping" "table" (table 1 funcref))
                (elem (i32.const 0) $pong)
                (func $pong (type $t)
                    (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                    (return_call $ping (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 10))))
                (func (export "run") (param i64) (result i64) (return_call $pong (local.get 0) (i64.const 0))))"#,
        );
        assert_eq!(call_i64(&pong, "run", STEPS), 11 * STEPS / 2);
    }
}

/// Callers with fewer, as many and more arguments and results on the stack than the callee: frames must be moved right.
#[test]
fn arguments_and_results_on_the_stack_arrive() {
    for engine in engines() {
        for (from, to) in [(0, 40), (40, 0), (17, 23), (23, 17), (1, 9), (12, 12)] {
            let params = |n: usize| "(param i64)".repeat(n);
            let results = "(result i64)".repeat(20);
            let arguments: String = (0..to)
                .map(|i| {
                    if i < from {
                        format!("(i64.add (local.get {i}) (i64.const 1000))")
                    } else {
                        format!("(i64.const {i})")
                    }
                })
                .collect();
            // The last function gives back its arguments, and then numbers of its own, until there are twenty.
            let given: String = (0..20)
                .map(|i| if i < to { format!("(local.get {i})") } else { format!("(i64.const {})", 100 + i) })
                .collect();
            let (taken, passed, first) = (params(to), params(from), numbers(from));
            let adds = "i64.add ".repeat(19);
            let text = format!(
                r#"(module
                    (func $last {taken} {results} {given})
                    (func $first (export "run") {passed} {results} (return_call $last {arguments}))
                    (func (export "sum") (result i64) (call $first {first}) {adds}))"#
            );
            let store = Store::new(&engine, Limits::default());
            let instance = link(&Linker::new(&engine), &store, &text);
            let expected: Vec<i64> = (0..20)
                .map(|i| match i {
                    i if i < to && i < from => i as i64 + 1000,
                    i if i < to => i as i64,
                    i => 100 + i as i64,
                })
                .collect();
            let arguments: Vec<Val> = (0..from as i64).map(Val::I64).collect();
            let given: Vec<i64> =
                instance.func("run").unwrap().call(&arguments).unwrap().iter().map(|v| v.i64().unwrap()).collect();
            assert_eq!(given, expected, "{from} to {to}");
            let sum = instance.func("sum").unwrap().call(&[]).unwrap()[0].i64().unwrap();
            assert_eq!(sum, expected.iter().sum::<i64>(), "{from} to {to}");
        }
    }
}

/// WasmEdge 40e183578: a `return_call` of an imported host function corrupted the frame of the caller.
#[test]
fn a_host_function_in_tail_position_leaves_its_callers_frame_alone() {
    for engine in engines() {
        let store = Store::new(&engine, Limits::default());
        let mut linker = Linker::new(&engine);
        let many = FuncType::new([ValType::I64; 12], [ValType::I64; 12]);
        linker.func("host", "reverse", many, |_, args, results| {
            results.iter_mut().zip(args.iter().rev()).for_each(|(result, arg)| *result = arg.clone());
            Ok(())
        });
        linker.func_wrap("host", "double", |x: i64| x * 2);
        let numbers = numbers(12);
        let text = format!(
            r#"(module
                (import "host" "reverse" (func $reverse {} {}))
                (import "host" "double" (func $double (param i64) (result i64)))
                (table funcref (elem $double))
                (func $tail {} (return_call $reverse {numbers}))
                (func $tail_double (param i64) (result i64)
                    (return_call_indirect (param i64) (result i64) (local.get 0) (i32.const 0)))
                (func (export "run") (param i64) (result i64)
                    (local $kept i64) (local $again i64)
                    (local.set $kept (i64.mul (local.get 0) (i64.const 7)))
                    (local.set $again (call $tail_double (local.get 0)))
                    (call $tail) {}
                    (i64.add (local.get $kept)) (i64.add (local.get $again)) (i64.add (local.get 0))))"#,
            "(param i64)".repeat(12),
            "(result i64)".repeat(12),
            "(result i64)".repeat(12),
            // 11 - (10 - (9 - ...)): wrong when two results change places.
            "i64.sub ".repeat(11),
        );
        let instance = link(&linker, &store, &text);
        let alternating = (0..12).fold(0, |rest, i: i64| i - rest);
        for x in 0..1000 {
            assert_eq!(call_i64(&instance, "run", x), alternating + 10 * x);
        }
    }
}

#[test]
fn a_host_function_tail_called_a_million_times_takes_constant_stack() {
    let engine = support::engine();
    let store = Store::new(&engine, Limits::default());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "next", |x: i64| x + 1);
    let instance = link(
        &linker,
        &store,
        r#"(module
            (import "host" "next" (func $next (param i64) (result i64)))
            (func $tail (param i64) (result i64) (return_call $next (local.get 0)))
            (func $loop (param i64 i64) (result i64)
                (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call $loop (i64.sub (local.get 0) (i64.const 1)) (call $tail (local.get 1))))
            (func (export "run") (param i64) (result i64) (call $loop (local.get 0) (i64.const 0))))"#,
    );
    assert_eq!(call_i64(&instance, "run", STEPS / 10), STEPS / 10);
}

/// CVE-2024-47763: a backtrace through frames that a tail call replaced.
#[test]
fn backtraces_show_the_frames_that_are_left() {
    let instance = instance(
        r#"(module
            (type $v (func))
            (table funcref (elem $traps))
            (func $traps unreachable)
            (func $second (return_call_indirect (type $v) (i32.const 0)))
            (func $first (return_call $second))
            (func (export "from_wasm") (call $first))
            (func (export "from_host") (return_call $first))
            (func $null (return_call_indirect (type $v) (i32.const 7)))
            (func (export "bad_index") (call $null)))"#,
    );
    let trap = |name: &str| instance.func(name).unwrap().call(&[]).unwrap_err();
    assert_eq!(names(&trap("from_wasm")), ["traps", "from_wasm"]);
    assert_eq!(names(&trap("from_host")), ["traps"], "nothing but the last function is left");
    let error = trap("bad_index");
    assert_eq!(error.kind(), Kind::UndefinedElement);
    assert_eq!(names(&error), ["null", "bad_index"], "a tail call that fails has not left its function yet");
}

/// CVE-2024-47763 from the other side: the host function was tail-called, so the frame that it would return to is not that of
/// the function that called it; when the host called that one, it is no guest's at all.
#[test]
fn backtraces_begin_behind_a_host_function_that_was_tail_called() {
    for engine in engines() {
        let store = Store::new(&engine, Limits::default());
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "fail", |_: i32| -> Result<i32, Error> { Err(Error::host("the host's own".into())) });
        // A trap of an inner guest, with the outer one's frames behind it.
        let inner = link(&linker, &store, r#"(module (func $boom (export "boom") unreachable))"#);
        let boom = inner.func("boom").unwrap();
        linker.func_wrap("host", "nest", move |_: Caller<'_>, _: i32| boom.call(&[]).map(|_| 0));
        let text = r#"(module
            (import "host" "fail" (func $fail (param i32) (result i32)))
            (import "host" "nest" (func $nest (param i32) (result i32)))
            (func $tail_fail (param i32) (result i32) (return_call $fail (local.get 0)))
            (func $tail_nest (param i32) (result i32) (return_call $nest (local.get 0)))
            (func $middle (param i32) (result i32) (return_call $tail_nest (local.get 0)))
            (func (export "fail") (result i32) (i32.add (call $tail_fail (i32.const 1)) (i32.const 1)))
            (func (export "fail_at_once") (result i32) (return_call $tail_fail (i32.const 1)))
            (func (export "nest") (result i32) (i32.add (call $middle (i32.const 1)) (i32.const 1)))
            (func (export "nest_at_once") (result i32) (return_call $middle (i32.const 1))))"#;
        let outer = link(&linker, &store, text);
        let fails = |name: &str| outer.func(name).unwrap().call(&[]).unwrap_err();
        assert_eq!(names(&fails("fail")), ["fail"]);
        assert!(names(&fails("fail_at_once")).is_empty());
        assert_eq!(fails("fail_at_once").message(), "the host's own");
        assert_eq!(names(&fails("nest")), ["boom", "nest"]);
        assert_eq!(names(&fails("nest_at_once")), ["boom"]);
    }
}

#[test]
fn a_tail_call_does_not_hide_a_stack_overflow() {
    let instance = instance(
        r#"(module
            (func $deeper (param i64) (result i64) (i64.add (call $hop (local.get 0)) (i64.const 1)))
            (func $hop (param i64) (result i64) (return_call $deeper (local.get 0)))
            (func (export "run") (result i64) (call $deeper (i64.const 0))))"#,
    );
    let error = instance.func("run").unwrap().call(&[]).unwrap_err();
    assert_eq!(error.kind(), Kind::StackOverflow);
    // The innermost may have been either of the two; of all others only one has a frame.
    assert!(names(&error).iter().skip(1).all(|name| name == "deeper"), "{:?}", &names(&error)[..3]);
}

#[test]
fn an_exported_import_in_tail_position_is_called_with_its_own_context() {
    let engine = support::engine();
    let store = Store::new(&engine, Limits::default());
    let mut linker = Linker::new(&engine);
    for (module, value) in [("a", 1), ("b", 2)] {
        let text = format!(
            r#"(module (global $g (mut i64) (i64.const {value}))
                (func (export "get") (param i64) (result i64) (i64.add (local.get 0) (global.get $g))))"#
        );
        let instance = link(&linker, &store, &text);
        linker.instance(module, &instance);
    }
    let text = r#"(module
        (import "a" "get" (func $a (param i64) (result i64)))
        (import "b" "get" (func $b (param i64) (result i64)))
        (export "b" (func $b))
        (func (export "run") (param i64) (result i64) (return_call $a (call $b (local.get 0)))))"#;
    let instance = link(&linker, &store, text);
    assert_eq!(call_i64(&instance, "run", 10), 13);
    assert_eq!(call_i64(&instance, "b", 10), 12);
}

#[test]
fn host_functions_of_the_dynamic_kind_can_be_tail_called_too() {
    let engine = support::engine();
    let store = Store::new(&engine, Limits::default());
    let ty = FuncType::new([ValType::I32, ValType::F64], [ValType::F64]);
    let scale = Func::new(&store, ty, |_, args, results| {
        results[0] = Val::from(args[0].f64().unwrap_or_default() + args[1].f64().unwrap());
        Ok(())
    })
    .unwrap();
    let text = r#"(module
        (import "" "" (func $f (param i32 f64) (result f64)))
        (func (export "run") (param f64) (result f64) (return_call $f (i32.const 2) (local.get 0))))"#;
    let instance = Instance::new(&store, &Module::from_text(&engine, text).unwrap(), &[scale.into()]).unwrap();
    assert_eq!(instance.func("run").unwrap().typed::<f64, f64>().unwrap().call(1.5).unwrap(), 1.5);
}
