package papers

import (
	"errors"
	"fmt"
)

// A State says what a piece of a démarche is worth today. The zero State says
// that nobody looked.
type State uint8

// The states.
const (
	NotLooked State = iota // nobody may see whether such a paper is there
	OK
	SoonTooOld
	TooOld
	Missing
	Doubtful // it is there; somebody has to look at its date
)

// A Fresh says whether one paper is young enough.
type Fresh struct {
	State State
	// Until is the last day on which the paper is accepted, no day where nobody says.
	Until Day
	// RenewFrom and RenewBy are when it is renewed, where a rule says so.
	RenewFrom, RenewBy Day
}

// Fresh says whether a paper is young enough for a use, on a day. A paper whose
// age nobody asks is good, until the end it names. A date without day or month
// counts from its first day. Months are judged together: one paper alone is good
// when it is of a month that is asked. Errors wrap [ErrUnknown] and [ErrDay].
func (c *Catalogue) Fresh(p Paper, use Purpose, of Role, today Day) (Fresh, error) {
	if today.IsZero() {
		return Fresh{}, fmt.Errorf("fresh: %w: no day", ErrDay)
	}
	if _, err := c.KindInfo(p.Kind); err != nil {
		return Fresh{}, err
	}
	rule, err := c.Freshness(p.Kind, use)
	switch {
	case errors.Is(err, ErrUnknown): // its age is not asked
		return ends(Fresh{Until: p.Expires}, today), nil
	case err != nil:
		return Fresh{}, err
	}
	return rule.judge(p, of, today), nil
}

func (f FreshnessInfo) judge(p Paper, of Role, today Day) Fresh {
	switch f.Measure {
	case MeasureUnder:
		return f.through(youngest(dayBefore(p.Date.First().Add(f.Span)), p.Expires), p.Date.IsZero(), today)
	case MeasureValid:
		return f.valid(p, of, today)
	case MeasureStated:
		return f.through(p.Expires, p.Expires.IsZero(), today)
	case MeasureIncome:
		return f.income(p, today)
	case MeasureMonths:
		if p.Date.IsZero() {
			return Fresh{State: Doubtful}
		}
		for _, m := range f.Months(today) {
			if covers(p.Date, m) {
				return Fresh{State: OK}
			}
		}
		if !p.Date.First().Before(today.firstOfMonth(-f.Skip)) {
			return Fresh{State: OK} // younger than what is asked
		}
		return Fresh{State: TooOld}
	default:
		return Fresh{}
	}
}

// valid judges a paper that is good for a time: the end it names goes before the
// one that is counted.
func (f FreshnessInfo) valid(p Paper, of Role, today Day) Fresh {
	span, perhaps := f.Span, f.Perhaps
	if of == Child && !f.Child.IsZero() {
		span, perhaps = f.Child, f.Span
	}
	end := p.Expires
	if end.IsZero() {
		end = p.Date.First().Add(span)
	}
	got := f.through(end, end.IsZero(), today)
	if got.State == TooOld && !today.After(p.Date.First().Add(perhaps)) {
		got.State = Doubtful
	}
	return got
}

// income judges a notice by the year it was issued in: it speaks of the year
// before.
func (f FreshnessInfo) income(p Paper, today Day) Fresh {
	if p.Date.IsZero() {
		return Fresh{State: Doubtful}
	}
	issued := p.Date.First().Year()
	end := Day{year: int16(issued + f.N - 1), month: 12, day: 31}
	if next := f.From.In(issued + f.N); !next.IsZero() {
		end = dayBefore(next)
	}
	if issued > today.Year()-f.N+1 {
		return Fresh{State: Doubtful, Until: end} // of a later year than is asked
	}
	return ends(Fresh{Until: end}, today)
}

// through judges a paper that is good through a day.
func (f FreshnessInfo) through(end Day, unknown bool, today Day) Fresh {
	if unknown {
		return Fresh{State: Doubtful}
	}
	got := ends(Fresh{Until: end, RenewFrom: end.Back(f.Soon)}, today)
	if !f.SoonEnd.IsZero() {
		got.RenewBy = end.Back(f.SoonEnd)
	}
	if got.State == OK && !today.Before(got.RenewFrom) {
		got.State = SoonTooOld
	}
	return got
}

// Months are the first days of the months that a démarche asks, the latest first:
// none for a rule that asks no months.
func (f FreshnessInfo) Months(today Day) []Day {
	var out []Day
	if f.Measure == MeasureMonths {
		for i := range f.N {
			out = append(out, today.firstOfMonth(-1-f.Skip-i))
		}
	}
	return out
}

// covers reports that a paper is of the month that starts on first. A paper that
// names only its year is of none.
func covers(w Written, first Day) bool {
	return w.first.year == first.year && w.first.month == first.month && w.last.month == first.month
}

func ends(f Fresh, today Day) Fresh {
	f.State = OK
	if !f.Until.IsZero() && today.After(f.Until) {
		f.State = TooOld
	}
	return f
}

// youngest is the first of two days, of those that are.
func youngest(a, b Day) Day {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

func dayBefore(d Day) Day { return d.Back(Days(1)) }
