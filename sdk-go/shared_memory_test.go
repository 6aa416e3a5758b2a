package edge_test

import (
	"context"
	"encoding/binary"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

func sharedType(min, max uint64) edge.MemoryType {
	return edge.MemoryType{SizeLimits: edge.SizeLimits{Min: min, Max: &max}, Shared: true}
}

// sharing loads a guest that works on a memory which others have as well.
func sharing(t testing.TB, memory *edge.SharedMemory, wat string) *edge.Vm {
	t.Helper()
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	if err := linker.Define("env", "memory", memory); err != nil {
		t.Fatal(err)
	}
	return fromText(t, wat, linker)
}

const sharingText = `(module (import "env" "memory" (memory 1 4 shared))
	(func (export "add") (param i32 i32) (result i32) (i32.atomic.rmw.add (local.get 0) (local.get 1)))
	(func (export "wait") (param i32) (result i32) (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1)))
	(func (export "notify") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const 1)))
	(func (export "grow") (result i32) (memory.grow (i32.const 1))))`

func TestSharedMemory(t *testing.T) {
	memory := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 2)))
	if ty := memory.Type(); !ty.Shared || ty.Min != 1 || *ty.Max != 2 || memory.Pages() != 1 || memory.Size() != 1<<16 {
		t.Errorf("got %v, %d pages", ty, memory.Pages())
	}
	if err := memory.Write(65530, []byte("edge!!")); err != nil {
		t.Fatal(err)
	}
	if got, err := memory.Read(65530, 6); err != nil || string(got) != "edge!!" {
		t.Errorf("got %q, %v", got, err)
	}
	want(t, memory.Write(65531, []byte("edge!!")), edge.KindMemoryOutOfBounds)
	for _, n := range []int{-1, 1 << 20} {
		_, err := memory.Read(0, n)
		want(t, err, edge.KindMemoryOutOfBounds)
	}
	if before, err := memory.Grow(1); err != nil || before != 1 || memory.Pages() != 2 {
		t.Errorf("got %v, %v", before, err)
	}
	if _, err := memory.Grow(1); err == nil {
		t.Error("grown beyond the maximum")
	}
	other := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 2)))
	if !memory.Same(memory) || memory.Same(other) || memory.Same(nil) {
		t.Error("each is itself")
	}
	for _, ty := range []edge.MemoryType{{SizeLimits: edge.SizeLimits{Min: 1}, Shared: true}, {SizeLimits: edge.SizeLimits{Min: 1}}} {
		if _, err := edge.NewSharedMemory(nil, ty); err == nil {
			t.Errorf("%v is no type of a shared memory", ty)
		}
	}
	_, err := edge.NewMemory(must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{})), sharedType(1, 2))
	if err == nil {
		t.Error("a store has no shared memories of its own")
	}
}

// atomics checks one width.
func atomics[N edge.Atomic](t *testing.T, memory *edge.SharedMemory, size uint64) {
	t.Helper()
	most := ^N(0)
	if err := edge.AtomicStore(memory, 64, most); err != nil {
		t.Fatal(err)
	}
	if got, err := edge.AtomicAdd[N](memory, 64, 3); got != most || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := edge.AtomicCompareExchange[N](memory, 64, 1, 9); got != 2 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := edge.AtomicCompareExchange[N](memory, 64, 2, 9); got != 2 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := edge.AtomicLoad[N](memory, 64); got != 9 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	// Only its own bytes.
	bytes := must[[]byte](t)(memory.Read(64, 16))
	if bytes[0] != 9 || !reflect.DeepEqual(bytes[size:], make([]byte, 16-size)) {
		t.Errorf("%d bytes: %v", size, bytes)
	}
	if err := memory.Write(64, make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	want(t, edge.AtomicStore[N](memory, 1<<20, 0), edge.KindMemoryOutOfBounds)
	if _, err := edge.AtomicLoad[N](memory, 65); size > 1 && !errors.Is(err, edge.KindUnalignedAtomic) {
		t.Errorf("got %v", err)
	}
}

func TestAtomics(t *testing.T) {
	memory := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 1)))
	atomics[uint8](t, memory, 1)
	atomics[uint16](t, memory, 2)
	atomics[uint32](t, memory, 4)
	atomics[uint64](t, memory, 8)
}

