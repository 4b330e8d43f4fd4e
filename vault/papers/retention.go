package papers

import (
	"errors"
	"fmt"
	"slices"
)

// An Event is what a time to keep starts with.
type Event string

// The events. The first three stand on the paper; the others have to be asked.
const (
	EventDate            Event = "date"             // the date of the paper
	EventYearEnd         Event = "year-end"         // the end of that date's year
	EventExpiry          Event = "expiry"           // the end that the paper names
	EventContractEnd     Event = "contract-end"     // the contract is over
	EventCompensationEnd Event = "compensation-end" // the insurance has paid all for an injury
	EventLastInstalment  Event = "last-instalment"  // the loan is paid back
	EventRetirementPaid  Event = "retirement-paid"  // the retirement is settled and paid
	EventBenefitPaid     Event = "benefit-paid"     // the unemployment benefit is paid
	EventStatement       Event = "statement"        // the bank statement with it has come
	EventLicence         Event = "licence"          // the driving licence has come
	EventDepositReturned Event = "deposit-returned" // the landlord gave the deposit back
	EventVehicleGone     Event = "vehicle-gone"     // the vehicle is sold, given or scrapped
)

// Events lists the events.
func Events() []Event {
	return []Event{
		EventDate, EventYearEnd, EventExpiry, EventContractEnd, EventCompensationEnd, EventLastInstalment, EventRetirementPaid,
		EventBenefitPaid, EventStatement, EventLicence, EventDepositReturned, EventVehicleGone,
	}
}

// A Question is a yes or no that changes how long a paper is kept.
type Question string

// The questions.
const (
	QuestionRelief Question = "relief" // was the tax lowered, or not asked at all?
	QuestionResold Question = "resold" // did somebody else buy the vehicle?
)

// Questions lists the questions.
func Questions() []Question { return []Question{QuestionRelief, QuestionResold} }

// A Clause is one time to keep: so long after an event.
type Clause struct {
	Event Event
	Keep  Span
}

// A Band is how long a paper of somebody under an age is kept: age in whole years
// on the date of the paper, [AnyAge] in the last band.
type Band struct {
	Under int
	Keep  Span
}

// AnyAge is the bound of a band without upper age.
const AnyAge = 200

// A Note is something to know beside the rule: a time in Keep, none where it
// names none.
type Note struct {
	Say  string // French, plain
	Keep Span
}

// A RetentionInfo says how long some kinds of papers are kept, at the least. It
// has exactly one of Forever, Until and Bands; one that speaks of no kind has
// notes alone.
type RetentionInfo struct {
	Code  string
	Label string // French
	Kinds []Kind // each kind has one rule at most
	// Forever: the paper is kept for good.
	Forever bool
	// Until: the paper is kept until the last of these.
	Until []Clause
	// Bands: how long after the paper's date, by age; ascending, the last is [AnyAge].
	Bands []Band
	// If, where it is not empty, is a question; Then are the clauses in the place of
	// Until when its answer is yes.
	If    Question
	Then  []Clause
	Notes []Note
	Provenance
}

func (r RetentionInfo) code() string { return r.Code }

func (r RetentionInfo) clone() RetentionInfo {
	r.Kinds, r.Until, r.Bands = slices.Clone(r.Kinds), slices.Clone(r.Until), slices.Clone(r.Bands)
	r.Then, r.Notes = slices.Clone(r.Then), slices.Clone(r.Notes)
	return r
}

// Retentions lists the rules in the order of the official table.
func (c *Catalogue) Retentions() []RetentionInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.retention)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// Retention is the rule for a kind. Errors wrap [ErrUnknown]: nobody says how
// long such a paper is kept.
func (c *Catalogue) Retention(k Kind) (RetentionInfo, error) {
	if c != nil {
		for _, r := range c.retention {
			if slices.Contains(r.Kinds, k) {
				return r.clone(), nil
			}
		}
	}
	return RetentionInfo{}, fmt.Errorf("retention: %w", ErrUnknown)
}

