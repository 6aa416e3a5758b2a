package edge

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"weak"
)

// fuelKey is where a context has the fuel of a call.
type fuelKey struct{}

// WithFuel makes a context whose calls may each use so much fuel; what the store has left is a limit too. A call that uses
// it up ends with [KindOutOfFuel]. Needs [Config].Fuel. Loading is no such call: [Limits].Fuel is what a start function may use.
func WithFuel(ctx context.Context, fuel uint64) context.Context {
	return context.WithValue(ctx, fuelKey{}, fuel)
}

// scope is what the library knows of a context: the options that calls under it obey, and the handle by which host functions
// find it. It is made once for a context, and used by all calls that follow one another under it.
type scope struct {
	ctx context.Context
	// ptr has the options, and the handle that stands for ctx.
	ptr *C.edgego_scope_t
	// token is nil for a context that never ends.
	token *cancelToken
}

// scopes has the scope that was used last. A VM and a core function have one each: most calls come from the same context as the
// one before.
type scopes = atomic.Pointer[scope]

// cancelToken ends the calls under a context. It knows neither the scope nor the VM: the context holds it, and must hold no more. The
// library's token is freed by the one of two that comes first: the context's end, or that of the scope.
type cancelToken struct{ ptr *C.edge_cancel_token_t }

// enter gives the scope of a call, nil when there is nothing to obey and nothing to tell. Keep it alive until C is done.
func enter(last *scopes, ctx context.Context) *scope {
	if ctx == nil || ctx == context.Background() {
		return nil
	}
	return scopeOf(last, ctx)
}

func scopeOf(last *scopes, ctx context.Context) *scope {
	// Only comparable contexts are kept, so that this cannot panic.
	if known := last.Load(); known != nil && known.ctx == ctx {
		return known
	}
	return newScope(last, ctx)
}

func newScope(last *scopes, ctx context.Context) *scope {
	fuel, metered := ctx.Value(fuelKey{}).(uint64)
	if !metered {
		fuel = C.EDGE_NO_LIMIT
	}
	handle := C.uintptr_t(cgo.NewHandle(ctx))
	s := &scope{ctx: ctx}
	var left remains
	if ctx.Done() == nil {
		s.ptr = C.edgego_scope_new(handle, C.uint64_t(fuel), nil)
	} else {
		var token *C.edge_cancel_token_t
		s.ptr = C.edgego_scope_new(handle, C.uint64_t(fuel), &token)
		s.token = &cancelToken{token}
		// The context must not keep what is called under it; and it outlives what is no longer called.
		left.token, left.stop = token, context.AfterFunc(ctx, ender(s.token, weak.Make(last)))
	}
	left.ptr = s.ptr
	runtime.AddCleanup(s, remains.free, left)
	if reflect.ValueOf(ctx).Comparable() {
		last.Store(s)
	}
	return s
}

// remains are what a scope leaves when nobody has it any more.
type remains struct {
	ptr   *C.edgego_scope_t
	token *C.edge_cancel_token_t
	// stop is nil without a token, and false when the context has ended or is about to.
	stop func() bool
}

func (r remains) free() {
	if r.stop != nil && r.stop() {
		C.edge_cancel_token_free(r.token)
	}
	C.edgego_scope_free(r.ptr)
}

// ender is what happens at a context's end, at most once: calls end, and nothing keeps the context.
func ender(token *cancelToken, last weak.Pointer[scopes]) func() {
	return func() {
		C.edge_cancel_token_cancel(token.ptr)
		C.edge_cancel_token_free(token.ptr)
		if last := last.Value(); last != nil {
			if s := last.Load(); s != nil && s.token == token {
				last.CompareAndSwap(s, nil)
			}
		}
	}
}

// raw is what C gets, NULL for none.
func (s *scope) raw() *C.edgego_scope_t {
	if s == nil {
		return nil
	}
	return s.ptr
}

// explain makes the context's end the cause of an error that comes of it.
func (s *scope) explain(err error) error {
	failed, ok := err.(*Error)
	if s == nil || !ok || failed.Kind != KindCancelled || failed.cause != nil {
		return err
	}
	if cause := s.ctx.Err(); cause != nil {
		failed.Kind, failed.cause = kindOf(cause), cause
		failed.Message = "the context of the call has ended: " + cause.Error()
	}
	return err
}

// kindOf tells the kind of a context's end.
func kindOf(cause error) Kind {
	if errors.Is(cause, context.DeadlineExceeded) {
		return KindDeadlineExceeded
	}
	return KindCancelled
}

// contextError is nil as long as ctx goes on.
func contextError(ctx context.Context, name string) error {
	if ctx == nil || ctx.Err() == nil {
		return nil
	}
	return endedError(ctx, "`"+name+"` was not called")
}

// endedError is the same for what is no call; what says what did not happen.
func endedError(ctx context.Context, what string) error {
	if ctx == nil {
		return nil
	}
	cause := ctx.Err()
	if cause == nil {
		return nil
	}
	err := newError(PhaseExecute, kindOf(cause), "%s: %v", what, cause)
	err.cause = cause
	return err
}

// contextOf is the context of the call in progress.
func contextOf(handle C.uintptr_t) context.Context {
	if handle == 0 {
		return context.Background()
	}
	return cgo.Handle(handle).Value().(context.Context)
}

// idleStore is for those who need a store to say what a call obeys, and have none yet.
var idleStore = sync.OnceValues(func() (*Store, error) { return NewStore(nil, Limits{}) })

// within runs body, and whatever calls the library makes in it obey s. Fuel does so in a store only; nil for none.
func within(store *Store, s *scope, body func() error) (err error) {
	if s == nil {
		return body()
	}
	metered := store != nil
	if !metered {
		if store, err = idleStore(); err != nil {
			return err
		}
	}
	handle := cgo.NewHandle(func() { err = body() })
	defer handle.Delete()
	failed := takeError(C.edgego_within(store.ptr, s.ptr, C.bool(metered), C.uintptr_t(handle)))
	runtime.KeepAlive(store)
	runtime.KeepAlive(s)
	if failed != nil {
		err = failed
	}
	return s.explain(err)
}

//export edgegoBody
func edgegoBody(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }
