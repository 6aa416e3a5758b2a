package edge_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgewasm.dev/edge"
)

const addModule = `(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))`

// refusedModule is a line of the table of modules that no SDK may load; see tests/conformance/README.md.
type refusedModule struct {
	Name, Hex, Error, Message string
	Text                      *string
}

func (m refusedModule) load(t *testing.T) (*edge.Vm, error) {
	t.Helper()
	imports := edge.WithImports(edge.Imports{"app": {"note": func() {}}})
	if m.Text == nil {
		bytes, err := hex.DecodeString(m.Hex)
		if err != nil {
			t.Fatal(err)
		}
		return edge.Load(bytes, imports)
	}
	module, err := edge.ModuleFromText(nil, *m.Text)
	if err != nil {
		return nil, err
	}
	return edge.Load(module, imports)
}

// TestRefusedModules loads modules that must not load: each is refused by its kind, and the process goes on.
func TestRefusedModules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "tests", "conformance", "modules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var modules []refusedModule
	if err := json.Unmarshal(text, &modules); err != nil {
		t.Fatal(err)
	}
	if len(modules) < 25 {
		t.Fatalf("the table has only %d modules", len(modules))
	}
	for _, module := range modules {
		t.Run(module.Name, func(t *testing.T) {
			vm, err := module.load(t)
			if err == nil {
				vm.Close()
				t.Fatal("the module was loaded")
			}
			var failure *edge.Error
			if !errors.As(err, &failure) {
				t.Fatalf("%T is no *edge.Error: %v", err, err)
			}
			if failure.Kind.String() != module.Error || !strings.Contains(failure.Message, module.Message) {
				t.Errorf("expected %s with %q, got %s: %s", module.Error, module.Message, failure.Kind, failure.Message)
			}
			good, err := edge.ModuleFromText(nil, addModule)
			if err != nil {
				t.Fatal(err)
			}
			next, err := edge.Load(good)
			if err != nil {
				t.Fatal(err)
			}
			defer next.Close()
			if sum, err := next.Run(context.Background(), "add", 2, 3); err != nil || sum != int32(5) {
				t.Errorf("after it, add(2, 3) gave %v, %v", sum, err)
			}
		})
	}
}
