package edge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

const misuseText = `(module
	(table (export "table") 1 funcref) (global (export "global") (mut funcref) (ref.null func)) (tag (export "tag"))
	(func (export "take") (param funcref) (result funcref) (local.get 0))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`

// Handles of one store are refused by another, wherever they are given.
func TestHandlesOfTheWrongStore(t *testing.T) {
	one, two := fromText(t, misuseText), fromText(t, misuseText)
	f := must[*edge.Func](t)(one.Func("take"))
	tag := must[*edge.Tag](t)(must[*edge.Instance](t)(one.Instance()).Tag("tag"))
	returns := must[*edge.Func](t)(edge.NewFunc(two.Store(), edge.FuncType{Results: []edge.ValType{edge.FuncRef}},
		func(*edge.Caller, []any) ([]any, error) { return []any{f}, nil }))
	linked := func(item any) error {
		linker := must[*edge.Linker](t)(edge.NewLinker(nil))
		if err := linker.Define("m", "x", item); err != nil {
			return err
		}
		kind := map[bool]string{true: `(tag)`, false: `(func (param funcref) (result funcref))`}[item == any(tag)]
		module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "m" "x" `+kind+`))`))
		_, err := linker.Instantiate(two.Store(), module)
		return err
	}
	for name, give := range map[string]func() error{
		"argument": func() error {
			_, err := must[*edge.Func](t)(two.Func("take")).Call(background, f)
			return err
		},
		"result":    func() error { _, err := returns.Call(background); return err },
		"table":     func() error { return must[*edge.Table](t)(two.Table("table")).Set(0, f) },
		"growth":    func() error { _, err := must[*edge.Table](t)(two.Table("table")).Grow(1, f); return err },
		"global":    func() error { return must[*edge.Global](t)(two.Global("global")).Set(f) },
		"function":  func() error { return linked(f) },
		"tag":       func() error { return linked(tag) },
		"exception": func() error { _, err := edge.NewException(two.Store(), tag); return err },
		"instance": func() error {
			linker := must[*edge.Linker](t)(edge.NewLinker(nil))
			if err := linker.DefineInstance("m", must[*edge.Instance](t)(one.Instance())); err != nil {
				return err
			}
			module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "m" "table" (table 1 funcref)))`))
			_, err := linker.Instantiate(two.Store(), module)
			return err
		},
	} {
		if err := give(); !errors.Is(err, edge.KindWrongStore) {
			t.Errorf("%s: got %v", name, err)
		}
		stillAdds(t, two)
	}
}

// The same for engines.
func TestHandlesOfTheWrongEngine(t *testing.T) {
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{}))
	module := must[*edge.Module](t)(edge.ModuleFromText(engine, addText))
	if _, err := edge.Load(module, edge.WithLinker(must[*edge.Linker](t)(edge.NewLinker(nil)))); !errors.Is(err, edge.KindWrongStore) {
		t.Errorf("linker: got %v", err)
	}
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	if _, err := must[*edge.Linker](t)(edge.NewLinker(engine)).Instantiate(store, module); !errors.Is(err, edge.KindWrongStore) {
		t.Errorf("store: got %v", err)
	}
}

// A host function cannot reset the VM that is calling it; it can close it, and the call in progress comes to its end all the same.
func TestVmsInTheMiddleOfACall(t *testing.T) {
	inside := (*edge.Vm).Reset
	var refused error
	vm := fromText(t, poolText, edge.Imports{"host": {"f": func(call *edge.HostCall) { refused = inside(call.Vm()) }}})
	if _, err := vm.Run(background, "host"); err != nil {
		t.Error(err)
	}
	want(t, refused, edge.KindBusy, "reset")
	stillAdds(t, vm)
	inside = (*edge.Vm).Close
	if _, err := vm.Run(background, "host"); err != nil || refused != nil || !vm.Closed() {
		t.Errorf("got %v, %v", err, refused)
	}
	_, err := vm.Run(background, "add", 1, 2)
	want(t, err, edge.KindClosed)
}

// A host function must not wait for a goroutine that calls the guest; one whose context ends does not hang for ever.
func TestOtherGoroutinesWaitForTheCallInProgress(t *testing.T) {
	var outside error
	var vm *edge.Vm
	vm = fromText(t, poolText, edge.Imports{"host": {"f": func() {
		ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
		defer cancel()
		done := make(chan error)
		go func() { _, err := vm.Run(ctx, "add", 1, 2); done <- err }()
		outside = <-done
	}}})
	if err := ended(t, func() error { _, err := vm.Run(background, "host"); return err }); err != nil {
		t.Error(err)
	}
	want(t, outside, edge.KindDeadlineExceeded)
	stillAdds(t, vm)
}

// Everything may be given up in any order, what others were made of first.
func TestAnyOrderOfGivingUp(t *testing.T) {
	pool := poolOf(t, poolText, nothing(), edge.WithSize(2))
	vm := must[*edge.Vm](t)(pool.Get(background))
	store, instance := vm.Store(), must[*edge.Instance](t)(vm.Instance())
	f := must[*edge.Func](t)(instance.Func("double"))
	pool.Close()
	vm.Close()
	if got, err := f.Call(background, 4); err == nil && got[0] != int32(8) || err != nil && !errors.Is(err, edge.KindClosed) {
		t.Errorf("got %v, %v", got, err)
	}
	if !instance.Store().Cancel() && store.MemoryUsed() != 0 {
		t.Error("the store has no memory")
	}
}
