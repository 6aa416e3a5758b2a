package edge

// #include "shim.h"
import "C"

import (
	"reflect"
	"unsafe"
)

// maxDepth is how deep Go values may nest: beyond is a pointer that leads back to itself.
const maxDepth = 256

// encodeArgs writes a call's arguments side by side.
func (a *arena) encodeArgs(args []any) (*C.edge_value_t, error) {
	values := a.values(len(args))
	slots := unsafe.Slice(values, len(args))
	for i := range slots {
		if err := a.encode(&slots[i], args[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// encode writes a Go value; dst is null before.
func (a *arena) encode(dst *C.edge_value_t, value any) error {
	switch v := value.(type) {
	case nil:
	case bool:
		put(dst, C.EDGE_VALUE_BOOL, v)
	case int:
		put(dst, C.EDGE_VALUE_I64, int64(v))
	case int8:
		put(dst, C.EDGE_VALUE_I8, v)
	case int16:
		put(dst, C.EDGE_VALUE_I16, v)
	case int32:
		put(dst, C.EDGE_VALUE_I32, v)
	case int64:
		put(dst, C.EDGE_VALUE_I64, v)
	case uint:
		put(dst, C.EDGE_VALUE_U64, uint64(v))
	case uint8:
		put(dst, C.EDGE_VALUE_U8, v)
	case uint16:
		put(dst, C.EDGE_VALUE_U16, v)
	case uint32:
		put(dst, C.EDGE_VALUE_U32, v)
	case uint64:
		put(dst, C.EDGE_VALUE_U64, v)
	case float32:
		put(dst, C.EDGE_VALUE_F32, v)
	case float64:
		put(dst, C.EDGE_VALUE_F64, v)
	case Char:
		put(dst, C.EDGE_VALUE_CHAR, v)
	case string:
		a.encodeString(dst, v)
	case []byte:
		storeSlice(a, dst, C.EDGE_VALUE_BYTES, v)
	case []any:
		return a.encodeList(dst, len(v), func(i int) any { return v[i] })
	case map[string]any:
		return encodeStringMap(a, dst, v)
	default:
		return a.encodeOther(dst, value)
	}
	return nil
}

func put[T any](dst *C.edge_value_t, kind C.edge_value_kind_t, v T) {
	dst.kind = kind
	*of[T](dst) = v
}

func (a *arena) encodeString(dst *C.edge_value_t, s string) {
	data := a.store(unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s)))
	put(dst, C.EDGE_VALUE_STRING, span{data, uintptr(len(s))})
}

func storeSlice[T any](a *arena, dst *C.edge_value_t, kind C.edge_value_kind_t, s []T) {
	data := a.store(unsafe.Pointer(unsafe.SliceData(s)), uintptr(len(s))*unsafe.Sizeof(*new(T)))
	put(dst, kind, span{data, uintptr(len(s))})
}

// encodeOther is for types that are rarer in arguments: other vectors, and what only reflection knows.
func (a *arena) encodeOther(dst *C.edge_value_t, value any) error {
	switch v := value.(type) {
	case []int8:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_I8, v)
	case []int16:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_I16, v)
	case []int32:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_I32, v)
	case []int64:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_I64, v)
	case []int:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_I64, v)
	case []uint16:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_U16, v)
	case []uint32:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_U32, v)
	case []uint64:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_U64, v)
	case []uint:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_U64, v)
	case []float32:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_F32, v)
	case []float64:
		storeSlice(a, dst, C.EDGE_VALUE_VEC_F64, v)
	case []string:
		return a.encodeList(dst, len(v), func(i int) any { return v[i] })
	case []Pair:
		return a.encodePairs(dst, v)
	case reflect.Value:
		return a.encodeReflect(dst, v)
	default:
		return a.encodeReflect(dst, reflect.ValueOf(value))
	}
	return nil
}

