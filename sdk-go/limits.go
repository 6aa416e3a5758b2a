package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"time"
)

// Limits say how much the guests of one VM or store may use together. Zero leaves what the engine
// has that is named beside them, by [NewStore] or [WithEngine].
type Limits struct {
	// Memory is in bytes, of all memories together; 1 GiB by default.
	Memory uint64
	// Table is in elements, of all tables together; 10,000,000 by default.
	Table uint64
	// Instances of modules; 10,000 by default.
	Instances uint32
	// Stack is the native stack that guest code may use, in bytes; 512 KiB by default.
	Stack int
	// ResultSize is how large one result may be, in bytes; 256 MiB by default.
	ResultSize int
	// Recursion is how many calls into a store may be inside one another; 1,000 by default.
	Recursion uint32
	// Fuel is what a store begins with; none is no limit. Needs [Config].Fuel. See [Store.SetFuel] for a store without any.
	Fuel uint64
	// Deadline is how long a call from the host may take, with all that it calls; by default for ever.
	Deadline time.Duration
	// Module limits what modules the engine compiles; of no effect on a VM or store.
	Module ModuleLimits
}

// ModuleLimits say how large modules may be. Zero leaves the default.
type ModuleLimits struct {
	// Size is in bytes; 256 MiB by default.
	Size uint64
	// Functions, imported ones included; 200,000 by default.
	Functions uint64
	// Items of one section, and custom sections; 1,000,000 by default.
	Items uint64
	// BodySize is that of one function in bytes; 4 MiB by default.
	BodySize uint64
	// Locals of one function, parameters included; 50,000 by default.
	Locals uint64
	// BranchTargets of one br_table; 65,536 by default.
	BranchTargets uint64
	// Nesting is of blocks; 10,000 by default.
	Nesting uint64
	// Operands on the stack of one function at the same time; 10,000 by default.
	Operands uint64
}

// limit is how one member of [Limits] and the library's limits come together.
type limit struct {
	name string
	// of is where the member is: a *uint64, *uint32, *int or *time.Duration.
	of  func(*Limits) any
	set func(*C.edge_limits_t, C.uint64_t) *C.edge_error_t
	get func(*C.edge_limits_t) C.uint64_t
}

// limitTable has all of them: whoever sets, checks or reads back limits goes through this list.
var limitTable = []limit{
	{"Memory", func(l *Limits) any { return &l.Memory },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t { return C.edge_limits_set_memory(raw, n) },
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_memory(raw) }},
	{"Table", func(l *Limits) any { return &l.Table },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t { return C.edge_limits_set_table(raw, n) },
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_table(raw) }},
	{"Instances", func(l *Limits) any { return &l.Instances },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_instances(raw, C.uint32_t(n))
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.uint64_t(C.edge_limits_instances(raw)) }},
	{"Stack", func(l *Limits) any { return &l.Stack },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_stack(raw, C.size_t(n))
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.uint64_t(C.edge_limits_stack(raw)) }},
	{"ResultSize", func(l *Limits) any { return &l.ResultSize },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_result_size(raw, C.size_t(n))
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.uint64_t(C.edge_limits_result_size(raw)) }},
	{"Recursion", func(l *Limits) any { return &l.Recursion },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_recursion(raw, C.uint32_t(n))
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.uint64_t(C.edge_limits_recursion(raw)) }},
	{"Fuel", func(l *Limits) any { return &l.Fuel },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t { return C.edge_limits_set_fuel(raw, n) },
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_fuel(raw) }},
	{"Deadline", func(l *Limits) any { return &l.Deadline },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t { return C.edge_limits_set_deadline(raw, n) },
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_deadline(raw) }},
	{"Module.Size", func(l *Limits) any { return &l.Module.Size },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t { return C.edge_limits_set_module_size(raw, n) },
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_size(raw) }},
	{"Module.Functions", func(l *Limits) any { return &l.Module.Functions },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_functions(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_functions(raw) }},
	{"Module.Items", func(l *Limits) any { return &l.Module.Items },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_items(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_items(raw) }},
	{"Module.BodySize", func(l *Limits) any { return &l.Module.BodySize },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_body_size(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_body_size(raw) }},
	{"Module.Locals", func(l *Limits) any { return &l.Module.Locals },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_locals(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_locals(raw) }},
	{"Module.BranchTargets", func(l *Limits) any { return &l.Module.BranchTargets },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_branch_targets(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_branch_targets(raw) }},
	{"Module.Nesting", func(l *Limits) any { return &l.Module.Nesting },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_nesting(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_nesting(raw) }},
	{"Module.Operands", func(l *Limits) any { return &l.Module.Operands },
		func(raw *C.edge_limits_t, n C.uint64_t) *C.edge_error_t {
			return C.edge_limits_set_module_operands(raw, n)
		},
		func(raw *C.edge_limits_t) C.uint64_t { return C.edge_limits_module_operands(raw) }},
}

// value is a member's, and whether it is one that the library's unsigned numbers can have.
func (m *limit) value(l *Limits) (n uint64, fits bool) {
	switch of := m.of(l).(type) {
	case *uint64:
		return *of, true
	case *uint32:
		return uint64(*of), true
	case *int:
		return uint64(*of), *of >= 0
	default:
		duration := *of.(*time.Duration)
		return uint64(duration), duration >= 0
	}
}

// assign is the way back. What is not limited is zero.
func (m *limit) assign(l *Limits, n uint64) {
	if n == C.EDGE_NO_LIMIT {
		n = 0
	}
	switch of := m.of(l).(type) {
	case *uint64:
		*of = n
	case *uint32:
		*of = uint32(n)
	case *int:
		*of = int(n)
	case *time.Duration:
		*of = time.Duration(n)
	}
}

// check refuses what the library's unsigned numbers cannot say.
func (l *Limits) check() error {
	for i := range limitTable {
		if n, fits := limitTable[i].value(l); !fits {
			return argumentError("edge.Limits.%s must not be negative, it is %d", limitTable[i].name, int64(n))
		}
	}
	return nil
}

// raw makes the library's limits, with those of an engine (nil: the defaults) where nothing is said; the caller frees them.
func (l *Limits) raw(engine *Engine) *C.edge_limits_t {
	raw := engine.limits()
	for i := range limitTable {
		if n, _ := limitTable[i].value(l); n != 0 {
			C.edge_error_free(limitTable[i].set(raw, C.uint64_t(n)))
		}
	}
	return raw
}

// takeLimits reads the library's limits, which it frees.
func takeLimits(raw *C.edge_limits_t) Limits {
	defer C.edge_limits_free(raw)
	var l Limits
	for i := range limitTable {
		limitTable[i].assign(&l, uint64(limitTable[i].get(raw)))
	}
	return l
}

// limits are those of the stores that an engine serves; the caller frees them.
func (e *Engine) limits() *C.edge_limits_t {
	if e == nil {
		return C.edge_limits_new()
	}
	defer runtime.KeepAlive(e)
	config := C.edge_engine_config(e.ptr)
	defer C.edge_config_free(config)
	return C.edge_config_limits(config)
}
