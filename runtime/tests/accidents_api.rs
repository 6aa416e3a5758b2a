//! Accidents that other engines had between host and guest, as tests named after them.

mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use edge_runtime::{
    Engine, ExternRef, Func, FuncType, Global, GlobalType, Instance, Kind, Limits, Linker, Memory, MemoryType, RefType,
    Store, Table, TableType, Val, ValType, interrupt,
};
use support::{instance, linked, module, store, with_imports};

const EXTERN: ValType = ValType::Ref(RefType::EXTERNREF);

/// Counts those of its kind that are alive.
struct Counted(Arc<AtomicUsize>, usize);

impl Counted {
    fn object(alive: &Arc<AtomicUsize>, number: usize) -> ExternRef {
        alive.fetch_add(1, Relaxed);
        ExternRef::new(Self(Arc::clone(alive), number))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

fn run(instance: &Instance, name: &str, args: &[Val]) -> Vec<Val> {
    instance.func(name).unwrap().call(args).unwrap_or_else(|e| panic!("{name}: {e:?}"))
}

/// wasmtime: objects of the host that a guest had only in its locals were freed while the guest went on (also
/// CVE-2021-39218), because the host had dropped its handle and asked for a collection meanwhile.
#[test]
fn cve_2021_39216_an_object_that_only_a_running_guest_holds_lives() {
    let alive = Arc::new(AtomicUsize::new(0));
    let (seen, made) = (Arc::clone(&alive), Arc::clone(&alive));
    let text = r#"(module
        (import "host" "make" (func $make (param i32) (result externref)))
        (import "host" "collect" (func $collect))
        (import "host" "number" (func $number (param externref) (result i32)))
        (func $deeper (param $o externref) (param $depth i32) (result externref)
            (call $collect)
            (if (result externref) (local.get $depth)
                (then (call $deeper (local.get $o) (i32.sub (local.get $depth) (i32.const 1))))
                (else (local.get $o))))
        (func (export "run") (result i32) (local $a externref) (local $b externref)
            (local.set $a (call $make (i32.const 40)))
            (local.set $b (call $make (i32.const 2)))
            (call $collect)
            (local.set $a (call $deeper (local.get $a) (i32.const 20)))
            (i32.add (call $number (local.get $a)) (call $number (local.get $b)))))"#;
    let instance = linked(text, |linker| {
        linker.func("host", "make", FuncType::new([ValType::I32], [EXTERN]), move |_, args, results| {
            let number = args[0].i32().expect("of the type") as usize;
            results[0] = Val::ExternRef(Some(Counted::object(&made, number)));
            Ok(())
        });
        linker.func("host", "collect", FuncType::new([], []), |caller, _, _| {
            // Objects that nobody holds make the collection worth while.
            for _ in 0..100 {
                drop(ExternRef::new(()));
            }
            caller.store().collect_externrefs();
            caller.store().collect_externrefs();
            Ok(())
        });
        linker.func("host", "number", FuncType::new([EXTERN], [ValType::I32]), |_, args, results| {
            let Val::ExternRef(Some(object)) = &args[0] else { panic!("an object") };
            let counted = object.downcast_ref::<Counted>().expect("the object that was made");
            results[0] = Val::I32(counted.1 as i32);
            Ok(())
        });
    })
    .unwrap();
    assert_eq!(run(&instance, "run", &[])[0].i32(), Some(42));
    instance.store().collect_externrefs();
    instance.store().collect_externrefs();
    assert_eq!(seen.load(Relaxed), 0, "nothing stays when the guest has ended");
}

/// wasmtime: `table.init` from a segment that was dropped panicked in the host, for tables of references of the host.
#[test]
fn cve_2024_30266_a_segment_that_was_dropped_is_empty() {
    for (ty, null) in [("funcref", "(ref.null func)"), ("externref", "(ref.null extern)")] {
        let instance = instance(&format!(
            r#"(module (table $t (export "t") 10 {ty})
                (elem $passive {ty} (item {null}) (item {null}) (item {null}))
                (elem $active (table $t) (i32.const 0) {ty} (item {null}))
                (func (export "passive") (param i32 i32 i32)
                    (table.init $t $passive (local.get 0) (local.get 1) (local.get 2)))
                (func (export "active") (param i32 i32 i32)
                    (table.init $t $active (local.get 0) (local.get 1) (local.get 2)))
                (func (export "drop") (elem.drop $passive)))"#
        ));
        let init = |name: &str, args: [i32; 3]| instance.func(name).unwrap().call(&args.map(Val::I32)).map(drop);
        init("passive", [7, 0, 3]).unwrap();
        run(&instance, "drop", &[]);
        // Twice is as good as once.
        run(&instance, "drop", &[]);
        for name in ["passive", "active"] {
            init(name, [0, 0, 0]).unwrap();
            init(name, [10, 0, 0]).unwrap();
            for args in [[0, 0, 1], [0, 1, 0], [11, 0, 0], [0, 0, -1], [0, -1, 0], [-1, 0, 0], [-1, -1, -1]] {
                let kind = init(name, args).unwrap_err().kind();
                assert_eq!(kind, Kind::TableOutOfBounds, "{ty}: {name} {args:?}");
            }
        }
    }
}

