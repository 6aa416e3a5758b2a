package edge_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"edgewasm.dev/edge"
)

// replaced is the table's host functions with one of them replaced.
func replaced(name string, fn any) edge.Option {
	return edge.WithImports(edge.Imports{"app": {name: fn}})
}

func TestHostErrorsKeepTheirIdentity(t *testing.T) {
	mine := fmt.Errorf("wrapped: %w", context.DeadlineExceeded)
	vm := loadConformance(t, replaced("fail_host", func() error { return mine }))
	_, err := vm.Run(background, "call_fail")
	failed := want(t, err, edge.KindHostError, "wrapped")
	if failed.Unwrap() != mine || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the cause is %v", failed.Unwrap())
	}
	if _, poisoned := vm.Poisoned(); !poisoned {
		t.Error("an error that unwound the guest poisons it")
	}
}

func TestTypedHostErrors(t *testing.T) {
	vm := loadConformance(t, replaced("fail_typed", func(uint32) (uint32, error) {
		return 0, edge.Err(map[string]any{"Exceeded": map[string]any{"wanted": 3, "limit": 2}})
	}))
	_, err := vm.Run(background, "call_fail_typed", 1)
	failed := want(t, err, edge.KindGuestError)
	wanted := map[string]any{"Exceeded": map[string]any{"wanted": uint64(3), "limit": uint64(2)}}
	if !reflect.DeepEqual(failed.Value, wanted) {
		t.Errorf("got %#v", failed.Value)
	}
	if _, poisoned := vm.Poisoned(); poisoned {
		t.Error("an Err is a value")
	}
}

func TestHostPanics(t *testing.T) {
	mine := errors.New("mine")
	vm := loadConformance(t, replaced("fail_host", func() { panic(mine) }))
	_, err := vm.Run(background, "call_fail")
	want(t, err, edge.KindHostPanic, "mine")
	var panicked *edge.PanicError
	if !errors.As(err, &panicked) || panicked.Value != mine || !strings.Contains(string(panicked.Stack), "TestHostPanics") {
		t.Errorf("got %#v", err)
	}
	if !errors.Is(err, mine) {
		t.Error("the panic's value is an error")
	}
	vm = loadConformance(t, replaced("fail_host", func() { var p *point; p.X++ }))
	_, err = vm.Run(background, "call_fail")
	want(t, err, edge.KindHostPanic, "nil pointer")
}

func TestHostFunctionsSeeTheCall(t *testing.T) {
	type key struct{}
	var seen any
	var same bool
	var vm *edge.Vm
	vm = loadConformance(t, replaced("fetch", func(call *edge.HostCall, ctx context.Context, name string) any {
		seen, same = ctx.Value(key{}), call.Vm() == vm && call.Context() == ctx
		memory, err := call.Memory(0)
		if err != nil || memory.Size() == 0 {
			t.Errorf("memory: %v", err)
		}
		return nil
	}))
	if _, err := vm.Run(context.WithValue(background, key{}, "here"), "call_fetch", "x"); err != nil {
		t.Fatal(err)
	}
	if seen != "here" || !same {
		t.Errorf("got %v, %v", seen, same)
	}
}

func TestHostFunctionsOfOtherShapes(t *testing.T) {
	vm := loadConformance(t, replaced("multiply", func(args ...any) (any, error) {
		return float64(args[0].(int64)) * args[1].(float64), nil
	}))
	if got, err := vm.Run(background, "call_multiply", 6, 7.0); err != nil || got != 42.0 {
		t.Errorf("got %v, %v", got, err)
	}
	vm = loadConformance(t, replaced("multiply", func(int64) float64 { return 0 }))
	_, err := vm.Run(background, "call_multiply", 6, 7.0)
	if !errors.Is(err, edge.KindArgumentCount) {
		t.Errorf("got %v", err)
	}
	vm = loadConformance(t, replaced("multiply", func(string, float64) float64 { return 0 }))
	_, err = vm.Run(background, "call_multiply", 6, 7.0)
	if !errors.Is(err, edge.KindArgumentType) || !strings.Contains(err.Error(), "argument 1") {
		t.Errorf("got %v", err)
	}
	vm = loadConformance(t, replaced("multiply", func(int64, float64) string { return "no number" }))
	if _, err = vm.Run(background, "call_multiply", 6, 7.0); err == nil || !strings.Contains(err.Error(), "multiply") {
		t.Errorf("got %v", err)
	}
}

// Plain modules import functions of numbers; the same closures serve them.
func TestHostFunctionsOfPlainModules(t *testing.T) {
	var got int32
	vm := fromText(t, `(module (import "host" "note" (func $note (param i32) (result i64)))
		(func (export "run") (param i32) (result i64) local.get 0 call $note))`,
		edge.Imports{"host": {"note": func(n int32) int64 { got = n; return int64(n) * 2 }}})
	if result, err := edge.Call[int64](background, vm, "run", -4); err != nil || result != -8 || got != -4 {
		t.Errorf("got %v, %v, %v", result, got, err)
	}
}

func TestReentryEndsWithTheFirstError(t *testing.T) {
	vm := loadConformance(t, replaced("reenter", func(call *edge.HostCall, n uint32) (uint32, error) {
		if n == 0 {
			return 0, errHost
		}
		return edge.Call[uint32](call.Context(), call.Vm(), "count_down", n)
	}))
	_, err := vm.Run(background, "call_reenter", 5)
	want(t, err, edge.KindHostError)
	if !errors.Is(err, errHost) {
		t.Errorf("got %v", err)
	}
}
