package pdf

import (
	"strings"
	"unicode/utf8"
)

// A drawing is one thing on a page, in millimetres from its upper left corner.
type drawing interface {
	on(c *canvas)
	// reach is the right-most and the lowest point that it touches.
	reach() (right, bottom float64)
}

// Widths of lines.
const (
	thin  = 0.2
	thick = 0.6
)

// Letters are one line of text, from its base line.
type letters struct {
	x, y float64
	size float64
	line line
}

func (l letters) reach() (right, bottom float64) { return l.x + l.rightOf(), l.y }

// rightOf is how wide the line is; the space at a break may hang.
func (l letters) rightOf() float64 {
	w := l.line.width()
	if n := len(l.line); n > 0 && strings.HasSuffix(l.line[n-1].text, " ") {
		last := l.line[n-1]
		w -= last.width * float64(len(last.text)-len(strings.TrimRight(last.text, " "))) / float64(utf8.RuneCountInString(last.text))
	}
	return w
}

// A rule is a straight line.
type rule struct {
	x1, y1, x2, y2 float64
	width          float64
	dashed         bool
}

func (r rule) reach() (right, bottom float64) { return max(r.x1, r.x2), max(r.y1, r.y2) }

// frame is the four sides of a box.
func frame(x, y, w, h, width float64, dashed bool) []rule {
	return []rule{
		{x, y, x + w, y, width, dashed}, {x + w, y, x + w, y + h, width, dashed},
		{x + w, y + h, x, y + h, width, dashed}, {x, y + h, x, y, width, dashed},
	}
}

// A pattern is a QR code with its white border.
type pattern struct {
	x, y, side float64
	square     *Square
}

func (p pattern) reach() (right, bottom float64) { return p.x + p.side, p.y + p.side }
