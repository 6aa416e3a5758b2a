;; The host's objects as references: the guest keeps them and hands them back, and never sees what they are.
;; With host functions that add, multiply and square: 1234 + 5678 = 6912, 789 * 4321 = 3409269, 8256^2 = 68161536,
;; and call_add_square of 3 and 4 is 49.
(module
  (import "extern_module" "class_add" (func $class_add (param externref i32 i32) (result i32)))
  (import "extern_module" "func_mul" (func $func_mul (param externref i32 i32) (result i32)))
  (import "extern_module" "functor_square" (func $functor_square (param externref i32) (result i32)))

  (func $call_add (export "call_add") (param externref i32 i32) (result i32)
    (call $class_add (local.get 0) (local.get 1) (local.get 2)))
  (func (export "call_mul") (param externref i32 i32) (result i32)
    (call $func_mul (local.get 0) (local.get 1) (local.get 2)))
  (func $call_square (export "call_square") (param externref i32) (result i32)
    (call $functor_square (local.get 0) (local.get 1)))
  (func (export "call_add_square") (param externref externref i32 i32) (result i32)
    (call $call_square (local.get 1)
      (call $call_add (local.get 0) (local.get 2) (local.get 3)))))
