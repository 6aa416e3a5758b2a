;; Well-formed but not valid: a function that promises an i32 and leaves an i64.
(module
  (func (export "wrong") (result i32) (i64.const 1)))
