package edge_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

const poolText = `(module
	(import "host" "f" (func $f))
	(global $n (mut i32) (i32.const 0))
	(func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
	(func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "odd") (param i32) (result i32)
		(if (i32.eqz (i32.and (local.get 0) (i32.const 1))) (then unreachable)) (local.get 0))
	(func (export "host") (call $f))
	(func (export "loop") (loop $l (br $l))))`

// poolOf loads a pool from the text format.
func poolOf(t testing.TB, wat string, options ...edge.Option) *edge.Pool {
	t.Helper()
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, wat))
	pool := must[*edge.Pool](t)(edge.NewPool(module, options...))
	t.Cleanup(func() { pool.Close() })
	return pool
}

func nothing() edge.Option { return edge.Imports{"host": {"f": func() {}}} }

func TestPoolsLendFreshGuests(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(2))
	for range 3 {
		vm := must[*edge.Vm](t)(pool.Get(background))
		for n := range int32(3) {
			if got, err := vm.Run(background, "count"); err != nil || got != n+1 {
				t.Errorf("got %v, %v", got, err)
			}
		}
		if err := vm.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// The same guest was lent each time.
	if pool.Size() != 2 || pool.Made() != 1 || pool.Closed() || len(pool.Module().Exports()) == 0 {
		t.Errorf("%d of %d, closed: %v", pool.Made(), pool.Size(), pool.Closed())
	}
	if got, err := pool.Run(background, "count"); err != nil || got != int32(1) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPoolsKeepState(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(1), edge.WithKeepState())
	for n := range int32(3) {
		if got, err := pool.Run(background, "count"); err != nil || got != n+1 {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

func TestPoolsReplacePoisonedGuests(t *testing.T) {
	for _, options := range [][]edge.Option{{}, {edge.WithKeepState()}} {
		pool := must[*edge.Pool](t)(edge.NewPool(conformanceWasm, append(options, hosts(new(uint64)), edge.WithSize(1))...))
		_, err := pool.Run(background, "unreachable")
		want(t, err, edge.KindUnreachable)
		if got, err := pool.Run(background, "answer"); err != nil || got != uint32(42) {
			t.Errorf("got %v, %v", got, err)
		}
		items := []any{1, -5, 3}
		_, err = pool.Map(background, "unreachable", []any{edge.Args{}, edge.Args{}})
		if !errors.Is(err, edge.KindUnreachable) {
			t.Errorf("got %v", err)
		}
		if got, err := pool.Map(background, "echo_i32", items); err != nil || !reflect.DeepEqual(got, []any{int32(1), int32(-5), int32(3)}) {
			t.Errorf("got %v, %v", got, err)
		}
		pool.Close()
	}
}

func TestPoolsAreBusyWhenAllIsLent(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(2))
	one, two := must[*edge.Vm](t)(pool.TryGet()), must[*edge.Vm](t)(pool.Get(background))
	_, err := pool.TryGet()
	want(t, err, edge.KindBusy, "2 guests")
	late, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	_, err = pool.Get(late)
	want(t, err, edge.KindDeadlineExceeded, "no guest")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is %v", errors.Unwrap(err))
	}
	cancelled, cancel := context.WithCancel(background)
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err = pool.Run(cancelled, "count")
	want(t, err, edge.KindCancelled, "no guest")
	_, err = pool.Get(cancelled)
	want(t, err, edge.KindCancelled)
	// One that comes back is lent to who waits.
	time.AfterFunc(10*time.Millisecond, func() { two.Close() })
	err = ended(t, func() error {
		vm, err := pool.Get(background)
		if err == nil {
			vm.Close()
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	one.Close()
}

func TestWhatWasGivenBackIsClosed(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(1))
	vm := must[*edge.Vm](t)(pool.Get(background))
	f := must[*edge.Function](t)(vm.Function("count"))
	double := bound[func(int32) (int32, error)](t, vm, "double")
	if n, err := double(4); n != 8 || err != nil || len(vm.Exports()) != 6 || f.Signature() == "" {
		t.Errorf("got %v, %v", n, err)
	}
	for range 2 {
		if err := vm.Close(); err != nil {
			t.Fatal(err)
		}
	}
	next := must[*edge.Vm](t)(pool.Get(background))
	defer next.Close()
	if pool.Made() != 1 {
		t.Errorf("what was resolved was held: %d guests", pool.Made())
	}
	for i, use := range []func() error{
		func() error { _, err := vm.Run(background, "count"); return err },
		func() error { _, err := f.Call(background); return err },
		func() error { _, err := double(1); return err },
		func() error { _, err := vm.Start(background); return err },
		func() error { _, err := vm.Function("double"); return err },
		func() error { _, err := vm.Func("double"); return err },
		func() error { _, err := vm.Memory("m"); return err },
		func() error { _, err := vm.SharedMemory("m"); return err },
		func() error { _, err := vm.Table("t"); return err },
		func() error { _, err := vm.Global("g"); return err },
		func() error { _, err := vm.Instance(); return err },
		vm.Reset,
	} {
		if err := use(); !errors.Is(err, edge.KindClosed) || !strings.Contains(err.Error(), "pool") {
			t.Errorf("%d: got %v", i, err)
		}
	}
	if _, poisoned := vm.Poisoned(); poisoned || !vm.Closed() || vm.Cancel() || vm.Exports() != nil || vm.Stdout() != nil ||
		vm.Stderr() != nil || f.Doc() != "" || f.Signature() != "" || f.Name() != "count" || len(vm.Module().Exports()) != 6 {
		t.Error("a VM that was given back has nothing")
	}
	if got, err := next.Run(background, "count"); err != nil || got != int32(1) {
		t.Errorf("the next borrower: %v, %v", got, err)
	}
}

func TestVmsGoBackWhenTheirCallsHaveEnded(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var vm *edge.Vm
	pool := poolOf(t, poolText, edge.WithSize(1), edge.Imports{"host": {"f": func(call *edge.HostCall) {
		if call.Vm() != vm {
			t.Error("the caller is the one that was lent")
		}
		close(entered)
		<-leave
	}}})
	vm = must[*edge.Vm](t)(pool.Get(background))
	done := make(chan error)
	go func() { _, err := vm.Run(background, "host"); done <- err }()
	<-entered
	vm.Close()
	if _, err := pool.TryGet(); !errors.Is(err, edge.KindBusy) {
		t.Errorf("got %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	again := must[*edge.Vm](t)(pool.Get(background))
	if pool.Made() != 1 {
		t.Errorf("%d guests", pool.Made())
	}
	again.Close()
}

func TestForgottenVmsGoBack(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(1))
	if got, err := must[*edge.Vm](t)(pool.Get(background)).Run(background, "count"); err != nil || got != int32(1) {
		t.Errorf("got %v, %v", got, err)
	}
	ctx, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			runtime.GC()
		}
	}()
	vm, err := pool.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	vm.Close()
}

func TestPoolsClose(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(1))
	vm := must[*edge.Vm](t)(pool.Get(background))
	waiting := make(chan error, 1)
	go func() { _, err := pool.Get(background); waiting <- err }()
	for range 2 {
		if err := pool.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want(t, ended(t, func() error { return <-waiting }), edge.KindClosed, "pool")
	// What is lent stays so.
	if got, err := vm.Run(background, "count"); err != nil || got != int32(1) {
		t.Errorf("got %v, %v", got, err)
	}
	vm.Close()
	if pool.Made() != 0 || !pool.Closed() {
		t.Errorf("%d guests", pool.Made())
	}
	for _, get := range []func() (*edge.Vm, error){pool.TryGet, func() (*edge.Vm, error) { return pool.Get(background) }} {
		_, err := get()
		want(t, err, edge.KindClosed)
	}
	_, err := pool.Run(background, "count")
	want(t, err, edge.KindClosed)
	_, err = pool.Map(background, "double", []any{1, 2})
	if !errors.Is(err, edge.KindClosed) || strings.Count(err.Error(), "item") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestMap(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(4))
	items, doubled := make([]int, 1000), make([]int64, 1000)
	for i := range items {
		items[i], doubled[i] = i, int64(2*i)
	}
	if got, err := edge.Map[int64](background, pool, "double", items); err != nil || !reflect.DeepEqual(got, doubled) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := pool.Map(background, "add", []any{edge.Args{1, 2}, edge.Args{3, 4}}); err != nil || !reflect.DeepEqual(got, []any{int32(3), int32(7)}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := pool.Map(background, "double", nil); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	// An error of one does not touch the others.
	got, err := edge.Map[int](background, pool, "odd", []int{1, 2, 3, 4, 5})
	if !reflect.DeepEqual(got, []int{1, 0, 3, 0, 5}) {
		t.Errorf("got %v", got)
	}
	var failed []int
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		var item *edge.ItemError
		if errors.As(err, &item) && errors.Is(err, edge.KindUnreachable) {
			failed = append(failed, item.Index)
		}
	}
	if !reflect.DeepEqual(failed, []int{1, 3}) {
		t.Errorf("got %v", err)
	}
	// Those that are lent to others are not waited for.
	vm := must[*edge.Vm](t)(pool.Get(background))
	defer vm.Close()
	if got, err := edge.Map[int](background, pool, "double", []int{1, 2, 3, 4, 5}); err != nil || got[4] != 10 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := pool.Map(background, "nothing", []any{1}); !errors.Is(err, edge.KindUnknownExport) {
		t.Errorf("got %v", err)
	}
}

func TestContextsEndMaps(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(2))
	ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	err := ended(t, func() error {
		_, err := pool.Map(ctx, "loop", []any{edge.Args{}, edge.Args{}, edge.Args{}, edge.Args{}})
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), "item") != 4 {
		t.Errorf("got %v", err)
	}
	if got, err := pool.Run(background, "count"); err != nil || got != int32(1) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPoolsOfManyGoroutines(t *testing.T) {
	var calls atomic.Int64
	pool := poolOf(t, poolText, edge.WithSize(3), edge.Imports{"host": {"f": func(call *edge.HostCall) error {
		calls.Add(1)
		// A guest may be called again by what it calls.
		_, err := call.Vm().Run(call.Context(), "count")
		return err
	}}})
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 50 {
				if _, err := pool.Run(ctx, "host"); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	if calls.Load() != 16*50 || pool.Made() > 3 {
		t.Errorf("%d calls, %d guests", calls.Load(), pool.Made())
	}
}

func TestPoolsPassOutput(t *testing.T) {
	var out bytes.Buffer
	for _, options := range [][]edge.Option{{}, {edge.WithKeepState()}} {
		out.Reset()
		pool := poolOf(t, `(module
			(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\02\00\00\00") (data (i32.const 16) "x\n")
			(func (export "say") (param i32) (result i32) (call $write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8))))`,
			append(options, edge.WithSize(2), edge.Wasi{Stdout: &out, Stderr: &out})...)
		if _, err := edge.Map[int](background, pool, "say", []int{1, 2, 1, 2, 1, 2, 1, 2}); err != nil {
			t.Error(err)
		}
		for range 2 {
			if _, err := pool.Run(background, "say", 1); err != nil {
				t.Error(err)
			}
		}
		if out.String() != strings.Repeat("x\n", 10) {
			t.Errorf("got %q", out.String())
		}
	}
}

func TestPoolsThatCannotBeLoaded(t *testing.T) {
	_, err := edge.NewPool("nowhere.wasm")
	want(t, err, edge.KindIO, "nowhere.wasm")
	_, err = edge.NewPool(5)
	want(t, err, edge.KindArgumentType, "NewPool", "int")
	_, err = edge.NewPool([]byte("\x00asm\x01\x00\x00\x00"), edge.WithSize(0))
	want(t, err, edge.KindArgumentType, "at least 1")
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, poolText))
	_, err = edge.NewPool(module)
	want(t, err, edge.KindUnknownImport, "host")
	if pool := must[*edge.Pool](t)(edge.NewPool(module, nothing())); pool.Size() != runtime.NumCPU() {
		t.Errorf("%d guests for %d processors", pool.Size(), runtime.NumCPU())
	}
}

func BenchmarkPoolRun(b *testing.B) {
	pool := poolOf(b, poolText, nothing(), edge.WithSize(1))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pool.Run(ctx, "double", 1); err != nil {
			b.Fatal(err)
		}
	}
}

