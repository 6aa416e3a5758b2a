;; References that stay in the guest: kept in a table and a global, given back, compared with null.
(module
  (table $objects (export "objects") 4 externref)
  (global $object (export "object") (mut externref) (ref.null extern))
  (table $functions 2 2 funcref)

  (func (export "echo") (param externref) (result externref) (local.get 0))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "keep") (param i32 externref) (table.set $objects (local.get 0) (local.get 1)))
  (func (export "kept") (param i32) (result externref) (table.get $objects (local.get 0)))
  (func (export "set_object") (param externref) (global.set $object (local.get 0)))
  (func (export "get_object") (result externref) (global.get $object))

  (func $seven (result i32) (i32.const 7))
  (elem declare func $seven)
  (func (export "function") (result funcref) (ref.func $seven))
  (func (export "no_function") (result funcref) (ref.null func))
  (func (export "call_function") (param funcref) (result i32)
    (table.set $functions (i32.const 1) (local.get 0))
    (call_indirect $functions (result i32) (i32.const 1))))
