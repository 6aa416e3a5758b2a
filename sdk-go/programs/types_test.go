package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// Types are plain values.
func Example_types() {
	function := edge.FuncType{
		Params:  []edge.ValType{edge.ExternRef, edge.I32, edge.I64},
		Results: []edge.ValType{edge.F32, edge.F64},
	}
	fmt.Println(len(function.Params), "parameters,", len(function.Results), "results:", function)

	most := uint64(50)
	for _, limits := range []edge.SizeLimits{{Min: 12}, {Min: 15, Max: &most}} {
		if fmt.Print(limits.Max != nil, " ", limits.Min); limits.Max != nil {
			fmt.Print(" ", *limits.Max)
		}
		fmt.Println()
	}
	shared := edge.MemoryType{SizeLimits: edge.SizeLimits{Min: 30, Max: &most}, Shared: true}
	fmt.Println(shared.Shared, shared.Min, *shared.Max)

	table := edge.TableType{Element: edge.ExternRef, SizeLimits: edge.SizeLimits{Min: 12}}
	global := edge.GlobalType{Content: edge.F64, Mutable: true}
	fmt.Println(table.Element, table.Min, global.Content, global.Mutable)
	// Output:
	// 3 parameters, 2 results: function (externref, i32, i64) -> (f32, f64)
	// false 12
	// true 15 50
	// true 30 50
	// externref 12 f64 true
}
