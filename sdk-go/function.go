package edge

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"strings"
)

// Function is a guest function, resolved once. It goes on working after [Vm.Reset].
type Function struct {
	// ptr may be used while the VM is held.
	ptr  *C.edge_function_t
	vm   *Vm
	name string
}

func newFunction(vm *Vm, ptr *C.edge_function_t) *Function {
	f := &Function{ptr: ptr, vm: vm, name: viewString(C.edge_function_name(ptr))}
	if vm.lease != nil {
		vm.lease.own(ptr)
		return f
	}
	return adopt(f, ptr, func(p *C.edge_function_t) { C.edge_function_free(p) })
}

// Name is the function's name.
func (f *Function) Name() string { return f.name }

// Doc is the function's doc comment in the guest's source, empty when there is none.
func (f *Function) Doc() string {
	if f.vm.hold() != nil {
		return ""
	}
	defer f.vm.release()
	defer runtime.KeepAlive(f)
	return viewString(C.edge_function_doc(f.ptr))
}

// Signature is one line, for instance `infer(image: bytes) -> result<Prediction, string>`.
func (f *Function) Signature() string {
	if f.vm.hold() != nil {
		return ""
	}
	defer f.vm.release()
	defer runtime.KeepAlive(f)
	return viewString(C.edge_function_signature(f.ptr))
}

// Call calls the function with native values. It ends when ctx does, within some milliseconds, with [KindCancelled] or
// [KindDeadlineExceeded].
func (f *Function) Call(ctx context.Context, args ...any) (result any, err error) {
	err = f.call(ctx, args, func(value *C.edge_value_t) error {
		result = decodeAny(value)
		return nil
	})
	return result, err
}

// call calls the function and has take read the result, which is gone after that.
func (f *Function) call(ctx context.Context, args []any, take func(*C.edge_value_t) error) error {
	if err := contextError(ctx, f.name); err != nil {
		return err
	}
	if err := f.vm.hold(); err != nil {
		return err
	}
	defer f.vm.release()
	a := newArena()
	defer a.release()
	values, err := a.encodeArgs(args)
	if err != nil {
		return f.blame(err)
	}
	scope := enter(f.vm.scopes, ctx)
	raw := C.edgego_call(f.ptr, scope.raw(), values, C.size_t(len(args)), a.result())
	runtime.KeepAlive(f)
	if f.vm.forwarding {
		err = f.vm.passOutput()
	}
	if raw != nil {
		return scope.explain(takeError(raw))
	}
	runtime.KeepAlive(scope)
	defer a.dropResult()
	if failed := take(a.result()); failed != nil {
		return newError(PhaseExecute, KindResultType, "result of `%s`: %v", f.name, failed)
	}
	return err
}

// blame names the function in an error about its arguments.
func (f *Function) blame(err error) error {
	if e, ok := err.(*Error); ok {
		e.Message = "`" + f.name + "`: " + e.Message
	}
	return err
}

// scalarTypes are the types of the parameters and of the result ("" for none) of a function of numbers, bool and char
// alone: their names have neither commas nor parentheses.
func (f *Function) scalarTypes() (params []string, result string, ok bool) {
	if f.vm.hold() != nil {
		return nil, "", false
	}
	defer f.vm.release()
	defer runtime.KeepAlive(f)
	if !C.edge_function_is_scalar(f.ptr) {
		return nil, "", false
	}
	inside, result, _ := strings.Cut(strings.TrimPrefix(f.Signature(), f.name+"("), ")")
	result = strings.TrimPrefix(result, " -> ")
	if inside == "" {
		return nil, result, true
	}
	for _, param := range strings.Split(inside, ", ") {
		_, ty, _ := strings.Cut(param, ": ")
		params = append(params, ty)
	}
	return params, result, true
}
