package directory_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

func TestASIRETHasItsCheckDigits(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"73282932000074":  true, // the example of the Sirene documentation
		"35600000000048":  true, // La Poste, head office: passes both checks
		"35600000049837":  true, // La Poste: digits add up to a multiple of five
		"35600000049838":  false,
		"73282932000075":  false, // the last digit
		"73282932100073":  false, // the SIREN does not check
		"00000000000000":  false,
		"7328293200007":   false,
		"732829320000744": false,
		"7328293200007a":  false,
		"732 829 320 000": false,
		"٧٣٢٨٢٩٣٢٠٠٠٠٧٤":  false,
		"":                false,
	} {
		n, err := directory.ParseSIRET(s)
		if (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
		if err != nil && (!errors.Is(err, directory.ErrSIRET) || !n.IsZero()) {
			t.Errorf("%q: %v, %q", s, err, n)
		}
	}
}

func FuzzParseSIRET(f *testing.F) {
	f.Add("73282932000074")
	f.Add("35600000049837")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := directory.ParseSIRET(s); err == nil && n.String() != s {
			t.Errorf("%q was read as %q", s, n)
		}
	})
}

func TestANameHasOneSpellingInTheRegister(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"LE GALL Anne-Flore", "anne flore le gall", "Le Gall  Anne Flore", "Anne-Flore LE GALL"},
		{"N'DIAYE Éloïse", "n’diaye eloise"},
		{"Ñandú Łukasz", "nandu lukasz"},
		{"LŒUILLET Ægir", "loeuillet aegir"},
		{"Straße", "STRASSE", "strasse"},
		{"محمد", "مُحَمَّد"},
		{"e\u0301lise", "\u00e9lise", "ELISE"},
		{"Ｊｅａｎ", "jean"},
		{"dup\u00adont", "Dupont"},
	} {
		for _, name := range same[1:] {
			if a, b := directory.Tokens(same[0]), directory.Tokens(name); !slices.Equal(a, b) {
				t.Errorf("%q is %q, %q is %q", same[0], a, name, b)
			}
		}
	}
}

func TestASearchNamesSomeWordsOfAName(t *testing.T) {
	t.Parallel()
	name := directory.Tokens("FICTIVE Personne Marie-Ange")
	for asked, found := range map[string]bool{
		"personne fictive": true, "FICTIVE": true, "marie": true, "ange fictive": true,
		"": false, "fictif": false, "personne fictive jean": false, "fict": false, "-": false,
	} {
		if directory.Covers(name, directory.Tokens(asked)) != found {
			t.Errorf("%q: %v", asked, !found)
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("LE GALL Anne-Flore")
	f.Add("İstanbul ǅ ﬁ Weiß")
	f.Add("\uabae") // folded by the book it changes each time
	f.Fuzz(func(t *testing.T, s string) {
		once := directory.Tokens(s)
		if twice := directory.Tokens(strings.Join(once, " ")); !slices.Equal(once, twice) {
			t.Errorf("%q is %q, and then %q", s, once, twice)
		}
		if len(once) > directory.MaxTokens || !slices.IsSorted(once) {
			t.Errorf("%q: %q", s, once)
		}
	})
}

func TestANameIsOneLineThatCanBeRead(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"FICTIVE Personne": true, "عائشة": true, "O": true, strings.Repeat("é", 20): true,
		"": false, " x": false, "x ": false, "a\nb": false, "a\u202eb": false, "--": false, "1": false, "\xff": false, strings.Repeat("é", 21): false,
	} {
		if err := directory.CheckName(name, 20); (err == nil) != ok || err != nil && !errors.Is(err, directory.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestABirthDateIsKeptAsWritten(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{
		"1984-02-29": true, "1984-02-00": true, "1984-00-00": true, "1880-01-01": true,
		"1985-02-29": false, "1984-00-12": false, "1984-13-00": false, "1984-13-01": false, "0000-00-00": false,
		"84-02-29": false, "1984/02/29": false, "1984-2-29": false, "1984-02-2a": false, "": false, "+984-02-29": false,
	} {
		if err := directory.CheckBirth(s); (err == nil) != ok || err != nil && !errors.Is(err, directory.ErrBirth) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzCheckBirth(f *testing.F) {
	f.Add("1984-02-29")
	f.Fuzz(func(t *testing.T, s string) {
		if directory.CheckBirth(s) == nil && len(s) != 10 {
			t.Errorf("%q", s)
		}
	})
}

func TestAFunctionEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	worker, civic := vault.NewFunctionSet(vault.FunctionSocialWorker), vault.NewFunctionSet(vault.FunctionCivicService)
	for name, c := range map[string]struct {
		tenure directory.Tenure
		want   error
	}{
		"a year":                   {directory.Tenure{Functions: worker, Until: now.AddDate(1, 0, 0)}, nil},
		"the longest":              {directory.Tenure{Functions: worker, Until: now.Add(vault.MaxTenure)}, nil},
		"longer":                   {directory.Tenure{Functions: worker, Until: now.Add(vault.MaxTenure + time.Second)}, directory.ErrFarEnd},
		"without an end":           {directory.Tenure{Functions: worker}, directory.ErrNoEnd},
		"over":                     {directory.Tenure{Functions: worker, Until: now}, directory.ErrPastEnd},
		"no function":              {directory.Tenure{Until: now.AddDate(1, 0, 0)}, directory.ErrNoFunctions},
		"a function nobody has":    {directory.Tenure{Functions: 1 << 14, Until: now.AddDate(1, 0, 0)}, directory.ErrNoFunctions},
		"civic, nine months":       {directory.Tenure{Functions: civic, CivicSince: now, Until: now.AddDate(0, 9, 0)}, nil},
		"civic, ten months":        {directory.Tenure{Functions: civic, CivicSince: now, Until: now.AddDate(0, 10, 0)}, directory.ErrCivicEnd},
		"civic, renewed for a bit": {directory.Tenure{Functions: civic, CivicSince: now.AddDate(0, -6, 0), Until: now.AddDate(0, 6, 0)}, directory.ErrCivicEnd},
	} {
		if err := c.tenure.Check(now); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSixMonthsWithoutUseSuspend(t *testing.T) {
	t.Parallel()
	day := directory.Day(time.Date(2026, 1, 5, 17, 30, 0, 0, time.UTC))
	if directory.Dormant(day, day.Add(vault.AgentIdle-time.Second)) {
		t.Error("too early")
	}
	if !directory.Dormant(day, day.Add(vault.AgentIdle)) {
		t.Error("too late")
	}
}
