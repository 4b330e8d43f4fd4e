package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A sheet shown in an agent's session unlocks the consent on the screen and
// nothing else: the agent can open its papers, the session has unlocked nothing,
// and a new sheet is due.
func TestASheetOnAnAgentsScreenOpensOnlyTheConsent(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	before := s.Keeper.InMemory()
	proof := vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}
	given, err := s.offer(t.Context(), s.worker, s.terms(nil), vault.GiveConsent{Giving: aloud, Proof: proof})
	if err != nil || given.Documents != 2 {
		t.Fatalf("%+v, %v", given, err)
	}
	if after := s.Keeper.InMemory(); after != before {
		t.Errorf("%d things in memory, %d before", after, before)
	}
	equal(t, "reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	view, err := s.Keeper.View(t.Context(), s.person, s.opened.Safe)
	if err != nil || !view.RenewSheet {
		t.Errorf("a new sheet is not due: %+v, %v", view, err)
	}
	wrong := vault.Proof{Code: otherCode(t), PIN: vaulttest.PIN(t)}
	if _, err := s.offer(t.Context(), s.worker, s.terms(nil), vault.GiveConsent{Giving: aloud, Proof: wrong}); !errors.Is(err, vault.ErrCode) {
		t.Errorf("another sheet: %v", err)
	}
}

// The PIN alone gives what is entrusted, and nothing that lies locked.
func TestThePINGivesWhatIsEntrusted(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	pin := vault.Proof{PIN: vaulttest.PIN(t)}
	for name, c := range map[string]struct {
		scope    vault.Scope
		arrivals vault.Arrivals
		want     error
	}{
		"the drawer":                  {vault.Scope{Drawers: []papers.Drawer{"banque"}}, vault.ArrivalsToday, nil},
		"its kind":                    {vault.Scope{Kinds: []papers.Kind{"rib"}}, vault.ArrivalsToday, nil},
		"its paper":                   {vault.Scope{Documents: []vault.DocumentID{s.docs["rib"]}}, vault.ArrivalsToday, nil},
		"another drawer":              {vault.Scope{Drawers: []papers.Drawer{"logement"}}, vault.ArrivalsToday, vault.ErrNeedsSheet},
		"both":                        {vault.Scope{Drawers: []papers.Drawer{"banque", "logement"}}, vault.ArrivalsToday, vault.ErrNeedsSheet},
		"another paper":               {vault.Scope{Documents: []vault.DocumentID{s.docs["bail"]}}, vault.ArrivalsToday, vault.ErrNeedsSheet},
		"both, and what arrives":      {vault.Scope{Drawers: []papers.Drawer{"banque", "logement"}}, vault.ArrivalsToo, nil},
		"a paper that does not exist": {vault.Scope{Documents: []vault.DocumentID{vault.NewDocumentID()}}, vault.ArrivalsToday, vault.ErrNeedsSheet},
	} {
		terms := s.terms(func(x *vault.Terms) { x.Scope, x.Arrivals = c.scope, c.arrivals })
		given, err := s.offer(t.Context(), s.worker, terms, vault.GiveConsent{Giving: aloud, Proof: pin})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
			continue
		}
		if err != nil {
			continue
		}
		equal(t, name, s.reads(t, s.worker), "rib")
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
			t.Fatal(err)
		}
	}
	// A counter session by PIN reaches as far.
	visitor := s.Visit(t, s.Sit(t, vaulttest.Counter), vault.OpenCounter{Safe: s.opened.Safe, Proof: pin})
	there := aloud
	there.Method = vault.MethodCounter
	if _, err := s.offer(t.Context(), visitor, s.terms(nil), vault.GiveConsent{Giving: there}); !errors.Is(err, vault.ErrNeedsSheet) {
		t.Errorf("a locked drawer in a counter session by PIN: %v", err)
	}
	bank := s.terms(func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"banque"} })
	if _, err := s.offer(t.Context(), visitor, bank, vault.GiveConsent{Giving: there}); err != nil {
		t.Errorf("an entrusted drawer in a counter session by PIN: %v", err)
	}
}

