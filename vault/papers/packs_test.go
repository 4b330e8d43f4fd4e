package papers_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault/papers"
)

// packLines writes a pack in short: what testdata/packs.txt holds, by hand.
func packLines(p papers.PackInfo) []string {
	out := []string{fmt.Sprintf("%s [%s] %s every %s", p.Purpose, strings.Join(p.Forms, ", "), p.Evidence, p.Every)}
	for _, piece := range p.Pieces {
		line := fmt.Sprintf("  %s: %s %s", piece.Code, piece.Who, joined(piece.Kinds, "/"))
		if len(piece.Also) > 0 {
			line += " also " + joined(piece.Also, "/")
		}
		if piece.Sides > 1 {
			line += fmt.Sprintf(" sides %d", piece.Sides)
		}
		if piece.Ask != "" {
			line += " ask " + piece.Ask
		}
		if piece.Pictogram != "" {
			line += " picture " + string(piece.Pictogram)
		}
		line += " | " + piece.Say
		if piece.If != "" {
			line += " | " + piece.If
		}
		if piece.ChildIf != "" {
			line += " | child " + piece.ChildIf
		}
		out = append(out, line)
	}
	for _, n := range p.Notes {
		out = append(out, fmt.Sprintf("  note %s: %s", n.Keep, n.Say))
	}
	return out
}

func joined[S ~string](in []S, by string) string {
	var out []string
	for _, s := range in {
		out = append(out, string(s))
	}
	return strings.Join(out, by)
}

// heldBy compares lines with those of a file that nobody writes by program.
func heldBy(t *testing.T, name string, got []string) {
	t.Helper()
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(strings.TrimRight(string(want), "\n"), "\n"), got); d != "" {
		t.Errorf("the catalogue is no longer what testdata/%s says: check both with the source\n%s", name, d)
	}
}

// Each démarche with its forms, pieces, conditions, rhythm and evidence.
func TestEveryPieceIsTheOneThatWasFound(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range load(t).Packs() {
		got = append(got, packLines(p)...)
	}
	heldBy(t, "packs.txt", got)
}

// Who gives out which papers. All of it is from memory, and says so.
func TestEveryIssuerIsTheOneThatWasFound(t *testing.T) {
	t.Parallel()
	var got []string
	for _, i := range load(t).Issuers() {
		got = append(got, fmt.Sprintf("%s %s | %s | %s", i.Code, i.Evidence, i.Label, joined(i.Kinds, "/")))
	}
	heldBy(t, "issuers.txt", got)
}

// A démarche without pack asks no paper, or is done in the centre itself.
func TestEveryDemarcheHasAPack(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, p := range c.Purposes() {
		_, err := c.Pack(p.Code)
		if home := p.Code == "tri" || p.Code == "passeport-numerique"; home != errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%s: %v", p.Code, err)
		}
	}
}

// L-63: what a slip asks is what a consent covers, and no piece is without
// somebody to ask.
func TestASlipAsksWhatAConsentCovers(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, pack := range c.Packs() {
		purpose, err := c.Purpose(pack.Purpose)
		if err != nil {
			t.Fatal(err)
		}
		var asked []papers.Kind
		for _, piece := range pack.Pieces {
			asked = append(asked, piece.Kinds...)
			for _, k := range piece.Kinds {
				if _, err := c.Issuer(k); err != nil && k != "cv" {
					t.Errorf("%s: nobody to ask for %s", pack.Purpose, k)
				}
			}
		}
		slices.Sort(asked)
		covered := slices.Sorted(slices.Values(purpose.Kinds))
		if !slices.Equal(slices.Compact(asked), covered) {
			t.Errorf("%s asks %q, covers %q", pack.Purpose, asked, covered)
		}
	}
}

// short writes a slip's lines for reading.
func short(s papers.Slip) []string {
	states := []string{"not looked", "ok", "soon", "old", "missing", "doubtful"}
	var out []string
	for _, l := range s.Lines {
		var line strings.Builder
		line.WriteString(l.Piece.Code)
		if l.Member.Role != papers.Me {
			line.WriteString("(" + l.Member.Whose + ")")
		}
		line.WriteString(": " + states[l.State])
		if !l.Until.IsZero() {
			line.WriteString(" until " + l.Until.String())
		}
		for _, m := range l.Lacking {
			line.WriteString(" -" + m.String()[:7])
		}
		if l.Ask != "" {
			line.WriteString(", " + l.Ask)
		}
		if l.If != "" {
			line.WriteString(" (" + l.If + ")")
		}
		out = append(out, line.String())
	}
	return out
}

