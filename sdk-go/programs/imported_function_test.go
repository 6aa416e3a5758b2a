package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// A guest calls a closure of Go's: its type is checked when the guest is linked.
func Example_importedFunction() {
	module := must(edge.ModuleFromText(nil, `(module
		(import "env" "sum" (func $sum (param i32 i32) (result i32)))
		(func (export "add1") (param i32 i32) (result i32)
			(i32.add (call $sum (local.get 0) (local.get 1)) (i32.const 1))))`))
	calls := 0
	sum := func(x, y int32) int32 { calls++; return x + y }
	vm := must(edge.Load(module, edge.Imports{"env": {"sum": sum}}))
	defer vm.Close()

	fmt.Println(must(vm.Run(background, "add1", 1, 2)), "with", calls, "call of Go")
	// Output: 4 with 1 call of Go
}
