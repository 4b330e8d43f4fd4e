package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

const oldSecret, newSecretText = "Mirabelle-Tonnerre-41", "Giroflee-Marteau-77"

func secretOf(s string) seal.Secret { return seal.NewSecret([]byte(s)) }

// memo puts one memo in, as somebody.
func (s *helped) memo(t testing.TB, who session.Principal, login, secret string) vault.DocumentID {
	t.Helper()
	ids, err := s.Keeper.PutMemos(t.Context(), who, vault.PutMemos{
		Request: vault.NewRequestID(), Safe: s.opened.Safe,
		Memos: []vault.NewMemo{{Memo: vault.Memo{Body: "caf", Name: "CAF", Login: login}, Secret: secretOf(secret)}},
	})
	must(t, err)
	return ids[0]
}

// reveal opens and views one memo, as somebody.
func (s *helped) reveal(t testing.TB, who session.Principal, doc vault.DocumentID) (vault.MemoSecret, error) {
	t.Helper()
	v, err := s.Keeper.OpenMemo(t.Context(), who, vault.OpenMemo{Safe: s.opened.Safe, Document: doc, Reason: "déclarer les revenus"})
	if err != nil {
		return vault.MemoSecret{}, err
	}
	return s.Keeper.ViewMemo(t.Context(), who, v.ID)
}

// wantSecret holds what somebody is shown against what it should be.
func (s *helped) wantSecret(t testing.TB, who session.Principal, doc vault.DocumentID, want string) {
	t.Helper()
	got, err := s.reveal(t, who, doc)
	if err != nil || string(got.Secret.Reveal()) != want {
		t.Errorf("the secret shown is %q, %v; want %q", got.Secret.Reveal(), err, want)
	}
}

// toChange are the memos on the person's list, each with the agents who know it.
func (s *helped) toChange(t testing.TB) map[vault.DocumentID]int {
	t.Helper()
	all, err := s.Keeper.ToChange(t.Context(), s.person, s.opened.Safe)
	must(t, err)
	got := map[vault.DocumentID]int{}
	for _, e := range all {
		got[e.Document] = len(e.By)
		if e.Memo.Name == "" {
			t.Errorf("a memo to change has no name")
		}
	}
	return got
}

func revealing(docs ...vault.DocumentID) func(*vault.Terms) {
	return func(t *vault.Terms) {
		t.Actions, t.Scope = vault.ActionSee|vault.ActionReveal, vault.Scope{Documents: docs}
	}
}

// L-72: a secret is shown once, with a reason, and not again by the same view.
func TestAViewShowsItsSecretOnce(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "1990575123456", oldSecret)
	s.give(t, revealing(doc))

	ask := vault.OpenMemo{Safe: s.opened.Safe, Document: doc}
	if err := second(s.Keeper.OpenMemo(t.Context(), s.worker, ask)); refusedField(err) != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	ask.Reason = "déclarer les revenus"
	v, err := s.Keeper.OpenMemo(t.Context(), s.worker, ask)
	must(t, err)
	if err := second(s.Keeper.ViewMemo(t.Context(), s.Login(t, vaulttest.Worker), v.ID)); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("in another session: %v", err)
	}
	got, err := s.Keeper.ViewMemo(t.Context(), s.worker, v.ID)
	if err != nil || string(got.Secret.Reveal()) != oldSecret || got.Memo.Login != "1990575123456" {
		t.Errorf("the first view: %v", err)
	}
	if err := second(s.Keeper.ViewMemo(t.Context(), s.worker, v.ID)); !errors.Is(err, vault.ErrViewed) {
		t.Errorf("the second view: %v", err)
	}
	lines := s.journal(t)
	var seen, again bool
	for _, l := range lines {
		if l.Act == vault.ActReveal && l.Actor == vault.ActorAgent {
			seen = seen || l.Outcome == vault.OutcomeDone && l.Why == ask.Reason
			again = again || l.Outcome == vault.OutcomeRefused && l.Detail == "second-view"
		}
	}
	if !seen || !again {
		t.Errorf("the journal tells of the view: %t, and of the second one: %t", seen, again)
	}
	anomalies, err := s.Keeper.Anomalies(t.Context(), s.Login(t, vaulttest.Manager))
	must(t, err)
	if !slices.ContainsFunc(anomalies, func(a vault.Anomaly) bool { return a.Kind == vault.AnomalySecondView }) {
		t.Error("the access manager is not told of a second view")
	}
}

// refusedField is the field that an answer says is not right; empty for none.
func refusedField(err error) string {
	if bad, ok := errors.AsType[*vault.InvalidError](err); ok {
		return bad.Field
	}
	return ""
}

