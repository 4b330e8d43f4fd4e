package tour

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf16"
)

// A Marker is something of a person, or a secret of a session: it may stand in
// nothing that is stored, in no encoding (L-22, L-23, L-54).
type Marker struct {
	// What it is, to be named without repeating it.
	What string

	forms [][]byte
}

// NewMarker prepares the forms in which a marker could be stored.
func NewMarker(what string, value []byte) Marker {
	m := Marker{What: what, forms: [][]byte{value}}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var wide []byte
		for _, u := range utf16.Encode([]rune(string(value))) {
			wide = order.AppendUint16(wide, u)
		}
		m.forms = append(m.forms, wide)
	}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			// Whole groups of three bytes encode to the same text wherever the
			// marker stands; the edges depend on what is around it.
			whole := value[min(len(value), (3-shift)%3):]
			whole = whole[:len(whole)-len(whole)%3]
			if len(whole) >= 9 {
				m.forms = append(m.forms, []byte(e.EncodeToString(whole)))
			}
		}
	}
	return m
}

// In reports whether the marker stands in content, in any form.
func (m Marker) In(content []byte) bool { return len(NewNet([]Marker{m}).Catch(content)) > 0 }
