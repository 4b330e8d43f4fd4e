package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// Where the pages of a document lie on its sheets, as one who folds them finds
// them: + is upright, - head down.
func TestPagesLieAsTheSheetIsFolded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		paper Paper
		pages int
		want  string
	}{
		{A4, 2, "[1@0,0+] [2@0,0+]"},
		// Upper left 3, upper right 2, both head down; lower left 4 (the back),
		// lower right 1 (the cover).
		{Folded, 4, "[1@105,148.5+ 2@105,0- 3@0,0- 4@0,148.5+]"},
		{Folded, 5, "[1@105,148.5+ 2@105,0- 3@0,0- 4@0,148.5+] [5@105,148.5+]"},
		{Booklet, 4, "[1@148.5,0+ 4@0,0+] [2@0,0+ 3@148.5,0+]"},
		{Booklet, 8, "[1@148.5,0+ 8@0,0+] [2@0,0+ 7@148.5,0+] [3@148.5,0+ 6@0,0+] [4@0,0+ 5@148.5,0+]"},
		{Booklet, 1, "[1@148.5,0+] []"},
		{Cards, 3, "[1@19.4,13.5+ 2@105,13.5+ 3@19.4,67.5+]"},
	} {
		var got strings.Builder
		for _, side := range tt.paper.lay(tt.pages) {
			s := ""
			for _, p := range side {
				sign := "+"
				if p.turned {
					sign = "-"
				}
				s += fmt.Sprintf(" %d@%.4g,%.4g%s", p.page+1, p.x, p.y, sign)
			}
			if s == "" {
				s = " "
			}
			got.WriteString(" [" + s[1:] + "]")
		}
		if got.String()[1:] != tt.want {
			t.Errorf("paper %d, %d pages:\n got %s\nwant %s", tt.paper, tt.pages, got.String()[1:], tt.want)
		}
	}
}
