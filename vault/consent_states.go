package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// A ConsentState is where a consent is in its life.
type ConsentState uint8

// The states.
const (
	_ ConsentState = iota
	ConsentAsked
	ConsentLive // between From and Until or not yet begun
	ConsentEnded
)

// An EndReason is why a request or a consent ended.
type EndReason uint8

// The reasons. Their numbers are stored and never change.
const (
	_ EndReason = iota
	EndedByDate
	EndedWithdrawn
	EndedRefused
	EndedDeparture
	EndedHandover // the safe was handed over to its person
	EndedErasure
	EndedFreeze
	EndedShutOut
	EndedRenewed
	EndedExpired // a request nobody answered
	EndedKeyLost // the master that its key was under is lost
	EndedCycle   // the cycle of workshops that bounds it is over for the person
)

// String is the reason's code.
func (r EndReason) String() string {
	names := [...]string{
		"unknown", "date", "withdrawn", "refused", "departure", "handover", "erasure", "freeze", "shut-out", "renewed", "expired", "key-lost", "cycle",
	}
	if int(r) < len(names) {
		return names[r]
	}
	return names[0]
}

// A Consent is a request or an agreement, as the person and the agent named see
// it.
type Consent struct {
	ID        ConsentID
	State     ConsentState
	Terms     Terms
	Shown     Shown
	Giving    Giving
	AgentName string
	Structure string
	Asked     time.Time // zero for an offer of the person
	Given     time.Time // zero while it is asked
	Ended     EndReason
	EndedAt   time.Time
	Documents int // papers in its bundle
	// Acts is how often something was done under it ([Act.Helps]), told in the
	// person's own list of consents only: to anybody else it would measure work
	// (L-55, L-75).
	Acts int
	// EndsSoon says that it is live and ends within [NoticeBefore]; never in
	// discreet mode, which gives no notice.
	EndsSoon bool
}

// ListHelped asks for a page of the caller's home list: at most Limit lines, from
// 1 to [MaxPage], after the one of a consent.
type ListHelped struct {
	After ConsentID // the last of the page before; zero for the first page
	Limit int
}

// Helped is one line of an agent's home list.
type Helped struct {
	Safe    SafeID
	Name    string // from the register; empty in discreet mode or where the safe stays out of it
	Consent ConsentID
	State   ConsentState
	Purpose papers.Purpose
	From    time.Time
	Until   time.Time
	Ended   EndReason
	// EndsSoon says that it is live and ends within [NoticeBefore]; never in
	// discreet mode.
	EndsSoon bool
	// HandoverWaits says that this agent's handover of the safe waits for its sheet.
	HandoverWaits bool
}
