//! Typed function references: calls and branches on them, what hosts may pass for them, and which imports fit.

mod support;

use edge_runtime::{
    Extern, ExternRef, ExternType, Func, FuncType, Global, GlobalType, HeapType, Instance, Kind, Limits, Linker,
    Module, RefType, Store, Table, TableType, Val, ValType,
};
use support::{instance, module, store, with_imports};

fn reference(nullable: bool, heap: HeapType) -> ValType {
    ValType::Ref(RefType { nullable, heap })
}

#[test]
fn calls_and_branches_on_references() {
    let instance = instance(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
            (elem declare func $double)
            (global $g (ref $t) (ref.func $double))
            (table $table 3 (ref null $t) (ref.func $double))
            (func (export "call") (param i32) (result i32) (call_ref $t (local.get 0) (global.get $g)))
            (func (export "tail") (param i32) (result i32)
                (return_call_ref $t (local.get 0) (table.get $table (i32.const 2))))
            (func (export "null") (result i32) (call_ref $t (i32.const 1) (ref.null $t)))
            (func (export "tail_null") (result i32) (return_call_ref $t (i32.const 1) (ref.null nofunc)))
            (func (export "non_null") (drop (ref.as_non_null (ref.null $t))))
            (func (export "on_null") (param (ref null $t)) (result i32)
                (block $null (return (call_ref $t (i32.const 21) (br_on_null $null (local.get 0))))) (i32.const -1))
            (func (export "on_non_null") (param (ref null $t)) (result i32)
                (block $some (result (ref $t)) (br_on_non_null $some (local.get 0)) (return (i32.const -1)))
                (drop) (i32.const 1))
            (func (export "get") (result (ref $t)) (local $f (ref $t)) (local.set $f (ref.func $double)) (local.get $f)))"#,
    );
    let call = |name: &str, args: &[Val]| instance.func(name).unwrap().call(args);
    assert_eq!(call("call", &[Val::I32(4)]).unwrap()[0].i32(), Some(8));
    assert_eq!(call("tail", &[Val::I32(5)]).unwrap()[0].i32(), Some(10));
    for name in ["null", "tail_null", "non_null"] {
        let error = call(name, &[]).unwrap_err();
        assert_eq!(error.kind(), Kind::NullReference, "{name}");
        assert_eq!(error.backtrace()[0].func_name.as_deref(), Some(name));
    }
    let function = call("get", &[]).unwrap().remove(0);
    for (name, with) in [("on_null", 42), ("on_non_null", 1)] {
        assert_eq!(call(name, std::slice::from_ref(&function)).unwrap()[0].i32(), Some(with));
        assert_eq!(call(name, &[Val::FuncRef(None)]).unwrap()[0].i32(), Some(-1));
    }
}

#[test]
fn ten_million_tail_calls_through_references_take_constant_stack() {
    let instance = instance(
        r#"(module
            (type $t (func (param i64 i64) (result i64)))
            (elem declare func $step)
            (func $step (type $t)
                (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
                (return_call_ref $t (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 2))
                    (ref.func $step)))
            (func (export "run") (param i64) (result i64) (call $step (local.get 0) (i64.const 0))))"#,
    );
    let run = instance.func("run").unwrap().typed::<i64, i64>().unwrap();
    assert_eq!(run.call(10_000_000).unwrap(), 20_000_000);
}

#[test]
fn a_host_that_passes_the_wrong_reference_is_told_what_was_wanted() {
    let store = store();
    let text = r#"(module
        (type $t (func (param i32)))
        (func (export "nullable") (param (ref null $t)))
        (func (export "never_null") (param (ref $t)))
        (func (export "no_function") (param nullfuncref))
        (func (export "some_extern") (param (ref extern)))
        (func $right (export "right") (type $t))
        (func $wrong (export "wrong") (param i64)))"#;
    let instance = with_imports(&store, text, &[]).unwrap();
    let func = |name: &str| instance.func(name).unwrap();
    let (right, wrong) = (Val::FuncRef(Some(func("right"))), Val::FuncRef(Some(func("wrong"))));
    let (no_func, no_extern) = (Val::FuncRef(None), Val::ExternRef(None));
    let object = Val::ExternRef(Some(ExternRef::new(1_u8)));
    for (name, value, fits) in [
        ("nullable", &right, true),
        ("nullable", &no_func, true),
        ("nullable", &wrong, false),
        ("nullable", &no_extern, false),
        ("nullable", &Val::I32(0), false),
        ("never_null", &right, true),
        ("never_null", &no_func, false),
        ("never_null", &wrong, false),
        ("no_function", &no_func, true),
        ("no_function", &right, false),
        ("some_extern", &object, true),
        ("some_extern", &no_extern, false),
        ("some_extern", &right, false),
    ] {
        match func(name).call(std::slice::from_ref(value)) {
            Ok(_) => assert!(fits, "{name} took {value:?}"),
            Err(error) => {
                assert!(!fits && error.kind() == Kind::ArgumentType, "{name}, {value:?}: {error:?}");
                assert!(error.message().starts_with("argument 1 has to be (ref "), "{error}");
            }
        }
    }
    let error = func("never_null").call(&[no_func]).unwrap_err();
    assert!(error.message().ends_with("and is null"), "{error}");
}

