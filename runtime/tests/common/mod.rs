//! Guests written by hand in the text format: the bindgen contract as `docs/bindgen-abi.md` states it, with nobody's library.

#![allow(dead_code, unreachable_pub, reason = "every test program uses another part")]

pub(crate) mod description;

#[path = "../mode/mod.rs"]
mod mode;

use edge_runtime::{Error, Imports, Kind, Module, Vm};

pub(crate) use mode::engine;

/// A compiled module from the text format.
pub(crate) fn module(text: &str) -> Module {
    mode::mode().module(&engine(), &wat::parse_str(text).unwrap()).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

/// A `Vm` of a module in the text format.
pub(crate) fn vm(text: &str) -> Vm {
    Vm::load(module(text)).unwrap_or_else(|e| panic!("{e:?}"))
}

/// A `Vm` with host functions.
pub(crate) fn vm_with(text: &str, define: impl FnOnce(&mut Imports)) -> Vm {
    let mut imports = Imports::new();
    define(&mut imports);
    Vm::builder().imports(imports).load(module(text)).unwrap_or_else(|e| panic!("{e:?}"))
}

/// Checks kind and message at once.
#[track_caller]
pub(crate) fn assert_error(error: &Error, kind: Kind, message: &str) {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.message().contains(message), "`{}` does not say `{message}`", error.message());
}

/// The text of a bindgen guest: `functions` in wasm, `records` of its description beside the version.
///
/// The header lies at 1024; two arenas of 64 bytes at 4096; the heap, which only grows, from 16384. `$alloc` gives memory,
/// `$arg` gives the address of an argument, pulled if it must be.
pub(crate) fn guest(records: &[description::Doc], imports: &str, functions: &str) -> String {
    let mut all = vec![description::abi(1)];
    all.extend_from_slice(records);
    guest_with_section(&description::section(&all), imports, functions)
}

pub(crate) fn guest_with_section(section: &[u8], imports: &str, functions: &str) -> String {
    format!(
        r#"(module
  (import "__edge" "pull" (func $pull (param i32 i32)))
  (import "__edge" "pull_result" (func $pull_result (param i32)))
  (import "__edge" "panic" (func $panic (param i32 i32 i32 i32 i32 i32)))
  {imports}
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 16384))
  (data (i32.const 1024) "\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\10\00\00\40\00\00\00\02\00\00\00")
  (func (export "edge_init") (result i32) (i32.const 1024))
  (func $alloc (param $len i32) (result i32) (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap (i32.and (i32.add (i32.add (local.get $at) (local.get $len)) (i32.const 15)) (i32.const -16)))
    (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $len) (i32.const 16)))))))
    (local.get $at))
  (func $arg (param $index i32) (param $ptr i32) (param $len i32) (result i32)
    (if (i32.and (i32.eqz (local.get $ptr)) (i32.ne (local.get $len) (i32.const 0)))
      (then
        (local.set $ptr (call $alloc (local.get $len)))
        (call $pull (local.get $index) (local.get $ptr))))
    (local.get $ptr))
  (func $pack (param $ptr i32) (param $len i32) (result i64)
    (i64.or (i64.extend_i32_u (local.get $ptr)) (i64.shl (i64.extend_i32_u (local.get $len)) (i64.const 32))))
  {functions}
  (@custom "edge_bindgen" "{}"))"#,
        description::quoted(section)
    )
}
