package directory_test

import (
	"testing"
	"time"

	. "github.com/coffre-fort/coffre/vault/directory"
)

func TestWorkingDaysLeaveOutWeekendsAndHolidays(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"2026-11-23": "2026-11-25", // Monday
		"2026-11-26": "2026-11-30", // Thursday: Friday, Monday
		"2026-11-27": "2026-12-01", // Friday
		"2026-11-28": "2026-12-01", // Saturday
		"2026-12-24": "2026-12-29", // Christmas, a weekend
		"2026-12-31": "2027-01-05",
		"2026-04-03": "2026-04-08", // Easter Monday 2026-04-06
		"2026-05-13": "2026-05-18", // Ascension 2026-05-14
		"2026-05-22": "2026-05-27", // Whit Monday 2026-05-25
		"2024-03-29": "2024-04-03", // Easter 2024-03-31
		"2025-04-18": "2025-04-23", // Easter 2025-04-20
		"2038-04-23": "2038-04-28", // the latest Easter there is: 25 April
		"2026-04-30": "2026-05-05", // 1 May, a weekend
		"2026-11-10": "2026-11-13", // 11 November
		"2026-07-13": "2026-07-16",
	} {
		day, err := time.Parse(time.DateOnly, from)
		if err != nil {
			t.Fatal(err)
		}
		at := day.Add(15 * time.Hour)
		if got := AfterWorkingDays(at, 2); got.Format(time.DateOnly) != want || got.Hour() != 15 {
			t.Errorf("two working days after %s: %v, want %s", from, got, want)
		}
	}
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	if got := AfterWorkingDays(now, 0); !got.Equal(now) {
		t.Errorf("none: %v", got)
	}
}
