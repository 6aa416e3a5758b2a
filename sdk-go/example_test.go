package edge_test

import (
	"context"
	"errors"
	"fmt"
	"log"

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
