;; An index beyond a table is one trap to one engine and another to the other: both mean the same.
;; gives beyond: trap table_out_of_bounds
;; gives empty: trap uninitialized_element
(module
  (table 3 funcref)
  (func (export "beyond") (call_indirect (i32.const 3)))
  (func (export "empty") (call_indirect (i32.const 2))))
