;; An exception reference in a global was no value to the comparison.
;; needs: exceptions
;; gives caught: [Ref(true)]
(module
  (tag $t)
  (global (export "none") (mut exnref) (ref.null exn))
  (func (export "caught") (result exnref)
    (block $caught (result exnref) (try_table (catch_all_ref $caught) (throw $t)) (unreachable))))
