package edge_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

// stoppingText has everything that a guest can be in the middle of, beside a function that ends.
const stoppingText = `(module
	(import "host" "f" (func $f))
	(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 1) (memory $large 65536) (memory $shared 1 1 shared)
	(func (export "empty loop") (loop $l (br $l)))
	(func $tree (param i32) (if (local.get 0) (then
		(call $tree (i32.sub (local.get 0) (i32.const 1))) (call $tree (i32.sub (local.get 0) (i32.const 1))))))
	(func (export "tree of calls") (call $tree (i32.const 200)))
	(func (export "loop of host calls") (loop $l (call $f) (br $l)))
	(func (export "memory.fill of 4 GiB")
		(loop $l (memory.fill $large (i32.const 0) (i32.const 1) (i32.const 0xffffffff)) (br $l)))
	(func (export "sleep")
		(i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
		(drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
	(func (export "poll of a pipe")
		(i32.store8 (i32.const 8) (i32.const 1)) (i32.store (i32.const 16) (i32.const 0))
		(drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
	(func (export "read of a pipe")
		(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 4))
		(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))
	(func (export "atomic wait")
		(drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const -1))))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`

var stoppingCases = []string{"empty loop", "tree of calls", "loop of host calls", "memory.fill of 4 GiB", "sleep", "poll of a pipe",
	"read of a pipe", "atomic wait"}

// silentStdin makes a pipe that nobody writes to the process's standard input.
func silentStdin(t *testing.T) {
	t.Helper()
	own := must[int](t)(syscall.Dup(syscall.Stdin))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(int(r.Fd()), syscall.Stdin, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Dup3(own, syscall.Stdin, 0); err != nil {
			t.Error(err)
		}
		syscall.Close(own)
		r.Close()
		w.Close()
	})
}

// stopping loads the guest.
func stopping(t *testing.T, f any) *edge.Vm {
	t.Helper()
	return fromText(t, stoppingText, edge.Imports{"host": {"f": f}}, edge.Wasi{Stdin: os.Stdin}, edge.Limits{Memory: 5 << 30})
}

func TestEverythingStops(t *testing.T) {
	silentStdin(t)
	vm := stopping(t, func() {})
	for _, name := range stoppingCases {
		for how, c := range map[string]struct {
			context func() (context.Context, context.CancelFunc)
			kind    edge.Kind
			cause   error
		}{
			"deadline": {func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(background, 20*time.Millisecond)
			}, edge.KindDeadlineExceeded, context.DeadlineExceeded},
			"cancel": {func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(background)
				time.AfterFunc(20*time.Millisecond, cancel)
				return ctx, cancel
			}, edge.KindCancelled, context.Canceled},
			"deadline of the limits": {func() (context.Context, context.CancelFunc) {
				return background, func() {}
			}, edge.KindDeadlineExceeded, nil},
		} {
			t.Run(name+" by "+how, func(t *testing.T) {
				vm := vm
				if c.cause == nil {
					vm = fromText(t, stoppingText, nothing(), edge.Wasi{Stdin: os.Stdin},
						edge.Limits{Memory: 5 << 30, Deadline: 20 * time.Millisecond})
				}
				ctx, cancel := c.context()
				defer cancel()
				err := ended(t, func() error { _, err := vm.Run(ctx, name); return err })
				if want(t, err, c.kind); c.cause != nil && !errors.Is(err, c.cause) {
					t.Errorf("the cause is %v", errors.Unwrap(err))
				}
				stillAdds(t, vm)
			})
		}
	}
}

// A host function that takes the end for its own affair does not keep the guest alive.
func TestHostFunctionsCannotSwallowTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	vm := stopping(t, func(call *edge.HostCall) {
		cancel()
		if _, err := call.Vm().Run(background, "empty loop"); !errors.Is(err, edge.KindCancelled) {
			t.Errorf("inside: %v", err)
		}
	})
	err := ended(t, func() error { _, err := vm.Run(ctx, "loop of host calls"); return err })
	want(t, err, edge.KindCancelled)
	stillAdds(t, vm)
}

// A guest with bindgen functions says that it is poisoned, and works after a reset.
func TestStoppedBindgenGuestsArePoisoned(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	vm := loadConformance(t, replaced("fail_host", func(call *edge.HostCall) error {
		cancel()
		<-call.Context().Done()
		return call.Context().Err()
	}))
	_, err := vm.Run(ctx, "call_fail")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = vm.Run(background, "answer")
	want(t, err, edge.KindPoisoned)
	if err := vm.Reset(); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Run(background, "answer"); err != nil || got != uint32(42) {
		t.Errorf("got %v, %v", got, err)
	}
}

