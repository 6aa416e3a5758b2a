package edge_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"edgewasm.dev/edge"
)

// row is a line of the table that every SDK runs; see tests/conformance/README.md.
type row struct {
	Name, Call string
	Args       []json.RawMessage
	Result     json.RawMessage
	Error      string
	Message    string
	Value      json.RawMessage
}

// shapeArea is what the host's `areas` makes of one shape.
func shapeArea(shape any) float64 {
	variant, _ := shape.(map[string]any)
	if radius, ok := variant["Circle"].(float64); ok {
		return 3 * radius * radius
	}
	if sides, ok := variant["Rectangle"].([]any); ok {
		return sides[0].(float64) * sides[1].(float64)
	}
	return 0
}

// point is a struct of the guest's as one of Go's.
type point struct{ X, Y float64 }

// hosts are the functions of module app; notes counts the calls of note.
func hosts(notes *uint64) edge.Imports {
	return edge.Imports{"app": {
		"note": func(level uint8, text string) (uint64, error) {
			if text == "refuse" {
				return 0, errors.New("the host refuses")
			}
			*notes++
			return *notes, nil
		},
		"transform": func(p point) point { return point{p.Y, p.X} },
		"fetch": func(key string) *string {
			if key != "present" {
				return nil
			}
			value := "value of " + key
			return &value
		},
		"bytes_round": func(b []byte) []byte { return b },
		"fail_host":   func() error { return errHost },
		"fail_typed": func(kind uint32) (uint32, error) {
			if kind == 0 {
				return 0, errHost
			}
			return 3 * kind, nil
		},
		"reenter": func(call *edge.HostCall, n uint32) (uint32, error) {
			return edge.Call[uint32](call.Context(), call.Vm(), "count_down", n)
		},
		"multiply": func(a int64, b float64) float64 { return float64(a) * b },
		"sum": func(numbers []int32) (sum int64) {
			for _, n := range numbers {
				sum += int64(n)
			}
			return sum
		},
		"areas": func(shapes map[string]any) map[string]float64 {
			areas := map[string]float64{}
			for name, shape := range shapes {
				areas[name] = shapeArea(shape)
			}
			return areas
		},
	}}
}

var errHost = errors.New("the host failed")

const conformanceWasm = "../target/guests/wasm/conformance.wasm"

// loadConformance loads the guest that the table calls.
func loadConformance(t testing.TB, options ...edge.Option) *edge.Vm {
	t.Helper()
	vm, err := edge.Load(conformanceWasm, append([]edge.Option{hosts(new(uint64))}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vm.Close() })
	return vm
}

func TestConformance(t *testing.T) {
	file, err := os.ReadFile("../tests/conformance/table.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	if err := json.Unmarshal(file, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 60 {
		t.Fatalf("the table has %d rows only", len(rows))
	}
	for _, guest := range []string{conformanceWasm, "../target/guests/wasm/conformance-wasip1.wasm"} {
		t.Run(filepath.Base(guest), func(t *testing.T) { runTable(t, guest, rows) })
	}
}

func runTable(t *testing.T, guest string, rows []row) {
	var notes uint64
	vm, err := edge.Load(guest, edge.WithImports(hosts(&notes)))
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) {
			notes = 0
			row.run(t, vm)
		})
	}
}

func (r row) run(t *testing.T, vm *edge.Vm) {
	args := make([]any, len(r.Args))
	for i, arg := range r.Args {
		args[i] = native(t, arg)
	}
	got, err := vm.Run(context.Background(), r.Call, args...)
	if r.Error == "" {
		if err != nil {
			t.Fatalf("failed: %+v", err)
		}
		if want := native(t, r.Result); !same(got, want) {
			t.Fatalf("got %s, want %s", brief(got), brief(want))
		}
		return
	}
	var failed *edge.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %s and error %v, want %s", brief(got), err, r.Error)
	}
	if failed.Kind.String() != r.Error || !strings.Contains(failed.Message, r.Message) {
		t.Errorf("got %s: %s, want %s: %s", failed.Kind, failed.Message, r.Error, r.Message)
	}
	if r.Value != nil {
		if want := native(t, r.Value); !same(failed.Value, want) {
			t.Errorf("got the value %s, want %s", brief(failed.Value), brief(want))
		}
	}
	if err := vm.Reset(); err != nil {
		t.Fatal(err)
	}
}

func brief(v any) string {
	text := fmt.Sprintf("%#v", v)
	return text[:min(len(text), 300)]
}

// native is a value of the table in Go's own types.
func native(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return nativeOf(t, value)
}

