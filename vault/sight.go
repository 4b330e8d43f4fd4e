package vault

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/papers"
)

// A PaperKeeper is the part of a [Keeper] that answers what papers are for. It
// opens no content.
type PaperKeeper interface {
	// Look answers what the caller sees of a safe's papers, in one act, and of
	// which kinds none is hidden from them.
	Look(ctx context.Context, who session.Principal, act Look) (Sight, error)
	// Dues answers what falls due by the papers that the caller sees, and keeps the
	// days of it: in the person's session with the whole safe open those days take
	// the place of the ones before, under a consent they are added.
	Dues(ctx context.Context, who session.Principal, safe SafeID) (Dues, error)
}

// A Look asks to see papers, for a démarche or to sort them.
type Look struct {
	Safe SafeID
	// Purpose is the démarche; empty: to sort.
	Purpose papers.Purpose
}

// A Sight is what somebody sees of a safe's papers.
type Sight struct {
	Documents []Document // in the order in which they were put in
	// Kinds are those of which no paper is hidden from the caller: what is not
	// there is missing.
	Kinds []papers.Kind
	// Whole says that it is the person, with the whole safe open.
	Whole bool
	// Discretion is how the safe shows itself.
	Discretion Discretion
	// Nature is what the safe is for.
	Nature Nature
	// Structure is the one that opened the safe, as it stands on a page; empty in a
	// discreet safe.
	Structure string
}

// Dues is what falls due in a safe.
type Dues struct {
	All     []papers.Due // soonest first
	Wanting []WantingDate
}

// A WantingDate is a paper whose date is missing.
type WantingDate struct {
	Duty     papers.Duty
	Document DocumentID
}

// MaxDues bounds the days that the service keeps of one safe; the soonest are
// kept.
const MaxDues = 64

// Paper is what a description says to a catalogue. A kind that the catalogue does
// not have is one nobody sorted, and a date that is none is no date.
func (d Description) Paper(c *papers.Catalogue) papers.Paper {
	p := papers.Paper{Whose: d.Whose}
	if info, err := c.KindInfo(d.Kind); err == nil {
		p.Kind = info.Code
	}
	if w, err := papers.ParseWritten(d.DocumentDate); err == nil {
		p.Date = w
	}
	if day, err := papers.ParseDay(d.ExpireDate); err == nil {
		p.Expires = day
	}
	return p
}
