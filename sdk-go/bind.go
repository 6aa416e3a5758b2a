package edge

// #include "shim.h"
import "C"

import (
	"context"
	"reflect"
	"runtime"
	"unsafe"
)

// Bind makes a Go function of the guest's function name, looked up and checked once:
//
//	add, err := edge.Bind[func(int32, int32) int32](vm, "add")
//	sum := add(1, 2)
//
// F may take a context.Context first and may return an error last. Where it returns none, a call that fails panics with
// the [*Error]. Functions of numbers alone whose Go types are just the guest's (up to four parameters of one type, and a
// result of that type) are called without an allocation; all others through reflection. Parameters and results of other
// types are checked by each call.
func Bind[F any](vm *Vm, name string) (F, error) {
	var f F
	t := reflect.TypeFor[F]()
	if t.Kind() != reflect.Func {
		return f, argumentError("edge.Bind wants a type of functions, not %s", t)
	}
	function, err := vm.Function(name)
	if err != nil {
		return f, err
	}
	shape, err := shapeOf(function, t)
	if err != nil {
		return f, err
	}
	if shape.exact && bindNumbers(&f, function) {
		return f, nil
	}
	reflect.ValueOf(&f).Elem().Set(reflect.MakeFunc(t, shape.call))
	return f, nil
}

// shape is how a bound function's type is made up.
type shape struct {
	function *Function
	t        reflect.Type
	// ctx and fails tell of a context before the parameters and an error after the results.
	ctx, fails bool
	// exact says that numbers travel as they are.
	exact bool
}

// goKinds are the types that have just the values of a guest's.
var goKinds = map[string]reflect.Kind{
	"i8": reflect.Int8, "i16": reflect.Int16, "i32": reflect.Int32, "i64": reflect.Int64, "isize": reflect.Int64,
	"u8": reflect.Uint8, "u16": reflect.Uint16, "u32": reflect.Uint32, "u64": reflect.Uint64, "usize": reflect.Uint64,
	"f32": reflect.Float32, "f64": reflect.Float64, "bool": reflect.Bool, "char": reflect.Int32,
}

func shapeOf(function *Function, t reflect.Type) (*shape, error) {
	s := &shape{function: function, t: t}
	s.ctx = t.NumIn() > 0 && t.In(0) == contextType
	s.fails = t.NumOut() > 0 && t.Out(t.NumOut()-1) == errorType
	params, results := s.params(), s.results()
	defer runtime.KeepAlive(function)
	if want := int(C.edge_function_param_count(function.ptr)); len(params) != want || t.IsVariadic() {
		return nil, newError(PhaseExecute, KindArgumentCount, "%s cannot be bound as %s: it takes %d arguments",
			function.Signature(), t, want)
	}
	for _, list := range [][]reflect.Type{params, results} {
		for _, ty := range list {
			if !travels(ty, nil) {
				return nil, argumentError("%s cannot be bound as %s: a %s cannot travel", function.Signature(), t, ty)
			}
		}
	}
	guest, result, scalar := function.scalarTypes()
	if !scalar {
		return s, nil
	}
	s.exact = true
	for i, ty := range guest {
		if err := s.check(ty, params[i], KindArgumentType); err != nil {
			return nil, err
		}
	}
	switch {
	case result == "" && len(results) == 0:
	case result != "" && len(results) == 1:
		if err := s.check(result, results[0], KindResultType); err != nil {
			return nil, err
		}
	case result != "" && len(results) == 0:
		s.exact = false
	default:
		return nil, newError(PhaseExecute, KindResultType, "%s cannot be bound as %s: it does not return %d values",
			function.Signature(), t, len(results))
	}
	return s, nil
}

// check compares a number's type with Go's: the same, another that calls can check, or one that never fits.
func (s *shape) check(guest string, t reflect.Type, kind Kind) error {
	if goKinds[guest] == t.Kind() && (guest != "char" || t == reflect.TypeFor[Char]()) {
		return nil
	}
	s.exact = false
	number := func(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr }
	switch want := goKinds[guest]; {
	case t.Kind() == reflect.Interface, t.Kind() == reflect.Pointer:
	case number(want) && number(t.Kind()):
	case guest == "char" && t.Kind() == reflect.String:
	default:
		return newError(PhaseExecute, kind, "%s cannot be bound as %s: %s is not %s", s.function.Signature(), s.t, guest, t)
	}
	return nil
}

func (s *shape) params() []reflect.Type {
	var list []reflect.Type
	for i := range s.t.NumIn() {
		list = append(list, s.t.In(i))
	}
	if s.ctx {
		list = list[1:]
	}
	return list
}

func (s *shape) results() []reflect.Type {
	var list []reflect.Type
	for i := range s.t.NumOut() {
		list = append(list, s.t.Out(i))
	}
	if s.fails {
		list = list[:len(list)-1]
	}
	return list
}

// call is the body of functions that reflection makes.
func (s *shape) call(in []reflect.Value) []reflect.Value {
	ctx := context.Background()
	if s.ctx {
		ctx, _ = in[0].Interface().(context.Context)
		in = in[1:]
	}
	types := s.results()
	out := make([]reflect.Value, len(types))
	for i, t := range types {
		out[i] = reflect.New(t).Elem()
	}
	args := make([]any, len(in))
	for i, v := range in {
		args[i] = v.Interface()
	}
	err := s.function.call(ctx, args, func(value *C.edge_value_t) error { return decodeResults(value, out) })
	if s.fails {
		failed := reflect.New(errorType).Elem()
		if err != nil {
			failed.Set(reflect.ValueOf(err))
		}
		return append(out, failed)
	}
	if err != nil {
		panic(err)
	}
	return out
}

