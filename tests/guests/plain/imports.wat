;; Host functions of every number type, called with what they are given; one that may fail, one that may call back.
(module
  (import "env" "log" (func $log (param i32)))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (import "env" "mix" (func $mix (param i32 i64 f32 f64) (result f64)))
  (import "env" "pair" (func $pair (param i32) (result i32 i64)))
  (import "env" "call_back" (func $call_back (param i32) (result i32)))

  (func (export "call_log") (param i32) (call $log (local.get 0)))
  (func (export "call_add") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1)))
  ;; As in the first lines of many a tutorial: one more than the host's sum.
  (func (export "add1") (param i32 i32) (result i32)
    (i32.add (call $add (local.get 0) (local.get 1)) (i32.const 1)))
  (func (export "call_mix") (param i32 i64 f32 f64) (result f64)
    (call $mix (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "call_pair") (param i32) (result i32 i64)
    (call $pair (local.get 0)))

  ;; Guest, host, guest: the host's call_back(n) is expected to call `down(n)`.
  (func $down (export "down") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (i32.add (call $call_back (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))))

  ;; Calls `log` with n-1, n-2, ... 0.
  (func (export "log_often") (param $n i32)
    (loop $again
      (if (local.get $n)
        (then
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (call $log (local.get $n))
          (br $again))))))
