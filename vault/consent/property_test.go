package consent_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// A source draws numbers below n: at random, or from the bytes of a fuzzer.
type source func(n int) int

func bytesSource(b []byte) source {
	return func(n int) int {
		if len(b) == 0 {
			return 0
		}
		v := int(b[0])
		b = b[1:]
		return v % n
	}
}

func (draw source) yes() bool { return draw(2) == 1 }

// instant is one of a few, so that bounds are met.
func (draw source) instant() time.Time {
	from, _ := week()
	return from.Add(time.Duration(draw(6)-2)*24*time.Hour + time.Duration(draw(3)-1))
}

func (draw source) grant() Grant {
	g := Grant{
		Consent: vault.ConsentID{byte(1 + draw(200))}, Actions: vault.Action(draw(32)), Function: vault.Function(draw(9)),
		Presence: vault.Presence(draw(2)), From: draw.instant(), Until: draw.instant(), Covers: draw.yes(), Names: draw.yes(),
	}
	if draw(4) == 0 {
		g.Ended, g.EndedAt = vault.EndReason(1+draw(10)), draw.instant()
	}
	if draw(20) == 0 {
		g = Grant{}
	}
	return g
}

func (draw source) standing() Standing {
	s := Standing{
		Exists: draw(8) > 0, Owner: draw(6) == 0, Visit: draw(8) == 0, Deposited: draw(8) == 0, Frozen: draw(6) == 0,
		Reach: vault.Reach(draw(3)), Entrusted: draw.yes(), Fresh: draw.yes(), Present: draw.yes(), Ours: draw.yes(),
		Shared: draw.yes(), Relayed: draw.yes(), Guides: draw.yes(), Now: draw.instant(),
	}
	if draw(10) == 0 {
		s.Partner, s.Addressed = vault.PartnerID{1}, draw.yes()
	}
	if draw(5) > 0 {
		s.Agent = Agent{
			ID: vault.AgentID{1}, Functions: vault.FunctionSet(draw(256)), Until: draw.instant().Add(240 * time.Hour), State: vault.AgentState(draw(4)),
			SecondFactor: draw(5) > 0, ShutOut: draw(8) == 0, Waits: draw(10) == 0,
		}
		if draw(3) > 0 {
			s.Agent.State = vault.AgentActive
		}
	}
	for range draw(4) {
		s.Grants = append(s.Grants, draw.grant())
	}
	return s
}

func (draw source) request() Request {
	acts := []vault.Act{
		vault.ActRead, vault.ActList, vault.ActReveal, vault.ActChangeMemo, vault.ActDescribe, vault.ActMetadata, vault.ActCircle, vault.ActView, vault.ActProvePresence,
	}
	act := vault.Act(draw(140))
	if draw.yes() {
		act = acts[draw(len(acts))]
	}
	return Request{Act: act, Safe: vault.SafeID{byte(draw(10))}, Document: vault.DocumentID{byte(draw(3))}}
}

// lesser answers the standings that are s with one thing taken away, or with
// one end added.
func lesser(draw source, s Standing, act vault.Act) []Standing {
	var all []Standing
	less := func(change func(*Standing)) {
		c := s
		c.Grants = slices.Clone(s.Grants)
		change(&c)
		all = append(all, c)
	}
	for i := range s.Grants {
		less(func(c *Standing) { c.Grants = slices.Delete(c.Grants, i, i+1) })
		less(func(c *Standing) { c.Grants[i].Ended, c.Grants[i].EndedAt = vault.EndedWithdrawn, c.Now })
		less(func(c *Standing) { c.Grants[i].Until = c.Grants[i].Until.Add(-24 * time.Hour) })
		less(func(c *Standing) { c.Grants[i].From = c.Grants[i].From.Add(24 * time.Hour) })
		less(func(c *Standing) { c.Grants[i].Actions &= vault.Action(draw(32)) })
		less(func(c *Standing) { c.Grants[i].Covers = false })
		less(func(c *Standing) { c.Grants[i].Names = false })
		less(func(c *Standing) { c.Grants[i].Presence = vault.PresenceNeeded })
	}
	for _, f := range []func(*Standing) *bool{
		func(c *Standing) *bool { return &c.Exists }, func(c *Standing) *bool { return &c.Owner },
		func(c *Standing) *bool { return &c.Deposited }, func(c *Standing) *bool { return &c.Entrusted },
		func(c *Standing) *bool { return &c.Fresh }, func(c *Standing) *bool { return &c.Present },
		func(c *Standing) *bool { return &c.Ours }, func(c *Standing) *bool { return &c.Shared },
		func(c *Standing) *bool { return &c.Relayed },
		func(c *Standing) *bool { return &c.Guides },
		func(c *Standing) *bool { return &c.Addressed }, func(c *Standing) *bool { return &c.Agent.SecondFactor },
	} {
		less(func(c *Standing) { *f(c) = false })
	}
	if act != vault.ActActivateLogin { // which a counter session may not
		less(func(c *Standing) { c.Visit = false })
	}
	less(func(c *Standing) { c.Frozen = true })
	less(func(c *Standing) { c.Agent.ShutOut = true })
	less(func(c *Standing) { c.Agent.State = vault.AgentEnded })
	less(func(c *Standing) { c.Agent = Agent{} })
	less(func(c *Standing) { c.Agent.Functions &= vault.FunctionSet(draw(256)) })
	less(func(c *Standing) { c.Agent.Until = c.Agent.Until.Add(-240 * time.Hour) })
	less(func(c *Standing) {
		if c.Reach > 0 {
			c.Reach--
		}
	})
	return all
}

