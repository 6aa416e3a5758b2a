;; Guests that never end: an empty loop, one that works, and calls without a loop. For limits and cancelling.
(module
  (import "env" "started" (func $started))
  (func (export "spin") (call $started) (loop $again (br $again)))
  (func (export "count") (result i64)
    (local $n i64)
    (call $started)
    (loop $again
      (local.set $n (i64.add (local.get $n) (i64.const 1)))
      (br_if $again (i64.ne (local.get $n) (i64.const 0))))
    (local.get $n))
  ;; 2^60 calls, sixty deep.
  (func $tree (param $depth i32)
    (if (local.get $depth)
      (then
        (call $tree (i32.sub (local.get $depth) (i32.const 1)))
        (call $tree (i32.sub (local.get $depth) (i32.const 1))))))
  (func (export "tree") (call $started) (call $tree (i32.const 60)))
  (func (export "sum") (param $n i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
