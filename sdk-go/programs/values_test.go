package programs

import (
	"encoding/binary"
	"fmt"

	"edgewasm.dev/edge"
)

// Values of every core type go through a guest. What refers to an object of Go's is that object, and nothing has to be released.
func Example_values() {
	module := must(edge.ModuleFromText(nil, `(module (func (export "echo")
		(param i32 i64 f32 f64 v128 funcref externref) (result i32 i64 f32 f64 v128 funcref externref)
		(local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6)))`))
	vm := must(edge.Load(module))
	defer vm.Close()
	echo := must(vm.Func("echo"))

	var lanes [16]byte
	binary.LittleEndian.PutUint64(lanes[8:], 1234)
	binary.LittleEndian.PutUint64(lanes[:8], 5678)
	number := 1234
	results := must(echo.Call(background, uint32(1), uint64(2), float32(0.5), 0.25, lanes, echo, &number))
	number = 5678

	fmt.Println(results[0].(int32), results[1].(int64), results[2].(float32), results[3].(float64))
	v128 := results[4].([16]byte)
	fmt.Println("high:", binary.LittleEndian.Uint64(v128[8:]), "low:", binary.LittleEndian.Uint64(v128[:8]))
	fmt.Println("the same function:", results[5].(*edge.Func).Same(echo))
	fmt.Println(*results[6].(*int))
	// Output:
	// 1 2 0.5 0.25
	// high: 1234 low: 5678
	// the same function: true
	// 5678
}
