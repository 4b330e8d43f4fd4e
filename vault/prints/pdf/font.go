package pdf

import (
	"embed"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf
var files embed.FS

// ErrScript says that a text has a character that the embedded fonts cannot set:
// another script, a sign that is put together from several, a picture. Such a
// page is for a browser.
var ErrScript = errors.New("pdf: a character that the embedded fonts do not have")

// A face is one of the embedded fonts.
type face int

const (
	regular face = iota
	bold
	exact // characters that are copied one by one
	exactBold
	faces
)

// file is where the face lies, and its name and style within a document.
func (f face) file() (path, name, style string) {
	switch f {
	case bold:
		return "fonts/Andika-Bold.ttf", "andika", "B"
	case exact:
		return "fonts/AtkinsonHyperlegibleMono-Regular.ttf", "atkinson", ""
	case exactBold:
		return "fonts/AtkinsonHyperlegibleMono-Bold.ttf", "atkinson", "B"
	default:
		return "fonts/Andika-Regular.ttf", "andika", ""
	}
}

// other is the face for what f does not have.
func (f face) other() face {
	switch f {
	case exactBold:
		return bold
	case exact:
		return regular
	default:
		return f
	}
}

// A metric is the measure of one face.
type metric struct {
	font   *sfnt.Font
	em     fixed.Int26_6
	widths map[rune]float64 // of an em; negative: not there
}

// A ruler measures text. It is for one goroutine.
type ruler struct {
	all    [faces]*metric
	buffer sfnt.Buffer
}

func newRuler() (*ruler, error) {
	var r ruler
	for f := range faces {
		path, _, _ := f.file()
		b, err := files.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("pdf: font: %w", err)
		}
		parsed, err := sfnt.Parse(b)
		if err != nil {
			return nil, fmt.Errorf("pdf: font: %w", err)
		}
		r.all[f] = &metric{font: parsed, em: fixed.Int26_6(parsed.UnitsPerEm()), widths: map[rune]float64{}}
	}
	return &r, nil
}

// width is that of one character in a face, in em; negative when the face has it
// not.
func (r *ruler) width(f face, c rune) float64 {
	m := r.all[f]
	if w, ok := m.widths[c]; ok {
		return w
	}
	w := -1.0
	// Above 0xFFFF nothing is set, and marks are not put on their letters.
	if c <= math.MaxUint16 && !unicode.Is(unicode.M, c) {
		if i, err := m.font.GlyphIndex(&r.buffer, c); err == nil && i != 0 {
			if a, err := m.font.GlyphAdvance(&r.buffer, i, m.em, font.HintingNone); err == nil && a > 0 {
				w = float64(a) / float64(m.em)
			}
		}
	}
	m.widths[c] = w
	return w
}

// Settable answers [ErrScript] for a text with a character that no embedded font has.
func Settable(text string) error {
	r, err := newRuler()
	if err != nil {
		return err
	}
	_, err = r.glyphs(text, regular, 1)
	return err
}

// A glyph is one character in the face that has it.
type glyph struct {
	char  rune
	face  face
	width float64 // millimetres
}

// glyphs finds the face and the width of each character of s at a size in
// points.
func (r *ruler) glyphs(s string, f face, size float64) ([]glyph, error) {
	var out []glyph
	for _, c := range clean(s) {
		in, w := f, r.width(f, c)
		if w < 0 {
			in = f.other()
			w = r.width(in, c)
		}
		if w < 0 {
			return nil, ErrScript
		}
		out = append(out, glyph{c, in, w * size * point})
	}
	return out, nil
}

// clean makes a text of what somebody typed: composed characters, no controls,
// nothing that cannot be seen.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\u202f', c == '\u2007': // spaces that do not break
			return '\u00a0'
		case unicode.IsControl(c), unicode.Is(unicode.Zl, c), unicode.Is(unicode.Zp, c), c == unicode.ReplacementChar:
			return ' '
		case unicode.Is(unicode.Cf, c):
			return -1
		}
		return c
	}, norm.NFC.String(strings.ToValidUTF8(s, " ")))
}
