;; A remainder by -1 is 0, also of the least number, and a division by a comparison's result is by 1. wasmi 2.0.0 trapped on both.
;; gives rem least: [I32(0)]
;; gives rem64 least: [I64(0)]
;; gives rem by comparison: [I32(0)]
;; gives div least: trap integer_overflow
(module
  (func (export "rem least") (result i32) (i32.rem_s (i32.const 0x80000000) (i32.const -1)))
  (func (export "rem64 least") (result i64) (i64.rem_s (i64.const 0x8000000000000000) (i64.const -1)))
  (func (export "div least") (result i32) (i32.div_s (i32.const 0x80000000) (i32.const -1)))
  (func (export "rem by comparison") (param i64) (result i32)
    (i32.rem_s (i32.const 7) (i32.or (i32.const 1) (i64.eqz (local.get 0))))))
