package edge_test

import (
	"errors"
	"reflect"
	"testing"

	"edgewasm.dev/edge"
)

const exceptionsText = `(module
	(import "host" "fail" (func $fail (param i32)))
	(tag $t (export "tag") (param i32 i64))
	(func (export "throw") (throw $t (i32.const 7) (i64.const 8)))
	(func (export "catch") (param i32) (result i32 i64)
		(block $caught (result i32 i64)
			(try_table (catch $t $caught) (call $fail (local.get 0)))
			(i32.const -1) (i64.const -1)))
	(func (export "reference") (result exnref)
		(block $caught (result exnref)
			(try_table (catch_all_ref $caught) (throw $t (i32.const 1) (i64.const 2)))
			unreachable))
	(func (export "rethrow") (param exnref) (throw_ref (local.get 0)))
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`

// exceptions loads the guest; throw says what its import does.
func exceptions(t *testing.T, throw func(*edge.Caller) error) *edge.Vm {
	t.Helper()
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	err := linker.Func("host", "fail", edge.FuncType{Params: []edge.ValType{edge.I32}}, func(caller *edge.Caller, args []any) ([]any, error) {
		if args[0] == int32(0) {
			return nil, nil
		}
		return nil, throw(caller)
	})
	if err != nil {
		t.Fatal(err)
	}
	return fromText(t, exceptionsText, linker)
}

func TestExceptionsTravel(t *testing.T) {
	vm := exceptions(t, nil)
	tag := must[*edge.Tag](t)(must[*edge.Instance](t)(vm.Instance()).Tag("tag"))
	if ty := tag.Type(); !reflect.DeepEqual(ty, edge.TagType{Params: []edge.ValType{edge.I32, edge.I64}}) || ty.String() == "" {
		t.Errorf("got %v", ty)
	}
	_, err := vm.Run(background, "throw")
	exception := want(t, err, edge.KindUncaughtException).Exception()
	if exception == nil || !exception.Tag().Same(tag) {
		t.Fatal("the exception has the guest's tag")
	}
	if values, err := exception.Values(); err != nil || !reflect.DeepEqual(values, []any{int32(7), int64(8)}) {
		t.Errorf("got %v, %v", values, err)
	}
	stillAdds(t, vm)
	_, err = vm.Run(background, "nothing")
	if want(t, err, edge.KindUnknownExport).Exception() != nil {
		t.Error("this is none")
	}
}

func TestReferencesToExceptions(t *testing.T) {
	vm := exceptions(t, nil)
	results, err := must[*edge.Func](t)(vm.Func("reference")).Call(background)
	if err != nil {
		t.Fatal(err)
	}
	exception := results[0].(*edge.Exception)
	rethrow := must[*edge.Func](t)(vm.Func("rethrow"))
	if ty := rethrow.Type(); ty.Params[0] != edge.ExnRef || ty.Params[0].String() != "exnref" {
		t.Errorf("got %v", ty)
	}
	_, err = rethrow.Call(background, exception)
	if again := want(t, err, edge.KindUncaughtException).Exception(); !again.Same(exception) || again.Same(nil) {
		t.Error("what was thrown again is the same")
	}
	if _, err = rethrow.Call(background, nil); err == nil {
		t.Error("null cannot be thrown")
	}
	_, err = rethrow.Call(background, 5)
	want(t, err, edge.KindArgumentType, "exnref", "int")
	stillAdds(t, vm)
}

func TestHostFunctionsThrow(t *testing.T) {
	var vm *edge.Vm
	var exception *edge.Exception
	vm = exceptions(t, func(caller *edge.Caller) error {
		instance, err := caller.Instance()
		if err != nil {
			return err
		}
		tag, err := instance.Tag("tag")
		if err != nil {
			return err
		}
		exception, err = edge.NewException(caller.Store(), tag, 5, int64(6))
		return errors.Join(err, edge.Throw(exception))
	})
	if got, err := vm.Run(background, "catch", 1); err != nil || !reflect.DeepEqual(got, []any{int32(5), int64(6)}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := vm.Run(background, "catch", 0); err != nil || !reflect.DeepEqual(got, []any{int32(-1), int64(-1)}) {
		t.Errorf("got %v, %v", got, err)
	}
	// One of another tag goes past the guest.
	other := must[*edge.Tag](t)(edge.NewTag(vm.Store(), edge.TagType{}))
	exception = must[*edge.Exception](t)(edge.NewException(vm.Store(), other))
	past := exceptions(t, func(caller *edge.Caller) error {
		tag, err := edge.NewTag(caller.Store(), edge.TagType{Params: []edge.ValType{edge.ExternRef}})
		if err != nil {
			return err
		}
		exception, err = edge.NewException(caller.Store(), tag, "carried")
		return errors.Join(err, edge.Throw(exception))
	})
	_, err := past.Run(background, "catch", 1)
	caught := want(t, err, edge.KindUncaughtException).Exception()
	if values, err := caught.Values(); err != nil || !caught.Same(exception) || values[0] != "carried" {
		t.Errorf("got %v, %v", values, err)
	}
	stillAdds(t, past)
}

func TestExceptionsThatCannotBeMade(t *testing.T) {
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	tag := must[*edge.Tag](t)(edge.NewTag(store, edge.TagType{Params: []edge.ValType{edge.I32}}))
	_, err := edge.NewException(store, tag)
	want(t, err, edge.KindArgumentCount, "1 values")
	_, err = edge.NewException(store, tag, "x")
	want(t, err, edge.KindArgumentType, "i32", "string")
	other := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	_, err = edge.NewException(other, tag, 1)
	want(t, err, edge.KindWrongStore)
	if tag.Same(nil) || !tag.Same(tag) {
		t.Error("a tag is itself")
	}
}

func TestTagsAreLinked(t *testing.T) {
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	tag := must[*edge.Tag](t)(edge.NewTag(store, edge.TagType{Params: []edge.ValType{edge.I32}}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	if err := linker.Define("host", "tag", tag); err != nil {
		t.Fatal(err)
	}
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "host" "tag" (tag $t (param i32)))
		(func (export "throw") (throw $t (i32.const 3))))`))
	throw := must[*edge.Func](t)(must[*edge.Instance](t)(linker.Instantiate(store, module)).Func("throw"))
	_, err := throw.Call(background)
	if !want(t, err, edge.KindUncaughtException).Exception().Tag().Same(tag) {
		t.Error("the tag is the host's")
	}
}
