package texts

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// *À votre place* is said of what an agent did with the person's papers, and of
// nothing else. L-75
func TestInMyPlaceIsSaidOfWhatWasDone(t *testing.T) {
	t.Parallel()
	did := vault.Line{Act: vault.ActRead, Actor: vault.ActorAgent, Outcome: vault.OutcomeDone, Posture: vault.PostureInStead}
	if got := Place(did); got != string(DoneInStead) {
		t.Errorf("%q", got)
	}
	for name, edit := range map[string]func(*vault.Line){
		"done with the person": func(l *vault.Line) { l.Posture = vault.PostureWith },
		"without a consent":    func(l *vault.Line) { l.Posture = 0 },
		"refused":              func(l *vault.Line) { l.Outcome = vault.OutcomeRefused },
		"by the person":        func(l *vault.Line) { l.Actor = vault.ActorVisit },
		"the giving itself":    func(l *vault.Line) { l.Act = vault.ActGiveConsent },
		"looking at the list":  func(l *vault.Line) { l.Act = vault.ActList },
	} {
		l := did
		edit(&l)
		if got := Place(l); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for p, want := range map[vault.Posture]string{
		vault.PostureInStead: "Fait à votre place : 3 fois.", vault.PostureWith: "Fait pour vous accompagner : 3 fois.",
		vault.PostureTrain: "Fait pour vous apprendre : 3 fois.", 0: "Fait pour vous aider : 3 fois.",
	} {
		if got := Acts(p, 3); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
		if got := Acts(p, 0); got != "" {
			t.Errorf("%v, never: %q", p, got)
		}
	}
}
