package rpc

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

func describe(t testing.TB, d *coffrev1.Description) (vault.Description, []string) {
	t.Helper()
	var f fields
	got := f.description("d", d, catalogue(t))
	return got, refused(t, f.err())
}

func TestWhatIsKnownOfAPaper(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in      coffrev1.Description_builder
		want    vault.Description
		refused string
	}{
		"nothing is known": {want: vault.Description{Drawer: papers.Unsorted}},
		"the kind decides on the drawer": {
			in:   coffrev1.Description_builder{Kind: new("cni"), Drawer: new("banque")},
			want: vault.Description{Kind: "cni", Drawer: "identite"},
		},
		"a drawer without a kind": {
			in:   coffrev1.Description_builder{Drawer: new("banque")},
			want: vault.Description{Drawer: "banque"},
		},
		"the title is the file name where there is none": {
			in:   coffrev1.Description_builder{FileName: new("avis 2026.pdf")},
			want: vault.Description{Title: "avis 2026.pdf", FileName: "avis 2026.pdf", Drawer: papers.Unsorted},
		},
		"a long file name is cut for a title": {
			in:   coffrev1.Description_builder{FileName: new(strings.Repeat("x", 250))},
			want: vault.Description{Title: strings.Repeat("x", 200), FileName: strings.Repeat("x", 250), Drawer: papers.Unsorted},
		},
		"everything is known": {
			in: coffrev1.Description_builder{
				Title: new("Mon titre de séjour"), FileName: new("scan.pdf"), DocumentDate: new("2026-03"), ExpireDate: new("2031-02-28"),
				Whose: new("ma fille"), OriginalPlace: new("boîte bleue"),
			},
			want: vault.Description{
				Title: "Mon titre de séjour", FileName: "scan.pdf", Drawer: papers.Unsorted, DocumentDate: "2026-03", ExpireDate: "2031-02-28",
				Whose: "ma fille", OriginalPlace: "boîte bleue",
			},
		},
		"characters count, not bytes": {
			in:   coffrev1.Description_builder{Title: new(strings.Repeat("é", 200))},
			want: vault.Description{Title: strings.Repeat("é", 200), Drawer: papers.Unsorted},
		},
		"one character too many": {in: coffrev1.Description_builder{Title: new(strings.Repeat("é", 201))}, refused: "d.title"},
		"no such kind":           {in: coffrev1.Description_builder{Kind: new("cnx")}, refused: "d.kind"},
		"no such drawer":         {in: coffrev1.Description_builder{Drawer: new("cave")}, refused: "d.drawer"},
		"a name with a folder":   {in: coffrev1.Description_builder{FileName: new("../secret")}, refused: "d.file_name"},
		"a name of Windows":      {in: coffrev1.Description_builder{FileName: new(`C:\avis.pdf`)}, refused: "d.file_name"},
		"a name of dots":         {in: coffrev1.Description_builder{FileName: new("..")}, refused: "d.file_name"},
		"a name too long":        {in: coffrev1.Description_builder{FileName: new(strings.Repeat("x", 256))}, refused: "d.file_name"},
		"two lines":              {in: coffrev1.Description_builder{Whose: new("ma\nfille")}, refused: "d.whose"},
		"a terminal escape":      {in: coffrev1.Description_builder{OriginalPlace: new("\x1b[2J")}, refused: "d.original_place"},
		"a name turned round":    {in: coffrev1.Description_builder{FileName: new("avis\u202efdp.exe")}, refused: "d.file_name"},
		"a line separator":       {in: coffrev1.Description_builder{Title: new("a\u2028b")}, refused: "d.title"},
		"not text":               {in: coffrev1.Description_builder{Title: new("\xff\xfe")}, refused: "d.title"},
		"a month is no last day": {in: coffrev1.Description_builder{ExpireDate: new("2026-03")}, refused: "d.expire_date"},
		"no such day":            {in: coffrev1.Description_builder{DocumentDate: new("2026-02-30")}, refused: "d.document_date"},
		"another order":          {in: coffrev1.Description_builder{DocumentDate: new("22/11/2026")}, refused: "d.document_date"},
		"year zero":              {in: coffrev1.Description_builder{DocumentDate: new("0000")}, refused: "d.document_date"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, bad := describe(t, c.in.Build())
			if strings.Join(bad, " ") != c.refused {
				t.Fatalf("refused %v, want %q", bad, c.refused)
			}
			if d := cmp.Diff(c.want, got); c.refused == "" && d != "" {
				t.Error(d)
			}
		})
	}
	if _, bad := describe(t, nil); !slices.Equal(bad, []string{"d"}) {
		t.Errorf("no description: %v", bad)
	}
}

// What a depositor wrote comes back as written.
func FuzzParseDescription(f *testing.F) {
	f.Add("Avis", "avis.pdf", "cni", "", "2026", "2031-02-28", "ma fille", "boîte")
	f.Add("", "", "", "banque", "", "", "", "")
	f.Add("\u202e", "a/b", "CNI", "-", "2026-13", "0000-01-01", "\x00", "\n")
	kinds := catalogue(f)
	f.Fuzz(func(t *testing.T, title, name, kind, drawer, date, expires, whose, place string) {
		in := coffrev1.Description_builder{
			Title: &title, FileName: &name, Kind: &kind, Drawer: &drawer,
			DocumentDate: &date, ExpireDate: &expires, Whose: &whose, OriginalPlace: &place,
		}.Build()
		var p fields
		got := p.description("d", in, kinds)
		if p.err() != nil {
			return
		}
		if got.Title == "" && (title != "" || name != "") {
			t.Error("the title was lost")
		}
		if title != "" && got.Title != title || got.FileName != name || got.Whose != whose || got.OriginalPlace != place ||
			got.DocumentDate != date || got.ExpireDate != expires || string(got.Kind) != kind {
			t.Errorf("%q was read as %q", in, got)
		}
		if want, err := kinds.Drawer(got.Kind); kind != "" && (err != nil || want != got.Drawer) {
			t.Errorf("kind %q in drawer %q", kind, got.Drawer)
		}
		var again fields
		if twice := again.description("d", described(got), kinds); again.err() != nil || twice != got {
			t.Errorf("%q is read as %q the second time: %v", got, twice, again.err())
		}
	})
}
