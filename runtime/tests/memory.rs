//! Memories from both sides: reading, writing, growth, bounds, limits.

mod support;

use edge_runtime::{Instance, Kind, Limits, Memory, MemoryType, Phase, RefType, Store, Table, TableType, Val};
use support::{instance, module, store};

const PAGE: u64 = 65_536;

fn limited(memory: u64) -> Store {
    let mut limits = Limits::default();
    limits.memory = memory;
    Store::new(&support::engine(), limits)
}

#[test]
fn reads_and_writes() {
    let memory = Memory::new(&store(), MemoryType::new(1, None)).unwrap();
    memory.write(65_530, b"abcdef").unwrap();
    assert_eq!(memory.read_vec(65_530, 6).unwrap(), b"abcdef");
    let mut two = [0; 2];
    memory.read(65_534, &mut two).unwrap();
    assert_eq!(&two, b"ef");
    memory.read(65_536, &mut []).unwrap();
    memory.write(65_536, &[]).unwrap();
}

#[test]
fn ranges_outside_are_named() {
    let memory = Memory::new(&store(), MemoryType::new(1, None)).unwrap();
    for (offset, len) in [(65_531, 6), (65_537, 0), (u64::MAX, 1), (u64::MAX - 2, 6), (1 << 32, 6)] {
        let error = memory.read_vec(offset, len).unwrap_err();
        assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
        assert_eq!(error.message(), format!("{len} bytes at {offset} are not within the memory of 65536 bytes"));
        assert_eq!(memory.write(offset, &vec![1; len]).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    }
    assert_eq!(memory.read_vec(0, usize::MAX).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    assert_eq!(memory.read_vec(65_530, 6).unwrap(), [0; 6]);
}

#[test]
fn growth_never_moves() {
    let instance = instance(
        r#"(module (memory (export "m") 1 4)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "size") (result i32) (memory.size)))"#,
    );
    let memory = instance.memory("m").unwrap();
    let grow = instance.func("grow").unwrap().typed::<i32, i32>().unwrap();
    let size = instance.func("size").unwrap().typed::<(), i32>().unwrap();
    let base = memory.data_ptr();
    memory.write(0, b"kept").unwrap();
    assert_eq!(grow.call(2).unwrap(), 1);
    assert_eq!((size.call(()).unwrap(), memory.size()), (3, 3));
    assert_eq!(memory.read_vec(3 * PAGE - 4, 4).unwrap(), [0; 4]);
    assert_eq!(memory.grow(1).unwrap(), 3);
    assert_eq!((size.call(()).unwrap(), memory.data_size()), (4, 4 * 65_536));
    assert_eq!(grow.call(1).unwrap(), -1);
    assert_eq!(grow.call(-1).unwrap(), -1);
    assert_eq!(grow.call(0).unwrap(), 4);
    let error = memory.grow(1).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::MemoryLimit));
    assert_eq!(error.message(), "a memory of 4 pages cannot grow by 1: its maximum is 4 pages");
    assert_eq!(memory.grow(u64::MAX).unwrap_err().kind(), Kind::MemoryLimit);
    assert_eq!((memory.data_ptr(), &memory.read_vec(0, 4).unwrap()[..]), (base, &b"kept"[..]));
    assert_eq!(memory.ty(), MemoryType::new(4, Some(4)));
}

#[test]
fn the_last_byte_can_be_reached_and_no_other() {
    let instance = instance(
        r#"(module (memory 1)
            (func (export "l8") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "l16") (param i32) (result i32) (i32.load16_u (local.get 0)))
            (func (export "l32") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "l64") (param i32) (result i32) (i32.wrap_i64 (i64.load (local.get 0))))
            (func (export "s64") (param i32) (result i32) (i64.store (local.get 0) (i64.const 0)) (i32.const 0))
            (func (export "copysign") (param i32) (result i32)
                (i32.trunc_sat_f64_s (f64.copysign (f64.const 1) (f64.load (local.get 0))))))"#,
    );
    for (name, width) in [("l8", 1), ("l16", 2), ("l32", 4), ("l64", 8), ("s64", 8), ("copysign", 8)] {
        let access = instance.func(name).unwrap().typed::<u32, i32>().unwrap();
        access.call(65_536 - width).unwrap();
        for outside in [65_537 - width, 65_536, 1 << 31, (1 << 31) - 1, u32::MAX, u32::MAX - 7] {
            let error = access.call(outside).expect_err(name);
            assert_eq!(error.kind(), Kind::MemoryOutOfBounds, "{name} {outside}");
        }
    }
}