/// wasmtime: a linker that was copied used what belonged to the first one.
#[test]
fn cve_2026_34983_a_copied_linker_outlives_the_first() {
    let alive = Arc::new(AtomicUsize::new(0));
    let text = r#"(module (import "host" "f" (func $f (result i32))) (import "other" "g" (func $g (result i32)))
        (import "host" "made" (func $made (result i32))) (memory (import "host" "m") 1)
        (func (export "run") (result i32) (i32.add (call $f) (i32.add (call $g) (i32.add (call $made)
            (i32.load8_u (i32.const 0)))))))"#;
    let module = module(text);
    let store = store();
    let mut first = Linker::new(&support::engine());
    let counted = Counted(Arc::clone(&alive), 30);
    alive.fetch_add(1, Relaxed);
    first.func_wrap("host", "f", move || {
        // The whole of it, so that it lives as long as the function.
        let counted: &Counted = &counted;
        counted.1 as i32
    });
    first.define("host", "made", Func::wrap(&store, || 1_i32).unwrap());
    first.define("host", "m", Memory::new(&store, MemoryType::new(1, None)).unwrap());
    first.alias("host", "f", "other", "g").unwrap();
    let mut copies: Vec<Linker> = (0..3).map(|_| first.clone()).collect();
    copies.push(copies[0].clone());
    // What one defines anew is nothing to the others.
    first.func_wrap("host", "f", || 1000_i32);
    drop(first);
    copies[1].func_wrap("other", "g", || 5_i32);
    let results: Vec<_> = copies
        .into_iter()
        .map(|linker| {
            let instance = linker.instantiate(&store, &module).unwrap();
            drop(linker);
            run(&instance, "run", &[])[0].i32()
        })
        .collect();
    assert_eq!(results, [Some(61), Some(36), Some(61), Some(61)]);
    assert_eq!(alive.load(Relaxed), 1, "instances hold what they call");
    drop((store, module));
    assert_eq!(alive.load(Relaxed), 0, "nobody else does");
}

