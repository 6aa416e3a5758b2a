package edge

// #include "shim.h"
import "C"

import (
	"math"
	"reflect"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Core values are int32, int64, float32, float64, [16]byte (a v128, lane 0 first), *Func, *Exception for exnref, and for externref any
// Go value; nil is the null reference.

// valOf is the union of a core value.
func valOf[T any](v *C.edge_val_t) *T { return (*T)(unsafe.Pointer(&v.of)) }

// vals are core values on their way to C: in C memory, since some hold handles that others own.
type vals struct {
	arena *arena
	ptr   *C.edge_val_t
	list  []C.edge_val_t
	// owned are references made for these values alone.
	owned []*C.edge_externref_t
	// kept are Go objects whose handles are inside.
	kept []any
}

func newVals(n int) *vals {
	a := newArena()
	v := &vals{arena: a}
	size := uintptr(n) * unsafe.Sizeof(C.edge_val_t{})
	v.ptr = (*C.edge_val_t)(a.alloc(size))
	v.list = unsafe.Slice(v.ptr, n)
	clear(v.list)
	return v
}

func (v *vals) release() {
	for _, ref := range v.owned {
		C.edge_externref_free(ref)
	}
	runtime.KeepAlive(v.kept)
	v.arena.release()
}

// set writes a Go value as a core value of the type.
func (v *vals) set(i int, ty ValType, value any) error {
	dst := &v.list[i]
	dst.kind = C.edge_valtype_t(ty)
	switch ty {
	case FuncRef:
		f, ok := value.(*Func)
		if value != nil && !ok {
			return argumentError("value %d must be a *edge.Func or nil for a funcref, not %T", i+1, value)
		}
		if f != nil {
			*valOf[*C.edge_func_t](dst) = f.ptr
			v.kept = append(v.kept, f)
		}
		return nil
	case ExternRef:
		return v.setExternref(dst, value)
	case ExnRef:
		e, ok := value.(*Exception)
		if value != nil && !ok {
			return argumentError("value %d must be a *edge.Exception or nil for an exnref, not %T", i+1, value)
		}
		if e != nil {
			*valOf[*C.edge_exnref_t](dst) = e.ptr
			v.kept = append(v.kept, e)
		}
		return nil
	case V128:
		lanes, ok := value.([16]byte)
		if !ok {
			return argumentError("value %d must be a [16]byte for a v128, not %T", i+1, value)
		}
		*valOf[[16]byte](dst) = lanes
		return nil
	default:
		return setCoreNumber(dst, ty, value, i)
	}
}

func (v *vals) setExternref(dst *C.edge_val_t, value any) error {
	if value == nil {
		return nil
	}
	var ref *C.edge_externref_t
	if err := takeError(C.edgego_externref_new(C.uintptr_t(cgo.NewHandle(value)), &ref)); err != nil {
		return err
	}
	*valOf[*C.edge_externref_t](dst) = ref
	v.owned = append(v.owned, ref)
	return nil
}

// setCoreNumber takes every integer in range, signed or not, for the integer types: they have no sign.
func setCoreNumber(dst *C.edge_val_t, ty ValType, value any, i int) error {
	r := reflect.ValueOf(value)
	switch {
	case ty == F32 && r.Kind() == reflect.Float32:
		*valOf[float32](dst) = float32(r.Float())
		return nil
	case ty == F64 && r.Kind() == reflect.Float64:
		*valOf[float64](dst) = r.Float()
		return nil
	case (ty == I32 || ty == I64) && r.IsValid() && r.CanInt():
		if n := r.Int(); ty == I64 || n >= math.MinInt32 && n <= math.MaxInt32 {
			*valOf[int64](dst) = n
			return nil
		}
		return argumentError("value %d is out of range for an i32: %v", i+1, value)
	case (ty == I32 || ty == I64) && r.IsValid() && r.CanUint():
		if n := r.Uint(); ty == I64 || n <= math.MaxUint32 {
			*valOf[uint64](dst) = n
			return nil
		}
		return argumentError("value %d is out of range for an i32: %v", i+1, value)
	}
	return argumentError("value %d must be an %s, not %T", i+1, ty, value)
}

// takeVal makes a Go value of a core value, whose handle it takes over.
func takeVal(v *C.edge_val_t) any {
	defer C.edge_val_free(v)
	return readVal(v)
}

// readVal makes a Go value of a core value that stays what it is.
func readVal(v *C.edge_val_t) any {
	switch ValType(v.kind) {
	case I32:
		return *valOf[int32](v)
	case I64:
		return *valOf[int64](v)
	case F32:
		return *valOf[float32](v)
	case F64:
		return *valOf[float64](v)
	case V128:
		return *valOf[[16]byte](v)
	case FuncRef:
		if f := *valOf[*C.edge_func_t](v); f != nil {
			return newFunc(C.edge_func_clone(f))
		}
	case ExternRef:
		if ref := *valOf[*C.edge_externref_t](v); ref != nil {
			if h := C.edgego_externref_handle(ref); h != 0 {
				return cgo.Handle(h).Value()
			}
		}
	case ExnRef:
		if e := *valOf[*C.edge_exnref_t](v); e != nil {
			return newException(C.edge_exnref_clone(e))
		}
	}
	return nil
}
