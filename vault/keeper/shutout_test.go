package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Whoever is shut out finds nothing, by no way of asking, exactly like in a safe
// that never was; nobody else notices, and the person lets them in again.
func TestWhoeverIsShutOutFindsNothing(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*lockScene) vault.ShutOut{
		"an agent":    func(s *lockScene) vault.ShutOut { return vault.ShutOut{Agent: s.Agents[vaulttest.Worker]} },
		"a structure": func(s *lockScene) vault.ShutOut { return vault.ShutOut{Structure: s.Structure} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newLockScene(t, vaulttest.Person)
			owner := s.Unlocked(t, vaulttest.Person, s.opened)
			entry := vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00", Language: "fr"}
			want(t, "the register", s.Keeper.SetRegister(t.Context(), owner, vault.SetRegister{Request: vault.NewRequestID(), Safe: s.opened.Safe, Entry: entry}), nil)
			worker, leader := s.Login(t, vaulttest.Worker), s.Login(t, vaulttest.Leader)
			shut := act(s)
			shut.Request, shut.Safe = vault.NewRequestID(), s.opened.Safe
			want(t, "by an agent", s.Keeper.ShutOut(t.Context(), leader, shut), vault.ErrNotFound)
			want(t, "by the person", s.Keeper.ShutOut(t.Context(), owner, shut), nil)
			s.findsNothing(t, worker)
			if name == "an agent" {
				want(t, "a colleague", second(s.Keeper.View(t.Context(), leader, s.opened.Safe)), nil)
			} else {
				s.findsNothing(t, leader)
			}
			view, err := s.Keeper.View(t.Context(), owner, s.opened.Safe)
			if err != nil || len(view.ShutOut) != 1 || view.ShutOut[0].Name == "" || view.ShutOut[0].Since.IsZero() {
				t.Errorf("the person sees %+v, %v", view.ShutOut, err)
			}
			s.Crash(t)
			owner, worker = s.Login(t, vaulttest.Person), s.Login(t, vaulttest.Worker)
			s.findsNothing(t, worker)
			shut.Request = vault.NewRequestID()
			want(t, "let in", s.Keeper.LetIn(t.Context(), owner, shut), nil)
			shut.Request = vault.NewRequestID()
			want(t, "let in twice", s.Keeper.LetIn(t.Context(), owner, shut), vault.ErrNotFound)
			want(t, "once let in", second(s.Keeper.View(t.Context(), worker, s.opened.Safe)), nil)
		})
	}
}

// findsNothing asks for the safe in every way there is, and for one that never
// was: the answers are the same.
func (s *lockScene) findsNothing(t *testing.T, who session.Principal) {
	t.Helper()
	ctx, proof := t.Context(), vault.Proof{PIN: s.pin, Code: s.opened.Code}
	for _, id := range []vault.SafeID{s.opened.Safe, vault.NewSafeID()} {
		for what, err := range map[string]error{
			"view":     second(s.Keeper.View(ctx, who, id)),
			"list":     second(s.Keeper.List(ctx, who, vault.List{Safe: id, Limit: 1})),
			"deposit":  second(s.Deposit(ctx, who, id, vaulttest.Paper{Title: "x", Body: []byte("x")})),
			"counter":  second(s.Keeper.OpenCounter(ctx, who, vault.OpenCounter{Safe: id, Proof: proof})),
			"presence": second(s.Keeper.ProvePresence(ctx, who, vault.ProvePresence{Safe: id, Proof: proof})),
			"sheet":    second(s.Keeper.RenewSheet(ctx, who, vault.RenewSheet{Request: vault.NewRequestID(), Safe: id, Proof: proof})),
			"freeze":   s.Keeper.Freeze(ctx, who, vault.Freeze{Request: vault.NewRequestID(), Safe: id}),
			"recovery": second(s.Keeper.AskRecovery(ctx, who, vault.AskRecovery{Request: vault.NewRequestID(), Safe: id})),
			"consents": second(s.Keeper.Consents(ctx, who, id)),
			"request":  second(s.Keeper.AskConsent(ctx, who, vault.AskConsent{Request: vault.NewRequestID(), Terms: vault.Terms{Safe: id}})),
			"address":  second(s.Keeper.IssueAddress(ctx, who, vault.IssueAddress{Request: vault.NewRequestID(), Safe: id, Label: "x"})),
		} {
			if !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s, the safe %v: %v", what, id == s.opened.Safe, err)
			}
		}
	}
	found, err := s.Keeper.FindSafe(ctx, who, vault.FindSafe{Name: "Exemple", Birth: "1980-01-00"})
	if err != nil || len(found) != 0 {
		t.Errorf("the register answers %d, %v", len(found), err)
	}
	found, err = s.Keeper.FindSafe(ctx, who, vault.FindSafe{Address: s.opened.Address})
	if err != nil && !errors.Is(err, vault.ErrNotFound) || len(found) != 0 {
		t.Errorf("the address answers %d, %v", len(found), err)
	}
}

