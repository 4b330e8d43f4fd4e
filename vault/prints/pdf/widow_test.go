package pdf

import (
	"strings"
	"testing"
)

// No line of a paragraph stands alone at the foot or at the head of a page, wherever
// the paragraph begins, in a list as well.
func TestNoLineStandsAlone(t *testing.T) {
	t.Parallel()
	for words := 10; words <= 90; words += 5 {
		text := strings.TrimSpace(strings.Repeat("quelques mots ", words))
		for name, set := range map[string]func(*Document){
			"text": func(d *Document) { d.Text(text) }, "list": func(d *Document) { d.Items([]string{text}) },
		} {
			for below := 1.0; below < 60; below += 2.5 {
				d := begun(t, Booklet)
				d.y = d.foot - below
				set(d)
				for page, n := range linesOf(d) {
					if n == 1 {
						t.Errorf("%s of %d words, %g mm above the foot: one line on page %d", name, words, below, page)
					}
				}
			}
		}
	}
}

// linesOf counts the lines of text on each page where there are some; the sign of a
// list is none.
func linesOf(d *Document) map[int]int {
	all := map[int]int{}
	for page, leaf := range d.leaves {
		for _, m := range leaf.marks {
			if m.of == nil || m.of.role == roleLabel {
				continue
			}
			all[page] += len(m.drawn)
		}
	}
	return all
}
