package main

import (
	"testing"
	"time"
)

// An end is typed, counted in days, left to the cycle, or left to the service, which
// proposes what the démarche takes.
func TestWhenAConsentEnds(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		flags termsFlags
		want  string // empty for none, "!" for a refusal
	}{
		{termsFlags{}, ""},
		{termsFlags{days: "1"}, "2026-11-23T10:00:00Z"},
		{termsFlags{days: "31"}, "2026-12-23T10:00:00Z"},
		{termsFlags{days: "182"}, "2027-05-23T10:00:00Z"},
		{termsFlags{cycle: "x"}, "2027-05-23T10:00:00Z"},
		{termsFlags{cycle: "x", days: "1"}, "2026-11-23T10:00:00Z"},
		{termsFlags{until: "2026-12-01T00:00:00Z"}, "2026-12-01T00:00:00Z"},
		{termsFlags{until: "2026-12-01T00:00:00Z", days: "1"}, "!"},
		{termsFlags{until: "demain"}, "!"},
		{termsFlags{days: "0"}, "!"},
		{termsFlags{days: "-1"}, "!"},
		{termsFlags{days: "un"}, "!"},
		{termsFlags{days: "9999999"}, "!"},
	} {
		got := ""
		switch end, err := c.flags.end(from); {
		case err != nil:
			got = "!"
		case end != nil:
			got = end.AsTime().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.flags, got, c.want)
		}
	}
}
