package programs

import (
	"bytes"
	"fmt"

	"edgewasm.dev/edge"
)

// A string passed by hand, as guests without bindgen take it: zero-terminated, in memory that the guest allocates.
func Example_stringsInMemory() {
	vm := must(edge.Load(guests + "memory.wasm"))
	defer vm.Close()
	memory := must(vm.Memory("memory"))

	subject := []byte("WasmEdge\x00")
	in := must(edge.Call[uint64](background, vm, "allocate", len(subject)))
	if err := memory.Write(in, subject); err != nil {
		panic(err)
	}
	out := must(edge.Call[uint64](background, vm, "greet", in))
	greeting, _, _ := bytes.Cut(memory.Bytes()[out:], []byte{0})
	fmt.Println(string(greeting))

	must(vm.Run(background, "deallocate", out, len(greeting)+1))
	must(vm.Run(background, "deallocate", in, len(subject)))
	// Output: Hello, WasmEdge!
}
