package edge_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// api.txt has every exported declaration without its comments, so that a change of the public surface shows as a difference of that
// file. EDGE_BLESS=1 writes it anew.
func TestPublicSurface(t *testing.T) {
	files := token.NewFileSet()
	var all []string
	for _, folder := range []string{".", "bindgen"} {
		packages, err := parser.ParseDir(files, folder, func(file fs.FileInfo) bool { //nolint:staticcheck // no build tags decide here
			return !strings.HasSuffix(file.Name(), "_test.go")
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range packages {
			var list []string
			for _, file := range p.Files {
				list = append(list, exported(t, files, file)...)
			}
			slices.Sort(list)
			all = append(all, "package "+name+"\n")
			all = append(all, list...)
		}
	}
	got := strings.Join(all, "\n")
	if os.Getenv("EDGE_BLESS") != "" {
		if err := os.WriteFile("api.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(must[[]byte](t)(os.ReadFile("api.txt"))) != got {
		t.Error("the public surface has changed: EDGE_BLESS=1 go test -run TestPublicSurface . writes api.txt anew")
	}
}

// receiver is the name of a method's type.
func receiver(method *ast.FuncDecl) string {
	ty := method.Recv.List[0].Type
	if pointer, ok := ty.(*ast.StarExpr); ok {
		ty = pointer.X
	}
	name, _ := ty.(*ast.Ident)
	return name.Name
}

var emptyLines = regexp.MustCompile(`\n\s*\n`)

// exported are the declarations of a file as text. Bodies, imports and what is exported to C alone are left out.
func exported(t *testing.T, files *token.FileSet, file *ast.File) (list []string) {
	t.Helper()
	if !ast.FileExports(file) {
		return nil
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil && !ast.IsExported(receiver(d)) {
				continue
			}
			d.Body = nil
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
		}
		var text bytes.Buffer
		style := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 4}
		if err := style.Fprint(&text, files, declaration); err != nil {
			t.Fatal(err)
		}
		// Where there are comments in the source there are empty lines here.
		list = append(list, emptyLines.ReplaceAllString(text.String(), "\n")+"\n")
	}
	return list
}
