package papers_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// asked is the list of démarches the catalogue was made from.
var asked = []papers.Purpose{
	"rsa", "ppa", "apl", "css", "aah", "aspa", "asi", "france-travail", "af", "cf", "asf", "paje", "ars", "aeeh", "bourse",
	"logement-social", "fsl", "domiciliation", "ame", "apa", "ash", "cni", "aide-juridictionnelle", "surendettement",
	"carte-grise", "permis", "tri", "passeport-numerique",
}

func TestEveryDemarcheIsThere(t *testing.T) {
	t.Parallel()
	c := load(t)
	var got []papers.Purpose
	for _, p := range c.Purposes() {
		got = append(got, p.Code)
		one, err := c.Purpose(p.Code)
		if err != nil || one.Label != p.Label || !slices.Equal(one.Kinds, p.Kinds) {
			t.Errorf("%s: %+v, %v", p.Code, one, err)
		}
		if p.Days != papers.DefaultDays && p.Evidence == papers.Memory {
			t.Errorf("%s: a horizon of %d days from memory", p.Code, p.Days)
		}
	}
	if !slices.Equal(got, asked) {
		t.Errorf("%v", got)
	}
	for _, none := range []papers.Purpose{"", "rien"} {
		if _, err := c.Purpose(none); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%q: %v", none, err)
		}
	}
}

// L-86: nobody signs a surendettement file in the person's place; and a démarche
// that asks a person's identity never asks for their health papers by the way.
func TestWhatADemarcheAsks(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, p := range c.Purposes() {
		if p.PersonSigns != (p.Code == "surendettement") {
			t.Errorf("%s: the person signs: %v", p.Code, p.PersonSigns)
		}
		for _, k := range p.Kinds {
			drawer, err := c.Drawer(k)
			if err != nil {
				t.Fatal(err)
			}
			if drawer == "sante" && p.Code != "aah" && p.Code != "aeeh" && p.Code != "paje" {
				t.Errorf("%s asks for %s", p.Code, k)
			}
		}
	}
	for code, want := range map[papers.Purpose][]papers.Kind{"tri": nil, "passeport-numerique": {"memo-identifiant", "note", "contact"}} {
		if p, err := c.Purpose(code); err != nil || !slices.Equal(p.Kinds, want) {
			t.Errorf("%s covers %q, %v; want %q", code, p.Kinds, err, want)
		}
	}
	if p, err := c.Purpose("aah"); err != nil || p.Days != 122 || p.Evidence != papers.Verified {
		t.Errorf("MDPH answers within four months: %+v, %v", p, err)
	}
}

// Who changes what they were answered changes nothing for others.
func TestPurposesAreCopies(t *testing.T) {
	t.Parallel()
	c := load(t)
	c.Purposes()[0].Kinds[0] = "changed"
	p, err := c.Purpose("rsa")
	if err != nil || p.Kinds[0] != "cni" {
		t.Errorf("%v, %v", p.Kinds, err)
	}
	p.Kinds[0] = "changed"
	if again, err := c.Purpose("rsa"); err != nil || again.Kinds[0] != "cni" {
		t.Errorf("%v, %v", again.Kinds, err)
	}
	if none := (*papers.Catalogue)(nil); none.Purposes() != nil {
		t.Error("nobody's catalogue has démarches")
	}
}

// smallPurposes is the least a list can be; each refusal changes one thing.
const smallPurposes = `version: 1
sources:
  page: {name: "Une page", date: "2026-01-02", checked: "2026-11-21"}
purposes:
  - {code: aide, label: "Aide", simple: "Une aide.", body: "CAF", kinds: [rib], days: 31, source: page, evidence: M}
`

func TestAListOfDemarchesThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	c, err := papers.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WithPurposes([]byte(smallPurposes)); err != nil {
		t.Fatal(err)
	}
	row := strings.TrimSpace(smallPurposes[strings.Index(smallPurposes, "- {code"):])
	for name, change := range map[string][2]string{
		"other version":    {"version: 1", "version: 2"},
		"unknown field":    {"days: 31", "days: 31, forme: x"},
		"stands twice":     {row, row + "\n  " + row},
		"no such kind":     {"[rib]", "[cni]"},
		"no kind":          {"[rib]", `[""]`},
		"kind twice":       {"[rib]", "[rib, rib]"},
		"no horizon":       {"days: 31, ", ""},
		"negative horizon": {"days: 31", "days: -1"},
		"long horizon":     {"days: 31", "days: 183"},
		"no such source":   {"source: page", "source: livre"},
		"unknown evidence": {"evidence: M", "evidence: X"},
		"code in capitals": {"code: aide", "code: AIDE"},
		"no label":         {`label: "Aide"`, `label: ""`},
		"no sentence":      {`simple: "Une aide."`, `simple: ""`},
		"no body":          {`body: "CAF"`, `body: ""`},
		"not a truth":      {"days: 31", "days: 31, person-signs: peut-être"},
		"bad source":       {`date: "2026-01-02"`, `date: "2026-13-02"`},
		"second document":  {"version: 1", "version: 1\n---\nversion: 1"},
		"too many bytes":   {"version: 1", "version: 1 #" + strings.Repeat("x", 256<<10)},
		"too many rows":    {row, strings.Repeat(row+"\n  ", 1001)},
	} {
		raw := strings.Replace(smallPurposes, change[0], change[1], 1)
		if raw == smallPurposes {
			t.Fatalf("%s: the change changes nothing", name)
		}
		if with, err := c.WithPurposes([]byte(raw)); !errors.Is(err, papers.ErrCatalogue) || with != nil {
			t.Errorf("%s: %v, %v; want ErrCatalogue", name, with, err)
		}
	}
	if _, err := (*papers.Catalogue)(nil).WithPurposes([]byte(smallPurposes)); !errors.Is(err, papers.ErrCatalogue) {
		t.Errorf("no catalogue: %v", err)
	}
}

// Whatever is accepted holds together.
func FuzzWithPurposes(f *testing.F) {
	whole, err := os.ReadFile("purposes.yaml")
	if err != nil {
		f.Fatal(err)
	}
	c, err := papers.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(smallPurposes))
	f.Fuzz(func(t *testing.T, raw []byte) {
		with, err := c.WithPurposes(raw)
		if err != nil {
			if with != nil || !errors.Is(err, papers.ErrCatalogue) {
				t.Fatalf("%v, %v", with, err)
			}
			return
		}
		for _, p := range with.Purposes() {
			if got, err := papers.ParsePurpose(string(p.Code)); err != nil || got != p.Code || p.Days < 1 || p.Days > 182 {
				t.Fatalf("%+v: %v", p, err)
			}
			for _, k := range p.Kinds {
				if _, err := with.KindInfo(k); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
