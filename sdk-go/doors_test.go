package edge_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"testing"

	"edgewasm.dev/edge"
)

// must is for steps on the way to what a test is about.
func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestModuleInspection(t *testing.T) {
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module $named (import "env" "f" (func (param i32)))
		(memory (export "m") 1 3) (@custom "note" "\01\02") (@custom "note" "\03"))`))
	if module.Name() != "named" {
		t.Errorf("name: %q", module.Name())
	}
	imports := []edge.Import{{Module: "env", Name: "f", Type: edge.FuncType{Params: []edge.ValType{edge.I32}, Results: []edge.ValType{}},
		Text: "function (i32) -> ()"}}
	if got := module.Imports(); !reflect.DeepEqual(got, imports) {
		t.Errorf("imports: %#v", got)
	}
	exports := module.Exports()
	if len(exports) != 1 || exports[0].Name != "m" {
		t.Fatalf("exports: %#v", exports)
	}
	if ty := exports[0].Type.(edge.MemoryType); ty.Min != 1 || *ty.Max != 3 || ty.String() == "" {
		t.Errorf("memory: %v", ty)
	}
	var notes [][]byte
	for _, section := range module.CustomSections() {
		if section.Name == "note" {
			notes = append(notes, section.Data)
		}
	}
	if !reflect.DeepEqual(notes, [][]byte{{1, 2}, {3}}) {
		t.Errorf("custom sections: %v", notes)
	}
}

func TestTypesInWordsTellWhatMayBeNull(t *testing.T) {
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (type $t (func))
		(func (export "f") (param (ref null $t) (ref $t) funcref (ref extern))))`))
	export := module.Exports()[0]
	if ty := export.Type.(edge.FuncType); !reflect.DeepEqual(ty.Params, []edge.ValType{edge.FuncRef, edge.FuncRef, edge.FuncRef, edge.ExternRef}) {
		t.Errorf("got %v", ty.Params)
	}
	if export.Text != "function ((ref null (func)), (ref (func)), funcref, (ref extern)) -> ()" {
		t.Errorf("got %s", export.Text)
	}
}

