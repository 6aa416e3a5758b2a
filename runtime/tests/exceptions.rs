//! Exceptions: who catches what, through frames, instances and host functions; how long they live.

mod support;

use std::time::Duration;

use edge_runtime::{
    BoxError, CallOptions, Caller, Config, Engine, Error, ExnRef, Extern, ExternType, Func, FuncType, Global,
    GlobalType, Instance, Kind, Limits, Module, OptLevel, Phase, Proposal, RefType, Store, Table, TableType, Tag, Val,
    ValType,
};

/// Engines with both register allocators, without signals, and interpreted; the legacy form is switched on in all.
fn engines() -> [Engine; 4] {
    let engine = |config: Config| Engine::new(&config.proposal(Proposal::LegacyExceptions, true).unwrap()).unwrap();
    [
        engine(Config::new().opt_level(OptLevel::Speed)),
        engine(Config::new().opt_level(OptLevel::None)),
        engine(Config::new().signals(false)),
        engine(Config::new().interpreter(true)),
    ]
}

fn store_of(engine: &Engine) -> Store {
    Store::new(engine, Limits::default())
}

fn instance_in(store: &Store, text: &str, imports: &[Extern]) -> Instance {
    let module = Module::from_text(store.engine(), text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    Instance::new(store, &module, imports).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

fn run(instance: &Instance, name: &str, args: &[Val]) -> Result<Vec<Val>, Error> {
    instance.func(name).unwrap().call(args)
}

/// What `name` gives, an `i32`, with every engine.
#[track_caller]
fn gives(text: &str, cases: &[(&str, &[i32], i32)]) {
    for engine in engines() {
        let instance = instance_in(&store_of(&engine), text, &[]);
        for (name, args, expected) in cases {
            let args: Vec<Val> = args.iter().map(|v| Val::I32(*v)).collect();
            let results = run(&instance, name, &args).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!(results[0].i32(), Some(*expected), "{name}{args:?}");
        }
    }
}

fn names(error: &Error) -> Vec<&str> {
    error.backtrace().iter().map(|f| f.func_name.as_deref().unwrap_or("?")).collect()
}

#[test]
fn values_of_every_type_arrive() {
    let text = r#"(module
        (tag $all (param i32 i64 f32 f64 funcref externref exnref))
        (tag $none)
        (elem declare func $f)
        (func $f)
        (func $throw (throw $all (i32.const -7) (i64.const 0x123456789abcdef0) (f32.const 1.5) (f64.const -2.5)
            (ref.func $f) (ref.null extern) (ref.null exn)))
        (func (export "run") (result i32 i64 f32 f64 funcref externref exnref)
            (block $none
                (block $h (result i32 i64 f32 f64 funcref externref exnref)
                    (try_table (catch $none $none) (catch $all $h) (call $throw))
                    (unreachable))
                (return))
            (unreachable)))"#;
    for engine in engines() {
        let results = run(&instance_in(&store_of(&engine), text, &[]), "run", &[]).unwrap();
        let [
            Val::I32(-7),
            Val::I64(0x1234_5678_9abc_def0),
            Val::F32(a),
            Val::F64(b),
            Val::FuncRef(Some(_)),
            Val::ExternRef(None),
            Val::ExnRef(None),
        ] = results[..]
        else {
            panic!("{results:?}")
        };
        assert_eq!((f32::from_bits(a), f64::from_bits(b)), (1.5, -2.5));
    }
}

#[test]
fn the_first_clause_that_fits_catches_and_inner_ones_come_first() {
    gives(
        r#"(module
        (tag $a) (tag $b)
        (func $throw (param i32) (if (local.get 0) (then (throw $a))) (throw $b))
        (func (export "order") (param i32) (result i32)
            (block $other (block $b (block $a
                (try_table (catch $a $a) (catch $b $b) (catch_all $other) (call $throw (local.get 0)))
                (return (i32.const 0)))
                (return (i32.const 1)))
                (return (i32.const 2)))
            (i32.const 3))
        (func (export "all_first") (param i32) (result i32)
            (block $all (block $a
                (try_table (catch_all $all) (catch $a $a) (call $throw (local.get 0)))
                (return (i32.const 0)))
                (return (i32.const 1)))
            (i32.const 9))
        (func (export "nested") (param i32) (result i32)
            (block $outer (block $inner
                (try_table (catch_all $outer)
                    (try_table (catch $a $inner) (call $throw (local.get 0))))
                (return (i32.const 0)))
                (return (i32.const 1)))
            (i32.const 2))
        (func (export "not_from_its_own_handler") (param i32) (result i32)
            (block $outer
                (try_table (catch_all $outer)
                    (block $inner
                        (try_table (catch $a $inner) (call $throw (i32.const 1)))
                        (unreachable))
                    (throw $a))
                (unreachable))
            (i32.const 4))
        (func (export "nothing_thrown") (param i32) (result i32)
            (block $h (result i32)
                (try_table (result i32) (catch_all 1) (i32.add (local.get 0) (i32.const 1))))))"#
            .replace("(catch_all 1) (i32.add", "(i32.add")
            .as_str(),
        &[
            ("order", &[1], 1),
            ("order", &[0], 2),
            ("all_first", &[1], 9),
            ("nested", &[1], 1),
            ("nested", &[0], 2),
            ("not_from_its_own_handler", &[0], 4),
            ("nothing_thrown", &[5], 6),
        ],
    );
}

