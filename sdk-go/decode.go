package edge

// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"unsafe"
)

// decodeAny copies a value out, into Go's own types.
func decodeAny(v *C.edge_value_t) any {
	switch v.kind {
	case C.EDGE_VALUE_BOOL:
		return *of[bool](v)
	case C.EDGE_VALUE_I8:
		return *of[int8](v)
	case C.EDGE_VALUE_I16:
		return *of[int16](v)
	case C.EDGE_VALUE_I32:
		return *of[int32](v)
	case C.EDGE_VALUE_I64:
		return *of[int64](v)
	case C.EDGE_VALUE_U8:
		return *of[uint8](v)
	case C.EDGE_VALUE_U16:
		return *of[uint16](v)
	case C.EDGE_VALUE_U32:
		return *of[uint32](v)
	case C.EDGE_VALUE_U64:
		return *of[uint64](v)
	case C.EDGE_VALUE_F32:
		return *of[float32](v)
	case C.EDGE_VALUE_F64:
		return *of[float64](v)
	case C.EDGE_VALUE_CHAR:
		return *of[Char](v)
	case C.EDGE_VALUE_STRING:
		return strings.Clone(text(v))
	case C.EDGE_VALUE_LIST, C.EDGE_VALUE_TUPLE:
		return decodeList(v)
	case C.EDGE_VALUE_MAP:
		return decodeMap(v)
	default:
		return decodeVector(v)
	}
}

func copied[T any](v *C.edge_value_t) []T {
	s := of[span](v)
	// append, since make would clear the memory first.
	return append([]T{}, unsafe.Slice((*T)(s.data), s.len)...)
}

func decodeVector(v *C.edge_value_t) any {
	switch v.kind {
	case C.EDGE_VALUE_BYTES:
		return copied[byte](v)
	case C.EDGE_VALUE_VEC_I8:
		return copied[int8](v)
	case C.EDGE_VALUE_VEC_I16:
		return copied[int16](v)
	case C.EDGE_VALUE_VEC_I32:
		return copied[int32](v)
	case C.EDGE_VALUE_VEC_I64:
		return copied[int64](v)
	case C.EDGE_VALUE_VEC_U16:
		return copied[uint16](v)
	case C.EDGE_VALUE_VEC_U32:
		return copied[uint32](v)
	case C.EDGE_VALUE_VEC_U64:
		return copied[uint64](v)
	case C.EDGE_VALUE_VEC_F32:
		return copied[float32](v)
	case C.EDGE_VALUE_VEC_F64:
		return copied[float64](v)
	default:
		return nil
	}
}

func decodeList(v *C.edge_value_t) []any {
	list := items(v)
	out := make([]any, len(list))
	for i := range list {
		out[i] = decodeAny(&list[i])
	}
	return out
}

// decodeMap gives map[string]any if all keys are strings, map[any]any if Go can have them as keys, else []Pair.
func decodeMap(v *C.edge_value_t) any {
	entries := pairs(v)
	named, hashable := true, true
	for i := range entries {
		named = named && entries[i].key.kind == C.EDGE_VALUE_STRING
		hashable = hashable && entries[i].key.kind <= C.EDGE_VALUE_STRING
	}
	switch {
	case named:
		out := make(map[string]any, len(entries))
		for i := range entries {
			out[strings.Clone(text(&entries[i].key))] = decodeAny(&entries[i].value)
		}
		return out
	case hashable:
		out := make(map[any]any, len(entries))
		for i := range entries {
			out[decodeAny(&entries[i].key)] = decodeAny(&entries[i].value)
		}
		return out
	default:
		out := make([]Pair, len(entries))
		for i := range entries {
			out[i] = Pair{decodeAny(&entries[i].key), decodeAny(&entries[i].value)}
		}
		return out
	}
}

// decodeTo copies a value into a Go variable of any type; the common ones without reflection.
func decodeTo[T any](v *C.edge_value_t, dst *T) error {
	switch p := any(dst).(type) {
	case *any:
		*p = decodeAny(v)
		return nil
	case *string:
		if v.kind == C.EDGE_VALUE_STRING {
			*p = strings.Clone(text(v))
			return nil
		}
	case *[]byte:
		if v.kind == C.EDGE_VALUE_BYTES {
			*p = copied[byte](v)
			return nil
		}
	case *int32:
		if v.kind == C.EDGE_VALUE_I32 {
			*p = *of[int32](v)
			return nil
		}
	}
	return decode(v, reflect.ValueOf(dst).Elem())
}

// mismatch is what is wrong with a value that does not fit into a Go type.
func mismatch(v *C.edge_value_t, t reflect.Type) error {
	return fmt.Errorf("%s does not fit into %s", kindWords[v.kind], t)
}

// decode copies a value into dst, whose type says what is wanted.
func decode(v *C.edge_value_t, dst reflect.Value) error {
	t := dst.Type()
	if v.kind == C.EDGE_VALUE_NULL {
		return decodeNull(dst)
	}
	switch t.Kind() {
	case reflect.Interface:
		value := reflect.ValueOf(decodeAny(v))
		if !value.Type().AssignableTo(t) {
			return mismatch(v, t)
		}
		dst.Set(value)
		return nil
	case reflect.Pointer:
		target := reflect.New(t.Elem())
		if err := decode(v, target.Elem()); err != nil {
			return err
		}
		dst.Set(target)
		return nil
	case reflect.Struct:
		return decodeStruct(v, dst)
	case reflect.Map:
		return decodeMapTo(v, dst)
	case reflect.Slice, reflect.Array:
		return decodeSequence(v, dst)
	}
	switch v.kind {
	case C.EDGE_VALUE_BOOL:
		if t.Kind() == reflect.Bool {
			dst.SetBool(*of[bool](v))
			return nil
		}
	case C.EDGE_VALUE_STRING:
		if t.Kind() == reflect.String {
			dst.SetString(strings.Clone(text(v)))
			return nil
		}
	}
	if v.kind >= C.EDGE_VALUE_I8 && v.kind <= C.EDGE_VALUE_CHAR {
		return setNumber(reflect.ValueOf(decodeAny(v)), dst)
	}
	return mismatch(v, t)
}

