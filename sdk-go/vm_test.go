package edge_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"edgewasm.dev/edge"
	"edgewasm.dev/edge/bindgen"
)

var background = context.Background()

// fromText loads a VM from the text format.
func fromText(t testing.TB, wat string, options ...edge.Option) *edge.Vm {
	t.Helper()
	module, err := edge.ModuleFromText(nil, wat)
	if err != nil {
		t.Fatal(err)
	}
	vm, err := edge.Load(module, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vm.Close() })
	return vm
}

// want fails unless err is an edge.Error of the kind whose message has all the parts.
func want(t testing.TB, err error, kind edge.Kind, parts ...string) *edge.Error {
	t.Helper()
	var failed *edge.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want %s", err, kind)
	}
	if !errors.Is(err, kind) || failed.Kind != kind {
		t.Fatalf("got %s: %s, want %s", failed.Kind, failed.Message, kind)
	}
	for _, part := range parts {
		if !strings.Contains(failed.Message, part) {
			t.Errorf("`%s` does not say `%s`", failed.Message, part)
		}
	}
	return failed
}

const swapText = `(module (memory (export "memory") 1 2)
	(global (export "g") (mut i32) (i32.const 7)) (global (export "fixed") i64 (i64.const 8))
	(table (export "t") 2 externref)
	(func (export "swap") (param i32 f64) (result f64 i32) local.get 1 local.get 0)
	(func (export "crash") unreachable)
	(func (export "store") (param i32) local.get 0 i32.const 42 i32.store8))`

func TestSources(t *testing.T) {
	wasm, err := os.ReadFile(conformanceWasm)
	if err != nil {
		t.Fatal(err)
	}
	module, err := edge.NewModule(nil, wasm)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []any{conformanceWasm, wasm, module} {
		vm, err := edge.Load(source, hosts(new(uint64)))
		if err != nil {
			t.Fatalf("%T: %v", source, err)
		}
		if got, err := edge.Call[int](background, vm, "add", 1, 2); err != nil || got != 3 {
			t.Errorf("%T: got %v, %v", source, got, err)
		}
	}
	wat := filepath.Join(t.TempDir(), "swap.wat")
	if err := os.WriteFile(wat, []byte(swapText), 0o600); err != nil {
		t.Fatal(err)
	}
	vm, err := edge.Load(wat)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vm.Run(background, "swap", 1, 2.5)
	if err != nil || !reflect.DeepEqual(got, []any{2.5, int32(1)}) {
		t.Errorf("several results: got %#v, %v", got, err)
	}
}

func TestSourcesThatAreRefused(t *testing.T) {
	_, err := edge.Load("no/such/file.wasm")
	want(t, err, edge.KindIO, "no/such/file.wasm")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is that the file does not exist, not %v", errors.Unwrap(err))
	}
	_, err = edge.Load([]byte("not a module"))
	want(t, err, edge.KindMalformed)
	_, err = edge.Load(42)
	want(t, err, edge.KindArgumentType, "int")
	_, err = edge.Load(conformanceWasm)
	want(t, err, edge.KindUnknownImport, "app")
	_, err = edge.ModuleFromText(nil, "(module (func (result i32)))")
	want(t, err, edge.KindInvalid)
	_, err = edge.Load(conformanceWasm, edge.Imports{"app": {"note": 42}})
	want(t, err, edge.KindIncompatibleImport, "note", "int")
	_, err = edge.Load(conformanceWasm, edge.Imports{"app": {"note": func(chan int) {}}})
	want(t, err, edge.KindIncompatibleImport, "note", "chan int")
}