/// What lives in registers and locals across a call that throws is there in the handler, whatever the callee did to registers.
#[test]
fn values_live_across_a_call_that_throws() {
    let locals = 40;
    let declare = "(local i64)".repeat(locals);
    let mut set = String::new();
    let mut sum = String::from("(i64.const 0)");
    for i in 0..locals {
        set += &format!("(local.set {} (i64.mul (local.get 0) (i64.const {})))", i + 1, i + 3);
        sum = format!("(i64.add {sum} (local.get {}))", i + 1);
    }
    let text = format!(
        r#"(module
        (tag $t (param i64))
        (func $busy (param i64) (result i64) {declare} {set} (if (i64.eqz (local.get 0)) (then (throw $t (i64.const 1))))
            (drop {sum}) (throw $t {sum}))
        (func (export "run") (param i64) (result i64) {declare} {set}
            (block $h (result i64)
                (try_table (catch $t $h) (drop (call $busy (i64.const 5))))
                (unreachable))
            (i64.add {sum})))"#
    );
    let weight: i64 = (3..3 + locals as i64).sum();
    for engine in engines() {
        let results = run(&instance_in(&store_of(&engine), &text, &[]), "run", &[Val::I64(11)]).unwrap();
        assert!(matches!(results[0], Val::I64(v) if v == weight * 16), "{results:?}");
    }
}

/// What the caller of a function that catches keeps in registers is there when that returns, though who threw never gave back the
/// registers that it had taken.
#[test]
fn values_live_across_a_call_that_catches() {
    let locals = 40;
    let declare = "(local i64)".repeat(locals);
    let mut set = String::new();
    let mut sum = String::from("(i64.const 0)");
    for i in 0..locals {
        set += &format!("(local.set {} (i64.mul (local.get 0) (i64.const {})))", i + 1, i + 3);
        sum = format!("(i64.add {sum} (local.get {}))", i + 1);
    }
    let text = format!(
        r#"(module
        (tag $t)
        (func $throw (param i64) {declare} {set} (call $nothing) (if (i64.ne {sum} (i64.const 1)) (then (throw $t))))
        (func $nothing)
        (func $catch (param i64) (block $h (try_table (catch $t $h) (call $throw (local.get 0))) (unreachable)))
        (func $run (export "run") (param i64) (result i64) {declare} {set}
            (loop $again
                (call $catch (i64.const 7))
                (local.set 1 (i64.add (local.get 1) (i64.const 1)))
                (br_if $again (i64.lt_s (local.get 1) (i64.const 100))))
            {sum}))"#
    );
    let weight: i64 = (4..3 + locals as i64).sum();
    for engine in engines() {
        let results = run(&instance_in(&store_of(&engine), &text, &[]), "run", &[Val::I64(11)]).unwrap();
        assert!(matches!(results[0], Val::I64(v) if v == weight * 11 + 100), "{results:?}");
    }
}

/// A frame that is larger than what sets up others in one step.
#[test]
fn values_live_in_a_large_frame() {
    let locals = 9_000;
    let set: String =
        (1..=locals).map(|i| format!("(local.set {i} (i32.mul (local.get 0) (i32.const {i})))")).collect();
    let sum: String = (1..=locals).map(|i| format!("local.get {i} i32.add ")).collect();
    let text = format!(
        r#"(module (tag $t) (func $throw (throw $t))
        (func (export "run") (param i32) (result i32) (local {}) {set}
            (block $h (try_table (catch $t $h) (call $throw)))
            (i32.const 0) {sum}))"#,
        "i32 ".repeat(locals)
    );
    gives(&text, &[("run", &[2], 2 * (1..=locals as i32).sum::<i32>())]);
}

