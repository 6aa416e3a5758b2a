;; A start function: it runs once, at instantiation.
(module
  (global $starts (export "starts") (mut i32) (i32.const 0))
  (func $start
    (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (start $start))
