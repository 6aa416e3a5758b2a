;; Memory, table and globals that belong to whoever instantiates this: the host, or `exports.wat` under the name "env".
(module
  (import "env" "memory" (memory 1 4))
  (import "env" "table" (table $table 4 8 funcref))
  (import "env" "counter" (global $counter (mut i32)))
  (import "env" "limit" (global $limit i64))

  (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  (elem (table $table) (i32.const 2) func $negate)
  (data (i32.const 1024) "written by the importer")

  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "set_counter") (param i32) (global.set $counter (local.get 0)))
  (func (export "get_counter") (result i32) (global.get $counter))
  (func (export "get_limit") (result i64) (global.get $limit))
  (func (export "call_at") (param $index i32) (param $value i32) (result i32)
    (call_indirect $table (param i32) (result i32) (local.get $value) (local.get $index))))