// Borrowers that close twice, forget, wait in vain and are ended at any time leave every guest where it belongs.
func TestPoolsUnderStress(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(3))
	var group sync.WaitGroup
	for worker := range 12 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 60 {
				ctx, cancel := context.WithTimeout(background, time.Duration(i%5)*time.Millisecond)
				vm, err := pool.Get(ctx)
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					cancel()
					continue
				}
				name := "count"
				if i%3 == 0 {
					name = "loop"
				}
				got, err := vm.Run(ctx, name)
				if err == nil && got != int32(1) || err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, %v", got, err)
				}
				cancel()
				if (worker+i)%7 == 0 {
					continue // forgotten: it comes back when it is collected
				}
				vm.Close()
				vm.Close()
			}
		}()
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	err := ended(t, func() error { group.Wait(); return nil })
	if err != nil {
		t.Error(err)
	}
	// All of them are there.
	patient, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	for range 3 {
		if _, err := pool.Get(patient); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	if pool.Made() > 3 {
		t.Errorf("%d guests", pool.Made())
	}
}

func TestContextsAndPoolsLeakNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("many calls")
	}
	pool := poolOf(t, poolText, edge.WithSize(2), edge.Imports{"host": {"f": func(call *edge.HostCall) { call.Vm() }}})
	flat(t, 30_000, 8192, func() {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		if _, err := pool.Run(ctx, "host"); err != nil {
			t.Fatal(err)
		}
	})
	if pool.Made() > 2 {
		t.Errorf("%d guests", pool.Made())
	}
}
