package pdf

import (
	"errors"
	"strings"
	"testing"
)

func rulerFor(t testing.TB) *ruler {
	t.Helper()
	r, err := newRuler()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Lines keep every character, in order, and are no wider than they may be.
func FuzzLinesKeepEveryCharacter(f *testing.F) {
	r := rulerFor(f)
	for _, s := range []string{"", " ", "a b", "Éloïse Łódź", "https://coffre.example.fr/d/" + strings.Repeat("x", 200), strings.Repeat("W ", 90), "  deux  espaces  "} {
		f.Add(s, 50.0)
	}
	f.Fuzz(func(t *testing.T, s string, width float64) {
		if !(width >= 15 && width < 1000) { // a line has room for the widest character
			t.Skip()
		}
		all, err := r.glyphs(s, regular, 11)
		if errors.Is(err, ErrScript) {
			t.Skip()
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, lines := range map[string][]line{"wrap": wrap(all, width), "anywhere": breakAnywhere(all, width)} {
			var got strings.Builder
			for _, l := range lines {
				got.WriteString(l.text())
				if w := (letters{line: l}).rightOf(); w > width+0.001 {
					t.Errorf("%s: %q is %.2f wide, more than %.2f", name, l.text(), w, width)
				}
			}
			if got.String() != clean(s) {
				t.Errorf("%s: %q became %q", name, clean(s), got.String())
			}
		}
	})
}

// What a browser has to set is refused, and not replaced by something else.
func TestOtherScriptsAreRefused(t *testing.T) {
	t.Parallel()
	r := rulerFor(t)
	for _, s := range []string{"فاطمة", "王小明", "ฟาติมา", "שרה", "😀", "ọ́", "☐", "ნინო"} {
		if _, err := r.glyphs(s, regular, 11); !errors.Is(err, ErrScript) {
			t.Errorf("%s: %v", s, err)
		}
		if err := Settable(s); !errors.Is(err, ErrScript) {
			t.Errorf("%s is settable: %v", s, err)
		}
	}
	for _, s := range []string{"Éloïse Lefèvre", "Łódź, Şırnak, Ÿmare", "Олена Ковальчук", "Зоран Ђорђевић", "« 12 h 30 » – œuvre… 3 €", "N’Guyễn Đặng"} {
		for f := range faces {
			if _, err := r.glyphs(s, f, 11); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
	}
}

// What nobody sees is not printed: it could hide another text.
func TestWhatCannotBeSeenIsTakenOut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\u202eb\u200bc\u00ad": "abc", "e\u0301": "é", "a\nb\tc": "a b c", "\x00\xff": "  ", "9\u202fh": "9\u00a0h",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// Who copies a password sees which character it is.
func TestExactCharactersDiffer(t *testing.T) {
	t.Parallel()
	r := rulerFor(t)
	for _, pair := range []string{"0O", "1l", "1I", "lI", "5S", "8B", "2Z"} {
		for _, f := range []face{exact, exactBold} {
			all, err := r.glyphs(pair, f, 11)
			if err != nil {
				t.Fatal(err)
			}
			if all[0].face != f || all[1].face != f {
				t.Errorf("%s is not set in the face for what is copied", pair)
			}
			a, errA := r.all[f].font.GlyphIndex(nil, all[0].char)
			b, errB := r.all[f].font.GlyphIndex(nil, all[1].char)
			if a == b || errA != nil || errB != nil {
				t.Errorf("%s: one glyph", pair)
			}
		}
	}
}
