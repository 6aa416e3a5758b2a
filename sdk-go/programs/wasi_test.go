package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// A program gets arguments and variables, and ends with an exit code.
func Example_wasi() {
	vm := must(edge.Load(guests+"wasi.wasm", edge.Wasi{
		Args: []string{"wasi", "env", "GREETING"}, Env: map[string]string{"GREETING": "hello"}, Stdout: edge.Capture,
	}))
	defer vm.Close()
	code := must(vm.Start(background))
	fmt.Printf("%sexit code: %d\n", vm.Stdout(), code)

	vm = must(edge.Load(guests+"wasi.wasm", edge.Wasi{Args: []string{"wasi", "exit", "3"}, Stdout: edge.Capture}))
	defer vm.Close()
	fmt.Println("exit code:", must(vm.Start(background)))
	// Output:
	// GREETING=hello
	// exit code: 0
	// exit code: 3
}
