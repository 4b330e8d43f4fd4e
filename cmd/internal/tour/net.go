package tour

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A Net finds many markers in one pass over what is searched. It is safe for
// concurrent use.
type Net struct {
	// mesh says of two bytes whether a form may begin with them; most do not.
	mesh  [1 << 16]bool
	forms map[[2]byte][]caught
}

type caught struct {
	form []byte
	what string
}

// NewNet makes a net of these markers.
func NewNet(markers []Marker) *Net {
	n := &Net{forms: map[[2]byte][]caught{}}
	for _, m := range markers {
		for _, f := range m.forms {
			if len(f) < 2 {
				continue // says nothing about anybody
			}
			n.mesh[binary.BigEndian.Uint16(f)] = true
			n.forms[[2]byte(f)] = append(n.forms[[2]byte(f)], caught{f, m.What})
		}
	}
	return n
}

// Catch answers what stands in content, each marker once.
func (n *Net) Catch(content []byte) (what []string) {
	for i := range max(0, len(content)-1) {
		if !n.mesh[binary.BigEndian.Uint16(content[i:])] {
			continue
		}
		for _, c := range n.forms[[2]byte(content[i:])] {
			if bytes.HasPrefix(content[i:], c.form) && !slices.Contains(what, c.what) {
				what = append(what, c.what)
			}
		}
	}
	return what
}

// mark adds a marker; an empty value is none.
func (s *story) mark(what, value string) {
	if value != "" {
		s.markers = append(s.markers, NewMarker(what, []byte(value)))
	}
}

// allMarkers are what the tour put in, of every paper and person, and the
// secrets that passed.
func (s *story) allMarkers() []Marker {
	papers, err := makePapers()
	if err != nil {
		papers = s.papers
	}
	for i, p := range append(papers, s.papers...) {
		s.mark(fmt.Sprintf("title of paper %d", i), p.title)
		s.mark(fmt.Sprintf("file name of paper %d", i), p.name)
		middle := p.content[len(p.content)/2:]
		s.mark(fmt.Sprintf("content of paper %d", i), string(middle[:min(32, len(middle))]))
	}
	for i, p := range s.guest.papers {
		s.mark(fmt.Sprintf("title of the second person's paper %d", i), p.title)
		s.mark(fmt.Sprintf("file name of the second person's paper %d", i), p.name)
		middle := p.content[len(p.content)/2:]
		s.mark(fmt.Sprintf("content of the second person's paper %d", i), string(middle[:min(32, len(middle))]))
	}
	s.mark("name in the register", s.guest.name)
	s.mark("address", s.guest.address)
	s.mark("a sheet's code", s.guest.code)
	if s.consent != nil {
		s.mark("text of a consent", s.consent.GetShown().GetText())
		s.mark("precise acts of a consent", s.consent.GetTerms().GetPrecise())
	}
	s.mark("name", personName)
	s.mark("e-mail", personMail)
	s.mark("case number", caseNumber)
	s.mark("code", s.code)
	s.mark("code without hyphens", strings.ReplaceAll(s.code, "-", ""))
	for _, p := range s.cfg.People.Roles() {
		s.mark("name of somebody", p.Name)
		s.mark("password of somebody", p.Password.Reveal())
		s.mark("login of somebody", p.Login)
		if p.IsAgent() {
			s.mark("secret of one-time codes", p.OTP.Reveal())
		}
	}
	s.mark("name of the structure", StructureName)
	return s.markers
}
