//! Known accidents of other runtimes with types, and what this one does in their place.

mod support;

use edge_runtime::{
    Config, Engine, Func, FuncType, HeapType, Instance, Kind, Limits, Linker, Module, RefType, Store, Table, TableType,
    Val, ValType,
};
use support::module;

/// CVE-2021-39219: a function of another engine was accepted by a linker.
#[test]
fn cve_2021_39219_a_function_of_another_engine_is_refused_by_every_door() {
    let (one, other) = (Engine::new(&Config::new()).unwrap(), Engine::new(&Config::new()).unwrap());
    let (here, there) = (Store::new(&one, Limits::default()), Store::new(&other, Limits::default()));
    let foreign = Func::wrap(&there, || 1_i32).unwrap();
    let text = r#"(module (import "m" "f" (func (result i32))) (table (export "t") 1 funcref)
        (global (export "g") (mut funcref) (ref.null func)) (func (export "take") (param funcref)))"#;
    let wanting = Module::from_text(&one, text).unwrap();
    let own = Func::wrap(&here, || 1_i32).unwrap();
    let instance = Instance::new(&here, &wanting, &[own.into()]).unwrap();
    let mut linker = Linker::new(&one);
    linker.define("m", "f", foreign.clone());
    let value = Val::FuncRef(Some(foreign.clone()));
    let errors = [
        linker.instantiate(&here, &wanting).map(drop).unwrap_err(),
        linker.instantiate(&there, &wanting).map(drop).unwrap_err(),
        Instance::new(&here, &wanting, &[foreign.into()]).map(drop).unwrap_err(),
        instance.table("t").unwrap().set(0, value.clone()).unwrap_err(),
        instance.global("g").unwrap().set(value.clone()).unwrap_err(),
        instance.func("take").unwrap().call(std::slice::from_ref(&value)).map(drop).unwrap_err(),
        Table::new(&here, TableType::new(RefType::FUNCREF, 1, None), value).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), Kind::WrongStore, "{error:?}");
    }
}

/// RUSTSEC-2026-0222, GHSA-qw58-7h65-crq2: a type's number of one engine meant another type in the next.
#[test]
fn rustsec_2026_0222_a_types_number_means_the_same_in_every_engine() {
    let declare = |extra: usize| {
        let engine = Engine::new(&Config::new()).unwrap();
        // Types before the one that counts, so that a count per engine or module would differ.
        let others: String = (0..extra).map(|i| format!("(type (func {}))", "(param f32)".repeat(50 + i))).collect();
        let text = format!(
            r#"(module {others} (type $t (func (param i64 i64 i64))) (func (export "f") (param (ref null $t))))"#
        );
        Module::from_text(&engine, &text).unwrap()
    };
    let number = |module: &Module| match module.export("f") {
        Some(edge_runtime::ExternType::Func(ty)) => match ty.params()[0] {
            ValType::Ref(RefType { heap: HeapType::Concrete(id), .. }) => id,
            ref other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    };
    let (plain, crowded) = (declare(0), declare(40));
    assert_eq!(number(&plain), number(&crowded));
    assert_eq!(number(&plain).ty(), Some(FuncType::new([ValType::I64; 3], [])));
}

/// GHSA-qw58-7h65-crq2: what is left of a type whose module is gone must not be taken for another type.
#[test]
fn ghsa_qw58_the_number_of_a_dropped_type_is_refused() {
    let text = r#"(module (type $t (func (param f64 i32 f64 i32))) (func (export "f") (param (ref null $t))))"#;
    let gone = module(text);
    let Some(edge_runtime::ExternType::Func(ty)) = gone.export("f") else { panic!("a function") };
    let ValType::Ref(element) = ty.params()[0] else { panic!("a reference") };
    drop(gone);
    let store = support::store();
    let error = Table::new(&store, TableType::new(element, 1, None), Val::FuncRef(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert!(error.message().contains("any more"), "{error}");
    let error = Func::new(&store, ty, |_, _, _| Ok(())).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
}

/// CVE-2024-47813: modules that came and went on many threads left the register of types in disorder.
#[test]
fn cve_2024_47813_sixteen_threads_make_and_drop_modules_with_many_types() {
    let text = |round: usize| {
        let types: String = (0..40)
            .map(|i| format!("(type $t{i} (func {} (result i32)))", "(param f64)".repeat((round * 7 + i) % 60)))
            .collect();
        format!(
            r#"(module {types} (rec (type $a (func (param (ref null $b)))) (type $b (func (result (ref null $a)))))
                (type $run (func (result i32))) (table funcref (elem $f))
                (func $f (type $run) (i32.const {round}))
                (func (export "right") (result i32) (call_indirect (type $run) (i32.const 0)))
                (func (export "wrong") (call_indirect (type $a) (ref.null $b) (i32.const 0))))"#
        )
    };
    let engines = [Engine::new(&Config::new()).unwrap(), Engine::new(&Config::new()).unwrap()];
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let engine = &engines[thread % 2];
            scope.spawn(move || {
                for round in 0..12 {
                    let round = (thread + round) % 20;
                    let module = Module::from_text(engine, &text(round)).unwrap();
                    let store = Store::new(engine, Limits::default());
                    let instance = Instance::new(&store, &module, &[]).unwrap();
                    drop(module);
                    let right = instance.func("right").unwrap().call(&[]).unwrap();
                    assert_eq!(right[0].i32(), Some(round as i32));
                    let error = instance.func("wrong").unwrap().call(&[]).unwrap_err();
                    assert_eq!(error.kind(), Kind::IndirectCallTypeMismatch);
                }
            });
        }
    });
}

/// GHSA-3982-jqvv-277m: a typed function with a parameter that is never anything but null panicked.
#[test]
fn ghsa_3982_a_parameter_of_type_nullref_does_not_panic() {
    let instance = support::instance(
        r#"(module (func (export "func") (param nullfuncref) (result i32) (ref.is_null (local.get 0)))
            (func (export "extern") (param nullexternref) (result i32) (ref.is_null (local.get 0))))"#,
    );
    for (name, null) in [("func", Val::FuncRef(None)), ("extern", Val::ExternRef(None))] {
        let func = instance.func(name).unwrap();
        assert_eq!(func.call(&[null]).unwrap()[0].i32(), Some(1));
        assert_eq!(func.typed::<i32, i32>().unwrap_err().kind(), Kind::ArgumentType);
        assert_eq!(func.call(&[Val::I32(0)]).unwrap_err().kind(), Kind::ArgumentType);
        assert_eq!(func.call(&[]).unwrap_err().kind(), Kind::ArgumentCount);
    }
}

/// A host that loads ever new modules: the types go with them.
#[test]
fn types_of_dropped_modules_are_forgotten() {
    let engine = Engine::default();
    let mut last = None;
    for round in 0..300 {
        let text = format!(
            r#"(module (type $t (func {} {})) (func (export "f") (param (ref null $t))))"#,
            "(param i64)".repeat(round % 40),
            "(param f32)".repeat(100 + round / 40),
        );
        let Some(edge_runtime::ExternType::Func(ty)) = Module::from_text(&engine, &text).unwrap().export("f") else {
            panic!("a function")
        };
        let ValType::Ref(RefType { heap: HeapType::Concrete(id), .. }) = ty.params()[0] else { panic!("a reference") };
        assert_eq!(id.ty(), None, "the module is gone");
        assert_ne!(last.replace(id), Some(id));
    }
}
