package programs

import (
	"fmt"

	"edgewasm.dev/edge"
)

// What a module asks for and what it gives is known before anything is made of it.
func Example_inspect() {
	module := must(edge.ModuleFromText(nil, `(module
		(import "env" "log" (func (param i32 i64)))
		(import "env" "memory" (memory 1 2))
		(table (export "table") 10 funcref)
		(global (export "count") (mut i64) (i64.const 0))
		(func (export "run") (param f32) (result f64) (f64.const 0)))`))
	for _, i := range module.Imports() {
		fmt.Printf("import %s.%s: %s\n", i.Module, i.Name, describe(i.Type))
	}
	for _, e := range module.Exports() {
		fmt.Printf("export %s: %s\n", e.Name, describe(e.Type))
	}
	// Output:
	// import env.log: a function of 2 parameters and 0 results
	// import env.memory: a memory of 1 page, 2 at most
	// export table: a table of 10 funcref
	// export count: a global i64
	// export run: a function of 1 parameters and 1 results
}

// describe shows what types have.
func describe(t edge.Type) string {
	switch t := t.(type) {
	case edge.FuncType:
		return fmt.Sprintf("a function of %d parameters and %d results", len(t.Params), len(t.Results))
	case edge.MemoryType:
		return fmt.Sprintf("a memory of %d page, %d at most", t.Min, *t.Max)
	case edge.TableType:
		return fmt.Sprintf("a table of %d %s", t.Min, t.Element)
	case edge.GlobalType:
		return fmt.Sprintf("a global %s", t.Content)
	}
	return t.String()
}
