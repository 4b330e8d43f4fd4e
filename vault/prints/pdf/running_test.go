package pdf

import (
	"strings"
	"testing"
	"time"
)

func begun(t testing.TB, p Paper) *Document {
	t.Helper()
	d, err := New(Config{Title: "Essai", Language: "fr-FR", Made: time.Unix(1e9, 0), Paper: p, GoesOn: "(suite)"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// heads is the first line of each page, and whether it is read aloud.
func heads(d *Document) (lines []string, aloud []bool) {
	for _, l := range d.leaves {
		first, heard := "", false
		for _, m := range l.marks {
			for _, one := range m.drawn {
				if text, is := one.(letters); is && first == "" {
					first, heard = text.line.text(), m.of != nil
				}
			}
		}
		lines, aloud = append(lines, first), append(aloud, heard)
	}
	return lines, aloud
}

// A part that goes on says so at the head of the page, once it was read in full and
// no more after its end; it is not heard twice.
func TestAPartThatGoesOnHasItsHeadingAgain(t *testing.T) {
	t.Parallel()
	many := make([]Pair, 9)
	for i := range many {
		many[i] = Pair{"Identifiant", "2850799123456", Verbatim}
	}
	for name, want := range map[string]string{
		"CAF": "CAF (suite)",
		"Mon fournisseur d'électricité de l'ancien appartement de Marseille": "Mon fournisseur d'électricité de l'ancien… (suite)",
	} {
		d := begun(t, Cards)
		d.Section(func(d *Document) {
			d.Heading(name)
			d.Pairs(many)
		})
		further := len(d.leaves)
		d.Section(func(d *Document) { d.Pairs(many) })
		lines, aloud := heads(d)
		if further < 2 || len(lines) <= further {
			t.Fatalf("%d and %d cards", further, len(lines))
		}
		for i, line := range lines {
			switch {
			case i > 0 && i < further && (line != want || aloud[i]):
				t.Errorf("card %d begins with %q, heard: %t", i+1, line, aloud[i])
			case (i == 0 || i >= further) && strings.Contains(line, "(suite)"):
				t.Errorf("card %d begins with %q", i+1, line)
			}
		}
	}
}

// What is longer than a small page begins on a page of its own.
func TestALongPartBeginsOnAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	d := begun(t, Cards)
	d.Text("Avant")
	d.Keep(func(d *Document) {
		d.Section(func(d *Document) {
			d.Heading("CAF")
			d.Pairs([]Pair{{"A", "1", Verbatim}, {"B", "2", Verbatim}, {"C", "3", Verbatim}, {"D", "4", Verbatim}, {"E", "5", Verbatim}, {"F", "6", Verbatim}})
		})
	})
	if lines, _ := heads(d); len(lines) != 3 || lines[1] != "CAF" || lines[2] != "CAF (suite)" {
		t.Errorf("the cards begin with %q", lines)
	}
}

// A name is broken at its hyphens before it is cut, and an address at its parts.
func TestALineIsBrokenWhereItIsRead(t *testing.T) {
	t.Parallel()
	r := rulerFor(t)
	lines := func(s string, f func([]glyph, float64) []line, width float64) (out []string) {
		all, err := r.glyphs(s, exact, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f(all, width*all[0].width) {
			out = append(out, l.text())
		}
		return out
	}
	for _, tt := range []struct {
		text  string
		f     func([]glyph, float64) []line
		width float64
		want  string
	}{
		{"Saint-Maximin-la-Sainte-Baume", wrap, 18.5, "Saint-Maximin-la-|Sainte-Baume"},
		{"Dès qu'elle ouvre, celle-ci", wrap, 25.5, "Dès qu'elle ouvre, |celle-ci"},
		{"K7QM-94HT-2", wrap, 8.5, "K7QM-94H|T-2"}, // a number is one word
		{"https://coffre.example.fr/d/baea", breakAnywhere, 30.5, "https://coffre.example.fr/d/|baea"},
		{"marie.oeuvrard@courriel.example.org", breakAnywhere, 25.5, "marie.oeuvrard@|courriel.example.org"},
		{"prenom.nom-compose_2026@courriel.example", breakAnywhere, 22.5, "prenom.nom-compose|_2026@courriel.example"},
		{"fatima.fictive@courriel.example.org", breakAnywhere, 18.5, "fatima.fictive@|courriel.example|.org"},
		{"0O1lI5S8B2Z", breakAnywhere, 6.5, "0O1lI5|S8B2Z"},
	} {
		if got := strings.Join(lines(tt.text, tt.f, tt.width), "|"); got != tt.want {
			t.Errorf("%q became %q, not %q", tt.text, got, tt.want)
		}
	}
}
