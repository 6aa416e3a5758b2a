// Package edge embeds WebAssembly: a function of a sandboxed guest is called like one of Go's own.
//
//	vm, err := edge.Load("infer.wasm")
//	if err != nil { ... }
//	defer vm.Close()
//	prediction, err := vm.Run(ctx, "infer", image)
//
// [Load] takes a path, bytes or a [Module]. [Vm.Run] calls by name with native values, [Call] gives the result a type, and
// [Bind] makes a Go function of a guest's, once, for the cheapest calls. [WithImports] gives the guest functions of the
// host: ordinary Go functions and closures. Every failure is an [*Error] with a [Kind].
//
// # Values
//
//	guest                     out                          in as well
//	bool                      bool                         bool types
//	i8 ... u64, f32, f64      int8 ... uint64, float64     every integer in range, int too
//	usize, isize              uint64, int64                as above
//	char                      Char                         a string of one character
//	String                    string
//	bytes                     []byte                       a slice of integers
//	Vec of numbers            []int8 ... []float64         any slice or array of numbers
//	Vec of all else           []any                        any slice or array
//	tuple                     []any                        any slice or array
//	struct                    map[string]any               structs, their fields named by `edge:"name"`
//	enum                      "Name" or map[string]any     {"Name": payload}
//	map                       map[string]any, map[any]any  any map
//	None, ()                  nil                          nil pointers
//
// A field without a tag is known by its name in snake_case; `edge:"-"` leaves it out, `edge:"name,omitempty"` leaves out
// zero values, which makes an enum of a struct with one pointer per variant.
//
// # Compiled code
//
// [CompileFile] and [Module.WriteFile] write a module with its native code, [LoadTrustedModule] and [WithTrusted] use that code: they are for
// files that you made, since whoever can write such a file can have anything executed. [WithCache] keeps what was compiled for the next
// time, [WithCompile] with [Lazy] leaves each function to its first call, [WithProgress] tells how far the compiler is. An engine that
// several modules share has the same settings in its [Config].
//
// # Contexts, goroutines, panics
//
// A call ends when its context does, within some milliseconds, whatever the guest is doing: compute, wait for input, sleep, or wait
// for its turn. Host functions get the context of the call. Loading takes one by [WithContext], for start functions.
//
// Everything may be used from any goroutine; calls of one VM wait for one another, and those of several VMs run at the same time: a
// [Pool] lends VMs of one module, [Map] shares out work to them, and a [SharedMemory] is seen by all that import it. A host function
// runs on the goroutine that called the guest and may call the guest again, but must not wait for another goroutine that does: that
// one waits for the call in progress. A panic in a host function ends the call with [KindHostPanic]; runtime.Goexit
// (testing.T.FailNow) inside of a host function leaves the guest in the middle of its call and must not be used.
//
// What Close does not free, the garbage collector does.
package edge