// Exactly one is shut out at a time.
func TestShuttingOutNamesOne(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	owner := s.Login(t, vaulttest.Person)
	for _, act := range []vault.ShutOut{{}, {Agent: s.Agents[vaulttest.Worker], Structure: s.Structure}} {
		act.Request, act.Safe = vault.NewRequestID(), s.opened.Safe
		for _, err := range []error{s.Keeper.ShutOut(t.Context(), owner, act), s.Keeper.LetIn(t.Context(), owner, act)} {
			if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
				t.Errorf("%+v: %v", act, err)
			}
		}
	}
}

// In discreet mode the safe is in no register, and what the person reads names
// nobody; off again, it does not come back to the register by itself.
func TestADiscreetSafeIsInNoRegister(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	owner, worker := s.Login(t, vaulttest.Person), s.Login(t, vaulttest.Worker)
	set := func(entry vault.RegisterEntry) error {
		return s.Keeper.SetRegister(t.Context(), owner, vault.SetRegister{Request: vault.NewRequestID(), Safe: s.opened.Safe, Entry: entry})
	}
	found := func() int {
		t.Helper()
		all, err := s.Keeper.FindSafe(t.Context(), worker, vault.FindSafe{Name: "exemple personne", Birth: "1980-01-00"})
		if err != nil {
			t.Error(err)
		}
		return len(all)
	}
	entry := vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00"}
	want(t, "entered", set(entry), nil)
	if found() != 1 {
		t.Error("it is not found before")
	}
	discreet := func(d vault.Discretion) error {
		return second(s.Keeper.SetDiscreet(t.Context(), owner, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: d}))
	}
	if _, invalid := errors.AsType[*vault.InvalidError](discreet(0)); !invalid {
		t.Error("neither on nor off was accepted")
	}
	want(t, "discreet", discreet(vault.DiscretionDiscreet), nil)
	if found() != 0 {
		t.Error("a discreet safe is found")
	}
	if err := set(entry); err == nil {
		t.Error("a discreet safe was put into the register")
	}
	lines, err := s.Keeper.Journal(t.Context(), owner, vault.ReadJournal{Safe: s.opened.Safe, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.AgentName == vaulttest.Counter || l.Structure == vaulttest.StructureName {
			t.Errorf("a line names %q of %q", l.AgentName, l.Structure)
		}
	}
	want(t, "no longer discreet", discreet(vault.DiscretionNormal), nil)
	if found() != 0 {
		t.Error("it came back to the register by itself")
	}
	_, err = s.Keeper.OpenSafe(t.Context(), worker, vault.OpenSafe{
		Request: vault.NewRequestID(), Information: "1", Entry: entry, Discretion: vault.DiscretionDiscreet,
	})
	if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
		t.Errorf("a discreet safe was opened into the register: %v", err)
	}
}
