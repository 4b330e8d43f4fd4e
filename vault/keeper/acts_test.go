package keeper_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// inStead is « je fais », with its reason.
func inStead(t *vault.Terms) {
	t.Posture, t.Reason = vault.PostureInStead, "la personne a la main cassée"
}

// rebuild makes the state file anew from bucket and trail.
func rebuild(t *testing.T, h *vaulttest.House) {
	t.Helper()
	h.Stop(t)
	must(t, os.Remove(h.Config.StatePath))
	must(t, second(keeper.Rebuild(t.Context(), h.Config)))
	h.Start(t)
}

// acts are what somebody is told of how often something was done under consents.
func (s *helped) acts(t *testing.T, who session.Principal) map[vault.ConsentID]int {
	t.Helper()
	list, err := s.Keeper.Consents(t.Context(), who, s.opened.Safe)
	must(t, err)
	acts := map[vault.ConsentID]int{}
	for _, c := range list {
		acts[c.ID] = c.Acts
	}
	return acts
}

// What is done in the person's place is said in their journal, line by line, and
// counted by consent, for the person alone; a rebuild counts the same. L-75
func TestWhatIsDoneInMyPlaceIsCounted(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	mine := s.give(t, inStead)
	with := s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"banque"} })
	unused := s.give(t, func(x *vault.Terms) { inStead(x); x.Scope.Drawers = []papers.Drawer{"impots"} })
	must(t, s.readErr(s.worker, "bail"))
	must(t, s.readErr(s.worker, "bail"))
	must(t, s.readErr(s.worker, "quittance-loyer"))
	must(t, s.readErr(s.worker, "rib"))
	_ = s.sees(t, s.worker)                                           // looking at a list is not counted
	must(t, s.readErr(s.person, "bail"))                              // nor what the person does
	want(t, "outside", s.readErr(s.worker, "cni"), vault.ErrNotFound) // nor what was refused
	right := map[vault.ConsentID]int{mine.ID: 3, with.ID: 1, unused.ID: 0}
	if got := s.acts(t, s.person); !maps.Equal(got, right) {
		t.Errorf("the person is told %v, want %v", got, right)
	}
	if got := s.acts(t, s.worker); !maps.Equal(got, map[vault.ConsentID]int{mine.ID: 0, with.ID: 0, unused.ID: 0}) {
		t.Errorf("the agent is told %v", got) // L-55
	}
	if l := lastOf(t, s.House, s.opened.Safe, vault.ActGiveConsent); l.Posture != vault.PostureInStead {
		t.Errorf("the giving says %v", l.Posture)
	}
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: vault.MaxPage})
	must(t, err)
	for _, l := range lines {
		wanted := map[vault.ConsentID]vault.Posture{mine.ID: vault.PostureInStead, unused.ID: vault.PostureInStead, with.ID: vault.PostureWith}[l.Consent]
		if l.Act == vault.ActRead && l.Posture != wanted {
			t.Errorf("a line of %v says %v, want %v", l.Consent, l.Posture, wanted)
		}
	}
	rebuild(t, s.House)
	if got := s.acts(t, s.Login(t, vaulttest.Person)); !maps.Equal(got, right) {
		t.Errorf("after a rebuild %v, want %v", got, right)
	}
}

