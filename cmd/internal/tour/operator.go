package tour

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// operatorShutOut: whoever holds the disk, the bucket and every key of the service
// opens what is entrusted or granted, and nothing that is locked.
func (s *story) operatorShutOut(ctx context.Context) (string, error) {
	if s.cfg.Checks.Operator == nil {
		return "not run: only somebody with the server's disk can", nil
	}
	before, err := makePapers()
	if err != nil {
		return "", err
	}
	g := &s.guest
	open := []*paper{g.papers[guestCAF], g.papers[guestBill], g.papers[guestLease]} // granted; entrusted, twice
	locked := append(slices.Concat(before, s.papers), g.papers[guestCard])
	outside := append(markersOf(open, locked), NewMarker("name in the register", []byte(g.name)),
		NewMarker("text of a consent", []byte(s.consent.GetTerms().GetPrecise())))
	return s.cfg.Checks.Operator(ctx, markersOf(locked, open), outside)
}

// markersOf are the title of each paper, and something of its content that the
// others have not: papers may hold the same picture.
func markersOf(papers, others []*paper) (markers []Marker) {
	for _, p := range papers {
		markers = append(markers, NewMarker(fmt.Sprintf("title of %s", p.name), []byte(p.title)))
		if own := ownPart(p.content, others); own != nil {
			markers = append(markers, NewMarker(fmt.Sprintf("content of %s", p.name), own))
		}
	}
	return markers
}

// ownPart answers a few bytes of content that stand in none of the others, from
// its end on; nil when there are none.
func ownPart(content []byte, others []*paper) []byte {
	const size = 32
	for end := len(content); end >= size; end -= size {
		part := content[end-size : end]
		if !slices.ContainsFunc(others, func(p *paper) bool { return bytes.Contains(p.content, part) }) {
			return part
		}
	}
	return nil
}
