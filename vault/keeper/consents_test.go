package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

const oneDay = 24 * time.Hour

// A helped is a safe whose owner is helped by a social worker: papers in four
// drawers, one of them entrusted, and a PIN.
type helped struct {
	*vaulttest.House
	opened vault.OpenedSafe
	person session.Principal // unlocked
	worker session.Principal
	docs   map[string]vault.DocumentID
	bodies map[string][]byte
}

// paperKinds are the papers of a helped safe: one of each kind, by the kind's
// own name; "" lies in "à trier".
var paperKinds = []papers.Kind{"", "bail", "quittance-loyer", "rib", "cni", "avis-imposition"}

func newHelped(t testing.TB) *helped {
	t.Helper()
	h := vaulttest.New(t)
	s := &helped{House: h, docs: map[string]vault.DocumentID{}, bodies: map[string][]byte{}}
	s.opened = h.OpenSafeAt(t, vaulttest.Counter, vaulttest.Person, vault.OpenSafe{PIN: vaulttest.PIN(t)})
	s.person = h.Unlocked(t, vaulttest.Person, s.opened)
	s.worker = h.Login(t, vaulttest.Worker)
	for _, kind := range paperKinds {
		s.put(t, s.person, kind)
	}
	if _, err := h.Keeper.Entrust(t.Context(), s.person, vault.Entrust{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "banque", Agreement: "1",
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// put deposits a paper of one kind, called by its kind.
func (s *helped) put(t testing.TB, who session.Principal, kind papers.Kind) {
	t.Helper()
	body := vaulttest.Text("papier "+string(kind), 5000)
	r, err := s.Deposit(t.Context(), who, s.opened.Safe, vaulttest.Paper{Title: "titre " + string(kind), Kind: kind, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	s.docs[string(kind)], s.bodies[string(kind)] = r[0].Document, body
}

// terms are a consent for the worker over one drawer, for a week.
func (s *helped) terms(edit func(*vault.Terms)) vault.Terms {
	from := time.Now().UTC().Truncate(time.Second)
	t := vault.Terms{
		Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker,
		Purpose: "apl", Precise: "remplir la demande avec la personne", Posture: vault.PostureWith,
		Actions: vault.ActionSee | vault.ActionRead, Scope: vault.Scope{Drawers: []papers.Drawer{"logement"}},
		Presence: vault.PresenceNot, From: from, Until: from.Add(7 * oneDay), Language: "fr",
	}
	if edit != nil {
		edit(&t)
	}
	return t
}

// inPerson is how somebody agrees in their own session.
var inPerson = vault.Giving{Method: vault.MethodSession, Company: vault.CompanyAlone, Protection: vault.ProtectionNone}

// aloud is how somebody agrees in the session of the agent.
var aloud = vault.Giving{Method: vault.MethodOral, Witness: "Interprète Fictif", Company: vault.CompanyWanted, Protection: vault.ProtectionNone}

// offer shows terms and gives the consent, as somebody.
func (s *helped) offer(ctx context.Context, who session.Principal, terms vault.Terms, act vault.GiveConsent) (vault.Consent, error) {
	shown, err := s.Keeper.ShowConsent(ctx, who, terms)
	if err != nil {
		return vault.Consent{}, err
	}
	act.Safe, act.Terms, act.Shown = s.opened.Safe, terms, shown.Digest
	return s.Keeper.GiveConsent(ctx, who, act)
}

// give is offer by the person, and must work.
func (s *helped) give(t testing.TB, edit func(*vault.Terms)) vault.Consent {
	t.Helper()
	c, err := s.offer(t.Context(), s.person, s.terms(edit), vault.GiveConsent{Giving: inPerson})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sees are the kinds of the papers that somebody is listed.
func (s *helped) sees(t testing.TB, who session.Principal) []string {
	t.Helper()
	docs, err := s.Keeper.List(t.Context(), who, vault.List{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, d := range docs {
		kinds = append(kinds, string(d.Description.Kind))
	}
	slices.Sort(kinds)
	return kinds
}

// reads are the kinds of the papers that somebody can read, each tried.
func (s *helped) reads(t testing.TB, who session.Principal) []string {
	t.Helper()
	kinds := []string{}
	for kind, doc := range s.docs {
		b, err := s.Read(t.Context(), who, s.opened.Safe, doc, 0)
		switch {
		case err == nil && bytes.Equal(b, s.bodies[kind]):
			kinds = append(kinds, kind)
		case err == nil:
			t.Errorf("%q came out altered", kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func (s *helped) readErr(who session.Principal, kind string) error {
	return second(s.Read(context.Background(), who, s.opened.Safe, s.docs[kind], 0))
}

func equal(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// A request, the person's yes, and what it opens: exactly the papers it names,
// for exactly the agent it names. Withdrawn, nothing of it is left, and the agent
// is told why.
func TestAConsentOpensWhatItNames(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("without a consent: %v", err)
	}
	asked, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Request: vault.NewRequestID(), Terms: s.terms(nil)})
	if err != nil || asked.State != vault.ConsentAsked || asked.Shown.Text == "" {
		t.Fatalf("asked: %+v, %v", asked, err)
	}
	if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a request opens: %v", err)
	}
	given, err := s.Keeper.GiveConsent(t.Context(), s.person, vault.GiveConsent{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: inPerson,
	})
	if err != nil || given.ID != asked.ID || given.State != vault.ConsentLive || given.Documents != 2 || given.Shown != asked.Shown {
		t.Fatalf("given: %+v, %v", given, err)
	}
	equal(t, "the worker sees", s.sees(t, s.worker), "bail", "quittance-loyer")
	equal(t, "the worker reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	for _, other := range []string{vaulttest.Colleague, vaulttest.Counter, vaulttest.Manager, vaulttest.DPO, vaulttest.Stranger} {
		if err := s.readErr(s.Login(t, other), "bail"); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%s: %v", other, err)
		}
	}
	// L-58: as many steps as to give.
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Fatal(err)
	}
	ended, ok := errors.AsType[*vault.EndedError](s.readErr(s.worker, "bail"))
	if !ok || ended.Consent != given.ID || ended.Why != vault.EndedWithdrawn {
		t.Errorf("after a withdrawal the worker is told %v", ended)
	}
	if err := s.readErr(s.Login(t, vaulttest.Colleague), "bail"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a colleague is told %v", err)
	}
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Errorf("withdrawn twice: %v", err)
	}
}

// "See" and "read" differ in keys: with the one, the description is there and the
// content is not.
func TestSeeingIsNotReading(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, func(x *vault.Terms) { x.Actions = vault.ActionSee })
	equal(t, "sees", s.sees(t, s.worker), "bail", "quittance-loyer")
	equal(t, "reads", s.reads(t, s.worker))
	if err := s.readErr(s.worker, "bail"); !errors.Is(err, vault.ErrDenied) {
		t.Errorf("reading what may be seen: %v", err)
	}
	if keys := s.Keeper.PieceKeys(t, s.opened.Safe); keys != 0 {
		t.Errorf("%d file keys in a bundle that lets papers be seen", keys)
	}
}

// The scopes: papers one by one, kinds, drawers, and where none is named the
// kinds that the démarche asks (N2).
func TestAScopeIsExactlyWhatItNames(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	for name, c := range map[string]struct {
		edit func(*vault.Terms)
		want []string
	}{
		"one paper":  {func(x *vault.Terms) { x.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs["cni"]}} }, []string{"cni"}},
		"a kind":     {func(x *vault.Terms) { x.Scope = vault.Scope{Kinds: []papers.Kind{"bail"}} }, []string{"bail"}},
		"a drawer":   {nil, []string{"bail", "quittance-loyer"}},
		"à trier":    {func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{papers.Unsorted} }, []string{""}},
		"a démarche": {func(x *vault.Terms) { x.Scope = vault.Scope{} }, []string{"cni", "rib"}},
		"several": {func(x *vault.Terms) {
			x.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs[""]}, Kinds: []papers.Kind{"rib"}, Drawers: []papers.Drawer{"impots"}}
		}, []string{"", "avis-imposition", "rib"}},
	} {
		given := s.give(t, c.edit)
		equal(t, name, s.reads(t, s.worker), c.want...)
		if given.Documents != len(c.want) {
			t.Errorf("%s: %d papers, want %d", name, given.Documents, len(c.want))
		}
		if name == "a démarche" && len(given.Terms.Scope.Kinds) == 0 {
			t.Error("the kinds of the démarche are not frozen in the terms")
		}
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
			t.Fatal(err)
		}
		equal(t, name+", withdrawn", s.reads(t, s.worker))
	}
}

