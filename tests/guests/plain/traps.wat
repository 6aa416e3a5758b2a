;; Every way to trap. Functions are named so that a backtrace can be checked.
(module
  (memory 1 1)
  (table $table 3 funcref)
  (elem (table $table) (i32.const 0) func $takes_nothing)
  (func $takes_nothing)

  (func $unreachable (export "unreachable") (unreachable))

  ;; outer -> middle -> inner -> trap
  (func $inner (param $depth i32)
    (if (i32.eqz (local.get $depth)) (then (unreachable)))
    (call $inner (i32.sub (local.get $depth) (i32.const 1))))
  (func $middle (call $inner (i32.const 2)))
  (func $outer (export "nested") (call $middle))

  (func $divide (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func $remainder (export "remainder") (param i64 i64) (result i64)
    (i64.rem_u (local.get 0) (local.get 1)))
  (func $to_integer (export "to_integer") (param f64) (result i32)
    (i32.trunc_f64_s (local.get 0)))

  (func $load (export "load") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func $load_offset (export "load_offset") (param i32) (result i64)
    (i64.load offset=0xffff_fff0 (local.get 0)))
  (func $store (export "store") (param i32 i64)
    (i64.store (local.get 0) (local.get 1)))
  (func $fill (export "fill") (param i32 i32)
    (memory.fill (local.get 0) (i32.const 1) (local.get 1)))

  ;; 0 has another type, 1 is null, 3 is outside.
  (func $call_at (export "call_at") (param i32) (result i32)
    (call_indirect $table (result i32) (local.get 0)))
  (func $table_get (export "table_get") (param i32)
    (drop (table.get $table (local.get 0))))

  (func $overflow (export "overflow") (result i32)
    (i32.add (call $overflow) (i32.const 1)))
  ;; Stops at the given depth, so that the instance can be seen to work after an overflow.
  (func $descend (export "descend") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (call $descend (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))

  (func $works (export "works") (result i32) (i32.const 42)))
