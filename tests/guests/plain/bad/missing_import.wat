;; Asks for a function that nobody provides.
(module
  (import "nowhere" "missing" (func $missing (param i32) (result i32)))
  (func (export "call") (result i32) (call $missing (i32.const 1))))