// Without sheet, PIN or login a consent covers what is put in from now on, and
// nothing that is there.
func TestWithoutAnyKeyAConsentIsForWhatArrives(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	if _, err := s.offer(t.Context(), s.worker, s.terms(nil), vault.GiveConsent{Giving: aloud}); !errors.Is(err, vault.ErrNeedsSheet) {
		t.Errorf("today's papers without a key: %v", err)
	}
	arrives := s.terms(func(x *vault.Terms) { x.Arrivals = vault.ArrivalsToo })
	given, err := s.offer(t.Context(), s.worker, arrives, vault.GiveConsent{Giving: aloud})
	if err != nil || given.Documents != 0 {
		t.Fatalf("%+v, %v", given, err)
	}
	equal(t, "reads", s.reads(t, s.worker))
	s.put(t, s.Login(t, vaulttest.Counter), "facture-eau")
	s.put(t, s.person, "passeport")
	equal(t, "reads what arrived", s.reads(t, s.worker), "facture-eau")
	// Locked, in the person's own session, it is the same.
	locked := s.Login(t, vaulttest.Person)
	if _, err := s.offer(t.Context(), locked, s.terms(nil), vault.GiveConsent{Giving: inPerson}); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("today's papers from a locked session: %v", err)
	}
	if _, err := s.offer(t.Context(), locked, arrives, vault.GiveConsent{Giving: inPerson}); err != nil {
		t.Errorf("what arrives, from a locked session: %v", err)
	}
	// With the sheet it may be today's papers too: the code alone, in one's own login.
	if _, err := s.offer(t.Context(), locked, s.terms(nil), vault.GiveConsent{Giving: inPerson, Proof: vault.Proof{Code: s.opened.Code}}); err != nil {
		t.Errorf("with the code: %v", err)
	}
}

// "Today's papers" stays so; "and what arrives" lets in what is put in, not what
// somebody moves there. What leaves the scope leaves the bundle, whoever moves
// it, and a new description reaches who may see it.
func TestWhatJoinsAndWhatLeaves(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	today := s.give(t, nil)
	colleague := s.Login(t, vaulttest.Colleague)
	s.give(t, func(x *vault.Terms) {
		x.Agent, x.Arrivals = s.Agents[vaulttest.Colleague], vault.ArrivalsToo
		x.Actions |= vault.ActionDescribe
	})
	reception := s.Login(t, vaulttest.Counter)
	s.put(t, reception, "facture-eau")
	equal(t, "today's", s.reads(t, s.worker), "bail", "quittance-loyer")
	equal(t, "and what arrives", s.sees(t, colleague), "bail", "facture-eau", "quittance-loyer")
	move := func(who session.Principal, kind string, to papers.Drawer) {
		t.Helper()
		if err := s.Keeper.Change(t.Context(), who, vault.Change{Safe: s.opened.Safe, Document: s.docs[kind], Drawer: &to}); err != nil {
			t.Fatalf("%s to %s: %v", kind, to, err)
		}
	}
	// While nobody has read it, reception puts a wrong deposit right: out of one drawer, and back into it.
	move(reception, "facture-eau", "sante")
	equal(t, "moved out by its depositor", s.sees(t, colleague), "bail", "quittance-loyer")
	move(reception, "facture-eau", "logement")
	equal(t, "moved back by its depositor", s.sees(t, colleague), "bail", "quittance-loyer")
	// The person's own unlocked session lets it in again.
	move(s.person, "facture-eau", "logement")
	equal(t, "moved by the person", s.reads(t, colleague), "bail", "facture-eau", "quittance-loyer")
	equal(t, "today's, all along", s.reads(t, s.worker), "bail", "quittance-loyer")
	// An agent who may describe takes out, and never in: not even where they see.
	move(colleague, "bail", "sante")
	equal(t, "moved by an agent", s.reads(t, colleague), "facture-eau", "quittance-loyer")
	equal(t, "for everybody", s.reads(t, s.worker), "quittance-loyer")
	title := "autre titre"
	if err := s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs["quittance-loyer"], Title: &title}); err != nil {
		t.Fatal(err)
	}
	docs, err := s.Keeper.List(t.Context(), s.worker, vault.List{Safe: s.opened.Safe, Limit: 10})
	if err != nil || len(docs) != 1 || docs[0].Description.Title != title {
		t.Errorf("the agent sees %+v, %v", docs, err)
	}
	equal(t, "still readable", s.reads(t, s.worker), "quittance-loyer")
	if err := s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.docs["quittance-loyer"]}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.ID == today.ID && c.Documents != 0 {
			t.Errorf("a consent over %d papers that are gone", c.Documents)
		}
	}
	if n := s.Keeper.PieceKeys(t, s.opened.Safe); n != 1 {
		t.Errorf("%d file keys in bundles, want that of one paper", n)
	}
}

