package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// The memory of a guest is a slice of Go's: no copy is made.
func Example_readMemory() {
	module := must(edge.ModuleFromText(nil, `(module
		(memory (export "memory") 1)
		(data (i32.const 1024) "Hello, World!\00")
		(func (export "return_hello") (result i32) (i32.const 1024)))`))
	vm := must(edge.Load(module))
	defer vm.Close()

	pointer := must(edge.Call[int](background, vm, "return_hello"))
	memory := must(vm.Memory("memory")).Bytes()
	fmt.Println(string(memory[pointer : pointer+13]))
	// Output: Hello, World!
}
