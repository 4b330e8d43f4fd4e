package main

import (
	"testing"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A session that is read has a theme, a day that there is or none, and its place.
func FuzzParseSession(f *testing.F) {
	for _, typed := range []string{"sort=15/01/2027", "throw=2027-01-15=salle 3=rez", "passport=-", "sort", "=", "sort=30/02/2027"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s, day, err := parseSession(typed)
		if err != nil {
			return
		}
		if s.GetDay() != day {
			t.Fatalf("%q: the day is %q and %q", typed, s.GetDay(), day)
		}
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		theme := ""
		if s.GetTheme() != coffrev1.WorkshopTheme_WORKSHOP_THEME_UNSPECIFIED {
			theme = wordOf(s.GetTheme())
		}
		again, _, err := parseSession(theme + "=" + map[bool]string{true: "-", false: day}[day == ""] + "=" + s.GetPlace())
		if err != nil || again.GetTheme() != s.GetTheme() || again.GetDay() != day || again.GetPlace() != s.GetPlace() {
			t.Fatalf("%q: %v, %v", typed, again, err)
		}
	})
}