func nativeOf(t *testing.T, value any) any {
	switch value := value.(type) {
	case []any:
		return nativeList(t, value)
	case map[string]any:
		for tag, payload := range value {
			return tagged(t, tag, payload)
		}
		t.Fatal("an empty object")
	}
	return value
}

func nativeList(t *testing.T, list []any) []any {
	out := make([]any, len(list))
	for i, item := range list {
		out[i] = nativeOf(t, item)
	}
	return out
}

func unhex(t *testing.T, text any) []byte {
	data, err := hex.DecodeString(text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func repeated(t *testing.T, payload any) (string, int) {
	list := payload.([]any)
	count, err := list[1].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return list[0].(string), int(count)
}

func tagged(t *testing.T, tag string, payload any) any {
	switch tag {
	case "char":
		return edge.Char([]rune(payload.(string))[0])
	case "bytes":
		return unhex(t, payload)
	case "repeat_bytes":
		text, count := repeated(t, payload)
		return bytes.Repeat(unhex(t, text), count)
	case "repeat_string":
		return strings.Repeat(repeated(t, payload))
	case "invalid_string":
		return string(unhex(t, payload))
	case "vector":
		list := payload.([]any)
		return vector(t, list[0].(string), list[1].([]any))
	case "tuple":
		return nativeList(t, payload.([]any))
	case "struct":
		out := map[string]any{}
		for name, value := range payload.(map[string]any) {
			out[name] = nativeOf(t, value)
		}
		return out
	case "map":
		out := map[any]any{}
		for _, entry := range payload.([]any) {
			out[nativeOf(t, entry.([]any)[0])] = nativeOf(t, entry.([]any)[1])
		}
		return out
	default:
		return number(t, tag, payload.(string))
	}
}

func number(t *testing.T, tag, text string) any {
	bits, err := strconv.Atoi(tag[1:])
	if err != nil {
		t.Fatalf("unknown tag %s", tag)
	}
	var value reflect.Value
	switch tag[0] {
	case 'i':
		n, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			t.Fatal(err)
		}
		value = reflect.ValueOf(n)
	case 'u':
		n, err := strconv.ParseUint(text, 10, bits)
		if err != nil {
			t.Fatal(err)
		}
		value = reflect.ValueOf(n)
	default:
		n, err := strconv.ParseFloat(text, bits)
		if err != nil {
			t.Fatal(err)
		}
		value = reflect.ValueOf(n)
	}
	return value.Convert(numberTypes[tag]).Interface()
}

var numberTypes = map[string]reflect.Type{
	"i8": reflect.TypeFor[int8](), "i16": reflect.TypeFor[int16](), "i32": reflect.TypeFor[int32](), "i64": reflect.TypeFor[int64](),
	"u8": reflect.TypeFor[uint8](), "u16": reflect.TypeFor[uint16](), "u32": reflect.TypeFor[uint32](),
	"u64": reflect.TypeFor[uint64](), "f32": reflect.TypeFor[float32](), "f64": reflect.TypeFor[float64](),
}

func vector(t *testing.T, tag string, list []any) any {
	out := reflect.MakeSlice(reflect.SliceOf(numberTypes[tag]), len(list), len(list))
	for i, item := range list {
		out.Index(i).Set(reflect.ValueOf(number(t, tag, item.(string))))
	}
	return out.Interface()
}

// same compares deeply, types included; NaN equals NaN, and -0.0 is not 0.0.
func same(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if !x.IsValid() || !y.IsValid() {
		return x.IsValid() == y.IsValid()
	}
	if x.Type() != y.Type() {
		return false
	}
	switch x.Kind() {
	case reflect.Float32, reflect.Float64:
		return x.Float() != x.Float() && y.Float() != y.Float() || math.Float64bits(x.Float()) == math.Float64bits(y.Float())
	case reflect.Slice:
		if x.Len() != y.Len() {
			return false
		}
		if x.Type().Elem().Kind() == reflect.Uint8 {
			return bytes.Equal(x.Bytes(), y.Bytes())
		}
		for i := range x.Len() {
			if !same(x.Index(i).Interface(), y.Index(i).Interface()) {
				return false
			}
		}
		return true
	case reflect.Map:
		if x.Len() != y.Len() {
			return false
		}
		for _, key := range x.MapKeys() {
			other := y.MapIndex(key)
			if !other.IsValid() || !same(x.MapIndex(key).Interface(), other.Interface()) {
				return false
			}
		}
		return true
	default:
		return a == b
	}
}
