package edge_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

const addText = `(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "loop") (loop $l (br $l))))`

// withEngine loads a VM from the text format by an engine of its own.
func withEngine(t *testing.T, config edge.Config, wat string, options ...edge.Option) *edge.Vm {
	t.Helper()
	engine := must[*edge.Engine](t)(edge.NewEngine(config))
	module := must[*edge.Module](t)(edge.ModuleFromText(engine, wat))
	vm := must[*edge.Vm](t)(edge.Load(module, append(options, engine)...))
	t.Cleanup(func() { vm.Close() })
	return vm
}

func TestSettingsAreReadBack(t *testing.T) {
	given := edge.Config{OptLevel: edge.OptSpeedAndSize, Threads: 2, Proposals: map[string]bool{"simd": false, "relaxed-simd": false},
		NoSignals: true, Interpreter: true, Uninterruptible: true, Deterministic: true, Fuel: true,
		Costs: map[string]uint64{"i32.add": 7}, CountInstructions: true, MeasureTime: true,
		Compile: edge.Lazy, Cache: &edge.Cache{Dir: "/no/where", MaxSize: 5}, Target: edge.TargetGeneric,
		Limits: edge.Limits{Memory: 1 << 20, Table: 11, Instances: 12, Stack: 1 << 17, ResultSize: 14, Recursion: 15, Fuel: 16,
			Deadline: 17 * time.Second, Module: edge.ModuleLimits{Size: 1000, Functions: 19, Items: 20, BodySize: 21, Locals: 22,
				BranchTargets: 23, Nesting: 24, Operands: 25}}}
	engine := must[*edge.Engine](t)(edge.NewEngine(given))
	got := engine.Config()
	for _, name := range edge.Proposals() {
		if on, known := got.Proposals[name]; !known || strings.HasSuffix(name, "simd") && on {
			t.Errorf("%s: %v, %v", name, on, known)
		}
	}
	got.Proposals = given.Proposals
	if !reflect.DeepEqual(got, given) {
		t.Errorf("got  %+v\nwant %+v", got, given)
	}
	if cost, err := engine.Cost("i32.add"); cost != 7 || err != nil {
		t.Errorf("got %d, %v", cost, err)
	}
	if cost, err := engine.Cost("i32.sub"); cost != 1 || err != nil {
		t.Errorf("got %d, %v", cost, err)
	}
	_, err := engine.Cost("i32.fly")
	want(t, err, edge.KindArgumentType, "i32.fly")
	// A store that says nothing has the engine's limits, one that says something differs in just that.
	if limits := must[*edge.Store](t)(edge.NewStore(engine, edge.Limits{})).Limits(); limits != given.Limits {
		t.Errorf("got %+v", limits)
	}
	differs := given.Limits
	differs.Table = 99
	if limits := must[*edge.Store](t)(edge.NewStore(engine, edge.Limits{Table: 99})).Limits(); limits != differs {
		t.Errorf("got %+v", limits)
	}
	var none *edge.Engine
	if c := none.Config(); c.NoSignals || c.Uninterruptible || c.Fuel || c.Limits.Memory != 1<<30 || c.Limits.Deadline != 0 {
		t.Errorf("the defaults are %+v", c)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		config edge.Config
		kind   edge.Kind
		part   string
	}{
		{edge.Config{Threads: -1}, edge.KindArgumentType, "Threads"},
		{edge.Config{Limits: edge.Limits{Deadline: -1}}, edge.KindArgumentType, "Deadline"},
		{edge.Config{Proposals: map[string]bool{"flying": true}}, edge.KindArgumentType, "flying"},
		{edge.Config{Proposals: map[string]bool{"gc": true}}, edge.KindUnsupported, "gc"},
		{edge.Config{Costs: map[string]uint64{"i32.fly": 1}}, edge.KindArgumentType, "i32.fly"},
	} {
		_, err := edge.NewEngine(c.config)
		want(t, err, c.kind, c.part)
	}
}

func TestDeadlinesOfLimits(t *testing.T) {
	vm := fromText(t, addText, edge.Limits{Deadline: 20 * time.Millisecond})
	for range 2 {
		err := ended(t, func() error { _, err := vm.Run(background, "loop"); return err })
		want(t, err, edge.KindDeadlineExceeded)
		stillAdds(t, vm)
	}
	for _, config := range []edge.Config{{NoSignals: true}, {Interpreter: true}} {
		vm := withEngine(t, config, addText)
		ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
		err := ended(t, func() error { _, err := vm.Run(ctx, "loop"); return err })
		cancel()
		want(t, err, edge.KindDeadlineExceeded)
		stillAdds(t, vm)
	}
}

