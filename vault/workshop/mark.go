package workshop

import (
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault/papers"
)

// An Attendance is where a person is with one session. The zero value is that
// nothing is known.
type Attendance uint8

// The attendances. Their numbers are stored and never change.
const (
	AttendanceNone     Attendance = iota
	AttendanceInvited             // asked to come
	AttendanceCame                // was there
	AttendanceMissed              // was not, for whatever reason: none is asked
	AttendanceCaughtUp            // did it in another cycle
)

// String is the attendance's word.
func (a Attendance) String() string {
	words := [...]string{"none", "invited", "came", "missed", "caught-up"}
	if int(a) < len(words) {
		return words[a]
	}
	return "unknown"
}

// A Mark is what is known of one person and one session.
type Mark struct {
	Attendance Attendance
	// Day is when they did it, there or elsewhere; zero for who did not.
	Day papers.Day
	// Elsewhere is the id of the cycle in which they caught it up; zero otherwise.
	Elsewhere [16]byte
}

// Errors of marks.
var (
	ErrSession    = errors.New("no such session")
	ErrNotHeld    = errors.New("the session was not held yet")
	ErrAttendance = errors.New("not an attendance that may follow")
	ErrElsewhere  = errors.New("not a session that catches this one up")
	ErrLeft       = errors.New("the person takes no part any more")
)

// Other is a cycle in which a session may be caught up; the zero Other is none.
type Other struct {
	ID    [16]byte
	Cycle Cycle
}

// Mark gives the participation after the session of a number of its cycle is
// marked, on a day. Whoever marks may correct themselves. Being there or not is
// said of a session that was held, on its day or later. A session is caught up by
// one of the same theme in another cycle, which was held, and only by who was not
// there: not invited is no hindrance, since people join when it suits them.
func (p Participation) Mark(c Cycle, n int, a Attendance, other Other, today papers.Day) (Participation, error) {
	s, ok := c.Session(n)
	switch {
	case !ok || len(p.Marks) != len(c.Sessions):
		return p, ErrSession
	case !p.Part():
		return p, ErrLeft
	case (a == AttendanceCaughtUp) == (other.ID == [16]byte{}):
		return p, ErrElsewhere
	}
	m := Mark{Attendance: a}
	switch a {
	case AttendanceInvited:
		if p.Marks[n-1].done() {
			return p, ErrAttendance
		}
	case AttendanceCame, AttendanceMissed:
		if s.Day.IsZero() || s.Day.After(today) {
			return p, ErrNotHeld
		}
		if a == AttendanceCame {
			m.Day = s.Day
		}
	case AttendanceCaughtUp:
		day, held := other.Cycle.Has(s.Theme, today)
		switch {
		case p.Marks[n-1].Attendance == AttendanceCame:
			return p, ErrAttendance
		case !held || s.Theme == ThemeOther:
			return p, ErrElsewhere
		}
		m.Day, m.Elsewhere = day, other.ID
	case AttendanceNone:
		fallthrough
	default:
		return p, fmt.Errorf("%w: none of the list", ErrAttendance)
	}
	marks := append([]Mark(nil), p.Marks...)
	marks[n-1] = m
	p.Marks = marks
	return p, nil
}

// done reports whether the person did the session, there or elsewhere.
func (m Mark) done() bool {
	return m.Attendance == AttendanceCame || m.Attendance == AttendanceCaughtUp
}
