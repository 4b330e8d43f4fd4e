package papers_test

import (
	"fmt"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// What people read of drawers, kinds, démarches, rules and duties, and how well
// each row is supported: whoever changes a word changes it in two places, and has
// read it twice.
func TestEveryWordIsTheOneThatWasRead(t *testing.T) {
	t.Parallel()
	c := load(t)
	var got []string
	say := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	notes := func(all []papers.Note) {
		for _, n := range all {
			say("  note %s: %s", n.Keep, n.Say)
		}
	}
	for _, d := range c.Drawers() {
		say("drawer %s | %s | %s", d.Code, d.Label, d.Simple)
		for _, k := range c.Kinds(d.Code) {
			say("  %s %s | %s | %s", k.Code, k.Evidence, k.Label, k.Simple)
		}
	}
	for _, p := range c.Purposes() {
		say("purpose %s %s | %s | %s | %s | %d days", p.Code, p.Evidence, p.Label, p.Simple, p.Body, p.Days)
	}
	for _, r := range c.Retentions() {
		say("retention %s | %s", r.Code, r.Label)
		notes(r.Notes)
	}
	for _, f := range c.Freshnesses() {
		say("freshness %s | %s", f.Code, f.Label)
		notes(f.Notes)
	}
	for _, b := range c.Bodies() {
		say("body %s | %s", b.Code, b.Simple)
	}
	for _, d := range c.Duties() {
		say("duty %s | %s | %s", d.Code, d.Label, d.Say)
	}
	heldBy(t, "words.txt", got)
}
