package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"sync"
)

// HostModule has functions, memories, tables and globals under one name: a description, of which [Linker.HostModule] makes what it
// describes in a store. It may be used for any number of linkers and stores. A later item of a name replaces an earlier one.
type HostModule struct {
	ptr *C.edge_host_module_t
	// mutex keeps additions apart from one another and from use.
	mutex sync.Mutex
}

// NewHostModule makes an empty one. Any name will do, the empty one included.
func NewHostModule(name string) (*HostModule, error) {
	var ptr *C.edge_host_module_t
	data, size := stringArg(name)
	if err := takeError(C.edge_host_module_new(data, size, &ptr)); err != nil {
		return nil, err
	}
	return adopt(&HostModule{ptr: ptr}, ptr, func(p *C.edge_host_module_t) { C.edge_host_module_free(p) }), nil
}

// Name is the module's.
func (h *HostModule) Name() string {
	defer runtime.KeepAlive(h)
	return viewString(C.edge_host_module_name(h.ptr))
}

// Items are the names of what was added, in that order.
func (h *HostModule) Items() []string {
	defer runtime.KeepAlive(h)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var names []string
	for {
		// An item's name may be empty, but a view of it has an address.
		name := C.edge_host_module_item(h.ptr, C.size_t(len(names)))
		if name.data == nil {
			return names
		}
		names = append(names, viewString(name))
	}
}

// add adds an item of a type.
func (h *HostModule) add(ty Type, add func(*C.edge_type_t) *C.edge_error_t) error {
	raw, err := ty.raw()
	if err != nil {
		return err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(h)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return takeError(add(raw))
}

// Func adds a host function on core values.
func (h *HostModule) Func(name string, ty FuncType, fn CoreFunc) error {
	return h.add(ty, func(raw *C.edge_type_t) *C.edge_error_t {
		data, size := stringArg(name)
		f := cgo.NewHandle(&coreFunc{"host function `" + h.Name() + "`.`" + name + "`", ty, fn})
		return C.edgego_host_module_func(h.ptr, data, size, raw, C.uintptr_t(f))
	})
}

// Memory adds a memory.
func (h *HostModule) Memory(name string, ty MemoryType) error {
	return h.add(ty, func(raw *C.edge_type_t) *C.edge_error_t {
		data, size := stringArg(name)
		return C.edge_host_module_memory(h.ptr, data, size, raw)
	})
}

// Table adds a table, every element of which is initial.
func (h *HostModule) Table(name string, ty TableType, initial any) error {
	value := newVals(1)
	defer value.release()
	if err := value.set(0, ty.Element, initial); err != nil {
		return err
	}
	return h.add(ty, func(raw *C.edge_type_t) *C.edge_error_t {
		data, size := stringArg(name)
		return C.edge_host_module_table(h.ptr, data, size, raw, value.ptr)
	})
}

// Global adds a global.
func (h *HostModule) Global(name string, ty GlobalType, value any) error {
	v := newVals(1)
	defer v.release()
	if err := v.set(0, ty.Content, value); err != nil {
		return err
	}
	return h.add(ty, func(raw *C.edge_type_t) *C.edge_error_t {
		data, size := stringArg(name)
		return C.edge_host_module_global(h.ptr, data, size, raw, v.ptr)
	})
}

// HostModule makes what host describes in a store, and defines it under its name. Nothing is defined when that fails.
func (l *Linker) HostModule(store *Store, host *HostModule) error {
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(store)
	defer runtime.KeepAlive(host)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	host.mutex.Lock()
	defer host.mutex.Unlock()
	return takeError(C.edge_linker_host_module(l.ptr, store.ptr, host.ptr))
}
