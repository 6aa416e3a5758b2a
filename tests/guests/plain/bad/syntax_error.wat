;; Not even well-formed: there is no such instruction.
(module
  (func (export "wrong") (result i32) (i32.conjure 1)))
