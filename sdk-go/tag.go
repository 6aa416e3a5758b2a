package edge

// #include "shim.h"
import "C"

import (
	"fmt"
	"runtime"
)

// Tag is what sort of exception.
type Tag struct{ ptr *C.edge_tag_t }

func newTag(ptr *C.edge_tag_t) *Tag {
	return adopt(&Tag{ptr: ptr}, ptr, func(p *C.edge_tag_t) { C.edge_tag_free(p) })
}

// NewTag makes a tag in a store.
func NewTag(store *Store, ty TagType) (*Tag, error) {
	raw, err := ty.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_type_free(raw)
	defer runtime.KeepAlive(store)
	var ptr *C.edge_tag_t
	if err := takeError(C.edge_tag_new(store.ptr, raw, &ptr)); err != nil {
		return nil, err
	}
	return newTag(ptr), nil
}

// Type is the tag's: its parameters are what exceptions of the tag carry.
func (t *Tag) Type() TagType {
	defer runtime.KeepAlive(t)
	return takeType(C.edge_tag_type(t.ptr)).(TagType)
}

// Same tells whether both are one tag.
func (t *Tag) Same(other *Tag) bool {
	defer runtime.KeepAlive(t)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_tag_same(t.ptr, other.ptr))
}

// Tag is the exported tag name.
func (i *Instance) Tag(name string) (*Tag, error) {
	defer runtime.KeepAlive(i)
	var ptr *C.edge_tag_t
	data, size := stringArg(name)
	if err := takeError(C.edge_instance_tag(i.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newTag(ptr), nil
}

// Exception is one of WebAssembly's, thrown or not: what an exnref refers to.
type Exception struct{ ptr *C.edge_exnref_t }

func newException(ptr *C.edge_exnref_t) *Exception {
	return adopt(&Exception{ptr: ptr}, ptr, func(p *C.edge_exnref_t) { C.edge_exnref_free(p) })
}

// NewException makes an exception of a tag with the values that it carries. [Throw] throws it.
func NewException(store *Store, tag *Tag, values ...any) (*Exception, error) {
	params := tag.Type().Params
	if len(values) != len(params) {
		return nil, newError(PhaseExecute, KindArgumentCount, "exceptions of the %s carry %d values, %d were given",
			tag.Type(), len(params), len(values))
	}
	in := newVals(len(values))
	defer in.release()
	for i, value := range values {
		if err := in.set(i, params[i], value); err != nil {
			return nil, err
		}
	}
	defer runtime.KeepAlive(store)
	defer runtime.KeepAlive(tag)
	var ptr *C.edge_exnref_t
	if err := takeError(C.edge_exnref_new(store.ptr, tag.ptr, in.ptr, C.size_t(len(values)), &ptr)); err != nil {
		return nil, err
	}
	return newException(ptr), nil
}

// Tag is the exception's.
func (e *Exception) Tag() *Tag {
	defer runtime.KeepAlive(e)
	return newTag(C.edge_exnref_tag(e.ptr))
}

// Values are what the exception carries.
func (e *Exception) Values() ([]any, error) {
	defer runtime.KeepAlive(e)
	values := make([]any, len(e.Tag().Type().Params))
	for i := range values {
		var value C.edge_val_t
		if err := takeError(C.edge_exnref_value(e.ptr, C.size_t(i), &value)); err != nil {
			return nil, err
		}
		values[i] = takeVal(&value)
	}
	return values, nil
}

// Same tells whether both are one exception.
func (e *Exception) Same(other *Exception) bool {
	defer runtime.KeepAlive(e)
	defer runtime.KeepAlive(other)
	return other != nil && bool(C.edge_exnref_same(e.ptr, other.ptr))
}

// thrown is what Throw makes.
type thrown struct{ exception *Exception }

func (t *thrown) Error() string {
	return fmt.Sprintf("an exception of the %s", t.exception.Tag().Type())
}

// Throw makes what a host function returns to throw an exception into the guest that called it. What the guest does not catch
// travels to the caller, as [KindUncaughtException].
func Throw(exception *Exception) error { return &thrown{exception} }

// Exception is what no guest caught, when Kind is [KindUncaughtException], else nil.
func (e *Error) Exception() *Exception { return e.exception }
