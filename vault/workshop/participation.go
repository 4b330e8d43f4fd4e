package workshop

import (
	"errors"
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// KeptFor is how long after the end of a cycle what is known of somebody's part
// in it is kept: three months, in which a certificate can be asked for, for a
// file at France Travail or at a training body. Then nobody needs it any more,
// and it is deleted (RGPD, article 5.1 e). That it was stands in the journal.
const KeptFor = 90 * 24 * time.Hour

// MaxCount bounds each number of a [Progress].
const MaxCount = 9999

// A Progress is how far somebody is with their own papers, as they said it: whole
// numbers, never which papers.
type Progress struct {
	Sorted, Filed, Thrown uint16 // papers
	Memos                 uint16 // written
	LoginTested           bool   // one login was tried once, by the person
}

// ErrProgress says that a number is out of bounds.
var ErrProgress = errors.New("progress out of bounds")

// Check bounds the numbers.
func (p Progress) Check() error {
	if max(p.Sorted, p.Filed, p.Thrown, p.Memos) > MaxCount {
		return ErrProgress
	}
	return nil
}

// A Participation is one person's part in a cycle: one mark for each session. The
// zero Participation is none. It is a value.
type Participation struct {
	Since    time.Time // when they joined, for the last time
	Marks    []Mark
	Progress Progress
	Left     time.Time // when they dropped out; zero while they have not
	Handed   time.Time // when their safe was handed over to them; zero before
}

// Join begins somebody's part in a cycle, at any session of it. Who dropped out
// comes back as they left: old are their marks in this very cycle, or none.
func Join(c Cycle, old Participation, now time.Time) Participation {
	p := Participation{Since: now, Marks: make([]Mark, len(c.Sessions)), Handed: old.Handed, Progress: old.Progress}
	copy(p.Marks, old.Marks)
	return p
}

// IsZero reports whether it is none.
func (p Participation) IsZero() bool { return p.Since.IsZero() }

// Part reports whether the person takes part: they did not drop out, and their
// safe was not handed over to them.
func (p Participation) Part() bool { return !p.IsZero() && p.Left.IsZero() && p.Handed.IsZero() }

// Leave gives the participation of who drops out: they keep their safe, and what
// they did stays theirs.
func (p Participation) Leave(now time.Time) Participation {
	p.Left = now
	return p
}

// HandOver gives the participation after the safe was handed over.
func (p Participation) HandOver(now time.Time) Participation {
	p.Handed = now
	return p
}

// Days are the days of the sessions that the person did, there or elsewhere.
func (p Participation) Days() (days []papers.Day) {
	for _, m := range p.Marks {
		if m.done() {
			days = append(days, m.Day)
		}
	}
	return days
}

// Forgotten reports whether a cycle that ended, or whose last day passed, did so
// so long ago that this is deleted.
func Forgotten(end, now time.Time) bool { return !end.IsZero() && now.Sub(end) >= KeptFor }
