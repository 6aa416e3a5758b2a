package edge

// #include "shim.h"
import "C"

import (
	"maps"
	"runtime"
)

// Engine compiles. Modules made with one engine work together; where none is given, the process shares one.
type Engine struct {
	ptr *C.edge_engine_t
	// costs are those that were set.
	costs map[string]uint64
}

// NewEngine makes an engine.
func NewEngine(config Config) (*Engine, error) {
	raw, err := config.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_config_free(raw)
	var ptr *C.edge_engine_t
	if err := takeError(C.edge_engine_new(raw, &ptr)); err != nil {
		return nil, err
	}
	engine := &Engine{ptr: ptr, costs: maps.Clone(config.Costs)}
	return adopt(engine, ptr, func(p *C.edge_engine_t) { C.edge_engine_free(p) }), nil
}

// raw is NULL for no engine, which means the shared one. Keep the engine alive until C is done.
func (e *Engine) raw() *C.edge_engine_t {
	if e == nil {
		return nil
	}
	return e.ptr
}

// Version is that of the library.
func Version() string { return C.GoString(C.edge_version()) }

// Validate checks a module in the binary format without keeping it; a nil engine has the default settings.
func (e *Engine) Validate(wasm []byte) error {
	defer runtime.KeepAlive(e)
	data, size := bytesArg(wasm)
	return takeError(C.edge_module_validate(e.raw(), data, size))
}
