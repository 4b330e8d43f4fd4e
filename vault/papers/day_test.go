package papers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Code de procédure civile, art. 641: the same number of the day, or the last one
// of a month that is too short.
func TestMonthsAreCountedOnTheCalendar(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ from, span, to, back string }{
		{"2023-01-31", "P1M", "2023-02-28", "2022-12-31"},
		{"2024-01-31", "P1M", "2024-02-29", "2023-12-31"},
		{"2024-02-29", "P1Y", "2025-02-28", "2023-02-28"},
		{"2024-02-29", "P4Y", "2028-02-29", "2020-02-29"},
		{"2023-12-31", "P2M", "2024-02-29", "2023-10-31"},
		{"2023-03-31", "P1M", "2023-04-30", "2023-02-28"},
		{"2023-11-30", "P3M", "2024-02-29", "2023-08-30"},
		{"2024-02-28", "P1Y8D", "2025-03-08", "2023-02-20"},
		{"2020-03-15", "P0D", "2020-03-15", "2020-03-15"},
		{"2023-12-31", "P1D", "2024-01-01", "2023-12-30"},
		{"2024-03-01", "P90D", "2024-05-30", "2023-12-02"},
		{"1900-02-28", "P1D", "1900-03-01", "1900-02-27"}, // no leap year
		{"2000-02-28", "P1D", "2000-02-29", "2000-02-27"}, // one
	} {
		span, err := papers.ParseSpan(row.span)
		if err != nil {
			t.Fatal(err)
		}
		if got := day(t, row.from).Add(span); got != day(t, row.to) {
			t.Errorf("%s + %s = %s, want %s", row.from, row.span, got, row.to)
		}
		if got := day(t, row.from).Back(span); got != day(t, row.back) {
			t.Errorf("%s - %s = %s, want %s", row.from, row.span, got, row.back)
		}
	}
}

func TestDaysOutsideTheYearsAreNone(t *testing.T) {
	t.Parallel()
	far := day(t, "2199-12-31").Add(papers.Days(1))
	if !far.IsZero() || !(papers.Day{}).Add(papers.Months(3)).IsZero() || !papers.DayOf(time.Time{}).IsZero() {
		t.Errorf("%s", far)
	}
	if got := papers.DayOf(time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)); got != day(t, "2026-11-22") {
		t.Errorf("%s", got)
	}
	if _, err := papers.NewDay(2023, time.February, 29); !errors.Is(err, papers.ErrDay) {
		t.Errorf("%v", err)
	}
	if got := (papers.Day{}).String(); got != "no day" {
		t.Errorf("%q", got)
	}
	if !(papers.Day{}).Before(day(t, "1850-01-01")) || day(t, "2024-02-29").Compare(day(t, "2024-02-29")) != 0 {
		t.Error("order")
	}
}

func TestADateOnAPaperCanBeAMonthOrAYear(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"2024": {"2024-01-01", "2024-12-31"}, "2024-02": {"2024-02-01", "2024-02-29"}, "2023-02": {"2023-02-01", "2023-02-28"},
		"2023-11-30": {"2023-11-30", "2023-11-30"},
	} {
		w := written(t, text)
		if w.First() != day(t, want[0]) || w.Last() != day(t, want[1]) || w.String() != text {
			t.Errorf("%s: %s to %s, as %s", text, w.First(), w.Last(), w)
		}
	}
	for _, bad := range []string{"", "24", "2024-13", "2024-2", "2023-02-29", "1849", "2200", "2024-02-1", "20240201", "2024-01-01 ", "0000"} {
		if w, err := papers.ParseWritten(bad); !errors.Is(err, papers.ErrDay) || !w.IsZero() {
			t.Errorf("%q: %s, %v", bad, w, err)
		}
	}
	if _, err := papers.ParseDay("2024-02"); !errors.Is(err, papers.ErrDay) {
		t.Errorf("a month is no day: %v", err)
	}
	if _, err := papers.ParseDay("né le 3 mai"); err == nil || strings.Contains(err.Error(), "mai") {
		t.Errorf("%v", err)
	}
}

func TestOneLengthHasOneForm(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"P0D", "P1D", "P366D", "P1M", "P11M", "P1Y", "P99Y", "P1Y1M", "P1Y8D", "P2Y3M4D"} {
		if s, err := papers.ParseSpan(good); err != nil || s.String() != good {
			t.Errorf("%s: %s, %v", good, s, err)
		}
	}
	for _, bad := range []string{"", "P", "1Y", "P12M", "P0Y", "P01Y", "P1D1M", "P1Y1Y", "P1W", "PT1H", "P-1Y", "P1.5Y", "P100Y", "P367D", "P1Y0D", "P1Y ", "p1y"} {
		if s, err := papers.ParseSpan(bad); !errors.Is(err, papers.ErrDay) {
			t.Errorf("%q: %s, %v", bad, s, err)
		}
	}
	if papers.Months(-1) != (papers.Span{}) || papers.Days(-1) != (papers.Span{}) || papers.Months(13).String() != "P1Y1M" {
		t.Error("made spans")
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"P1Y8D", "P12M", "P0D", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := papers.ParseSpan(s); err == nil && got.String() != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func FuzzParseWritten(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2024-02", "2024", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := papers.ParseWritten(s)
		if err == nil && (w.String() != s || w.Last().Before(w.First())) {
			t.Fatalf("%q became %q", s, w)
		}
	})
}