// journal is the person's journal, whole.
func (s *helped) journal(t testing.TB) []vault.Line {
	t.Helper()
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: vault.MaxPage})
	must(t, err)
	return lines
}

// A consent shows a login without its secret, and a secret only where it names
// the memo: the piece has no key otherwise.
func TestALoginIsShownWithoutItsSecret(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc, other := s.memo(t, s.person, "1990575123456", oldSecret), s.memo(t, s.person, "autre", "autre-secret")
	c := s.give(t, func(x *vault.Terms) {
		x.Actions, x.Scope = vault.ActionSee|vault.ActionRead, vault.Scope{Drawers: []papers.Drawer{"identifiants"}}
	})
	docs, err := s.Keeper.List(t.Context(), s.worker, vault.List{Safe: s.opened.Safe, Limit: 10})
	must(t, err)
	if len(docs) != 2 || docs[0].Description.Memo == nil || docs[0].Description.Memo.Login != "1990575123456" {
		t.Fatalf("the worker is listed %d memos", len(docs))
	}
	for _, d := range docs {
		if d.Size != 0 || d.SHA256 != (seal.Digest{}) {
			t.Error("the length or the digest of a secret is listed with its login")
		}
	}
	if got := s.Keeper.MemoKeys(t, s.opened.Safe, c.ID); got[doc] || got[other] {
		t.Error("a consent to read a drawer holds the key of a secret")
	}
	if err := second(s.reveal(t, s.worker, doc)); !errors.Is(err, vault.ErrDenied) {
		t.Errorf("the secret, without its memo being named: %v", err)
	}
	s.docs["memo"] = doc
	if err := s.readErr(s.worker, "memo"); err == nil {
		t.Error("a memo is read like a paper")
	}

	named := s.give(t, revealing(doc))
	s.wantSecret(t, s.worker, doc, oldSecret)
	if err := second(s.reveal(t, s.worker, other)); err == nil {
		t.Error("a memo that no consent names is shown")
	}
	if got := s.Keeper.MemoKeys(t, s.opened.Safe, named.ID); !got[doc] || len(got) != 1 {
		t.Errorf("the pieces of the consent: %v", got)
	}
	if err := s.readErr(s.person, "memo"); !errors.Is(err, vault.ErrMemo) {
		t.Errorf("the person reads a memo like a paper: %v", err)
	}
	if err := second(s.reveal(t, s.person, s.docs["bail"])); !errors.Is(err, vault.ErrMemo) {
		t.Errorf("the person is shown a paper like a secret: %v", err)
	}
}

// A withdrawal between opening and viewing: nothing is shown any more (L-58).
func TestAViewEndsWithItsConsent(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "login", oldSecret)
	c := s.give(t, revealing(doc))
	v, err := s.Keeper.OpenMemo(t.Context(), s.worker, vault.OpenMemo{Safe: s.opened.Safe, Document: doc, Reason: "x"})
	must(t, err)
	must(t, s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: c.ID}))
	got, err := s.Keeper.ViewMemo(t.Context(), s.worker, v.ID)
	if _, ended := errors.AsType[*vault.EndedError](err); !ended || !got.Secret.IsZero() {
		t.Errorf("after the withdrawal: %v", err)
	}
}

// The person's list: who knows a secret, until it is changed by the person.
func TestWhatOthersSawIsToBeChanged(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	own, typed := s.memo(t, s.person, "a", oldSecret), s.memo(t, s.worker, "b", oldSecret)
	s.memo(t, s.worker, "sans mot de passe", "")
	if got := s.toChange(t); len(got) != 1 || got[typed] != 1 {
		t.Errorf("put in by the worker: %v", got)
	}
	c := s.give(t, revealing(own, typed))
	s.wantSecret(t, s.worker, own, oldSecret)
	s.wantSecret(t, s.person, own, oldSecret)
	if got := s.toChange(t); len(got) != 2 || got[own] != 1 {
		t.Errorf("seen by the worker: %v", got)
	}
	for _, doc := range []vault.DocumentID{own, typed} {
		secret := secretOf(newSecretText)
		must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &secret}))
	}
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("after the person changed them: %v", got)
	}

	// The consent that showed the old secret does not show the new one.
	if got := s.Keeper.MemoKeys(t, s.opened.Safe, c.ID); got[own] || got[typed] {
		t.Error("a consent holds the key of a secret that was changed since")
	}
	if err := second(s.reveal(t, s.worker, own)); err == nil {
		t.Error("the worker is shown the new secret")
	}
	got, err := s.reveal(t, s.person, own)
	must(t, err)
	if string(got.Secret.Reveal()) != newSecretText || len(got.Former.Reveal()) != 0 || len(got.Changes) != 2 {
		t.Errorf("the memo has %d changes, or shows the secret before it unasked", len(got.Changes))
	}
}

