package pdf

// A Value says how the value of a pair is set.
type Value int

// The ways.
const (
	// Plain is text.
	Plain Value = iota
	// Grouped is characters that are copied one by one, in groups of four.
	Grouped
	// Copied is characters that are copied one by one, as they are.
	Copied
	// Verbatim is characters that are copied one by one, and no others between
	// them: a password, in bold letters.
	Verbatim
)

// A Pair is a label and what it stands for.
type Pair struct {
	Label, Value string
	As           Value
}

// labelPart is the part of the width that labels have.
const labelPart = 0.36

// Pairs sets labels and values, each with a line below: side by side, on narrow
// pages one above the other.
func (d *Document) Pairs(all []Pair) {
	defer func(was *element) { d.in = was }(d.in)
	d.in = d.in.child(roleList)
	for _, p := range all {
		item := d.in.child(roleItem)
		label, value := item.child(roleLabel), item.child(roleBody)
		names := d.body().in(bold)
		if d.format.narrow {
			names = d.small().in(bold)
		}
		as := d.valueStyle(p)
		split := d.w * labelPart
		under := func(_, bottom float64) []rule { return []rule{{d.x, bottom, d.x + d.w, bottom, thin, false}} }
		if d.format.narrow {
			lines := d.value(p, as, d.w)
			if h := names.height() + float64(len(lines))*as.height() + 1; h <= d.foot-d.format.top {
				d.Need(h) // a label does not stay alone
			}
			d.lines(label, d.wrap(p.Label, names, d.w), names)
			d.row([]cell{{of: value, x: d.x, w: d.w, style: as, lines: lines}}, 0.3, none, under)
			d.y += 0.1 * as.size * point
			continue
		}
		d.row([]cell{
			{of: label, x: d.x, w: split, style: names, lines: d.wrap(p.Label, names, split-3)},
			{of: value, x: d.x + split, w: d.w - split, style: as, lines: d.value(p, as, d.w-split)},
		}, 0.5, none, under)
	}
	d.y += 0.4 * d.format.body * point
}

func (d *Document) valueStyle(p Pair) style {
	s := d.body()
	switch p.As {
	case Grouped:
		return s.in(exact)
	case Copied:
		s.size *= 0.9
		return s.in(exact)
	case Verbatim:
		s.size *= 1.15
		return s.in(exactBold)
	default:
		return s
	}
}

// value breaks a value into lines.
func (d *Document) value(p Pair, s style, width float64) []line {
	switch p.As {
	case Grouped:
		return d.wrap(groups(p.Value), s, width)
	case Copied, Verbatim:
		all, err := d.ruler.glyphs(p.Value, s.face, s.size)
		if err != nil {
			d.fail(err)
		}
		return breakAnywhere(all, width)
	default:
		return d.wrap(p.Value, s, width)
	}
}

// groups parts characters that people copy into fours.
func groups(s string) string {
	var out []rune
	n := 0
	for _, c := range s {
		if c == ' ' || n == 4 {
			n = 0
			out = append(out, ' ')
		}
		if c != ' ' {
			out = append(out, c)
			n++
		}
	}
	return string(out)
}
