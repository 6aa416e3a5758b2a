package edge_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the README shows are lines of examples, which are compiled and run.
func TestReadmeShowsExamples(t *testing.T) {
	examples := string(must[[]byte](t)(os.ReadFile("example_test.go")))
	readme := string(must[[]byte](t)(os.ReadFile("README.md")))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	if len(blocks) < 5 {
		t.Fatalf("%d blocks only", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(examples, block[1]) {
			t.Errorf("no example has these lines:\n%s", block[1])
		}
	}
}
