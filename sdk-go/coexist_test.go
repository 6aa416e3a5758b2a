package edge_test

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"edgewasm.dev/edge"
)

// dereference reads through nil, which Go must go on making a panic of.
func dereference(p *point) (err error) {
	defer func() { err, _ = recover().(error) }()
	p.X++
	return nil
}

func recovers(t *testing.T) {
	t.Helper()
	var fault runtime.Error
	if err := dereference(nil); !errors.As(err, &fault) {
		t.Errorf("a nil dereference is %v", err)
	}
}

// Go's handler of SIGSEGV and the engine's stand side by side: each takes the faults that are its own.
func TestNilDereferenceAroundGuestTraps(t *testing.T) {
	recovers(t)
	vm := loadConformance(t)
	recovers(t)
	for range 50 {
		_, err := vm.Run(background, "out_of_bounds_write")
		want(t, err, edge.KindMemoryOutOfBounds)
		recovers(t)
		if err := vm.Reset(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := vm.Run(background, "recurse_for_ever")
	want(t, err, edge.KindStackOverflow)
	recovers(t)
	vm = loadConformance(t, replaced("fail_host", func() { recovers(t) }))
	if _, err := vm.Run(background, "call_fail"); err != nil {
		t.Error(err)
	}
	// A fault at an address of its own is a panic if the program asks for that.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	recovers(t)
}

// A program that has asked for signals gets them, guest traps or not.
func TestSignalsArrive(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	defer signal.Stop(signals)
	vm := loadConformance(t)
	_, err := vm.Run(background, "unreachable")
	want(t, err, edge.KindUnreachable)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if got := <-signals; got != syscall.SIGUSR1 {
		t.Errorf("got %v", got)
	}
}

func TestGoroutines(t *testing.T) {
	var calls atomic.Int64
	vm := loadConformance(t, replaced("multiply", func(a int64, b float64) float64 {
		calls.Add(1)
		runtime.Gosched()
		return float64(a) * b
	}))
	var group sync.WaitGroup
	for worker := range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 200 {
				n := worker*1000 + i
				if got, err := edge.Call[int](background, vm, "add", n, 1); err != nil || got != n+1 {
					t.Errorf("got %v, %v", got, err)
				}
				text := strings.Repeat(strconv.Itoa(n), 50)
				if got, err := edge.Call[string](background, vm, "echo_string", text); err != nil || got != text {
					t.Errorf("got %v, %v", got, err)
				}
				if got, err := vm.Run(background, "call_multiply", n, 2.0); err != nil || got != float64(2*n) {
					t.Errorf("got %v, %v", got, err)
				}
			}
		}()
	}
	group.Wait()
	if calls.Load() != 16*200 {
		t.Errorf("%d calls of the host", calls.Load())
	}
}

func TestClosingWhileOthersCall(t *testing.T) {
	vm := loadConformance(t)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				got, err := edge.Call[int](background, vm, "add", 1, 2)
				if err != nil {
					want(t, err, edge.KindClosed)
					return
				}
				if got != 3 {
					t.Errorf("got %d", got)
				}
			}
		}()
	}
	for range 1000 {
		if _, err := vm.Run(background, "answer"); err != nil {
			t.Error(err)
		}
	}
	if err := vm.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
}

var underRaceDetector bool

// residentKB is the process's resident memory.
func residentKB(t *testing.T) int {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// flat runs body count times after as many to warm up, and wants no more memory than before, with room for what the
// collector keeps.
func flat(t *testing.T, count, roomKB int, body func()) {
	t.Helper()
	if underRaceDetector {
		t.Skip("memory under the race detector")
	}
	for range count {
		body()
	}
	before := residentKB(t)
	for range count {
		body()
	}
	if after := residentKB(t); after > before+roomKB {
		t.Errorf("%d KB before, %d KB after %d", before, after, count)
	}
}

func TestAMillionCallsLeakNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a million calls")
	}
	vm := loadConformance(t)
	data := make([]byte, 300)
	must := func(_ any, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	flat(t, 250_000, 8192, func() {
		must(vm.Run(background, "echo_bytes", data))
		must(edge.Call[point](background, vm, "echo_point", point{1, 2}))
		must(vm.Run(background, "call_bytes_round", data))
		if _, err := vm.Run(background, "fails_string"); err == nil {
			t.Fatal("Err")
		}
	})
}

func TestVmsLeakNothing(t *testing.T) {
	module, err := edge.ModuleFromFile(nil, conformanceWasm)
	if err != nil {
		t.Fatal(err)
	}
	flat(t, 5000, 8192, func() {
		vm, err := edge.Load(module, hosts(new(uint64)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := vm.Run(background, "call_fail"); !errors.Is(err, errHost) {
			t.Fatal(err)
		}
		vm.Close()
	})
}

// What nobody closes, the collector does.
func TestForgottenVmsAreFreed(t *testing.T) {
	module, err := edge.ModuleFromText(nil, `(module (memory 1) (func (export "f")))`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 { // more than there is address space for
		vm, err := edge.Load(module)
		if err != nil {
			t.Fatalf("VM %d: %v", i, err)
		}
		if _, err := vm.Run(background, "f"); err != nil {
			t.Fatal(err)
		}
		if i%500 == 0 {
			runtime.GC()
		}
	}
}
