package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// In a côte-à-côte session the agent changes a password with the person and goes
// on; when the person changes it themselves, the session shows the login and the
// new secret no more.
func TestASecretIsChangedSideBySide(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	owner := f.Unlocked(t, vaulttest.Person, f.opened)
	ids, err := f.Keeper.PutMemos(t.Context(), owner, vault.PutMemos{Safe: f.opened.Safe, Memos: []vault.NewMemo{
		{Memo: vault.Memo{Body: "caf", Login: "a"}, Secret: secretOf(oldSecret)},
	}})
	must(t, err)
	terms := f.terms()
	terms.Actions, terms.Scope = vault.ActionSee|vault.ActionReveal, vault.Scope{Documents: ids}
	must(t, second(f.start(t, terms, f.proof(t, rightPIN, true))))
	see := func(who session.Principal) (string, error) {
		v, err := f.Keeper.OpenMemo(t.Context(), who, vault.OpenMemo{Safe: f.opened.Safe, Document: ids[0], Reason: "déclarer"})
		if err != nil {
			return "", err
		}
		shown, err := f.Keeper.ViewMemo(t.Context(), who, v.ID)
		return string(shown.Secret.Reveal()), err
	}
	change := func(who session.Principal, text string) error {
		secret := secretOf(text)
		return f.Keeper.ChangeMemo(t.Context(), who, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: f.opened.Safe, Document: ids[0], Secret: &secret})
	}
	for _, want := range []string{oldSecret, newSecretText} {
		if got, err := see(f.worker.Principal); err != nil || got != want {
			t.Errorf("side by side: %q, %v; want %q", got, err, want)
		}
		must(t, change(f.worker.Principal, newSecretText))
	}
	must(t, change(owner, "Tilleul-Enclume-90"))
	if got, err := see(f.worker.Principal); !errors.Is(err, vault.ErrNotFound) || got != "" {
		t.Errorf("after the person changed it: %q, %v", got, err)
	}
	if got, err := see(owner); err != nil || got != "Tilleul-Enclume-90" {
		t.Errorf("the person: %q, %v", got, err)
	}
}
