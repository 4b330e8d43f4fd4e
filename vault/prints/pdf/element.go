package pdf

// A role is what a part of a document is (ISO 32000-1 §14.8.4).
type role string

// The roles in use.
const (
	roleDocument role = "Document"
	roleSection  role = "Sect"
	roleTitle    role = "H1"
	roleHeading  role = "H2"
	roleText     role = "P"
	roleList     role = "L"
	roleItem     role = "LI"
	roleLabel    role = "Lbl"
	roleBody     role = "LBody"
	roleTable    role = "Table"
	roleCaption  role = "Caption"
	roleRow      role = "TR"
	roleHead     role = "TH"
	roleCell     role = "TD"
	roleFigure   role = "Figure"
)

// An element is a node of the structure tree. Its kids are in reading order, and
// are elements or marks.
type element struct {
	role       role
	alt        string
	attributes string // a dictionary, as it is written
	parent     *element
	kids       []kid
}

type kid interface{ isKid() }

func (*element) isKid() {}
func (*mark) isKid()    {}

// child adds an element at the end.
func (e *element) child(r role) *element {
	c := &element{role: r, parent: e}
	e.kids = append(e.kids, c)
	return c
}

// A mark is a piece of one page that belongs to one element, or to none: an
// artifact.
type mark struct {
	of    *element
	drawn []drawing

	page, id int // where it is, once it is there
}

// A leaf is one page, before it lies on a sheet.
type leaf struct{ marks []*mark }

// mark begins a piece of this page for an element.
func (l *leaf) mark(of *element, drawn ...drawing) *mark {
	m := &mark{of: of, drawn: drawn}
	l.marks = append(l.marks, m)
	if of != nil {
		of.kids = append(of.kids, m)
	}
	return m
}
