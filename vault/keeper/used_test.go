package keeper_test

import (
	"os"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// due says whether a new sheet is due because an agent's screen had the code.
func (f *front) due(t *testing.T) bool {
	t.Helper()
	v, err := f.Keeper.View(t.Context(), f.Login(t, vaulttest.Worker), f.opened.Safe)
	must(t, err)
	return v.RenewSheet
}

// A code that went through an agent's screen is worth a new sheet, whatever it
// was shown for; a PIN alone says nothing of the sheet. L-35
func TestASheetShownOnAnAgentsScreenIsDueForANewOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		show func(t *testing.T, f *front)
		due  bool
	}{
		"presence by the PIN":   {func(t *testing.T, f *front) { f.proves(t, f.proof(t, rightPIN, false)) }, false},
		"presence by the sheet": {func(t *testing.T, f *front) { f.proves(t, f.proof(t, "", true)) }, true},
		"presence by both":      {func(t *testing.T, f *front) { f.proves(t, f.proof(t, rightPIN, true)) }, true},
		"side by side, by the PIN": {func(t *testing.T, f *front) {
			must(t, second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, false))))
		}, false},
		"side by side, by both": {func(t *testing.T, f *front) {
			must(t, second(f.start(t, f.terms("logement"), f.proof(t, rightPIN, true))))
		}, true},
		"coming back, by the sheet": {func(t *testing.T, f *front) { f.comesBack(t) }, true},
		"a new PIN, by the sheet": {func(t *testing.T, f *front) {
			must(t, f.Keeper.SetPIN(t.Context(), f.worker.Principal, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915"), Proof: f.proof(t, "", true)}))
		}, true},
		"a new PIN, in the person's own login": {func(t *testing.T, f *front) {
			own := f.Login(t, vaulttest.Person)
			must(t, f.Keeper.SetPIN(t.Context(), own, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915"), Proof: f.proof(t, "", true)}))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFront(t)
			f.helped(t)
			if f.due(t) {
				t.Fatal("one is due before anybody showed anything")
			}
			c.show(t, f)
			if f.due(t) != c.due {
				t.Errorf("a new one is due: %v", !c.due)
			}
		})
	}
}

// That a new sheet is due outlives a crash and a rebuild, and ends with the new
// sheet.
func TestADueSheetIsNotForgotten(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.helped(t)
	f.proves(t, f.proof(t, "", true))
	f.Crash(t)
	if !f.due(t) {
		t.Error("a crash forgot it")
	}
	f.Stop(t)
	must(t, os.Remove(f.Config.StatePath))
	must(t, second(keeper.Rebuild(t.Context(), f.Config)))
	f.Start(t)
	if !f.due(t) {
		t.Error("a rebuild forgot it")
	}
	own := f.Unlocked(t, vaulttest.Person, f.opened)
	must(t, second(f.Keeper.RenewSheet(t.Context(), own, vault.RenewSheet{Request: vault.NewRequestID(), Safe: f.opened.Safe})))
	if f.due(t) {
		t.Error("it goes on with the new sheet")
	}
}

func (f *front) proves(t *testing.T, p vault.Proof) {
	t.Helper()
	must(t, second(f.Keeper.ProvePresence(t.Context(), f.worker.Principal, vault.ProvePresence{Safe: f.opened.Safe, Proof: p})))
}

// comesBack sits down by the PIN, and lets the agent come back by the sheet.
func (f *front) comesBack(t *testing.T) {
	t.Helper()
	s, err := f.start(t, f.terms("logement"), f.proof(t, rightPIN, false))
	must(t, err)
	terms := f.terms("logement")
	terms.Presence = vault.PresenceNot
	terms.From, terms.Until = s.Until.Add(-vault.PresenceTime), time.Now().Add(24*time.Hour).UTC().Truncate(time.Second)
	shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, terms)
	must(t, err)
	must(t, second(f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{
		Safe: f.opened.Safe, Until: terms.Until, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, "", true),
	})))
}
