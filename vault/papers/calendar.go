package papers

import (
	"errors"
	"fmt"
	"slices"
)

// A Duty is the code of something that comes again. The zero Duty is none.
type Duty string

// A Told is somebody who is reminded.
type Told string

// Who is reminded.
const (
	TellPerson    Told = "person"
	TellStructure Told = "structure"
)

// A DutyInfo is something to do in time. It has exactly one of Every, Before and
// Opens.
type DutyInfo struct {
	Code     Duty
	Label    string    // French
	Say      string    // French, one plain sentence
	Kinds    []Kind    // the papers whose dates it goes by; none: the person tells
	Purposes []Purpose // the démarches it belongs to
	// Every: so long after it was last done.
	Every Span
	// Before: from so long before an end; Late, where set, is when it gets late.
	Before, Late Span
	// Opens and Closes: between these days of each year.
	Opens, Closes MonthDay
	Tell          []Told
	Provenance
}

func (d DutyInfo) code() string { return string(d.Code) }

func (d DutyInfo) clone() DutyInfo {
	d.Kinds, d.Purposes, d.Tell = slices.Clone(d.Kinds), slices.Clone(d.Purposes), slices.Clone(d.Tell)
	return d
}

// Duties lists what comes again.
func (c *Catalogue) Duties() []DutyInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.duties)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// DutyInfo describes a duty. Errors wrap [ErrUnknown].
func (c *Catalogue) DutyInfo(d Duty) (DutyInfo, error) {
	if c == nil {
		return DutyInfo{}, fmt.Errorf("duty: %w", ErrUnknown)
	}
	info, err := find(c.duties, string(d), "duty")
	return info.clone(), err
}

func (c *Catalogue) checkDuties() error {
	for _, d := range c.duties {
		if err := errors.Join(c.kindsOf(string(d.Code), d.Kinds), c.purposesOf(string(d.Code), d.Purposes)); err != nil {
			return err
		}
	}
	return nil
}

// The shape of a row of calendar.yaml.
type fileDuty struct {
	fileRow  `yaml:",inline"`
	Label    string   `yaml:"label"`
	Say      string   `yaml:"say"`
	Kinds    []string `yaml:"kinds"`
	Purposes []string `yaml:"purposes"`
	Every    string   `yaml:"every"`
	Before   string   `yaml:"before"`
	Late     string   `yaml:"late"`
	Opens    string   `yaml:"opens"`
	Closes   string   `yaml:"closes"`
	Tell     []string `yaml:"tell"`
}

func readDuty(row fileDuty, from Provenance) (DutyInfo, error) {
	d := DutyInfo{Code: Duty(row.Code), Label: row.Label, Say: row.Say, Provenance: from}
	var errs [11]error
	d.Kinds, errs[0] = codes[Kind](row.Kinds)
	d.Purposes, errs[1] = codes[Purpose](row.Purposes)
	d.Every, errs[2] = optional(row.Every, ParseSpan)
	d.Before, errs[3] = optional(row.Before, ParseSpan)
	d.Late, errs[4] = optional(row.Late, ParseSpan)
	d.Opens, errs[5] = optional(row.Opens, parseMonthDay)
	d.Closes, errs[6] = optional(row.Closes, parseMonthDay)
	d.Tell, errs[7] = codes[Told](row.Tell)
	errs[8], errs[9] = checkText(row.Label), checkText(row.Say)
	for _, t := range d.Tell {
		if _, err := oneOf(string(t), TellPerson, TellStructure); err != nil {
			errs[10] = err
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		return DutyInfo{}, err
	}
	ways := 0
	for _, way := range []bool{!d.Every.IsZero(), !d.Before.IsZero(), !d.Opens.IsZero()} {
		if way {
			ways++
		}
	}
	opens, closes := d.Opens.In(2001), d.Closes.In(2001)
	switch {
	case ways != 1:
		return DutyInfo{}, errors.New("want one of every, before and opens")
	case d.Opens.IsZero() != d.Closes.IsZero() || closes.Before(opens):
		return DutyInfo{}, errors.New("want closes after opens, in the same year")
	case !d.Late.IsZero() && d.Before.IsZero():
		return DutyInfo{}, errors.New("late goes with before")
	case len(d.Tell) == 0:
		return DutyInfo{}, errors.New("tells nobody")
	}
	return d, nil
}
