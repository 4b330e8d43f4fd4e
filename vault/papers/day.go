package papers

import (
	"errors"
	"fmt"
	"time"
)

// ErrDay is wrapped when a text is not a day, a date as written on a paper, or a
// length of time.
var ErrDay = errors.New("not a date")

// A Day is a day of the civil calendar, without hour and zone: whoever asks says
// which day it is where the person lives (in France, Europe/Paris). The zero Day
// is no day; it comes before every other.
type Day struct {
	year  int16
	month uint8
	day   uint8
}

// The years a paper of a living person can name.
const (
	minYear = 1850
	maxYear = 2199
)

// NewDay makes a day of the years 1850 to 2199. The error wraps [ErrDay].
func NewDay(year int, month time.Month, day int) (Day, error) {
	if year < minYear || year > maxYear || month < time.January || month > time.December || day < 1 || day > daysIn(year, month) {
		return Day{}, fmt.Errorf("%w: no such day", ErrDay)
	}
	return Day{year: int16(year), month: uint8(month), day: uint8(day)}, nil
}

// DayOf is the day of an instant, in the zone that the instant carries: the zero
// Day outside the years of [NewDay].
func DayOf(t time.Time) Day {
	d, err := NewDay(t.Date())
	if err != nil {
		return Day{}
	}
	return d
}

// ParseDay reads YYYY-MM-DD. The error wraps [ErrDay] and does not repeat s.
func ParseDay(s string) (Day, error) {
	w, err := ParseWritten(s)
	if err != nil {
		return Day{}, err
	}
	if w.first != w.last {
		return Day{}, fmt.Errorf("%w: a whole day is wanted", ErrDay)
	}
	return w.first, nil
}

// IsZero reports that it is no day.
func (d Day) IsZero() bool { return d == Day{} }

// Year is the year, 0 for no day.
func (d Day) Year() int { return int(d.year) }

// Month is the month, 0 for no day.
func (d Day) Month() time.Month { return time.Month(d.month) }

// Compare is -1, 0 or 1 as d comes before, is, or comes after o.
func (d Day) Compare(o Day) int { return d.time().Compare(o.time()) }

// Before reports that d comes before o.
func (d Day) Before(o Day) bool { return d.Compare(o) < 0 }

// After reports that d comes after o.
func (d Day) After(o Day) bool { return d.Compare(o) > 0 }

// String is YYYY-MM-DD, and "no day" for the zero Day.
func (d Day) String() string {
	if d.IsZero() {
		return "no day"
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
}

// Add is the day when a length of time that starts on d is over: first its
// months, then its days. Months keep the number of the day, and where a month is
// too short its last day holds (code de procédure civile, art. 641). No day stays
// no day, and so does what leaves the years of [NewDay].
func (d Day) Add(s Span) Day { return d.move(s, 1) }

// Back is the day from which a length of time that ends on d runs: first its
// months, then its days, as [Day.Add] counts them.
func (d Day) Back(s Span) Day { return d.move(s, -1) }

func (d Day) move(s Span, sign int) Day {
	if d.IsZero() {
		return Day{}
	}
	months := d.Year()*12 + int(d.month) - 1 + sign*s.months
	year, month := months/12, time.Month(months%12+1)
	last := daysIn(year, month)
	return DayOf(time.Date(year, month, min(int(d.day), last)+sign*s.days, 0, 0, 0, 0, time.UTC))
}

// firstOfMonth is the first day of the month that comes n months after d's.
func (d Day) firstOfMonth(n int) Day {
	return DayOf(time.Date(d.Year(), d.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}

// yearEnd is the 31st of December of d's year.
func (d Day) yearEnd() Day {
	if d.IsZero() {
		return Day{}
	}
	return Day{year: d.year, month: uint8(time.December), day: 31}
}

func (d Day) time() time.Time {
	return time.Date(d.Year(), d.Month(), int(d.day), 0, 0, 0, 0, time.UTC)
}

// Noon is the middle of the day in UTC, which is the same day in metropolitan
// France: for whoever writes days from instants. No day gives the zero time.
func (d Day) Noon() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return d.time().Add(12 * time.Hour)
}

// latest is the last of some days.
func latest(a, b Day) Day {
	if a.Before(b) {
		return b
	}
	return a
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
