package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// wholeMemo says everything that a memo can say.
func wholeMemo() vault.Memo {
	return vault.Memo{
		Body: "caf", Name: "CAF", Login: "1990575123456", Hint: "le chat", Recovery: "0600000000", Provider: "impots",
		Numbers: []vault.MemoNumber{{Name: "dossier", Value: "1234567"}},
	}
}

// What a consent shows of a memo follows from its terms alone, and by its pieces: that
// there is one; the login without its secret; what helps to come in; the secret.
func TestAConsentShowsOfAMemoWhatItsTermsSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		actions                       vault.Action
		drawer                        bool // the whole drawer, instead of this memo
		login, hint, reveals, changes bool
	}{
		"see a drawer":        {actions: vault.ActionSee, drawer: true},
		"see one memo":        {actions: vault.ActionSee},
		"read a drawer":       {actions: vault.ActionSee | vault.ActionRead, drawer: true, login: true},
		"read one memo":       {actions: vault.ActionSee | vault.ActionRead, login: true},
		"describe one memo":   {actions: vault.ActionSee | vault.ActionDescribe, login: true, hint: true},
		"reveal one memo":     {actions: vault.ActionSee | vault.ActionReveal, login: true, hint: true, reveals: true, changes: true},
		"read and reveal one": {actions: vault.ActionSee | vault.ActionRead | vault.ActionReveal, login: true, hint: true, reveals: true, changes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHelped(t)
			doc := s.putMemo(t, s.person, vault.NewMemo{Memo: wholeMemo(), Secret: secretOf(oldSecret)})
			scope := vault.Scope{Documents: []vault.DocumentID{doc}}
			if c.drawer {
				scope = vault.Scope{Drawers: []papers.Drawer{"identifiants"}}
			}
			given := s.give(t, func(x *vault.Terms) { x.Actions, x.Scope = c.actions, scope })
			m := s.listed(t, s.worker, doc)
			if m == nil || m.Body != "caf" || m.Name != "CAF" {
				t.Fatal("the worker does not see which memo there is")
			}
			if login := m.Login != "" && len(m.Numbers) == 1; login != c.login || (m.Login == "") == c.login {
				t.Errorf("the login is shown: %t, want %t", m.Login != "", c.login)
			}
			if (m.Hint != "") != c.hint || (m.Recovery != "") != c.hint {
				t.Errorf("the hint is shown: %t, want %t", m.Hint != "", c.hint)
			}
			if got := s.Keeper.MemoKeys(t, s.opened.Safe, given.ID)[doc]; got != c.reveals {
				t.Errorf("the piece has the secret's key: %t, want %t", got, c.reveals)
			}
			if err := second(s.reveal(t, s.worker, doc)); (err == nil) != c.reveals {
				t.Errorf("the secret: %v, want it %t", err, c.reveals)
			}
			err := s.Keeper.ChangeMemo(t.Context(), s.worker, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Tested: true})
			if (err == nil) != c.changes {
				t.Errorf("changing it: %v, want it %t", err, c.changes)
			}
			if own := s.listed(t, s.person, doc); own.Hint != "le chat" || own.Login != "1990575123456" || len(own.Numbers) != 1 {
				t.Error("the person's own memo lost something")
			}
		})
	}
}

// A memo that changes, and one that arrives, stays as narrow in every consent as its
// terms say; so does one that a worker renames.
func TestAMemoThatChangesShowsNoMore(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{Memo: wholeMemo(), Secret: secretOf(oldSecret)})
	drawer := vault.Scope{Drawers: []papers.Drawer{"identifiants"}}
	s.give(t, func(x *vault.Terms) {
		x.Actions, x.Scope, x.Arrivals = vault.ActionSee, drawer, vault.ArrivalsToo
	})
	secret, memo := secretOf(newSecretText), wholeMemo()
	memo.Hint = "le chien"
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Secret: &secret}))
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Memo: &memo, Tested: true}))
	must(t, s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: doc, Title: new("Allocations")}))
	arrived := s.putMemo(t, s.colleague(t), vault.NewMemo{Memo: wholeMemo(), Secret: secretOf(oldSecret)})
	for _, id := range []vault.DocumentID{doc, arrived} {
		m := s.listed(t, s.worker, id)
		if m == nil || m.Login != "" || m.Hint != "" || m.Recovery != "" || m.Numbers != nil || m.Changed != "" {
			t.Error("a consent to see shows more of a memo than that there is one")
		}
	}
}

// colleague is another agent, who puts in blind.
func (s *helped) colleague(t testing.TB) session.Principal { return s.Login(t, vaulttest.Colleague) }

// putMemo puts one memo in, as somebody.
func (s *helped) putMemo(t testing.TB, who session.Principal, m vault.NewMemo) vault.DocumentID {
	t.Helper()
	ids, err := s.Keeper.PutMemos(t.Context(), who, vault.PutMemos{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Memos: []vault.NewMemo{m},
	})
	must(t, err)
	return ids[0]
}

// listed is what somebody's list says of a memo; nil when it is not in it.
func (s *helped) listed(t testing.TB, who session.Principal, doc vault.DocumentID) *vault.Memo {
	t.Helper()
	docs, err := s.Keeper.List(t.Context(), who, vault.List{Safe: s.opened.Safe, Limit: 100})
	must(t, err)
	for _, d := range docs {
		if d.ID == doc {
			return d.Description.Memo
		}
	}
	return nil
}
