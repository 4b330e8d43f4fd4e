package pdf

// A Table has a title, a head and rows. The first cell of a row names it.
type Table struct {
	Caption string
	Heads   []string
	Rows    [][]string
	// Parts are the widths of the columns in relation to each other; nil makes
	// them equal.
	Parts []float64
	// As says how the values of each column are set; nil is all Plain.
	As []Value
}

// cellPad is the room around the text of a cell.
const cellPad = 1.0

// Table sets a table; its head comes again on each page.
func (d *Document) Table(t Table) {
	defer func(was *element) { d.in = was }(d.in)
	d.in = d.in.child(roleTable)
	s := d.tableStyle(t)
	d.Need(2*s.height() + 3*d.body().height())
	d.paragraph(roleCaption, t.Caption, d.body().in(bold))
	head := func(of *element) []cell {
		cells := d.columns(t, s.in(bold), t.Heads, nil)
		for i := range cells {
			cells[i].of = of
			if of != nil {
				cells[i].of = of.child(roleHead)
				cells[i].of.attributes = "/O /Table /Scope /Column"
			}
		}
		return cells
	}
	again := func() { d.row(head(nil), cellPad, none, d.boxes(t)) }
	d.row(head(d.in.child(roleRow)), cellPad, none, d.boxes(t))
	for _, texts := range t.Rows {
		row := d.in.child(roleRow)
		cells := d.columns(t, s, texts, t.As)
		for i := range cells {
			cells[i].of = row.child(roleCell)
			if i == 0 {
				cells[i].of.role, cells[i].of.attributes = roleHead, "/O /Table /Scope /Row"
			}
		}
		d.row(cells, cellPad, again, d.boxes(t))
	}
	d.y += 0.5 * d.format.body * point
}

func (d *Document) tableStyle(t Table) style {
	s := d.small()
	if len(t.Heads) > 4 {
		s.size *= 0.92
	}
	return s
}

// columns lays texts into the columns of a table.
func (d *Document) columns(t Table, s style, texts []string, as []Value) (cells []cell) {
	x := d.x
	for i, w := range d.widths(t) {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		p, of := Pair{Value: text}, s
		if i < len(as) && as[i] != Plain {
			p.As, of = as[i], s.in(exact)
		}
		cells = append(cells, cell{x: x + cellPad, w: w - 2*cellPad, style: of, lines: d.value(p, of, w-2*cellPad)})
		x += w
	}
	return cells
}

func (d *Document) widths(t Table) []float64 {
	out, sum := make([]float64, len(t.Heads)), 0.0
	for i := range out {
		out[i] = 1
		if i < len(t.Parts) {
			out[i] = t.Parts[i]
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= d.w / sum
	}
	return out
}

// boxes draws the frame of each cell of a row.
func (d *Document) boxes(t Table) func(top, bottom float64) []rule {
	return func(top, bottom float64) (all []rule) {
		x := d.x
		for _, w := range d.widths(t) {
			all = append(all, frame(x, top, w, bottom-top, thin, false)...)
			x += w
		}
		return all
	}
}
