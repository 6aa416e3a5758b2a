package edge

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"strings"
	"syscall"
	"unsafe"
)

// Kind is what went wrong. It is an error itself, so that errors.Is(err, edge.KindStackOverflow) asks for it.
type Kind uint32

// Error is the kind's name, for instance stack_overflow.
func (k Kind) Error() string { return k.String() }

// String is the kind's name, the same in every language.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind_%d", uint32(k))
}

// Phase is the step that failed.
type Phase uint32

// String is the phase's name, the same in every language.
func (p Phase) String() string {
	if name, ok := phaseNames[p]; ok {
		return name
	}
	return fmt.Sprintf("phase_%d", uint32(p))
}

// Frame is one frame of guest code in a backtrace.
type Frame struct {
	// Function is demangled; Module is empty when it has no name.
	Function, Module string
	// File and Line are empty and 0 where the module carries no debug information.
	File string
	Line int
	// FuncIndex is the function's index in its module.
	FuncIndex uint32
	// Offset is that of the instruction in the module's bytes, -1 when it is not known.
	Offset int64
}

// String is the frame on one line.
func (f Frame) String() string {
	text := f.Function
	if f.Module != "" {
		text = f.Module + "!" + text
	}
	if f.File != "" {
		return fmt.Sprintf("%s (%s:%d)", text, f.File, f.Line)
	}
	if f.Offset >= 0 {
		return fmt.Sprintf("%s (+%#x)", text, f.Offset)
	}
	return text
}

// Error is the one error of this package.
type Error struct {
	// Phase is the step that failed.
	Phase Phase
	// Kind is what went wrong.
	Kind Kind
	// Message is one sentence for a person.
	Message string
	// Backtrace has the guest's frames, innermost first.
	Backtrace []Frame
	// Value is the typed value of a guest's Err, when Kind is KindGuestError.
	Value any
	// ExitCode is the guest's, when Kind is KindGuestExit.
	ExitCode int
	// Code is what a host function gave its error by [WithCode], 0 where there is none.
	Code int64

	cause     error
	exception *Exception
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is the very error that a host function returned, a [*PanicError] when it panicked, the context's error, or the
// system's (a syscall.Errno, so that errors.Is(err, fs.ErrNotExist) asks for a file that is missing).
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is this error's [Kind].
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// Format prints the backtrace too for %+v.
func (e *Error) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'v' && f.Flag('+'):
		fmt.Fprintf(f, "%s: %s: %s", e.Phase, e.Kind, e.Message)
		for _, frame := range e.Backtrace {
			fmt.Fprintf(f, "\n    at %s", frame)
		}
	case verb == 'q':
		fmt.Fprintf(f, "%q", e.Message)
	default:
		fmt.Fprint(f, e.Message)
	}
}

// PanicError is a panic in a host function, on its way to whoever called the guest.
type PanicError struct {
	// Value is what was passed to panic.
	Value any
	// Stack is that of the goroutine when it panicked.
	Stack []byte
}

// Error is the panic's text.
func (e *PanicError) Error() string { return fmt.Sprintf("panic in a host function: %v", e.Value) }

// Unwrap is the panic's value, if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// valueError is what Err makes.
type valueError struct{ value any }

func (e *valueError) Error() string { return fmt.Sprint(e.value) }

// Err makes the typed error of a host function that the guest declared as Result<_, E>: value is the E. Where the
// guest declared no Result, it travels to the caller. For an E that is a string, any error will do.
func Err(value any) error { return &valueError{value} }

// ErrTerminate is what a host function returns to end the guest early and on purpose. The call ends with [KindTerminated], for which
// errors.Is(err, edge.ErrTerminate) asks, too. A guest with bindgen functions needs [Vm.Reset] afterwards, any other goes on to work.
var ErrTerminate error = KindTerminated

// codeError is what WithCode makes.
type codeError struct {
	code int64
	err  error
}

func (e *codeError) Error() string { return e.err.Error() }
func (e *codeError) Unwrap() error { return e.err }

// WithCode gives the error of a host function a code, which the caller finds in [Error].Code.
func WithCode(code int64, err error) error { return &codeError{code, err} }

