package edge

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"time"
	"unsafe"
)

// SharedMemory is a linear memory that instances of any number of stores of one engine use at the same time, on any number of
// threads. There is no slice of its bytes, since others write them at any time: bytes are copied, and integers are accessed by
// [AtomicLoad] and its like.
type SharedMemory struct {
	ptr *C.edge_shared_memory_t
	// scopes has what the library knows of the context of the last wait.
	scopes scopes
}

func newSharedMemory(ptr *C.edge_shared_memory_t) *SharedMemory {
	return adopt(&SharedMemory{ptr: ptr}, ptr, func(p *C.edge_shared_memory_t) { C.edge_shared_memory_free(p) })
}

// NewSharedMemory makes a memory for all stores of an engine; nil is the one that the process shares. The type is a shared one, with
// a maximum.
func NewSharedMemory(engine *Engine, ty MemoryType) (*SharedMemory, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(engine)
	var ptr *C.edge_shared_memory_t
	if err := takeError(C.edge_shared_memory_new(engine.raw(), raw, &ptr)); err != nil {
		return nil, err
	}
	return newSharedMemory(ptr), nil
}

// Same tells whether both are one memory.
func (m *SharedMemory) Same(other *SharedMemory) bool {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_shared_memory_same(m.ptr, other.ptr))
}

// Type is the memory's, with its present size as the minimum.
func (m *SharedMemory) Type() MemoryType {
	defer runtime.KeepAlive(m)
	return takeType(C.edge_shared_memory_type(m.ptr)).(MemoryType)
}

// Pages is how many pages of 64 KiB the memory has. Others may let it grow at any time; it never shrinks.
func (m *SharedMemory) Pages() uint64 {
	defer runtime.KeepAlive(m)
	return uint64(C.edge_shared_memory_size(m.ptr))
}

// Size is how many bytes the memory has.
func (m *SharedMemory) Size() int {
	defer runtime.KeepAlive(m)
	return int(C.edge_shared_memory_data_size(m.ptr))
}

// Grow adds pages of 64 KiB and returns how many there were before.
func (m *SharedMemory) Grow(pages uint64) (uint64, error) {
	defer runtime.KeepAlive(m)
	var previous C.uint64_t
	err := takeError(C.edge_shared_memory_grow(m.ptr, C.uint64_t(pages), &previous))
	return uint64(previous), err
}

// Read copies n bytes from offset on. It fails when one of them lies outside of the memory. What others write meanwhile may be copied
// in part.
func (m *SharedMemory) Read(offset uint64, n int) ([]byte, error) {
	defer runtime.KeepAlive(m)
	if n < 0 || uint64(n) > uint64(m.Size()) {
		return nil, newError(PhaseExecute, KindMemoryOutOfBounds, "%d bytes are more than the memory has (%d)", n, m.Size())
	}
	out := make([]byte, n)
	data, size := bytesArg(out)
	if err := takeError(C.edge_shared_memory_read(m.ptr, C.uint64_t(offset), data, size)); err != nil {
		return nil, err
	}
	return out, nil
}

// Write copies bytes into the memory. It fails, and writes nothing, when one of them would lie outside.
func (m *SharedMemory) Write(offset uint64, bytes []byte) error {
	defer runtime.KeepAlive(m)
	data, size := bytesArg(bytes)
	return takeError(C.edge_shared_memory_write(m.ptr, C.uint64_t(offset), data, size))
}

// Atomic are the integers of a [SharedMemory], by their width. Accesses are sequentially consistent, as the guests' own; offsets are
// multiples of the width in bytes, else [KindUnalignedAtomic].
type Atomic interface {
	uint8 | uint16 | uint32 | uint64
}

// width is in bits.
func width[N Atomic]() C.uint32_t {
	var n N
	return C.uint32_t(8 * unsafe.Sizeof(n))
}

// AtomicLoad reads an integer.
func AtomicLoad[N Atomic](m *SharedMemory, offset uint64) (N, error) {
	defer runtime.KeepAlive(m)
	var value C.uint64_t
	err := takeError(C.edge_shared_memory_atomic_load(m.ptr, width[N](), C.uint64_t(offset), &value))
	return N(value), err
}

// AtomicStore writes an integer.
func AtomicStore[N Atomic](m *SharedMemory, offset uint64, value N) error {
	defer runtime.KeepAlive(m)
	return takeError(C.edge_shared_memory_atomic_store(m.ptr, width[N](), C.uint64_t(offset), C.uint64_t(value)))
}

