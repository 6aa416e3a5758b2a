;; Valid, and yet there is no instance: a data segment goes beyond the memory.
(module
  (memory 1)
  (data (i32.const 65_530) "too long for what is left"))
