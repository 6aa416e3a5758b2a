// Calls from Go: edge beside wazero and an empty cgo call.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgewasm.dev/edge"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// addText is what edge loads; addBinary the same for wazero, which reads no text.
const addText = `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`

var addBinary = []byte{
	0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0,
	32, 0, 32, 1, 106, 11,
}

// check ends the program: a benchmark of something that fails says nothing.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// measure prints the median over seven rounds of the mean time of a call.
func measure(what, who string, call func()) {
	count := 1
	for ; ; count *= 2 {
		begin := time.Now()
		for range count {
			call()
		}
		if time.Since(begin) > 30*time.Millisecond {
			break
		}
	}
	var rounds []float64
	for range 7 {
		begin := time.Now()
		for range count {
			call()
		}
		rounds = append(rounds, float64(time.Since(begin).Nanoseconds())/float64(count))
	}
	slices.Sort(rounds)
	line := struct {
		Case string  `json:"case"`
		Who  string  `json:"who"`
		NS   float64 `json:"ns"`
	}{what, who, rounds[len(rounds)/2]}
	check(json.NewEncoder(os.Stdout).Encode(line))
}

func add(ctx context.Context, runtime wazero.Runtime) {
	const what = "add(i32, i32)"
	measure(what, "empty cgo call", func() { emptyCall(1, 2) })
	vm := must(edge.Load(must(edge.ModuleFromText(nil, addText))))
	typed := must(edge.Bind[func(int32, int32) int32](vm, "add"))
	measure(what, "edge, bound", func() { typed(1, 2) })
	cancellable, cancel := context.WithCancel(ctx)
	defer cancel()
	withContext := must(edge.Bind[func(context.Context, int32, int32) (int32, error)](vm, "add"))
	measure(what, "edge, bound, with a context", func() { must(withContext(cancellable, 1, 2)) })
	measure(what, "edge, by name", func() { must(vm.Run(ctx, "add", int32(1), int32(2))) })

	peer := must(runtime.Instantiate(ctx, addBinary)).ExportedFunction("add")
	stack := make([]uint64, 2)
	measure(what, "wazero, CallWithStack", func() {
		stack[0], stack[1] = 1, 2
		check(peer.CallWithStack(ctx, stack))
	})
	measure(what, "wazero, Call", func() { must(peer.Call(ctx, 1, 2)) })
}

// wazeroEcho passes bytes into a guest's memory and out again by hand: allocate, write, read, deallocate, and one call of
// the guest in between. wazero has no bindgen; a guest's own copy would come on top.
type wazeroEcho struct {
	memory                       api.Memory
	allocate, deallocate, inside api.Function
	stack                        []uint64
}

func newWazeroEcho(ctx context.Context, runtime wazero.Runtime, guests string) *wazeroEcho {
	module := must(runtime.Instantiate(ctx, must(os.ReadFile(filepath.Join(guests, "memory.wasm")))))
	return &wazeroEcho{
		memory:     module.Memory(),
		allocate:   module.ExportedFunction("allocate"),
		deallocate: module.ExportedFunction("deallocate"),
		inside:     module.ExportedFunction("fib_array_return_memory"),
		stack:      make([]uint64, 2),
	}
}

func (e *wazeroEcho) call(ctx context.Context, data []byte) []byte {
	e.stack[0] = uint64(len(data))
	check(e.allocate.CallWithStack(ctx, e.stack))
	at := uint32(e.stack[0])
	if !e.memory.Write(at, data) {
		log.Fatal("out of the memory's bounds")
	}
	e.stack[0] = 0
	check(e.inside.CallWithStack(ctx, e.stack))
	view, ok := e.memory.Read(at, uint32(len(data)))
	if !ok {
		log.Fatal("out of the memory's bounds")
	}
	out := bytes.Clone(view)
	e.stack[0], e.stack[1] = uint64(at), uint64(len(data))
	check(e.deallocate.CallWithStack(ctx, e.stack))
	return out
}

func echo(ctx context.Context, runtime wazero.Runtime, guests string) {
	vm := must(edge.Load(filepath.Join(guests, "conformance.wasm"), hosts()))
	peer := newWazeroEcho(ctx, runtime, guests)

	text := strings.Repeat("x", 1024)
	if must(edge.Call[string](ctx, vm, "echo_string", text)) != text || string(peer.call(ctx, []byte(text))) != text {
		log.Fatal("the echo differs")
	}
	measure("echo 1 KiB string", "edge", func() { must(edge.Call[string](ctx, vm, "echo_string", text)) })
	measure("echo 1 KiB string", "wazero, memory by hand", func() { _ = string(peer.call(ctx, []byte(text))) })

	data := make([]byte, 1<<20)
	if !bytes.Equal(must(edge.Call[[]byte](ctx, vm, "echo_bytes", data)), data) || !bytes.Equal(peer.call(ctx, data), data) {
		log.Fatal("the echo differs")
	}
	measure("echo 1 MiB bytes", "edge", func() { must(edge.Call[[]byte](ctx, vm, "echo_bytes", data)) })
	measure("echo 1 MiB bytes", "two memcpys", func() { _ = bytes.Clone(bytes.Clone(data)) })
	measure("echo 1 MiB bytes", "wazero, memory by hand", func() { peer.call(ctx, data) })
}

// hosts are what the guest imports; none of them is called here.
func hosts() edge.Imports {
	module := map[string]any{}
	for _, name := range []string{"note", "transform", "fetch", "bytes_round", "fail_host", "fail_typed", "reenter", "multiply",
		"sum", "areas"} {
		module[name] = func(...any) any { return nil }
	}
	return edge.Imports{"app": module}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: calls GUESTS")
	}
	ctx := context.Background()
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	add(ctx, runtime)
	echo(ctx, runtime, os.Args[1])
}