// A paper already there joins by the person's own unlocked session only, and only
// where the text speaks of it.
func TestOnlyThePersonWidens(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	given := s.give(t, nil)
	s.put(t, s.person, "facture-eau")
	widen := func(who session.Principal, kinds ...string) error {
		act := vault.WidenConsent{Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: given.ID}
		for _, kind := range kinds {
			act.Documents = append(act.Documents, s.docs[kind])
		}
		return second(s.Keeper.WidenConsent(t.Context(), who, act))
	}
	for name, c := range map[string]struct {
		who  session.Principal
		want error
	}{
		"the agent":             {s.worker, vault.ErrNotFound},
		"reception":             {s.Login(t, vaulttest.Counter), vault.ErrNotFound},
		"the person, locked":    {s.Login(t, vaulttest.Person), vault.ErrLocked},
		"the person, by PIN":    {s.Visit(t, s.Sit(t, vaulttest.Counter), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}}), vault.ErrNotFound},
		"somebody else's login": {s.Login(t, vaulttest.Stranger), vault.ErrNotFound},
	} {
		if err := widen(c.who, "facture-eau"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	equal(t, "reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	for _, kind := range []string{"rib", "cni"} {
		if invalid, ok := errors.AsType[*vault.InvalidError](widen(s.person, kind)); !ok || invalid.Field != "documents" {
			t.Errorf("a paper the text does not speak of: %v", invalid)
		}
	}
	if err := widen(s.person, "facture-eau", "bail"); err != nil {
		t.Fatal(err)
	}
	equal(t, "reads", s.reads(t, s.worker), "bail", "facture-eau", "quittance-loyer")
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Fatal(err)
	}
	if err := widen(s.person, "facture-eau"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("widening what ended: %v", err)
	}
}

// renew asks for a later end of a consent, as somebody.
func (s *helped) renew(t testing.TB, who session.Principal, old vault.Consent, until time.Time, act vault.RenewConsent) (vault.Consent, error) {
	t.Helper()
	terms := old.Terms
	terms.Until = until
	shown, err := s.Keeper.ShowConsent(t.Context(), who, terms)
	if err != nil {
		return vault.Consent{}, err
	}
	act.Safe, act.Consent, act.Until, act.Shown = s.opened.Safe, old.ID, until, shown.Digest
	return s.Keeper.RenewConsent(t.Context(), who, act)
}

// Renewing needs no sheet: the keeper seals the same papers anew, and the new
// consent takes the place of the old one. Unproved, it goes once.
func TestRenewingNeedsNoSheet(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	given := s.give(t, nil)
	s.put(t, s.person, "facture-eau") // came later: not among these papers
	until := given.Terms.Until.Add(10 * oneDay)
	if _, err := s.renew(t, s.Login(t, vaulttest.Counter), given, until, vault.RenewConsent{Giving: aloud}); err == nil {
		t.Error("renewed by somebody whom it does not name")
	}
	if _, err := s.renew(t, s.worker, given, given.Terms.Until, vault.RenewConsent{Giving: aloud}); err == nil {
		t.Error("renewed to the same end")
	}
	silentAgent := aloud
	silentAgent.Witness = ""
	if _, err := s.renew(t, s.worker, given, until, vault.RenewConsent{Giving: silentAgent}); err == nil {
		t.Error("renewed by the agent alone")
	}
	first, err := s.renew(t, s.worker, given, until, vault.RenewConsent{Giving: aloud})
	if err != nil || first.ID == given.ID || first.Documents != 2 || !first.Terms.Until.Equal(until) || !first.Terms.From.Equal(given.Terms.From) {
		t.Fatalf("%+v, %v", first, err)
	}
	equal(t, "reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(list) != 2 || list[1].ID != given.ID && list[0].ID != given.ID {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, c := range list {
		if c.ID == given.ID && c.Ended != vault.EndedRenewed {
			t.Errorf("the old one ended by %v", c.Ended)
		}
	}
	// Once more in the same way: now the person has to be there in a way that is
	// proved.
	later := until.Add(10 * oneDay)
	if _, err := s.renew(t, s.worker, first, later, vault.RenewConsent{Giving: aloud}); !errors.Is(err, vault.ErrPresence) {
		t.Errorf("renewed twice on the agent's word: %v", err)
	}
	proved, err := s.renew(t, s.worker, first, later, vault.RenewConsent{Giving: aloud, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
	if err != nil {
		t.Fatalf("with the PIN: %v", err)
	}
	if _, err := s.renew(t, s.Login(t, vaulttest.Person), proved, later.Add(oneDay), vault.RenewConsent{Giving: inPerson}); err != nil {
		t.Errorf("from the person's own locked session: %v", err)
	}
	equal(t, "reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	// Withdrawing the last of them leaves nothing.
	list, err = s.Keeper.Consents(t.Context(), s.worker, s.opened.Safe)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.State == vault.ConsentLive {
			if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}); err != nil {
				t.Fatal(err)
			}
		}
	}
	equal(t, "reads", s.reads(t, s.worker))
}

