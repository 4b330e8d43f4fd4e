package pdf

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// readBack reads a file with another implementation, which also validates it.
func readBack(t *testing.T, b []byte) *model.Context {
	t.Helper()
	conf := model.NewDefaultConfiguration()
	conf.Offline = true
	ctx, err := api.ReadAndValidate(bytes.NewReader(b), conf)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func dict(t *testing.T, ctx *model.Context, o types.Object) types.Dict {
	t.Helper()
	d, err := ctx.DereferenceDict(o)
	if err != nil || d == nil {
		t.Fatalf("no dictionary: %v", err)
	}
	return d
}

var begins = regexp.MustCompile(`/(\w+) <</MCID (\d+)>> BDC`)

// marked is the roles of what is marked on a page, by number.
func marked(t *testing.T, ctx *model.Context, page int) (roles []string) {
	t.Helper()
	r, err := pdfcpu.ExtractPageContent(ctx, page)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range begins.FindAllStringSubmatch(string(content), -1) {
		if m[2] != strconv.Itoa(len(roles)) {
			t.Errorf("page %d: mark %s comes at %d", page, m[2], len(roles))
		}
		roles = append(roles, m[1])
	}
	if open, closed := strings.Count(string(content), " BDC")+strings.Count(string(content), " BMC"), strings.Count(string(content), "EMC"); open != closed {
		t.Errorf("page %d: %d marks begin, %d end", page, open, closed)
	}
	return roles
}

// L-81: another reader finds language, title, structure, and for each mark on a
// page the element that it belongs to.
func TestAnotherReaderFindsTheStructure(t *testing.T) {
	api.DisableConfigDir()
	for _, p := range []Paper{A4, Folded, Booklet, Cards} {
		b, err := everything(t, p, "Éloïse et les papiers", 30).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		ctx := readBack(t, b)
		root, err := ctx.Catalog()
		if err != nil {
			t.Fatal(err)
		}
		if lang, err := ctx.DereferenceStringOrHexLiteral(root["Lang"], model.V10, nil); err != nil || lang != "fr-FR" {
			t.Errorf("language %q, %v", lang, err)
		}
		if m := dict(t, ctx, root["MarkInfo"]).BooleanEntry("Marked"); m == nil || !*m {
			t.Error("not marked")
		}
		if v := dict(t, ctx, root["ViewerPreferences"]).BooleanEntry("DisplayDocTitle"); v == nil || !*v {
			t.Error("the window shows the name of the file")
		}
		tree := dict(t, ctx, root["StructTreeRoot"])
		parents, err := ctx.DereferenceArray(dict(t, ctx, tree["ParentTree"])["Nums"])
		if err != nil || len(parents) != 2*ctx.PageCount {
			t.Fatalf("%d numbers for %d pages: %v", len(parents), ctx.PageCount, err)
		}
		seen := 0
		for page := range ctx.PageCount {
			of, err := ctx.DereferenceArray(parents[2*page+1])
			if err != nil {
				t.Fatal(err)
			}
			roles := marked(t, ctx, page+1)
			if len(roles) != len(of) {
				t.Errorf("page %d: %d marks, %d parents", page+1, len(roles), len(of))
				continue
			}
			for i, r := range roles {
				e := dict(t, ctx, of[i])
				if s := e.NameEntry("S"); s == nil || *s != r {
					t.Errorf("page %d, mark %d: a %s belongs to %v", page+1, i, r, e)
				}
				seen++
			}
		}
		document := dict(t, ctx, tree["K"])
		order := walk(t, ctx, document, nil)
		if order[0] != "Document" || slices.Index(order, "H1") > slices.Index(order, "H2") || seen == 0 {
			t.Errorf("paper %d: %v", p, order)
		}
		for _, role := range []string{"H1", "H2", "P", "L", "LI", "Lbl", "LBody", "Figure"} {
			if !slices.Contains(order, role) {
				t.Errorf("paper %d: no %s", p, role)
			}
		}
	}
}

// walk goes through the elements in reading order. Each figure says what it is.
func walk(t *testing.T, ctx *model.Context, e types.Dict, order []string) []string {
	t.Helper()
	role := *e.NameEntry("S")
	order = append(order, role)
	if _, alt := e.Find("Alt"); role == "Figure" && !alt {
		t.Error("a figure without an alternative")
	}
	all, err := ctx.DereferenceArray(e["K"])
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if _, ref := k.(types.IndirectRef); ref {
			order = walk(t, ctx, dict(t, ctx, k), order)
		}
	}
	return order
}

// The file is put together only from what the drawing library is known to write.
func TestAFileOfAnotherShapeIsRefused(t *testing.T) {
	t.Parallel()
	d := everything(t, A4, "RIB", 1)
	drawn, pages, err := d.draw()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := assemble(drawn, d.cfg, d.root, pages); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "half": drawn[:len(drawn)/2], "without a head": drawn[10:],
		"other pages": bytes.ReplaceAll(drawn, []byte("<</Type /Page\n"), []byte("<< /Type/Page\n")),
	} {
		if _, err := assemble(b, d.cfg, d.root, pages); err == nil {
			t.Errorf("%s: a file", name)
		}
	}
	if _, err := assemble(drawn, d.cfg, d.root, pages[1:]); err == nil {
		t.Error("a page without its marks")
	}
}
