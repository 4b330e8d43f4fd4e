package pdf

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// A canvas draws pages on the sheets of one file.
type canvas struct {
	out    *fpdf.Fpdf
	height float64 // of a sheet
	x, y   float64 // where the page lies
	faces  [faces]bool
	err    error
}

// draw makes the file without its structure, and says for each sheet what is
// marked on it, in order.
func (d *Document) draw() ([]byte, [][]*mark, error) {
	f := d.format
	out := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: f.sheetWidth, Ht: f.sheetHeight}})
	out.SetCatalogSort(true)
	out.SetCreationDate(d.cfg.Made)
	out.SetModificationDate(d.cfg.Made)
	out.SetAutoPageBreak(false, 0)
	out.SetMargins(0, 0, 0)
	c := &canvas{out: out, height: f.sheetHeight}
	leaves := d.ordered()
	var pages [][]*mark
	for n, side := range d.cfg.Paper.lay(len(leaves)) {
		out.AddPage()
		c.x, c.y = 0, 0
		c.artifact(d.cfg.Paper.marks(side))
		var marked []*mark
		for _, p := range side {
			marked = c.page(leaves[p.page], p, f, n, marked)
		}
		pages = append(pages, marked)
	}
	var b bytes.Buffer
	if err := out.Output(&b); err != nil {
		return nil, nil, fmt.Errorf("pdf: %w", err)
	}
	return b.Bytes(), pages, c.err
}

// ordered is the pages as they come, with white ones where the last has to be
// the back, and with their numbers.
func (d *Document) ordered() []*leaf {
	all := d.leaves
	if n := len(all); d.last {
		all = append([]*leaf{}, all[:n-1]...)
		for range d.cfg.Paper.sheets(n) - n {
			all = append(all, &leaf{})
		}
		all = append(all, d.leaves[n-1])
	}
	if d.cfg.Mark != "" {
		for _, l := range all {
			l.mark(nil, d.marked())
		}
	}
	if n := d.format.folio; n > 0 && len(all) >= n {
		s := d.small()
		for i, l := range all {
			number := d.wrap(fmt.Sprintf("%d / %d", i+1, len(all)), s, d.format.width)[0]
			l.mark(nil, letters{d.format.width - d.format.right - number.width(), d.format.height - d.format.bottom/2, s.size, number})
		}
	}
	return all
}

// marked is the mark of a page, in the middle of the margin above it.
func (d *Document) marked() letters {
	f := d.format
	size := 0.7 * f.top / point
	text := d.wrap(d.cfg.Mark, style{face: bold, size: size}, f.width)[0]
	return letters{(f.width - text.width()) / 2, 0.8 * f.top, size, text}
}

// page draws one page at its place.
func (c *canvas) page(l *leaf, p place, f format, sheet int, marked []*mark) []*mark {
	c.x, c.y = p.x, p.y
	if p.turned { // about the middle of its place
		c.out.RawWriteStr("q " + numbers(-1, 0, 0, -1, (2*p.x+f.width)/point, (2*(c.height-p.y)-f.height)/point) + " cm\n")
	}
	for _, m := range l.marks {
		if m.of == nil {
			c.out.RawWriteStr("/Artifact BMC\n")
		} else {
			m.page, m.id = sheet, len(marked)
			marked = append(marked, m)
			c.out.RawWriteStr(fmt.Sprintf("/%s <</MCID %d>> BDC\n", m.of.role, m.id))
		}
		for _, one := range m.drawn {
			one.on(c)
		}
		c.out.RawWriteStr("EMC\n")
	}
	if p.turned {
		c.out.RawWriteStr("Q\n")
	}
	return marked
}

func (c *canvas) artifact(all []rule) {
	if len(all) == 0 {
		return
	}
	c.out.RawWriteStr("/Artifact BMC\n")
	for _, r := range all {
		r.on(c)
	}
	c.out.RawWriteStr("EMC\n")
}

// use makes a face the current one; it is in the file from its first use.
func (c *canvas) use(f face, size float64) {
	path, name, style := f.file()
	if !c.faces[f] {
		b, err := files.ReadFile(path)
		if err != nil {
			c.err = fmt.Errorf("pdf: font: %w", err)
			return
		}
		c.out.AddUTF8FontFromBytes(name, style, b)
		c.faces[f] = true
	}
	c.out.SetFont(name, style, size)
}

func (l letters) on(c *canvas) {
	x := c.x + l.x
	for _, r := range l.line {
		c.use(r.face, l.size)
		c.out.Text(x, c.y+l.y, r.text)
		x += r.width
	}
}

func (r rule) on(c *canvas) {
	c.out.SetLineWidth(r.width)
	if r.dashed {
		c.out.SetDashPattern([]float64{1.2, 1.2}, 0)
	}
	c.out.Line(c.x+r.x1, c.y+r.y1, c.x+r.x2, c.y+r.y2)
	if r.dashed {
		c.out.SetDashPattern(nil, 0)
	}
}

// on fills all modules at once: no thin white lines between them.
func (p pattern) on(c *canvas) {
	unit := p.side / float64(p.square.Side())
	var b strings.Builder
	for r := range p.square.Runs() {
		x, y := c.x+p.x+float64(r.X)*unit, c.y+p.y+float64(r.Y+1)*unit
		b.WriteString(numbers(x/point, (c.height-y)/point, float64(r.Length)*unit/point, unit/point) + " re\n")
	}
	c.out.RawWriteStr(b.String() + "f\n")
}

// numbers writes operands.
func numbers(all ...float64) string {
	var b strings.Builder
	for i, n := range all {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.3f", n)
	}
	return b.String()
}