// What nobody may agree to is refused by the field that is wrong.
func TestTermsHaveBounds(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	everyDrawer := func() (all []papers.Drawer) {
		for _, d := range s.Config.Kinds.Drawers() {
			if d.Code != papers.Unsorted {
				all = append(all, d.Code)
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		edit  func(*vault.Terms)
		field string // empty: it is accepted
	}{
		"as it is":               {nil, ""},
		"182 days":               {func(x *vault.Terms) { x.Until = x.From.Add(182 * oneDay) }, ""},
		"183 days":               {func(x *vault.Terms) { x.Until = x.From.Add(183 * oneDay) }, "terms.until"},
		"no length":              {func(x *vault.Terms) { x.Until = x.From }, "terms.until"},
		"over already":           {func(x *vault.Terms) { x.From, x.Until = x.From.Add(-3*oneDay), x.From.Add(-oneDay) }, "terms.until"},
		"begins in a year":       {func(x *vault.Terms) { x.From, x.Until = x.From.Add(365*oneDay), x.From.Add(366*oneDay) }, "terms.from"},
		"another agent's":        {func(x *vault.Terms) { x.Agent = vault.NewAgentID() }, "terms.agent"},
		"function not theirs":    {func(x *vault.Terms) { x.Function = vault.FunctionWorkshopLeader }, "terms.agent"},
		"no démarche":            {func(x *vault.Terms) { x.Purpose = "" }, "terms.purpose"},
		"unknown démarche":       {func(x *vault.Terms) { x.Purpose = "invention" }, "terms.purpose"},
		"nothing precise":        {func(x *vault.Terms) { x.Precise = "  " }, "terms.precise"}, // L-70
		"too much precise":       {func(x *vault.Terms) { x.Precise = string(bytes.Repeat([]byte("é"), 301)) }, "terms.precise"},
		"two lines":              {func(x *vault.Terms) { x.Precise = "a\nb" }, "terms.precise"},
		"no posture":             {func(x *vault.Terms) { x.Posture = 0 }, "terms.posture"}, // L-69
		"je fais, no reason":     {func(x *vault.Terms) { x.Posture = vault.PostureInStead }, "terms.reason"},
		"je fais, with a reason": {func(x *vault.Terms) { x.Posture, x.Reason = vault.PostureInStead, "la personne ne voit pas" }, ""}, // L-75
		"a reason for nothing":   {func(x *vault.Terms) { x.Reason = "parce que" }, "terms.reason"},
		"no action":              {func(x *vault.Terms) { x.Actions = 0 }, "terms.actions"},
		"unknown action":         {func(x *vault.Terms) { x.Actions |= 1 << 7 }, "terms.actions"},
		"every drawer":           {func(x *vault.Terms) { x.Scope.Drawers = everyDrawer() }, "terms.scope"},
		"all drawers but one":    {func(x *vault.Terms) { x.Scope.Drawers = everyDrawer()[1:] }, ""},
		"unknown drawer":         {func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"cave"} }, "terms.scope.drawers"},
		"unknown kind":           {func(x *vault.Terms) { x.Scope.Kinds = []papers.Kind{"inconnu"} }, "terms.scope.kinds"},
		"no paper at all": {func(x *vault.Terms) {
			x.Purpose, x.Scope = "tri", vault.Scope{}
		}, "terms.scope"},
		"a secret of a drawer": {func(x *vault.Terms) { x.Actions |= vault.ActionReveal }, "terms.scope"},
		"a secret of one memo": {func(x *vault.Terms) {
			x.Actions, x.Scope = vault.ActionReveal, vault.Scope{Documents: []vault.DocumentID{s.docs["cni"]}}
		}, ""},
		"a language of no one": {func(x *vault.Terms) { x.Language = "f" }, "terms.language"},
		"reception reads": {func(x *vault.Terms) {
			x.Agent, x.Function = s.Agents[vaulttest.Counter], vault.FunctionReception
		}, "terms.actions"},
		"reception sees": {func(x *vault.Terms) {
			x.Agent, x.Function, x.Actions = s.Agents[vaulttest.Counter], vault.FunctionReception, vault.ActionSee
		}, ""},
		"a volunteer alone": {func(x *vault.Terms) {
			x.Agent, x.Function = s.Agents[vaulttest.Civic], vault.FunctionCivicService
		}, "terms.presence"},
		"a volunteer beside": {func(x *vault.Terms) {
			x.Agent, x.Function, x.Presence = s.Agents[vaulttest.Civic], vault.FunctionCivicService, vault.PresenceNeeded
		}, ""},
		"an access manager": {func(x *vault.Terms) {
			x.Agent, x.Function = s.Agents[vaulttest.Manager], vault.FunctionAccessManager
		}, "terms.actions"},
	} {
		_, err := s.offer(t.Context(), s.person, s.terms(c.edit), vault.GiveConsent{Giving: inPerson})
		invalid, ok := errors.AsType[*vault.InvalidError](err)
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.field != "" && (!ok || invalid.Field != c.field):
			t.Errorf("%s: %v, want a word about %s", name, err, c.field)
		}
	}
}

