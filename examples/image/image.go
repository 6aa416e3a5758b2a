// Makes a watermarked grey thumbnail of a picture, inside of the sandbox.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"edgewasm.dev/edge"
)

// Options are what the guest's struct of this name wants; a map[string]any would do as well.
type Options struct {
	Width, Height uint32
	Grayscale     bool
	Watermark     *string
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: image WASM INPUT OUTPUT")
	}
	vm, err := edge.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	picture, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	watermark := "edge"
	options := Options{Width: 320, Height: 240, Grayscale: true, Watermark: &watermark}
	process := func() []byte {
		thumbnail, err := edge.Call[[]byte](context.Background(), vm, "process", picture, options)
		if err != nil {
			log.Fatal(err)
		}
		return thumbnail
	}

	thumbnail := process()
	if err := os.WriteFile(os.Args[3], thumbnail, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("image: %d bytes\n", len(thumbnail))

	begin, calls := time.Now(), 0
	for ; time.Since(begin) < 200*time.Millisecond; calls++ {
		process()
	}
	fmt.Fprintf(os.Stderr, "time per call: %.3f us\n", float64(time.Since(begin).Nanoseconds())/float64(calls)/1e3)
}
