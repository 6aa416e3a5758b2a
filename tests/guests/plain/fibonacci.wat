;; fib(n) by recursion, with fib(0) = fib(1) = 1: fib(10) is 89, fib(20) 10946, fib(32) 3524578.
(module
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (i32.lt_s (local.get $n) (i32.const 2))
      (then (return (i32.const 1))))
    (i32.add
      (call $fib (i32.sub (local.get $n) (i32.const 2)))
      (call $fib (i32.sub (local.get $n) (i32.const 1))))))
