;; A start function that traps: there is no instance.
(module
  (func $start (unreachable))
  (start $start))
