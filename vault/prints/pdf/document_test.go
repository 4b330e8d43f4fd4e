package pdf

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func square(t testing.TB) *Square {
	t.Helper()
	s, err := NewSquare("https://coffre.example.fr/d/baeaaaaaaaaaaaaaaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// everything sets each thing there is with one text, n times.
func everything(t testing.TB, p Paper, text string, n int) *Document {
	t.Helper()
	d, err := New(Config{Title: "Essai", Language: "fr-FR", Made: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Paper: p, GoesOn: "(suite)"})
	if err != nil {
		t.Fatal(err)
	}
	many := func() (all []string) {
		for range n {
			all = append(all, text)
		}
		return all
	}
	q := square(t)
	d.Small(text)
	d.Title(text)
	d.Section(func(d *Document) {
		d.Heading(text)
		d.Text(text)
		d.Strong(text)
		d.Items(many())
		d.Steps(many())
	})
	d.Pairs([]Pair{{text, text, Plain}, {text, text, Grouped}, {text, text, Verbatim}, {"", "", Plain}})
	d.Code([]string{text})
	d.Characters([]string{text})
	if p != Cards {
		d.Center(q, "QR", text)
		d.Figure(q, "QR", text)
		var rows [][]string
		for range n {
			rows = append(rows, []string{text, text, "", text})
		}
		d.Table(Table{"Un tableau", []string{"Un", "Deux", "Trois", "Quatre"}, rows, []float64{3, 2, 1, 2}, []Value{Plain, Copied, Plain, Verbatim}})
		d.Signs([]Sign{{text, text, []string{"Date :"}}, {text, "", []string{"Date :"}}, {text, text, nil}})
		d.Tick(text)
	}
	d.Last()
	d.Beside(q, "QR", func(d *Document) { d.Heading("Fin") })
	return d
}

// Whatever is typed, and however much of it: nothing is cut at the right or at
// the foot of a page.
func TestNothingIsCut(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"short": "RIB", "long name": strings.Repeat("Marie-Éléonore ", 20), "one word": strings.Repeat("W", 300), "empty": "",
		"address": "https://coffre.example.fr/" + strings.Repeat("abc/", 60), "long text": strings.Repeat("Il était une fois un papier. ", 120),
	} {
		for _, p := range []Paper{A4, Folded, Booklet, Cards} {
			n := 40
			if len(text) > 100 {
				n = 3
			}
			d := everything(t, p, text, n)
			if d.err != nil {
				t.Fatalf("%s on paper %d: %v", name, p, d.err)
			}
			within(t, name, d)
		}
	}
}

func within(t *testing.T, name string, d *Document) {
	t.Helper()
	right, foot := d.format.width-d.format.right+0.01, d.format.height-d.format.bottom+0.01
	for i, l := range d.leaves {
		for _, m := range l.marks {
			for _, one := range m.drawn {
				if r, b := one.reach(); r > right || b > foot {
					t.Errorf("%s on paper %d: page %d: %T reaches %.1f, %.1f of %.1f, %.1f", name, d.cfg.Paper, i+1, one, r, b, right, foot)
				}
			}
		}
	}
}

// The same document is the same bytes: a digest of what was handed over can be
// compared with what is printed again.
func TestTheSameInputMakesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, p := range []Paper{A4, Folded, Booklet, Cards} {
		a, err := everything(t, p, "Éloïse 0O1lI", 3).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		b, err := everything(t, p, "Éloïse 0O1lI", 3).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("paper %d: two files", p)
		}
	}
}

func TestADocumentNeedsATitleALanguageADateAndPaper(t *testing.T) {
	t.Parallel()
	whole := Config{Title: "Essai", Language: "fr-FR", Made: time.Unix(1e9, 0), Paper: A4}
	if _, err := New(whole); err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string]func(*Config){
		"title": func(c *Config) { c.Title = "" }, "language": func(c *Config) { c.Language = "" },
		"date": func(c *Config) { c.Made = time.Time{} }, "paper": func(c *Config) { c.Paper = 0 }, "other paper": func(c *Config) { c.Paper = 9 },
	} {
		c := whole
		broken(&c)
		if _, err := New(c); err == nil {
			t.Errorf("a document without a %s", name)
		}
	}
}

// The back stays the back: white pages go before it.
func TestTheLastPageIsTheBack(t *testing.T) {
	t.Parallel()
	d := everything(t, Folded, "RIB", 1)
	all := d.ordered()
	if len(all)%4 != 0 || all[len(all)-1] != d.leaves[len(d.leaves)-1] {
		t.Errorf("%d pages, of which %d are set", len(all), len(d.leaves))
	}
}