// How an agreement is expressed belongs to where it is expressed, and names who
// was there.
func TestAnAgreementSaysHowItWasExpressed(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	visitor := s.Visit(t, s.Sit(t, vaulttest.Counter), vault.OpenCounter{
		Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)},
	})
	places := map[string]struct {
		who   session.Principal
		proof vault.Proof
		right []vault.Method
	}{
		"own session":     {s.person, vault.Proof{}, []vault.Method{vault.MethodSession}},
		"counter session": {visitor, vault.Proof{}, []vault.Method{vault.MethodCounter, vault.MethodOral, vault.MethodPictogram}},
		"agent's session": {s.worker, vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}, []vault.Method{vault.MethodOral, vault.MethodPictogram}},
	}
	for name, p := range places {
		for m := range vault.MethodPictogram + 2 {
			g := aloud
			g.Method = m
			_, err := s.offer(t.Context(), p.who, s.terms(nil), vault.GiveConsent{Giving: g, Proof: p.proof})
			if right := slices.Contains(p.right, m); right != (err == nil) {
				t.Errorf("%s, %v: %v", name, m, err)
			}
		}
	}
	for field, edit := range map[string]func(*vault.Giving){
		"giving.witness":    func(g *vault.Giving) { g.Witness = "" },
		"giving.company":    func(g *vault.Giving) { g.Company = 0 },
		"giving.protection": func(g *vault.Giving) { g.Protection = 0 }, // L-87
	} {
		g := aloud
		edit(&g)
		_, err := s.offer(t.Context(), visitor, s.terms(nil), vault.GiveConsent{Giving: g})
		if invalid, ok := errors.AsType[*vault.InvalidError](err); !ok || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	represented := inPerson
	represented.Protection = vault.ProtectionRepresented
	if _, err := s.offer(t.Context(), s.person, s.terms(nil), vault.GiveConsent{Giving: represented}); err == nil {
		t.Error("a representative who has no name")
	}
}

