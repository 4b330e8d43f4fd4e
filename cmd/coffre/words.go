package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

// clock is a time as people say it, where they are, with the day where it is not
// today: a session lives past midnight.
func clock(t time.Time) string { return clockAt(time.Now(), t) }

func clockAt(now, t time.Time) string {
	now, t = now.Local(), t.Local()
	if now.Format(time.DateOnly) == t.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("15:04 le 02/01/2006")
}

// day is a date and a time as people write them in France, where they are.
func day(t time.Time) string { return t.Local().Format("02/01/2006 15:04") }

// stamp is a time as proto JSON writes it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// weight is a size as people read it: binary units under their French names,
// as file managers show them.
func weight(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d o", n)
	case n < 1<<20:
		return comma(float64(n)/(1<<10)) + " Ko"
	default:
		return comma(float64(n)/(1<<20)) + " Mo"
	}
}

func comma(f float64) string {
	return strings.Replace(fmt.Sprintf("%.1f", f), ".", ",", 1)
}

// plural gives a number and its noun: in French the plural begins at two.
func plural(n int, one, many string) string {
	if n < 2 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// paragraphs is a longer text for a terminal, with its lines.
func paragraphs(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = client.Printable(line)
	}
	return strings.Join(lines, "\n")
}
