package keeper_test

import (
	"errors"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-59, L-60: what stands on a receipt, a mandate and a slip is for the person
// and for the agent named, and for nobody else; each printing is recorded.
func TestPagesAreForThoseTheyName(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	c := s.give(t, nil)
	other := s.give(t, nil)
	printed := func(who session.Principal, id vault.ConsentID, form vault.PrintForm) (vault.ConsentPrint, error) {
		return s.Keeper.PrintConsent(t.Context(), who, vault.PrintConsent{Safe: s.opened.Safe, Consent: id, Form: form})
	}
	for _, form := range []vault.PrintForm{vault.PrintReceipt, vault.PrintMandate, vault.PrintWithdrawal} {
		for name, who := range map[string]session.Principal{"person": s.person, "agent named": s.worker} {
			p, err := printed(who, c.ID, form)
			if err != nil || p.Consent.ID != c.ID || p.Code.IsZero() || p.SIRET == "" || p.Consent.AgentName == "" {
				t.Errorf("%s, %v: %+v, %v", name, form, p, err)
			}
		}
		if _, err := printed(s.Login(t, vaulttest.Counter), c.ID, form); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a colleague, %v: %v", form, err)
		}
	}
	if s.code(t, c) == s.code(t, other) {
		t.Error("two consents have one code")
	}
	if _, err := printed(s.person, c.ID, 0); err == nil {
		t.Error("a form that is none")
	}
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]int{}
	for _, l := range lines {
		if l.Act == vault.ActPrintConsent && l.Actor == vault.ActorAgent && l.Outcome == vault.OutcomeDone {
			forms[l.Detail]++
		}
	}
	if forms["receipt"] != 1 || forms["mandate"] != 1 || forms["withdrawal"] != 1 {
		t.Errorf("the agent's printings in the journal: %v", forms)
	}
}

// N13: of a discreet safe nothing that is printed names anybody.
func TestPrintsOfADiscreetSafeNameNobody(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	c := s.give(t, nil)
	if err := second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})); err != nil {
		t.Fatal(err)
	}
	for _, form := range []vault.PrintForm{vault.PrintReceipt, vault.PrintWithdrawal} {
		p, err := s.Keeper.PrintConsent(t.Context(), s.person, vault.PrintConsent{Safe: s.opened.Safe, Consent: c.ID, Form: form})
		if err != nil || p.Discretion != vault.DiscretionDiscreet || p.Consent.AgentName+p.Consent.Structure+p.SIRET+p.Person != "" {
			t.Errorf("%v: %+v, %v", form, p, err)
		}
	}
	_, err := s.Keeper.PrintConsent(t.Context(), s.person, vault.PrintConsent{Safe: s.opened.Safe, Consent: c.ID, Form: vault.PrintMandate})
	if !errors.Is(err, vault.ErrDiscreet) {
		t.Errorf("a mandate: %v", err)
	}
	j, err := s.Keeper.PrintJournal(t.Context(), s.person, vault.PrintJournal{Safe: s.opened.Safe})
	if err != nil || j.Discretion != vault.DiscretionDiscreet || j.Structure != "" || len(j.Lines) == 0 {
		t.Errorf("journal: %+v, %v", j, err)
	}
	for _, l := range j.Lines {
		if l.AgentName+l.Structure != "" {
			t.Errorf("a line names %q, %q", l.AgentName, l.Structure)
		}
	}
	if all, err := s.Keeper.Notices(t.Context(), s.person, s.opened.Safe); err != nil || len(all) != 0 {
		t.Errorf("notices: %+v, %v", all, err)
	}
}

// L-46, L-56: a printed journal has what the journal has within its dates, and
// printing it is a line.
func TestAPrintedJournalIsTheJournal(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Keeper.PrintJournal(t.Context(), s.person, vault.PrintJournal{Safe: s.opened.Safe})
	if err != nil || len(p.Lines) != len(lines)+1 || p.Structure == "" { // and the reading above
		t.Fatalf("%d lines, the journal had %d; %v", len(p.Lines), len(lines), err)
	}
	for i, l := range lines[:len(lines)-1] {
		if p.Lines[i].Position != l.Position || p.Lines[i].Act != l.Act {
			t.Errorf("line %d: %+v, want %+v", i, p.Lines[i], l)
		}
	}
	last := p.Lines[len(p.Lines)-1]
	if last.Act != vault.ActPrintJournal {
		t.Errorf("the last line is %v", last.Act)
	}
	if late, err := s.Keeper.PrintJournal(t.Context(), s.person, vault.PrintJournal{Safe: s.opened.Safe, From: time.Now().Add(time.Hour)}); err != nil || len(late.Lines) != 0 {
		t.Errorf("of the future: %d lines, %v", len(late.Lines), err)
	}
}
