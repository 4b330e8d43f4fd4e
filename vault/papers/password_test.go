package papers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// L-80: 80 bits alone, 50 where guesses are slowed, 13 with something held.
func TestAMadePasswordIsStrongEnough(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		recipe papers.Recipe
		guard  papers.Guard
		bits   int
		length int
	}{
		{papers.FourKinds, papers.Alone, 80, 14},
		{papers.ThreeKinds, papers.Alone, 80, 14},
		{papers.DigitsOnly, papers.Alone, 80, 27},
		{papers.FourKinds, papers.Throttled, 50, 9},
		{papers.ThreeKinds, papers.Throttled, 50, 9},
		{papers.DigitsOnly, papers.Throttled, 50, 17},
		{papers.DigitsOnly, papers.HeldThing, 13, 5},
	} {
		if got := row.guard.Bits(); got != row.bits {
			t.Errorf("guard %d: %d bits, want %d", row.guard, got, row.bits)
		}
		seen := map[string]bool{}
		for range 50 {
			p, err := papers.Generate(row.recipe, row.guard)
			text := p.Reveal()
			if err != nil || len(text) != row.length {
				t.Fatalf("recipe %d, guard %d: %d characters, %v; want %d", row.recipe, row.guard, len(text), err, row.length)
			}
			if strings.ContainsAny(text, "0Oo1lI") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("a character that is read wrong: recipe %d", row.recipe)
			}
			kinds := 0
			for _, k := range []string{"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "!?+-*=@#%&"} {
				if strings.ContainsAny(text, k) {
					kinds++
				}
			}
			if want := map[papers.Recipe]int{papers.FourKinds: 4, papers.ThreeKinds: 3, papers.DigitsOnly: 1}[row.recipe]; kinds != want {
				t.Errorf("recipe %d: %d kinds of characters, want %d", row.recipe, kinds, want)
			}
			seen[text] = true
		}
		if row.length > 9 && len(seen) != 50 {
			t.Errorf("recipe %d: the same twice", row.recipe)
		}
	}
	for _, bad := range []struct {
		r papers.Recipe
		g papers.Guard
	}{{0, papers.Alone}, {9, papers.Alone}, {papers.FourKinds, 9}} {
		if p, err := papers.Generate(bad.r, bad.g); !errors.Is(err, papers.ErrRecipe) || p.Reveal() != "" {
			t.Errorf("recipe %d, guard %d: %v", bad.r, bad.g, err)
		}
	}
}

// L-80: 12 characters of four kinds, 14 of three, seven words.
func TestWhatIsStrongAndWhy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text   string
		near   []string
		guard  papers.Guard
		enough bool
		why    []papers.Weakness
	}{
		{"kT7!vB2?xZ9+", nil, papers.Alone, true, nil},
		{"kT7!vB2?xZ9", nil, papers.Alone, false, []papers.Weakness{papers.TooShort}},
		{"kT7vB2xZ9mQ4wR", nil, papers.Alone, true, nil},
		{"kT7vB2xZ9mQ4w", nil, papers.Alone, false, []papers.Weakness{papers.TooShort}},
		{"ktvbxzmqwr", nil, papers.Alone, false, []papers.Weakness{papers.TooShort, papers.FewKinds}},
		{"kT7!vB2?", nil, papers.Throttled, true, nil},
		{"48271", nil, papers.HeldThing, true, nil},
		{"", nil, papers.HeldThing, false, []papers.Weakness{papers.TooShort, papers.FewKinds}},
		{"girafe tambour neige violet panier orage clou", nil, papers.Alone, true, nil},
		{"girafe tambour neige violet panier orage", nil, papers.Alone, false, []papers.Weakness{papers.FewWords}},
		{"neige neige neige neige neige neige neige", nil, papers.Alone, false, []papers.Weakness{papers.FewWords}},
		{"MotDePasse1234!", nil, papers.Alone, false, []papers.Weakness{papers.Common, papers.InARow}},
		{"Azertyuiop123", nil, papers.Alone, false, []papers.Weakness{papers.InARow}},
		{"aaaaaaaaaaaaaaaaaaaaaa", nil, papers.Alone, false, []papers.Weakness{papers.Repeated}},
		{"Dupont1975", []string{"dupont"}, papers.Alone, false, []papers.Weakness{papers.NearBy, papers.YearInIt}},
		{"kT7!vB2?xZ9+Dupont", []string{"Dupont", ""}, papers.Alone, true, []papers.Weakness{papers.NearBy}},
		{"987654321", nil, papers.Throttled, false, []papers.Weakness{papers.InARow}},
	} {
		got := papers.Rate(papers.NewPassword(row.text), row.guard, row.near...)
		if got.Enough != row.enough || !slices.Equal(got.Why, row.why) {
			t.Errorf("%q: %+v, want %v, %v", row.text, got, row.enough, row.why)
		}
	}
}

// What the service makes it also finds strong.
func TestWhatIsMadeIsRatedStrong(t *testing.T) {
	t.Parallel()
	for range 200 {
		p, err := papers.Generate(papers.FourKinds, papers.Alone)
		if err != nil {
			t.Fatal(err)
		}
		if got := papers.Rate(p, papers.Alone); !got.Enough && len(got.Why) == 0 {
			t.Errorf("%+v", got)
		}
	}
}

func FuzzRate(f *testing.F) {
	for _, s := range []string{"", "a", "İİİ", "azerty1975", "girafe tambour neige", "\xff\xff\xff"} {
		f.Add(s, "near")
	}
	f.Fuzz(func(t *testing.T, s, near string) {
		got := papers.Rate(papers.NewPassword(s), papers.Alone, near)
		if got.Bits < 0 || got.Enough && got.Bits < 80 || !got.Enough && len(got.Why) == 0 {
			t.Fatalf("%+v", got)
		}
	})
}
