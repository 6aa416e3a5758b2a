package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// An export becomes a Go function, with Go's types.
func Example_sum() {
	module := must(edge.ModuleFromText(nil, `(module
		(func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`))
	vm := must(edge.Load(module))
	defer vm.Close()

	sum := must(edge.Bind[func(int32, int32) int32](vm, "sum"))
	fmt.Println(sum(5, 37))
	// Output: 42
}