// Nothing outside the bundle opens for an agent even where a check is missing: a
// permit decided on a forged consent finds no key.
func TestAForgedPermitFindsNoKey(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	given := s.give(t, nil)
	for kind, doc := range s.docs {
		inside := kind == "bail" || kind == "quittance-loyer"
		err := s.Keeper.ReleaseForged(t, s.worker, s.opened.Safe, given.ID, doc)
		if inside && err != nil {
			t.Errorf("%q lies in the bundle: %v", kind, err)
		}
		if !inside && !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%q lies outside the bundle: %v", kind, err)
		}
		// A consent that does not exist, and one that was only asked for, open nothing.
		if err := s.Keeper.ReleaseForged(t, s.worker, s.opened.Safe, vault.NewConsentID(), doc); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%q by an invented consent: %v", kind, err)
		}
	}
	asked, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keeper.ReleaseForged(t, s.worker, s.opened.Safe, asked.ID, s.docs["bail"]); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("by a request: %v", err)
	}
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Fatal(err)
	}
	if err := s.Keeper.ReleaseForged(t, s.worker, s.opened.Safe, given.ID, s.docs["bail"]); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("by a consent that was withdrawn: %v", err)
	}
	// To see is not to read, in keys: of what is there, and of what arrives.
	seen := s.give(t, func(x *vault.Terms) { x.Actions, x.Arrivals = vault.ActionSee, vault.ArrivalsToo })
	s.put(t, s.person, "quittance-loyer")
	for _, kind := range []string{"bail", "quittance-loyer"} {
		if err := s.Keeper.ReleaseForged(t, s.worker, s.opened.Safe, seen.ID, s.docs[kind]); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%q, which may be seen: %v", kind, err)
		}
	}
}

// Over 182 days a second agent is needed, and a proof of identity that is fresh;
// over 365 days nothing helps.
func TestALongConsentNeedsASecondAgent(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.Stop(t)
	s.Config.ConsentDays = vault.ConsentDaysLong
	s.Start(t)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	terms := s.terms(func(x *vault.Terms) { x.Until = x.From.Add(300 * oneDay) })
	_, err := s.offer(t.Context(), s.person, terms, vault.GiveConsent{Giving: inPerson})
	waits, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok || waits.Approval.IsZero() {
		t.Fatalf("300 days by the person alone: %v", err)
	}
	again := vault.GiveConsent{Giving: inPerson, Approval: waits.Approval}
	if _, err := s.offer(t.Context(), s.person, terms, again); err == nil {
		t.Error("given before anybody approved")
	}
	if err := s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Colleague), waits.Approval); err != nil {
		t.Fatal(err)
	}
	longer := terms
	longer.Until = longer.Until.Add(oneDay)
	if _, err := s.offer(t.Context(), s.person, longer, again); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("another consent than the one approved: %v", err)
	}
	if _, err := s.offer(t.Context(), s.person, terms, again); err != nil {
		t.Errorf("approved: %v", err)
	}
	if _, err := s.offer(t.Context(), s.person, terms, again); err == nil {
		t.Error("one approval for two consents")
	}
	if _, err := s.offer(t.Context(), s.person, s.terms(func(x *vault.Terms) { x.Until = x.From.Add(366 * oneDay) }), again); err == nil {
		t.Error("366 days")
	}
}

// For a long one the person proves anew who they are; at the end of a côte-à-côte
// session there is none, whatever the configuration allows.
func TestALongConsentNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		f.Stop(t)
		f.Config.ConsentDays = vault.ConsentDaysLong
		f.Start(t)
		f.worker = sit(t, f.House, vaulttest.Worker)
		person := f.Unlocked(t, vaulttest.Person, f.opened)
		side, err := f.start(t, f.terms("impots"), f.proof(t, rightPIN, true))
		must(t, err)
		terms := f.terms("impots")
		terms.Presence = vault.PresenceNot
		terms.From, terms.Until = side.Until.Add(-vault.PresenceTime), time.Now().Add(200*oneDay).UTC().Truncate(time.Second)
		shown, err := f.Keeper.ShowConsent(t.Context(), f.worker.Principal, terms)
		must(t, err)
		if _, err := f.Keeper.EndSideBySide(t.Context(), f.worker.Principal, vault.EndSideBySide{
			Request: vault.NewRequestID(), Safe: f.opened.Safe, Until: terms.Until, Shown: shown.Digest, Giving: said(), Proof: f.proof(t, rightPIN, false),
		}); !saysInvalid(err) {
			t.Errorf("200 days at the end of a session: %v", err)
		}
		give := func() error {
			return second(f.Keeper.GiveConsent(t.Context(), person, vault.GiveConsent{Safe: f.opened.Safe, Terms: terms, Shown: shown.Digest, Giving: inPerson}))
		}
		_ = waits(t, give())
		time.Sleep(6 * time.Minute)
		want(t, "six minutes after the login", give(), vault.ErrStepUp)
	})
}
