package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A StructureReport is what an access manager is told of the whole structure:
// how often people have something done in their place (L-75), and which consents
// end while nobody looks after them. It names no person and no safe, and counts
// by démarche and never by agent: what it counts is what people agreed to, not
// what somebody worked (L-55).
type StructureReport struct {
	InStead    []InStead    // by démarche, in the order of its code
	Unattended []Unattended // whose first end is nearest first
}

// InStead counts the consents of one démarche by which an agent does it in the
// person's place.
type InStead struct {
	Purpose papers.Purpose
	Live    int // now
	Given   int // within [ReportSpan], ended ones included
}

// ReportSpan is how far back a structure's report counts.
const ReportSpan = 365 * 24 * time.Hour

// Unattended counts the consents that end within [NoticeBefore] and name an agent
// who cannot be told: gone, or held up. None of a discreet safe is among them.
type Unattended struct {
	Agent    AgentID
	Name     string
	State    AgentState
	Consents int
	First    time.Time // the nearest end
}
