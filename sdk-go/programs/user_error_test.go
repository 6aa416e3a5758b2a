package programs

import (
	"errors"
	"fmt"

	"edgewasm.dev/edge"
)

// A host function fails with a code of its own, which arrives whole, with the error that it is the code of.
func Example_userError() {
	refused := errors.New("refused")
	vm := must(edge.Load(
		must(edge.ModuleFromText(nil, `(module (import "host" "fail" (func $fail)) (func (export "run") (call $fail)))`)),
		edge.Imports{"host": {"fail": func() error { return edge.WithCode(123456, refused) }}},
	))
	defer vm.Close()
	_, err := vm.Run(background, "run")
	var failed *edge.Error
	if errors.As(err, &failed) {
		fmt.Println("Error message:", failed)
		fmt.Println("kind:", failed.Kind, "code:", failed.Code, "the very error:", errors.Is(err, refused))
	}
	// Output:
	// Error message: refused
	// kind: host_error code: 123456 the very error: true
}
