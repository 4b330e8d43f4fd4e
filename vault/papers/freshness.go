package papers

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Measure says how the age of a paper is judged. The zero Measure is none.
type Measure string

// The measures.
const (
	MeasureUnder  Measure = "under"  // younger than Span
	MeasureValid  Measure = "valid"  // good for Span from its date, unless it names its end
	MeasureStated Measure = "stated" // good through the end that it names
	MeasureMonths Measure = "months" // one for each of the last N months
	MeasureIncome Measure = "income" // speaks of the income of N years ago
)

// A MonthDay is a day that comes each year. The zero MonthDay is none.
type MonthDay struct{ month, day uint8 }

// In is that day in a year: no day for the zero MonthDay.
func (m MonthDay) In(year int) Day {
	d, err := NewDay(year, time.Month(m.month), int(m.day))
	if err != nil {
		return Day{}
	}
	return d
}

// IsZero reports that there is no such day.
func (m MonthDay) IsZero() bool { return m == MonthDay{} }

// String is MM-DD.
func (m MonthDay) String() string { return fmt.Sprintf("%02d-%02d", m.month, m.day) }

// parseMonthDay reads MM-DD of a day that every year has.
func parseMonthDay(s string) (MonthDay, error) {
	d, err := ParseDay("2001-" + s) // no 29 February
	if err != nil {
		return MonthDay{}, fmt.Errorf("%w: want MM-DD", ErrDay)
	}
	return MonthDay{month: d.month, day: d.day}, nil
}

// A FreshnessInfo says how young some kinds of papers have to be, for one use or
// for all that have no row of their own.
type FreshnessInfo struct {
	Code    string
	Label   string // French
	Kinds   []Kind
	Uses    []Purpose // empty: every démarche without a row of its own
	Measure Measure
	// Span belongs to [MeasureUnder] and [MeasureValid].
	Span Span
	// Child, where set, is Span for a child. Perhaps, where set, is how long some
	// older papers are good besides: between the two somebody has to look.
	Child, Perhaps Span
	// N belongs to [MeasureMonths] and [MeasureIncome]; Skip is how many months before
	// this one are not asked.
	N, Skip int
	// From is the day of the year on which the next income notice can be asked for.
	From MonthDay
	// Soon is how long before its end a paper is soon too old: when renewing it
	// starts. SoonEnd, where set, is how long before its end renewing is late.
	Soon, SoonEnd Span
	Notes         []Note
	Provenance
}

func (f FreshnessInfo) code() string { return f.Code }

func (f FreshnessInfo) clone() FreshnessInfo {
	f.Kinds, f.Uses, f.Notes = slices.Clone(f.Kinds), slices.Clone(f.Uses), slices.Clone(f.Notes)
	return f
}

// Freshnesses lists the rules on the age of papers.
func (c *Catalogue) Freshnesses() []FreshnessInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.freshness)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// Freshness is the rule on the age of a kind for one use: the row of that use
// before the one of every use. Errors wrap [ErrUnknown]: nobody asks its age.
func (c *Catalogue) Freshness(k Kind, use Purpose) (FreshnessInfo, error) {
	var general *FreshnessInfo
	if c != nil {
		for i, f := range c.freshness {
			switch {
			case !slices.Contains(f.Kinds, k):
			case slices.Contains(f.Uses, use):
				return f.clone(), nil
			case len(f.Uses) == 0:
				general = &c.freshness[i]
			}
		}
	}
	if general == nil {
		return FreshnessInfo{}, fmt.Errorf("freshness: %w", ErrUnknown)
	}
	return general.clone(), nil
}

func (c *Catalogue) checkFreshness() error {
	type of struct {
		kind Kind
		use  Purpose
	}
	seen := make(map[of]bool)
	for _, f := range c.freshness {
		if err := errors.Join(c.kindsOf(f.Code, f.Kinds), c.purposesOf(f.Code, f.Uses)); err != nil {
			return err
		}
		uses := f.Uses
		if len(uses) == 0 {
			uses = []Purpose{""}
		}
		for _, k := range f.Kinds {
			for _, u := range uses {
				if seen[of{k, u}] {
					return fmt.Errorf("%q: kind %q for %q %w", f.Code, k, u, errTwice)
				}
				seen[of{k, u}] = true
			}
		}
	}
	return nil
}
