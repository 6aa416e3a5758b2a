package edge

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"unsafe"
	"weak"
)

// Vm is a module with its store, its WASI and its limits: the easy door. It may be used from several goroutines.
type Vm struct {
	// ptr may be used between hold and release.
	ptr *C.edge_vm_t
	// lease is set for a VM that a pool has lent.
	lease *lease
	// functions has those that were called by name: string to *Function.
	functions sync.Map
	// streams is held while output is passed on.
	streams        sync.Mutex
	stdout, stderr *forward
	forwarding     bool
	// scopes has what the library knows of the last call's context.
	scopes *scopes
}

// Load loads a module from source, a path (string; `.wat` is the text format, all else binary), bytes or a [*Module],
// and makes an instance of it.
func Load(source any, options ...Option) (*Vm, error) {
	s, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	if source, err = s.prepared(source); err != nil {
		return nil, err
	}
	raw, hosts, err := s.raw()
	if err != nil {
		return nil, err
	}
	defer C.edge_options_free(raw)
	var ptr *C.edge_vm_t
	err = s.within(func() (err error) {
		ptr, err = load(source, raw)
		return err
	})
	if err != nil {
		return nil, err
	}
	vm := newVm(ptr)
	vm.forwardTo(s.wasi, false)
	// The library keeps host functions, and those must not keep the VM.
	known := weak.Make(vm)
	for _, host := range hosts {
		host.attach(func(*HostCall) *Vm { return known.Value() })
	}
	return vm, vm.passOutput()
}

func newVm(ptr *C.edge_vm_t) *Vm {
	vm := &Vm{ptr: ptr, scopes: new(scopes)}
	return adopt(vm, ptr, func(p *C.edge_vm_t) { C.edge_vm_free(p) })
}

// hold begins the use of the library's handles, which release ends. It fails when the VM was lent by a pool and has gone back.
func (vm *Vm) hold() error {
	if vm.lease != nil && !vm.lease.enter() {
		return newError(PhaseExecute, KindClosed, "the VM has been given back to its pool")
	}
	return nil
}

func (vm *Vm) release() {
	if vm.lease != nil {
		vm.lease.leave()
	}
	runtime.KeepAlive(vm)
}

func load(source any, options *C.edge_options_t) (ptr *C.edge_vm_t, err error) {
	switch source := source.(type) {
	case string:
		path, size := stringArg(source)
		err = takeError(C.edge_vm_load(path, size, options, &ptr))
	case []byte:
		data, size := bytesArg(source)
		err = takeError(C.edge_vm_load_bytes(data, size, options, &ptr))
	case *Module:
		err = takeError(C.edge_vm_load_module(source.ptr, options, &ptr))
		runtime.KeepAlive(source)
	default:
		err = argumentError("edge.Load takes a path (string), bytes ([]byte) or a *edge.Module, not %T", source)
	}
	return ptr, err
}

// Run calls the guest function name with native values. Several results of a plain export are a []any.
//
// The call ends when ctx does, within some milliseconds, with [KindCancelled] or [KindDeadlineExceeded], whose cause is the
// context's error. A guest with bindgen functions needs [Vm.Reset] afterwards, any other goes on to work.
func (vm *Vm) Run(ctx context.Context, name string, args ...any) (any, error) {
	function, err := vm.Function(name)
	if err != nil {
		return nil, err
	}
	return function.Call(ctx, args...)
}

// Call calls the guest function name and makes its result a T: any type that the result fits, structs with tags included.
func Call[T any](ctx context.Context, vm *Vm, name string, args ...any) (T, error) {
	var result T
	function, err := vm.Function(name)
	if err != nil {
		return result, err
	}
	err = function.call(ctx, args, func(value *C.edge_value_t) error { return decodeTo(value, &result) })
	return result, err
}

