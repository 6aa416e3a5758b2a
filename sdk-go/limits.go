package edge

// #include "shim.h"
import "C"

import (
	"math"
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

// check refuses what the library's unsigned sizes cannot say.
func (l *Limits) check() error {
	switch {
	case l.Stack < 0:
		return argumentError("edge.Limits.Stack must not be negative, it is %d", l.Stack)
	case l.ResultSize < 0:
		return argumentError("edge.Limits.ResultSize must not be negative, it is %d", l.ResultSize)
	case l.Deadline < 0:
		return argumentError("edge.Limits.Deadline must not be negative, it is %v", l.Deadline)
	}
	return nil
}

// raw makes the library's limits, with those of an engine (nil: the defaults) where nothing is said; the caller frees them.
func (l *Limits) raw(engine *Engine) *C.edge_limits_t {
	raw := engine.limits()
	m := &l.Module
	for _, err := range []*C.edge_error_t{
		ifSet(l.Memory, func() *C.edge_error_t { return C.edge_limits_set_memory(raw, C.uint64_t(l.Memory)) }),
		ifSet(l.Table, func() *C.edge_error_t { return C.edge_limits_set_table(raw, C.uint64_t(l.Table)) }),
		ifSet(l.Instances, func() *C.edge_error_t { return C.edge_limits_set_instances(raw, C.uint32_t(l.Instances)) }),
		ifSet(l.Stack, func() *C.edge_error_t { return C.edge_limits_set_stack(raw, C.size_t(l.Stack)) }),
		ifSet(l.ResultSize, func() *C.edge_error_t { return C.edge_limits_set_result_size(raw, C.size_t(l.ResultSize)) }),
		ifSet(l.Recursion, func() *C.edge_error_t { return C.edge_limits_set_recursion(raw, C.uint32_t(l.Recursion)) }),
		ifSet(l.Fuel, func() *C.edge_error_t { return C.edge_limits_set_fuel(raw, C.uint64_t(l.Fuel)) }),
		ifSet(l.Deadline, func() *C.edge_error_t { return C.edge_limits_set_deadline(raw, C.uint64_t(l.Deadline)) }),
		ifSet(m.Size, func() *C.edge_error_t { return C.edge_limits_set_module_size(raw, C.uint64_t(m.Size)) }),
		ifSet(m.Functions, func() *C.edge_error_t { return C.edge_limits_set_module_functions(raw, C.uint64_t(m.Functions)) }),
		ifSet(m.Items, func() *C.edge_error_t { return C.edge_limits_set_module_items(raw, C.uint64_t(m.Items)) }),
		ifSet(m.BodySize, func() *C.edge_error_t { return C.edge_limits_set_module_body_size(raw, C.uint64_t(m.BodySize)) }),
		ifSet(m.Locals, func() *C.edge_error_t { return C.edge_limits_set_module_locals(raw, C.uint64_t(m.Locals)) }),
		ifSet(m.BranchTargets, func() *C.edge_error_t {
			return C.edge_limits_set_module_branch_targets(raw, C.uint64_t(m.BranchTargets))
		}),
		ifSet(m.Nesting, func() *C.edge_error_t { return C.edge_limits_set_module_nesting(raw, C.uint64_t(m.Nesting)) }),
		ifSet(m.Operands, func() *C.edge_error_t { return C.edge_limits_set_module_operands(raw, C.uint64_t(m.Operands)) }),
	} {
		C.edge_error_free(err)
	}
	return raw
}

func ifSet[T comparable](value T, set func() *C.edge_error_t) *C.edge_error_t {
	if value == *new(T) {
		return nil
	}
	return set()
}

// takeLimits reads the library's limits, which it frees.
func takeLimits(raw *C.edge_limits_t) Limits {
	defer C.edge_limits_free(raw)
	l := Limits{
		Memory:     uint64(C.edge_limits_memory(raw)),
		Table:      uint64(C.edge_limits_table(raw)),
		Instances:  uint32(C.edge_limits_instances(raw)),
		Stack:      int(C.edge_limits_stack(raw)),
		ResultSize: int(C.edge_limits_result_size(raw)),
		Recursion:  uint32(C.edge_limits_recursion(raw)),
		Module: ModuleLimits{
			Size:          uint64(C.edge_limits_module_size(raw)),
			Functions:     uint64(C.edge_limits_module_functions(raw)),
			Items:         uint64(C.edge_limits_module_items(raw)),
			BodySize:      uint64(C.edge_limits_module_body_size(raw)),
			Locals:        uint64(C.edge_limits_module_locals(raw)),
			BranchTargets: uint64(C.edge_limits_module_branch_targets(raw)),
			Nesting:       uint64(C.edge_limits_module_nesting(raw)),
			Operands:      uint64(C.edge_limits_module_operands(raw)),
		},
	}
	if fuel := C.edge_limits_fuel(raw); fuel != C.EDGE_NO_LIMIT {
		l.Fuel = uint64(fuel)
	}
	if deadline := C.edge_limits_deadline(raw); deadline <= math.MaxInt64 {
		l.Deadline = time.Duration(deadline)
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
