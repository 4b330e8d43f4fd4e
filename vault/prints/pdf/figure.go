package pdf

import "strings"

// Figure sets a QR code with its caption and what is to know of it beside it, or
// below where that is longer than the code is high.
func (d *Document) Figure(s *Square, alt, caption string, know ...string) {
	side, small := d.format.square, d.small()
	x, w := d.x+side+3, d.w-side-3
	words := func(d *Document) {
		d.Small(caption)
		for _, k := range know {
			d.Text(k)
		}
	}
	var height float64
	d.within(x, w, func() { height = d.height(words) })
	if height > side {
		d.Center(s, alt, caption)
		for _, k := range know {
			d.Text(k)
		}
		return
	}
	d.Need(side)
	d.picture(s, alt, d.x, d.y, side)
	top := d.y
	d.y += (side - height) / 2
	d.within(x, w, func() { words(d) })
	d.y = top + side + 0.3*small.size*point
}

// Center sets a QR code in the middle, with its caption below.
func (d *Document) Center(s *Square, alt, caption string) {
	side, small := d.format.square, d.small()
	lines := d.wrap(caption, small, d.w)
	d.Need(side + small.height())
	d.picture(s, alt, d.x+(d.w-side)/2, d.y, side)
	d.y += side
	d.lines(d.in.child(roleText), lines, small)
	d.y += 0.3 * small.size * point
}

func (d *Document) picture(s *Square, alt string, x, y, side float64) {
	f := d.in.child(roleFigure)
	f.alt = alt
	h := d.format.height
	f.attributes = "/O /Layout /BBox [" + numbers(x/point, (h-y-side)/point, (x+side)/point, (h-y)/point) + "]"
	d.page().mark(f, pattern{x, y, side, s})
}

// Characters sets groups of characters without a box.
func (d *Document) Characters(all []string) {
	s := style{exactBold, d.format.body * 1.7, 1.35, 0.3}
	d.paragraph(roleText, strings.Join(all, " "), s)
}

// codePad is the room around the characters in a box.
const codePad = 3.0

// Code sets groups of characters in a box, large enough to be copied without a
// mistake.
func (d *Document) Code(all []string) {
	s := style{exactBold, d.format.body * 1.9, 1.45, 0}
	x, w := d.x+codePad, d.w-2*codePad
	lines := d.wrap(strings.Join(all, " "), s, w)
	d.row([]cell{{d.in.child(roleText), x, w, s, lines, true}}, codePad, none, func(top, bottom float64) []rule {
		return frame(d.x, top, d.w, bottom-top, thick, false)
	})
	d.y += 2
}

// intoMargin is how far a card may reach into the lower margin: a page is not
// turned for it, and a printer still prints there.
const intoMargin = 4.0

// Card sets f into a box the size of a bank card, to cut out.
func (d *Document) Card(f func(*Document)) {
	d.Need(cardHeight - intoMargin)
	for _, r := range frame(d.x, d.y, cardWidth, cardHeight, thin, true) {
		d.artifact(r)
	}
	top, form := d.y, d.format
	inner, _ := Cards.format()
	d.format.body, d.format.square, d.format.narrow = inner.body, inner.square, true
	d.y += inner.top
	d.within(d.x+inner.left, cardWidth-inner.left-inner.right, func() { f(d) })
	d.format = form
	d.y = top + cardHeight + 2
}

// Beside sets a QR code at the right, and f at the left of it.
func (d *Document) Beside(s *Square, alt string, f func(*Document)) {
	side := d.format.square
	d.Need(side)
	foot, page := d.y+side, len(d.leaves)
	d.picture(s, alt, d.x+d.w-side, d.y, side)
	d.within(d.x, d.w-side-2, func() { f(d) })
	if len(d.leaves) == page {
		d.y = max(d.y, foot)
	}
}

// Cut draws the line along which a slip is cut off.
func (d *Document) Cut() {
	d.y += 3
	d.artifact(rule{d.x, d.y, d.x + d.w, d.y, thin, true})
	d.y += 3
}
