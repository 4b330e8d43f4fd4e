package seal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// A file key leaves its type to cross from the keeper to an API node, in package
// link, and nowhere else: whoever else names one of these functions fails here.
func TestFileKeysLeaveTheirTypeInLinkOnly(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	found := map[string][]string{}
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules"):
			return fs.SkipDir
		case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || path.Dir(name) == "vault/seal":
			return nil
		}
		raw, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, raw, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && (id.Name == "ExportFileKey" || id.Name == "ParseFileKey") {
				found[id.Name] = append(found[id.Name], path.Dir(name))
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ExportFileKey", "ParseFileKey"} {
		if got := slices.Compact(slices.Sorted(slices.Values(found[name]))); !slices.Equal(got, []string{"vault/link"}) {
			t.Errorf("%s is called in %q, want vault/link alone", name, got)
		}
	}
}