func newError(phase Phase, kind Kind, format string, args ...any) *Error {
	return &Error{Phase: phase, Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// argumentError is for arguments that are refused before the library sees them.
func argumentError(format string, args ...any) *Error {
	return newError(PhaseExecute, KindArgumentType, format, args...)
}

// takeError makes a Go error of the library's, which it frees; nil for NULL.
func takeError(raw *C.edge_error_t) error {
	if raw == nil {
		return nil
	}
	defer C.edge_error_free(raw)
	var info C.edgego_error_t
	C.edgego_error_read(raw, &info)
	err := &Error{
		Code:     int64(info.code),
		Phase:    Phase(info.phase),
		Kind:     Kind(info.kind),
		Message:  viewString(info.message),
		ExitCode: int(info.exit_code),
	}
	if info.value != nil {
		err.Value = decodeAny(info.value)
	}
	if info.payload != 0 {
		err.cause, _ = cgo.Handle(info.payload).Value().(error)
	} else if info.os_code != 0 {
		err.cause = syscall.Errno(info.os_code)
	}
	if err.Kind == KindUncaughtException {
		err.exception = newException(C.edge_error_exception(raw))
	}
	err.Backtrace = frames(raw, int(info.frames))
	return err
}

func frames(raw *C.edge_error_t, count int) []Frame {
	if count == 0 {
		return nil
	}
	out := make([]Frame, 0, count)
	for i := range count {
		var frame C.edge_frame_t
		if !C.edge_error_backtrace_frame(raw, C.size_t(i), &frame) {
			break
		}
		out = append(out, Frame{
			Function:  viewString(frame.function),
			Module:    viewString(frame.module),
			File:      viewString(frame.file),
			Line:      int(frame.line),
			FuncIndex: uint32(frame.func_index),
			Offset:    int64(frame.module_offset),
		})
	}
	return out
}

// giveFailure makes the library's error of what a host function returned, nil for none. The error is the application's: asking it for
// its text may panic, which must not unwind through the library either.
func giveFailure(err error) (failed *C.edge_error_t) {
	if err == nil {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			failed = giveError(&PanicError{value, debug.Stack()})
		}
	}()
	return giveError(err)
}

func giveError(err error) *C.edge_error_t {
	var typed *valueError
	if errors.As(err, &typed) {
		return giveValueError(typed)
	}
	var exception *thrown
	if errors.As(err, &exception) {
		defer runtime.KeepAlive(exception)
		return C.edge_throw(exception.exception.ptr)
	}
	kind := Kind(0)
	if errors.Is(err, ErrTerminate) {
		kind = KindTerminated
	}
	// An error of a call that the host function made itself goes on as what it is, but for those whose data stay with the Error.
	if failed, ok := err.(*Error); ok && failed.Kind != KindGuestError && failed.Kind != KindGuestExit {
		kind = failed.Kind
	}
	var panicked *PanicError
	if errors.As(err, &panicked) {
		kind = KindHostPanic
	}
	message := strings.ToValidUTF8(err.Error(), "\uFFFD")
	data, size := stringArg(message)
	var coded *codeError
	if (kind == 0 || kind == KindHostError) && errors.As(err, &coded) {
		return C.edgego_error_new_code(C.int64_t(coded.code), data, size, C.uintptr_t(cgo.NewHandle(err)))
	}
	return C.edgego_error_new(C.edge_kind_t(kind), data, size, C.uintptr_t(cgo.NewHandle(err)))
}

func giveValueError(typed *valueError) *C.edge_error_t {
	a := newArena()
	defer a.release()
	value := a.values(1)
	if failed := a.encode(value, typed.value); failed != nil {
		return giveError(fmt.Errorf("the value of an error cannot travel: %w", failed))
	}
	var out *C.edge_error_t
	if failed := C.edge_error_new_value(value, &out); failed != nil {
		return failed
	}
	return out
}

// viewString copies a view out.
func viewString(view C.edge_view_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(view.data)), int(view.len)))
}

// stringArg is a string as the two arguments that functions take for a text. It must be kept alive by the call itself.
func stringArg(text string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
}

// bytesArg is the same for bytes.
func bytesArg(data []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(data))), C.size_t(len(data))
}