/// The stack pointer in a handler is that of the frame, wherever the frames in between had theirs: a tail call to a function
/// with more parameters on the stack moves it, and a million that leave some of it behind would use it up.
#[test]
fn the_stack_is_the_same_in_every_handler() {
    let params = "i32 ".repeat(60);
    let zeros = "(i32.const 0)".repeat(59);
    let text = format!(
        r#"(module (tag $t (param i32))
        (func $many (param {params}) (throw $t (local.get 59)))
        (func $few (param i32) (return_call $many {zeros} (local.get 0)))
        (func (export "here") (param i32) (result i32) (local $sum i32)
            (loop $again
                (block $h (result i32)
                    (try_table (catch $t $h) (throw $t (i32.const 1)))
                    (unreachable))
                (local.set $sum (i32.add (local.get $sum)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum))
        (func (export "below") (param i32) (result i32) (local $sum i32)
            (loop $again
                (block $h (result i32)
                    (try_table (catch $t $h) (call $few (i32.const 3)))
                    (unreachable))
                (local.set $sum (i32.add (local.get $sum)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum)))"#
    );
    gives(&text, &[("here", &[1_000_000], 1_000_000), ("below", &[1_000_000], 3_000_000)]);
}

#[test]
fn arguments_and_results_on_the_stack_survive() {
    let params = "i64 ".repeat(30);
    let args: String = (0..30).map(|i| format!("(i64.const {i})")).collect();
    let results: String = (0..30).map(|i| format!("(i64.add (local.get {i}) (local.get 30))")).collect();
    let drops = "drop ".repeat(29);
    let text = format!(
        r#"(module
        (tag $t (param i64))
        (func $many (param {params} i64) (result {params})
            (if (i64.eqz (local.get 30)) (then (throw $t (local.get 29))))
            {results})
        (func (export "run") (param i64) (result i64)
            (block $h (result i64)
                (try_table (result {params}) (catch $t $h) (call $many {args} (local.get 0)))
                {drops})))"#
    );
    for engine in engines() {
        let instance = instance_in(&store_of(&engine), &text, &[]);
        for (argument, expected) in [(0, 29), (100, 100)] {
            let results = run(&instance, "run", &[Val::I64(argument)]).unwrap();
            assert!(matches!(results[0], Val::I64(v) if v == expected), "{argument}: {results:?}");
        }
    }
}

#[test]
fn through_a_thousand_frames() {
    gives(
        r#"(module
        (tag $t (param i32)) (tag $other)
        (func $down (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 77))))
            (block $no
                (return (try_table (result i32) (catch $other $no)
                    (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))
            (unreachable))
        (func (export "run") (param i32) (result i32)
            (block $h (result i32)
                (try_table (result i32) (catch $t $h) (call $down (local.get 0))))))"#,
        &[("run", &[1000], 77), ("run", &[0], 77)],
    );
}

#[test]
fn what_nobody_catches_ends_the_call_and_names_tag_and_place() {
    for engine in engines() {
        let store = store_of(&engine);
        let text = r#"(module
            (tag $named (param i32 f64))
            (tag (export "exported"))
            (tag)
            (func $inner (param i32)
                (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $named (i32.const 5) (f64.const 0.5))))
                (if (i32.eq (local.get 0) (i32.const 1)) (then (throw 1)))
                (throw 2))
            (func $run (export "run") (param i32)
                (block $h (try_table (catch 1 $h) (call $inner (i32.const 1))))
                (call $inner (local.get 0))))"#;
        let instance = instance_in(&store, text, &[]);
        let error = |which| run(&instance, "run", &[Val::I32(which)]).unwrap_err();
        for (which, message) in [
            (0, "uncaught exception: named (i32, f64)"),
            (1, "uncaught exception: exported ()"),
            (2, "uncaught exception: a tag without a name ()"),
        ] {
            let error = error(which);
            assert_eq!(
                (error.phase(), error.kind(), error.message()),
                (Phase::Execute, Kind::UncaughtException, message)
            );
            assert_eq!(names(&error), ["inner", "run"]);
        }
        let exception = error(0).exception().unwrap();
        let values = exception.values();
        assert!(matches!(values[..], [Val::I32(5), Val::F64(bits)] if f64::from_bits(bits) == 0.5), "{values:?}");
        assert!(error(1).exception().unwrap().tag().same(&instance.tag("exported").unwrap()));
        assert!(Error::new(Phase::Host, Kind::HostError, "").exception().is_none());
    }
}

#[test]
fn references_are_thrown_again_with_what_they_carry() {
    gives(
        r#"(module
        (tag $t (param i32))
        (global $kept (mut exnref) (ref.null exn))
        (table $table 3 exnref)
        (func $throw (param i32) (throw $t (local.get 0)))
        (func $catch (param i32) (result exnref)
            (block $h (result exnref)
                (try_table (catch_all_ref $h) (call $throw (local.get 0)))
                (unreachable)))
        (func $value (param exnref) (result i32)
            (block $h (result i32)
                (try_table (catch $t $h) (throw_ref (local.get 0)))
                (unreachable)))
        (func (export "again") (param i32) (result i32) (call $value (call $catch (local.get 0))))
        (func (export "both") (param i32) (result i32) (local $e exnref)
            (block $h (result i32 exnref)
                (try_table (catch_ref $t $h) (call $throw (local.get 0)))
                (unreachable))
            (local.set $e)
            (i32.add (call $value (local.get $e))))
        (func (export "kept") (param i32) (result i32)
            (global.set $kept (call $catch (local.get 0)))
            (table.set $table (i32.const 2) (call $catch (i32.const 1000)))
            (i32.add (call $value (global.get $kept)) (call $value (table.get $table (i32.const 2)))))
        (func (export "is_null") (param i32) (result i32) (ref.is_null (table.get $table (local.get 0)))))"#,
        &[("again", &[31], 31), ("both", &[4], 8), ("kept", &[7], 1007), ("is_null", &[0], 1), ("is_null", &[2], 0)],
    );
}

