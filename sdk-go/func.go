package edge

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Func is a core function: of a guest, or of the host.
type Func struct {
	ptr    *C.edge_func_t
	scopes scopes
}

func newFunc(ptr *C.edge_func_t) *Func {
	return adopt(&Func{ptr: ptr}, ptr, func(p *C.edge_func_t) { C.edge_func_free(p) })
}

// CoreFunc is a host function on core values: int32, int64, float32, float64, [16]byte, *Func, *Exception, and any for externref.
type CoreFunc func(caller *Caller, args []any) (results []any, err error)

// Caller is the module that called a host function. It is of no use after the function has returned.
type Caller struct {
	raw *C.edge_caller_t
	ctx context.Context
}

// coreFunc is a CoreFunc with its type.
type coreFunc struct {
	name string
	ty   FuncType
	fn   CoreFunc
}

// NewFunc makes a function of the host in a store.
func NewFunc(store *Store, ty FuncType, fn CoreFunc) (*Func, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(store)
	var ptr *C.edge_func_t
	h := cgo.NewHandle(&coreFunc{"a host function", ty, fn})
	if err := takeError(C.edgego_func_new(store.ptr, raw, C.uintptr_t(h), &ptr)); err != nil {
		return nil, err
	}
	return newFunc(ptr), nil
}

// Type is the function's.
func (f *Func) Type() FuncType {
	defer runtime.KeepAlive(f)
	return takeType(C.edge_func_type(f.ptr)).(FuncType)
}

// Call calls the function with core values. It ends when ctx does.
func (f *Func) Call(ctx context.Context, args ...any) ([]any, error) {
	if err := contextError(ctx, "the function"); err != nil {
		return nil, err
	}
	defer runtime.KeepAlive(f)
	ty := f.Type()
	if len(args) != len(ty.Params) {
		return nil, newError(PhaseExecute, KindArgumentCount, "%s takes %d arguments, %d were given", ty, len(ty.Params), len(args))
	}
	in, out := newVals(len(args)), newVals(len(ty.Results))
	defer in.release()
	defer out.release()
	for i, arg := range args {
		if err := in.set(i, ty.Params[i], arg); err != nil {
			return nil, err
		}
	}
	scope := enter(&f.scopes, ctx)
	failed := C.edgego_func_call(f.ptr, scope.raw(), in.ptr, C.size_t(len(in.list)), out.ptr, C.size_t(len(out.list)))
	if failed != nil {
		return nil, scope.explain(takeError(failed))
	}
	runtime.KeepAlive(scope)
	results := make([]any, len(out.list))
	for i := range out.list {
		results[i] = takeVal(&out.list[i])
	}
	return results, nil
}

// Context is that of the call that led here.
func (c *Caller) Context() context.Context { return c.ctx }

// Memory is memory index of the module that called.
func (c *Caller) Memory(index uint32) (*Memory, error) {
	var ptr *C.edge_memory_t
	if err := takeError(C.edge_caller_memory(c.raw, C.uint32_t(index), &ptr)); err != nil {
		return nil, err
	}
	return newMemory(ptr), nil
}

// Func is the exported function name of the module that called, to call it again.
func (c *Caller) Func(name string) (*Func, error) {
	var ptr *C.edge_func_t
	data, size := stringArg(name)
	if err := takeError(C.edge_caller_func(c.raw, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newFunc(ptr), nil
}

// Instance is the one that called.
func (c *Caller) Instance() (*Instance, error) {
	var ptr *C.edge_instance_t
	if err := takeError(C.edge_caller_instance(c.raw, &ptr)); err != nil {
		return nil, err
	}
	return newInstance(ptr), nil
}

// Store is that of the call.
func (c *Caller) Store() *Store { return newStore(C.edge_caller_store(c.raw)) }

//export edgegoCore
func edgegoCore(env, token C.uintptr_t, raw *C.edge_caller_t, args *C.edge_val_t, nargs C.size_t, results *C.edge_val_t,
	nresults C.size_t) *C.edge_error_t {
	f := cgo.Handle(env).Value().(*coreFunc)
	caller := &Caller{raw, contextOf(token)}
	return giveFailure(f.invoke(caller, unsafe.Slice(args, nargs), unsafe.Slice(results, nresults)))
}

func (f *coreFunc) invoke(caller *Caller, args, results []C.edge_val_t) (err error) {
	defer catch(&err)
	in := make([]any, len(args))
	for i := range args {
		in[i] = readVal(&args[i])
	}
	out, err := f.fn(caller, in)
	if err != nil {
		return err
	}
	if len(out) != len(results) {
		return newError(PhaseHost, KindResultType, "%s returned %d results instead of %d", f.name, len(out), len(results))
	}
	values := newVals(len(out))
	defer values.release()
	for i := range out {
		if err := values.set(i, f.ty.Results[i], out[i]); err != nil {
			return err
		}
	}
	// What is written to results becomes the library's: references get handles of their own.
	for i := range results {
		v := values.list[i]
		switch ValType(v.kind) {
		case FuncRef:
			*valOf[*C.edge_func_t](&v) = C.edge_func_clone(*valOf[*C.edge_func_t](&v))
			v.owned = 1
		case ExternRef:
			*valOf[*C.edge_externref_t](&v) = C.edge_externref_clone(*valOf[*C.edge_externref_t](&v))
			v.owned = 1
		case ExnRef:
			*valOf[*C.edge_exnref_t](&v) = C.edge_exnref_clone(*valOf[*C.edge_exnref_t](&v))
			v.owned = 1
		}
		results[i] = v
	}
	return nil
}

// Same tells whether both are one function.
func (f *Func) Same(other *Func) bool {
	defer runtime.KeepAlive(f)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_func_same(f.ptr, other.ptr))
}
