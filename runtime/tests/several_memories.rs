//! Several memories of one module, with indices of both widths, seen from the guest and from the host.

mod support;

use edge_runtime::{Config, Engine, Instance, Kind, Limits, Linker, Memory, MemoryType, Module, Store, Val};
use support::store;

const TEXT: &str = r#"(module
  (import "host" "read" (func $read (param i32 i32) (result i32)))
  (import "host" "m" (memory $imported 1))
  (memory $narrow (export "narrow") 1)
  (memory $wide (export "wide") i64 1 3)
  (data $bytes "0123456789")
  (data (memory $wide) (i64.const 100) "wide")
  (data (memory $narrow) (i32.const 100) "narrow")
  (func (export "read") (param i32 i32) (result i32) (call $read (local.get 0) (local.get 1)))
  (func (export "to wide") (param i64 i32 i32) (memory.copy $wide $narrow (local.get 0) (local.get 1) (local.get 2)))
  (func (export "to narrow") (param i32 i64 i32) (memory.copy $narrow $wide (local.get 0) (local.get 1) (local.get 2)))
  (func (export "inside wide") (param i64 i64 i64) (memory.copy $wide $wide (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill wide") (param i64 i32 i64) (memory.fill $wide (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init wide") (param i64 i32 i32) (memory.init $wide $bytes (local.get 0) (local.get 1) (local.get 2)))
  (func (export "grow wide") (param i64) (result i64) (memory.grow $wide (local.get 0)))
  (func (export "size wide") (result i64) (memory.size $wide))
  (func (export "store imported") (param i32 i32) (i32.store $imported (local.get 0) (local.get 1))))"#;

fn instance(store: &Store) -> Instance {
    let mut linker = Linker::new(store.engine());
    linker.func_wrap("host", "read", |caller: edge_runtime::Caller<'_>, memory: u32, at: u32| {
        caller.memory(memory).map_or(-1, |m| m.read_vec(at.into(), 1).map_or(-2, |bytes| i32::from(bytes[0])))
    });
    linker.define("host", "m", Memory::new(store, MemoryType::new(1, None)).unwrap());
    linker.instantiate(store, &Module::from_text(store.engine(), TEXT).unwrap()).unwrap()
}

fn stores() -> [Store; 2] {
    let explicit = Engine::new(&Config::new().signals(false)).unwrap();
    [store(), Store::new(&explicit, Limits::default())]
}

#[test]
fn hosts_see_every_memory_by_its_index() {
    for store in stores() {
        let instance = instance(&store);
        let read = instance.func("read").unwrap().typed::<(u32, u32), i32>().unwrap();
        instance.func("store imported").unwrap().call(&[Val::I32(100), Val::I32(7)]).unwrap();
        let bytes = [(0, 7), (1, i32::from(b'n')), (2, i32::from(b'w')), (3, -1)];
        for (memory, byte) in bytes {
            assert_eq!(read.call((memory, 100)).unwrap(), byte);
        }
        assert_eq!(read.call((1, 65_536)).unwrap(), -2);
        assert!(instance.memory("wide").unwrap().ty().memory64 && !instance.memory("narrow").unwrap().ty().memory64);
    }
}

#[test]
fn bulk_operations_between_both_widths() {
    for store in stores() {
        let instance = instance(&store);
        let (narrow, wide) = (instance.memory("narrow").unwrap(), instance.memory("wide").unwrap());
        let call = |name: &str, args: &[Val]| instance.func(name).unwrap().call(args);
        let outside =
            |name: &str, args: &[Val]| assert_eq!(call(name, args).unwrap_err().kind(), Kind::MemoryOutOfBounds);
        let (i32, i64) = (Val::I32, Val::I64);
        call("to wide", &[i64(65_530), i32(100), i32(6)]).unwrap();
        assert_eq!(wide.read_vec(65_530, 6).unwrap(), b"narrow");
        call("to narrow", &[i32(0), i64(100), i32(4)]).unwrap();
        assert_eq!(narrow.read_vec(0, 4).unwrap(), b"wide");
        call("inside wide", &[i64(101), i64(100), i64(4)]).unwrap();
        assert_eq!(wide.read_vec(100, 5).unwrap(), b"wwide");
        call("init wide", &[i64(0), i32(8), i32(2)]).unwrap();
        assert_eq!(wide.read_vec(0, 3).unwrap(), b"89\0");
        call("fill wide", &[i64(65_535), i32(0x155), i64(1)]).unwrap();
        assert_eq!(wide.read_vec(65_535, 1).unwrap(), [0x55]);

        outside("to wide", &[i64(65_531), i32(100), i32(6)]);
        outside("to wide", &[i64(1 << 32), i32(0), i32(1)]);
        outside("to narrow", &[i32(0), i64(1 << 32), i32(1)]);
        outside("to narrow", &[i32(-1), i64(0), i32(1)]);
        outside("inside wide", &[i64(0), i64(-1), i64(2)]);
        outside("inside wide", &[i64(0), i64(0), i64(-1)]);
        outside("fill wide", &[i64(1 << 32), i32(0), i64(0)]);
        outside("fill wide", &[i64(0), i32(0), i64((1 << 32) + 1)]);
        outside("init wide", &[i64(0), i32(8), i32(3)]);
    }
}

#[test]
fn a_memory_with_wide_indices_grows_within_what_it_may() {
    for store in stores() {
        let instance = instance(&store);
        let call = |name: &str, args: &[Val]| instance.func(name).unwrap().call(args).unwrap()[0].i64().unwrap();
        for delta in [3, 1 << 32, 1 << 48, -1, i64::MIN] {
            assert_eq!(call("grow wide", &[Val::I64(delta)]), -1, "{delta}");
        }
        assert_eq!(call("grow wide", &[Val::I64(2)]), 1);
        assert_eq!(call("size wide", &[]), 3);
        assert_eq!(call("grow wide", &[Val::I64(1)]), -1);
    }
}

#[test]
fn a_memory_with_wide_indices_is_bounded_by_its_store() {
    for engine in [Engine::default(), Engine::new(&Config::new().signals(false)).unwrap()] {
        let mut limits = Limits::default();
        limits.memory = (1 << 20) + 5;
        let store = Store::new(&engine, limits);
        let ty = |min| MemoryType { memory64: true, ..MemoryType::new(min, None) };
        let memory = Memory::new(&store, ty(1)).unwrap();
        let first = memory.data_ptr();
        assert_eq!(memory.grow(15).unwrap(), 1);
        assert_eq!(memory.grow(1).unwrap_err().kind(), Kind::MemoryLimit);
        memory.write((1 << 20) - 1, &[1]).unwrap();
        assert_eq!(memory.data_ptr(), first, "a memory never moves");
        for min in [(1 << 24) + 1, 1 << 48, u64::MAX] {
            let error = Memory::new(&store, ty(min)).unwrap_err();
            assert_eq!(error.kind(), Kind::MemoryLimit, "{error}");
            assert!(error.message().contains("1099511627776 bytes that one with 64-bit indices"), "{error}");
        }
    }
}
