package edge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

const loopsText = `(module (import "host" "f" (func $f))
	(func (export "empty") (loop $l (br $l)))
	(func (export "calls") (loop $l (call $f) (br $l)))
	(func (export "number") (param i32) (result i32) (loop $l (br $l)) (i32.const 0))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`

// loops are guests that never end by themselves, beside a function that does.
func loops(t testing.TB, entered chan<- struct{}) *edge.Vm {
	return fromText(t, loopsText, edge.Imports{"host": {"f": func() {
		select {
		case entered <- struct{}{}:
		default:
		}
	}}})
}

// ended fails the test unless do returns, which a guest that cannot be stopped would never let it.
func ended(t *testing.T, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the guest goes on")
		return nil
	}
}

func stillAdds(t *testing.T, vm *edge.Vm) {
	t.Helper()
	if sum, err := edge.Call[int](background, vm, "add", 1, 2); err != nil || sum != 3 {
		t.Fatalf("afterwards: %v, %v", sum, err)
	}
}

func TestContextsEndGuests(t *testing.T) {
	vm := loops(t, nil)
	number := bound[func(context.Context, int32) (int32, error)](t, vm, "number")
	core, err := vm.Func("empty")
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func(context.Context) error{
		"empty loop":     func(ctx context.Context) error { _, err := vm.Run(ctx, "empty"); return err },
		"host-call loop": func(ctx context.Context) error { _, err := vm.Run(ctx, "calls"); return err },
		"bound function": func(ctx context.Context) error { _, err := number(ctx, 1); return err },
		"core function":  func(ctx context.Context) error { _, err := core.Call(ctx); return err },
		"typed call":     func(ctx context.Context) error { _, err := edge.Call[any](ctx, vm, "empty"); return err },
		"within a parent": func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			_, err := vm.Run(ctx, "empty")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
			defer cancel()
			err := ended(t, func() error { return call(ctx) })
			want(t, err, edge.KindDeadlineExceeded, "deadline")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the cause is %v", errors.Unwrap(err))
			}
			stillAdds(t, vm)
			// Once more, with the same VM and another context, that is cancelled.
			cancelled, cancel := context.WithCancel(background)
			time.AfterFunc(20*time.Millisecond, cancel)
			err = ended(t, func() error { return call(cancelled) })
			want(t, err, edge.KindCancelled)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cause is %v", errors.Unwrap(err))
			}
			stillAdds(t, vm)
			want(t, call(cancelled), edge.KindCancelled, "was not called")
		})
	}
}

func TestOneContextEndsManyGuests(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	const guests = 8
	entered := make(chan struct{}, guests)
	failed := make(chan error, guests)
	for range guests {
		vm := loops(t, nil)
		stillAdds(t, vm)
		once := false
		vm = fromText(t, loopsText, edge.Imports{"host": {"f": func() {
			if !once {
				once = true
				entered <- struct{}{}
			}
		}}})
		go func() { _, err := vm.Run(ctx, "calls"); failed <- err }()
	}
	for range guests {
		<-entered
	}
	cancel()
	for range guests {
		want(t, ended(t, func() error { return <-failed }), edge.KindCancelled)
	}
}

func TestCancelEndsTheCallInProgress(t *testing.T) {
	entered := make(chan struct{})
	vm := loops(t, entered)
	if vm.Cancel() {
		t.Error("there was nothing to cancel")
	}
	go func() {
		<-entered
		if !vm.Cancel() {
			t.Error("there was a call to cancel")
		}
	}()
	err := ended(t, func() error { _, err := vm.Run(background, "calls"); return err })
	want(t, err, edge.KindCancelled)
	if errors.Unwrap(err) != nil {
		t.Errorf("no context ended, yet the cause is %v", errors.Unwrap(err))
	}
	stillAdds(t, vm)
}

func TestContextsOfHostFunctionsAreTheCallers(t *testing.T) {
	type key struct{}
	var seen any
	vm := fromText(t, `(module (import "host" "f" (func $f)) (func (export "run") call $f))`,
		edge.Imports{"host": {"f": func(ctx context.Context) { seen = ctx.Value(key{}) }}})
	parent, cancel := context.WithCancel(background)
	defer cancel()
	// These share their end, and differ in what they say.
	for _, value := range []string{"a", "b", "a"} {
		if _, err := vm.Run(context.WithValue(parent, key{}, value), "run"); err != nil || seen != value {
			t.Errorf("got %v, %v instead of %s", seen, err, value)
		}
	}
	// A context that cannot be compared is no key, and works.
	if _, err := vm.Run(odd{context.WithValue(parent, key{}, "odd"), nil}, "run"); err != nil || seen != "odd" {
		t.Errorf("got %v, %v", seen, err)
	}
	if _, err := vm.Run(odd{context.WithValue(parent, key{}, "odder"), nil}, "run"); err != nil || seen != "odder" {
		t.Errorf("got %v, %v", seen, err)
	}
	cancel()
	_, err := vm.Run(odd{parent, nil}, "run")
	want(t, err, edge.KindCancelled)
}

// odd is a context that cannot be compared.
type odd struct {
	context.Context
	_ []int
}

func TestContextsAreRegisteredOnce(t *testing.T) {
	vm := loops(t, nil)
	add := bound[func(context.Context, int32, int32) (int32, error)](t, vm, "add")
	ctx, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	if n := testing.AllocsPerRun(1000, func() { _, _ = add(ctx, 1, 2) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func BenchmarkAddContext(b *testing.B) {
	vm := loops(b, nil)
	add := bound[func(context.Context, int32, int32) (int32, error)](b, vm, "add")
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	b.Run("same", func(b *testing.B) {
		for b.Loop() {
			_, _ = add(ctx, 1, 2)
		}
	})
	b.Run("background", func(b *testing.B) {
		for b.Loop() {
			_, _ = add(background, 1, 2)
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			ctx, cancel := context.WithCancel(ctx)
			_, _ = add(ctx, 1, 2)
			cancel()
		}
	})
}

func TestContextsEndGuestsThatWait(t *testing.T) {
	vm := fromText(t, `(module
		(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
		(memory (export "memory") 1)
		(func (export "sleep") (result i32)
			(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
			(call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
		(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`, edge.Wasi{})
	for range 2 {
		ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
		err := ended(t, func() error { _, err := vm.Run(ctx, "sleep"); return err })
		cancel()
		want(t, err, edge.KindDeadlineExceeded)
		stillAdds(t, vm)
	}
}
