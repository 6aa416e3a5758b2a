package programs

import (
	"errors"
	"fmt"

	"edgewasm.dev/edge"
)

// Settings are given once, and can be read back; limits count bytes.
func Example_configuration() {
	engine := must(edge.NewEngine(edge.Config{
		Proposals:   map[string]bool{"simd": true, "reference-types": false},
		Interpreter: true,
		Limits:      edge.Limits{Memory: 1234 << 16},
	}))
	config := engine.Config()
	fmt.Println("bulk memory:", config.Proposals["bulk-memory"], "interpreter:", config.Interpreter)
	fmt.Println("pages:", config.Limits.Memory>>16)

	_, err := edge.ModuleFromText(engine, `(module (func (export "f") (param externref)))`)
	fmt.Println("without reference types:", errors.Is(err, edge.KindUnsupported))
	// Output:
	// bulk memory: true interpreter: true
	// pages: 1234
	// without reference types: true
}
