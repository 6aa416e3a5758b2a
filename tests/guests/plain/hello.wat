;; The greeting of a guest that returns an address: a static text, zero-terminated, 13 bytes before the zero.
(module
  (memory (export "memory") 1)
  (data (i32.const 1024) "Hello, World!\00")
  (func (export "return_hello") (result i32) (i32.const 1024)))
