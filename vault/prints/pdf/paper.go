package pdf

// A Paper says how large the pages of a document are and how they lie on the
// sheets that come out of a printer. The zero value is refused.
type Paper int

// The papers.
const (
	_ Paper = iota
	// A4 is one page a sheet.
	A4
	// Folded is an A4 sheet printed on one side and folded twice: four pages of
	// A6, the cover at the bottom right.
	Folded
	// Booklet is A4 printed on both sides (turned on the short side), folded once
	// and stapled: pages of A5.
	Booklet
	// Cards are pages of 85.6 × 54 mm (ISO/IEC 7810 ID-1), to cut out of an A4
	// sheet.
	Cards
)

// Lengths are millimetres, sizes of letters are points.
const (
	a4Width, a4Height     = 210.0, 297.0
	cardWidth, cardHeight = 85.6, 54.0
	cardColumns, cardRows = 2, 5
	point                 = 25.4 / 72
)

// A format is what a paper means.
type format struct {
	width, height            float64 // of a page
	top, right, bottom, left float64 // margins
	sheetWidth, sheetHeight  float64
	body                     float64 // size of the text, in points
	narrow                   bool    // labels stand above their values
	square                   float64 // side of a QR code
	folio                    int     // from how many pages on they are numbered; 0: never
}

func (p Paper) format() (format, bool) {
	switch p {
	case A4:
		return format{a4Width, a4Height, 12, 16, 14, 16, a4Width, a4Height, 12, false, 34, 2}, true
	case Folded:
		return format{a4Width / 2, a4Height / 2, 9, 9, 9, 9, a4Width, a4Height, 10.5, true, 40, 5}, true
	case Booklet:
		return format{a4Height / 2, a4Width, 12, 13, 14, 13, a4Height, a4Width, 12, true, 45, 2}, true
	case Cards:
		return format{cardWidth, cardHeight, 3.5, 4, 3.5, 4, a4Width, a4Height, 8.5, true, 28, 0}, true
	default:
		return format{}, false
	}
}

// A place is where one page lies on one side of a sheet.
type place struct {
	page   int // from 0
	x, y   float64
	turned bool // by half a turn
}

// lay puts pages on the sides of sheets, in the order they are printed. Pages
// that are not there stay white.
func (p Paper) lay(pages int) [][]place {
	f, _ := p.format()
	switch p {
	case Folded:
		return fold(f, pages)
	case Booklet:
		return bind(f, pages)
	case Cards:
		return cut(f, pages)
	default:
		var sides [][]place
		for i := range pages {
			sides = append(sides, []place{{page: i}})
		}
		return sides
	}
}

// fold lays four pages on one side. The upper half goes behind the lower one,
// and the left behind the right: what is inside is printed head down.
func fold(f format, pages int) (sides [][]place) {
	for first := 0; first < pages; first += 4 {
		sides = append(sides, there(pages,
			place{first, f.width, f.height, false},
			place{first + 1, f.width, 0, true},
			place{first + 2, 0, 0, true},
			place{first + 3, 0, f.height, false}))
	}
	return sides
}

// bind lays two pages on each side of sheets that lie one in the other.
func bind(f format, pages int) (sides [][]place) {
	last := (pages+3)/4*4 - 1
	for first := 0; first < last; first, last = first+2, last-2 {
		sides = append(sides,
			there(pages, place{first, f.width, 0, false}, place{last, 0, 0, false}),
			there(pages, place{first + 1, 0, 0, false}, place{last - 1, f.width, 0, false}))
	}
	return sides
}

// cut lays cards edge to edge in the middle of a sheet.
func cut(f format, pages int) (sides [][]place) {
	left, top := (f.sheetWidth-cardColumns*f.width)/2, (f.sheetHeight-cardRows*f.height)/2
	for first := 0; first < pages; first += cardColumns * cardRows {
		var side []place
		for i := range min(pages-first, cardColumns*cardRows) {
			side = append(side, place{first + i, left + float64(i%cardColumns)*f.width, top + float64(i/cardColumns)*f.height, false})
		}
		sides = append(sides, side)
	}
	return sides
}

func there(pages int, all ...place) (out []place) {
	for _, p := range all {
		if p.page < pages {
			out = append(out, p)
		}
	}
	return out
}

// sheets is how many pages fill whole sheets.
func (p Paper) sheets(pages int) int {
	if p == Folded || p == Booklet {
		return (pages + 3) / 4 * 4
	}
	return pages
}

// marks are the lines where a side is folded or cut.
func (p Paper) marks(side []place) (lines []rule) {
	f, _ := p.format()
	switch p {
	case Folded:
		lines = append(lines, rule{f.width, 0, f.width, f.sheetHeight, thin, true}, rule{0, f.height, f.sheetWidth, f.height, thin, true})
	case Cards:
		for _, c := range side {
			lines = append(lines, frame(c.x, c.y, f.width, f.height, thin, true)...)
		}
	default: // a booklet's fold is where the printer's driver and the staple say
	}
	return lines
}
