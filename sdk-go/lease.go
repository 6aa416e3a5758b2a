package edge

// #include "shim.h"
import "C"

import (
	"sync"
	"sync/atomic"
)

// lease is what a [Pool] has lent with a [Vm]: the library's handle, and those of the functions that were resolved with it. All of
// them are freed when the VM goes back, since a guest that someone has a hold of is not lent again. So whoever uses one of them
// enters before and leaves afterwards.
type lease struct {
	pool *Pool
	ptr  *C.edge_vm_t
	// state is how many have entered, and returned once the VM has been given back.
	state atomic.Int64

	mutex     sync.Mutex
	functions []*C.edge_function_t
}

// returned is above any number of calls in progress.
const returned = 1 << 62

// enter tells whether the handles may be used, until leave.
func (l *lease) enter() bool {
	for {
		state := l.state.Load()
		if state >= returned {
			return false
		}
		if l.state.CompareAndSwap(state, state+1) {
			return true
		}
	}
}

func (l *lease) leave() {
	if l.state.Add(-1) == returned {
		l.giveBack()
	}
}

// end gives the VM back: at once, or when the calls in progress have left. Ending again does nothing.
func (l *lease) end() {
	for {
		state := l.state.Load()
		if state >= returned {
			return
		}
		if l.state.CompareAndSwap(state, state+returned) {
			if state == 0 {
				l.giveBack()
			}
			return
		}
	}
}

// closed tells whether the VM has gone back, or will when the calls in progress have ended.
func (l *lease) closed() bool { return l.state.Load() >= returned }

// own takes over a function's handle.
func (l *lease) own(function *C.edge_function_t) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.functions = append(l.functions, function)
}

// giveBack is called once, when nobody is inside and nobody can enter.
func (l *lease) giveBack() {
	l.pool.forget(l)
	for _, function := range l.functions {
		C.edge_function_free(function)
	}
	C.edge_vm_free(l.ptr)
	l.pool.places <- struct{}{}
}