// encodeReflect goes by the kind of the type, so that named types are known too.
func (a *arena) encodeReflect(dst *C.edge_value_t, v reflect.Value) error {
	if a.depth++; a.depth > maxDepth {
		return argumentError("a value is nested deeper than %d, or contains itself", maxDepth)
	}
	defer func() { a.depth-- }()
	switch v.Kind() {
	case reflect.Bool:
		put(dst, C.EDGE_VALUE_BOOL, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		put(dst, C.EDGE_VALUE_I64, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		put(dst, C.EDGE_VALUE_U64, v.Uint())
	case reflect.Float32:
		put(dst, C.EDGE_VALUE_F32, float32(v.Float()))
	case reflect.Float64:
		put(dst, C.EDGE_VALUE_F64, v.Float())
	case reflect.String:
		a.encodeString(dst, v.String())
	case reflect.Slice, reflect.Array:
		return a.encodeSequence(dst, v)
	case reflect.Map:
		return a.encodeMap(dst, v)
	case reflect.Struct:
		return a.encodeStruct(dst, v)
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return a.encodeValue(dst, v.Elem())
	default:
		return argumentError("a %s cannot travel to a guest", v.Type())
	}
	return nil
}

// encodeValue prefers the ways without reflection.
func (a *arena) encodeValue(dst *C.edge_value_t, v reflect.Value) error {
	if v.CanInterface() && v.Type().PkgPath() == "" || v.Type() == reflect.TypeFor[Char]() {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Array, reflect.Struct:
		default:
			a.depth++
			defer func() { a.depth-- }()
			if a.depth > maxDepth {
				return argumentError("a value is nested deeper than %d, or contains itself", maxDepth)
			}
			return a.encode(dst, v.Interface())
		}
	}
	return a.encodeReflect(dst, v)
}

// sliceTypes are the slices that encode knows, by what they have as items.
var sliceTypes = map[reflect.Kind]reflect.Type{
	reflect.Int: reflect.TypeFor[[]int](), reflect.Int8: reflect.TypeFor[[]int8](), reflect.Int16: reflect.TypeFor[[]int16](),
	reflect.Int32: reflect.TypeFor[[]int32](), reflect.Int64: reflect.TypeFor[[]int64](), reflect.Uint: reflect.TypeFor[[]uint](),
	reflect.Uint8: reflect.TypeFor[[]uint8](), reflect.Uint16: reflect.TypeFor[[]uint16](),
	reflect.Uint32: reflect.TypeFor[[]uint32](), reflect.Uint64: reflect.TypeFor[[]uint64](),
	reflect.Float32: reflect.TypeFor[[]float32](), reflect.Float64: reflect.TypeFor[[]float64](),
}

func (a *arena) encodeSequence(dst *C.edge_value_t, v reflect.Value) error {
	if v.Kind() == reflect.Array {
		slice := reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), v.Len(), v.Len())
		reflect.Copy(slice, v)
		v = slice
	}
	if known, ok := sliceTypes[v.Type().Elem().Kind()]; ok && v.Type().Elem() != reflect.TypeFor[Char]() && v.CanConvert(known) {
		return a.encode(dst, v.Convert(known).Interface())
	}
	return a.encodeList(dst, v.Len(), func(i int) any { return v.Index(i) })
}

func (a *arena) encodeList(dst *C.edge_value_t, n int, item func(int) any) error {
	values := a.values(n)
	slots := unsafe.Slice(values, n)
	for i := range slots {
		if err := a.encodeItem(&slots[i], item(i)); err != nil {
			return err
		}
	}
	put(dst, C.EDGE_VALUE_LIST, span{unsafe.Pointer(values), uintptr(n)})
	return nil
}

// encodeItem is encode for what lies inside of another value.
func (a *arena) encodeItem(dst *C.edge_value_t, item any) error {
	if v, ok := item.(reflect.Value); ok {
		return a.encodeValue(dst, v)
	}
	if a.depth++; a.depth > maxDepth {
		return argumentError("a value is nested deeper than %d, or contains itself", maxDepth)
	}
	defer func() { a.depth-- }()
	return a.encode(dst, item)
}

// pairsAt gives n empty entries and makes dst a map of them.
func (a *arena) pairsAt(dst *C.edge_value_t, n int) []C.edge_pair_t {
	entries := unsafe.Pointer(a.values(2 * n))
	put(dst, C.EDGE_VALUE_MAP, span{entries, uintptr(n)})
	return unsafe.Slice((*C.edge_pair_t)(entries), n)
}

func encodeStringMap(a *arena, dst *C.edge_value_t, m map[string]any) error {
	entries, i := a.pairsAt(dst, len(m)), 0
	for key, value := range m {
		a.encodeString(&entries[i].key, key)
		if err := a.encodeItem(&entries[i].value, value); err != nil {
			return err
		}
		i++
	}
	return nil
}

func (a *arena) encodePairs(dst *C.edge_value_t, list []Pair) error {
	entries := a.pairsAt(dst, len(list))
	for i, pair := range list {
		if err := a.encodeItem(&entries[i].key, pair.Key); err != nil {
			return err
		}
		if err := a.encodeItem(&entries[i].value, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

func (a *arena) encodeMap(dst *C.edge_value_t, m reflect.Value) error {
	entries, i := a.pairsAt(dst, m.Len()), 0
	for it := m.MapRange(); it.Next(); i++ {
		if err := a.encodeValue(&entries[i].key, it.Key()); err != nil {
			return err
		}
		if err := a.encodeValue(&entries[i].value, it.Value()); err != nil {
			return err
		}
	}
	return nil
}

func (a *arena) encodeStruct(dst *C.edge_value_t, s reflect.Value) error {
	fields := fieldsOf(s.Type())
	entries, n := a.pairsAt(dst, len(fields)), 0
	for _, f := range fields {
		v := s.Field(f.index)
		if f.omitEmpty && v.IsZero() {
			continue
		}
		a.encodeString(&entries[n].key, f.name)
		if err := a.encodeValue(&entries[n].value, v); err != nil {
			return err
		}
		n++
	}
	of[span](dst).len = uintptr(n)
	return nil
}