#[test]
fn null_cannot_be_thrown_and_traps_cannot_be_caught() {
    let text = r#"(module
        (memory 1)
        (func (export "null") (block $h (try_table (catch_all $h) (throw_ref (ref.null exn)))))
        (func $trap unreachable)
        (func (export "trap") (block $h (try_table (catch_all $h) (call $trap))))
        (func (export "here") (block $h (try_table (catch_all $h) (drop (i32.div_u (i32.const 1) (i32.const 0))))))
        (func (export "bulk")
            (block $h (try_table (catch_all $h) (memory.fill (i32.const 65536) (i32.const 0) (i32.const 1)))))
        (func $deep (export "deep") (block $h (try_table (catch_all $h) (call $deep)))))"#;
    for engine in engines() {
        let instance = instance_in(&store_of(&engine), text, &[]);
        for (name, kind) in [
            ("null", Kind::NullReference),
            ("trap", Kind::Unreachable),
            ("here", Kind::IntegerDivideByZero),
            ("bulk", Kind::MemoryOutOfBounds),
            ("deep", Kind::StackOverflow),
        ] {
            assert_eq!(run(&instance, name, &[]).unwrap_err().kind(), kind, "{name}");
        }
    }
}

/// What ends a guest from outside is no exception.
#[test]
fn deadlines_and_fuel_cannot_be_caught() {
    let text = r#"(module
        (tag $t)
        (func $spin (loop (br 0)))
        (func $throw (throw $t))
        (func (export "spin") (loop $again (block $h (try_table (catch_all $h) (call $spin))) (br $again)))
        (func (export "throw") (loop $again (block $h (try_table (catch_all $h) (call $throw))) (br $again))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let instance = instance_in(&store, text, &[]);
        for name in ["spin", "throw"] {
            let options = CallOptions::new().deadline(Duration::from_millis(5));
            let error = store.with_options(&options, || run(&instance, name, &[])).unwrap_err();
            assert_eq!(error.kind(), Kind::DeadlineExceeded, "{name}");
        }
        let metered = Engine::new(&engine.config().clone().fuel(true)).unwrap();
        let mut limits = Limits::default();
        limits.fuel = Some(10_000);
        let instance = instance_in(&Store::new(&metered, limits), text, &[]);
        for name in ["spin", "throw"] {
            instance.store().set_fuel(10_000).unwrap();
            assert_eq!(run(&instance, name, &[]).unwrap_err().kind(), Kind::OutOfFuel, "{name}");
        }
    }
}

/// A guest inside of a host function inside of a guest: each throws and catches as if it were alone, and what the inner one
/// leaves uncaught unwinds only its own frames.
#[test]
fn stays_inside_of_one_another_throw_and_catch() {
    let text = r#"(module
        (import "" "host" (func $host (param i32) (result i32)))
        (tag $t (param i32))
        (func $throw (param i32) (throw $t (local.get 0)))
        (func (export "run") (param i32) (result i32) (local $a i32) (local $b i32)
            (local.set $a (i32.mul (local.get 0) (i32.const 3)))
            (local.set $b
                (block $h (result i32)
                    (try_table (catch $t $h) (call $throw (i32.const 5)))
                    (unreachable)))
            (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 1000))))
            (block $h (result i32)
                (try_table (result i32) (catch $t $h) (call $host (i32.sub (local.get 0) (i32.const 1)))))
            (i32.add (local.get $a)) (i32.add (local.get $b))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let again = std::sync::Arc::new(std::sync::OnceLock::<Func>::new());
        let inner = again.clone();
        let host = Func::wrap(&store, move |n: i32| -> Result<i32, Error> {
            Ok(inner.get().unwrap().call(&[Val::I32(n)])?[0].i32().unwrap())
        });
        let instance = instance_in(&store, text, &[host.unwrap().into()]);
        again.set(instance.func("run").unwrap()).unwrap();
        for depth in [1, 2, 20] {
            let expected = 1000 + (1..=depth).map(|n| 3 * n + 5).sum::<i32>();
            assert_eq!(run(&instance, "run", &[Val::I32(depth)]).unwrap()[0].i32(), Some(expected));
        }
        assert_eq!(run(&instance, "run", &[Val::I32(0)]).unwrap_err().kind(), Kind::UncaughtException);
    }
}

#[test]
fn a_tail_call_leaves_the_handlers_of_its_frame() {
    let text = r#"(module
        (tag $t)
        (func $throw (throw $t))
        (func $left (result i32)
            (block $h (try_table (catch_all $h) (return_call $through)) (unreachable))
            (i32.const 1))
        (func $through (result i32) (call $throw) (unreachable))
        (func (export "run") (result i32)
            (block $h (try_table (catch $t $h) (return (call $left))) (unreachable))
            (i32.const 2)))"#;
    gives(text, &[("run", &[], 2)]);
}

const THROWER: &str = r#"(module
    (import "" "tag" (tag $imported (param i32)))
    (tag $own (export "own") (param i32))
    (func (export "imported") (param i32) (throw $imported (local.get 0)))
    (func (export "own_one") (param i32) (throw $own (local.get 0))))"#;

