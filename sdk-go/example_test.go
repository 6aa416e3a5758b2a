package edge_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"edgewasm.dev/edge"
)

// A host function is an ordinary closure; its error comes back as itself.
func Example() {
	module, err := edge.ModuleFromText(nil, `(module
		(import "host" "double" (func $double (param i32) (result i32)))
		(func (export "quadruple") (param i32) (result i32) local.get 0 call $double call $double))`)
	if err != nil {
		log.Fatal(err)
	}
	tooLarge := errors.New("too large to double")
	double := func(n int32) (int32, error) {
		if n > 1000 {
			return 0, tooLarge
		}
		return 2 * n, nil
	}
	vm, err := edge.Load(module, edge.WithImports(edge.Imports{"host": {"double": double}}))
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()

	ctx := context.Background()
	n, err := edge.Call[int](ctx, vm, "quadruple", 10)
	fmt.Println(n, err)
	_, err = vm.Run(ctx, "quadruple", 600)
	fmt.Println(errors.Is(err, tooLarge), errors.Is(err, edge.KindHostError))
	// Output:
	// 40 <nil>
	// true true
}

func ExampleBind() {
	module, err := edge.ModuleFromText(nil,
		`(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`)
	if err != nil {
		log.Fatal(err)
	}
	vm, err := edge.Load(module)
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	add, err := edge.Bind[func(int32, int32) int32](vm, "add")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(add(2, 3))
	// Output: 5
}

func ExampleVm_Run() {
	module, err := edge.ModuleFromText(nil, `(module (func (export "spin") (loop $l (br $l))))`)
	if err != nil {
		log.Fatal(err)
	}
	vm, err := edge.Load(module)
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err = vm.Run(ctx, "spin")
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, edge.KindDeadlineExceeded))
	// Output: true true
}

func ExamplePool() {
	module, err := edge.ModuleFromText(nil, `(module
		(func (export "square") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))`)
	if err != nil {
		log.Fatal(err)
	}
	pool, err := edge.NewPool(module, edge.WithSize(4))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	ctx := context.Background()

	vm, err := pool.Get(ctx) // waits until one is free, or ctx ends
	if err != nil {
		log.Fatal(err)
	}
	square, err := vm.Run(ctx, "square", 12)
	fmt.Println(square, err)
	vm.Close() // gives it back: the next borrower finds a fresh guest

	squares, err := edge.Map[int](ctx, pool, "square", []int{1, 2, 3}) // on as many goroutines as there are VMs
	fmt.Println(squares, err)
	// Output:
	// 144 <nil>
	// [1 4 9] <nil>
}

func ExampleSharedMemory() {
	most := uint64(1)
	memory, err := edge.NewSharedMemory(nil, edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 1, Max: &most}, Shared: true})
	if err != nil {
		log.Fatal(err)
	}
	linker, err := edge.NewLinker(nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := linker.Define("env", "memory", memory); err != nil {
		log.Fatal(err)
	}
	module, err := edge.ModuleFromText(nil, `(module (import "env" "memory" (memory 1 1 shared))
		(func (export "hit") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))`)
	if err != nil {
		log.Fatal(err)
	}
	pool, err := edge.NewPool(module, linker, edge.WithSize(2))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	// Guests count on several threads, in one memory.
	if _, err := pool.Map(context.Background(), "hit", []any{edge.Args{}, edge.Args{}, edge.Args{}}); err != nil {
		log.Fatal(err)
	}
	hits, err := edge.AtomicAdd(memory, 0, uint32(1)) // and the host does, too
	fmt.Println(hits, err)
	// Output: 3 <nil>
}

func ExampleCompileFile() {
	folder, err := os.MkdirTemp("", "edge")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	source, compiled := filepath.Join(folder, "add.wat"), filepath.Join(folder, "add.edge")
	if err := os.WriteFile(source, []byte(addModule), 0o600); err != nil {
		log.Fatal(err)
	}

	if err := edge.CompileFile(source, compiled); err != nil {
		log.Fatal(err)
	}
	_, err = edge.Load(compiled)
	fmt.Println(errors.Is(err, edge.KindMalformed)) // native code is nothing that just anybody may give

	vm, err := edge.Load(compiled, edge.WithTrusted()) // mapped, not compiled: we made it, and nobody else can write there
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	fmt.Println(vm.Run(context.Background(), "add", 2, 3))
	fmt.Println(vm.Module().Precompiled())
	// Output:
	// true
	// 5 <nil>
	// true
}

func ExampleWithCompile() {
	folder, err := os.MkdirTemp("", "edge")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	source := filepath.Join(folder, "add.wat")
	if err := os.WriteFile(source, []byte(addModule), 0o600); err != nil {
		log.Fatal(err)
	}

	vm, err := edge.Load(source, edge.WithCompile(edge.Lazy))
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	fmt.Println(vm.Module().CompiledFunctions())
	fmt.Println(vm.Run(context.Background(), "add", 2, 3))
	fmt.Println(vm.Module().CompiledFunctions())
	// Output:
	// 0 1
	// 5 <nil>
	// 1 1
}

func ExampleCache() {
	folder, err := os.MkdirTemp("", "edge")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	wasm, err := os.ReadFile(conformanceWasm)
	if err != nil {
		log.Fatal(err)
	}

	engine, err := edge.NewEngine(edge.Config{Cache: &edge.Cache{Dir: filepath.Join(folder, "cache")}})
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		module, err := edge.NewModule(engine, wasm)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(module.Precompiled())
	}
	// Output:
	// false
	// true
}
