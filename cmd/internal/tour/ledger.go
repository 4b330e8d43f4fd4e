package tour

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// Who acts, as a journal says it to the owner.
const (
	you     = "you"
	anAgent = "agent"
	other   = "other"
)

// A deed is what a journal line says: who tried what, and how it ended.
type deed struct {
	act, actor string
	outcome    coffrev1.JournalLine_Outcome
}

// String is how a deed that is missing is named.
func (d deed) String() string {
	outcome := strings.ToLower(strings.TrimPrefix(d.outcome.String(), "OUTCOME_"))
	return d.act + " by " + d.actor + ", " + outcome
}

// A ledger counts what was done to the safe, so that the journal can be compared
// with what really happened rather than with itself.
type ledger map[deed]int

func (l ledger) done(act, actor string) { l[deed{act, actor, coffrev1.JournalLine_OUTCOME_DONE}]++ }
func (l ledger) refused(act, actor string) {
	l[deed{act, actor, coffrev1.JournalLine_OUTCOME_REFUSED}]++
}

// compare says what the journal lacks or has too many of.
func (l ledger) compare(have ledger) error {
	var wrong []string
	keys := slices.Collect(maps.Keys(l))
	for k := range have {
		if _, ok := l[k]; !ok {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if l[k] != have[k] {
			wrong = append(wrong, fmt.Sprintf("%v: %d lines, want %d", k, have[k], l[k]))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("the journal is not what happened: %s", strings.Join(wrong, "; "))
}