#[test]
fn host_functions_take_and_give_typed_references() {
    let store = store();
    let callback = FuncType::new([ValType::I32], [ValType::I32]).register().unwrap();
    let typed = reference(false, HeapType::Concrete(callback.id()));
    let pass = Func::new(&store, FuncType::new([typed, ValType::I32], [typed]), |_, args, results| {
        // What is given back for 0 is no function at all.
        results[0] = if args[1].i32() == Some(0) { Val::FuncRef(None) } else { args[0].clone() };
        Ok(())
    })
    .unwrap();
    let text = r#"(module
        (type $t (func (param i32) (result i32)))
        (import "" "" (func $pass (param (ref $t) i32) (result (ref $t))))
        (elem declare func $next)
        (func $next (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func (export "run") (param i32) (result i32)
            (call_ref $t (i32.const 6) (call $pass (ref.func $next) (local.get 0)))))"#;
    let instance = with_imports(&store, text, &[pass.into()]).unwrap();
    let run = instance.func("run").unwrap();
    assert_eq!(run.call(&[Val::I32(1)]).unwrap()[0].i32(), Some(7));
    assert_eq!(run.call(&[Val::I32(0)]).unwrap_err().kind(), Kind::ResultType);
}

/// Every sort of import that says a type, against types that fit and types that do not.
#[test]
fn imports_fit_by_subtyping_and_what_can_be_assigned_by_equality() {
    let store = store();
    let exports = with_imports(
        &store,
        r#"(module
            (type $t (func)) (type $u (func (param i32)))
            (rec (type $r (func)) (type (func)))
            (func $f (export "func") (type $t))
            (func (export "in_group") (type $r))
            (global (export "const") (ref $t) (ref.func $f))
            (global (export "mut") (mut (ref $t)) (ref.func $f))
            (global (export "const_null") (ref null $t) (ref.null nofunc))
            (table (export "table") 1 (ref null $t))
            (table (export "table_func") 1 funcref))"#,
        &[],
    )
    .unwrap();
    let types = "(type $t (func)) (type $u (func (param i32))) (rec (type $r (func)) (type (func)))
        (rec (type (func)) (type $other (func)))";
    for (export, import, fits) in [
        ("func", "(func (type $t))", true),
        ("func", "(func (type $u))", false),
        ("func", "(func (type $r))", false),
        ("in_group", "(func (type $r))", true),
        ("in_group", "(func (type $t))", false),
        ("in_group", "(func (type $other))", false),
        ("func", "(global (ref $t))", false),
        ("const", "(global (ref $t))", true),
        ("const", "(global (ref null $t))", true),
        ("const", "(global (ref func))", true),
        ("const", "(global funcref)", true),
        ("const", "(global (ref null $u))", false),
        ("const", "(global externref)", false),
        ("const", "(global (mut (ref $t)))", false),
        ("const", "(func (type $t))", false),
        ("const_null", "(global (ref $t))", false),
        ("const_null", "(global funcref)", true),
        ("mut", "(global (mut (ref $t)))", true),
        ("mut", "(global (mut (ref null $t)))", false),
        ("mut", "(global (ref $t))", false),
        ("table", "(table 1 (ref null $t))", true),
        ("table", "(table 1 funcref)", false),
        ("table", "(table 1 (ref null $u))", false),
        ("table_func", "(table 1 (ref null $t))", false),
        ("table_func", "(table 1 funcref)", true),
    ] {
        let text = format!(r#"(module {types} (import "m" "{export}" {import}))"#);
        let item = exports.export(export).unwrap();
        match with_imports(&store, &text, &[item]) {
            Ok(_) => assert!(fits, "{export} was taken for {import}"),
            Err(error) => assert!(!fits && error.kind() == Kind::IncompatibleImport, "{export}, {import}: {error:?}"),
        }
    }
}

