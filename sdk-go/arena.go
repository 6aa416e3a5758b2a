package edge

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

const (
	// arenaSize is the first block of an arena: enough for most calls.
	arenaSize = 4096
	// pinSize is from where on pinning what Go holds is cheaper than copying it.
	pinSize = 8192
	// keepSize is the size of a result, more or less, up to which its memory may wait for the arena's next call.
	keepSize = 4096
)

// arena is C memory for the values of one call: their trees hold pointers, which C may not find in Go memory unless it is
// pinned. Arenas are pooled, so that a call neither allocates nor frees C memory.
type arena struct {
	// base is the first block. It begins with the result.
	base unsafe.Pointer
	// block is the one that is being filled, with its size and how much of it is taken.
	block      unsafe.Pointer
	size, used uintptr
	// more has the blocks after the first.
	more   []unsafe.Pointer
	pinner runtime.Pinner
	pinned bool
	depth  int
}

var arenas = sync.Pool{New: func() any {
	base := C.calloc(1, arenaSize)
	a := &arena{base: base, block: base, size: arenaSize, used: valueSize}
	runtime.AddCleanup(a, freeBase, base)
	return a
}}

func freeBase(base unsafe.Pointer) {
	C.edge_value_free((*C.edge_value_t)(base))
	C.free(base)
}

func newArena() *arena { return arenas.Get().(*arena) }

// release ends the life of all values in the arena, but that of the result if it was kept.
func (a *arena) release() {
	for _, block := range a.more {
		C.free(block)
	}
	if a.pinned {
		a.pinner.Unpin()
		a.pinned = false
	}
	a.more, a.block, a.size, a.used, a.depth = a.more[:0], a.base, arenaSize, valueSize, 0
	arenas.Put(a)
}

// result is where a call leaves its result. A small one is freed by the next call, which saves a crossing.
func (a *arena) result() *C.edge_value_t { return (*C.edge_value_t)(a.base) }

// dropResult frees a result that is too large to keep.
func (a *arena) dropResult() {
	if result := a.result(); result.owned != 0 && !small(result) {
		C.edge_value_free(result)
	}
}

func small(v *C.edge_value_t) bool {
	switch {
	case v.kind <= C.EDGE_VALUE_CHAR:
		return true
	case v.kind <= C.EDGE_VALUE_VEC_F64:
		return of[span](v).len <= keepSize/8
	default:
		return false
	}
}

// alloc gives n bytes, aligned to 8, with anything in them.
func (a *arena) alloc(n uintptr) unsafe.Pointer {
	n = (n + 7) &^ 7
	if n > a.size-a.used {
		a.size = max(2*a.size, n)
		a.block, a.used = C.malloc(C.size_t(a.size)), 0
		a.more = append(a.more, a.block)
	}
	p := unsafe.Add(a.block, a.used)
	a.used += n
	return p
}

// values gives n values side by side, all null.
func (a *arena) values(n int) *C.edge_value_t {
	if n == 0 {
		return nil
	}
	p := a.alloc(uintptr(n) * valueSize)
	clear(unsafe.Slice((*byte)(p), uintptr(n)*valueSize))
	return (*C.edge_value_t)(p)
}

// store puts n bytes of Go memory where C may read them until the arena is released.
func (a *arena) store(data unsafe.Pointer, n uintptr) unsafe.Pointer {
	if n == 0 {
		return nil
	}
	if n >= pinSize {
		a.pinner.Pin((*byte)(data))
		a.pinned = true
		return data
	}
	p := a.alloc(n)
	copy(unsafe.Slice((*byte)(p), n), unsafe.Slice((*byte)(data), n))
	return p
}
