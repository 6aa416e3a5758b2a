package edge

// #include "shim.h"
import "C"

import "runtime"

// OptLevel is how hard the compiler tries.
type OptLevel uint32

// How hard the compiler tries: by default it makes fast code.
const (
	OptDefault      OptLevel = iota
	OptNone                  // compile fast, run slower
	OptSpeed                 // make fast code
	OptSpeedAndSize          // make fast and small code
)

// Config has the settings of an engine; the zero value has the defaults.
type Config struct {
	// OptLevel is how hard the compiler tries.
	OptLevel OptLevel
	// Threads is how many compile; 0 leaves it to the engine.
	Threads int
}

// Engine compiles. Modules made with one engine work together; where none is given, the process shares one.
type Engine struct{ ptr *C.edge_engine_t }

// NewEngine makes an engine.
func NewEngine(config Config) (*Engine, error) {
	if config.Threads < 0 {
		return nil, argumentError("edge.Config.Threads must not be negative, it is %d", config.Threads)
	}
	raw := C.edge_config_new()
	defer C.edge_config_free(raw)
	if config.OptLevel != OptDefault {
		if err := takeError(C.edge_config_set_opt_level(raw, C.edge_opt_t(config.OptLevel-OptNone))); err != nil {
			return nil, err
		}
	}
	if config.Threads != 0 {
		if err := takeError(C.edge_config_set_threads(raw, C.size_t(config.Threads))); err != nil {
			return nil, err
		}
	}
	var ptr *C.edge_engine_t
	if err := takeError(C.edge_engine_new(raw, &ptr)); err != nil {
		return nil, err
	}
	return adopt(&Engine{ptr: ptr}, ptr, func(p *C.edge_engine_t) { C.edge_engine_free(p) }), nil
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