#[test]
fn tags_are_the_same_across_instances_when_one_was_imported() {
    let catcher = r#"(module
        (import "" "a" (tag $a (param i32)))
        (import "" "b" (tag $b (param i32)))
        (import "" "throw" (func $throw (param i32)))
        (table 1 funcref) (elem (i32.const 0) $throw)
        (func (export "direct") (param i32) (result i32)
            (block $b (result i32) (block $a (result i32)
                (try_table (catch $a $a) (catch $b $b) (call $throw (local.get 0)))
                (return (i32.const -1)))
                (return (i32.add (i32.const 100))))
            (return (i32.add (i32.const 200))))
        (func (export "indirect") (param i32) (result i32)
            (block $b (result i32) (block $a (result i32)
                (try_table (catch $a $a) (catch $b $b) (call_indirect (param i32) (local.get 0) (i32.const 0)))
                (return (i32.const -1)))
                (return (i32.add (i32.const 100))))
            (return (i32.add (i32.const 200)))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let ty = FuncType::new([ValType::I32], []);
        let tag = Tag::new(&store, ty.clone()).unwrap();
        let thrower = instance_in(&store, THROWER, &[tag.clone().into()]);
        let other = instance_in(&store, THROWER, &[tag.clone().into()]);
        let own: Extern = thrower.tag("own").unwrap().into();
        assert_eq!(own.ty(), ExternType::Tag(ty));
        for export in ["direct", "indirect"] {
            let catching = |function: &Instance, name: &str| {
                let throw = function.export(name).unwrap();
                let catcher = instance_in(&store, catcher, &[tag.clone().into(), own.clone(), throw]);
                run(&catcher, export, &[Val::I32(7)])
            };
            assert_eq!(catching(&thrower, "imported").unwrap()[0].i32(), Some(107));
            assert_eq!(catching(&other, "imported").unwrap()[0].i32(), Some(107));
            assert_eq!(catching(&thrower, "own_one").unwrap()[0].i32(), Some(207));
            // The same module and index, another instance: another tag.
            assert_eq!(catching(&other, "own_one").unwrap_err().kind(), Kind::UncaughtException);
        }
    }
}

/// GHSA-cfhf-m2cr-62wj: what is given for an imported tag was compared carelessly.
#[test]
fn an_imported_tag_has_to_be_of_the_very_type() {
    let store = support::store();
    let tag = Tag::new(&store, FuncType::new([ValType::I32], [])).unwrap();
    let import = |ty: &str, given: Extern| {
        support::with_imports(&store, &format!(r#"(module (import "m" "t" (tag {ty})))"#), &[given]).unwrap_err()
    };
    for (ty, wanted) in [("", "()"), ("(param i64)", "(i64)"), ("(param i32 i32)", "(i32, i32)")] {
        let error = import(ty, tag.clone().into());
        assert_eq!(error.kind(), Kind::IncompatibleImport);
        let text = format!("the import m.t has to be a tag {wanted} -> (), and a tag (i32) -> () was given");
        assert_eq!(error.message(), text);
    }
    let func: Extern = Func::wrap(&store, |_: i32| ()).unwrap().into();
    assert_eq!(import("(param i32)", func).kind(), Kind::IncompatibleImport);
    let foreign = Tag::new(&support::store(), FuncType::new([ValType::I32], [])).unwrap();
    assert_eq!(import("(param i32)", foreign.into()).kind(), Kind::WrongStore);
}

#[test]
fn exceptions_pass_through_host_functions() {
    let outer = r#"(module
        (import "" "tag" (tag $t (param i32)))
        (import "" "host" (func $host (param i32)))
        (func $run (export "run") (param i32) (result i32)
            (block $h (result i32)
                (try_table (catch $t $h) (call $host (local.get 0)))
                (i32.const -1)))
        (func $loose (export "loose") (param i32) (call $host (local.get 0))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let tag = Tag::new(&store, FuncType::new([ValType::I32], [])).unwrap();
        let thrower = instance_in(&store, THROWER, &[tag.clone().into()]);
        let inner = thrower.func("imported").unwrap();
        let seen = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = seen.clone();
        let host = Func::wrap(&store, move |n: i32| -> Result<(), Error> {
            inner.call(&[Val::I32(n)]).map(drop).inspect_err(|error| {
                assert_eq!(error.kind(), Kind::UncaughtException);
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            })
        })
        .unwrap();
        let guest = instance_in(&store, outer, &[tag.clone().into(), host.into()]);
        for n in [1, 2, 3] {
            assert_eq!(run(&guest, "run", &[Val::I32(n)]).unwrap()[0].i32(), Some(n));
        }
        let error = run(&guest, "loose", &[Val::I32(9)]).unwrap_err();
        assert_eq!(names(&error), ["imported", "loose"], "where it was thrown, not where it was passed on");
        assert!(matches!(error.exception().unwrap().values()[..], [Val::I32(9)]));
        assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), 4);
        // Nothing of an exception that was caught is left for the next error.
        assert_eq!(run(&guest, "run", &[Val::I32(5)]).unwrap()[0].i32(), Some(5));
    }
}

#[test]
fn host_functions_throw() {
    let text = r#"(module
        (import "" "tag" (tag $t (param i32 i64)))
        (import "" "host" (func $host))
        (func (export "run") (result i32 i64)
            (block $h (result i32 i64) (try_table (catch $t $h) (call $host)) (unreachable)))
        (func $loose (export "loose") (call $host)))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let tag = Tag::new(&store, FuncType::new([ValType::I32, ValType::I64], [])).unwrap();
        let thrown = tag.clone();
        let throw = move |caller: Caller<'_>| -> Result<(), BoxError> {
            Err(ExnRef::new(caller.store(), &thrown, &[Val::I32(3), Val::I64(4)])?.into())
        };
        let typed = Func::wrap(&store, throw.clone()).unwrap();
        let untyped = Func::new(&store, FuncType::new([], []), move |caller, _, _| throw(caller)).unwrap();
        for host in [typed, untyped] {
            let guest = instance_in(&store, text, &[tag.clone().into(), host.clone().into()]);
            let results = run(&guest, "run", &[]).unwrap();
            assert!(matches!(results[..], [Val::I32(3), Val::I64(4)]), "{results:?}");
            let error = run(&guest, "loose", &[]).unwrap_err();
            assert_eq!((error.kind(), names(&error)), (Kind::UncaughtException, vec!["loose"]));
            assert!(error.exception().unwrap().tag().same(&tag));
            assert_eq!(host.call(&[]).unwrap_err().kind(), Kind::UncaughtException, "called by the host itself");
        }
    }
}

