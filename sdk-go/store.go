package edge

// #include "shim.h"
import "C"

import "runtime"

// Store is where instances, memories, tables and globals live. It serves one call at a time: others wait.
type Store struct{ ptr *C.edge_store_t }

func newStore(ptr *C.edge_store_t) *Store {
	return adopt(&Store{ptr: ptr}, ptr, func(p *C.edge_store_t) { C.edge_store_free(p) })
}

// NewStore makes a store. A nil engine is the one that the process shares.
func NewStore(engine *Engine, limits Limits) (*Store, error) {
	if err := limits.check(); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(engine)
	raw := limits.raw(engine)
	defer C.edge_limits_free(raw)
	var ptr *C.edge_store_t
	if err := takeError(C.edge_store_new(engine.raw(), raw, &ptr)); err != nil {
		return nil, err
	}
	return newStore(ptr), nil
}

// Limits are those that the store was made with.
func (s *Store) Limits() Limits {
	defer runtime.KeepAlive(s)
	return takeLimits(C.edge_store_limits(s.ptr))
}

// Cancel ends the call that the store serves at this moment, with [KindCancelled], and tells whether there was one. Later calls are
// not affected.
func (s *Store) Cancel() bool {
	defer runtime.KeepAlive(s)
	return bool(C.edge_store_cancel(s.ptr))
}

// MemoryUsed is how many bytes all linear memories in the store have.
func (s *Store) MemoryUsed() uint64 {
	defer runtime.KeepAlive(s)
	return uint64(C.edge_store_memory_used(s.ptr))
}

// Instance is a module with its memories, tables and globals.
type Instance struct{ ptr *C.edge_instance_t }

func newInstance(ptr *C.edge_instance_t) *Instance {
	return adopt(&Instance{ptr: ptr}, ptr, func(p *C.edge_instance_t) { C.edge_instance_free(p) })
}

// Module is what it is an instance of.
func (i *Instance) Module() *Module {
	defer runtime.KeepAlive(i)
	return newModule(C.edge_instance_module(i.ptr))
}

// Store is where it lives.
func (i *Instance) Store() *Store {
	defer runtime.KeepAlive(i)
	return newStore(C.edge_instance_store(i.ptr))
}

// Func is the exported function name.
func (i *Instance) Func(name string) (*Func, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_func_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_func(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newFunc(ptr), nil
}

// Memory is the exported memory name.
func (i *Instance) Memory(name string) (*Memory, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_memory_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_memory(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newMemory(ptr), nil
}

// Table is the exported table name.
func (i *Instance) Table(name string) (*Table, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_table_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_table(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newTable(ptr), nil
}

// Global is the exported global name.
func (i *Instance) Global(name string) (*Global, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_global_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_global(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newGlobal(ptr), nil
}

// Same tells whether both are one instance.
func (i *Instance) Same(other *Instance) bool {
	defer runtime.KeepAlive(i)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_instance_same(i.ptr, other.ptr))
}