// checkDecision holds one decision to what must be true of every one.
func checkDecision(t *testing.T, somebody session.Principal, draw source) {
	t.Helper()
	s, r := draw.standing(), draw.request()
	kept := slices.Clone(s.Grants)
	p, why := Decide(somebody, s, r)
	if again, whyAgain := Decide(somebody, s, r); again != p || whyAgain != why || !slices.Equal(kept, s.Grants) {
		t.Fatalf("%v for %+v: two answers", r.Act, s)
	}
	if (why == 0) != p.Allows(r.Act, r.Safe, r.Document) {
		t.Fatalf("%v for %+v: permit and reason disagree", r.Act, s)
	}
	if why != 0 {
		if !p.Consent().IsZero() {
			t.Fatalf("%v for %+v: a refusal rests on a consent", r.Act, s)
		}
		if Explain(s, r, why) == nil {
			t.Fatalf("%v for %+v: refused without a word", r.Act, s)
		}
	}
	checkRests(t, somebody, s, r, p, why)
	if why == 0 {
		return
	}
	for _, less := range lesser(draw, s, r.Act) {
		if _, more := Decide(somebody, less, r); more == 0 {
			t.Fatalf("%v: refused (%d) for\n%+v\nand permitted for less:\n%+v", r.Act, why, s, less)
		}
	}
}

// checkRests: papers open to an agent under a consent of theirs only, live, that
// covers the paper and has the action, in a function they have; the permit names
// it. In a frozen safe none does; without a second factor no agent's right is
// used at all.
func checkRests(t *testing.T, somebody session.Principal, s Standing, r Request, p Permit, why Reason) {
	t.Helper()
	person := s
	person.Agent, person.Grants = Agent{}, nil
	_, asPerson := Decide(somebody, person, r)
	if why == 0 && asPerson != 0 && !s.Agent.SecondFactor {
		t.Fatalf("%v for %+v: an agent without a second factor", r.Act, s) // L-36
	}
	if why == 0 && s.Frozen && !frozenGoesOn(r.Act) && !concernsNoSafe(r.Act) && (r.Act != vault.ActList || !r.Safe.IsZero()) {
		t.Fatalf("%v for %+v: permitted in a frozen safe", r.Act, s)
	}
	reads := columnsOfActs()[r.Act] != "" && r.Act != vault.ActDeposit && !r.Safe.IsZero()
	if why == 0 && asPerson != 0 && reads && p.Consent().IsZero() && !s.Deposited {
		t.Fatalf("%v for %+v: a paper opens without a consent", r.Act, s) // L-06
	}
	if p.Consent().IsZero() {
		return
	}
	i := slices.IndexFunc(s.Grants, func(g Grant) bool {
		return g.Consent == p.Consent() && g.Covers && g.Ended == 0 && !s.Now.Before(g.From) && s.Now.Before(g.Until) &&
			s.Agent.Functions.Has(g.Function) && (!reads || covering(g.Actions, columnsOfActs()[r.Act])) &&
			(!reads || g.Presence == vault.PresenceNot || s.Present) && (r.Act != vault.ActReveal && r.Act != vault.ActChangeMemo || g.Names)
	})
	if i < 0 || s.Frozen {
		t.Fatalf("%v for %+v: rests on %v, which does not carry it", r.Act, s, p.Consent())
	}
}

func TestAnyDecisionHolds(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "travailleuse-fictive")
	rnd := rand.New(rand.NewPCG(3, 1))
	for range 20_000 {
		checkDecision(t, who, rnd.IntN)
	}
}

func FuzzAnyDecisionHolds(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x00\x00\x07\x01\x00\x01\x01\x01\x01\x01\x00\x02\x01\x04\xff"))
	who := authtest.Principal(f, "travailleuse-fictive")
	f.Fuzz(func(t *testing.T, b []byte) { checkDecision(t, who, bytesSource(b)) })
}