#[test]
fn other_errors_of_host_functions_are_not_caught() {
    let text = r#"(module (import "" "host" (func $host))
        (func (export "run") (block $h (try_table (catch_all $h) (call $host)))))"#;
    let store = support::store();
    let other = support::store();
    let tag = Tag::new(&other, FuncType::new([], [])).unwrap();
    let foreign = ExnRef::new(&other, &tag, &[]).unwrap();
    let failing = Func::wrap(&store, || -> Result<(), BoxError> { Err("out of paper".into()) }).unwrap();
    let panicking = Func::wrap(&store, || -> () { panic!("gone") }).unwrap();
    let foreign = Func::wrap(&store, move || -> Result<(), BoxError> { Err(foreign.clone().into()) }).unwrap();
    for (host, kind) in [(failing, Kind::HostError), (panicking, Kind::HostPanic), (foreign, Kind::UncaughtException)] {
        let guest = support::with_imports(&store, text, &[host.into()]).unwrap();
        assert_eq!(run(&guest, "run", &[]).unwrap_err().kind(), kind);
    }
}

#[test]
fn exceptions_are_checked_when_they_are_made() {
    let store = support::store();
    let tag = Tag::new(&store, FuncType::new([ValType::I32], [])).unwrap();
    let refused = |tag: &Tag, values: &[Val]| ExnRef::new(&store, tag, values).unwrap_err();
    let error = refused(&tag, &[]);
    assert_eq!((error.kind(), error.message()), (Kind::ArgumentCount, "the tag carries 1 values, and 0 were given"));
    let error = refused(&tag, &[Val::I64(1)]);
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert_eq!(error.message(), "value 1 of the exception has to be i32 and is i64");
    let foreign = Tag::new(&support::store(), FuncType::new([], [])).unwrap();
    assert_eq!(refused(&foreign, &[]).kind(), Kind::WrongStore);
    let error = Tag::new(&store, FuncType::new([], [ValType::I32])).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::ArgumentType, "the type of a tag has no results, and this is () -> i32")
    );
    let error = Tag::new(&store, FuncType::new([ValType::I32; 1001], [])).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
}

#[test]
fn references_go_in_and_out_and_live_as_long_as_a_handle() {
    let text = r#"(module
        (tag $t (export "t") (param i32))
        (global (export "kept") (mut exnref) (ref.null exn))
        (table (export "table") 2 exnref)
        (func (export "make") (param i32) (result exnref)
            (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (local.get 0))) (unreachable)))
        (func (export "again") (param exnref) (throw_ref (local.get 0))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let instance = instance_in(&store, text, &[]);
        let make = |n| match &run(&instance, "make", &[Val::I32(n)]).unwrap()[0] {
            Val::ExnRef(Some(exception)) => exception.clone(),
            other => panic!("{other:?}"),
        };
        let value = |exception: &ExnRef| exception.values()[0].i32().unwrap();
        let held = make(1);
        let tag = instance.tag("t").unwrap();
        instance.global("kept").unwrap().set(Val::ExnRef(Some(make(2)))).unwrap();
        instance.table("table").unwrap().set(1, Val::ExnRef(Some(make(3)))).unwrap();
        let ty = GlobalType { content: ValType::Ref(RefType::EXNREF), mutable: false };
        let global = Global::new(&store, ty, Val::ExnRef(Some(make(4)))).unwrap();
        let table = Table::new(&store, TableType::new(RefType::EXNREF, 1, None), Val::ExnRef(Some(make(5)))).unwrap();
        let carrier = Tag::new(&store, FuncType::new([ValType::Ref(RefType::EXNREF)], [])).unwrap();
        let carrying = ExnRef::new(&store, &carrier, &[Val::ExnRef(Some(make(6)))]).unwrap();
        for n in 0..50_000 {
            drop(make(n + 100));
        }
        let of = |val: Val| match val {
            Val::ExnRef(Some(exception)) => value(&exception),
            other => panic!("{other:?}"),
        };
        assert_eq!(value(&held), 1);
        assert!(held.tag().same(&tag) && held.same(&held.clone()));
        assert_eq!(of(instance.global("kept").unwrap().get()), 2);
        assert_eq!(of(instance.table("table").unwrap().get(1).unwrap()), 3);
        assert_eq!(of(global.get()), 4);
        assert_eq!(of(table.get(0).unwrap()), 5);
        assert_eq!(of(carrying.values()[0].clone()), 6);
        let error = run(&instance, "again", &[Val::ExnRef(Some(held.clone()))]).unwrap_err();
        assert!(error.exception().unwrap().same(&held));
        let foreign = Store::new(&engine, Limits::default());
        let tag = Tag::new(&foreign, FuncType::new([], [])).unwrap();
        let foreign = ExnRef::new(&foreign, &tag, &[]).unwrap();
        let error = run(&instance, "again", &[Val::ExnRef(Some(foreign))]).unwrap_err();
        assert_eq!(error.kind(), Kind::WrongStore);
    }
}

