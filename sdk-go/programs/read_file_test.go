package programs

import (
	"os"
	"path/filepath"
	"strings"

	"edgewasm.dev/edge"
)

// A program reads a file of a folder that it was given, and talks to its user over standard input and output.
func Example_readFile() {
	folder := must(os.MkdirTemp("", "read_file"))
	defer os.RemoveAll(folder)
	const text = "one\ntwo\nthree\nfour\nabcDEF___!@#$%^\n"
	if err := os.WriteFile(filepath.Join(folder, "file.txt"), []byte(text), 0o600); err != nil {
		panic(err)
	}
	vm := must(edge.Load(guests+"read_file.wasm", edge.Wasi{
		Args:   []string{"read_file", "file.txt"},
		Dirs:   map[string]string{".": folder},
		Stdin:  strings.NewReader("5\n6\nfive\n"),
		Stdout: edge.Capture,
	}))
	defer vm.Close()
	if code := must(vm.Start(background)); code != 0 {
		panic(code)
	}
	os.Stdout.Write(vm.Stdout())
	// Output:
	// Rust: Opening input file "file.txt"...
	// Rust: Read input file "file.txt" succeeded.
	// Rust: Please input the line number to print the line of file.
	// abcDEF___!@#$%^
	// Rust: ERROR - Line "6" is out of range.
	// Rust: ERROR - Input "five" is not an integer: invalid digit found in string
	// Rust: Process end.
}
