package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"sync/atomic"
)

// progress is how far the compiler is. Its threads, which are not Go's, only leave numbers here: what the application does with them
// happens on the goroutine that waits, where it may take its time, panic, or compile another module.
type progress struct {
	done, total atomic.Int64
	// news has something when done has grown; it is closed when the compiler has ended.
	news chan struct{}
	// told is what was reported last.
	told int64
}

//export edgegoProgress
func edgegoProgress(handle C.uintptr_t, done, total C.size_t) {
	p := cgo.Handle(handle).Value().(*progress)
	p.total.Store(int64(total))
	for {
		known := p.done.Load()
		if known >= int64(done) {
			return
		}
		if p.done.CompareAndSwap(known, int64(done)) {
			break
		}
	}
	select {
	case p.news <- struct{}{}:
	default: // who looks next sees this number too
	}
}

// reporting is [NewModule] that reports.
func reporting(engine *Engine, wasm []byte, report func(done, total int)) (module *Module, err error) {
	p := &progress{news: make(chan struct{}, 1)}
	handle := cgo.NewHandle(p)
	go func() {
		defer close(p.news)
		defer runtime.KeepAlive(engine)
		var ptr *C.edge_module_t
		data, size := bytesArg(wasm)
		if err = takeError(C.edgego_module_new(engine.raw(), data, size, C.uintptr_t(handle), &ptr)); err == nil {
			module = newModule(ptr)
		}
	}()
	// A report that panics must not leave the compiler with a handle that is gone and with bytes that may change.
	defer func() {
		for range p.news {
		}
		handle.Delete()
	}()
	for range p.news {
		p.tell(report)
	}
	p.tell(report)
	return module, err
}

// tell reports if there is something new.
func (p *progress) tell(report func(done, total int)) {
	if done := p.done.Load(); done > p.told {
		p.told = done
		report(int(done), int(p.total.Load()))
	}
}
