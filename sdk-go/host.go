package edge

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"sync/atomic"
	"unsafe"
)

// HostCall is a call of a host function in progress. It is of no use after the function has returned.
type HostCall struct {
	raw  *C.edge_host_call_t
	ctx  context.Context
	host *hostFunc
}

// Context is that of the call that led here.
func (c *HostCall) Context() context.Context { return c.ctx }

// Vm is the one whose guest called, to call it again.
func (c *HostCall) Vm() *Vm {
	if find := c.host.find.Load(); find != nil {
		if vm := (*find)(c); vm != nil {
			return vm
		}
	}
	return newVm(C.edge_host_call_vm(c.raw))
}

// Memory is memory index of the module that called.
func (c *HostCall) Memory(index uint32) (*Memory, error) {
	var ptr *C.edge_memory_t
	if err := takeError(C.edge_host_call_memory(c.raw, C.uint32_t(index), &ptr)); err != nil {
		return nil, err
	}
	return newMemory(ptr), nil
}

var (
	callType    = reflect.TypeFor[*HostCall]()
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// hostFunc is a Go function that guests call.
type hostFunc struct {
	module, name string
	fn           reflect.Value
	// lead are the parameters before those of the guest: a *HostCall, a context.
	lead []reflect.Type
	// params are the guest's. The last stands for all that follow if variadic is set.
	params   []reflect.Type
	variadic bool
	// results is how many there are but the error.
	results int
	fails   bool
	// find gives the VM whose guest made a call, once there is one; nil while that is being loaded.
	find atomic.Pointer[func(*HostCall) *Vm]
}

// newHostFunc looks at a function's type once.
func newHostFunc(module, name string, fn any) (*hostFunc, error) {
	h := &hostFunc{module: module, name: name, fn: reflect.ValueOf(fn)}
	if h.fn.Kind() != reflect.Func || h.fn.IsNil() {
		return nil, newError(PhaseLink, KindIncompatibleImport,
			"import `%s`.`%s` must be a function, not %T", module, name, fn)
	}
	t := h.fn.Type()
	in := 0
	for in < t.NumIn() && (t.In(in) == callType || t.In(in) == contextType) {
		h.lead = append(h.lead, t.In(in))
		in++
	}
	for ; in < t.NumIn(); in++ {
		if !travels(t.In(in), nil) {
			return nil, newError(PhaseLink, KindIncompatibleImport,
				"import `%s`.`%s`: a parameter of type %s cannot come from a guest", module, name, t.In(in))
		}
		h.params = append(h.params, t.In(in))
	}
	h.variadic = t.IsVariadic()
	h.results = t.NumOut()
	if h.fails = h.results > 0 && t.Out(h.results-1) == errorType; h.fails {
		h.results--
	}
	for i := range h.results {
		if !travels(t.Out(i), nil) {
			return nil, newError(PhaseLink, KindIncompatibleImport,
				"import `%s`.`%s`: a result of type %s cannot go to a guest", module, name, t.Out(i))
		}
	}
	return h, nil
}

// travels tells whether values of the type can cross the border; seen has the types around it.
func travels(t reflect.Type, seen []reflect.Type) bool {
	for _, outer := range seen {
		if outer == t {
			return true
		}
	}
	seen = append(seen, t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return travels(t.Elem(), seen)
	case reflect.Map:
		return travels(t.Key(), seen) && travels(t.Elem(), seen)
	case reflect.Struct:
		for _, f := range fieldsOf(t) {
			if !travels(t.Field(f.index).Type, seen) {
				return false
			}
		}
		return true
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128, reflect.Uintptr:
		return false
	case reflect.Interface:
		return t.NumMethod() == 0
	default:
		return true
	}
}

func (h *hostFunc) attach(find func(*HostCall) *Vm) { h.find.Store(&find) }

//export edgegoHost
func edgegoHost(env, token C.uintptr_t, raw *C.edge_host_call_t, args *C.edge_value_t, nargs C.size_t,
	result *C.edge_value_t) *C.edge_error_t {
	host := cgo.Handle(env).Value().(*hostFunc)
	call := &HostCall{raw: raw, ctx: contextOf(token), host: host}
	return giveFailure(host.invoke(call, unsafe.Slice(args, nargs), result))
}

//export edgegoDrop
func edgegoDrop(handle C.uintptr_t) { cgo.Handle(handle).Delete() }

// catch turns a panic of a host function into an error: it must not unwind through the library.
func catch(err *error) {
	if value := recover(); value != nil {
		*err = &PanicError{value, debug.Stack()}
	}
}

func (h *hostFunc) invoke(call *HostCall, args []C.edge_value_t, result *C.edge_value_t) (err error) {
	defer catch(&err)
	in, err := h.arguments(call, args)
	if err != nil {
		return err
	}
	out := h.fn.Call(in)
	if h.fails {
		if failed := out[h.results]; !failed.IsNil() {
			return failed.Interface().(error)
		}
	}
	return h.giveResults(out[:h.results], result)
}

func (h *hostFunc) arguments(call *HostCall, args []C.edge_value_t) ([]reflect.Value, error) {
	fixed := len(h.params)
	if h.variadic {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !h.variadic {
		return nil, newError(PhaseHost, KindArgumentCount, "host function `%s`.`%s` takes %d arguments, the guest gave %d",
			h.module, h.name, fixed, len(args))
	}
	in := make([]reflect.Value, 0, len(h.lead)+len(args))
	for _, t := range h.lead {
		if t == callType {
			in = append(in, reflect.ValueOf(call))
		} else {
			in = append(in, reflect.ValueOf(call.ctx))
		}
	}
	for i := range args {
		var t reflect.Type
		if i < fixed {
			t = h.params[i]
		} else {
			t = h.params[fixed].Elem()
		}
		arg := reflect.New(t).Elem()
		if err := decode(&args[i], arg); err != nil {
			return nil, newError(PhaseHost, KindArgumentType, "host function `%s`.`%s`, argument %d: %v", h.module, h.name, i+1, err)
		}
		in = append(in, arg)
	}
	return in, nil
}

// giveResults leaves the results where the library copies them from after the return.
func (h *hostFunc) giveResults(out []reflect.Value, result *C.edge_value_t) error {
	if len(out) == 0 {
		return nil
	}
	a := newArena()
	defer a.release()
	value := a.values(1)
	var err error
	if len(out) == 1 {
		err = a.encodeValue(value, out[0])
	} else {
		err = a.encodeList(value, len(out), func(i int) any { return out[i] })
	}
	if err != nil {
		return fmt.Errorf("result of host function `%s`.`%s`: %w", h.module, h.name, err)
	}
	if value.kind <= C.EDGE_VALUE_CHAR {
		*result = *value
		return nil
	}
	err = takeError(C.edge_value_copy(value, result))
	runtime.KeepAlive(out)
	return err
}