func household(t *testing.T) papers.Household {
	t.Helper()
	h, err := papers.NewHousehold(papers.Member{Whose: "Paul", Role: papers.Partner}, papers.Member{Whose: "Ana", Role: papers.Child})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// What a person brings for the RSA, on the 22nd of November 2026.
func TestWhatToBringForAHousehold(t *testing.T) {
	t.Parallel()
	c := load(t)
	paid := func(date, whose string) papers.Paper {
		return papers.Paper{Kind: "bulletin-paie", Date: written(t, date), Whose: whose}
	}
	all := []papers.Paper{
		{Kind: "cni", Expires: day(t, "2027-01-15")},
		{Kind: "cni", Expires: day(t, "2019-01-15")},
		{Kind: "cni", Expires: day(t, "2035-01-15"), Whose: "Paul"}, // nobody asks his
		paid("2026-10", ""), paid("2026-08-31", "moi"),
		{Kind: "attestation-france-travail", Date: written(t, "2026-09-30")}, // a month without work
		paid("2026-10", "paul"), paid("2026-08", " Paul "), paid("2025-01", "Zoé"),
		{Kind: "avis-imposition", Date: written(t, "2026"), Whose: "Paul"},
		{},
	}
	slip, err := c.Bring("rsa", household(t), papers.Sight{Papers: all, Kinds: c.EveryKind()}, day(t, "2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"identite: soon until 2027-01-15, une mairie qui fait les cartes d'identité",
		"rib: missing, votre banque",
		"revenus: ok",
		"revenus(Paul): missing -2026-09, l'employeur ou l'organisme qui paie",
		"revenus(Ana): missing -2026-10 -2026-09 -2026-08, l'employeur ou l'organisme qui paie (S'il ou elle a des revenus.)",
		"avis: ok until 2027-08-31",
	}
	if d := cmp.Diff(want, short(slip)); d != "" {
		t.Error(d)
	}
	if !slices.Equal(slip.Strangers, []int{8}) {
		t.Errorf("strangers %v, want Zoé's", slip.Strangers)
	}
	if got := slip.Lines[2].Papers; !slices.Equal(got, []int{3, 5, 4}) {
		t.Errorf("months are covered by %v", got)
	}
	if slip.Lines[0].Pictogram != "identite" || slip.Lines[1].Pictogram != "banque" || slip.Purpose.Code != "rsa" {
		t.Errorf("%+v", slip.Lines[0])
	}
}

// Without a consent the same slip is the démarche's general list: nothing is
// judged, and everybody to ask is named.
func TestWithoutSightASlipIsTheGeneralList(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, p := range c.Packs() {
		slip, err := c.Bring(p.Purpose, papers.Household{}, papers.Sight{}, day(t, "2026-11-22"))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range slip.Lines {
			if l.State != papers.NotLooked || len(l.Papers) > 0 || len(l.Lacking) > 0 || !l.Until.IsZero() || l.Member.Role != papers.Me {
				t.Errorf("%s: %+v", p.Purpose, l)
			}
		}
		if len(slip.Strangers) > 0 || len(slip.Lines) == 0 {
			t.Errorf("%s: %d lines, strangers %v", p.Purpose, len(slip.Lines), slip.Strangers)
		}
	}
}

// A kind out of sight never makes a piece missing or too old; one in sight can
// make it good.
func TestAHiddenKindIsNotSaidToBeMissing(t *testing.T) {
	t.Parallel()
	c := load(t)
	today := day(t, "2026-11-22")
	for _, row := range []struct {
		name  string
		kinds []papers.Kind
		all   []papers.Paper
		want  papers.State
	}{
		{"titre out of sight", []papers.Kind{"cni"}, nil, papers.NotLooked},
		{"both in sight", []papers.Kind{"cni", "titre-sejour"}, nil, papers.Missing},
		{"old, other out of sight", []papers.Kind{"cni"}, []papers.Paper{{Kind: "cni", Expires: day(t, "2000-01-01")}}, papers.NotLooked},
		{"old", []papers.Kind{"cni", "titre-sejour"}, []papers.Paper{{Kind: "cni", Expires: day(t, "2000-01-01")}}, papers.TooOld},
		{"good", []papers.Kind{"cni"}, []papers.Paper{{Kind: "cni", Expires: day(t, "2036-01-01")}}, papers.OK},
		{"one in sight, others perhaps not", nil, []papers.Paper{{Kind: "cni", Expires: day(t, "2036-01-01")}}, papers.OK},
		{"old, and others perhaps not in sight", nil, []papers.Paper{{Kind: "cni", Expires: day(t, "2000-01-01")}}, papers.NotLooked},
		{"passport, in sight", []papers.Kind{"cni", "titre-sejour", "passeport"}, []papers.Paper{{Kind: "passeport", Expires: day(t, "2036-01-01")}}, papers.OK},
		{"undated", []papers.Kind{"cni", "titre-sejour"}, []papers.Paper{{Kind: "cni"}}, papers.Doubtful},
		{"the best of several", []papers.Kind{"cni", "titre-sejour"}, []papers.Paper{{Kind: "cni"}, {Kind: "titre-sejour", Expires: day(t, "2026-12-01")}, {Kind: "cni", Expires: day(t, "2001-01-01")}}, papers.SoonTooOld},
	} {
		slip, err := c.Bring("ppa", papers.Household{}, papers.Sight{Papers: row.all, Kinds: row.kinds}, today)
		if err != nil || slip.Lines[0].State != row.want {
			t.Errorf("%s: %+v, %v; want %d", row.name, slip.Lines[0], err, row.want)
		}
	}
	part := papers.Sight{Papers: []papers.Paper{{Kind: "bulletin-paie", Date: written(t, "2026-10")}}}
	if slip, err := c.Bring("ppa", papers.Household{}, part, today); err != nil || slip.Lines[2].State != papers.NotLooked || len(slip.Lines[2].Lacking) > 0 {
		t.Errorf("one month of three in sight: %+v, %v", slip.Lines[2], err)
	}
}

// The CAF asks the landlord's certificate: a lease or a receipt is not it.
func TestAReceiptIsNoCertificateOfTheLandlord(t *testing.T) {
	t.Parallel()
	c := load(t)
	all := []papers.Paper{{Kind: "quittance-loyer", Date: written(t, "2026-11-01")}, {Kind: "bail", Date: written(t, "2026-01-01")}}
	for want, see := range map[string][]papers.Paper{
		"loyer: missing, votre propriétaire": all,
		"loyer: ok":                          append(all, papers.Paper{Kind: "attestation-loyer"}),
	} {
		slip, err := c.Bring("apl", papers.Household{}, papers.Sight{Papers: see, Kinds: c.EveryKind()}, day(t, "2026-11-22"))
		if err != nil || !slices.Contains(short(slip), want) {
			t.Errorf("%q, %v; want %q", short(slip), err, want)
		}
	}
}

// A piece of children is asked of each child, and of nobody else.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	c := load(t)
	slip, err := c.Bring("ars", household(t), papers.Sight{}, day(t, "2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"identite: not looked, une mairie qui fait les cartes d'identité", "livret: not looked, la mairie",
		"rib: not looked, votre banque", "ecole(Ana): not looked, l'école",
	}
	if d := cmp.Diff(want, short(slip)); d != "" {
		t.Error(d)
	}
	undated := papers.Sight{Kinds: c.EveryKind(), Papers: []papers.Paper{{Kind: "bulletin-paie", Date: written(t, "2026")}}}
	if slip, err = c.Bring("ppa", papers.Household{}, undated, day(t, "2026-11-22")); err != nil || slip.Lines[2].State != papers.Doubtful {
		t.Errorf("a year is no month: %+v, %v", slip.Lines[2], err)
	}
	old := papers.Sight{Kinds: c.EveryKind(), Papers: []papers.Paper{{Kind: "bulletin-paie", Date: written(t, "2025-05")}}}
	if slip, err = c.Bring("ppa", papers.Household{}, old, day(t, "2026-11-22")); err != nil || slip.Lines[2].State != papers.TooOld {
		t.Errorf("only old ones: %+v, %v", slip.Lines[2], err)
	}
}

func TestASlipOfNothing(t *testing.T) {
	t.Parallel()
	c := load(t)
	today := day(t, "2026-11-22")
	for name, call := range map[string]func() error{
		"tri":     func() error { _, err := c.Bring("tri", papers.Household{}, papers.Sight{}, today); return err },
		"licorne": func() error { _, err := c.Bring("licorne", papers.Household{}, papers.Sight{}, today); return err },
		"a paper nobody knows": func() error {
			_, err := c.Bring("rsa", papers.Household{}, papers.Sight{Papers: []papers.Paper{{Kind: "licorne"}}}, today)
			return err
		},
		"nobody's catalogue": func() error {
			_, err := (*papers.Catalogue)(nil).Bring("rsa", papers.Household{}, papers.Sight{}, today)
			return err
		},
	} {
		if err := call(); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%s: %v, want ErrUnknown", name, err)
		}
	}
	if _, err := c.Bring("rsa", papers.Household{}, papers.Sight{}, papers.Day{}); !errors.Is(err, papers.ErrDay) {
		t.Errorf("%v, want ErrDay", err)
	}
}

func TestAHouseholdIsReadFromItsPapers(t *testing.T) {
	t.Parallel()
	h := papers.HouseholdOf([]papers.Paper{
		{}, {Whose: "moi"}, {Whose: "Mon conjoint Paul"}, {Whose: "mon  CONJOINT paul"}, {Whose: "fille Ana"}, {Whose: "Zoé"},
	})
	want := []papers.Member{
		{Role: papers.Me}, {Whose: "Mon conjoint Paul", Role: papers.Partner}, {Whose: "fille Ana", Role: papers.Child},
		{Whose: "Zoé", Role: papers.Other},
	}
	if d := cmp.Diff(want, h.Members()); d != "" {
		t.Error(d)
	}
	for name, others := range map[string][]papers.Member{
		"no name":    {{Role: papers.Child}},
		"the person": {{Whose: "Moi", Role: papers.Child}},
		"no role":    {{Whose: "Ana"}},
		"second me":  {{Whose: "Ana", Role: papers.Me}},
		"twice":      {{Whose: "Ana", Role: papers.Child}, {Whose: "ana ", Role: papers.Child}},
		"too many":   slices.Repeat([]papers.Member{{Whose: "x", Role: papers.Other}}, 31),
	} {
		if _, err := papers.NewHousehold(others...); !errors.Is(err, papers.ErrHousehold) || strings.Contains(err.Error(), "Ana") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
