package edge

// #include "shim.h"
import "C"

import (
	"reflect"
	"strings"
	"sync"
	"unicode"
	"unsafe"
)

// Char is a Unicode scalar value, Rust's char. It is not a rune since that is an int32, which guests have too.
type Char rune

// String is the character as a text.
func (c Char) String() string { return string(rune(c)) }

// Pair is an entry of a map whose keys Go cannot have in a map, tuples for instance: those arrive as []Pair.
type Pair struct {
	// Key leads to Value.
	Key, Value any
}

const valueSize = unsafe.Sizeof(C.edge_value_t{})

// span is what strings, bytes, vectors, lists and maps look like inside of a value.
type span struct {
	data unsafe.Pointer
	len  uintptr
}

// of is a member of a value's union.
func of[T any](v *C.edge_value_t) *T { return (*T)(unsafe.Pointer(&v.of)) }

// items are the values of a list or a tuple.
func items(v *C.edge_value_t) []C.edge_value_t {
	s := of[span](v)
	return unsafe.Slice((*C.edge_value_t)(s.data), s.len)
}

// pairs are the entries of a map.
func pairs(v *C.edge_value_t) []C.edge_pair_t {
	s := of[span](v)
	return unsafe.Slice((*C.edge_pair_t)(s.data), s.len)
}

// text is the string that a value holds, without a copy.
func text(v *C.edge_value_t) string {
	s := of[span](v)
	return unsafe.String((*byte)(s.data), s.len)
}

// kindWords are for error messages.
var kindWords = [...]string{
	C.EDGE_VALUE_NULL: "nothing", C.EDGE_VALUE_BOOL: "a bool", C.EDGE_VALUE_I8: "an i8", C.EDGE_VALUE_I16: "an i16",
	C.EDGE_VALUE_I32: "an i32", C.EDGE_VALUE_I64: "an i64", C.EDGE_VALUE_U8: "a u8", C.EDGE_VALUE_U16: "a u16",
	C.EDGE_VALUE_U32: "a u32", C.EDGE_VALUE_U64: "a u64", C.EDGE_VALUE_F32: "an f32", C.EDGE_VALUE_F64: "an f64",
	C.EDGE_VALUE_CHAR: "a char", C.EDGE_VALUE_STRING: "a string", C.EDGE_VALUE_BYTES: "bytes",
	C.EDGE_VALUE_VEC_I8: "a vector of i8", C.EDGE_VALUE_VEC_I16: "a vector of i16", C.EDGE_VALUE_VEC_I32: "a vector of i32",
	C.EDGE_VALUE_VEC_I64: "a vector of i64", C.EDGE_VALUE_VEC_U16: "a vector of u16", C.EDGE_VALUE_VEC_U32: "a vector of u32",
	C.EDGE_VALUE_VEC_U64: "a vector of u64", C.EDGE_VALUE_VEC_F32: "a vector of f32", C.EDGE_VALUE_VEC_F64: "a vector of f64",
	C.EDGE_VALUE_LIST: "a list", C.EDGE_VALUE_TUPLE: "a tuple", C.EDGE_VALUE_MAP: "a map",
}

// field is a field of a Go struct as guests know it.
type field struct {
	name      string
	index     int
	omitEmpty bool
}

var fieldCache sync.Map // reflect.Type to []field

// fieldsOf lists the fields of a struct type that travel.
func fieldsOf(t reflect.Type) []field {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("edge"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = snake(f.Name)
		}
		fields = append(fields, field{name, i, options == "omitempty"})
	}
	fieldCache.Store(t, fields)
	return fields
}

// snake turns MaxWidth into max_width, and URLPath into url_path.
func snake(name string) string {
	var out strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if unicode.IsUpper(r) && i > 0 && letters[i-1] != '_' {
			next := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if !unicode.IsUpper(letters[i-1]) || next {
				out.WriteByte('_')
			}
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