func TestTypedCalls(t *testing.T) {
	vm := loadConformance(t)
	type tree struct {
		Value     int32
		Children  []tree
		Favourite *tree
	}
	in := tree{Value: 1, Children: []tree{{Value: 2, Children: []tree{}}}, Favourite: &tree{Value: 3, Children: []tree{}}}
	if out, err := edge.Call[tree](background, vm, "echo_tree", in); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("got %#v, %v", out, err)
	}
	type shape struct {
		Circle    *float64    `edge:"Circle,omitempty"`
		Rectangle *[2]float64 `edge:"Rectangle,omitempty"`
	}
	if out, err := edge.Call[shape](background, vm, "echo_shape", shape{Rectangle: &[2]float64{2, 3}}); err != nil ||
		out.Circle != nil || *out.Rectangle != [2]float64{2, 3} {
		t.Errorf("got %#v, %v", out, err)
	}
	if out, err := edge.Call[map[uint32]string](background, vm, "echo_map_u32_string", map[int]string{7: "x"}); err != nil ||
		out[7] != "x" {
		t.Errorf("got %#v, %v", out, err)
	}
	if out, err := edge.Call[*int](background, vm, "echo_option_i32", nil); err != nil || out != nil {
		t.Errorf("got %v, %v", out, err)
	}
	if out, err := edge.Call[[]int](background, vm, "echo_vec_i32", [2]int16{1, -1}); err != nil || !reflect.DeepEqual(out, []int{1, -1}) {
		t.Errorf("got %v, %v", out, err)
	}
	if out, err := edge.Call[string](background, vm, "echo_char", edge.Char('é')); err != nil || out != "é" {
		t.Errorf("got %v, %v", out, err)
	}
	_, err := edge.Call[int8](background, vm, "echo_i32", 1000)
	want(t, err, edge.KindResultType, "echo_i32", "1000", "int8")
	_, err = edge.Call[string](background, vm, "echo_i32", 1)
	want(t, err, edge.KindResultType, "string")
	_, err = edge.Call[int](background, vm, "echo_option_i32", nil)
	want(t, err, edge.KindResultType, "None")
	_, err = vm.Run(background, "echo_i32", make(chan int))
	want(t, err, edge.KindArgumentType, "echo_i32", "chan int")
	loop := []any{nil}
	loop[0] = loop
	_, err = vm.Run(background, "echo_vec_string", loop)
	want(t, err, edge.KindArgumentType, "contains itself")
}

func TestBindgenPackage(t *testing.T) {
	bg := bindgen.New(loadConformance(t))
	if got, err := bg.Execute("echo_string", "x"); err != nil || got != "x" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := bg.Execute("fails_string")
	if failed := want(t, err, edge.KindGuestError); failed.Value != "it failed as asked" {
		t.Errorf("got the value %v", failed.Value)
	}
	if err := bg.Release(); err != nil {
		t.Fatal(err)
	}
	_, err = bg.Execute("answer")
	want(t, err, edge.KindClosed)
}

func TestClosing(t *testing.T) {
	vm := loadConformance(t)
	f, err := vm.Function("answer")
	if err != nil {
		t.Fatal(err)
	}
	memory, err := vm.Memory("memory")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := vm.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err = f.Call(background)
	want(t, err, edge.KindClosed)
	_, err = vm.Instance()
	want(t, err, edge.KindClosed)
	if !vm.Closed() {
		t.Error("the VM says that it is open")
	}
	if memory.Size() == 0 {
		t.Error("a memory that is still held is there")
	}
	want(t, vm.Reset(), edge.KindClosed)
}

func TestPoison(t *testing.T) {
	vm := loadConformance(t)
	_, err := vm.Run(background, "unreachable")
	failed := want(t, err, edge.KindUnreachable)
	if failed.Phase != edge.PhaseExecute || len(failed.Backtrace) == 0 || failed.Backtrace[0].Function == "" {
		t.Errorf("got phase %s, backtrace %v", failed.Phase, failed.Backtrace)
	}
	if cause, poisoned := vm.Poisoned(); !poisoned || cause == "" {
		t.Errorf("got %q, %v", cause, poisoned)
	}
	_, err = vm.Run(background, "answer")
	want(t, err, edge.KindPoisoned)
	if err := vm.Reset(); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Run(background, "answer"); err != nil || got != uint32(42) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, poisoned := vm.Poisoned(); poisoned {
		t.Error("still poisoned after a reset")
	}
}

func TestContexts(t *testing.T) {
	vm := loadConformance(t)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err := vm.Run(cancelled, "unreachable")
	want(t, err, edge.KindCancelled, "unreachable")
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause is context.Canceled")
	}
	late, cancel := context.WithDeadline(background, time.Unix(0, 0))
	defer cancel()
	_, err = vm.Run(late, "unreachable")
	want(t, err, edge.KindDeadlineExceeded)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the cause is context.DeadlineExceeded")
	}
	if _, poisoned := vm.Poisoned(); poisoned {
		t.Error("the guest was not entered")
	}
	//lint:ignore SA1012 nil is taken for the background, as some programs pass it
	if _, err := vm.Run(nil, "answer"); err != nil { //nolint:staticcheck
		t.Error(err)
	}
}

