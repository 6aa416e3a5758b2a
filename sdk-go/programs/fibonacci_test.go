package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// A file is loaded and one of its functions called.
func Example_fibonacci() {
	vm := must(edge.Load(fibonacci))
	defer vm.Close()
	result, err := vm.Run(background, "fib", 21)
	if err != nil {
		fmt.Println("Run failed:", err)
		return
	}
	fmt.Println("Get fibonacci[21]:", result.(int32))
	// Output: Get fibonacci[21]: 17711
}
