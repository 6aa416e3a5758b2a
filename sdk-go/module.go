package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"slices"
	"unsafe"
)

// Module is compiled code. It may be used from several goroutines and instantiated many times.
type Module struct{ ptr *C.edge_module_t }

func newModule(ptr *C.edge_module_t) *Module {
	return adopt(&Module{ptr: ptr}, ptr, func(p *C.edge_module_t) { C.edge_module_free(p) })
}

// NewModule compiles a module in the binary format. A nil engine is the one that the process shares.
func NewModule(engine *Engine, wasm []byte) (*Module, error) {
	defer runtime.KeepAlive(engine)
	var ptr *C.edge_module_t
	data, size := bytesArg(wasm)
	if err := takeError(C.edge_module_new(engine.raw(), data, size, &ptr)); err != nil {
		return nil, err
	}
	return newModule(ptr), nil
}

// ModuleFromText compiles a module in the text format.
func ModuleFromText(engine *Engine, wat string) (*Module, error) {
	defer runtime.KeepAlive(engine)
	var ptr *C.edge_module_t
	data, size := stringArg(wat)
	if err := takeError(C.edge_module_from_text(engine.raw(), data, size, &ptr)); err != nil {
		return nil, err
	}
	return newModule(ptr), nil
}

// ModuleFromFile compiles a file: `.wat` is the text format, all else binary.
func ModuleFromFile(engine *Engine, path string) (*Module, error) {
	defer runtime.KeepAlive(engine)
	var ptr *C.edge_module_t
	data, size := stringArg(path)
	if err := takeError(C.edge_module_from_file(engine.raw(), data, size, &ptr)); err != nil {
		return nil, err
	}
	return newModule(ptr), nil
}

// Name is that in the module's name section, empty when it has none.
func (m *Module) Name() string {
	defer runtime.KeepAlive(m)
	return viewString(C.edge_module_name(m.ptr))
}

// Import is what a module asks for.
type Import struct {
	// Module and Name are the two names of the import.
	Module, Name string
	// Type is what it must be.
	Type Type
	// Text is the type in words. It tells references that may be null from those that may not.
	Text string
}

// Export is what a module gives.
type Export struct {
	// Name is the export's.
	Name string
	// Type is what it is.
	Type Type
	// Text is as for imports.
	Text string
}

// Imports lists what the module asks for.
func (m *Module) Imports() []Import {
	defer runtime.KeepAlive(m)
	var list []Import
	for i := range int(C.edge_module_import_count(m.ptr)) {
		var module, name C.edge_view_t
		var ty *C.edge_type_t
		if err := C.edge_module_import(m.ptr, C.size_t(i), &module, &name, &ty); err != nil {
			C.edge_error_free(err)
			break
		}
		text := viewString(C.edge_type_text(ty))
		list = append(list, Import{viewString(module), viewString(name), takeType(ty), text})
	}
	return list
}

// Exports lists what the module gives.
func (m *Module) Exports() []Export {
	defer runtime.KeepAlive(m)
	var list []Export
	for i := range int(C.edge_module_export_count(m.ptr)) {
		var name C.edge_view_t
		var ty *C.edge_type_t
		if err := C.edge_module_export(m.ptr, C.size_t(i), &name, &ty); err != nil {
			C.edge_error_free(err)
			break
		}
		text := viewString(C.edge_type_text(ty))
		list = append(list, Export{viewString(name), takeType(ty), text})
	}
	return list
}

// CustomSection is bytes with a name that the engine does not look at.
type CustomSection struct {
	// Name may occur more than once.
	Name string
	// Data is a copy.
	Data []byte
}

// CustomSections lists the custom sections in the order of the module.
func (m *Module) CustomSections() []CustomSection {
	defer runtime.KeepAlive(m)
	var list []CustomSection
	seen := map[string]int{}
	for i := range int(C.edge_module_custom_section_count(m.ptr)) {
		name := viewString(C.edge_module_custom_section_name(m.ptr, C.size_t(i)))
		data, size := stringArg(name)
		var view C.edge_view_t
		if !C.edge_module_custom_section(m.ptr, data, size, C.size_t(seen[name]), &view) {
			continue
		}
		seen[name]++
		bytes := slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(view.data)), int(view.len)))
		list = append(list, CustomSection{name, bytes})
	}
	return list
}
