package edge

// #include "shim.h"
import "C"

import "runtime"

// Global is a global: a core value that may change.
type Global struct{ ptr *C.edge_global_t }

func newGlobal(ptr *C.edge_global_t) *Global {
	return adopt(&Global{ptr: ptr}, ptr, func(p *C.edge_global_t) { C.edge_global_free(p) })
}

// NewGlobal makes a global in a store.
func NewGlobal(store *Store, ty GlobalType, value any) (*Global, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	v := newVals(1)
	defer v.release()
	if err := v.set(0, ty.Content, value); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(store)
	var ptr *C.edge_global_t
	if err := takeError(C.edge_global_new(store.ptr, raw, v.ptr, &ptr)); err != nil {
		return nil, err
	}
	return newGlobal(ptr), nil
}

// Type is the global's.
func (g *Global) Type() GlobalType {
	defer runtime.KeepAlive(g)
	return takeType(C.edge_global_type(g.ptr)).(GlobalType)
}

// Get gives the value.
func (g *Global) Get() (any, error) {
	defer runtime.KeepAlive(g)
	var value C.edge_val_t
	if err := takeError(C.edge_global_get(g.ptr, &value)); err != nil {
		return nil, err
	}
	return takeVal(&value), nil
}

// Set assigns a value; [KindImmutable] when the global cannot be assigned.
func (g *Global) Set(value any) error {
	defer runtime.KeepAlive(g)
	v := newVals(1)
	defer v.release()
	if err := v.set(0, g.Type().Content, value); err != nil {
		return err
	}
	return takeError(C.edge_global_set(g.ptr, v.ptr))
}

// Same tells whether both are one global.
func (g *Global) Same(other *Global) bool {
	defer runtime.KeepAlive(g)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_global_same(g.ptr, other.ptr))
}