#[test]
fn the_limit_holds_for_all_memories_together() {
    let store = limited(3 * PAGE);
    let a = Memory::new(&store, MemoryType::new(1, None)).unwrap();
    let b = Memory::new(&store, MemoryType::new(1, None)).unwrap();
    assert_eq!(store.memory_used(), 2 * PAGE);
    a.grow(1).unwrap();
    let error = b.grow(1).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::MemoryLimit));
    assert_eq!(error.message(), "the limit on memory is 196608 bytes: 196608 are in use and 65536 more are wanted");
    let error = Memory::new(&store, MemoryType::new(1, None)).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Instantiate, Kind::MemoryLimit));
    let error = Instance::new(&store, &module("(module (memory 1))"), &[]).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Instantiate, Kind::MemoryLimit));
    assert_eq!(store.memory_used(), 3 * PAGE);
}

#[test]
fn a_guest_that_hits_the_limit_gets_minus_one() {
    let grow = module(r#"(module (memory 1) (func (export "f") (result i32) (memory.grow (i32.const 1))))"#);
    let instance = Instance::new(&limited(2 * PAGE), &grow, &[]).unwrap();
    let grow = instance.func("f").unwrap().typed::<(), i32>().unwrap();
    assert_eq!(grow.call(()).unwrap(), 1);
    assert_eq!(grow.call(()).unwrap(), -1);
}

#[test]
fn a_memory_larger_than_an_index_is_refused() {
    let error = Memory::new(&store(), MemoryType::new(65_537, None)).unwrap_err();
    assert_eq!(error.kind(), Kind::MemoryLimit);
}

#[test]
fn four_gigabytes() {
    let store = limited(1 << 32);
    let memory = Memory::new(&store, MemoryType::new(65_536, None)).unwrap();
    memory.write((1 << 32) - 4, b"last").unwrap();
    let text = r#"(module (import "a" "m" (memory 65536))
        (func (export "load") (param i32) (result i32) (i32.load offset=4294967292 (local.get 0)))
        (func (export "size") (result i32) (memory.size)))"#;
    let instance = support::with_imports(&store, text, &[memory.into()]).unwrap();
    let load = instance.func("load").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(load.call(0).unwrap(), i32::from_le_bytes(*b"last"));
    assert_eq!(load.call(1).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    assert_eq!(instance.func("size").unwrap().call(&[]).unwrap()[0].i32(), Some(65_536));
}

#[test]
fn memories_go_with_their_store() {
    // More than the address space holds at a time.
    for _ in 0..30_000 {
        Memory::new(&store(), MemoryType::new(1, None)).unwrap();
    }
}

#[test]
fn passive_segments() {
    let instance = instance(
        r#"(module (memory (export "m") 1) (data $d "hello")
            (func (export "init") (param i32 i32 i32) (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
            (func (export "drop") (data.drop $d)))"#,
    );
    let init = instance.func("init").unwrap().typed::<(i32, i32, i32), ()>().unwrap();
    init.call((10, 1, 4)).unwrap();
    assert_eq!(instance.memory("m").unwrap().read_vec(10, 4).unwrap(), b"ello");
    assert_eq!(init.call((10, 1, 5)).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    instance.func("drop").unwrap().call(&[]).unwrap();
    init.call((10, 0, 0)).unwrap();
    assert_eq!(init.call((10, 0, 1)).unwrap_err().kind(), Kind::MemoryOutOfBounds);
}

#[test]
fn a_type_whose_least_is_above_its_greatest_is_refused() {
    let store = store();
    let error = Memory::new(&store, MemoryType::new(3, Some(2))).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::ArgumentType, "a memory cannot begin with 3 and be limited to 2")
    );
    let ty = TableType::new(RefType::FUNCREF, 5, Some(4));
    let error = Table::new(&store, ty, Val::FuncRef(None)).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (Kind::ArgumentType, "a table cannot begin with 5 and be limited to 4")
    );
}
