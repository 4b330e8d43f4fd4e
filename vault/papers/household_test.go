package papers_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A structure's own démarche, which asks each child a passport.
var voyage = map[papers.Topic][]byte{
	papers.TopicPurposes: []byte(`
version: 1
sources:
  ici: {name: "Notre guichet", date: "2026-01-01", checked: "2026-01-01"}
purposes:
  - {code: voyage, label: "Voyage", simple: "Partir avec les enfants.", body: "CCAS", kinds: [passeport], days: 31, source: ici, evidence: V}
`),
	papers.TopicPacks: []byte(`
version: 1
sources:
  ici: {name: "Notre guichet", date: "2026-01-01", checked: "2026-01-01"}
rows:
  - code: voyage
    pieces: [{code: passeport, say: "Le passeport.", kinds: [passeport], who: children}]
    source: ici
    evidence: V
`),
}

// A child's paper of a year in which the child was of age lasts as long as an
// adult's: the year of birth tells, and without it somebody has to look.
func TestAChildGrowsUp(t *testing.T) {
	t.Parallel()
	c, err := load(t).WithLocal(voyage)
	if err != nil {
		t.Fatal(err)
	}
	for born, want := range map[int]papers.State{
		0: papers.Doubtful, 2015: papers.Doubtful, 2002: papers.Doubtful, // eighteen in the year it was made
		2001: papers.OK, 1990: papers.OK,
	} {
		of, err := papers.NewHousehold(papers.Member{Whose: "ma fille Ana", Role: papers.Child, Born: born})
		if err != nil {
			t.Fatal(err)
		}
		see := papers.Sight{
			Papers: []papers.Paper{{Kind: "passeport", Date: written(t, "2020-05-01"), Whose: "ma fille Ana"}}, Kinds: c.EveryKind(),
		}
		slip, err := c.Bring("voyage", of, see, day(t, "2026-05-02")) // six years later
		if err != nil {
			t.Fatal(err)
		}
		if len(slip.Lines) != 1 || slip.Lines[0].State != want {
			t.Errorf("born in %d: %+v, want state %d", born, slip.Lines, want)
		}
		if !slip.Pack.Local || slip.Pack.Source.Name != "Notre guichet" {
			t.Errorf("a structure's own list says it is from %q", slip.Pack.Source.Name)
		}
	}
	if _, err := papers.NewHousehold(papers.Member{Whose: "quelqu'un", Role: papers.Child, Born: 1700}); !errors.Is(err, papers.ErrHousehold) {
		t.Errorf("born in 1700: %v", err)
	}
}

// Whoever is read from papers can be told by name, and each paper is of one of them.
func FuzzHouseholdOf(f *testing.F) {
	f.Add("ma fille Ana", " MA  fille ana", "moi-même")
	f.Add("", "É", "é")
	f.Add("conjoint\u00a0Paul", "\u2028", "ß")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		all := []papers.Paper{{Whose: a}, {Whose: b}, {Whose: c}}
		members := papers.HouseholdOf(all).Members()
		if _, err := papers.NewHousehold(members[1:]...); err != nil || members[0].Role != papers.Me {
			t.Fatalf("%+v: %v", members, err)
		}
	})
}
