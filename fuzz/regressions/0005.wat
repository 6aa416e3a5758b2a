;; A NaN that is made canonical by the module itself has its sign and payload everywhere; what is not, may differ and is not seen.
;; gives payload: [I32(2143289344)]
(module
  (func $canonical (param f32) (result f32)
    (select (local.get 0) (f32.const nan) (f32.eq (local.get 0) (local.get 0))))
  (func (export "payload") (result i32)
    (i32.reinterpret_f32 (call $canonical (f32.div (f32.const 0) (f32.const 0))))))
