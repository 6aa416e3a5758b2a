package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// The same in steps. Their order is that in which each needs the one before: none can be forgotten.
func Example_stepByStep() {
	engine, err := edge.NewEngine(edge.Config{})
	if err != nil {
		fmt.Println("Settings FAILED:", err)
		return
	}
	module, err := edge.ModuleFromFile(engine, fibonacci)
	if err != nil {
		fmt.Println("Load or validation FAILED:", err)
		return
	}
	store, linker := must(edge.NewStore(engine, edge.Limits{})), must(edge.NewLinker(engine))
	instance, err := linker.Instantiate(store, module)
	if err != nil {
		fmt.Println("Instantiation FAILED:", err)
		return
	}
	results, err := must(instance.Func("fib")).Call(background, 25)
	if err != nil {
		fmt.Println("Run failed:", err)
		return
	}
	fmt.Println("Get fibonacci[25]:", results[0].(int32))
	// Output: Get fibonacci[25]: 121393
}