/// Bytes of memory that the process has in use.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Ten million of each sort; kept ones of 48 bytes each would be half a gigabyte, and of 200,000 more than the limit.
#[test]
fn ten_million_exceptions_take_no_memory() {
    let text = r#"(module
        (tag $t (param i32 i64))
        (func $throw (param i32) (throw $t (local.get 0) (i64.const 1)))
        (func (export "plain") (param i32) (result i32) (local $sum i32)
            (loop $again
                (block $h (result i32 i64)
                    (try_table (catch $t $h) (call $throw (local.get 0)))
                    (unreachable))
                (drop) (local.set $sum (i32.add (local.get $sum)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum))
        (global $kept (mut exnref) (ref.null exn))
        (table $table 16 exnref)
        (func (export "references") (param i32) (result i32) (local $sum i32) (local $e exnref)
            (loop $again
                (block $h (result i32 i64 exnref)
                    (try_table (catch_ref $t $h) (call $throw (local.get 0)))
                    (unreachable))
                (local.set $e) (drop) (local.set $sum (i32.add (local.get $sum)))
                (global.set $kept (local.get $e))
                (table.set $table (i32.and (local.get 0) (i32.const 15)) (local.get $e))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum))
        (func (export "legacy") (param i32) (result i32) (local $sum i32)
            (loop $again
                try (call $throw (local.get 0))
                catch $t (drop) (local.set $sum (i32.add (local.get $sum)))
                end
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum)))"#;
    for (engine, count) in engines().iter().zip([10_000_000, 200_000, 200_000, 200_000]) {
        let mut limits = Limits::default();
        limits.memory = 4 << 20;
        let instance = instance_in(&Store::new(engine, limits), text, &[]);
        for name in ["plain", "references", "legacy"] {
            run(&instance, name, &[Val::I32(100_000)]).unwrap();
            let before = resident();
            let sum = run(&instance, name, &[Val::I32(count)]).unwrap()[0].i32().unwrap();
            assert_eq!(sum, (1..=count).fold(0, i32::wrapping_add), "{name}");
            let grown = resident().saturating_sub(before);
            // Other tests of this program run meanwhile.
            assert!(count < 10_000_000 || grown < 128 << 20, "{name}: {grown} bytes more");
        }
    }
}

/// Collections while references lie only in locals of frames further up, of several stays.
#[test]
fn exceptions_on_the_stack_are_not_collected() {
    let text = r#"(module
        (import "" "host" (func $host (param i32)))
        (tag $t (param i32))
        (func $make (param i32) (result exnref)
            (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (local.get 0))) (unreachable)))
        (func $value (param exnref) (result i32)
            (block $h (result i32) (try_table (catch $t $h) (throw_ref (local.get 0))) (unreachable)))
        (func $churn (export "churn") (param i32)
            (loop $again
                (drop (call $make (i32.const -1)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func $down (export "down") (param i32) (result i32) (local $e exnref) (local $f exnref)
            (if (i32.eqz (local.get 0)) (then (call $churn (i32.const 20000)) (return (i32.const 0))))
            (local.set $e (call $make (local.get 0)))
            (local.set $f (call $make (i32.mul (local.get 0) (i32.const 1000))))
            (if (i32.eq (local.get 0) (i32.const 5)) (then (call $host (i32.const 4)) (call $churn (i32.const 20000))))
            (call $down (i32.sub (local.get 0) (i32.const 1)))
            (i32.add (call $value (local.get $e)))
            (i32.add (call $value (local.get $f)))))"#;
    for engine in engines() {
        let store = store_of(&engine);
        let down = std::sync::Arc::new(std::sync::OnceLock::<Func>::new());
        let again = down.clone();
        let host = Func::wrap(&store, move |n: i32| -> Result<(), Error> {
            let results = again.get().unwrap().call(&[Val::I32(n)])?;
            assert_eq!(results[0].i32(), Some((1..=n).sum::<i32>() * 1001));
            Ok(())
        })
        .unwrap();
        let instance = instance_in(&store, text, &[host.into()]);
        down.set(instance.func("down").unwrap()).unwrap();
        let results = run(&instance, "down", &[Val::I32(20)]).unwrap();
        assert_eq!(results[0].i32(), Some((1..=20).sum::<i32>() * 1001));
    }
}

#[test]
fn exceptions_that_are_kept_count_against_the_limit_on_memory() {
    let text = r#"(module
        (tag $t (param i64))
        (table $kept 100000 exnref)
        (func (export "clear") (table.fill $kept (i32.const 0) (ref.null exn) (i32.const 100000)))
        (func (export "run") (param $i i32) (result i32)
            (loop $again
                (table.set $kept (local.get $i)
                    (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (i64.const 0))) (unreachable)))
                (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (i32.const 1)))"#;
    for engine in engines() {
        let mut limits = Limits::default();
        limits.memory = 1 << 20;
        let instance = instance_in(&Store::new(&engine, limits), text, &[]);
        let error = run(&instance, "run", &[Val::I32(99_999)]).unwrap_err();
        assert_eq!(error.kind(), Kind::MemoryLimit);
        assert!(error.message().contains("exceptions that are in use hold"), "{error}");
        run(&instance, "clear", &[]).unwrap();
        assert_eq!(run(&instance, "run", &[Val::I32(1000)]).unwrap()[0].i32(), Some(1));
    }
}

