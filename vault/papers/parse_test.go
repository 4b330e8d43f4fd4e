package papers_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// small is the least a catalogue can be; each refusal changes one thing in it.
const small = `version: 1
sources:
  page: {name: "Une page", date: "2026-01-02", checked: "2026-11-21"}
drawers:
  - {code: banque, label: "Banque", simple: "La banque."}
  - {code: a-trier, label: "À trier", simple: "À ranger."}
kinds:
  - {code: rib, drawer: banque, label: "RIB", simple: "Le numéro du compte.", source: page, evidence: V}
`

func TestACatalogueNamesItsSource(t *testing.T) {
	t.Parallel()
	c, err := papers.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	rib, err := c.KindInfo("rib")
	if err != nil {
		t.Fatal(err)
	}
	if rib.Source.Name != "Une page" || rib.Evidence != papers.Verified ||
		rib.Source.Date.Format("2006-01-02") != "2026-01-02" || rib.Source.Checked.Format("2006-01-02") != "2026-11-21" {
		t.Errorf("source %+v, evidence %q", rib.Source, rib.Evidence)
	}
	banque, err := c.DrawerInfo("banque")
	if err != nil || banque.Label != "Banque" || banque.Simple != "La banque." {
		t.Errorf("drawer %+v, %v", banque, err)
	}
}

func TestACatalogueThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	rib := strings.TrimSpace(small[strings.Index(small, "- {code: rib"):])
	for name, change := range map[string][2]string{
		"other version":        {"version: 1", "version: 2"},
		"no version":           {"version: 1\n", ""},
		"unknown field":        {`label: "RIB"`, `label: "RIB", couleur: bleu`},
		"field twice":          {`label: "RIB"`, `label: "RIB", label: "RIB"`},
		"unknown section":      {"version: 1", "version: 1\nautres: []"},
		"no unsorted drawer":   {"code: a-trier", "code: trier"},
		"drawer twice":         {"code: a-trier", "code: banque"},
		"kind twice":           {rib, rib + "\n  " + rib},
		"no such drawer":       {"drawer: banque", "drawer: banques"},
		"kind in unsorted":     {"drawer: banque", "drawer: a-trier"},
		"no such source":       {"source: page", "source: livre"},
		"no evidence":          {"evidence: V", `evidence: ""`},
		"unknown evidence":     {"evidence: V", "evidence: v"},
		"code in capitals":     {"code: rib", "code: RIB"},
		"code with hyphen end": {"code: rib", "code: rib-"},
		"no code":              {"code: rib", `code: ""`},
		"long code":            {"code: rib", "code: " + strings.Repeat("r", 41)},
		"no label":             {`label: "RIB"`, `label: ""`},
		"no sentence":          {`simple: "Le numéro du compte."`, `simple: ""`},
		"label with a line":    {`label: "RIB"`, `label: "R\nB"`},
		"label with space":     {`label: "RIB"`, `label: " RIB"`},
		"long label":           {`label: "RIB"`, `label: "` + strings.Repeat("é", 161) + `"`},
		"drawer without label": {`label: "Banque"`, `label: ""`},
		"source without name":  {`name: "Une page"`, `name: ""`},
		"source without date":  {`date: "2026-01-02"`, `date: ""`},
		"impossible date":      {`date: "2026-01-02"`, `date: "2026-02-30"`},
		"checked before date":  {`checked: "2026-11-21"`, `checked: "2025-11-21"`},
		"never checked":        {`, checked: "2026-11-21"`, ""},
		"second document":      {"version: 1", "version: 1\n---\nversion: 1"},
		"text at the end":      {"evidence: V}\n", "evidence: V}\n---\n- rien\n"},
		"too many bytes":       {"version: 1", "version: 1 #" + strings.Repeat("x", 256<<10)},
		"too many rows":        {rib, strings.Repeat(rib+"\n  ", 1001)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := strings.Replace(small, change[0], change[1], 1)
			if raw == small {
				t.Fatal("the change changes nothing")
			}
			if c, err := papers.Parse([]byte(raw)); !errors.Is(err, papers.ErrCatalogue) || c != nil {
				t.Errorf("Parse = %v, %v; want ErrCatalogue", c, err)
			}
		})
	}
	if _, err := papers.Parse(nil); !errors.Is(err, papers.ErrCatalogue) {
		t.Errorf("nothing: %v, want ErrCatalogue", err)
	}
}

func TestACodeIsPlainAndShort(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "0", "cni", "acte-naissance", "a-b-c", strings.Repeat("x", 40)} {
		d, errDrawer := papers.ParseDrawer(good)
		k, errKind := papers.ParseKind(good)
		if errDrawer != nil || errKind != nil || string(d) != good || string(k) != good {
			t.Errorf("%q: %q, %v, %q, %v", good, d, errDrawer, k, errKind)
		}
	}
	for _, bad := range []string{"", "-", "-a", "a-", "a--b", "A", "é", "a b", "a/b", "a\x00", strings.Repeat("x", 41)} {
		_, errDrawer := papers.ParseDrawer(bad)
		_, errKind := papers.ParseKind(bad)
		if !errors.Is(errDrawer, papers.ErrCode) || !errors.Is(errKind, papers.ErrCode) {
			t.Errorf("%q: %v, %v; want ErrCode", bad, errDrawer, errKind)
		}
	}
}

// What a caller typed may speak of a person, so an error does not repeat it.
func TestARefusedCodeIsNotRepeated(t *testing.T) {
	t.Parallel()
	const typed = "Madame Untel"
	if _, err := papers.ParseKind(typed); err == nil || strings.Contains(err.Error(), "Untel") {
		t.Errorf("error %q", err)
	}
}

// Whatever is accepted holds together.
func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile("papers.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(small))
	f.Add([]byte("version: &v 1\ndrawers: [*v]"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := papers.Parse(raw)
		if err != nil {
			if c != nil || !errors.Is(err, papers.ErrCatalogue) {
				t.Fatalf("Parse = %v, %v", c, err)
			}
			return
		}
		if _, err := c.DrawerInfo(papers.Unsorted); err != nil {
			t.Fatal(err)
		}
		for _, d := range c.Drawers() {
			if got, err := papers.ParseDrawer(string(d.Code)); err != nil || got != d.Code {
				t.Fatalf("drawer %q: %v", d.Code, err)
			}
			for _, k := range c.Kinds(d.Code) {
				if got, err := c.Drawer(k.Code); err != nil || got != d.Code || d.Code == papers.Unsorted {
					t.Fatalf("kind %q lies in %q and %q: %v", k.Code, d.Code, got, err)
				}
			}
		}
	})
}

func FuzzParseKind(f *testing.F) {
	for _, s := range []string{"cni", "a--b", "", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := papers.ParseKind(s); err == nil && string(k) != s {
			t.Fatalf("%q became %q", s, k)
		}
	})
}
