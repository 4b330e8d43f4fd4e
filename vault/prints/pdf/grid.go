package pdf

import "errors"

// A cell is one part of a row.
type cell struct {
	of    *element
	x, w  float64 // of its column
	style style
	lines []line
	// middle centres each line.
	middle bool
}

// errNoRoom says that not one line fits on a page: a mistake of whoever asked for
// such columns. Nothing is cut instead.
var errNoRoom = errors.New("pdf: a page has no room for a line")

// row sets cells side by side. A row that has room on one page stays on one; a
// longer one is parted. Again sets what comes again at the head of a page, around
// draws what belongs to each part: a line, a frame.
func (d *Document) row(cells []cell, pad float64, again func(), around func(top, bottom float64) []rule) {
	for whole := true; left(cells) > 0; whole = false {
		h, room := tallest(cells)+2*pad, d.foot-d.y
		if h > room && (whole && h <= d.foot-d.format.top || !fits(cells, room-2*pad)) {
			d.next()
			again()
		}
		top, before := d.y, left(cells)
		bottom := top
		for i := range cells {
			bottom = max(bottom, d.part(&cells[i], top+pad, d.foot-pad))
		}
		if left(cells) == before {
			d.fail(errNoRoom)
			return
		}
		d.y = bottom + pad
		for _, r := range around(top, d.y) {
			d.artifact(r)
		}
	}
}

// part sets as many lines of a cell as there is room for, and leaves the others.
func (d *Document) part(c *cell, y, foot float64) float64 {
	var m *mark
	for len(c.lines) > 0 && y+c.style.height() <= foot {
		if m == nil {
			m = d.page().mark(c.of)
		}
		l := letters{c.x, y + c.style.base(), c.style.size, c.lines[0]}
		if c.middle {
			l.x += (c.w - l.rightOf()) / 2
		}
		m.drawn = append(m.drawn, l)
		y += c.style.height()
		c.lines = c.lines[1:]
	}
	return y
}

func left(cells []cell) (n int) {
	for _, c := range cells {
		n += len(c.lines)
	}
	return n
}

func tallest(cells []cell) (h float64) {
	for _, c := range cells {
		h = max(h, float64(len(c.lines))*c.style.height())
	}
	return h
}

// fits says whether each cell that has lines left gets one into a height.
func fits(cells []cell, height float64) bool {
	for _, c := range cells {
		if len(c.lines) > 0 && c.style.height() > height {
			return false
		}
	}
	return true
}

// none is what is drawn again, or around, where nothing is.
func none() {}