func TestFunctions(t *testing.T) {
	vm := loadConformance(t)
	names := map[string]*edge.Function{}
	for _, f := range vm.Exports() {
		names[f.Name()] = f
	}
	if len(names) < 50 {
		t.Errorf("%d functions only", len(names))
	}
	if got := names["add"].Signature(); got != "add(a: i32, b: i32) -> i32" {
		t.Errorf("got %s", got)
	}
	if names["add"].Doc() == "" {
		t.Error("add is documented")
	}
	if got, err := names["add"].Call(background, 1, 2); err != nil || got != int32(3) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWasi(t *testing.T) {
	const wasm = "../target/guests/wasm/wasi.wasm"
	var out bytes.Buffer
	vm, err := edge.Load(wasm, edge.WithWasi(edge.Wasi{Args: []string{"wasi", "args", "x", "é"}, Stdout: &out, Stderr: edge.Capture}))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := vm.Start(background); err != nil || code != 0 {
		t.Fatalf("got %d, %v", code, err)
	}
	if !strings.Contains(out.String(), "é") || !bytes.Equal(out.Bytes(), vm.Stdout()) {
		t.Errorf("got %q and %q", out.String(), vm.Stdout())
	}
	vm, err = edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "stdin"}, Stdin: strings.NewReader("given"), Stdout: edge.Capture})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Start(background); err != nil || !strings.Contains(string(vm.Stdout()), "given") {
		t.Errorf("got %q, %v", vm.Stdout(), err)
	}
	vm, err = edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "env", "KEY"}, Env: map[string]string{"KEY": "value"}, Stdout: edge.Capture})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Start(background); err != nil || !strings.Contains(string(vm.Stdout()), "value") {
		t.Errorf("got %q, %v", vm.Stdout(), err)
	}
	vm, err = edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "exit", "7"}, Stdout: edge.Capture})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := vm.Start(background); err != nil || code != 7 {
		t.Errorf("got %d, %v", code, err)
	}
	if err := vm.Reset(); err != nil {
		t.Fatal(err)
	}
	_, err = vm.Run(background, "_start")
	if failed := want(t, err, edge.KindGuestExit); failed.ExitCode != 7 {
		t.Errorf("got %d", failed.ExitCode)
	}
	broken := errors.New("broken")
	_, err = edge.Load(wasm, edge.Wasi{Stdin: failing{broken}})
	want(t, err, edge.KindIO, "broken")
	vm, err = edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "args", "x"}, Stdout: failing{broken}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = vm.Start(background); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestWasiDirectories(t *testing.T) {
	const wasm = "../target/guests/wasm/wasi.wasm"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("what is inside"), 0o600); err != nil {
		t.Fatal(err)
	}
	vm, err := edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "cat", "/data/file"}, Dirs: map[string]string{"/data": dir},
		Stdout: edge.Capture})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := vm.Start(background); err != nil || code != 0 || !strings.Contains(string(vm.Stdout()), "what is inside") {
		t.Errorf("got %d, %q, %v", code, vm.Stdout(), err)
	}
	vm, err = edge.Load(wasm, edge.Wasi{Args: []string{"wasi", "read-only", "/data"}, Dirs: map[string]string{"/data": dir + ":ro"},
		Stdout: edge.Capture, Stderr: edge.Capture})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := vm.Start(background); err != nil || code != 0 {
		t.Errorf("got %d, %s%s, %v", code, vm.Stdout(), vm.Stderr(), err)
	}
	_, err = edge.Load(wasm, edge.Wasi{Dirs: map[string]string{"/data": filepath.Join(dir, "missing")}})
	want(t, err, edge.KindIO, "missing")
}

// The library writes to the process's own standard output, below Go's os.Stdout.
func TestOutputByDefault(t *testing.T) {
	printed := func(options ...edge.Option) string {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		own, err := syscall.Dup(syscall.Stdout)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(own)
		vm, err := edge.Load(filepath.Join("..", "tests", "guests", "plain", "wasi_hello.wat"), options...)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(file.Fd()), syscall.Stdout, 0); err != nil {
			t.Fatal(err)
		}
		code, err := vm.Start(background)
		if restored := syscall.Dup3(own, syscall.Stdout, 0); restored != nil {
			t.Fatal(restored)
		}
		if err != nil || code != 7 {
			t.Errorf("got %d, %v", code, err)
		}
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := printed(edge.Wasi{}); got != "hello wasi\n" {
		t.Errorf("with WASI, output is inherited; got %q", got)
	}
	if got := printed(); got != "" {
		t.Errorf("without WASI, output goes nowhere; got %q", got)
	}
}

// failing is a stream that does not work.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestFrames(t *testing.T) {
	for want, frame := range map[string]edge.Frame{
		"app!f (lib.rs:7)": {Function: "f", Module: "app", File: "lib.rs", Line: 7, Offset: 16},
		"f (+0x10)":        {Function: "f", Offset: 16},
		"f":                {Function: "f", Offset: -1},
	} {
		if got := frame.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
