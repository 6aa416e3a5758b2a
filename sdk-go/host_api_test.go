package edge_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"edgewasm.dev/edge"
)

// step is one of a program over the host API; see tests/conformance/README.md.
type step struct {
	Op, As, On, Name, Module, Item, Instance, Text, Does, What string
	Engine, Store, Element, Type, Bytes                        string
	AsModule                                                   string `json:"as_module"`
	AsName                                                     string `json:"as_name"`
	Params, Results                                            []string
	Args                                                       []json.RawMessage
	Value, Init, Gives                                         json.RawMessage
	Config                                                     engineConfig
	Limits                                                     limitsConfig
	Min, At, By, Len, Fuel                                     uint64
	Max, Cost                                                  *uint64
	Mutable                                                    bool
	Fails, Phase, Message, Code                                string
}

type engineConfig struct {
	Proposals         map[string]bool
	Signals           *bool
	Interpreter, Fuel bool
	CountInstructions bool              `json:"count_instructions"`
	MeasureTime       bool              `json:"measure_time"`
	CostTable         map[string]uint64 `json:"cost_table"`
	Limits            limitsConfig
}

type limitsConfig struct {
	Memory, Table, Fuel  uint64
	Instances, Recursion uint32
	Stack                int
	DeadlineMs           int64 `json:"deadline_ms"`
	Module               edge.ModuleLimits
}

func (l limitsConfig) limits() edge.Limits {
	return edge.Limits{Memory: l.Memory, Table: l.Table, Fuel: l.Fuel, Instances: l.Instances, Recursion: l.Recursion,
		Stack: l.Stack, Deadline: time.Duration(l.DeadlineMs) * time.Millisecond, Module: l.Module}
}

func (c engineConfig) config() edge.Config {
	return edge.Config{Proposals: c.Proposals, NoSignals: c.Signals != nil && !*c.Signals, Interpreter: c.Interpreter, Fuel: c.Fuel,
		CountInstructions: c.CountInstructions, MeasureTime: c.MeasureTime, Costs: c.CostTable, Limits: c.Limits.limits()}
}

func TestHostAPI(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "tests", "conformance", "host_api.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name  string
		Steps []json.RawMessage
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			p := &program{names: map[string]any{}}
			for i, raw := range c.Steps {
				var s step
				decoder := json.NewDecoder(strings.NewReader(string(raw)))
				decoder.DisallowUnknownFields()
				if err := decoder.Decode(&s); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
				if err := p.check(&s); err != nil {
					t.Fatalf("step %d, %s: %v", i, raw, err)
				}
			}
		})
	}
}

// program is a case that runs.
type program struct {
	names  map[string]any
	engine *edge.Engine
	store  *edge.Store
}

// check runs a step and compares what comes of it.
func (p *program) check(s *step) error {
	made, err := p.run(s)
	if s.Fails != "" {
		return s.failed(err)
	}
	if err != nil {
		return err
	}
	if s.As != "" {
		p.names[s.As] = made
	}
	if s.Gives == nil {
		return nil
	}
	// Numbers of JSON have no type: what counts is their text.
	if want := p.expected(s.Gives); fmt.Sprint(made) != fmt.Sprint(want) {
		return fmt.Errorf("gave %#v instead of %#v", made, want)
	}
	return nil
}

func (s *step) failed(err error) error {
	var e *edge.Error
	switch {
	case !errors.As(err, &e):
		return fmt.Errorf("got %v", err)
	case e.Kind.String() != s.Fails,
		s.Phase != "" && e.Phase.String() != s.Phase,
		!strings.Contains(e.Message, s.Message),
		s.Code != "" && strconv.FormatInt(e.Code, 10) != s.Code:
		return fmt.Errorf("got %s: %s: %s (code %d)", e.Phase, e.Kind, e.Message, e.Code)
	}
	return nil
}

// expected is what a step gives, with values as this package has them.
func (p *program) expected(raw json.RawMessage) any {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			return p.value(v)
		}
		return v
	}
	return walk(v)
}

// label stands for an object of the host.
type label string

// value makes a core value of one in JSON.
func (p *program) value(v map[string]any) any {
	for kind, v := range v {
		text, _ := v.(string)
		switch kind {
		case "i32":
			n, err := strconv.ParseInt(text, 10, 64)
			return check(int32(n), err)
		case "i64":
			n, err := strconv.ParseInt(text, 10, 64)
			return check(n, err)
		case "f32":
			n, err := strconv.ParseFloat(text, 32)
			return check(float32(n), err)
		case "f64":
			n, err := strconv.ParseFloat(text, 64)
			return check(n, err)
		case "v128":
			bytes, err := hex.DecodeString(text)
			return check([16]byte(bytes), err)
		case "func":
			if v != nil {
				return function{p.names[text].(*edge.Func)}
			}
			return nil
		case "externref":
			if v != nil {
				return label(text)
			}
			return nil
		}
		panic("no value: " + kind)
	}
	return nil
}

