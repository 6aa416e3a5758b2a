package programs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"edgewasm.dev/edge"
)

// outcome is what a call on another goroutine left.
type outcome struct {
	result any
	err    error
}

// start calls a function on a goroutine of its own: nothing else is needed for a call that does not block.
func start(ctx context.Context, vm *edge.Vm, name string, args ...any) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		result, err := vm.Run(ctx, name, args...)
		done <- outcome{result, err}
	}()
	return done
}

// A call is waited for; another is waited for in vain, and cancelled.
func Example_async() {
	vm := must(edge.Load(fibonacci))
	defer vm.Close()
	done := <-start(background, vm, "fib", 20)
	fmt.Println("Get fibonacci[20]:", done.result)

	endless := must(edge.Load(must(edge.ModuleFromText(nil, `(module (func (export "spin") (loop $l (br $l))))`))))
	defer endless.Close()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	running := start(ctx, endless, "spin")
	select {
	case <-running:
		panic("an endless loop ended")
	case <-time.After(10 * time.Millisecond):
		cancel()
	}
	err := (<-running).err
	fmt.Println("interrupted:", errors.Is(err, context.Canceled), errors.Is(err, edge.KindCancelled))
	// Output:
	// Get fibonacci[20]: 10946
	// interrupted: true true
}
