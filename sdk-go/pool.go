package edge

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"
)

// Pool has several VMs of one module. Each is lent to one borrower at a time, and made when it is first needed. A borrower gets a
// guest in its just-initialised state, unless [WithKeepState] says otherwise; one that is poisoned is replaced in any case.
type Pool struct {
	ptr *C.edge_pool_t
	// places are the VMs that may be borrowed at this moment: who waits for one waits here, as a goroutine, not as a thread.
	places chan struct{}
	// ended is closed by Close.
	ended chan struct{}
	// wasi has the writers that all guests share; nil without WASI.
	wasi      *Wasi
	keepState bool
	// scopes has what the library knows of the last call's context: VMs come and go, contexts stay.
	scopes scopes

	mutex  sync.Mutex
	closed bool
	// lent has the VMs that are lent, by which host functions find the one that called them.
	lent map[*lease]weak.Pointer[Vm]
}

// NewPool makes a pool of what [Load] would load with the same source and options. It loads the first VM, so that what cannot be
// loaded is refused here.
func NewPool(source any, options ...Option) (*Pool, error) {
	s, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	if source, err = s.prepared(source); err != nil {
		return nil, err
	}
	raw, hosts, err := s.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_options_free(raw)
	var ptr *C.edge_pool_t
	err = s.within(func() (err error) {
		ptr, err = loadPool(source, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	size := int(C.edge_pool_size(ptr))
	pool := &Pool{ptr: ptr, places: make(chan struct{}, size), ended: make(chan struct{}), lent: map[*lease]weak.Pointer[Vm]{},
		wasi: s.wasi.shared(), keepState: s.keepState}
	for range size {
		pool.places <- struct{}{}
	}
	known := weak.Make(pool)
	for _, host := range hosts {
		host.attach(func(call *HostCall) *Vm {
			if pool := known.Value(); pool != nil {
				return pool.find(call)
			}
			return nil
		})
	}
	return adopt(pool, ptr, func(p *C.edge_pool_t) { C.edge_pool_free(p) }), nil
}

func loadPool(source any, options *C.edge_options_t) (ptr *C.edge_pool_t, err error) {
	switch source := source.(type) {
	case string:
		path, size := stringArg(source)
		err = takeError(C.edge_pool_load(path, size, options, &ptr))
	case []byte:
		data, size := bytesArg(source)
		err = takeError(C.edge_pool_load_bytes(data, size, options, &ptr))
	case *Module:
		err = takeError(C.edge_pool_load_module(source.ptr, options, &ptr))
		runtime.KeepAlive(source)
	default:
		err = argumentError("edge.NewPool takes a path (string), bytes ([]byte) or a *edge.Module, not %T", source)
	}
	return ptr, err
}

// Get borrows a VM; it waits until one is free, or until ctx ends. [Vm.Close] gives it back.
func (p *Pool) Get(ctx context.Context) (*Vm, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() == nil {
		select {
		case <-p.places:
			return p.lend(ctx)
		case <-p.ended:
			return nil, p.closedError()
		case <-ctx.Done():
		}
	}
	return nil, endedError(ctx, "no guest of the pool was borrowed")
}

// TryGet borrows a VM if one is free, else fails with [KindBusy].
func (p *Pool) TryGet() (*Vm, error) {
	if p.Closed() {
		return nil, p.closedError()
	}
	select {
	case <-p.places:
		return p.lend(context.Background())
	default:
		return nil, newError(PhaseExecute, KindBusy, "all %d guests of the pool are lent", p.Size())
	}
}

func (p *Pool) closedError() error {
	return newError(PhaseExecute, KindClosed, "the pool has been closed")
}

// lend makes a VM of a place that was taken. It may have to be loaded, which obeys ctx.
func (p *Pool) lend(ctx context.Context) (*Vm, error) {
	defer runtime.KeepAlive(p)
	var ptr *C.edge_vm_t
	err := within(nil, enter(&p.scopes, ctx), func() error { return takeError(C.edge_pool_try_get(p.ptr, &ptr)) })
	if err != nil {
		p.places <- struct{}{}
		return nil, err
	}
	l := &lease{pool: p, ptr: ptr}
	vm := &Vm{ptr: ptr, lease: l, scopes: &p.scopes}
	vm.forwardTo(p.wasi, p.keepState)
	p.mutex.Lock()
	p.lent[l] = weak.Make(vm)
	p.mutex.Unlock()
	// Giving back may run a guest's start function, for which other cleanups should not wait.
	runtime.AddCleanup(vm, func(l *lease) { go l.end() }, l)
	return vm, nil
}

// find gives the lent VM whose guest made a call; nil while that is still being made.
func (p *Pool) find(call *HostCall) *Vm {
	ptr := C.edge_host_call_vm(call.raw)
	defer C.edge_vm_free(ptr)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for l, known := range p.lent {
		if C.edge_vm_same(l.ptr, ptr) {
			return known.Value()
		}
	}
	return nil
}

func (p *Pool) forget(l *lease) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.lent, l)
}

// Run calls the guest function name with a borrowed VM; waiting for that and the call end when ctx does. As [Vm.Run].
func (p *Pool) Run(ctx context.Context, name string, args ...any) (any, error) {
	vm, err := p.Get(ctx)
	if err != nil {
		return nil, err
	}
	defer vm.Close()
	return vm.Run(ctx, name, args...)
}

// Map calls the guest function name once per item: see [Map], which gives results of one type.
func (p *Pool) Map(ctx context.Context, name string, items []any) ([]any, error) {
	return Map[any](ctx, p, name, items)
}

// Args as an item of [Map] are the arguments of one call; every other item is the only argument.
type Args []any

// ItemError is what went wrong with one item of [Map].
type ItemError struct {
	// Index is the item's.
	Index int
	// Err is that of the call, as [Vm.Run] returns it.
	Err error
}

// Error is the message, with the item's index.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap is the error of the call.
func (e *ItemError) Unwrap() error { return e.Err }

// Map calls the guest function name once per item, with as many VMs at the same time as the pool has and lends, and gives the
// results in the order of the items. A VM is kept over several items; one that is poisoned is reset before the next.
//
// An error of one item does not touch the others: its result is the zero value, and all errors are returned together, each an
// [*ItemError], by errors.Join. When ctx ends, so do the calls, and what has not begun fails with the context's error.
func Map[T, I any](ctx context.Context, pool *Pool, name string, items []I) ([]T, error) {
	m := &mapping{ctx: ctx, pool: pool, size: len(items)}
	if ctx == nil {
		m.ctx = context.Background()
	}
	// Who waits for a VM when nothing is left to do need not wait longer.
	m.waiting, m.done = context.WithCancel(m.ctx)
	defer m.done()
	results, failed := make([]T, len(items)), make([]error, len(items))
	call := func(vm *Vm, index int) (err error) {
		args, several := any(items[index]).(Args)
		if !several {
			args = Args{items[index]}
		}
		results[index], err = Call[T](m.ctx, vm, name, args...)
		return err
	}
	fail := func(index int, err error) { failed[index] = &ItemError{index, err} }
	var helpers sync.WaitGroup
	for range min(pool.Size(), len(items)) - 1 {
		helpers.Add(1)
		go func() {
			defer helpers.Done()
			m.work(call, fail, false)
		}()
	}
	m.work(call, fail, true)
	helpers.Wait()
	return results, errors.Join(failed...)
}

// mapping is a Map in progress.
type mapping struct {
	ctx, waiting context.Context
	done         context.CancelFunc
	pool         *Pool
	size         int
	begun        atomic.Int64
}

// take gives the next item, and whether there was one.
func (m *mapping) take() (int, bool) {
	index := int(m.begun.Add(1)) - 1
	if index >= m.size {
		m.done()
	}
	return index, index < m.size
}

// work is what each goroutine does: with one VM, as long as there are items. Helpers that get no VM leave the items to the others;
// the one that does not help reports for them.
func (m *mapping) work(call func(*Vm, int) error, fail func(int, error), last bool) {
	vm, err := m.pool.Get(m.waiting)
	if err != nil && !last {
		return
	}
	defer func() {
		if vm != nil {
			vm.Close()
		}
	}()
	for index, more := m.take(); more; index, more = m.take() {
		if vm == nil {
			if vm, err = m.pool.Get(m.ctx); err != nil {
				fail(index, err)
				continue
			}
		}
		if err := call(vm, index); err != nil {
			fail(index, err)
			vm = unpoisoned(vm)
		}
	}
}

// unpoisoned makes a VM that is poisoned fresh; nil if that fails, and the pool makes another.
func unpoisoned(vm *Vm) *Vm {
	if _, poisoned := vm.Poisoned(); poisoned && vm.Reset() != nil {
		vm.Close()
		return nil
	}
	return vm
}

// Size is how many VMs there may be.
func (p *Pool) Size() int { return cap(p.places) }

// Made is how many VMs there are now, lent ones included.
func (p *Pool) Made() int {
	defer runtime.KeepAlive(p)
	return int(C.edge_pool_made(p.ptr))
}

// Module is what the VMs are of.
func (p *Pool) Module() *Module {
	defer runtime.KeepAlive(p)
	return newModule(C.edge_pool_module(p.ptr))
}

// Close ends the pool: nothing is lent any more, who waits gets [KindClosed], idle guests are freed now and lent ones when they
// come back. Closing again does nothing.
func (p *Pool) Close() error {
	defer runtime.KeepAlive(p)
	p.mutex.Lock()
	if !p.closed {
		p.closed = true
		close(p.ended)
	}
	p.mutex.Unlock()
	return takeError(C.edge_pool_close(p.ptr))
}

// Closed tells whether the pool has been closed.
func (p *Pool) Closed() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.closed
}
