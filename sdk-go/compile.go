package edge

// #include "shim.h"
import "C"

import "fmt"

// Compile is when functions are compiled.
type Compile uint32

// When functions are compiled.
const (
	// Eager is all of them when the module is loaded.
	Eager Compile = C.EDGE_COMPILE_EAGER
	// Lazy is each when it is first called. Loading reads and validates the whole module all the same.
	Lazy Compile = C.EDGE_COMPILE_LAZY
)

// String is the name that all languages use.
func (c Compile) String() string {
	switch c {
	case Eager:
		return "eager"
	case Lazy:
		return "lazy"
	default:
		return fmt.Sprintf("compile_%d", uint32(c))
	}
}

// Target is the machine that code is made for: [TargetHost], [TargetGeneric], or the target triple of another machine, such as
// "aarch64-unknown-linux-gnu". Modules for another kind of machine can be written to files, by [Module.WriteFile] or [CompileFile],
// but not be instantiated here.
type Target string

const (
	// TargetHost is this machine, with everything that its processor can do.
	TargetHost Target = "host"
	// TargetGeneric is any machine of this kind that has what all operators need.
	TargetGeneric Target = "generic"
)

// set is part of [Config.raw].
func (t Target) set(raw *C.edge_config_t) error {
	if t == "" {
		return nil
	}
	name, size := stringArg(string(t))
	return takeError(C.edge_config_set_target(raw, name, size))
}

func targetOf(raw *C.edge_config_t) Target {
	var name C.edge_buffer_t
	C.edge_error_free(C.edge_config_target(raw, &name))
	return Target(takeBuffer(&name))
}

// Cache is a directory of compiled modules, found by their contents and by how they were compiled. Several processes may use it at the
// same time. What a cache cannot do is no error: then modules are compiled. Small ones always are, and what is compiled as [Lazy] is not kept.
type Cache struct {
	// Dir is made when it is first needed. What is in it is executed, so it belongs to the user who runs the process, and nobody else
	// may write to it: a directory that is not so is left alone. Empty is the user's own cache: edge in $XDG_CACHE_HOME, else in
	// $HOME/.cache, and [KindIO] when neither is set.
	Dir string
	// MaxSize is how many bytes all files may have together; those that were not used for longest go first. 0 is 1 GiB.
	MaxSize uint64
}

// set is part of [Config.raw].
func (c *Cache) set(raw *C.edge_config_t) error {
	if c == nil {
		return nil
	}
	most := C.uint64_t(c.MaxSize)
	if most == 0 {
		most = C.EDGE_NO_LIMIT
	}
	if c.Dir == "" {
		return takeError(C.edge_config_set_user_cache(raw, most))
	}
	dir, size := stringArg(c.Dir)
	return takeError(C.edge_config_set_cache(raw, dir, size, most))
}

func cacheOf(raw *C.edge_config_t) *Cache {
	var dir C.edge_buffer_t
	var most C.uint64_t
	if !C.edge_config_cache(raw, &dir, &most) {
		return nil
	}
	return &Cache{Dir: string(takeBuffer(&dir)), MaxSize: uint64(most)}
}
