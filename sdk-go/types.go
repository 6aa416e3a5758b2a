package edge

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// ValType is the type of a core value.
type ValType uint32

// The types of core values.
const (
	I32       ValType = 1
	I64       ValType = 2
	F32       ValType = 3
	F64       ValType = 4
	V128      ValType = 5
	FuncRef   ValType = 6
	ExternRef ValType = 7
	ExnRef    ValType = 8
)

// String is the type's name in the text format.
func (t ValType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	case ExnRef:
		return "exnref"
	default:
		return fmt.Sprintf("type_%d", uint32(t))
	}
}

// Type is that of an import or export: a [FuncType], [MemoryType], [TableType], [GlobalType] or [TagType].
type Type interface {
	// String is the type in words.
	String() string
	raw() (*C.edge_type_t, error)
}

// FuncType is the type of a function.
type FuncType struct {
	// Params and Results are in order.
	Params, Results []ValType
}

// SizeLimits are those of a memory, in pages of 64 KiB, or of a table, in elements.
type SizeLimits struct {
	// Min is the size at first.
	Min uint64
	// Max is the size at most; nil for none.
	Max *uint64
	// Is64 says that indices have 64 bits.
	Is64 bool
}

// MemoryType is the type of a memory.
type MemoryType struct {
	SizeLimits
	// Shared says that threads share it, which wants a maximum: [NewSharedMemory] makes one.
	Shared bool
}

// TableType is the type of a table.
type TableType struct {
	// Element is [FuncRef] or [ExternRef].
	Element ValType
	SizeLimits
}

// GlobalType is the type of a global.
type GlobalType struct {
	// Content is what it holds.
	Content ValType
	// Mutable says whether it can be assigned.
	Mutable bool
}

// TagType is the type of an exception's tag.
type TagType struct {
	// Params are what the exception carries.
	Params []ValType
}

// String is the type in words.
func (t TagType) String() string { return describe(t) }

func (t TagType) raw() (*C.edge_type_t, error) {
	var raw *C.edge_type_t
	params := (*C.edge_valtype_t)(unsafe.Pointer(unsafe.SliceData(t.Params)))
	err := takeError(C.edge_type_tag(params, C.size_t(len(t.Params)), &raw))
	return raw, err
}

// String is the type in words.
func (t FuncType) String() string { return describe(t) }

// String is the type in words.
func (t MemoryType) String() string { return describe(t) }

// String is the type in words.
func (t TableType) String() string { return describe(t) }

// String is the type in words.
func (t GlobalType) String() string { return describe(t) }

func describe(t Type) string {
	raw, err := t.raw()
	if err != nil {
		return err.Error()
	}
	defer C.edge_type_free(raw)
	return viewString(C.edge_type_text(raw))
}

func (t FuncType) raw() (*C.edge_type_t, error) {
	var raw *C.edge_type_t
	err := takeError(C.edge_type_func((*C.edge_valtype_t)(unsafe.Pointer(unsafe.SliceData(t.Params))), C.size_t(len(t.Params)),
		(*C.edge_valtype_t)(unsafe.Pointer(unsafe.SliceData(t.Results))), C.size_t(len(t.Results)), &raw))
	return raw, err
}

// max is the maximum as C has it.
func (l SizeLimits) max() C.uint64_t {
	if l.Max == nil {
		return C.EDGE_NO_MAXIMUM
	}
	return C.uint64_t(*l.Max)
}

func (t MemoryType) raw() (*C.edge_type_t, error) {
	var raw *C.edge_type_t
	if t.Shared {
		err := takeError(C.edge_type_shared_memory(C.uint64_t(t.Min), t.max(), C.bool(t.Is64), &raw))
		return raw, err
	}
	if t.Is64 {
		err := takeError(C.edge_type_memory64(C.uint64_t(t.Min), t.max(), &raw))
		return raw, err
	}
	err := takeError(C.edge_type_memory(C.uint64_t(t.Min), t.max(), &raw))
	return raw, err
}

func (t TableType) raw() (*C.edge_type_t, error) {
	var raw *C.edge_type_t
	if t.Is64 {
		err := takeError(C.edge_type_table64(C.edge_valtype_t(t.Element), C.uint64_t(t.Min), t.max(), &raw))
		return raw, err
	}
	err := takeError(C.edge_type_table(C.edge_valtype_t(t.Element), C.uint64_t(t.Min), t.max(), &raw))
	return raw, err
}

func (t GlobalType) raw() (*C.edge_type_t, error) {
	var raw *C.edge_type_t
	err := takeError(C.edge_type_global(C.edge_valtype_t(t.Content), C.bool(t.Mutable), &raw))
	return raw, err
}

// takeType makes a Go type of the library's, which it frees.
func takeType(raw *C.edge_type_t) Type {
	defer C.edge_type_free(raw)
	content := ValType(C.edge_type_content(raw))
	switch C.edge_type_sort(raw) {
	case C.EDGE_SORT_FUNC:
		var nparams, nresults C.size_t
		params, results := C.edge_type_params(raw, &nparams), C.edge_type_results(raw, &nresults)
		return FuncType{valTypes(params, nparams), valTypes(results, nresults)}
	case C.EDGE_SORT_MEMORY:
		return MemoryType{limitsOf(raw), bool(C.edge_type_is_shared(raw))}
	case C.EDGE_SORT_TABLE:
		return TableType{content, limitsOf(raw)}
	case C.EDGE_SORT_TAG:
		var n C.size_t
		params := C.edge_type_params(raw, &n)
		return TagType{valTypes(params, n)}
	default:
		return GlobalType{content, bool(C.edge_type_is_mutable(raw))}
	}
}

func valTypes(list *C.edge_valtype_t, n C.size_t) []ValType {
	out := make([]ValType, n)
	copy(out, unsafe.Slice((*ValType)(unsafe.Pointer(list)), n))
	return out
}

func limitsOf(raw *C.edge_type_t) SizeLimits {
	var minimum, maximum C.uint64_t
	C.edge_type_limits(raw, &minimum, &maximum)
	limits := SizeLimits{Min: uint64(minimum), Is64: bool(C.edge_type_is_64(raw))}
	if maximum != C.EDGE_NO_MAXIMUM {
		limits.Max = (*uint64)(&maximum)
	}
	return limits
}
