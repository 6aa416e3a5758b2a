;; Modules that use up the counter of the fuzzer ended every call after the first: each call begins with all of it.
;; gives a: trap unreachable
;; gives b: [I32(1999)]
(module
  (global $fuel (export "fuel of the fuzzer") (mut i32) (i32.const 2000))
  (func $spend (if (i32.eqz (global.get $fuel)) (then unreachable))
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1))))
  (func (export "a") (loop (call $spend) (br 0)))
  (func (export "b") (result i32) (call $spend) (global.get $fuel)))
