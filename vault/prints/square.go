package prints

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"

	"github.com/coffre-fort/coffre/vault/texts"
)

// quiet is the white border of a QR code, in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// A square is a QR code, drawn as one path: each module is a unit.
type square struct {
	Label texts.Label // what it is, for whoever does not see it
	Side  int
	Path  string
}

// newSquare draws content with the error correction that survives a fold or a
// stain (level Q, a quarter of it).
func newSquare(label texts.Label, content string) (*square, error) {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("print: QR code: %w", err) // of its length only
	}
	n := code.Bounds().Dx()
	dark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r < 0x8000 }
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return &square{Label: label, Side: n + 2*quiet, Path: path.String()}, nil
}
