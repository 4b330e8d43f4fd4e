package pdf

import (
	"strconv"
	"strings"
)

// A style is how a text looks.
type style struct {
	face face
	size float64 // points
	lead float64 // from one line to the next, in parts of the size
	// after is the room below, in parts of the size.
	after float64
}

func (d *Document) body() style { return style{regular, d.format.body, 1.36, 0.25} }

func (d *Document) small() style {
	s := d.body()
	s.size *= 0.87
	return s
}

func (s style) in(f face) style { s.face = f; return s }

func (s style) height() float64 { return s.size * s.lead * point }

// base is how far the base line lies below the top of a line.
func (s style) base() float64 { return s.height()/2 + s.size*0.36*point }

// Title sets the title of the document, with a line below.
func (d *Document) Title(text string) {
	s := style{bold, d.format.body * 1.85, 1.2, 0.1}
	switch {
	case d.cfg.Paper == Cards:
		s.size = d.format.body * 1.3
	case d.format.narrow:
		s.size = d.format.body * 1.6
	}
	d.paragraph(roleTitle, text, s)
	d.artifact(rule{d.x, d.y, d.x + d.w, d.y, thick, false})
	d.y += 0.5 * s.size * point
}

// Heading sets the title of a part. It does not stay alone at the foot of a page.
func (d *Document) Heading(text string) {
	s := style{bold, d.format.body * 1.2, 1.3, 0.2}
	d.Need(s.height() + 2*d.body().height())
	d.Running(text)
	d.paragraph(roleHeading, text, s)
}

// Running says what comes again at the head of each page on which the part that is
// being set goes on. [Document.Section] ends it.
func (d *Document) Running(text string) {
	if d.in.role == roleSection {
		d.again = text
	}
}

// running sets the heading of a part that goes on: one line, shortened where it has
// to be, for it was read in full before. It is not read aloud again.
func (d *Document) running() {
	if d.again == "" {
		return
	}
	s := d.small().in(bold)
	head := d.wrap(d.again+" "+d.cfg.GoesOn, s, d.w)
	if len(head) > 1 {
		rest := "… " + d.cfg.GoesOn
		first := d.wrap(d.again, s, d.w-d.wrap(rest, s, d.w)[0].width())[0]
		head = d.wrap(strings.TrimRight(first.text(), " ")+rest, s, d.w)
	}
	d.artifact(letters{d.x, d.y + s.base(), s.size, head[0]})
	d.y += s.height() + s.after*s.size*point
}

// Text sets a paragraph.
func (d *Document) Text(text string) { d.paragraph(roleText, text, d.body()) }

// Strong sets a paragraph in bold letters.
func (d *Document) Strong(text string) { d.paragraph(roleText, text, d.body().in(bold)) }

// Small sets a paragraph in small letters.
func (d *Document) Small(text string) { d.paragraph(roleText, text, d.small()) }

func (d *Document) paragraph(r role, text string, s style) {
	d.lines(d.in.child(r), d.wrap(text, s, d.w), s)
	d.y += s.after * s.size * point
}

// wrap breaks a text into lines of a width.
func (d *Document) wrap(text string, s style, width float64) []line {
	all, err := d.ruler.glyphs(text, s.face, s.size)
	if err != nil {
		d.fail(err)
	}
	return wrap(all, width)
}

// few is how many lines stay together on one page.
const few = 3

// begin goes on on the next page where a paragraph of n lines would leave its first
// line alone at the foot of this one.
func (d *Document) begin(n int, s style) {
	if n > few {
		n = 2
	}
	d.Need(float64(n) * s.height())
}

// lines sets lines for an element, over as many pages as they need. The last one
// never stands alone at the head of a page.
func (d *Document) lines(of *element, all []line, s style) {
	d.begin(len(all), s)
	var m *mark
	for i, l := range all {
		room := d.foot - d.y
		last := len(all) > few && i == len(all)-2 && room < 2*s.height()
		if room < s.height() || last {
			d.next()
			m = nil
		}
		if m == nil {
			m = d.page().mark(of)
		}
		m.drawn = append(m.drawn, letters{d.x, d.y + s.base(), s.size, l})
		d.y += s.height()
	}
}

// Items sets a list.
func (d *Document) Items(all []string) { d.list(all, func(int) string { return "•" }) }

// Steps sets a list in order.
func (d *Document) Steps(all []string) {
	d.list(all, func(i int) string { return strconv.Itoa(i+1) + "." })
}

func (d *Document) list(all []string, label func(i int) string) {
	defer func(was *element) { d.in = was }(d.in)
	d.in = d.in.child(roleList)
	s := d.body()
	indent := 1.6 * s.size * point
	for i, text := range all {
		lines := d.wrap(text, s, d.w-indent)
		d.begin(len(lines), s)
		item := d.in.child(roleItem)
		d.page().mark(item.child(roleLabel), letters{d.x + 0.3*s.size*point, d.y + s.base(), s.size, d.wrap(label(i), s, d.w)[0]})
		d.within(d.x+indent, d.w-indent, func() {
			d.lines(item.child(roleBody), lines, s)
		})
		d.y += 0.15 * s.size * point
	}
	d.y += 0.2 * s.size * point
}
