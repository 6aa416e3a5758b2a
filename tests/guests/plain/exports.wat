;; One export of each sort besides functions, and functions that see them from inside.
(module
  (memory $memory (export "memory") 1 4)
  (data (i32.const 16) "Hello from the guest\00")

  (table $table (export "table") 4 8 funcref)
  (elem (table $table) (i32.const 0) func $double $square)

  (global $counter (export "counter") (mut i32) (i32.const 7))
  (global (export "limit") i64 (i64.const 9_000_000_000))
  (global (export "ratio") f64 (f64.const 0.5))
  (global $small (export "small") (mut f32) (f32.const 1.25))

  (func $double (export "double") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 2)))
  (func $square (export "square") (param i32) (result i32)
    (i32.mul (local.get 0) (local.get 0)))

  (func (export "load") (param $address i32) (result i32)
    (i32.load8_u (local.get $address)))
  (func (export "store") (param $address i32) (param $byte i32)
    (i32.store8 (local.get $address) (local.get $byte)))
  (func (export "size") (result i32)
    (memory.size))
  (func (export "grow") (param $pages i32) (result i32)
    (memory.grow (local.get $pages)))
  (func (export "fill") (param $address i32) (param $byte i32) (param $count i32)
    (memory.fill (local.get $address) (local.get $byte) (local.get $count)))

  (func (export "next") (result i32)
    (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
    (global.get $counter))

  ;; Calls what stands in the table, which the host may have changed.
  (func (export "call_at") (param $index i32) (param $value i32) (result i32)
    (call_indirect $table (param i32) (result i32) (local.get $value) (local.get $index)))
  (func (export "table_size") (result i32)
    (table.size $table))
  (func (export "table_grow") (param $count i32) (result i32)
    (table.grow $table (ref.null func) (local.get $count))))
