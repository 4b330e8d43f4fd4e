package pdf

import (
	"fmt"
	"strings"
)

// A tree is the structure of a document, as objects of its file.
type tree struct {
	first   int // number of the first object: the root
	objects [][]byte
	pages   []int // numbers of the page objects
	numbers map[*element]int
}

// newTree makes the objects of the structure, from number first on: the root,
// the tree from marks to elements, the elements.
func newTree(first int, pages []int, marked [][]*mark, root *element) *tree {
	t := &tree{first: first, pages: pages, numbers: map[*element]int{}}
	var order []*element
	var walk func(*element)
	walk = func(e *element) {
		t.numbers[e] = first + 2 + len(order)
		order = append(order, e)
		for _, k := range e.kids {
			if c, ok := k.(*element); ok {
				walk(c)
			}
		}
	}
	walk(root)
	t.objects = append(t.objects,
		fmt.Appendf(nil, "<</Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d>>", t.numbers[root], first+1, len(pages)),
		t.parents(marked))
	for _, e := range order {
		t.objects = append(t.objects, t.element(e))
	}
	return t
}

// parents leads from each mark of each page to its element.
func (t *tree) parents(marked [][]*mark) []byte {
	var b strings.Builder
	b.WriteString("<</Nums [")
	for i, all := range marked {
		fmt.Fprintf(&b, "%d [", i)
		for _, m := range all {
			fmt.Fprintf(&b, "%d 0 R ", t.numbers[m.of])
		}
		b.WriteString("] ")
	}
	return []byte(b.String() + "]>>")
}

func (t *tree) element(e *element) []byte {
	var b strings.Builder
	parent := t.first
	if e.parent != nil {
		parent = t.numbers[e.parent]
	}
	fmt.Fprintf(&b, "<</Type /StructElem /S /%s /P %d 0 R", e.role, parent)
	if e.alt != "" {
		b.WriteString(" /Alt " + text(e.alt))
	}
	if e.attributes != "" {
		b.WriteString(" /A <<" + e.attributes + ">>")
	}
	page := -1
	var kids strings.Builder
	for _, k := range e.kids {
		switch k := k.(type) {
		case *element:
			fmt.Fprintf(&kids, "%d 0 R ", t.numbers[k])
		case *mark:
			if page < 0 {
				page = k.page
				fmt.Fprintf(&b, " /Pg %d 0 R", t.pages[page])
			}
			if k.page == page {
				fmt.Fprintf(&kids, "%d ", k.id)
			} else {
				fmt.Fprintf(&kids, "<</Type /MCR /Pg %d 0 R /MCID %d>> ", t.pages[k.page], k.id)
			}
		}
	}
	fmt.Fprintf(&b, " /K [%s]>>", kids.String())
	return []byte(b.String())
}
