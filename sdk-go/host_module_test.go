package edge_test

import (
	"errors"
	"reflect"
	"testing"

	"edgewasm.dev/edge"
)

func TestHostModules(t *testing.T) {
	host := must[*edge.HostModule](t)(edge.NewHostModule("host"))
	i32 := []edge.ValType{edge.I32}
	object := &point{1, 2}
	double := func(_ *edge.Caller, args []any) ([]any, error) { return []any{2 * args[0].(int32)}, nil }
	for _, err := range []error{
		host.Func("double", edge.FuncType{Params: i32, Results: i32}, double),
		host.Memory("memory", edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 1}}),
		host.Table("table", edge.TableType{Element: edge.ExternRef, SizeLimits: edge.SizeLimits{Min: 2}}, object),
		host.Global("", edge.GlobalType{Content: edge.I32, Mutable: true}, 21),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if names := host.Items(); host.Name() != "host" || !reflect.DeepEqual(names, []string{"double", "memory", "table", ""}) {
		t.Errorf("%s: %q", host.Name(), names)
	}
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module
		(import "host" "double" (func $double (param i32) (result i32))) (import "host" "memory" (memory 1))
		(import "host" "table" (table $t 2 externref)) (import "host" "" (global $g (mut i32)))
		(func (export "run") (result i32 externref)
			(global.set $g (call $double (global.get $g))) (i32.store (i32.const 0) (global.get $g))
			(i32.load (i32.const 0)) (table.get $t (i32.const 1))))`))
	// The description makes everything anew in each store.
	for range 2 {
		store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
		linker := must[*edge.Linker](t)(edge.NewLinker(nil))
		if err := linker.HostModule(store, host); err != nil {
			t.Fatal(err)
		}
		run := must[*edge.Func](t)(must[*edge.Instance](t)(linker.Instantiate(store, module)).Func("run"))
		if got, err := run.Call(background); err != nil || !reflect.DeepEqual(got, []any{int32(42), any(object)}) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	small := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{Memory: 1}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	want(t, linker.HostModule(small, host), edge.KindMemoryLimit)
	if list := linker.Definitions(); len(list) != 0 {
		t.Errorf("what cannot be made defines nothing: %v", list)
	}
}

func TestHostModulesThatAreRefused(t *testing.T) {
	host := must[*edge.HostModule](t)(edge.NewHostModule(""))
	want(t, host.Global("g", edge.GlobalType{Content: edge.I32}, "x"), edge.KindArgumentType, "i32", "string")
	want(t, host.Table("t", edge.TableType{Element: edge.FuncRef}, 5), edge.KindArgumentType, "funcref")
	most := uint64(1)
	if err := host.Memory("m", edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 2, Max: &most}}); err == nil {
		t.Error("a minimum above the maximum")
	}
	if err := host.Func("f", edge.FuncType{Params: []edge.ValType{99}}, nil); err == nil {
		t.Error("a type that is none")
	}
	if names := host.Items(); len(names) != 0 {
		t.Errorf("added: %q", names)
	}
}

func TestFunctionsOfHostModulesFail(t *testing.T) {
	for name, c := range failures {
		t.Run(name, func(t *testing.T) {
			host := must[*edge.HostModule](t)(edge.NewHostModule("host"))
			err := host.Func("fail", edge.FuncType{}, func(*edge.Caller, []any) ([]any, error) { return nil, c.fail() })
			if err != nil {
				t.Fatal(err)
			}
			store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
			linker := must[*edge.Linker](t)(edge.NewLinker(nil))
			if err := linker.HostModule(store, host); err != nil {
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

func TestItemsOfOneName(t *testing.T) {
	host := must[*edge.HostModule](t)(edge.NewHostModule("host"))
	for n := range 2 {
		if err := host.Global("g", edge.GlobalType{Content: edge.I32}, n); err != nil {
			t.Fatal(err)
		}
	}
	if names := host.Items(); len(names) != 1 {
		t.Errorf("got %q", names)
	}
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	if err := errors.Join(linker.HostModule(store, host), linker.AllowShadowing(false)); err != nil {
		t.Fatal(err)
	}
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "host" "g" (global i32)) (export "g" (global 0)))`))
	global := must[*edge.Global](t)(must[*edge.Instance](t)(linker.Instantiate(store, module)).Global("g"))
	if got, err := global.Get(); err != nil || got != int32(1) {
		t.Errorf("got %v, %v", got, err)
	}
}
