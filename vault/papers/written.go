package papers

import (
	"fmt"
	"strings"
	"time"
)

// A Written is a date as it stands on a paper: a day, a month or a year. The zero
// Written is no date.
type Written struct{ first, last Day }

// ParseWritten reads YYYY-MM-DD, YYYY-MM or YYYY, and nothing else. The error
// wraps [ErrDay] and does not repeat s: a date may be somebody's birth.
func ParseWritten(s string) (Written, error) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if len(s) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, s)
		first := DayOf(t)
		if err != nil || first.IsZero() {
			break
		}
		w := Written{first: first, last: first}
		switch strings.Count(layout, "-") {
		case 1:
			w.last.day = uint8(daysIn(t.Year(), t.Month()))
		case 0:
			w.last = first.yearEnd()
		}
		return w, nil
	}
	return Written{}, fmt.Errorf("%w: want a day, a month or a year", ErrDay)
}

// On is a day as a date.
func On(d Day) Written { return Written{first: d, last: d} }

// IsZero reports that there is no date.
func (w Written) IsZero() bool { return w == Written{} }

// First is the first day it can mean: what counts where a paper must not be too
// old.
func (w Written) First() Day { return w.first }

// Last is the last day it can mean: what counts where a paper must be kept.
func (w Written) Last() Day { return w.last }

// String is the text [ParseWritten] read, and "no day" for the zero Written.
func (w Written) String() string {
	switch s := w.first.String(); {
	case w.first == w.last:
		return s
	case w.first.month == w.last.month:
		return s[:len("2006-01")]
	default:
		return s[:len("2006")]
	}
}