func decodeNull(dst reflect.Value) error {
	switch dst.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		dst.SetZero()
		return nil
	case reflect.Struct:
		if dst.NumField() == 0 {
			return nil
		}
	}
	return fmt.Errorf("None does not fit into %s; a pointer to it, or any, can hold it", dst.Type())
}

// setNumber assigns a number to one of another type, if it is in range.
func setNumber(from, dst reflect.Value) error {
	fits := false
	switch {
	case from.CanFloat() && dst.CanFloat():
		if fits = from.Kind() == reflect.Float32 || dst.Kind() == reflect.Float64; fits {
			dst.SetFloat(from.Float())
		}
	case from.CanInt() && dst.CanInt():
		if fits = !dst.OverflowInt(from.Int()); fits {
			dst.SetInt(from.Int())
		}
	case from.CanInt() && dst.CanUint():
		if fits = from.Int() >= 0 && !dst.OverflowUint(uint64(from.Int())); fits {
			dst.SetUint(uint64(from.Int()))
		}
	case from.CanUint() && dst.CanInt():
		if fits = from.Uint() <= math.MaxInt64 && !dst.OverflowInt(int64(from.Uint())); fits {
			dst.SetInt(int64(from.Uint()))
		}
	case from.CanUint() && dst.CanUint():
		if fits = !dst.OverflowUint(from.Uint()); fits {
			dst.SetUint(from.Uint())
		}
	case from.Type() == reflect.TypeFor[Char]() && dst.Kind() == reflect.String:
		dst.SetString(string(rune(from.Int())))
		fits = true
	}
	if !fits {
		return fmt.Errorf("the %s %v does not fit into %s", from.Type(), from, dst.Type())
	}
	return nil
}

func decodeStruct(v *C.edge_value_t, dst reflect.Value) error {
	if v.kind != C.EDGE_VALUE_MAP {
		return mismatch(v, dst.Type())
	}
	entries := pairs(v)
	for i := range entries {
		if entries[i].key.kind != C.EDGE_VALUE_STRING {
			return fmt.Errorf("a map with other keys than strings does not fit into %s", dst.Type())
		}
		name := text(&entries[i].key)
		for _, f := range fieldsOf(dst.Type()) {
			if f.name != name {
				continue
			}
			if err := decode(&entries[i].value, dst.Field(f.index)); err != nil {
				return fmt.Errorf("field %s: %w", name, err)
			}
		}
	}
	return nil
}

func decodeMapTo(v *C.edge_value_t, dst reflect.Value) error {
	t := dst.Type()
	if v.kind != C.EDGE_VALUE_MAP {
		return mismatch(v, t)
	}
	entries := pairs(v)
	out := reflect.MakeMapWithSize(t, len(entries))
	for i := range entries {
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := decode(&entries[i].key, key); err != nil {
			return fmt.Errorf("a key: %w", err)
		}
		if !key.Comparable() {
			return fmt.Errorf("a key: %s cannot be a key of %s", kindWords[entries[i].key.kind], t)
		}
		if err := decode(&entries[i].value, value); err != nil {
			return fmt.Errorf("[%v]: %w", key, err)
		}
		out.SetMapIndex(key, value)
	}
	dst.Set(out)
	return nil
}

func decodeSequence(v *C.edge_value_t, dst reflect.Value) error {
	t := dst.Type()
	switch {
	case v.kind == C.EDGE_VALUE_LIST || v.kind == C.EDGE_VALUE_TUPLE:
		list := items(v)
		return fill(dst, len(list), func(i int, item reflect.Value) error { return decode(&list[i], item) })
	case v.kind >= C.EDGE_VALUE_BYTES && v.kind <= C.EDGE_VALUE_VEC_F64:
		vector := reflect.ValueOf(decodeVector(v))
		if vector.Type() == t {
			dst.Set(vector)
			return nil
		}
		return fill(dst, vector.Len(), func(i int, item reflect.Value) error {
			if item.Kind() == reflect.Interface && item.NumMethod() == 0 {
				item.Set(vector.Index(i))
				return nil
			}
			return setNumber(vector.Index(i), item)
		})
	case v.kind == C.EDGE_VALUE_MAP && t == reflect.TypeFor[[]Pair]():
		entries := pairs(v)
		return fill(dst, len(entries), func(i int, item reflect.Value) error {
			item.Set(reflect.ValueOf(Pair{decodeAny(&entries[i].key), decodeAny(&entries[i].value)}))
			return nil
		})
	default:
		return mismatch(v, t)
	}
}

// fill sets all n items of a slice or an array.
func fill(dst reflect.Value, n int, set func(int, reflect.Value) error) error {
	if dst.Kind() == reflect.Slice {
		dst.Set(reflect.MakeSlice(dst.Type(), n, n))
	} else if dst.Len() != n {
		return fmt.Errorf("%d items do not fit into %s", n, dst.Type())
	}
	for i := range n {
		if err := set(i, dst.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}
