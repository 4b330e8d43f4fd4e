package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A safe opened for somebody with no phone, e-mail or login is found again, by
// name and birth date or by the address on the printed copy, and opens for them
// at any counter of the structure; nothing was asked of them but to be there.
func TestASafeIsOpenedForSomebodyWithoutAnything(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	agent := h.Login(t, vaulttest.Worker)
	entry := vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-00-00", Language: "ps"}
	act := vault.OpenSafe{Request: vault.NewRequestID(), Information: "2026-11", Entry: entry, PIN: vaulttest.PIN(t)}
	opened, err := h.Keeper.OpenSafe(t.Context(), agent, act)
	if err != nil {
		t.Fatal(err)
	}
	// A lost answer is told once more to the session that asked: one safe.
	again, err := h.Keeper.OpenSafe(t.Context(), agent, act)
	if err != nil || again.Safe != opened.Safe || again.Sheet != opened.Sheet || again.Address != opened.Address {
		t.Errorf("asked again: %v", err)
	}
	want(t, "asked again in another session", second(h.Keeper.OpenSafe(t.Context(), h.Login(t, vaulttest.Worker), act)), vault.ErrSheetGone)
	other := act
	other.Information = "2026-12"
	want(t, "asked again for something else", second(h.Keeper.OpenSafe(t.Context(), agent, other)), vault.ErrConflict)
	for name, find := range map[string]vault.FindSafe{
		"by name and birth date": {Name: "personne exemple", Birth: "1980-00-00"}, "by address": {Address: opened.Address},
	} {
		found, err := h.Keeper.FindSafe(t.Context(), h.Login(t, vaulttest.Counter), find)
		if err != nil || len(found) != 1 || found[0].Safe != opened.Safe {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	visit := h.Visit(t, h.Sit(t, vaulttest.Counter), vault.OpenCounter{Safe: opened.Safe, Proof: vault.Proof{PIN: act.PIN, Code: again.Code}})
	view, err := h.Keeper.View(t.Context(), visit, opened.Safe)
	if err != nil || !view.HasPIN || view.HasLogin || view.Discreet || view.Information != "2026-11" || len(view.Addresses) != 1 {
		t.Errorf("the person sees %+v, %v", view, err)
	}
}

// L-11: no safe without the service information; and nothing that could not be
// written down as it was said.
func TestAnOpeningIsChecked(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	good := vault.OpenSafe{Information: "2026-11", Entry: vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00"}}
	for name, change := range map[string]func(*vault.OpenSafe){
		"no information given":  func(o *vault.OpenSafe) { o.Information = "" },
		"a name without letter": func(o *vault.OpenSafe) { o.Entry.Name = "--" },
		"no birth date":         func(o *vault.OpenSafe) { o.Entry.Birth = "" },
		"a language of words":   func(o *vault.OpenSafe) { o.Entry.Language = "le français" },
		"discreet and entered":  func(o *vault.OpenSafe) { o.Discretion = vault.DiscretionDiscreet },
		"an easy PIN":           func(o *vault.OpenSafe) { o.PIN = pinOf(t, "123456") },
	} {
		act := good
		act.Request = vault.NewRequestID()
		change(&act)
		err := second(h.Keeper.OpenSafe(t.Context(), h.Login(t, vaulttest.Worker), act))
		if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	act := good
	act.Request, act.Owner = vault.NewRequestID(), h.Desk.Issuer.User(t, vaulttest.Worker)
	want(t, "for the agent's own login", second(h.Keeper.OpenSafe(t.Context(), h.Login(t, vaulttest.Worker), act)), vault.ErrDenied)
	for _, who := range []string{vaulttest.Civic, vaulttest.Volunteer, vaulttest.Manager, vaulttest.DPO, vaulttest.Person} {
		good.Request = vault.NewRequestID()
		want(t, who, second(h.Keeper.OpenSafe(t.Context(), h.Login(t, who), good)), vault.ErrDenied)
	}
}