/// A guest with long operations. It goes through several rounds in one call, longer than a tick takes to come, and says
/// in a global when it is inside of one.
const LONG: &str = r#"(module
    (memory $m (export "m") 1024 2000) (table $t (export "t") 4000000 5000000 funcref) (elem declare func $f) (func $f)
    (data $d "x") (elem $e func $f)
    (global $inside (export "inside") (mut i32) (i32.const 0))
    (func (export "disturb")
        (drop (memory.grow (i32.const 1))) (drop (table.grow $t (ref.null func) (i32.const 1000)))
        (data.drop $d) (elem.drop $e))

    (func $mark (local $i i32)
        (loop (i32.store (local.get $i) (local.get $i))
            (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const 0x3000000)))))
    (func $moved (result i32) (local $i i32)
        (loop
            (if (i32.ne (i32.load offset=4 (local.get $i)) (local.get $i)) (then (return (local.get $i))))
            (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const 0x3000000))))
        (i32.const -1))
    (func (export "memory.copy") (param $rounds i32) (result i32) (local $wrong i32)
        (loop
            (call $mark)
            (global.set $inside (i32.const 1))
            (memory.copy (i32.const 4) (i32.const 0) (i32.const 0x3000000))
            (global.set $inside (i32.const 0))
            (if (i32.ne (local.tee $wrong (call $moved)) (i32.const -1)) (then (return (local.get $wrong))))
            (br_if 0 (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
        (i32.const -1))

    (func $unmark (table.fill $t (i32.const 0) (ref.null func) (i32.const 4000000))
        (table.set $t (i32.const 0) (ref.func $f)) (table.set $t (i32.const 1999999) (ref.func $f))
        (table.set $t (i32.const 3999998) (ref.func $f)))
    (func $table_moved (result i32) (local $i i32) (local $found i32)
        (loop
            (if (i32.eqz (ref.is_null (table.get $t (local.get $i)))) (then
                (local.set $found (i32.add (i32.mul (local.get $found) (i32.const 3)) (local.get $i)))))
            (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4000000))))
        (local.get $found))
    (func (export "table.copy") (param $rounds i32) (result i32) (local $found i32)
        (loop
            (call $unmark)
            (global.set $inside (i32.const 1))
            (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 3999999))
            (global.set $inside (i32.const 0))
            (local.set $found (call $table_moved))
            (br_if 0 (i32.and
                ;; Functions at 0 (which stays), 1, 2,000,000 and 3,999,999.
                (i32.eq (local.get $found) (i32.const 10000008))
                (i32.ne (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))) (i32.const 0)))))
        (local.get $found)))"#;

/// wasmtime (RUSTSEC-2026-0223): what ran in the middle of a bulk operation, because the guest was preempted there, could grow
/// the memory or table on which the operation went on. Here hooks run between its pieces: they may grow both and drop
/// segments, and the operation ends as if nobody had been there.
#[test]
fn cve_2026_104855_growth_in_the_middle_of_a_bulk_operation() {
    let instance = instance(LONG);
    let (memory, table) = (instance.memory("m").unwrap(), instance.table("t").unwrap());
    // How often the hook ran in the middle of an operation.
    let ticks = Rc::new(Cell::new(0));
    let (guest, inside, count) = (instance.clone(), instance.global("inside").unwrap(), Rc::clone(&ticks));
    let hook = move || {
        if inside.get().i32() == Some(0) {
            return Ok(());
        }
        count.set(count.get() + 1);
        guest.func("disturb")?.call(&[]).map(drop)
    };
    interrupt::set_tick(Some(Rc::new(hook))).unwrap();
    for (operation, expected) in [("memory.copy", -1), ("table.copy", 10_000_008)] {
        ticks.set(0);
        // A tick comes every 5 ms and meets some of the operations; twenty rounds take longer than that on any machine.
        for _ in 0..200 {
            assert_eq!(run(&instance, operation, &[Val::I32(20)])[0].i32(), Some(expected), "{operation}");
            if ticks.get() >= 3 {
                break;
            }
        }
        assert!(ticks.get() >= 3, "{operation}: {} hooks ran", ticks.get());
    }
    interrupt::set_tick(None).unwrap();
    assert!(memory.size() >= 1024 + 6 && table.size() >= 4_006_000);
}

