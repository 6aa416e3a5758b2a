package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// An array passed by hand: the guest fills one of ours, and returns one of its own.
func Example_arraysInMemory() {
	vm := must(edge.Load(guests + "memory.wasm"))
	defer vm.Close()
	memory := must(vm.Memory("memory"))
	const n, size = 10, 4 * 10

	array := must(edge.Call[uint64](background, vm, "allocate", size))
	fmt.Println("fib_array() returned:", must(vm.Run(background, "fib_array", n, array)))
	fmt.Println("fibArray:", must(memory.Read(array, size)))

	returned := must(edge.Call[uint64](background, vm, "fib_array_return_memory", n))
	fmt.Println("fibArrayReturnMemory:", must(memory.Read(returned, size)))

	must(vm.Run(background, "deallocate", array, size))
	must(vm.Run(background, "deallocate", returned, size))
	// Output:
	// fib_array() returned: 34
	// fibArray: [0 0 0 0 1 0 0 0 1 0 0 0 2 0 0 0 3 0 0 0 5 0 0 0 8 0 0 0 13 0 0 0 21 0 0 0 34 0 0 0]
	// fibArrayReturnMemory: [0 0 0 0 1 0 0 0 1 0 0 0 2 0 0 0 3 0 0 0 5 0 0 0 8 0 0 0 13 0 0 0 21 0 0 0 34 0 0 0]
}
