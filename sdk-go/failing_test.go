package edge_test

import (
	"errors"
	"fmt"
	"testing"

	"edgewasm.dev/edge"
)

// failingText calls what fails, in the middle of a call and of a start function.
const failingText = `(module (import "host" "fail" (func $fail)) (func (export "run") (call $fail)) (func (export "well")))`

var (
	errMine = errors.New("mine")
	wrapped = fmt.Errorf("wrapped: %w", errMine)
	stopped = fmt.Errorf("enough: %w", edge.ErrTerminate)
)

// failure is a way in which a host function fails, and what the caller of the guest has of it.
type failure struct {
	fail func() error
	kind edge.Kind
	// is tells whether an error is the very one that the host function returned.
	is func(cause error) bool
}

// failures are all ways.
var failures = map[string]failure{
	"error":     {func() error { return wrapped }, edge.KindHostError, func(cause error) bool { return cause == wrapped }},
	"terminate": {func() error { return stopped }, edge.KindTerminated, func(cause error) bool { return cause == stopped }},
	"code": {func() error { return edge.WithCode(7, errMine) }, edge.KindHostError,
		func(cause error) bool { return errors.Is(cause, errMine) }},
	"panic with an error": {func() error { panic(errMine) }, edge.KindHostPanic,
		func(cause error) bool { return panicked(cause) == errMine && errors.Is(cause, errMine) }},
	"panic with text": {func() error { panic("at once") }, edge.KindHostPanic,
		func(cause error) bool { return panicked(cause) == "at once" }},
	"error that panics": {func() error { return wicked{} }, edge.KindHostPanic,
		func(cause error) bool { _, ok := panicked(cause).(error); return ok }},
	"nothing thrown": {func() error { return edge.Throw(nil) }, edge.KindHostPanic,
		func(cause error) bool { _, ok := panicked(cause).(error); return ok }},
	"nil pointer": {func() error { var p *point; p.X++; return nil }, edge.KindHostPanic,
		func(cause error) bool { _, ok := panicked(cause).(error); return ok }},
}

// wicked is an error that cannot be asked for its text.
type wicked struct{ text *string }

func (w wicked) Error() string { return *w.text }

// panicked is what was passed to panic.
func panicked(cause error) any {
	if p, ok := cause.(*edge.PanicError); ok && len(p.Stack) > 0 {
		return p.Value
	}
	return nil
}

// check calls a guest that is plain: it fails with the very error, and goes on to work.
func (f failure) check(t *testing.T, call func(export string) error) {
	t.Helper()
	for range 2 {
		err := call("run")
		failed := want(t, err, f.kind)
		if failed.Phase != edge.PhaseHost || !f.is(failed.Unwrap()) {
			t.Errorf("%s: the cause is %#v", failed.Phase, failed.Unwrap())
		}
		if f.kind == edge.KindTerminated != errors.Is(err, edge.ErrTerminate) {
			t.Errorf("got %v", err)
		}
		if err := call("well"); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

func TestImportsFail(t *testing.T) {
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			vm := fromText(t, failingText, edge.Imports{"host": {"fail": c.fail}})
			c.check(t, func(export string) error { _, err := vm.Run(background, export); return err })
			if _, poisoned := vm.Poisoned(); poisoned {
				t.Error("a plain guest is never poisoned")
			}
		})
	}
}

func TestFunctionsOfLinkersFail(t *testing.T) {
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			linker := must[*edge.Linker](t)(edge.NewLinker(nil))
			err := linker.Func("host", "fail", edge.FuncType{}, func(*edge.Caller, []any) ([]any, error) { return nil, c.fail() })
			if err != nil {
				t.Fatal(err)
			}
			vm := fromText(t, failingText, linker)
			c.check(t, func(export string) error { _, err := vm.Run(background, export); return err })
		})
	}
}

func TestFunctionsOfStoresFail(t *testing.T) {
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
			f := must[*edge.Func](t)(edge.NewFunc(store, edge.FuncType{},
				func(*edge.Caller, []any) ([]any, error) { return nil, c.fail() }))
			linker := must[*edge.Linker](t)(edge.NewLinker(nil))
			if err := linker.Define("host", "fail", f); err != nil {
				t.Fatal(err)
			}
			module := must[*edge.Module](t)(edge.ModuleFromText(nil, failingText))
			instance := must[*edge.Instance](t)(linker.Instantiate(store, module))
			c.check(t, func(export string) error {
				_, err := must[*edge.Func](t)(instance.Func(export)).Call(background)
				return err
			})
		})
	}
}

// A guest with bindgen functions is in the middle of something: it says so until it is reset.
func TestImportsOfBindgenGuestsFail(t *testing.T) {
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			vm := loadConformance(t, replaced("fail_host", c.fail))
			for range 2 {
				_, err := vm.Run(background, "call_fail")
				if failed := want(t, err, c.kind); !c.is(failed.Unwrap()) {
					t.Errorf("the cause is %#v", failed.Unwrap())
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
		})
	}
}

// What fails in a start function ends loading.
func TestStartFunctionsFail(t *testing.T) {
	const text = `(module (import "host" "fail" (func $fail)) (start $fail))`
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, text))
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			imports := edge.Imports{"host": {"fail": c.fail}}
			_, err := edge.Load(module, imports)
			if failed := want(t, err, c.kind); !c.is(failed.Unwrap()) {
				t.Errorf("the cause is %#v", failed.Unwrap())
			}
			_, err = edge.NewPool(module, imports)
			if failed := want(t, err, c.kind); !c.is(failed.Unwrap()) {
				t.Errorf("the cause is %#v", failed.Unwrap())
			}
		})
	}
}