/// WasmEdge 84f55bda5 and 37cc9fa19: the new size of a memory or a range of it overflowed, and a growth that could not be
/// succeeded, or a range that was outside passed.
#[test]
fn wasmedge_84f55bda5_and_37cc9fa19_sizes_that_overflow() {
    for (index, wide) in [("i32", false), ("i64", true)] {
        let of = if wide { "i64" } else { "" };
        let instance = instance(&format!(
            r#"(module (memory $m (export "m") {of} 2) (table $t (export "t") {of} 3 funcref)
                (func (export "memory") (param {index}) (result {index}) (memory.grow (local.get 0)))
                (func (export "table") (param {index}) (result {index}) (table.grow $t (ref.null func) (local.get 0)))
                (func (export "fill") (param {index} {index}) (memory.fill (local.get 0) (i32.const 0) (local.get 1)))
                (func (export "clear") (param {index} {index})
                    (table.fill $t (local.get 0) (ref.null func) (local.get 1))))"#
        ));
        let val = |x: i64| if wide { Val::I64(x) } else { Val::I32(x as i32) };
        let number = |val: &Val| val.i64().or(val.i32().map(i64::from));
        let (memory, table) = (instance.memory("m").unwrap(), instance.table("t").unwrap());
        let mut large = vec![-1, -2, -3, i64::from(i32::MIN), i64::from(i32::MAX), 65_535, 65_536, 0xffff_fffe];
        if wide {
            large.extend([i64::MIN, i64::MAX, 1 << 47, 1 << 48, (1 << 48) - 2, -1 << 16, i64::MIN >> 15, 1 << 32]);
        }
        for &delta in &large {
            assert_eq!(number(&run(&instance, "memory", &[val(delta)])[0]), Some(-1), "{index}: {delta:#x}");
            let unsigned = if wide { delta as u64 } else { u64::from(delta as u32) };
            if unsigned > 10_000_000 {
                assert_eq!(number(&run(&instance, "table", &[val(delta)])[0]), Some(-1), "{index}: {delta:#x}");
                assert!(table.grow(unsigned, Val::FuncRef(None)).is_err(), "{index}: {delta:#x}");
            }
            assert!(memory.grow(unsigned).is_err(), "{index}: {delta:#x}");
            // Ranges whose end is a small number again.
            for (name, kind, size) in [("fill", Kind::MemoryOutOfBounds, 131_072), ("clear", Kind::TableOutOfBounds, 3)]
            {
                for (at, len) in [(delta, delta.wrapping_neg()), (1, delta), (delta, 2), (size, delta)] {
                    let narrow = |x: i64| if wide { x as u64 } else { u64::from(x as u32) };
                    if narrow(at).checked_add(narrow(len)).is_some_and(|end| end <= size as u64) {
                        continue;
                    }
                    let error = instance.func(name).unwrap().call(&[val(at), val(len)]).unwrap_err();
                    assert_eq!(error.kind(), kind, "{index}: {name} {at:#x} {len:#x}");
                }
            }
        }
        assert!(memory.read(u64::MAX, &mut [0; 2]).is_err() && memory.write(u64::MAX - 1, &[0; 4]).is_err());
        assert_eq!((memory.size(), table.size()), (2, 3));
        assert_eq!(number(&run(&instance, "memory", &[val(1)])[0]), Some(2), "growth that fits goes on");
    }
}

