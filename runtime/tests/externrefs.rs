//! Objects of the host in guests: they live as long as a guest can reach them, and not much longer.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use edge_runtime::{
    Caller, ExternRef, Func, FuncType, Global, GlobalType, Instance, RefType, Table, TableType, Val, ValType,
};
use support::{instance, linked, module, store};

const EXTERN: ValType = ValType::Ref(RefType::EXTERNREF);

/// Counts those of its kind that are alive.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn val(alive: &Arc<AtomicUsize>) -> Val {
        alive.fetch_add(1, Relaxed);
        Val::ExternRef(Some(ExternRef::new(Self(Arc::clone(alive)))))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

const PASSES: &str = r#"(module
    (global $kept (export "kept") (mut externref) (ref.null extern))
    (global $own (mut externref) (ref.null extern))
    (table $table (export "table") 4 externref)
    (func (export "pass") (param externref) (result externref) (local.get 0))
    (func (export "keep") (param externref) (global.set $own (local.get 0)))
    (func (export "put") (param i32 externref) (table.set (local.get 0) (local.get 1)))
    (func (export "get") (result externref) (global.get $own)))"#;

fn call(instance: &Instance, name: &str, args: &[Val]) -> Vec<Val> {
    instance.func(name).unwrap().call(args).unwrap()
}

/// Twice: what was passed since the last time stays once more.
fn collect(instance: &Instance) {
    instance.store().collect_externrefs();
    instance.store().collect_externrefs();
}

#[test]
fn calls_that_pass_fresh_objects_stay_flat() {
    let instance = instance(PASSES);
    let pass = instance.func("pass").unwrap();
    let alive = Arc::new(AtomicUsize::new(0));
    let (mut results, mut most) = ([Val::ExternRef(None)], 0);
    // EDGE_MANY_CALLS=10000000 is what was run by hand.
    let calls = std::env::var("EDGE_MANY_CALLS").map_or(200_000, |calls| calls.parse().unwrap());
    for _ in 0..calls {
        pass.call_into(&[Counted::val(&alive)], &mut results).unwrap();
        assert!(matches!(&results[0], Val::ExternRef(Some(object)) if object.downcast_ref::<Counted>().is_some()));
        most = most.max(alive.load(Relaxed));
    }
    assert!(most < 5_000, "{most} were alive at a time");
    assert!(instance.store().externrefs() < 5_000);
    drop(results);
    collect(&instance);
    assert_eq!((alive.load(Relaxed), instance.store().externrefs()), (0, 0));
}

#[test]
fn what_a_guest_can_reach_stays() {
    let instance = instance(PASSES);
    let alive = Arc::new(AtomicUsize::new(0));
    call(&instance, "keep", &[Counted::val(&alive)]);
    call(&instance, "put", &[Val::I32(3), Counted::val(&alive)]);
    instance.global("kept").unwrap().set(Counted::val(&alive)).unwrap();
    call(&instance, "pass", &[Counted::val(&alive)]);
    collect(&instance);
    assert_eq!(alive.load(Relaxed), 3);
    let kept = call(&instance, "get", &[]);
    assert!(matches!(&kept[0], Val::ExternRef(Some(object)) if object.downcast_ref::<Counted>().is_some()));
    // What it lets go of goes, unless the host has it.
    call(&instance, "keep", &[Val::ExternRef(None)]);
    call(&instance, "put", &[Val::I32(3), Val::ExternRef(None)]);
    collect(&instance);
    assert_eq!(alive.load(Relaxed), 2);
    drop(kept);
    assert_eq!(alive.load(Relaxed), 1);
    let store = instance.store().clone();
    drop(instance);
    assert_eq!(alive.load(Relaxed), 1, "the store is still there");
    drop(store);
    assert_eq!(alive.load(Relaxed), 0);
}

#[test]
fn globals_and_tables_of_the_host_hold_too() {
    let store = store();
    let alive = Arc::new(AtomicUsize::new(0));
    let ty = GlobalType { content: EXTERN, mutable: true };
    let global = Global::new(&store, ty, Counted::val(&alive)).unwrap();
    // Numbers in globals are no references.
    let number = Global::new(&store, GlobalType { content: ValType::I64, mutable: true }, Val::I64(3)).unwrap();
    let table = Table::new(&store, TableType::new(RefType::EXTERNREF, 2, None), Counted::val(&alive)).unwrap();
    Func::new(&store, FuncType::new([EXTERN], []), |_, _, _| Ok(())).unwrap().call(&[Counted::val(&alive)]).unwrap();
    assert_eq!(store.collect_externrefs() + store.collect_externrefs(), 1);
    assert_eq!((alive.load(Relaxed), store.externrefs()), (2, 2));
    global.set(Val::ExternRef(None)).unwrap();
    table.set(0, Val::ExternRef(None)).unwrap();
    assert_eq!((store.collect_externrefs(), number.get().i64()), (1, Some(3)));
    table.set(1, Val::ExternRef(None)).unwrap();
    assert_eq!((store.collect_externrefs(), alive.load(Relaxed)), (1, 0));
}

#[test]
fn nothing_goes_while_a_guest_runs() {
    let alive = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&alive);
    let instance = linked(
        r#"(module (import "host" "collect" (func $collect))
            (import "host" "fresh" (func $fresh (result externref)))
            (func (export "run") (result externref) (local externref)
                (local.set 0 (call $fresh)) (call $collect) (call $collect) (local.get 0)))"#,
        |linker| {
            linker
                .func_wrap("host", "collect", |caller: Caller<'_>| assert_eq!(caller.store().collect_externrefs(), 0));
            linker.func("host", "fresh", FuncType::new([], [EXTERN]), move |_, _, results| {
                results[0] = Counted::val(&counter);
                Ok(())
            });
        },
    )
    .unwrap();
    let result = call(&instance, "run", &[]);
    assert!(matches!(&result[0], Val::ExternRef(Some(_))));
    drop(result);
    collect(&instance);
    assert_eq!(alive.load(Relaxed), 0);
}

#[test]
fn a_drop_may_call_into_the_store() {
    struct Calls(Func);
    impl Drop for Calls {
        fn drop(&mut self) {
            self.0.call(&[]).unwrap();
        }
    }
    let (store, calls) = (store(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&calls);
    let count = Func::wrap(&store, move || _ = counter.fetch_add(1, Relaxed)).unwrap();
    let instance = Instance::new(&store, &module(PASSES), &[]).unwrap();
    call(&instance, "pass", &[Val::ExternRef(Some(ExternRef::new(Calls(count))))]);
    collect(&instance);
    assert_eq!(calls.load(Relaxed), 1);
}

#[test]
fn one_object_is_one_reference() {
    let instance = instance(PASSES);
    let object = ExternRef::new(5);
    for _ in 0..3 {
        let back = call(&instance, "pass", &[Val::ExternRef(Some(object.clone()))]);
        assert!(matches!(&back[0], Val::ExternRef(Some(back)) if back.ptr_eq(&object)));
        collect(&instance);
    }
    assert!(support::engine().same(instance.store().engine()));
}
