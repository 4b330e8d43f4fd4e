package pdf

import (
	"fmt"
	"iter"

	"github.com/boombuler/barcode/qr"
)

// Quiet is the white border of a QR code, in modules (ISO/IEC 18004 §6.3.8).
const Quiet = 4

// A Square is a QR code. It holds its content: it is as secret as that.
type Square struct {
	modules int
	dark    []bool
}

// NewSquare makes the code of a text with the error correction that survives a
// fold or a stain (level Q, a quarter of it).
func NewSquare(content string) (*Square, error) {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("pdf: QR code: %w", err) // of its length only
	}
	n := code.Bounds().Dx()
	s := &Square{modules: n, dark: make([]bool, n*n)}
	for y := range n {
		for x := range n {
			r, _, _, _ := code.At(x, y).RGBA()
			s.dark[y*n+x] = r < 0x8000
		}
	}
	return s, nil
}

// Side is its size in modules, with the white border.
func (s *Square) Side() int { return s.modules + 2*Quiet }

// A Run is dark modules side by side.
type Run struct{ X, Y, Length int }

// Runs goes through what is dark, row after row, within the white border.
func (s *Square) Runs() iter.Seq[Run] {
	return func(yield func(Run) bool) {
		for y := range s.modules {
			row := s.dark[y*s.modules : (y+1)*s.modules]
			for x := 0; x < len(row); x++ {
				n := 0
				for x+n < len(row) && row[x+n] {
					n++
				}
				if n > 0 && !yield(Run{x + Quiet, y + Quiet, n}) {
					return
				}
				x += n
			}
		}
	}
}
