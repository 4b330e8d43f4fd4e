package pdf

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// A Config says what a document is. All of it is needed, but Mark and GoesOn.
type Config struct {
	// Title is shown in the head of a reader's window. It tells nothing that the
	// first page does not show.
	Title string
	// Language of the text, as in BCP 47.
	Language string
	// Made is written into the document as its date.
	Made  time.Time
	Paper Paper
	// Mark stands at the head of every page, above everything else; empty for none.
	// It is drawn, and not read aloud: the title says it too.
	Mark string
	// GoesOn stands behind a heading that comes again at the head of a page on which
	// its part goes on: "(suite)".
	GoesOn string
}

// A Document is one that is being laid out, from its first line to its last. What
// goes wrong is kept and told by [Document.Bytes]. It is for one goroutine.
type Document struct {
	cfg    Config
	format format
	ruler  *ruler
	leaves []*leaf
	root   *element
	in     *element // where the next element goes
	x, w   float64  // the column
	y      float64  // how far it is filled
	foot   float64  // where it ends
	last   bool     // the last page of the document comes last on its sheet
	again  string   // the heading of the part that is being set
	err    error
}

// New begins a document.
func New(cfg Config) (*Document, error) {
	f, ok := cfg.Paper.format()
	switch {
	case !ok:
		return nil, errors.New("pdf: a document on no paper")
	case cfg.Title == "" || cfg.Language == "":
		return nil, errors.New("pdf: a document without a title or a language")
	case cfg.Made.IsZero():
		return nil, errors.New("pdf: a document without a date")
	}
	r, err := newRuler()
	if err != nil {
		return nil, err
	}
	d := &Document{cfg: cfg, format: f, ruler: r, root: &element{role: roleDocument}}
	d.in = d.root
	d.Break()
	return d, nil
}

// Break begins a new page.
func (d *Document) Break() {
	d.leaves = append(d.leaves, &leaf{})
	d.x, d.w = d.format.left, d.format.width-d.format.left-d.format.right
	d.y, d.foot = d.format.top, d.format.height-d.format.bottom
}

// Last begins the last page. On a folded sheet or in a booklet it is the back:
// white pages go before it.
func (d *Document) Last() {
	d.Break()
	d.last = true
}

// Space leaves some room, but never at the head of a page.
func (d *Document) Space(height float64) {
	if d.y > d.format.top {
		d.y += height
	}
}

// Keep sets f on one page where that has room for it. What is longer begins on a
// page of its own where pages are small.
func (d *Document) Keep(f func(*Document)) {
	if h := d.height(f); d.y+h > d.foot && (h <= d.foot-d.format.top || d.format.narrow && d.y > d.format.top) {
		d.next()
	}
	f(d)
}

// Need goes on on the next page unless this one has room for height.
func (d *Document) Need(height float64) {
	if d.y > d.format.top && d.y+height > d.foot {
		d.next()
	}
}

// Section puts what f sets into a part of its own.
func (d *Document) Section(f func(*Document)) {
	defer func(was *element, again string) { d.in, d.again = was, again }(d.in, d.again)
	d.in = d.in.child(roleSection)
	f(d)
}

// height is what f takes, on a page without an end.
func (d *Document) height(f func(*Document)) float64 {
	trial := &Document{cfg: d.cfg, format: d.format, ruler: d.ruler, root: &element{role: roleDocument}, x: d.x, w: d.w, foot: math.Inf(1)}
	trial.in, trial.leaves, trial.y = trial.root, []*leaf{{}}, d.format.top
	f(trial)
	return trial.y - d.format.top
}

// next goes to the head of the next page, in the same column. Whoever finds that
// page alone sees what goes on there.
func (d *Document) next() {
	x, w := d.x, d.w
	d.Break()
	d.running()
	d.x, d.w = x, w
}

// page is the one being filled.
func (d *Document) page() *leaf { return d.leaves[len(d.leaves)-1] }

// artifact draws what nobody has to hear of.
func (d *Document) artifact(all ...drawing) { d.page().mark(nil, all...) }

func (d *Document) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// within sets f in a narrower column.
func (d *Document) within(x, w float64, f func()) {
	defer func(x, w float64) { d.x, d.w = x, w }(d.x, d.w)
	d.x, d.w = x, w
	f()
}

// Bytes is the whole document.
func (d *Document) Bytes() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	b, pages, err := d.draw()
	if err != nil {
		return nil, err
	}
	out, err := assemble(b, d.cfg, d.root, pages)
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return out, nil
}
