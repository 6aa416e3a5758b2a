package edge

// #include "shim.h"
import "C"

import "runtime"

// Table is a table of references: *Func for funcref, any Go value for externref, nil for null.
type Table struct{ ptr *C.edge_table_t }

func newTable(ptr *C.edge_table_t) *Table {
	return adopt(&Table{ptr: ptr}, ptr, func(p *C.edge_table_t) { C.edge_table_free(p) })
}

// NewTable makes a table in a store, every element of which is initial.
func NewTable(store *Store, ty TableType, initial any) (*Table, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	value := newVals(1)
	defer value.release()
	if err := value.set(0, ty.Element, initial); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(store)
	var ptr *C.edge_table_t
	if err := takeError(C.edge_table_new(store.ptr, raw, value.ptr, &ptr)); err != nil {
		return nil, err
	}
	return newTable(ptr), nil
}

// Type is the table's.
func (t *Table) Type() TableType {
	defer runtime.KeepAlive(t)
	return takeType(C.edge_table_type(t.ptr)).(TableType)
}

// Size is how many elements the table has.
func (t *Table) Size() uint64 {
	defer runtime.KeepAlive(t)
	return uint64(C.edge_table_size(t.ptr))
}

// Get gives an element.
func (t *Table) Get(index uint64) (any, error) {
	defer runtime.KeepAlive(t)
	var value C.edge_val_t
	if err := takeError(C.edge_table_get(t.ptr, C.uint64_t(index), &value)); err != nil {
		return nil, err
	}
	return takeVal(&value), nil
}

// Set sets an element.
func (t *Table) Set(index uint64, value any) error {
	defer runtime.KeepAlive(t)
	v := newVals(1)
	defer v.release()
	if err := v.set(0, t.Type().Element, value); err != nil {
		return err
	}
	return takeError(C.edge_table_set(t.ptr, C.uint64_t(index), v.ptr))
}

// Grow adds elements, all of them initial, and returns how many there were before.
func (t *Table) Grow(delta uint64, initial any) (uint64, error) {
	defer runtime.KeepAlive(t)
	v := newVals(1)
	defer v.release()
	if err := v.set(0, t.Type().Element, initial); err != nil {
		return 0, err
	}
	var previous C.uint64_t
	err := takeError(C.edge_table_grow(t.ptr, C.uint64_t(delta), v.ptr, &previous))
	return uint64(previous), err
}

// Same tells whether both are one table.
func (t *Table) Same(other *Table) bool {
	defer runtime.KeepAlive(t)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_table_same(t.ptr, other.ptr))
}

// Fill sets n elements from start on, or none if one of them lies outside of the table.
func (t *Table) Fill(start uint64, value any, n uint64) error {
	defer runtime.KeepAlive(t)
	v := newVals(1)
	defer v.release()
	if err := v.set(0, t.Type().Element, value); err != nil {
		return err
	}
	return takeError(C.edge_table_fill(t.ptr, C.uint64_t(start), v.ptr, C.uint64_t(n)))
}
