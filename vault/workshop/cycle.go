package workshop

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Limits of a cycle. They are stated in the .proto comments too.
const (
	MaxSessions = 12  // sessions of one cycle
	MaxDays     = 182 // days from the first to the last: as long as a consent lasts
	MaxLabel    = 100 // characters of its label
	MaxPlace    = 200 // characters of a place
)

// A Session is one meeting of a cycle.
type Session struct {
	Theme Theme
	// Day is when it is held; the zero Day says that it is interrupted, and waits
	// for another day.
	Day   papers.Day
	Place string // empty: the cycle's
}

// A Cycle is what is planned: its sessions in their order, which are numbered
// from 1, and the days between which the cycle lasts, both of them in it.
type Cycle struct {
	Label       string
	Place       string
	First, Last papers.Day
	Sessions    []Session
}

// Errors of a plan.
var (
	ErrLabel    = errors.New("label of a cycle")
	ErrPlace    = errors.New("place of workshops")
	ErrDays     = errors.New("days of a cycle")
	ErrSessions = errors.New("sessions of a cycle")
	ErrOver     = errors.New("the cycle is over")
)

// Check says whether a plan may stand: it wraps one of the errors of a plan.
// Sessions are held in any order and on the same day, within the cycle's days.
func (c Cycle) Check() error {
	switch {
	case !isLine(c.Label, 1, MaxLabel):
		return ErrLabel
	case !isLine(c.Place, 1, MaxPlace):
		return ErrPlace
	case c.First.IsZero() || c.Last.Before(c.First) || c.Last.After(c.First.Add(papers.Days(MaxDays))):
		return ErrDays
	case len(c.Sessions) == 0 || len(c.Sessions) > MaxSessions:
		return ErrSessions
	}
	for _, s := range c.Sessions {
		switch {
		case s.Theme < ThemeSort || s.Theme > ThemeOther:
			return ErrTheme
		case !isLine(s.Place, 0, MaxPlace):
			return ErrPlace
		case !s.Day.IsZero() && (s.Day.Before(c.First) || s.Day.After(c.Last)):
			return ErrDays
		}
	}
	return nil
}

// isLine reports whether a text is one line of that many characters.
func isLine(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && !strings.ContainsFunc(s, unicode.IsControl) && strings.TrimSpace(s) == s
}

// Opens says whether a plan may become a cycle on a day: all of its sessions have
// a day, and its last day is to come.
func (c Cycle) Opens(today papers.Day) error {
	if err := c.Check(); err != nil {
		return err
	}
	if c.Over(today) || c.Interrupted() {
		return ErrDays
	}
	return nil
}

// Follows says whether c may take the place of an older plan on a day. Days,
// places and labels change, sessions are interrupted and moved; their number and
// their themes stay, because what is known of people is known by session. A cycle
// that is over stays so: no consent comes back by a later day.
func (c Cycle) Follows(old Cycle, today papers.Day) error {
	if err := c.Check(); err != nil {
		return err
	}
	switch {
	case old.Over(today):
		return ErrOver
	case c.Over(today):
		return ErrDays
	case len(c.Sessions) != len(old.Sessions):
		return ErrSessions
	}
	for i, s := range c.Sessions {
		if s.Theme != old.Sessions[i].Theme {
			return ErrTheme
		}
	}
	return nil
}

// Interrupted reports whether a session waits for another day.
func (c Cycle) Interrupted() bool {
	for _, s := range c.Sessions {
		if s.Day.IsZero() {
			return true
		}
	}
	return false
}

// Over reports whether the last day has passed.
func (c Cycle) Over(today papers.Day) bool { return today.After(c.Last) }

// End is the first instant after the last day, in a zone: a consent that the
// cycle bounds ends then at the latest.
func (c Cycle) End(zone *time.Location) time.Time {
	year, month, day := c.Last.Noon().Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, zone)
}

// EndedOn is the plan of a cycle that ended on a day: what was planned after it was
// never held.
func (c Cycle) EndedOn(day papers.Day) Cycle {
	c.Sessions = slices.Clone(c.Sessions)
	for i, s := range c.Sessions {
		if s.Day.After(day) {
			c.Sessions[i].Day = papers.Day{}
		}
	}
	return c
}

// Session answers the session of a number, from 1.
func (c Cycle) Session(n int) (Session, bool) {
	if n < 1 || n > len(c.Sessions) {
		return Session{}, false
	}
	return c.Sessions[n-1], true
}

// Has reports whether a session of a theme was held in the cycle by a day: on
// which, the last one.
func (c Cycle) Has(t Theme, today papers.Day) (papers.Day, bool) {
	var found papers.Day
	for _, s := range c.Sessions {
		if s.Theme == t && !s.Day.IsZero() && !s.Day.After(today) && s.Day.After(found) {
			found = s.Day
		}
	}
	return found, !found.IsZero()
}