/// wasmtime: an instance that failed half-way was dropped as if it had been complete. Each limit lets it come one step
/// further; what was made goes with the store, and the store works.
#[test]
fn cve_2022_23636_instances_that_are_half_made() {
    let text = r#"(module
        (import "host" "f" (func $f (result i32))) (import "host" "o" (global externref))
        (memory 1) (memory 1) (memory 1) (table 4 funcref) (table 4 externref) (table 4 funcref)
        (global (mut externref) (global.get 0)) (elem (table 1) (i32.const 0) externref (item (global.get 0)))
        (elem (table 0) (i32.const 0) func $f) (data (i32.const 0) "data")
        (func (export "run") (result i32) (call_indirect (result i32) (i32.const 0))))"#;
    let module = module(text);
    let alive = Arc::new(AtomicUsize::new(0));
    let whole = |store: &Store| {
        let object = Val::ExternRef(Some(Counted::object(&alive, 0)));
        let ty = GlobalType { content: EXTERN, mutable: false };
        let global = Global::new(store, ty, object).unwrap();
        Instance::new(store, &module, &[Func::wrap(store, || 7_i32).unwrap().into(), global.into()])
    };
    for pages in 0..=3_u64 {
        for elements in [0, 3, 4, 8, 11, 12] {
            let mut limits = Limits::default();
            (limits.memory, limits.table) = (pages << 16, elements);
            let store = Store::new(&support::engine(), limits);
            let fits = pages == 3 && elements >= 12;
            let outcome = whole(&store);
            assert_eq!(outcome.is_ok(), fits, "{pages} pages, {elements} elements");
            if let Ok(instance) = outcome {
                assert_eq!(run(&instance, "run", &[])[0].i32(), Some(7));
            }
            let small =
                with_imports(&store, r#"(module (func (export "run") (result i32) (i32.const 5)))"#, &[]).unwrap();
            assert_eq!(run(&small, "run", &[])[0].i32(), Some(5));
        }
    }
    assert_eq!(alive.load(Relaxed), 0);
}

/// wasmtime: memories of a pool without pages had no guard behind them (CVE-2022-39392), and kept what their last tenant had
/// written (also CVE-2026-34988).
#[test]
fn cve_2022_39392_and_39393_memories_begin_empty() {
    for _ in 0..50 {
        let instance = instance(
            r#"(module (memory $none 0 4) (memory $one (export "one") 1 4)
                (func (export "load") (param i32) (result i32) (i32.load $none (local.get 0)))
                (func (export "grow") (result i32) (drop (memory.grow $none (i32.const 2))) (memory.grow $one (i32.const 2)))
                (func (export "sum") (result i64) (local $i i32) (local $sum i64)
                    (loop
                        (local.set $sum (i64.or (local.get $sum)
                            (i64.or (i64.load $none (local.get $i)) (i64.load $one (local.get $i)))))
                        (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 131072))))
                    (local.get $sum))
                (func (export "soil") (memory.fill $none (i32.const 0) (i32.const 255) (i32.const 131072))
                    (memory.fill $one (i32.const 0) (i32.const 255) (i32.const 196608))))"#,
        );
        for at in [0, 1, 65_535, 65_536, 0x7fff_ffff, -4, -1] {
            let error = instance.func("load").unwrap().call(&[Val::I32(at)]).unwrap_err();
            assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{at:#x}");
        }
        assert_eq!(run(&instance, "grow", &[])[0].i32(), Some(1));
        assert_eq!(run(&instance, "sum", &[])[0].i64(), Some(0), "what a tenant before it wrote");
        run(&instance, "soil", &[]);
    }
}

/// Tables of the host: their elements are those that were asked for, whatever was there before.
#[test]
fn cve_2026_34988_tables_begin_as_asked() {
    let engine: Engine = support::engine();
    for _ in 0..50 {
        let store = Store::new(&engine, Limits::default());
        let table = Table::new(&store, TableType::new(RefType::FUNCREF, 1000, None), Val::FuncRef(None)).unwrap();
        assert!((0..1000).all(|i| matches!(table.get(i), Ok(Val::FuncRef(None)))));
        let func = Func::wrap(&store, || ()).unwrap();
        (0..1000).for_each(|i| table.set(i, Val::FuncRef(Some(func.clone()))).unwrap());
        table.grow(1000, Val::FuncRef(None)).unwrap();
        assert!((1000..2000).all(|i| matches!(table.get(i), Ok(Val::FuncRef(None)))));
    }
}