func TestFuelAndStatistics(t *testing.T) {
	vm := withEngine(t, edge.Config{Fuel: true, CountInstructions: true, MeasureTime: true}, addText, edge.Limits{Fuel: 1000})
	store := vm.Store()
	stillAdds(t, vm)
	statistics := store.Statistics()
	used := must[uint64](t)(statistics.FuelUsed())
	left := must[uint64](t)(statistics.FuelLeft())
	if used == 0 || used+left != 1000 || must[uint64](t)(store.FuelLeft()) != left {
		t.Errorf("used %d, left %d", used, left)
	}
	if n := must[uint64](t)(statistics.Instructions()); n == 0 || statistics.Calls() != 1 || statistics.MemoryPeak() != 0 {
		t.Errorf("%d instructions, %d calls, %d bytes", n, statistics.Calls(), statistics.MemoryPeak())
	}
	if must[time.Duration](t)(statistics.Time()) <= 0 || must[float64](t)(statistics.InstructionsPerSecond()) <= 0 {
		t.Error("calls take time")
	}
	_, err := vm.Run(background, "loop")
	want(t, err, edge.KindOutOfFuel)
	_, err = vm.Run(background, "add", 1, 2)
	want(t, err, edge.KindOutOfFuel)
	for _, err := range []error{store.SetFuel(100), store.AddFuel(50), store.ConsumeFuel(30), store.ResetStatistics()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want(t, store.ConsumeFuel(1000), edge.KindOutOfFuel)
	if left := must[uint64](t)(store.FuelLeft()); left != 120 {
		t.Errorf("%d left", left)
	}
	// The fuel of one call is a limit of its own, and none of the next call's.
	ctx := edge.WithFuel(background, 2)
	for range 2 {
		_, err = vm.Run(ctx, "add", 1, 2)
		want(t, err, edge.KindOutOfFuel)
	}
	stillAdds(t, vm)
}

func TestWhatIsNotEnabled(t *testing.T) {
	vm := fromText(t, addText)
	store := vm.Store()
	statistics := store.Statistics()
	for i, ask := range []func() error{
		func() error { _, err := statistics.Instructions(); return err },
		func() error { _, err := statistics.FuelUsed(); return err },
		func() error { _, err := statistics.FuelLeft(); return err },
		func() error { _, err := statistics.Time(); return err },
		func() error { _, err := statistics.InstructionsPerSecond(); return err },
		func() error { _, err := store.FuelLeft(); return err },
		func() error { return store.SetFuel(1) },
		func() error { return store.AddFuel(1) },
		func() error { return store.ConsumeFuel(1) },
		func() error { _, err := vm.Run(edge.WithFuel(background, 1), "add", 1, 2); return err },
		func() error {
			store, err := edge.NewStore(nil, edge.Limits{Fuel: 1})
			if err != nil {
				return err
			}
			_, err = must[*edge.Linker](t)(edge.NewLinker(nil)).Instantiate(store, vm.Module())
			return err
		},
	} {
		if err := ask(); !errors.Is(err, edge.KindNotEnabled) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

func TestHostFunctionsTerminateGuests(t *testing.T) {
	vm := fromText(t, `(module (import "host" "stop" (func $stop)) (func (export "run") (loop $l (call $stop) (br $l)))
		(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`,
		edge.Imports{"host": {"stop": func() error { return fmt.Errorf("enough: %w", edge.ErrTerminate) }}})
	_, err := vm.Run(background, "run")
	want(t, err, edge.KindTerminated)
	if !errors.Is(err, edge.ErrTerminate) {
		t.Errorf("got %v", err)
	}
	stillAdds(t, vm)
}

func TestErrorsOfHostFunctionsHaveCodes(t *testing.T) {
	vm := fromText(t, `(module (import "host" "fail" (func $fail)) (func (export "run") (call $fail)))`,
		edge.Imports{"host": {"fail": func() error { return edge.WithCode(-1<<63, errHost) }}})
	_, err := vm.Run(background, "run")
	if e := want(t, err, edge.KindHostError); e.Code != -1<<63 || e.Message != errHost.Error() || !errors.Is(err, errHost) {
		t.Errorf("got %d, %s", e.Code, e.Message)
	}
}

func TestVectors(t *testing.T) {
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	v128 := []edge.ValType{edge.V128}
	twist := func(_ *edge.Caller, args []any) ([]any, error) {
		v := args[0].([16]byte)
		v[0], v[15] = v[15], v[0]
		return []any{v}, nil
	}
	if err := linker.Func("host", "twist", edge.FuncType{Params: v128, Results: v128}, twist); err != nil {
		t.Fatal(err)
	}
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module (import "host" "twist" (func $twist (param v128) (result v128)))
		(func (export "run") (param v128) (result v128) (i8x16.add (call $twist (local.get 0)) (i8x16.splat (i32.const 1)))))`))
	run := must[*edge.Func](t)(must[*edge.Instance](t)(linker.Instantiate(store, module)).Func("run"))
	got, err := run.Call(background, [16]byte{0: 10, 15: 20})
	if expected := [16]byte{21, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 11}; err != nil || got[0] != expected {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = run.Call(background, []byte{1})
	want(t, err, edge.KindArgumentType, "[16]byte")
}

func TestShadowing(t *testing.T) {
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	define := func() {
		for _, name := range []string{"g", "f"} {
			if err := linker.Func("host", name, edge.FuncType{}, does["nothing"]); err != nil {
				t.Fatal(err)
			}
		}
	}
	define()
	if got := fmt.Sprint(linker.Definitions()); got != "[{host f} {host g}]" {
		t.Errorf("got %s", got)
	}
	if err := linker.AllowShadowing(false); err != nil {
		t.Fatal(err)
	}
	define()
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{}))
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, `(module)`))
	_, err := linker.Instantiate(store, module)
	want(t, err, edge.KindIncompatibleImport, "twice")
	want(t, linker.FuncCost("host", "f", 1), edge.KindNotEnabled)
	want(t, linker.AliasModule("none", "x"), edge.KindUnknownImport, "none")
}