func TestGuestsShareMemories(t *testing.T) {
	memory := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 4)))
	var group sync.WaitGroup
	for range 4 {
		add := bound[func(int32, int32) int32](t, sharing(t, memory, sharingText), "add")
		group.Add(1)
		go func() {
			defer group.Done()
			for range 1000 {
				add(8, 1)
				if _, err := edge.AtomicAdd(memory, 8, uint32(1)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	if n, err := edge.AtomicLoad[uint32](memory, 8); n != 8000 || err != nil {
		t.Errorf("got %v, %v", n, err)
	}
	vm := sharing(t, memory, sharingText)
	if before, err := vm.Run(background, "grow"); err != nil || before != int32(1) || memory.Pages() != 2 {
		t.Errorf("got %v, %v", before, err)
	}
}

func TestExportsAreSharedMemories(t *testing.T) {
	vm := fromText(t, `(module (memory (export "memory") 1 1 shared) (memory (export "plain") 1)
		(func (export "load") (result i32) (i32.load (i32.const 4))))`)
	memory := must[*edge.SharedMemory](t)(vm.SharedMemory("memory"))
	if err := memory.Write(4, binary.LittleEndian.AppendUint32(nil, 77)); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Run(background, "load"); err != nil || got != int32(77) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := vm.SharedMemory("plain")
	want(t, err, edge.KindWrongExportKind, "plain")
	_, err = vm.SharedMemory("nothing")
	want(t, err, edge.KindUnknownExport, "nothing")
	_, err = vm.Memory("memory")
	want(t, err, edge.KindWrongExportKind, "memory")
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{}))
	module := must[*edge.Module](t)(edge.ModuleFromText(engine, sharingText))
	linker := must[*edge.Linker](t)(edge.NewLinker(engine))
	if err = linker.Define("env", "memory", memory); err == nil {
		_, err = edge.Load(module, engine, linker)
	}
	want(t, err, edge.KindWrongStore)
}

func TestHostFunctionsSeeSharedMemories(t *testing.T) {
	var seen *edge.SharedMemory
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	err := linker.Func("host", "f", edge.FuncType{}, func(caller *edge.Caller, _ []any) (_ []any, err error) {
		if _, err := caller.SharedMemory(1); !errors.Is(err, edge.KindWrongExportKind) && !errors.Is(err, edge.KindUnknownExport) {
			t.Errorf("the plain one: %v", err)
		}
		seen, err = caller.SharedMemory(0)
		return nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	vm := fromText(t, `(module (import "host" "f" (func $f)) (memory (export "memory") 1 1 shared) (memory 1)
		(func (export "run") (call $f)))`, linker)
	if _, err := vm.Run(background, "run"); err != nil {
		t.Fatal(err)
	}
	if !seen.Same(must[*edge.SharedMemory](t)(vm.SharedMemory("memory"))) {
		t.Error("the caller's memory is the one that it exports")
	}
}

func TestWaiting(t *testing.T) {
	memory := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 4)))
	if outcome, err := memory.Wait32(background, 0, 1, -1); outcome != edge.WaitDifferent || err != nil {
		t.Errorf("got %v, %v", outcome, err)
	}
	if outcome, err := memory.Wait64(background, 0, 0, time.Millisecond); outcome != edge.WaitTimedOut || err != nil {
		t.Errorf("got %v, %v", outcome, err)
	}
	_, err := memory.Wait32(background, 2, 0, -1)
	want(t, err, edge.KindUnalignedAtomic)
	for _, wait := range []func(context.Context) (edge.WaitOutcome, error){
		func(ctx context.Context) (edge.WaitOutcome, error) { return memory.Wait32(ctx, 8, 0, -1) },
		func(ctx context.Context) (edge.WaitOutcome, error) { return memory.Wait64(ctx, 8, 0, time.Hour) },
	} {
		ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
		err := ended(t, func() error { _, err := wait(ctx); return err })
		want(t, err, edge.KindDeadlineExceeded)
		cancel()
		_, err = wait(ctx)
		want(t, err, edge.KindDeadlineExceeded, "nobody waited")
		cancelled, cancel := context.WithCancel(background)
		time.AfterFunc(20*time.Millisecond, cancel)
		err = ended(t, func() error { _, err := wait(cancelled); return err })
		if want(t, err, edge.KindCancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("the cause is %v", errors.Unwrap(err))
		}
	}
}

// wakes notifies until somebody was woken.
func wakes(t *testing.T, notify func() (uint32, error)) {
	t.Helper()
	err := ended(t, func() error {
		for {
			if woken, err := notify(); woken == 1 || err != nil {
				return err
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestHostsAndGuestsWakeEachOther(t *testing.T) {
	memory := must[*edge.SharedMemory](t)(edge.NewSharedMemory(nil, sharedType(1, 4)))
	vm := sharing(t, memory, sharingText)
	guest := make(chan any, 1)
	go func() { outcome, _ := vm.Run(background, "wait", 16); guest <- outcome }()
	wakes(t, func() (uint32, error) { return memory.Notify(16, 1) })
	if outcome := <-guest; outcome != int32(0) {
		t.Errorf("got %v", outcome)
	}
	host := make(chan edge.WaitOutcome, 1)
	go func() { outcome, _ := memory.Wait32(background, 16, 0, -1); host <- outcome }()
	wakes(t, func() (uint32, error) { return edge.Call[uint32](background, vm, "notify", 16) })
	if outcome := <-host; outcome != edge.WaitWoken {
		t.Errorf("got %v", outcome)
	}
}