#[test]
fn the_legacy_form() {
    gives(
        r#"(module
        (tag $a (param i32)) (tag $b)
        (func $throw (param i32)
            (if (i32.eqz (local.get 0)) (then (throw $b)))
            (if (i32.gt_s (local.get 0) (i32.const 0)) (then (throw $a (local.get 0)))))
        (func (export "catch") (param i32) (result i32)
            try (result i32) (call $throw (local.get 0)) (i32.const -100)
            catch $a (i32.add (i32.const 1000))
            catch_all (i32.const 7)
            end)
        (func (export "rethrow") (param i32) (result i32)
            try (result i32)
                try (result i32) (call $throw (local.get 0)) (i32.const -100)
                catch $b (i32.const 1)
                catch_all
                    try (throw $b) catch $b end
                    rethrow 0
                end
            catch $a (i32.add (i32.const 2000))
            end)
        (func (export "outer_rethrow") (param i32) (result i32)
            try (result i32)
                try (result i32) (call $throw (local.get 0)) (i32.const -100)
                catch_all
                    try (result i32) (throw $b) catch $b (rethrow 1) end
                end
            catch $b (i32.const 5)
            catch $a (i32.add (i32.const 3000))
            end)
        (func (export "delegate") (param i32) (result i32)
            try (result i32)
                try (result i32)
                    try (result i32) (call $throw (local.get 0)) (i32.const -100)
                    delegate 1
                catch_all (i32.const 1)
                end
            catch_all (i32.const 2)
            end)
        (func $delegate_out (param i32) (result i32)
            try (result i32)
                try (result i32) (call $throw (local.get 0)) (i32.const -100)
                delegate 1
            catch_all (i32.const 3)
            end)
        (func (export "delegate_to_caller") (param i32) (result i32)
            try (result i32) (call $delegate_out (local.get 0)) catch_all (i32.const 4) end)
        (func (export "not_from_its_own_handler") (param i32) (result i32)
            try (result i32)
                try (result i32) (throw $b)
                catch $b (call $throw (local.get 0)) (i32.const -1)
                catch_all (i32.const 10)
                end
            catch_all (i32.const 11)
            end)
        (func (export "skipped") (param i32) (result i32)
            (return (i32.const 6))
            try (result i32)
                try (throw $b) delegate 0
                (i32.const 1)
            catch $a
            catch_all (rethrow 0)
            end)
        (func (export "mixed") (param i32) (result i32)
            (block $h (result i32)
                (try_table (catch $a $h)
                    try (call $throw (local.get 0)) catch $b end)
                (i32.const 8))))"#,
        &[
            ("catch", &[0], 7),
            ("catch", &[5], 1005),
            ("catch", &[-1], -100),
            ("rethrow", &[0], 1),
            ("rethrow", &[5], 2005),
            ("rethrow", &[-1], -100),
            ("outer_rethrow", &[0], 5),
            ("outer_rethrow", &[9], 3009),
            ("delegate", &[0], 2),
            ("delegate_to_caller", &[0], 4),
            ("not_from_its_own_handler", &[0], 11),
            ("not_from_its_own_handler", &[-1], -1),
            ("skipped", &[0], 6),
            ("mixed", &[0], 8),
            ("mixed", &[3], 3),
        ],
    );
}

#[test]
fn each_form_has_its_switch() {
    let refused = |engine: &Engine, text: &str| Module::from_text(engine, text).unwrap_err();
    let legacy = "(module (tag) (func try catch_all end))";
    let error = refused(&Engine::default(), legacy);
    assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::Unsupported));
    assert!(error.message().contains("legacy-exceptions"), "{error}");
    let without = Engine::new(&Config::new().proposal(Proposal::Exceptions, false).unwrap()).unwrap();
    for text in ["(module (tag))", "(module (func (try_table)))", r#"(module (import "" "" (tag)))"#] {
        let error = refused(&without, text);
        assert_eq!((error.phase(), error.kind()), (Phase::Validate, Kind::Unsupported), "{text}: {error:?}");
        assert!(error.message().contains("exceptions"), "{error}");
    }
}

/// Every call carries every handler around it: without a bound, a small body takes all memory to compile.
#[test]
fn handlers_that_are_too_many_are_refused() {
    let tries = "(try_table (catch $t 0) ".repeat(2000);
    let calls = "(call $f)".repeat(2000);
    let text = format!("(module (tag $t) (func $f) (func (block {tries} {calls} {})))", ")".repeat(2000));
    for engine in engines() {
        let error = Module::from_text(&engine, &text).unwrap_err();
        assert_eq!((error.phase(), error.kind()), (Phase::Compile, Kind::TooLarge), "{error}");
    }
}