// function is a function as a value: handles to one function are not the same, their types and what they do is.
type function struct{ *edge.Func }

func (f function) String() string { return f.Type().String() }

func check[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// core is a value as calls take it, from JSON.
func (p *program) core(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	if f, ok := p.value(v).(function); ok {
		return f.Func
	}
	return p.value(v)
}

// shown is a result as expected has it.
func shown(v any) any {
	if f, ok := v.(*edge.Func); ok {
		return function{f}
	}
	return v
}

func (p *program) engineOf(s *step) *edge.Engine {
	if s.Engine != "" {
		return p.names[s.Engine].(*edge.Engine)
	}
	if p.engine == nil {
		p.engine = check(edge.NewEngine(edge.Config{}))
	}
	return p.engine
}

func (p *program) storeOf(s *step) *edge.Store {
	if s.Store != "" {
		return p.names[s.Store].(*edge.Store)
	}
	if p.store == nil {
		p.store = check(edge.NewStore(p.engineOf(&step{}), edge.Limits{}))
	}
	return p.store
}

func valType(name string) edge.ValType {
	for _, ty := range []edge.ValType{edge.I32, edge.I64, edge.F32, edge.F64, edge.V128, edge.FuncRef, edge.ExternRef} {
		if ty.String() == name {
			return ty
		}
	}
	panic("no type: " + name)
}

func (s *step) funcType() (ty edge.FuncType) {
	for _, name := range s.Params {
		ty.Params = append(ty.Params, valType(name))
	}
	for _, name := range s.Results {
		ty.Results = append(ty.Results, valType(name))
	}
	return ty
}

func (s *step) sizes() edge.SizeLimits { return edge.SizeLimits{Min: s.Min, Max: s.Max} }

// does are the host functions.
var does = map[string]edge.CoreFunc{
	"nothing":   func(*edge.Caller, []any) ([]any, error) { return nil, nil },
	"add":       func(_ *edge.Caller, args []any) ([]any, error) { return []any{args[0].(int32) + args[1].(int32)}, nil },
	"fail":      func(*edge.Caller, []any) ([]any, error) { return nil, errors.New("the host failed") },
	"terminate": func(*edge.Caller, []any) ([]any, error) { return nil, edge.ErrTerminate },
	"fail_code": func(*edge.Caller, []any) ([]any, error) {
		return nil, edge.WithCode(5566000000000, errors.New("the host failed with a code"))
	},
	"call_export_down": func(caller *edge.Caller, args []any) ([]any, error) {
		down, err := caller.Func("down")
		if err != nil {
			return nil, err
		}
		return down.Call(caller.Context(), args...)
	},
	"peek_caller_memory": func(caller *edge.Caller, args []any) ([]any, error) {
		memory, err := caller.Memory(uint32(args[0].(int32)))
		if err != nil {
			return nil, fmt.Errorf("no memory %d", args[0])
		}
		bytes, err := memory.Read(uint64(args[1].(int32)), 4)
		if err != nil {
			return nil, err
		}
		return []any{int32(binary.LittleEndian.Uint32(bytes))}, nil
	},
}

func (p *program) calls(f *edge.Func, s *step) (any, error) {
	args := make([]any, len(s.Args))
	for i := range args {
		args[i] = p.core(s.Args[i])
	}
	results, err := f.Call(background, args...)
	for i := range results {
		results[i] = shown(results[i])
	}
	return results, err
}

// run does one step.
func (p *program) run(s *step) (any, error) {
	switch sort, _, _ := strings.Cut(s.Op, "."); sort {
	case "engine":
		return edge.NewEngine(s.Config.config())
	case "store":
		return p.runStore(s)
	case "module":
		return p.runModule(s)
	case "linker":
		return p.runLinker(s)
	case "instance":
		return p.runInstance(s)
	case "func":
		return edge.NewFunc(p.storeOf(s), s.funcType(), does[s.Does])
	case "call":
		return p.calls(p.names[s.On].(*edge.Func), s)
	default:
		return p.runItem(s)
	}
}

func (p *program) runStore(s *step) (any, error) {
	if s.Op == "store" {
		return edge.NewStore(p.engineOf(s), s.Limits.limits())
	}
	store := p.names[s.On].(*edge.Store)
	switch s.Op {
	case "store.set_fuel":
		return nil, store.SetFuel(s.Fuel)
	case "store.add_fuel":
		return nil, store.AddFuel(s.Fuel)
	case "store.fuel_left":
		return store.FuelLeft()
	case "store.reset_statistics":
		return nil, store.ResetStatistics()
	}
	statistics := store.Statistics()
	switch s.What {
	case "instructions":
		return statistics.Instructions()
	case "fuel_used":
		return statistics.FuelUsed()
	case "time":
		return statistics.Time()
	case "calls":
		return statistics.Calls(), nil
	case "memory_peak":
		return statistics.MemoryPeak(), nil
	}
	return nil, fmt.Errorf("no such step")
}

func sortOf(ty edge.Type) string {
	switch ty.(type) {
	case edge.FuncType:
		return "function"
	case edge.MemoryType:
		return "memory"
	case edge.TableType:
		return "table"
	case edge.GlobalType:
		return "global"
	default:
		return "tag"
	}
}

func (p *program) runModule(s *step) (any, error) {
	if s.Op == "module" {
		return edge.ModuleFromText(p.engineOf(s), s.Text)
	}
	module, list := p.names[s.On].(*edge.Module), []any{}
	switch s.Op {
	case "module.imports":
		for _, i := range module.Imports() {
			list = append(list, []any{i.Module, i.Name, sortOf(i.Type)})
		}
	case "module.exports":
		for _, e := range module.Exports() {
			list = append(list, []any{e.Name, sortOf(e.Type)})
		}
	case "module.name":
		return module.Name(), nil
	case "module.custom":
		for _, section := range module.CustomSections() {
			if section.Name == s.Name {
				list = append(list, hex.EncodeToString(section.Data))
			}
		}
	default:
		return nil, fmt.Errorf("no such step")
	}
	return list, nil
}

func (p *program) runLinker(s *step) (any, error) {
	if s.Op == "linker" {
		return edge.NewLinker(p.engineOf(s))
	}
	linker := p.names[s.On].(*edge.Linker)
	switch s.Op {
	case "linker.func":
		err := linker.Func(s.Module, s.Name, s.funcType(), does[s.Does])
		if err == nil && s.Cost != nil {
			err = linker.FuncCost(s.Module, s.Name, *s.Cost)
		}
		return nil, err
	case "linker.define":
		return nil, linker.Define(s.Module, s.Name, p.names[s.Item])
	case "linker.instance":
		return nil, linker.DefineInstance(s.Module, p.names[s.Instance].(*edge.Instance))
	case "linker.alias":
		return nil, linker.Alias(s.Module, s.Name, s.AsModule, s.AsName)
	case "linker.alias_module":
		return nil, linker.AliasModule(s.Module, s.AsModule)
	case "linker.unknown_as_traps":
		return nil, linker.UnknownAsTraps(p.names[s.Module].(*edge.Module))
	case "linker.instantiate":
		return linker.Instantiate(p.storeOf(s), p.names[s.Module].(*edge.Module))
	}
	return nil, fmt.Errorf("no such step")
}

func (p *program) runInstance(s *step) (any, error) {
	instance := p.names[s.On].(*edge.Instance)
	if s.Op == "instance.call" {
		f, err := instance.Func(s.Name)
		if err != nil {
			return nil, err
		}
		return p.calls(f, s)
	}
	for _, export := range instance.Module().Exports() {
		if export.Name != s.Name {
			continue
		}
		switch export.Type.(type) {
		case edge.MemoryType:
			return instance.Memory(s.Name)
		case edge.TableType:
			return instance.Table(s.Name)
		case edge.GlobalType:
			return instance.Global(s.Name)
		}
	}
	return instance.Func(s.Name)
}

// runItem is a step over a memory, a table or a global.
func (p *program) runItem(s *step) (any, error) {
	switch on := p.names[s.On]; s.Op {
	case "memory":
		return edge.NewMemory(p.storeOf(s), edge.MemoryType{SizeLimits: s.sizes()})
	case "memory.size":
		return on.(*edge.Memory).Pages(), nil
	case "memory.grow":
		return on.(*edge.Memory).Grow(s.By)
	case "memory.read":
		bytes, err := on.(*edge.Memory).Read(s.At, int(s.Len))
		return hex.EncodeToString(bytes), err
	case "memory.write":
		return nil, on.(*edge.Memory).Write(s.At, check(hex.DecodeString(s.Bytes)))
	case "table":
		return edge.NewTable(p.storeOf(s), edge.TableType{Element: valType(s.Element), SizeLimits: s.sizes()}, nil)
	case "table.size":
		return on.(*edge.Table).Size(), nil
	case "table.get":
		v, err := on.(*edge.Table).Get(s.At)
		return shown(v), err
	case "table.set":
		return nil, on.(*edge.Table).Set(s.At, p.core(s.Value))
	case "table.grow":
		return on.(*edge.Table).Grow(s.By, p.core(s.Init))
	case "global":
		ty := edge.GlobalType{Content: valType(s.Type), Mutable: s.Mutable}
		return edge.NewGlobal(p.storeOf(s), ty, p.core(s.Value))
	case "global.get":
		return on.(*edge.Global).Get()
	case "global.set":
		return nil, on.(*edge.Global).Set(p.core(s.Value))
	}
	return nil, fmt.Errorf("no such step")
}