func (c *Catalogue) checkRetention() error {
	seen := make(map[Kind]bool)
	for _, r := range c.retention {
		if err := c.kindsOf(r.Code, r.Kinds); err != nil {
			return err
		}
		for _, k := range r.Kinds {
			if seen[k] {
				return fmt.Errorf("%q: kind %q %w", r.Code, k, errTwice)
			}
			seen[k] = true
		}
	}
	return nil
}

// The shape of a row of retention.yaml.
type (
	fileRetention struct {
		fileRow `yaml:",inline"`
		Label   string       `yaml:"label"`
		Kinds   []string     `yaml:"kinds"`
		Forever bool         `yaml:"forever"`
		Until   []fileClause `yaml:"until"`
		Bands   []fileBand   `yaml:"bands"`
		If      string       `yaml:"if"`
		Then    []fileClause `yaml:"then"`
		Notes   []fileNote   `yaml:"notes"`
	}
	fileClause struct {
		Event string `yaml:"event"`
		Keep  string `yaml:"keep"`
	}
	fileBand struct {
		Under int    `yaml:"under"`
		Keep  string `yaml:"keep"`
	}
	fileNote struct {
		Say  string `yaml:"say"`
		Keep string `yaml:"keep"`
	}
)

func readRetention(row fileRetention, from Provenance) (RetentionInfo, error) {
	r := RetentionInfo{Code: row.Code, Label: row.Label, Forever: row.Forever, Provenance: from}
	var errs [6]error
	r.Kinds, errs[0] = codes[Kind](row.Kinds)
	r.Until, errs[1] = readClauses(row.Until)
	r.Then, errs[2] = readClauses(row.Then)
	r.Bands, errs[3] = readBands(row.Bands)
	r.Notes, errs[4] = readNotes(row.Notes)
	if row.If != "" {
		r.If, errs[5] = oneOf(row.If, Questions()...)
	}
	if err := errors.Join(append(errs[:], checkText(row.Label))...); err != nil {
		return RetentionInfo{}, err
	}
	ways := 0
	for _, way := range []bool{r.Forever, len(r.Until) > 0, len(r.Bands) > 0} {
		if way {
			ways++
		}
	}
	switch {
	case len(r.Kinds) == 0 && (ways != 0 || len(r.Notes) == 0):
		return RetentionInfo{}, errors.New("speaks of no kind: want notes, and no rule")
	case len(r.Kinds) > 0 && ways != 1:
		return RetentionInfo{}, errors.New("want one of forever, until and bands")
	case (r.If == "") != (len(r.Then) == 0) || (r.If != "" && len(r.Until) == 0):
		return RetentionInfo{}, errors.New("a question needs until and then")
	}
	return r, nil
}

func readClauses(in []fileClause) ([]Clause, error) {
	var out []Clause
	for _, row := range in {
		event, errEvent := oneOf(row.Event, Events()...)
		keep, errKeep := ParseSpan(row.Keep)
		if err := errors.Join(errEvent, errKeep); err != nil {
			return nil, err
		}
		out = append(out, Clause{Event: event, Keep: keep})
	}
	return out, nil
}

func readBands(in []fileBand) ([]Band, error) {
	var out []Band
	last := 0
	for i, row := range in {
		under := row.Under
		if i == len(in)-1 {
			if under != 0 {
				return nil, errors.New("the last band has no upper age")
			}
			under = AnyAge
		}
		keep, err := ParseSpan(row.Keep)
		if err != nil {
			return nil, err
		}
		if under <= last || under > AnyAge {
			return nil, fmt.Errorf("a band under %d after one under %d", under, last)
		}
		last = under
		out = append(out, Band{Under: under, Keep: keep})
	}
	return out, nil
}

func readNotes(in []fileNote) ([]Note, error) {
	var out []Note
	for _, row := range in {
		note := Note{Say: row.Say}
		var err error
		if row.Keep != "" {
			note.Keep, err = ParseSpan(row.Keep)
		}
		if err := errors.Join(err, checkText(row.Say)); err != nil {
			return nil, err
		}
		out = append(out, note)
	}
	return out, nil
}
