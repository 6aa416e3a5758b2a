package edge_test

import (
	"context"
	"testing"

	"edgewasm.dev/edge"
)

// bound is Bind that must work.
func bound[F any](t testing.TB, vm *edge.Vm, name string) F {
	t.Helper()
	f, err := edge.Bind[F](vm, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestBind(t *testing.T) {
	vm := loadConformance(t)
	if got := bound[func(int32, int32) int32](t, vm, "add")(-3, 2); got != -1 {
		t.Errorf("add: %d", got)
	}
	if got := bound[func(int64, int64) int64](t, vm, "add_i64")(1<<40, 2); got != 1<<40+2 {
		t.Errorf("add_i64: %d", got)
	}
	if got := bound[func(float64, float64) float64](t, vm, "add_f64")(0.5, 2); got != 2.5 {
		t.Errorf("add_f64: %v", got)
	}
	if got := bound[func(float32) float32](t, vm, "echo_f32")(-1.5); got != -1.5 {
		t.Errorf("echo_f32: %v", got)
	}
	if got := bound[func(int8) int8](t, vm, "echo_i8")(-128); got != -128 {
		t.Errorf("echo_i8: %d", got)
	}
	if got := bound[func(uint16) uint16](t, vm, "echo_u16")(65535); got != 65535 {
		t.Errorf("echo_u16: %d", got)
	}
	if got := bound[func() uint32](t, vm, "answer")(); got != 42 {
		t.Errorf("answer: %d", got)
	}
	if got, err := bound[func(context.Context, int32, int32) (int32, error)](t, vm, "add")(background, 1, 2); got != 3 || err != nil {
		t.Errorf("add: %d, %v", got, err)
	}
}

func TestBindThroughReflection(t *testing.T) {
	vm := loadConformance(t)
	if got := bound[func(int, int) int](t, vm, "add")(1, 2); got != 3 {
		t.Errorf("add: %d", got)
	}
	if got := bound[func(string) string](t, vm, "echo_string")("é"); got != "é" {
		t.Errorf("echo_string: %s", got)
	}
	if got := bound[func(bool) bool](t, vm, "echo_bool")(true); !got {
		t.Error("echo_bool")
	}
	if got := bound[func(string) edge.Char](t, vm, "echo_char")("é"); got != 'é' {
		t.Errorf("echo_char: %v", got)
	}
	bound[func()](t, vm, "nothing")()
	swap := bound[func(int32, float64) (float64, int32, error)](t, fromText(t, swapText), "swap")
	if f, i, err := swap(1, 2.5); f != 2.5 || i != 1 || err != nil {
		t.Errorf("swap: %v, %v, %v", f, i, err)
	}
	echo := bound[func(int) (int, error)](t, vm, "echo_i32")
	_, err := echo(1 << 40)
	want(t, err, edge.KindArgumentType, "i32")
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err = bound[func(context.Context, string) (string, error)](t, vm, "echo_string")(cancelled, "x")
	want(t, err, edge.KindCancelled)
}

func TestBindRefuses(t *testing.T) {
	vm := loadConformance(t)
	_, err := edge.Bind[int](vm, "add")
	want(t, err, edge.KindArgumentType, "int")
	_, err = edge.Bind[func()](vm, "no_such_function")
	want(t, err, edge.KindUnknownExport, "no_such_function")
	_, err = edge.Bind[func(int32) int32](vm, "add")
	want(t, err, edge.KindArgumentCount, "add", "2")
	_, err = edge.Bind[func(int32, string) int32](vm, "add")
	want(t, err, edge.KindArgumentType, "string")
	_, err = edge.Bind[func(int32, int32) string](vm, "add")
	want(t, err, edge.KindResultType, "string")
	_, err = edge.Bind[func(int32, int32) (int32, int32)](vm, "add")
	want(t, err, edge.KindResultType, "2 values")
	_, err = edge.Bind[func(chan int) string](vm, "echo_string")
	want(t, err, edge.KindArgumentType, "chan int")
}

func TestBoundFunctionsFail(t *testing.T) {
	vm := loadConformance(t)
	_, err := bound[func(int32, int32) (int32, error)](t, vm, "divide")(1, 0)
	want(t, err, edge.KindGuestPanic, "divide by zero")
	if err := vm.Reset(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		err, _ := recover().(error)
		want(t, err, edge.KindGuestPanic, "divide by zero")
	}()
	bound[func(int32, int32) int32](t, vm, "divide")(1, 0)
	t.Error("a function without an error panics when it fails")
}

func TestScalarCallsDoNotAllocate(t *testing.T) {
	vm := loadConformance(t)
	add := bound[func(int32, int32) int32](t, vm, "add")
	withContext := bound[func(context.Context, int32, int32) (int32, error)](t, vm, "add")
	if n := testing.AllocsPerRun(1000, func() { add(1, 2) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
	if n := testing.AllocsPerRun(1000, func() { _, _ = withContext(background, 1, 2) }); n != 0 {
		t.Errorf("%v allocations a call with a context", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	add := bound[func(int32, int32) int32](b, fromText(b,
		`(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`), "add")
	for b.Loop() {
		add(1, 2)
	}
}

func BenchmarkEchoString(b *testing.B) {
	vm := loadConformance(b)
	text := string(make([]byte, 1024))
	for b.Loop() {
		if _, err := edge.Call[string](background, vm, "echo_string", text); err != nil {
			b.Fatal(err)
		}
	}
}
