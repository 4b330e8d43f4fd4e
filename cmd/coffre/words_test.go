package main

import (
	"testing"
	"time"
)

// An hour alone is today's: a session that lives past midnight says the day.
func TestAnHourSaysWhichDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 21, 45, 0, 0, time.Local)
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{now.Add(2 * time.Hour), "23:45"},
		{now.Add(10 * time.Hour).UTC(), "07:45 le 23/11/2026"},
		{now.AddDate(1, 0, 0), "21:45 le 22/11/2027"},
	} {
		if got := clockAt(now, tt.at); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.at, got, tt.want)
		}
	}
}