// What is agreed to is what was shown: another digest is refused, and so are the
// same words about other papers.
func TestTheTextAgreedToIsTheTextShown(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	one := s.terms(func(x *vault.Terms) { x.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs["cni"]}} })
	shown, err := s.Keeper.ShowConsent(t.Context(), s.person, one)
	if err != nil {
		t.Fatal(err)
	}
	other := one
	other.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs["rib"]}}
	same, err := s.Keeper.ShowConsent(t.Context(), s.person, other)
	if err != nil || same.Text != shown.Text {
		t.Fatalf("one paper reads like another: %v", err)
	}
	for name, act := range map[string]vault.GiveConsent{
		"no digest":     {Terms: one},
		"another paper": {Terms: other, Shown: shown.Digest},
	} {
		act.Safe, act.Giving = s.opened.Safe, inPerson
		if _, err := s.Keeper.GiveConsent(t.Context(), s.person, act); !errors.Is(err, vault.ErrTextChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	equal(t, "reads", s.reads(t, s.worker))
}

// Who may ask, answer and end, and who may not: to everybody else there is no
// such consent.
func TestConsentsAreTheBusinessOfThoseTheyName(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	ask := func() vault.Consent {
		c, err := s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	asked := ask()
	colleague, reception := s.Login(t, vaulttest.Colleague), s.Login(t, vaulttest.Counter)
	proof := vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}
	for name, try := range map[string]func() error{
		"asking for a colleague": func() error {
			return second(s.Keeper.AskConsent(t.Context(), colleague, vault.AskConsent{Terms: s.terms(nil)}))
		},
		"answering for a colleague": func() error {
			return second(s.Keeper.GiveConsent(t.Context(), colleague, vault.GiveConsent{
				Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: aloud, Proof: proof,
			}))
		},
		"a stranger answers": func() error {
			return second(s.Keeper.GiveConsent(t.Context(), s.Login(t, vaulttest.Stranger), vault.GiveConsent{
				Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: inPerson,
			}))
		},
		"a stranger refuses": func() error {
			return s.Keeper.RefuseConsent(t.Context(), s.Login(t, vaulttest.Stranger), vault.EndConsent{Safe: s.opened.Safe, Consent: asked.ID})
		},
		"refusing what nobody asked": func() error {
			return s.Keeper.RefuseConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: vault.NewConsentID()})
		},
		"answering what nobody asked": func() error {
			return second(s.Keeper.GiveConsent(t.Context(), s.person, vault.GiveConsent{Safe: s.opened.Safe, Consent: vault.NewConsentID(), Giving: inPerson}))
		},
		"withdrawing what nobody gave": func() error {
			return s.Keeper.WithdrawConsent(t.Context(), reception, vault.EndConsent{Safe: s.opened.Safe, Consent: vault.NewConsentID()})
		},
	} {
		if err := try(); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Keeper.RefuseConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: asked.ID}); err != nil {
		t.Fatal(err)
	}
	late := vault.GiveConsent{Safe: s.opened.Safe, Consent: asked.ID, Shown: asked.Shown.Digest, Giving: inPerson}
	if _, err := s.Keeper.GiveConsent(t.Context(), s.person, late); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a yes after the no: %v", err)
	}
	// The agent takes a request back; reception refuses another on the person's word.
	if err := s.Keeper.WithdrawConsent(t.Context(), s.worker, vault.EndConsent{Safe: s.opened.Safe, Consent: ask().ID}); err != nil {
		t.Error(err)
	}
	if err := s.Keeper.RefuseConsent(t.Context(), reception, vault.EndConsent{Safe: s.opened.Safe, Consent: ask().ID}); err != nil {
		t.Error(err)
	}
	given := s.give(t, nil)
	if err := s.Keeper.RefuseConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("refusing what was agreed to: %v", err)
	}
	if err := s.Keeper.WithdrawConsent(t.Context(), reception, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
		t.Errorf("by reception, on the person's word: %v", err)
	}
	why := map[vault.EndReason]int{}
	list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
	for _, c := range list {
		why[c.Ended]++
	}
	if err != nil || why[vault.EndedRefused] != 2 || why[vault.EndedWithdrawn] != 2 || len(list) != 4 {
		t.Errorf("the person reads %v, %v", why, err)
	}
}

// An agent asks a few times, not over and over.
func TestAPersonIsNotBesieged(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	var err error
	n := 0
	for ; err == nil && n < 20; n++ {
		_, err = s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{Terms: s.terms(nil)})
	}
	if !errors.Is(err, vault.ErrLimit) || n != 6 {
		t.Errorf("%d requests, then %v", n-1, err)
	}
}
