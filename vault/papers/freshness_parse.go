package papers

import (
	"errors"
	"fmt"
)

// Bounds of a rule on age.
const (
	maxLastMonths  = 24
	maxIncomeYears = 3
	maxSkip        = 3
)

// The shape of a row of freshness.yaml.
type fileFreshness struct {
	fileRow `yaml:",inline"`
	Label   string     `yaml:"label"`
	Kinds   []string   `yaml:"kinds"`
	Uses    []string   `yaml:"uses"`
	Under   string     `yaml:"under"`
	Valid   string     `yaml:"valid"`
	Stated  bool       `yaml:"stated"`
	Months  int        `yaml:"months"`
	Income  int        `yaml:"income"`
	Child   string     `yaml:"child"`
	Perhaps string     `yaml:"perhaps"`
	Skip    int        `yaml:"skip"`
	From    string     `yaml:"from"`
	Soon    string     `yaml:"soon"`
	SoonEnd string     `yaml:"soon-end"`
	Notes   []fileNote `yaml:"notes"`
}

func readFreshness(row fileFreshness, from Provenance) (FreshnessInfo, error) {
	f := FreshnessInfo{Code: row.Code, Label: row.Label, Skip: row.Skip, Provenance: from}
	var errs [10]error
	f.Kinds, errs[0] = codes[Kind](row.Kinds)
	f.Uses, errs[1] = codes[Purpose](row.Uses)
	f.Child, errs[2] = optional(row.Child, ParseSpan)
	f.Perhaps, errs[3] = optional(row.Perhaps, ParseSpan)
	f.Soon, errs[4] = optional(row.Soon, ParseSpan)
	f.SoonEnd, errs[5] = optional(row.SoonEnd, ParseSpan)
	f.From, errs[6] = optional(row.From, parseMonthDay)
	f.Notes, errs[7] = readNotes(row.Notes)
	errs[8] = f.measure(row)
	errs[9] = checkText(row.Label)
	if err := errors.Join(errs[:]...); err != nil {
		return FreshnessInfo{}, err
	}
	return f, f.fits()
}

// measure reads which measure a row has: exactly one.
func (f *FreshnessInfo) measure(row fileFreshness) error {
	found := 0
	take := func(m Measure, set bool) bool {
		if set {
			f.Measure = m
			found++
		}
		return set
	}
	var err error
	if take(MeasureUnder, row.Under != "") {
		f.Span, err = ParseSpan(row.Under)
	}
	if take(MeasureValid, row.Valid != "") {
		f.Span, err = ParseSpan(row.Valid)
	}
	take(MeasureStated, row.Stated)
	if take(MeasureMonths, row.Months != 0) {
		f.N = row.Months
	}
	if take(MeasureIncome, row.Income != 0) {
		f.N = row.Income
	}
	if found != 1 {
		return errors.Join(err, errors.New("want one of under, valid, stated, months and income"))
	}
	return err
}

// fits refuses what does not go with the measure.
func (f FreshnessInfo) fits() error {
	spans := f.Measure == MeasureUnder || f.Measure == MeasureValid
	switch {
	case len(f.Kinds) == 0:
		return errors.New("speaks of no kind")
	case spans && f.Span.IsZero():
		return errors.New("no time at all")
	case f.Measure != MeasureValid && (!f.Child.IsZero() || !f.Perhaps.IsZero()):
		return errors.New("child and perhaps go with valid")
	case f.Measure == MeasureMonths && (f.N < 1 || f.N > maxLastMonths || f.Skip < 0 || f.Skip > maxSkip):
		return fmt.Errorf("%d months after %d, want 1 to %d after 0 to %d", f.N, f.Skip, maxLastMonths, maxSkip)
	case f.Measure == MeasureIncome && (f.N < 1 || f.N > maxIncomeYears):
		return fmt.Errorf("income of %d years ago, want 1 to %d", f.N, maxIncomeYears)
	case f.Measure != MeasureMonths && f.Skip != 0, f.Measure != MeasureIncome && !f.From.IsZero():
		return errors.New("skip goes with months, from with income")
	case (spans || f.Measure == MeasureStated) == f.Soon.IsZero():
		return errors.New("under, valid and stated have a soon, others have none")
	case !f.SoonEnd.IsZero() && f.Soon.IsZero():
		return errors.New("soon-end without soon")
	}
	return nil
}

// optional reads a text that may be missing.
func optional[V any](s string, parse func(string) (V, error)) (V, error) {
	if s == "" {
		var none V
		return none, nil
	}
	return parse(s)
}
