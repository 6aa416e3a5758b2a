// Recognises a scanned digit, inside of the sandbox.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"edgewasm.dev/edge"
	"edgewasm.dev/edge/bindgen"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: infer WASM INPUT")
	}
	vm, err := edge.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	img, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	bg := bindgen.New(vm)
	res, err := bg.Execute("infer", img)
	if err != nil {
		log.Fatal(err)
	}
	prediction := res.(map[string]any)
	fmt.Printf("label %s probability %.4f\n", prediction["label"], prediction["probability"])
	for _, entry := range prediction["ranked"].([]any) {
		rank := entry.(map[string]any)
		fmt.Printf("%s %.4f\n", rank["label"], rank["probability"])
	}

	begin, calls := time.Now(), 0
	for ; time.Since(begin) < 200*time.Millisecond; calls++ {
		if _, err := bg.Execute("infer", img); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Fprintf(os.Stderr, "time per call: %.3f us\n", float64(time.Since(begin).Nanoseconds())/float64(calls)/1e3)
}