// AtomicAdd adds to an integer, wrapping around, and returns what was there before.
func AtomicAdd[N Atomic](m *SharedMemory, offset uint64, delta N) (N, error) {
	defer runtime.KeepAlive(m)
	var previous C.uint64_t
	err := takeError(C.edge_shared_memory_atomic_add(m.ptr, width[N](), C.uint64_t(offset), C.uint64_t(delta), &previous))
	return N(previous), err
}

// AtomicCompareExchange writes replacement if the integer is expected, and returns what was there before: expected if it was replaced.
func AtomicCompareExchange[N Atomic](m *SharedMemory, offset uint64, expected, replacement N) (N, error) {
	defer runtime.KeepAlive(m)
	var previous C.uint64_t
	err := takeError(C.edge_shared_memory_atomic_compare_exchange(m.ptr, width[N](), C.uint64_t(offset), C.uint64_t(expected),
		C.uint64_t(replacement), &previous))
	return N(previous), err
}

// WaitOutcome is how waiting for a shared memory ended.
type WaitOutcome uint32

// How waiting for a shared memory ended.
const (
	WaitWoken     WaitOutcome = 0 // by a guest or [SharedMemory.Notify]
	WaitDifferent WaitOutcome = 1 // the value was another than the expected one, and nobody waited
	WaitTimedOut  WaitOutcome = 2 // the time was over
)

// String is the outcome in words.
func (o WaitOutcome) String() string {
	switch o {
	case WaitWoken:
		return "woken"
	case WaitDifferent:
		return "different"
	default:
		return "timed out"
	}
}

// Wait32 waits until a guest or a host notifies offset, if the 32 bits there are expected: at most as long as timeout, for ever if that
// is negative. It ends when ctx does, with the context's error, and in a host function when the guest's call does.
func (m *SharedMemory) Wait32(ctx context.Context, offset uint64, expected uint32, timeout time.Duration) (WaitOutcome, error) {
	return m.wait(ctx, func(outcome *C.edge_wait_t) *C.edge_error_t {
		return C.edge_shared_memory_wait32(m.ptr, C.uint64_t(offset), C.uint32_t(expected), nanoseconds(timeout), outcome)
	})
}

// Wait64 is the same with 64 bits.
func (m *SharedMemory) Wait64(ctx context.Context, offset, expected uint64, timeout time.Duration) (WaitOutcome, error) {
	return m.wait(ctx, func(outcome *C.edge_wait_t) *C.edge_error_t {
		return C.edge_shared_memory_wait64(m.ptr, C.uint64_t(offset), C.uint64_t(expected), nanoseconds(timeout), outcome)
	})
}

func nanoseconds(timeout time.Duration) C.uint64_t {
	if timeout < 0 {
		return C.EDGE_NO_LIMIT
	}
	return C.uint64_t(timeout)
}

func (m *SharedMemory) wait(ctx context.Context, wait func(*C.edge_wait_t) *C.edge_error_t) (WaitOutcome, error) {
	if err := endedError(ctx, "nobody waited for the memory"); err != nil {
		return 0, err
	}
	defer runtime.KeepAlive(m)
	var outcome C.edge_wait_t
	err := within(nil, enter(&m.scopes, ctx), func() error { return takeError(wait(&outcome)) })
	return WaitOutcome(outcome), err
}

// Notify wakes at most count threads that wait at offset, guests and hosts alike, and returns how many those were.
func (m *SharedMemory) Notify(offset uint64, count uint32) (uint32, error) {
	defer runtime.KeepAlive(m)
	var woken C.uint32_t
	err := takeError(C.edge_shared_memory_notify(m.ptr, C.uint64_t(offset), C.uint32_t(count), &woken))
	return uint32(woken), err
}

// SharedMemory is the exported shared memory name.
func (i *Instance) SharedMemory(name string) (*SharedMemory, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_shared_memory_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_shared_memory(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newSharedMemory(ptr), nil
}

// SharedMemory is the VM's exported shared memory name.
func (vm *Vm) SharedMemory(name string) (*SharedMemory, error) {
	instance, err := vm.Instance()
	if err != nil {
		return nil, err
	}
	return instance.SharedMemory(name)
}

// SharedMemory is memory index of the module that called, if it is a shared one.
func (c *Caller) SharedMemory(index uint32) (*SharedMemory, error) {
	var ptr *C.edge_shared_memory_t
	if err := takeError(C.edge_caller_shared_memory(c.raw, C.uint32_t(index), &ptr)); err != nil {
		return nil, err
	}
	return newSharedMemory(ptr), nil
}