// decodeResults spreads a tuple over several results.
func decodeResults(value *C.edge_value_t, out []reflect.Value) error {
	switch len(out) {
	case 0:
		return nil
	case 1:
		return decode(value, out[0])
	}
	if value.kind != C.EDGE_VALUE_TUPLE {
		return mismatch(value, reflect.TypeFor[[]any]())
	}
	list := items(value)
	return fillAll(list, out)
}

func fillAll(list []C.edge_value_t, out []reflect.Value) error {
	if len(list) != len(out) {
		return newError(PhaseExecute, KindResultType, "%d values do not fit into %d results", len(list), len(out))
	}
	for i := range list {
		if err := decode(&list[i], out[i]); err != nil {
			return err
		}
	}
	return nil
}

// number are the types that travel in one slot.
type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// bindNumbers makes the function without reflection if its type is one of those that are known here.
func bindNumbers(f any, function *Function) bool {
	return bindNumber[int32](f, function) || bindNumber[int64](f, function) ||
		bindNumber[uint32](f, function) || bindNumber[uint64](f, function) ||
		bindNumber[float32](f, function) || bindNumber[float64](f, function) ||
		bindNumber[int8](f, function) || bindNumber[int16](f, function) ||
		bindNumber[uint8](f, function) || bindNumber[uint16](f, function)
}

func bindNumber[N number](f any, g *Function) bool {
	switch f := f.(type) {
	case *func() N:
		*f = func() N { return must[N](g.scalar(nil, 0, 0, 0, 0, 0)) }
	case *func(N) N:
		*f = func(a N) N { return must[N](g.scalar(nil, 1, slot(a), 0, 0, 0)) }
	case *func(N, N) N:
		*f = func(a, b N) N { return must[N](g.scalar(nil, 2, slot(a), slot(b), 0, 0)) }
	case *func(N, N, N) N:
		*f = func(a, b, c N) N { return must[N](g.scalar(nil, 3, slot(a), slot(b), slot(c), 0)) }
	case *func(N, N, N, N) N:
		*f = func(a, b, c, d N) N { return must[N](g.scalar(nil, 4, slot(a), slot(b), slot(c), slot(d))) }
	case *func(N):
		*f = func(a N) { must[N](g.scalar(nil, 1, slot(a), 0, 0, 0)) }
	case *func(N, N):
		*f = func(a, b N) { must[N](g.scalar(nil, 2, slot(a), slot(b), 0, 0)) }
	case *func(N) (N, error):
		*f = func(a N) (N, error) { return result[N](g.scalar(nil, 1, slot(a), 0, 0, 0)) }
	case *func(N, N) (N, error):
		*f = func(a, b N) (N, error) { return result[N](g.scalar(nil, 2, slot(a), slot(b), 0, 0)) }
	case *func(N, N, N) (N, error):
		*f = func(a, b, c N) (N, error) { return result[N](g.scalar(nil, 3, slot(a), slot(b), slot(c), 0)) }
	case *func(context.Context, N) (N, error):
		*f = func(ctx context.Context, a N) (N, error) { return result[N](g.scalar(ctx, 1, slot(a), 0, 0, 0)) }
	case *func(context.Context, N, N) (N, error):
		*f = func(ctx context.Context, a, b N) (N, error) {
			return result[N](g.scalar(ctx, 2, slot(a), slot(b), 0, 0))
		}
	case *func(context.Context, N, N, N) (N, error):
		*f = func(ctx context.Context, a, b, c N) (N, error) {
			return result[N](g.scalar(ctx, 3, slot(a), slot(b), slot(c), 0))
		}
	default:
		return false
	}
	return true
}

// scalar calls a function of n numbers in one crossing.
func (f *Function) scalar(ctx context.Context, n int, a, b, c, d uint64) (uint64, error) {
	if ctx != nil {
		if err := contextError(ctx, f.name); err != nil {
			return 0, err
		}
	}
	if f.vm.lease != nil {
		if err := f.vm.hold(); err != nil {
			return 0, err
		}
		defer f.vm.release()
	}
	scope := enter(f.vm.scopes, ctx)
	out := C.edgego_call_scalar(f.ptr, scope.raw(), C.size_t(n), C.uint64_t(a), C.uint64_t(b), C.uint64_t(c), C.uint64_t(d))
	runtime.KeepAlive(f)
	if out.error != nil {
		return 0, scope.explain(takeError(out.error))
	}
	runtime.KeepAlive(scope)
	if f.vm.forwarding {
		return uint64(out.value), f.vm.passOutput()
	}
	return uint64(out.value), nil
}

// slot is a number as slots have it: signed integers extended to 32 bits by their sign, all else by zeros.
func slot[N number](v N) uint64 {
	switch unsafe.Sizeof(v) {
	case 8:
		return *(*uint64)(unsafe.Pointer(&v))
	case 4:
		return uint64(*(*uint32)(unsafe.Pointer(&v)))
	default:
		return uint64(uint32(int32(v)))
	}
}

// result makes a number of a slot.
func result[N number](slot uint64, err error) (N, error) {
	// The processor is little endian: the first bytes are the number.
	return *(*N)(unsafe.Pointer(&slot)), err
}

// must is for functions that have no error to return.
func must[N number](slot uint64, err error) N {
	v, err := result[N](slot, err)
	if err != nil {
		panic(err)
	}
	return v
}