// An agent who changes a secret under a consent knows it and goes on; it is on
// the person's list.
func TestAnAgentChangesASecretWithinAConsent(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "a", oldSecret)
	s.give(t, revealing(doc))
	secret := secretOf(newSecretText)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.worker, vault.ChangeMemo{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: &secret}))
	s.wantSecret(t, s.worker, doc, newSecretText)
	s.Restart(t)
	s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
	s.wantSecret(t, s.worker, doc, newSecretText)
	s.wantSecret(t, s.person, doc, newSecretText)
	if got := s.toChange(t); got[doc] != 1 {
		t.Errorf("to change: %v", got)
	}
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Tested: true,
		Memo: &vault.Memo{Body: "caf", Name: "CAF 13", Login: "nouveau"}}))
	s.wantSecret(t, s.worker, doc, newSecretText)
	docs, err := s.Keeper.List(t.Context(), s.worker, vault.List{Safe: s.opened.Safe, Limit: 10})
	must(t, err)
	if m := docs[0].Description.Memo; m.Login != "nouveau" || m.Tested != time.Now().UTC().Format(time.DateOnly) || docs[0].Description.Title != "CAF 13" {
		t.Error("the worker does not see the memo as it is now")
	}
}

// The drawer of memos may be entrusted like any other: the person sees a secret
// with their PIN at the counter, also one that was changed since.
func TestAnEntrustedMemoIsShownWithThePIN(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.memo(t, s.person, "a", oldSecret)
	must(t, second(s.Keeper.Entrust(t.Context(), s.person, vault.Entrust{Safe: s.opened.Safe, Drawer: "identifiants", Agreement: "1"})))
	secret := secretOf(newSecretText)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Secret: &secret}))
	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
	s.wantSecret(t, visit, doc, newSecretText)
	must(t, s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: "identifiants"}))
	if err := second(s.reveal(t, visit, doc)); err == nil {
		t.Error("shown after the drawer was taken back")
	}
}

// L-40: no digest that a retry is compared with is made of a login or a secret,
// and nothing that is printed shows them.
func TestAMemoNeverPrints(t *testing.T) {
	t.Parallel()
	m := vault.NewMemo{Memo: vault.Memo{Body: "caf", Login: "1990575123456", Hint: "le chat"}, Secret: secretOf(oldSecret)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if out := fmt.Sprintf(verb, m) + fmt.Sprintf(verb, &m.Memo); strings.Contains(out, "1990575") || strings.Contains(out, "chat") || strings.Contains(out, "Mirabelle") {
			t.Errorf("%s prints %s", verb, out)
		}
	}
}

// Bounds, and who may: a memo that cannot be is refused with its place in the
// list, and nothing of the others stays.
func TestMemosAreRefusedTogether(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	for name, bad := range map[string]vault.NewMemo{
		"no body":        {},
		"long secret":    {Memo: vault.Memo{Body: "caf"}, Secret: secretOf(strings.Repeat("x", vault.MaxMemoSecret+1))},
		"two lines":      {Memo: vault.Memo{Body: "caf"}, Secret: secretOf("a\nb")},
		"long login":     {Memo: vault.Memo{Body: "caf", Login: strings.Repeat("x", vault.MaxMemoLogin+1)}},
		"not text":       {Memo: vault.Memo{Body: "caf", Hint: "\x1b[2J"}},
		"too many names": {Memo: vault.Memo{Body: "caf", Numbers: make([]vault.MemoNumber, vault.MaxMemoNumbers+1)}},
	} {
		_, err := s.Keeper.PutMemos(t.Context(), s.person, vault.PutMemos{Safe: s.opened.Safe, Memos: []vault.NewMemo{
			{Memo: vault.Memo{Body: "impots"}}, bad,
		}})
		e, ok := errors.AsType[*vault.InvalidError](err)
		if !ok || !strings.HasPrefix(e.Field, "memos[1].") {
			t.Errorf("%s: %v", name, err)
		}
	}
	n, err := s.Keeper.Count(t.Context(), s.person, s.opened.Safe)
	if err != nil || n != len(paperKinds) {
		t.Errorf("%d documents, %v", n, err)
	}
	act := vault.PutMemos{Request: vault.NewRequestID(), Safe: s.opened.Safe, Memos: []vault.NewMemo{{Memo: vault.Memo{Body: "caf"}}}}
	first, err := s.Keeper.PutMemos(t.Context(), s.person, act)
	must(t, err)
	again, err := s.Keeper.PutMemos(t.Context(), s.person, act)
	if err != nil || !slices.Equal(first, again) {
		t.Errorf("a retry is answered %v, %v; want %v", again, err, first)
	}
}