// A start function ends with the context of whoever loads.
func TestContextsEndStartFunctions(t *testing.T) {
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "host" "go_on" (func $on (result i32)))
		(func $start (loop $l (br_if $l (call $on)))) (start $start))`))
	goesOn := int32(1)
	imports := edge.Imports{"host": {"go_on": func() int32 { return goesOn }}}
	vm := must[*edge.Vm](t)(edge.Load(module, edge.Imports{"host": {"go_on": func() int32 { return 0 }}}, edge.WithContext(background)))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	err := linker.Func("host", "go_on", edge.FuncType{Results: []edge.ValType{edge.I32}},
		func(*edge.Caller, []any) ([]any, error) { return []any{1}, nil })
	if err != nil {
		t.Fatal(err)
	}
	metered := edge.WithFuel(background, 1000)
	for name, load := range map[string]func(context.Context) error{
		"Load": func(ctx context.Context) error {
			_, err := edge.Load(module, imports, edge.WithContext(ctx))
			return err
		},
		"NewPool": func(ctx context.Context) error {
			_, err := edge.NewPool(module, imports, edge.WithContext(ctx))
			return err
		},
		"Instantiate": func(ctx context.Context) error {
			_, err := linker.InstantiateContext(ctx, vm.Store(), module)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			parents := []context.Context{background}
			if name != "Instantiate" {
				// There is no store yet whose fuel could be used.
				parents = append(parents, metered)
			}
			for _, parent := range parents {
				late, cancel := context.WithTimeout(parent, 20*time.Millisecond)
				err := ended(t, func() error { return load(late) })
				want(t, err, edge.KindDeadlineExceeded)
				cancel()
				err = load(late)
				want(t, err, edge.KindDeadlineExceeded, "was not")
				cancelled, cancel := context.WithCancel(parent)
				time.AfterFunc(20*time.Millisecond, cancel)
				err = ended(t, func() error { return load(cancelled) })
				if want(t, err, edge.KindCancelled); !errors.Is(err, context.Canceled) {
					t.Errorf("the cause is %v", errors.Unwrap(err))
				}
			}
		})
	}
	if _, err := linker.InstantiateContext(metered, vm.Store(), module); !errors.Is(err, edge.KindNotEnabled) {
		t.Errorf("got %v", err)
	}
	// Reset runs it again.
	goesOn = 0
	vm = must[*edge.Vm](t)(edge.Load(module, imports))
	goesOn = 1
	late, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	want(t, ended(t, func() error { return vm.ResetContext(late) }), edge.KindDeadlineExceeded)
	want(t, vm.ResetContext(late), edge.KindDeadlineExceeded, "was not")
	goesOn = 0
	if err := vm.Reset(); err != nil {
		t.Error(err)
	}
}

// The context of a VM that has to be made holds for its start function, too.
func TestContextsEndStartFunctionsInPools(t *testing.T) {
	goesOn := int32(0)
	pool := poolOf(t, `(module (import "host" "go_on" (func $on (result i32)))
		(func $start (loop $l (br_if $l (call $on)))) (start $start) (func (export "run")))`,
		edge.WithSize(2), edge.Imports{"host": {"go_on": func() int32 { return goesOn }}})
	one := must[*edge.Vm](t)(pool.Get(background))
	goesOn = 1
	for range 2 {
		late, cancel := context.WithTimeout(background, 20*time.Millisecond)
		want(t, ended(t, func() error { _, err := pool.Get(late); return err }), edge.KindDeadlineExceeded)
		cancel()
	}
	goesOn = 0
	one.Close()
	if _, err := pool.Run(background, "run"); err != nil {
		t.Error(err)
	}
}

// Calls of one VM wait for one another, and a call that waits ends with its context.
func TestOneVmOfManyGoroutines(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var inside atomic.Int32
	vm := fromText(t, `(module (import "host" "f" (func $f)) (import "host" "stay" (func $stay))
		(func (export "call") (call $f)) (func (export "stay") (call $stay)))`,
		edge.Imports{"host": {
			"f": func() {
				if inside.Add(1) != 1 {
					t.Error("two at the same time")
				}
				inside.Add(-1)
			},
			"stay": func() { close(entered); <-leave },
		}})
	staying := make(chan error, 1)
	go func() { _, err := vm.Run(background, "stay"); staying <- err }()
	<-entered
	core := must[*edge.Func](t)(vm.Func("call"))
	call := bound[func(context.Context) error](t, vm, "call")
	for name, wait := range map[string]func(context.Context) error{
		"Run":  func(ctx context.Context) error { _, err := vm.Run(ctx, "call"); return err },
		"Call": func(ctx context.Context) error { _, err := core.Call(ctx); return err },
		"Bind": call,
	} {
		t.Run(name, func(t *testing.T) {
			late, cancel := context.WithTimeout(background, 20*time.Millisecond)
			defer cancel()
			want(t, ended(t, func() error { return wait(late) }), edge.KindDeadlineExceeded)
			cancelled, cancel := context.WithCancel(background)
			time.AfterFunc(20*time.Millisecond, cancel)
			want(t, ended(t, func() error { return wait(cancelled) }), edge.KindCancelled)
		})
	}
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				if _, err := vm.Run(background, "call"); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	close(leave)
	if err := <-staying; err != nil {
		t.Error(err)
	}
	group.Wait()
}
