package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Memory is a linear memory.
type Memory struct{ ptr *C.edge_memory_t }

func newMemory(ptr *C.edge_memory_t) *Memory {
	return adopt(&Memory{ptr: ptr}, ptr, func(p *C.edge_memory_t) { C.edge_memory_free(p) })
}

// NewMemory makes a memory in a store.
func NewMemory(store *Store, ty MemoryType) (*Memory, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(store)
	var ptr *C.edge_memory_t
	if err := takeError(C.edge_memory_new(store.ptr, raw, &ptr)); err != nil {
		return nil, err
	}
	return newMemory(ptr), nil
}

// Type is the memory's.
func (m *Memory) Type() MemoryType {
	defer runtime.KeepAlive(m)
	return takeType(C.edge_memory_type(m.ptr)).(MemoryType)
}

// Pages is how many pages of 64 KiB the memory has.
func (m *Memory) Pages() uint64 {
	defer runtime.KeepAlive(m)
	return uint64(C.edge_memory_size(m.ptr))
}

// Size is how many bytes the memory has.
func (m *Memory) Size() int {
	defer runtime.KeepAlive(m)
	return int(C.edge_memory_data_size(m.ptr))
}

// Read copies n bytes from offset on. It fails when one of them lies outside of the memory.
func (m *Memory) Read(offset uint64, n int) ([]byte, error) {
	defer runtime.KeepAlive(m)
	if n < 0 || uint64(n) > uint64(m.Size()) {
		return nil, newError(PhaseExecute, KindMemoryOutOfBounds, "%d bytes are more than the memory has (%d)", n, m.Size())
	}
	out := make([]byte, n)
	data, size := bytesArg(out)
	if err := takeError(C.edge_memory_read(m.ptr, C.uint64_t(offset), data, size)); err != nil {
		return nil, err
	}
	return out, nil
}

// Write copies bytes into the memory. It fails, and writes nothing, when one of them would lie outside.
func (m *Memory) Write(offset uint64, bytes []byte) error {
	defer runtime.KeepAlive(m)
	data, size := bytesArg(bytes)
	return takeError(C.edge_memory_write(m.ptr, C.uint64_t(offset), data, size))
}

// Bytes is the memory itself, not a copy, in its present size. It never moves: the slice stays good when the memory grows
// (what was added is in the next Bytes), for as long as this Memory is reachable or its VM or instance is. The guest may
// change the bytes whenever it runs.
func (m *Memory) Bytes() []byte {
	defer runtime.KeepAlive(m)
	return unsafe.Slice((*byte)(unsafe.Pointer(C.edge_memory_data(m.ptr))), m.Size())
}

// Grow adds pages of 64 KiB and returns how many there were before.
func (m *Memory) Grow(pages uint64) (uint64, error) {
	defer runtime.KeepAlive(m)
	var previous C.uint64_t
	err := takeError(C.edge_memory_grow(m.ptr, C.uint64_t(pages), &previous))
	return uint64(previous), err
}

// Same tells whether both are one memory.
func (m *Memory) Same(other *Memory) bool {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_memory_same(m.ptr, other.ptr))
}