func TestEngines(t *testing.T) {
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{OptLevel: edge.OptNone, Threads: 1}))
	vm, err := edge.Load(conformanceWasm, edge.WithEngine(engine), hosts(new(uint64)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Run(background, "add", 1, 2); err != nil || got != int32(3) {
		t.Errorf("got %v, %v", got, err)
	}
	want(t, engine.Validate([]byte("\x00asm")), edge.KindMalformed)
	if err := engine.Validate([]byte("\x00asm\x01\x00\x00\x00")); err != nil {
		t.Error(err)
	}
	_, err = edge.NewEngine(edge.Config{Threads: -1})
	want(t, err, edge.KindArgumentType, "-1")
	if edge.Version() == "" {
		t.Error("no version")
	}
}

func TestMemory(t *testing.T) {
	vm := fromText(t, swapText)
	memory := must[*edge.Memory](t)(vm.Memory("memory"))
	if err := memory.Write(65530, []byte("edge!!")); err != nil {
		t.Fatal(err)
	}
	if got, err := memory.Read(65530, 6); err != nil || string(got) != "edge!!" {
		t.Errorf("got %q, %v", got, err)
	}
	want(t, memory.Write(65531, []byte("edge!!")), edge.KindMemoryOutOfBounds)
	_, err := memory.Read(65531, 6)
	want(t, err, edge.KindMemoryOutOfBounds)
	_, err = memory.Read(0, -1)
	want(t, err, edge.KindMemoryOutOfBounds)
	_, err = memory.Read(^uint64(0), 2)
	want(t, err, edge.KindMemoryOutOfBounds)

	view := memory.Bytes()
	if before, err := memory.Grow(1); err != nil || before != 1 || memory.Pages() != 2 || memory.Size() != 2<<16 {
		t.Errorf("got %v, %v, %v", before, err, memory.Size())
	}
	if _, err := vm.Run(background, "store", 5); err != nil || view[5] != 42 || &view[0] != &memory.Bytes()[0] {
		t.Errorf("the view does not follow: %v, %v", view[5], err)
	}
	if _, err = memory.Grow(1); err == nil {
		t.Error("grown beyond the maximum")
	}
	_, err = vm.Memory("g")
	want(t, err, edge.KindWrongExportKind, "g")
	_, err = vm.Memory("nothing")
	want(t, err, edge.KindUnknownExport, "nothing")
}

func TestGlobalsAndTables(t *testing.T) {
	vm := fromText(t, swapText)
	global := must[*edge.Global](t)(vm.Global("g"))
	if got, err := global.Get(); err != nil || got != int32(7) || !global.Type().Mutable {
		t.Errorf("got %v, %v", got, err)
	}
	if err := global.Set(9); err != nil {
		t.Fatal(err)
	}
	if got, _ := global.Get(); got != int32(9) {
		t.Errorf("got %v", got)
	}
	want(t, global.Set(1<<40), edge.KindArgumentType, "i32")
	want(t, global.Set("x"), edge.KindArgumentType, "string")
	fixed := must[*edge.Global](t)(vm.Global("fixed"))
	want(t, fixed.Set(1), edge.KindImmutable)

	table := must[*edge.Table](t)(vm.Table("t"))
	object := &point{1, 2}
	if err := table.Set(1, object); err != nil {
		t.Fatal(err)
	}
	if got, err := table.Get(1); err != nil || got != object {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := table.Get(0); err != nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if before, err := table.Grow(3, object); err != nil || before != 2 || table.Size() != 5 {
		t.Errorf("got %v, %v", before, err)
	}
	_, err := table.Get(5)
	want(t, err, edge.KindTableOutOfBounds)
	want(t, table.Set(5, nil), edge.KindTableOutOfBounds)
	if err := table.Fill(1, object, 3); err != nil {
		t.Fatal(err)
	}
	want(t, table.Fill(4, nil, 2), edge.KindTableOutOfBounds)
	want(t, must[*edge.Table](t)(edge.NewTable(vm.Store(), edge.TableType{Element: edge.FuncRef}, nil)).Fill(0, 5, 0),
		edge.KindArgumentType, "funcref", "int")
	for index, want := range []any{nil, object, object, object, object} {
		if got, err := table.Get(uint64(index)); err != nil || got != want {
			t.Errorf("%d: got %v, %v", index, got, err)
		}
	}
}

func TestFuncs(t *testing.T) {
	instance := must[*edge.Instance](t)(fromText(t, swapText).Instance())
	swap := must[*edge.Func](t)(instance.Func("swap"))
	if got, err := swap.Call(background, 1, 2.5); err != nil || !reflect.DeepEqual(got, []any{2.5, int32(1)}) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := swap.Call(background, 1)
	want(t, err, edge.KindArgumentCount, "2")
	_, err = swap.Call(background, 1, float32(2))
	want(t, err, edge.KindArgumentType, "f64", "float32")
	_, err = swap.Call(background, int64(1)<<40, 2.0)
	want(t, err, edge.KindArgumentType, "i32")
	crash := must[*edge.Func](t)(instance.Func("crash"))
	_, err = crash.Call(background)
	want(t, err, edge.KindUnreachable)
	if got, err := swap.Call(background, 1, 2.5); err != nil || len(got) != 2 {
		t.Errorf("a trap of a plain module poisons nothing: %v, %v", got, err)
	}
}

func TestLinking(t *testing.T) {
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	ty := edge.FuncType{Params: []edge.ValType{edge.I32, edge.ExternRef}, Results: []edge.ValType{edge.ExternRef, edge.I32}}
	err := linker.Func("host", "swap", ty, func(caller *edge.Caller, args []any) ([]any, error) {
		if memory, err := caller.Memory(0); err != nil || memory.Pages() != 1 {
			t.Errorf("the caller's memory: %v", err)
		}
		if args[0] == int32(0) {
			return nil, errHost
		}
		if args[0] == int32(1) {
			panic("at once")
		}
		if args[0] == int32(2) {
			return []any{nil}, nil
		}
		return []any{args[1], args[0]}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module
		(import "host" "swap" (func $swap (param i32 externref) (result externref i32))) (memory 1)
		(func (export "swap") (param i32 externref) (result externref i32) local.get 0 local.get 1 call $swap))`))
	instance := must[*edge.Instance](t)(linker.Instantiate(store, first))
	if err := linker.DefineInstance("first", instance); err != nil {
		t.Fatal(err)
	}
	second := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "first" "swap" (func $swap (param i32 externref) (result externref i32)))
		(import "host" "global" (global i64)) (export "swap" (func $swap)) (export "global" (global 0)))`))
	_, err = linker.Instantiate(store, second)
	want(t, err, edge.KindUnknownImport, "global")
	global := must[*edge.Global](t)(edge.NewGlobal(store, edge.GlobalType{Content: edge.I64}, 5))
	if err := linker.Define("host", "global", global); err != nil {
		t.Fatal(err)
	}
	want(t, linker.Define("host", "global", 5), edge.KindArgumentType, "int")
	swap := must[*edge.Func](t)(must[*edge.Instance](t)(linker.Instantiate(store, second)).Func("swap"))
	object := &point{}
	if got, err := swap.Call(background, 7, object); err != nil || got[0] != object || got[1] != int32(7) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := swap.Call(background, 0, nil); !errors.Is(err, errHost) {
		t.Errorf("got %v", err)
	}
	_, err = swap.Call(background, 1, nil)
	want(t, err, edge.KindHostPanic, "at once")
	if _, err = swap.Call(background, 2, nil); !errors.Is(err, edge.KindResultType) {
		t.Errorf("got %v", err)
	}
	if store.MemoryUsed() != 1<<16 {
		t.Errorf("%d bytes", store.MemoryUsed())
	}
}

func TestHandlesOfOtherStores(t *testing.T) {
	one := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	two := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	nothing := func(*edge.Caller, []any) ([]any, error) { return nil, nil }
	f := must[*edge.Func](t)(edge.NewFunc(one, edge.FuncType{}, nothing))
	_, err := edge.NewTable(two, edge.TableType{Element: edge.FuncRef, SizeLimits: edge.SizeLimits{Min: 1}}, f)
	want(t, err, edge.KindWrongStore)
	memory := must[*edge.Memory](t)(edge.NewMemory(one, edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 1}}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	if err := linker.Define("m", "m", memory); err != nil {
		t.Fatal(err)
	}
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "m" "m" (memory 1)))`))
	_, err = linker.Instantiate(two, module)
	want(t, err, edge.KindWrongStore)
}

// kinds.go is what the generator makes of the header that the library was built with.
func TestKindsAreCurrent(t *testing.T) {
	generated, err := exec.Command("go", "run", "./internal/gen", "internal/lib/linux_amd64/edge.h").Output()
	if err != nil {
		t.Fatal(err)
	}
	checkedIn := must[[]byte](t)(os.ReadFile("kinds.go"))
	if !bytes.Equal(generated, checkedIn) {
		t.Error("kinds.go is stale: go run ./internal/gen internal/lib/linux_amd64/edge.h > kinds.go")
	}
}
