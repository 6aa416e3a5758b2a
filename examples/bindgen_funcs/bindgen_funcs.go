// Calls every function of the guest with native values: strings, bytes, numbers, structs.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"edgewasm.dev/edge"
	"edgewasm.dev/edge/bindgen"
)

// Point is a struct of the guest's; a map[string]any would do as well.
type Point struct{ X, Y float32 }

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: bindgen_funcs WASM")
	}
	vm, err := edge.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	bg := bindgen.New(vm)
	call := func(name string, args ...any) any {
		result, err := bg.Execute(name, args...)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		return result
	}

	desc := "A thin red line"
	fmt.Println("Run bindgen -- create_line:", call("create_line", `{"x":1.5,"y":3.8}`, `{"x":2.5,"y":5.8}`, desc))
	fmt.Println("Run bindgen -- say:", call("say", "bindgen funcs test"))
	fmt.Println("Run bindgen -- obfusticate:", call("obfusticate", "A quick brown fox jumps over the lazy dog"))
	fmt.Println("Run bindgen -- lowest_common_multiple:", call("lowest_common_multiple", 123, 2))
	fmt.Println("Run bindgen -- sha3_digest:", call("sha3_digest", []byte("This is an important message")))
	fmt.Println("Run bindgen -- keccak_digest:", call("keccak_digest", []byte("This is an important message")))
	line := call("create_line_typed", Point{1.5, 3.8}, Point{2.5, 5.8}, desc).(map[string]any)
	fmt.Printf("Run bindgen -- create_line_typed: %s from (1.5, 3.8) to (2.5, 5.8), length %.3f\n", line["desc"], line["length"])

	begin, calls := time.Now(), 0
	for ; time.Since(begin) < 200*time.Millisecond; calls++ {
		call("say", "bindgen funcs test")
	}
	fmt.Fprintf(os.Stderr, "time per call: %.3f us\n", float64(time.Since(begin).Nanoseconds())/float64(calls)/1e3)
}
