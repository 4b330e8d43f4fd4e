package papers

import (
	"cmp"
	"fmt"
	"slices"
)

// A Phase says where a day stands to a duty. The zero Phase is none.
type Phase uint8

// The phases.
const (
	Ahead   Phase = iota + 1 // not to be done yet
	Open                     // to be done now
	Overdue                  // its last day has passed
)

// A Due is when a duty has to be done next: from From, through By.
type Due struct {
	Duty     Duty
	From, By Day
	Whose    string // of the paper it goes by, empty: the person's own
}

// Phase says where a day stands.
func (d Due) Phase(today Day) Phase {
	switch {
	case today.Before(d.From):
		return Ahead
	case today.After(d.By):
		return Overdue
	default:
		return Open
	}
}

// Next says when the duty has to be done next. An anchor is the day on which it
// was last done, or the end it comes before: no day where it goes by the year. A
// duty that was not done in time stays due, except those of the year, which come
// again. Errors wrap [ErrDay] for a day that is missing.
func (d DutyInfo) Next(anchor, today Day) (Due, error) {
	switch {
	case today.IsZero() || anchor.IsZero() && d.Opens.IsZero():
		return Due{}, fmt.Errorf("next: %w: no day", ErrDay)
	case !d.Every.IsZero():
		by := anchor.Add(d.Every)
		return Due{Duty: d.Code, From: by, By: by}, nil
	case !d.Before.IsZero():
		return Due{Duty: d.Code, From: anchor.Back(d.Before), By: anchor.Back(d.Late)}, nil
	}
	year := today.Year()
	if today.After(d.Closes.In(year)) {
		year++
	}
	return Due{Duty: d.Code, From: d.Opens.In(year), By: d.Closes.In(year)}, nil
}

// A Wanting is a duty that waits for the date of a paper that is there.
type Wanting struct {
	Duty  Duty
	Paper int // position among the papers asked about
}

// Dues says what comes next for the papers of a safe and for what the person told
// (on which day a duty without paper was last done), soonest first, and which
// dates are missing for more. Of several papers of one kind and one member the
// one that lasts longest counts. Duties without paper that nobody told about are
// left out: not everybody has them. Those of the year are for everybody. Errors
// wrap [ErrDay] for no day.
func (c *Catalogue) Dues(all []Paper, told map[Duty]Day, today Day) ([]Due, []Wanting, error) {
	if today.IsZero() {
		return nil, nil, fmt.Errorf("dues: %w: no day", ErrDay)
	}
	var dues []Due
	var wanting []Wanting
	if c == nil {
		return nil, nil, nil
	}
	for _, d := range c.duties {
		anchor, said := told[d.Code]
		if said && !anchor.IsZero() || !d.Opens.IsZero() {
			due, err := d.Next(anchor, today)
			if err != nil {
				return nil, nil, err
			}
			dues = append(dues, due)
			continue
		}
		for _, i := range d.papers(all) {
			due, err := d.Next(d.anchor(all[i]), today)
			if err != nil {
				wanting = append(wanting, Wanting{Duty: d.Code, Paper: i})
				continue
			}
			due.Whose = all[i].Whose
			dues = append(dues, due)
		}
	}
	slices.SortStableFunc(dues, func(a, b Due) int { return cmp.Or(a.From.Compare(b.From), a.By.Compare(b.By)) })
	return dues, wanting, nil
}

// anchor is the date of a paper that a duty goes by.
func (d DutyInfo) anchor(p Paper) Day {
	if d.Before.IsZero() {
		return p.Date.First()
	}
	return p.Expires
}

// papers lists the papers a duty goes by: for each kind and member the one that
// lasts longest.
func (d DutyInfo) papers(all []Paper) []int {
	type of struct {
		kind  Kind
		whose string
	}
	last := make(map[of]int)
	for i, p := range all {
		if !slices.Contains(d.Kinds, p.Kind) {
			continue
		}
		key := of{p.Kind, fold(p.Whose)}
		if at, found := last[key]; !found || d.anchor(p).After(d.anchor(all[at])) {
			last[key] = i
		}
	}
	out := make([]int, 0, len(last))
	for _, i := range last {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}
