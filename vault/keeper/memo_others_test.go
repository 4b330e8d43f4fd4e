package keeper_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// see opens one named secret of a memo, as somebody's view would.
func (s *helped) see(t testing.TB, act vault.OpenMemo) (vault.MemoSecret, error) {
	t.Helper()
	act.Safe, act.Reason = s.opened.Safe, "déclarer les revenus"
	v, err := s.Keeper.OpenMemo(t.Context(), s.worker, act)
	if err != nil {
		return vault.MemoSecret{}, err
	}
	return s.Keeper.ViewMemo(t.Context(), s.worker, v.ID)
}

// papers.md §3.6: the CAF has a password and, for its telephone line, a code. A view
// shows the one it names; who saw which is what the person changes.
func TestAMemoKeepsOtherSecrets(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{
		Memo: vault.Memo{Body: "caf", Name: "CAF"}, Secret: secretOf(oldSecret),
		Others: []vault.LabelledSecret{{Label: "code-telephone", Secret: secretOf("12345678")}, {Label: "puk", Secret: secretOf("90210077")}},
	})
	s.give(t, revealing(doc))
	got, err := s.see(t, vault.OpenMemo{Document: doc, Label: "code-telephone", Former: true})
	if err != nil || string(got.Secret.Reveal()) != "12345678" || got.Label != "code-telephone" || !got.Former.IsZero() || len(got.Changes) != 1 {
		t.Errorf("the code that is asked for: %v", err)
	}
	if _, err := s.see(t, vault.OpenMemo{Document: doc, Label: "autre"}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a secret that the memo does not have: %v", err)
	}
	if e := s.exposed(t, doc); len(e.By) != 1 || e.By[0].Label != "code-telephone" || e.By[0].PutIn {
		t.Errorf("after the code was seen, to change: %+v", e.By)
	}
	secret := secretOf(newSecretText)
	change := func(label string) error {
		return s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &secret, Label: label})
	}
	must(t, change(""))
	if e := s.exposed(t, doc); len(e.By) != 1 {
		t.Error("another password takes the code off the list")
	}
	must(t, change("code-telephone"))
	if e := s.exposed(t, doc); len(e.By) != 0 {
		t.Errorf("after the code was changed, to change: %+v", e.By)
	}
	if m := s.listed(t, s.person, doc); len(m.Others) != 2 || m.Others[0].Label != "code-telephone" || m.Others[1].Changed == "" {
		t.Errorf("the list names %d other secrets", len(m.Others))
	}
	v, err := s.Keeper.OpenMemo(t.Context(), s.person, vault.OpenMemo{Safe: s.opened.Safe, Document: doc, Label: "code-telephone", Former: true})
	must(t, err)
	got, err = s.Keeper.ViewMemo(t.Context(), s.person, v.ID)
	if err != nil || string(got.Secret.Reveal()) != newSecretText || string(got.Former.Reveal()) != "12345678" {
		t.Errorf("the new code and the one before: %v", err)
	}
}

// What a memo cannot keep is refused, and one that is taken away leaves room.
func TestOtherSecretsHaveBounds(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "a", oldSecret)
	change := func(label, secret string) error {
		text := secretOf(secret)
		return s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &text, Label: label})
	}
	for _, label := range []string{"un", "deux", "trois"} {
		must(t, change(label, "1234"))
	}
	if got := refusedField(change("quatre", "1234")); got != "label" {
		t.Errorf("a fourth: refused for %q", got)
	}
	must(t, change("deux", ""))
	must(t, change("quatre", "1234"))
	for name, c := range map[string][3]string{
		"too long": {"un", strings.Repeat("x", vault.MaxOtherSecret+1), "secret"},
		"no name":  {"\x1b", "1234", "label"},
		"of none":  {"cinq", "", "label"},
	} {
		if got := refusedField(change(c[0], c[1])); got != c[2] {
			t.Errorf("%s: refused for %q", name, got)
		}
	}
	if m := s.listed(t, s.person, doc); len(m.Others) != 3 || m.Others[1].Label != "quatre" || m.Changed == "" {
		t.Errorf("the memo keeps %d others", len(m.Others))
	}
	s.wantSecret(t, s.person, doc, oldSecret)
	s.Restart(t)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	s.wantSecret(t, s.person, doc, oldSecret)
}
