;; A segment that does not fit ends instantiation with a trap here and with an error of its own in wasmi: nothing to compare.
;; gives instantiation: trap memory_out_of_bounds
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "written before")
  (data (i32.const 65535) "xy"))