// What is put in beside the person needs no consent, and says all the same how
// they were helped.
func TestWhatIsDoneSideBySideSaysHow(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	terms := f.terms("logement")
	inStead(&terms)
	side, err := f.start(t, terms, f.proof(t, rightPIN, false))
	must(t, err)
	must(t, f.read(t, f.entrusted))
	must(t, second(f.Deposit(t.Context(), f.worker.Principal, f.opened.Safe, vaulttest.Paper{Title: "Bail", Kind: "bail", Body: vaulttest.Text("bail", 500)})))
	for _, act := range []vault.Act{vault.ActStartSideBySide, vault.ActRead, vault.ActDeposit} {
		if l := lastOf(t, f.House, f.opened.Safe, act); l.Posture != vault.PostureInStead || l.Consent != side.Consent || l.Purpose != purpose {
			t.Errorf("%v: %+v", act, l)
		}
	}
	f.Keeper.Leave(t, f.opened.Safe)
	must(t, second(f.Deposit(t.Context(), f.worker.Principal, f.opened.Safe, vaulttest.Paper{Title: "RIB", Kind: "rib", Body: vaulttest.Text("rib", 500)})))
	if l := lastOf(t, f.House, f.opened.Safe, vault.ActDeposit); l.Posture != 0 || !l.Consent.IsZero() {
		t.Errorf("after its end: %+v", l)
	}
}

// The access manager is told how often people have something done in their place,
// by démarche and of the whole structure: never by agent, which would measure
// work. L-55, L-75
func TestTheStructureReportCountsByDemarche(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, inStead)
	s.give(t, func(x *vault.Terms) { inStead(x); x.Agent = s.Agents[vaulttest.Colleague] })
	gone := s.give(t, func(x *vault.Terms) { inStead(x); x.Purpose = "rsa" })
	s.give(t, nil)
	must(t, s.withdraw(t.Context(), gone.ID))
	right := []vault.InStead{{Purpose: "apl", Live: 2, Given: 2}, {Purpose: "rsa", Live: 0, Given: 1}}
	for when, before := range map[string]func(){"now": func() {}, "after a rebuild": func() { rebuild(t, s.House) }} {
		before()
		got, err := s.Keeper.StructureReport(t.Context(), s.Login(t, vaulttest.Manager))
		if err != nil || !slices.Equal(got.InStead, right) || len(got.Unattended) > 0 {
			t.Errorf("%s: %+v, %v", when, got, err)
		}
	}
	for _, who := range []string{vaulttest.Worker, vaulttest.Person, vaulttest.Stranger} {
		want(t, who, second(s.Keeper.StructureReport(t.Context(), s.Login(t, who))), vault.ErrDenied)
	}
}

// A consent that ends within thirty days is told to the access manager where its
// agent cannot be told any more; of a discreet safe nothing is.
func TestAConsentThatNobodyLooksAfterIsTold(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	manager := s.Login(t, vaulttest.Manager)
	told := func() []vault.Unattended {
		t.Helper()
		r, err := s.Keeper.StructureReport(t.Context(), manager)
		must(t, err)
		return r.Unattended
	}
	soon := s.give(t, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
	s.give(t, func(x *vault.Terms) { x.Replacement, x.Until = vault.ReplacementSuccessor, x.From.Add(60*oneDay) })
	if got := told(); len(got) > 0 {
		t.Errorf("the agent is there, and the manager is told %+v", got)
	}
	worker := s.Agents[vaulttest.Worker]
	must(t, second(s.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Request: vault.NewRequestID(), Agent: worker})))
	right := vault.Unattended{Agent: worker, Name: vaulttest.Worker, State: vault.AgentEnded, Consents: 1, First: soon.Terms.Until}
	if got := told(); len(got) != 1 || got[0] != right {
		t.Errorf("the manager is told %+v, want %+v", got, right)
	}
	s.person = s.Login(t, vaulttest.Person)
	discreet := func(d vault.Discretion) {
		t.Helper()
		must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: d})))
	}
	discreet(vault.DiscretionDiscreet)
	if got := told(); len(got) > 0 {
		t.Errorf("of a discreet safe: %+v", got)
	}
	discreet(vault.DiscretionNormal)
	must(t, second(s.Keeper.AssignSuccessor(t.Context(), manager, vault.AssignSuccessor{
		Request: vault.NewRequestID(), Agent: worker, Successor: s.Agents[vaulttest.Colleague], Function: vault.FunctionSocialWorker,
	})))
	if got := told(); len(got) > 0 {
		t.Errorf("somebody has taken over: %+v", got)
	}
}
