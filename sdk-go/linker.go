package edge

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"sync"
)

// Linker has what modules may import. A later definition of a name replaces the earlier one.
type Linker struct {
	ptr *C.edge_linker_t
	// mutex keeps definitions apart from one another and from instantiation.
	mutex sync.Mutex
}

// NewLinker makes a linker. A nil engine is the one that the process shares.
func NewLinker(engine *Engine) (*Linker, error) {
	defer runtime.KeepAlive(engine)
	var ptr *C.edge_linker_t
	if err := takeError(C.edge_linker_new(engine.raw(), &ptr)); err != nil {
		return nil, err
	}
	return adopt(&Linker{ptr: ptr}, ptr, func(p *C.edge_linker_t) { C.edge_linker_free(p) }), nil
}

// Func defines module.name as a host function on core values, which every store gets its own of.
func (l *Linker) Func(module, name string, ty FuncType, fn CoreFunc) error {
	raw, err := ty.raw()
	if err != nil {
		return err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	m, mlen := stringArg(module)
	n, nlen := stringArg(name)
	h := cgo.NewHandle(&coreFunc{"host function `" + module + "`.`" + name + "`", ty, fn})
	return takeError(C.edgego_linker_func(l.ptr, m, mlen, n, nlen, raw, C.uintptr_t(h)))
}

// Define defines module.name as a *Func, *Memory, *SharedMemory, *Table, *Global or *Tag.
func (l *Linker) Define(module, name string, what any) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(what)
	m, mlen := stringArg(module)
	n, nlen := stringArg(name)
	switch what := what.(type) {
	case *Func:
		return takeError(C.edge_linker_define_func(l.ptr, m, mlen, n, nlen, what.ptr))
	case *Memory:
		return takeError(C.edge_linker_define_memory(l.ptr, m, mlen, n, nlen, what.ptr))
	case *Table:
		return takeError(C.edge_linker_define_table(l.ptr, m, mlen, n, nlen, what.ptr))
	case *Global:
		return takeError(C.edge_linker_define_global(l.ptr, m, mlen, n, nlen, what.ptr))
	case *SharedMemory:
		return takeError(C.edge_linker_define_shared_memory(l.ptr, m, mlen, n, nlen, what.ptr))
	case *Tag:
		return takeError(C.edge_linker_define_tag(l.ptr, m, mlen, n, nlen, what.ptr))
	default:
		return argumentError("`%s`.`%s` must be a *edge.Func, *edge.Memory, *edge.SharedMemory, *edge.Table, *edge.Global or "+
			"*edge.Tag, not %T", module, name, what)
	}
}

// DefineInstance defines every export of an instance under the name module.
func (l *Linker) DefineInstance(module string, instance *Instance) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(instance)
	m, mlen := stringArg(module)
	return takeError(C.edge_linker_define_instance(l.ptr, m, mlen, instance.ptr))
}

// Alias defines what is defined as module.name as asModule.asName, too.
func (l *Linker) Alias(module, name, asModule, asName string) error {
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	m, mlen := stringArg(module)
	n, nlen := stringArg(name)
	am, amlen := stringArg(asModule)
	an, anlen := stringArg(asName)
	return takeError(C.edge_linker_alias(l.ptr, m, mlen, n, nlen, am, amlen, an, anlen))
}

// AliasModule defines everything that is defined under the name module under asModule, too.
func (l *Linker) AliasModule(module, asModule string) error {
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	m, mlen := stringArg(module)
	am, amlen := stringArg(asModule)
	return takeError(C.edge_linker_alias_module(l.ptr, m, mlen, am, amlen))
}

// UnknownAsTraps defines every function that a module imports and that is not defined yet: it fails when it is called, with
// [KindUnknownImport].
func (l *Linker) UnknownAsTraps(module *Module) error {
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(module)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return takeError(C.edge_linker_unknown_as_traps(l.ptr, module.ptr))
}

// FuncCost sets what each call of the host function module.name costs in fuel, beside the call itself. Needs [Config].Fuel.
func (l *Linker) FuncCost(module, name string, cost uint64) error {
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	m, mlen := stringArg(module)
	n, nlen := stringArg(name)
	return takeError(C.edge_linker_func_cost(l.ptr, m, mlen, n, nlen, C.uint64_t(cost)))
}

// AllowShadowing says whether a definition may replace an earlier one of the same name, as it may by default. Where it may not, the
// earlier one stays, and Instantiate refuses to work.
func (l *Linker) AllowShadowing(allow bool) error {
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return takeError(C.edge_linker_allow_shadowing(l.ptr, C.bool(allow)))
}

// Definition is the two names of something that a linker has.
type Definition struct{ Module, Name string }

// Definitions lists what is defined, in the order of the alphabet.
func (l *Linker) Definitions() []Definition {
	defer runtime.KeepAlive(l)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var list []Definition
	var module, name C.edge_view_t
	for C.edge_linker_definition(l.ptr, C.size_t(len(list)), &module, &name) {
		list = append(list, Definition{viewString(module), viewString(name)})
	}
	return list
}

// Instantiate makes an instance of a module in a store with what is defined.
func (l *Linker) Instantiate(store *Store, module *Module) (*Instance, error) {
	return l.InstantiateContext(context.Background(), store, module)
}

// InstantiateContext is the same, for modules whose start function should end when ctx does.
func (l *Linker) InstantiateContext(ctx context.Context, store *Store, module *Module) (*Instance, error) {
	if err := endedError(ctx, "the module was not instantiated"); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(store)
	defer runtime.KeepAlive(module)
	// A start function may call a host function that defines more: it does so in this copy's original.
	l.mutex.Lock()
	copied := C.edge_linker_clone(l.ptr)
	l.mutex.Unlock()
	defer C.edge_linker_free(copied)
	var last scopes
	var ptr *C.edge_instance_t
	err := within(store, enter(&last, ctx), func() error {
		return takeError(C.edge_linker_instantiate(copied, store.ptr, module.ptr, &ptr))
	})
	if err != nil {
		return nil, err
	}
	return newInstance(ptr), nil
}
