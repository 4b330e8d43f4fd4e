package pdf

import (
	"strings"
	"unicode"
)

// A run is a stretch of one line in one face.
type run struct {
	text  string
	face  face
	width float64
}

// A line of text, as it is set.
type line []run

func (l line) width() (w float64) {
	for _, r := range l {
		w += r.width
	}
	return w
}

func (l line) text() string {
	var b strings.Builder
	for _, r := range l {
		b.WriteString(r.text)
	}
	return b.String()
}

// add puts a character at the end of the line.
func (l line) add(g glyph) line {
	if n := len(l); n > 0 && l[n-1].face == g.face {
		l[n-1].text += string(g.char)
		l[n-1].width += g.width
		return l
	}
	return append(l, run{string(g.char), g.face, g.width})
}

func (l line) addAll(all []glyph) line {
	for _, g := range all {
		l = l.add(g)
	}
	return l
}

// wrap breaks a text into lines no wider than width: at spaces, and within a word
// that is longer than a line. The space at a break stays at the end of its line,
// so that whoever copies or listens keeps the words apart.
func wrap(all []glyph, width float64) []line {
	var (
		lines []line
		now   line
		used  float64
	)
	for len(all) > 0 {
		word, rest := cutWord(all)
		all = rest
		w := measure(trimSpace(word))
		if used > 0 && used+w > width {
			lines, now, used = append(lines, now), nil, 0
		}
		for used+w > width && len(word) > 1 {
			n := fitting(word, width)
			lines = append(lines, line(nil).addAll(word[:n]))
			word = word[n:]
			w = measure(trimSpace(word))
		}
		now = now.addAll(word)
		used += measure(word)
	}
	if len(now) > 0 || len(lines) == 0 {
		lines = append(lines, now)
	}
	return lines
}

// cutWord parts the first word, with the spaces after it, from the rest. The parts
// of a compound are words: "Saint-" and "Maximin".
func cutWord(all []glyph) (word, rest []glyph) {
	i := 0
	for i < len(all) && all[i].char != ' ' {
		if i++; compound(all, i) {
			return all[:i], all[i:]
		}
	}
	for i < len(all) && all[i].char == ' ' {
		i++
	}
	return all[:i], all[i:]
}

// compound reports whether a word may be broken before its character i: after a
// hyphen between two letters, unless only two letters would follow: "celle-ci".
func compound(all []glyph, i int) bool {
	letter := func(i int) bool { return i >= 0 && i < len(all) && unicode.IsLetter(all[i].char) }
	return i >= 2 && all[i-1].char == '-' && letter(i-2) && letter(i) && letter(i+1) && letter(i+2)
}

func trimSpace(all []glyph) []glyph {
	for len(all) > 0 && all[len(all)-1].char == ' ' {
		all = all[:len(all)-1]
	}
	return all
}

func measure(all []glyph) (w float64) {
	for _, g := range all {
		w += g.width
	}
	return w
}

// atPart is where to break characters that fill a line: after the last @ or slash in
// their second half, else before the last dot or stroke there, so that nobody takes it
// for one that was put in to break a word; else at their end.
func atPart(all []glyph) int {
	for i := len(all) - 1; i > len(all)/2; i-- {
		if c := all[i].char; c == '@' || c == '/' {
			return i + 1
		}
	}
	for i := len(all) - 1; i > len(all)/2; i-- {
		if c := all[i].char; c == '.' || c == '-' || c == '_' {
			return i
		}
	}
	return len(all)
}

// fitting is how many characters fit; at least one.
func fitting(all []glyph, width float64) int {
	used := 0.0
	for i, g := range all {
		if used += g.width; used > width {
			return max(i, 1)
		}
	}
	return len(all)
}

// breakAnywhere sets characters one after the other, whatever they are: a
// password keeps each of its spaces. What is too long for a line is broken where an
// address has its parts, if it has any there.
func breakAnywhere(all []glyph, width float64) (lines []line) {
	for len(all) > 0 {
		n := fitting(all, width)
		if n < len(all) {
			n = atPart(all[:n])
		}
		lines = append(lines, line(nil).addAll(all[:n]))
		all = all[n:]
	}
	if lines == nil {
		return []line{nil}
	}
	return lines
}
