package prints

import (
	"fmt"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
)

// The path draws every dark module once and nothing else, inside its white
// border.
func TestTheSquareIsTheCode(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"7Q4K-M2ZP-0H3W-XR8D-5T1B", "https://coffre.example.fr/accord/" + strings.Repeat("a", 200)} {
		s, err := newSquare("essai", content)
		if err != nil {
			t.Fatal(err)
		}
		code, err := qr.Encode(content, qr.Q, qr.Auto)
		if err != nil {
			t.Fatal(err)
		}
		n := code.Bounds().Dx()
		if s.Side != n+8 {
			t.Errorf("side %d for %d modules", s.Side, n)
		}
		drawn := map[[2]int]bool{}
		for run := range strings.SplitSeq(strings.TrimPrefix(strings.TrimSuffix(s.Path, "z"), "M"), "zM") {
			var x, y, length, back int
			if _, err := fmt.Sscanf(run, "%d %dh%dv1h-%d", &x, &y, &length, &back); err != nil || length != back {
				t.Fatalf("%q: %v", run, err)
			}
			for i := range length {
				drawn[[2]int{x + i - 4, y - 4}] = true
			}
		}
		for y := range n {
			for x := range n {
				r, _, _, _ := code.At(x, y).RGBA()
				if drawn[[2]int{x, y}] != (r == 0) {
					t.Fatalf("module %d,%d", x, y)
				}
			}
		}
	}
	if _, err := newSquare("essai", strings.Repeat("x", 10_000)); err == nil {
		t.Error("a code that no camera reads")
	}
}