// Function resolves a guest function once, for calls without a look-up. It goes on working after Reset.
func (vm *Vm) Function(name string) (*Function, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	if found, ok := vm.functions.Load(name); ok {
		return found.(*Function), nil
	}
	var ptr *C.edge_function_t
	data, size := stringArg(name)
	if err := takeError(C.edge_vm_function(vm.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	found, _ := vm.functions.LoadOrStore(name, newFunction(vm, ptr))
	return found.(*Function), nil
}

// Exports lists the functions that the guest has to call: those of bindgen if it has any, else its plain exports.
func (vm *Vm) Exports() []*Function {
	if vm.hold() != nil {
		return nil
	}
	defer vm.release()
	var list []*Function
	for i := range int(C.edge_vm_function_count(vm.ptr)) {
		var ptr *C.edge_function_t
		if err := C.edge_vm_function_at(vm.ptr, C.size_t(i), &ptr); err != nil {
			C.edge_error_free(err)
			break
		}
		list = append(list, newFunction(vm, ptr))
	}
	return list
}

// Start runs a command, the guest's _start, and returns its exit code.
func (vm *Vm) Start(ctx context.Context) (int, error) {
	if err := contextError(ctx, "_start"); err != nil {
		return 0, err
	}
	if err := vm.hold(); err != nil {
		return 0, err
	}
	defer vm.release()
	scope := enter(vm.scopes, ctx)
	var code C.int32_t
	err := scope.explain(takeError(C.edgego_start(vm.ptr, scope.raw(), &code)))
	runtime.KeepAlive(scope)
	if passed := vm.passOutput(); err == nil {
		err = passed
	}
	return int(code), err
}

// Reset makes the VM fresh: a new instance, poison gone. Functions resolved before go on working; memories, globals and
// tables are those of the old instance.
func (vm *Vm) Reset() error { return vm.ResetContext(context.Background()) }

// ResetContext is the same, for guests whose start function should end when ctx does.
func (vm *Vm) ResetContext(ctx context.Context) error {
	if err := endedError(ctx, "the guest was not made anew"); err != nil {
		return err
	}
	if err := vm.hold(); err != nil {
		return err
	}
	defer vm.release()
	vm.streams.Lock()
	defer vm.streams.Unlock()
	for _, f := range []*forward{vm.stdout, vm.stderr} {
		if f != nil {
			f.done = 0
		}
	}
	return within(nil, enter(vm.scopes, ctx), func() error { return takeError(C.edge_vm_reset(vm.ptr)) })
}

// Close ends the VM and gives back its memory: every further call is [KindClosed]. A VM that a [Pool] has lent goes back there, when
// the calls in progress have ended. Closing again does nothing.
func (vm *Vm) Close() error {
	if vm.lease != nil {
		vm.lease.end()
		return nil
	}
	defer runtime.KeepAlive(vm)
	return takeError(C.edge_vm_close(vm.ptr))
}

// Cancel ends the call that is in progress, with [KindCancelled], and tells whether there was one. Later calls are not affected.
func (vm *Vm) Cancel() bool {
	if vm.hold() != nil {
		return false
	}
	defer vm.release()
	return bool(C.edge_vm_cancel(vm.ptr))
}

// Closed tells whether the VM has been closed.
func (vm *Vm) Closed() bool {
	if vm.hold() != nil {
		return true
	}
	defer vm.release()
	return bool(C.edge_vm_is_closed(vm.ptr))
}

// Poisoned tells whether an earlier call ended in the middle of guest code (a trap, a panic, an error of the host that
// unwound), so that calls are refused until Reset, and what the first cause was.
func (vm *Vm) Poisoned() (cause string, poisoned bool) {
	if vm.hold() != nil {
		return "", false
	}
	defer vm.release()
	var buffer C.edge_buffer_t
	poisoned = bool(C.edge_vm_poisoned(vm.ptr, &buffer))
	return string(takeBuffer(&buffer)), poisoned
}

// Stdout is what the guest wrote to standard output since the last Reset, if it is captured.
func (vm *Vm) Stdout() []byte {
	if vm.hold() != nil {
		return nil
	}
	defer vm.release()
	var buffer C.edge_buffer_t
	C.edge_error_free(C.edge_vm_stdout(vm.ptr, &buffer))
	return takeBuffer(&buffer)
}

// Stderr is the same for standard error.
func (vm *Vm) Stderr() []byte {
	if vm.hold() != nil {
		return nil
	}
	defer vm.release()
	var buffer C.edge_buffer_t
	C.edge_error_free(C.edge_vm_stderr(vm.ptr, &buffer))
	return takeBuffer(&buffer)
}

// forwardTo passes on to writers of Go's what the guest writes from now on; kept says that there may be output of an earlier borrower.
func (vm *Vm) forwardTo(wasi *Wasi, kept bool) {
	if wasi == nil {
		return
	}
	vm.stdout, vm.stderr = wasi.forwards()
	vm.forwarding = vm.stdout != nil || vm.stderr != nil
	if kept && vm.stdout != nil {
		vm.stdout.done = len(vm.Stdout())
	}
	if kept && vm.stderr != nil {
		vm.stderr.done = len(vm.Stderr())
	}
}

// passOutput gives writers of Go's what the guest wrote.
func (vm *Vm) passOutput() error {
	if !vm.forwarding {
		return nil
	}
	vm.streams.Lock()
	defer vm.streams.Unlock()
	if vm.stdout != nil {
		if err := vm.stdout.pass(vm.Stdout()); err != nil {
			return err
		}
	}
	if vm.stderr != nil {
		return vm.stderr.pass(vm.Stderr())
	}
	return nil
}

// takeBuffer copies a buffer of the library's and frees it.
func takeBuffer(buffer *C.edge_buffer_t) []byte {
	defer C.edge_buffer_free(buffer)
	return slices.Clone(unsafe.Slice((*byte)(unsafe.Pointer(buffer.data)), int(buffer.len)))
}

// Module is the VM's module.
func (vm *Vm) Module() *Module {
	if vm.hold() != nil {
		return vm.lease.pool.Module()
	}
	defer vm.release()
	return newModule(C.edge_vm_module(vm.ptr))
}

// Instance is the VM's instance: another after Reset.
func (vm *Vm) Instance() (*Instance, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	ptr := C.edge_vm_instance(vm.ptr)
	if ptr == nil {
		return nil, newError(PhaseExecute, KindClosed, "the VM has been closed")
	}
	return newInstance(ptr), nil
}

// Store is the one that the VM lives in.
func (vm *Vm) Store() *Store {
	if vm.hold() != nil {
		return newStore(nil)
	}
	defer vm.release()
	return newStore(C.edge_vm_store(vm.ptr))
}

// Func is the exported function name, on core values.
func (vm *Vm) Func(name string) (*Func, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	var ptr *C.edge_func_t
	data, size := stringArg(name)
	if err := takeError(C.edge_vm_func(vm.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newFunc(ptr), nil
}

// Memory is the exported memory name.
func (vm *Vm) Memory(name string) (*Memory, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	var ptr *C.edge_memory_t
	data, size := stringArg(name)
	if err := takeError(C.edge_vm_memory(vm.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newMemory(ptr), nil
}

// Table is the exported table name.
func (vm *Vm) Table(name string) (*Table, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	var ptr *C.edge_table_t
	data, size := stringArg(name)
	if err := takeError(C.edge_vm_table(vm.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newTable(ptr), nil
}

// Global is the exported global name.
func (vm *Vm) Global(name string) (*Global, error) {
	if err := vm.hold(); err != nil {
		return nil, err
	}
	defer vm.release()
	var ptr *C.edge_global_t
	data, size := stringArg(name)
	if err := takeError(C.edge_vm_global(vm.ptr, data, size, &ptr)); err != nil {
		return nil, err
	}
	return newGlobal(ptr), nil
}
