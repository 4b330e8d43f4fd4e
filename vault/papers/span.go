package papers

import (
	"fmt"
	"strconv"
	"strings"
)

// A Span is a length of time in months and days, as rules say it: "3 months",
// "1 year and 8 days". Months have no number of days of their own; [Day.Add]
// counts them on the calendar. The zero Span is no time at all.
type Span struct{ months, days int }

// What a rule can ask, at most.
const (
	maxYears  = 99
	maxMonths = 11
	maxCount  = 366
)

// Months is a span of n months, none for a negative n.
func Months(n int) Span { return Span{months: max(n, 0)} }

// Days is a span of n days, none for a negative n.
func Days(n int) Span { return Span{days: max(n, 0)} }

// ParseSpan reads a duration of ISO 8601 in years, months and days: P2Y, P3M,
// P1Y8D, and P0D for none. One length has one form: twelve months are P1Y. The
// error wraps [ErrDay].
func ParseSpan(s string) (Span, error) {
	var n [3]int
	rest, found := s, false
	if len(s) > 0 && s[0] == 'P' {
		rest, found = s[1:], true
	}
	for i, unit := range []byte{'Y', 'M', 'D'} {
		digits := 0
		for digits < len(rest) && digits < 3 && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		if digits > 0 && digits < len(rest) && rest[digits] == unit {
			n[i], _ = strconv.Atoi(rest[:digits]) // at most three digits
			rest = rest[digits+1:]
		}
	}
	span := Span{months: n[0]*12 + n[1], days: n[2]}
	if !found || rest != "" || n[0] > maxYears || n[1] > maxMonths || n[2] > maxCount || span.String() != s {
		return Span{}, fmt.Errorf("%w: want a length such as P2Y, P3M or P1Y8D", ErrDay)
	}
	return span, nil
}

// IsZero reports that it is no time at all.
func (s Span) IsZero() bool { return s == Span{} }

// Parts are its years, months (11 at most) and days.
func (s Span) Parts() (years, months, days int) { return s.months / 12, s.months % 12, s.days }

// String is the form that [ParseSpan] reads.
func (s Span) String() string {
	years, months, days := s.Parts()
	var out strings.Builder
	out.WriteString("P")
	for _, part := range []struct {
		n    int
		unit string
	}{{years, "Y"}, {months, "M"}, {days, "D"}} {
		if part.n > 0 {
			out.WriteString(strconv.Itoa(part.n) + part.unit)
		}
	}
	if out.String() == "P" {
		return "P0D"
	}
	return out.String()
}
