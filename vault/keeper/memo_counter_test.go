package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *wallet) change(t *testing.T, who session.Principal, act vault.ChangeMemo) error {
	t.Helper()
	act.Request, act.Safe = vault.NewRequestID(), s.opened.Safe
	return s.Keeper.ChangeMemo(t.Context(), who, act)
}

func (s *wallet) types(t *testing.T, who session.Principal, doc vault.DocumentID) {
	t.Helper()
	secret := secretOf(newSecretText)
	must(t, s.change(t, who, vault.ChangeMemo{Document: doc, Secret: &secret}))
}

// L-72: a secret that is typed in a counter session goes over the keyboard and the
// screen of the agent who vouched for it. It is on the person's list, in true words,
// until they say that nobody looked, or change it at home.
func TestWhatIsTypedAtTheCounterIsToBeChanged(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	visit := s.at(t, vaulttest.Colleague)
	s.types(t, visit, s.tax)
	arrived := s.memo(t, visit, "neuf", oldSecret)
	for _, doc := range []vault.DocumentID{s.tax, arrived} {
		e := s.exposed(t, doc)
		if len(e.By) != 1 || e.By[0].Agent != s.Agents[vaulttest.Colleague] || e.By[0].AgentName == "" || !e.By[0].PutIn || !e.By[0].AtCounter {
			t.Errorf("to change is %+v", e.By)
		}
		must(t, s.change(t, visit, vault.ChangeMemo{Document: doc, Unseen: true}))
	}
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("to change is %v: nobody looked", got)
	}
	s.types(t, visit, s.tax)
	s.types(t, s.person, s.tax)
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("to change is %v: it was changed at home", got)
	}
}

// That nobody looked is the person's word about the counter alone: whom a secret was
// shown to, or who put it in, stays on the list; so does everybody who looks later.
func TestNobodyLookedIsOnlyOfTheCounter(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	s.give(t, revealing(s.caf))
	visit := s.at(t, vaulttest.Worker)
	s.types(t, visit, s.tax)
	s.wantSecret(t, visit, s.caf, "Secret-CAF")
	s.wantSecret(t, s.worker, s.caf, "Secret-CAF") // the same agent, under the consent
	written := s.memo(t, s.worker, "écrit", oldSecret)
	for _, doc := range []vault.DocumentID{s.caf, s.tax, written} {
		if s.change(t, s.worker, vault.ChangeMemo{Document: doc, Unseen: true}) == nil {
			t.Error("an agent says that they did not look")
		}
		must(t, s.change(t, s.person, vault.ChangeMemo{Document: doc, Unseen: true}))
	}
	got := s.toChange(t)
	if len(got) != 2 || got[s.caf] != 1 || got[written] != 1 {
		t.Errorf("to change is %v", got)
	}
	if e := s.exposed(t, s.caf); e.By[0].AtCounter {
		t.Error("the agent who was shown it is said to have been beside the person only")
	}
	s.wantSecret(t, visit, s.tax, newSecretText)
	if got := s.toChange(t); got[s.tax] != 1 {
		t.Errorf("shown again: to change is %v", got)
	}
	must(t, s.change(t, visit, vault.ChangeMemo{Document: s.tax, Unseen: true}))
	if got := s.toChange(t); got[s.tax] != 1 {
		t.Errorf("to change is %v: the agent to whom it was shown could say so", got)
	}
	must(t, s.change(t, s.person, vault.ChangeMemo{Document: s.tax, Unseen: true}))
	if got := s.toChange(t); got[s.tax] != 0 {
		t.Errorf("to change is %v: the person said so", got)
	}
	secret := secretOf(oldSecret)
	for name, act := range map[string]vault.ChangeMemo{
		"unseen": {Document: s.tax, Unseen: true, Secret: &secret},
		"label":  {Document: s.tax, Unseen: true, Label: "puk"},
	} {
		if err := s.change(t, s.person, act); refusedField(err) != name {
			t.Errorf("with another %s: %v", name, err)
		}
	}
}