/// Numbers of types are another in every run, so no message shows them.
#[test]
fn messages_tell_what_types_are_made_of() {
    let text = |ty: &FuncType| reference(true, HeapType::Concrete(ty.register().unwrap().id())).to_string();
    let simple = FuncType::new([ValType::I32, ValType::V128], [ValType::F64]).register().unwrap();
    assert_eq!(text(simple.ty()), "(ref null (func (param i32 v128) (result f64)))");
    assert_eq!(text(&FuncType::new([], [])), "(ref null (func))");
    let around = FuncType::new(
        [reference(false, HeapType::Concrete(simple.id())), ValType::Ref(RefType::EXTERNREF)],
        [reference(true, HeapType::Concrete(simple.id()))],
    );
    assert_eq!(text(&around), "(ref null (func (param (ref (func ...)) externref) (result (ref null (func ...)))))");
    assert_eq!(
        text(&FuncType::new([ValType::I64; 17], [])),
        format!("(ref null (func (param{} ...)))", " i64".repeat(16))
    );

    let store = store();
    let message = |wanted: &str, given: Extern| {
        let types = "(type $t (func (param i32))) (rec (type $a (func (param (ref $a)))) (type (func)))";
        let text = format!(r#"(module {types} (import "m" "f" {wanted}))"#);
        with_imports(&store, &text, &[given]).unwrap_err().message().to_owned()
    };
    let func: Extern = Func::wrap(&store, |_: i32| ()).unwrap().into();
    assert_eq!(
        message("(func (param (ref null $t)))", func.clone()),
        "the import m.f has to be a function ((ref null (func (param i32)))) -> (), and a function (i32) -> () was given"
    );
    assert_eq!(
        message("(global (ref $a))", func),
        "the import m.f has to be a global (ref (func (param (ref (func ...))))), and a function (i32) -> () was given"
    );
    let other = r#"(module (rec (type $a (func (param (ref $a)))) (type (func (result i32))))
        (func (export "f") (type $a)))"#;
    let other = with_imports(&store, other, &[]).unwrap().export("f").unwrap();
    assert_eq!(
        message("(func (type $a))", other),
        "the import m.f has to be a function ((ref (func (param (ref (func ...)))))) -> (), \
         and a function ((ref (func (param (ref (func ...)))))) -> () was given \
         that differs in what is not shown: the recursion group, or a type that a type refers to"
    );
}

#[test]
fn tables_and_globals_of_the_host_hold_typed_references() {
    let store = store();
    let callback = FuncType::new([], [ValType::I32]).register().unwrap();
    let (null, some) = (reference(true, HeapType::Concrete(callback.id())), HeapType::Concrete(callback.id()));
    let right = Val::FuncRef(Some(Func::wrap(&store, || 5_i32).unwrap()));
    let wrong = Val::FuncRef(Some(Func::wrap(&store, || 5_i64).unwrap()));
    let never_null = TableType::new(RefType { nullable: false, heap: some }, 2, None);
    assert_eq!(Table::new(&store, never_null, Val::FuncRef(None)).unwrap_err().kind(), Kind::ArgumentType);
    let table = Table::new(&store, never_null, right.clone()).unwrap();
    assert_eq!(table.set(0, wrong.clone()).unwrap_err().kind(), Kind::ArgumentType);
    assert_eq!(table.grow(1, Val::FuncRef(None)).unwrap_err().kind(), Kind::ArgumentType);
    assert_eq!(table.size(), 2);
    let global = Global::new(&store, GlobalType { content: null, mutable: true }, Val::FuncRef(None)).unwrap();
    assert_eq!(global.set(wrong).unwrap_err().kind(), Kind::ArgumentType);
    global.set(right).unwrap();
    assert!(matches!(global.get(), Val::FuncRef(Some(_))));
}

#[test]
fn what_needs_garbage_collection_is_refused_by_that_name() {
    for text in [
        "(module (type (struct)))",
        "(module (type (array i8)))",
        "(module (type (sub (func))))",
        "(module (rec (type (func)) (type (struct))))",
        "(module (func (param anyref)))",
        "(module (global i31ref (ref.i31 (i32.const 1))))",
        "(module (table 1 eqref))",
        "(module (func (local structref)))",
        "(module (func (block (result anyref) (unreachable)) (drop)))",
        "(module (func (drop (ref.null any))))",
        "(module (func (drop (select (result anyref) (unreachable)))))",
        "(module (func (drop (ref.i31 (i32.const 1)))))",
        "(module (func (param funcref) (drop (ref.test (ref func) (local.get 0)))))",
    ] {
        let error = Module::from_text(&support::engine(), text).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported, "{text}: {error}");
        assert!(error.message().contains("the proposal gc is not supported"), "{text}: {error}");
    }
}

#[test]
fn a_host_function_made_from_the_type_of_an_import_fits_it() {
    let wanting = module(
        r#"(module (rec (type $a (func (param (ref null $b)))) (type $b (func (param (ref null $a)))))
            (import "host" "f" (func $f (type $a)))
            (func (export "run") (call $f (ref.null $b))))"#,
    );
    let Some(ExternType::Func(ty)) = wanting.imports().next().map(|import| import.ty()) else { panic!("a function") };
    let mut linker = Linker::new(&support::engine());
    linker.func("host", "f", ty.clone(), |_, args, _| {
        assert!(matches!(args[0], Val::FuncRef(None)));
        Ok(())
    });
    let store = Store::new(&support::engine(), Limits::default());
    let instance: Instance = linker.instantiate(&store, &wanting).unwrap();
    instance.func("run").unwrap().call(&[]).unwrap();

    // The same parameters, declared alone, are another type.
    let alone = FuncType::new(ty.params().iter().copied(), []);
    let f: Extern = Func::new(&store, alone, |_, _, _| Ok(())).unwrap().into();
    assert_eq!(Instance::new(&store, &wanting, &[f]).unwrap_err().kind(), Kind::IncompatibleImport);
}
