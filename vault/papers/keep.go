package papers

import (
	"errors"
	"fmt"
)

// A Paper is what is known of one paper without opening it: metadata that lies
// sealed with it. Where a document says nothing a field is zero.
type Paper struct {
	Kind    Kind
	Date    Written // as it stands on the paper
	Expires Day     // the last day on which it holds
	Whose   string  // empty: the person's own
}

// An Answer is what the person said to a [Question]. The zero Answer: nothing yet.
type Answer uint8

// The answers.
const (
	NotAnswered Answer = iota
	No
	Yes
)

// A Happened says whether an event took place. The zero Happened: nobody said.
type Happened struct {
	day    Day
	notYet bool
}

// NotYet says that the event has not taken place: the contract goes on.
func NotYet() Happened { return Happened{notYet: true} }

// Since says on which day the event took place. No day says nothing.
func Since(d Day) Happened { return Happened{day: d} }

// Facts is what the person told about a paper, or about a life that many papers
// share. The zero Facts: nothing yet.
type Facts struct {
	Events  map[Event]Happened
	Answers map[Question]Answer
	Birth   Written // of whoever the paper is about
}

// A Verdict says what may become of a paper. The zero Verdict advises nothing.
type Verdict uint8

// The verdicts.
const (
	NoRule    Verdict = iota // nobody says how long: the person decides
	Keep                     // keep it, for good or as long as things are as they are
	KeepUntil                // keep it through [Advice.Until]
	MayGo                    // the time is over; the person decides
	AskFirst                 // [Advice.Asks] has to be known first
)

// An Ask is what has to be asked: exactly one field is set, none where nothing is
// missing.
type Ask struct {
	Event    Event
	Question Question
	Birth    bool
}

// IsZero reports that nothing has to be asked.
func (a Ask) IsZero() bool { return a == Ask{} }

// An Advice says what may become of one paper. It is an advice: only the person
// throws a paper away, and every time is the least there is.
type Advice struct {
	Verdict Verdict
	// Until is the last day on which the paper is kept, with [KeepUntil]; with [MayGo]
	// it is the day that has passed.
	Until Day
	// Asks says what is missing, with [AskFirst]; with [KeepUntil] it is a question
	// whose yes keeps the paper longer.
	Asks Ask
	Rule RetentionInfo
}

// Keep says how long a paper is kept, on a day. What it has to know and does not,
// it asks; it never guesses. Errors wrap [ErrUnknown] for a kind that the
// catalogue does not have, [ErrDay] for no day. A paper nobody sorted has no rule.
func (c *Catalogue) Keep(p Paper, f Facts, today Day) (Advice, error) {
	if today.IsZero() {
		return Advice{}, fmt.Errorf("keep: %w: no day", ErrDay)
	}
	if _, err := c.Drawer(p.Kind); err != nil {
		return Advice{}, err
	}
	rule, err := c.Retention(p.Kind)
	switch {
	case errors.Is(err, ErrUnknown):
		return Advice{}, nil // known, and without a rule
	case err != nil:
		return Advice{}, err
	}
	a := rule.advise(p, f, today)
	a.Rule = rule
	return a, nil
}

func (r RetentionInfo) advise(p Paper, f Facts, today Day) Advice {
	switch {
	case r.Forever:
		return Advice{Verdict: Keep}
	case len(r.Bands) > 0:
		return r.byAge(p, f, today)
	case r.If == "" || f.Answers[r.If] == No:
		return until(r.Until, p, f, today)
	case f.Answers[r.If] == Yes:
		return until(r.Then, p, f, today)
	}
	no, yes := until(r.Until, p, f, today), until(r.Then, p, f, today)
	switch {
	case no.Verdict == yes.Verdict && no.Verdict != KeepUntil:
		return no
	case no.Verdict == KeepUntil && yes.Verdict == KeepUntil:
		if yes.Until.Before(no.Until) {
			no = yes
		}
		no.Asks = Ask{Question: r.If}
		return no
	default:
		return Advice{Verdict: AskFirst, Asks: Ask{Question: r.If}}
	}
}

// until keeps a paper until the last of some clauses is over. An event that is
// still to come keeps it whatever is not known of the others.
func until(clauses []Clause, p Paper, f Facts, today Day) Advice {
	var end Day
	var missing Ask
	for _, c := range clauses {
		switch h := happened(c.Event, p, f); {
		case h.notYet:
			return Advice{Verdict: Keep}
		case h.day.IsZero() && missing.IsZero():
			missing = Ask{Event: asked(c.Event)}
		case !h.day.IsZero():
			end = latest(end, h.day.Add(c.Keep))
		}
	}
	if !missing.IsZero() {
		return Advice{Verdict: AskFirst, Asks: missing}
	}
	return Advice{Verdict: over(end, today), Until: end}
}

// byAge keeps a paper for a time that depends on an age on the paper's date.
func (r RetentionInfo) byAge(p Paper, f Facts, today Day) Advice {
	switch {
	case p.Date.IsZero():
		return Advice{Verdict: AskFirst, Asks: Ask{Event: EventDate}}
	case f.Birth.IsZero():
		return Advice{Verdict: AskFirst, Asks: Ask{Birth: true}}
	}
	// A date without day or month is read both ways, and the longer time is kept.
	young, old := age(f.Birth.Last(), p.Date.First()), age(f.Birth.First(), p.Date.Last())
	var end Day
	floor := 0
	for _, b := range r.Bands {
		if young < b.Under && old >= floor {
			end = latest(end, p.Date.Last().Add(b.Keep))
		}
		floor = b.Under
	}
	return Advice{Verdict: over(end, today), Until: end}
}

// over says whether the last day on which a paper is kept has passed.
func over(end, today Day) Verdict {
	if today.After(end) {
		return MayGo
	}
	return KeepUntil
}

// happened says when an event took place: what stands on the paper, or what the
// person told.
func happened(e Event, p Paper, f Facts) Happened {
	switch e {
	case EventDate:
		return Since(p.Date.Last())
	case EventYearEnd:
		return Since(p.Date.Last().yearEnd())
	case EventExpiry:
		if !p.Expires.IsZero() {
			return Since(p.Expires)
		}
		return f.Events[e]
	default:
		return f.Events[e]
	}
}

// asked is the event to ask for: nobody is asked for the end of a year.
func asked(e Event) Event {
	if e == EventYearEnd {
		return EventDate
	}
	return e
}

// age is in whole years, 0 before birth.
func age(born, on Day) int {
	years := on.Year() - born.Year()
	if on.month < born.month || on.month == born.month && on.day < born.day {
		years--
	}
	return max(years, 0)
}
