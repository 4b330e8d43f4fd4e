package prints

import (
	"fmt"
	"strings"

	"github.com/coffre-fort/coffre/vault/prints/pdf"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A square is a QR code; for a browser it is one path, in which each module is a
// unit.
type square struct {
	Label texts.Label // what it is, for whoever does not see it
	Side  int
	Path  string
	code  *pdf.Square
}

// Square draws content as a QR code: its side, border included, and its dark modules
// as a path of SVG, each module a unit.
func Square(content string) (side int, path string, err error) {
	s, err := newSquare("", content)
	if err != nil {
		return 0, "", err
	}
	return s.Side, s.Path, nil
}

// newSquare draws content with a label.
func newSquare(label texts.Label, content string) (*square, error) {
	code, err := pdf.NewSquare(content)
	if err != nil {
		return nil, fmt.Errorf("print: %w", err) // of its length only
	}
	var path strings.Builder
	for r := range code.Runs() {
		fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", r.X, r.Y, r.Length, r.Length)
	}
	return &square{Label: label, Side: code.Side(), Path: path.String(), code: code}, nil
}
