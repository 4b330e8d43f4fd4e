package prints_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// kinds are the types of this package that are a page: those with a method lay.
func kinds(t *testing.T) (all []string) {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Name.Name != "lay" || f.Recv == nil {
				continue
			}
			if of, is := f.Recv.List[0].Type.(*ast.Ident); is {
				all = append(all, of.Name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A kind of page that somebody adds is rendered, read back by a camera, heard and
// compared like the others: every test of this package goes through the same table.
func TestEveryKindOfPageIsInTheTable(t *testing.T) {
	t.Parallel()
	var tested []string
	for _, p := range all(t, names(), vault.DiscretionNormal) {
		tested = append(tested, reflect.TypeOf(p).Name())
	}
	slices.Sort(tested)
	tested = slices.Compact(tested)
	if known := kinds(t); !slices.Equal(known, tested) || len(known) == 0 {
		t.Errorf("the kinds are %q, those in the table %q", known, tested)
	}
}
