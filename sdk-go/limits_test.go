package edge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

// limitCases trip each limit by a call of the guest's function "trip", or by loading where there is none, while its function "add" is
// well within.
var limitCases = map[string]struct {
	limits edge.Limits
	kind   edge.Kind
	wat    string
}{
	"memory":    {edge.Limits{Memory: 1 << 16}, edge.KindMemoryLimit, `(module (memory 2))`},
	"table":     {edge.Limits{Table: 99}, edge.KindTableLimit, `(module (table 100 funcref))`},
	"stack":     {edge.Limits{Stack: 64 << 10}, edge.KindStackOverflow, `(func $f (export "trip") (call $f) (call $f))`},
	"recursion": {edge.Limits{Recursion: 20}, edge.KindRecursionLimit, `(func (export "trip") (call $again))`},
	"fuel":      {edge.Limits{Fuel: 1000}, edge.KindOutOfFuel, `(func (export "trip") (loop $l (br $l)))`},
	"deadline":  {edge.Limits{Deadline: 20 * time.Millisecond}, edge.KindDeadlineExceeded, `(func (export "trip") (loop $l (br $l)))`},
}

// again calls the guest again, which calls this.
func again(call *edge.HostCall) error {
	_, err := call.Vm().Run(call.Context(), "trip")
	return err
}

// Each limit holds, given to the VM or to the engine, and where a call trips it the guest works afterwards.
func TestEachLimit(t *testing.T) {
	for name, c := range limitCases {
		for _, of := range []string{"engine", "VM"} {
			t.Run(name+" of the "+of, func(t *testing.T) {
				config, options := edge.Config{Fuel: c.limits.Fuel != 0}, []edge.Option{}
				if of == "VM" {
					options = append(options, c.limits)
				} else {
					config.Limits = c.limits
				}
				if strings.HasPrefix(c.wat, "(module") {
					engine := must[*edge.Engine](t)(edge.NewEngine(config))
					module := must[*edge.Module](t)(edge.ModuleFromText(engine, c.wat))
					_, err := edge.Load(module, append(options, engine)...)
					want(t, err, c.kind)
					return
				}
				wat := `(module (import "host" "again" (func $again)) ` + c.wat +
					`(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`
				vm := withEngine(t, config, wat, append(options, edge.Imports{"host": {"again": again}})...)
				err := ended(t, func() error { _, err := vm.Run(background, "trip"); return err })
				want(t, err, c.kind)
				if c.limits.Fuel != 0 {
					if err := vm.Store().SetFuel(100); err != nil {
						t.Fatal(err)
					}
				}
				stillAdds(t, vm)
			})
		}
	}
}

func TestMemoriesGrowToTheLimit(t *testing.T) {
	vm := fromText(t, `(module (memory (export "memory") 1)
		(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`, edge.Limits{Memory: 3 << 16})
	memory := must[*edge.Memory](t)(vm.Memory("memory"))
	_, err := memory.Grow(3)
	want(t, err, edge.KindMemoryLimit)
	for _, step := range [][2]int32{{3, -1}, {2, 1}, {1, -1}} {
		if got, err := vm.Run(background, "grow", step[0]); err != nil || got != step[1] {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

func TestTablesGrowToTheLimit(t *testing.T) {
	vm := fromText(t, `(module (table (export "t") 1 externref)
		(func (export "grow") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0))))`, edge.Limits{Table: 3})
	table := must[*edge.Table](t)(vm.Table("t"))
	_, err := table.Grow(3, nil)
	want(t, err, edge.KindTableLimit)
	if got, err := vm.Run(background, "grow", 3); err != nil || got != int32(-1) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLimitOfInstances(t *testing.T) {
	store := must[*edge.Store](t)(edge.NewStore(nil, edge.Limits{Instances: 2}))
	linker := must[*edge.Linker](t)(edge.NewLinker(nil))
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, addText))
	for range 2 {
		if _, err := linker.Instantiate(store, module); err != nil {
			t.Fatal(err)
		}
	}
	_, err := linker.Instantiate(store, module)
	want(t, err, edge.KindInstanceLimit)
}

func TestLimitOfResults(t *testing.T) {
	for _, options := range [][]edge.Option{
		{edge.WithLimits(edge.Limits{ResultSize: 1000})},
		{must[*edge.Engine](t)(edge.NewEngine(edge.Config{Limits: edge.Limits{ResultSize: 1000}}))},
	} {
		vm := loadConformance(t, options...)
		_, err := vm.Run(background, "big_bytes", 1001)
		want(t, err, edge.KindResultTooLarge)
		if got, err := edge.Call[[]byte](background, vm, "big_bytes", 1000); err != nil || len(got) != 1000 {
			t.Errorf("got %d, %v", len(got), err)
		}
	}
}

func TestLimitsOfStores(t *testing.T) {
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{Limits: edge.Limits{Memory: 1 << 16}}))
	ty := edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 2}}
	_, err := edge.NewMemory(must[*edge.Store](t)(edge.NewStore(engine, edge.Limits{})), ty)
	want(t, err, edge.KindMemoryLimit)
	if _, err := edge.NewMemory(must[*edge.Store](t)(edge.NewStore(engine, edge.Limits{Memory: 1 << 20})), ty); err != nil {
		t.Errorf("a store's limits go before its engine's: %v", err)
	}
}

func TestLimitsOfNegativeSize(t *testing.T) {
	module := must[*edge.Module](t)(edge.ModuleFromText(nil, addText))
	for name, limits := range map[string]edge.Limits{"Stack": {Stack: -1}, "ResultSize": {ResultSize: -1}, "Deadline": {Deadline: -1}} {
		_, err := edge.Load(module, limits)
		want(t, err, edge.KindArgumentType, name, "-1")
		_, err = edge.NewStore(nil, limits)
		want(t, err, edge.KindArgumentType, name, "-1")
		_, err = edge.NewEngine(edge.Config{Limits: limits})
		want(t, err, edge.KindArgumentType, name, "-1")
	}
}

// A stack overflow of a guest with bindgen functions needs no more than what is left of the stack.
func TestStackOverflowOfBindgenGuests(t *testing.T) {
	vm := loadConformance(t, edge.Limits{Stack: 64 << 10})
	if _, err := vm.Run(background, "recurse", 100); err != nil {
		t.Error(err)
	}
	_, err := vm.Run(background, "recurse_for_ever")
	want(t, err, edge.KindStackOverflow)
}

func TestModuleLimits(t *testing.T) {
	for name, c := range map[string]struct {
		limits edge.ModuleLimits
		wat    string
	}{
		"size":      {edge.ModuleLimits{Size: 10}, addText},
		"functions": {edge.ModuleLimits{Functions: 1}, addText},
		"items":     {edge.ModuleLimits{Items: 1}, addText},
		"body":      {edge.ModuleLimits{BodySize: 3}, addText},
		"locals":    {edge.ModuleLimits{Locals: 1}, `(module (func (local i32 i32)))`},
		"targets":   {edge.ModuleLimits{BranchTargets: 1}, `(module (func (param i32) (br_table 0 0 0 (local.get 0))))`},
		"nesting":   {edge.ModuleLimits{Nesting: 1}, `(module (func (block (block (block)))))`},
		"operands":  {edge.ModuleLimits{Operands: 1}, addText},
	} {
		engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{Limits: edge.Limits{Module: c.limits}}))
		if _, err := edge.ModuleFromText(engine, c.wat); !errors.Is(err, edge.KindTooLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
