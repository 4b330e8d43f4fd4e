package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A helped person has a safe with one paper that a worker may read for a week.
type helpedPerson struct {
	opened  vault.OpenedSafe
	person  session.Principal
	doc     vault.DocumentID
	consent vault.ConsentID
}

// consentTo gives an agent one drawer for a week, in the person's own session.
func consentTo(t testing.TB, h *vaulttest.House, who session.Principal, safe vault.SafeID, agent vault.AgentID, r vault.Replacement) vault.ConsentID {
	t.Helper()
	purposes := h.Config.Kinds.Purposes()
	terms := vault.Terms{
		Safe: safe, Agent: agent, Function: vault.FunctionSocialWorker, Replacement: r, Purpose: purposes[0].Code,
		Precise: "faire la demande", Posture: vault.PostureWith, Actions: vault.ActionSee | vault.ActionRead,
		Scope: vault.Scope{Drawers: []papers.Drawer{"logement"}}, Presence: vault.PresenceNot,
		From: time.Now(), Until: time.Now().AddDate(0, 0, 7),
	}
	shown, err := h.Keeper.ShowConsent(t.Context(), who, terms)
	if err != nil {
		t.Fatal("show:", err)
	}
	c, err := h.Keeper.GiveConsent(t.Context(), who, vault.GiveConsent{
		Request: vault.NewRequestID(), Safe: safe, Terms: terms, Shown: shown.Digest,
		Giving: vault.Giving{Method: vault.MethodSession, Company: vault.CompanyAlone, Protection: vault.ProtectionNone},
	})
	if err != nil {
		t.Fatal("give:", err)
	}
	return c.ID
}

// help opens a safe for somebody and lets the worker in.
func help(t testing.TB, h *vaulttest.House, owner string, r vault.Replacement) helpedPerson {
	t.Helper()
	p := helpedPerson{opened: h.OpenSafe(t, owner)}
	p.person = h.Unlocked(t, owner, p.opened)
	receipts, err := h.Deposit(t.Context(), p.person, p.opened.Safe, vaulttest.Paper{
		Title: "bail", Kind: entrustedKind, Body: vaulttest.Text("bail", 3000),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.doc = receipts[0].Document
	p.consent = consentTo(t, h, p.person, p.opened.Safe, h.Agents[vaulttest.Worker], r)
	return p
}

func (p helpedPerson) read(t testing.TB, h *vaulttest.House, who session.Principal) error {
	t.Helper()
	return second(h.Read(t.Context(), who, p.opened.Safe, p.doc, 0))
}

// leave ends the worker.
func leave(t testing.TB, h *vaulttest.House) (vault.DepartureReport, error) {
	t.Helper()
	return h.Keeper.EndAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.EndAgent{
		Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker],
	})
}

// endedFor waits until a consent is ended in the person's own list, and answers
// why.
func endedFor(t testing.TB, h *vaulttest.House, p helpedPerson, owner string) vault.EndReason {
	t.Helper()
	who := h.Login(t, owner)
	for deadline := time.Now().Add(20 * time.Second); ; {
		all, err := h.Keeper.Consents(t.Context(), who, p.opened.Safe)
		if err != nil {
			t.Fatal("consents:", err)
		}
		for _, c := range all {
			if c.ID == p.consent && (c.State == vault.ConsentEnded || time.Now().After(deadline)) {
				return c.Ended
			}
		}
		pause(t, 20*time.Millisecond)
	}
}

// pause waits for what the keeper does on its own.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

func TestWhoeverLeavesIsOutAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		worker := h.Login(t, vaulttest.Worker)
		if err := p.read(t, h, worker); err != nil {
			t.Fatal("the worker reads:", err)
		}
		r, err := h.Vault.Read(t.Context(), worker, p.opened.Safe, p.doc, 0)
		if err != nil {
			t.Fatal(err)
		}
		// A bucket that refuses every write stops nobody's departure.
		h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpGet || op == storagetest.OpStat {
				return storagetest.None
			}
			return storagetest.NotApplied
		})
		report, err := leave(t, h)
		if err != nil {
			t.Fatal("end:", err)
		}
		if report.Agent.State != vault.AgentEnded || report.Ended != 1 || report.Replaced != 0 {
			t.Errorf("report: %+v", report)
		}
		if err := h.Keeper.Live(worker); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Error("the session goes on:", err)
		}
		if _, err := r.Read(make([]byte, 10)); err == nil {
			t.Error("a reading goes on")
		}
		_ = r.Close()
		again := h.Login(t, vaulttest.Worker)
		if err := p.read(t, h, again); !errors.Is(err, vault.ErrNotFound) {
			t.Error("read after that:", err)
		}
		if err := second(h.Keeper.Agents(t.Context(), again)); !errors.Is(err, vault.ErrDenied) {
			t.Error("colleague after that:", err)
		}
		h.Bucket.SetRule(nil)
		if why := endedFor(t, h, p, vaulttest.Person); why != vault.EndedDeparture {
			t.Errorf("the consent ended for %v", why)
		}
		// Coming back is coming as somebody else.
		h.Restart(t)
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); !errors.Is(err, vault.ErrNotFound) {
			t.Error("read after a restart:", err)
		}
	})
}

func TestADepartureSurvivesACrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit {
				return storagetest.NotApplied
			}
			return storagetest.None
		})
		if _, err := leave(t, h); err != nil {
			t.Fatal(err)
		}
		h.Crash(t)
		is(t, h, vaulttest.Worker, vault.AgentEnded)
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); !errors.Is(err, vault.ErrNotFound) {
			t.Error("read:", err)
		}
		if why := endedFor(t, h, p, vaulttest.Person); why != vault.EndedDeparture {
			t.Errorf("the consent ended for %v", why)
		}
	})
}

func TestTheLastAccessManagerNamesASuccessorFirst(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	manager, self := h.Login(t, vaulttest.Manager), h.Agents[vaulttest.Manager]
	if _, err := h.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Agent: self}); !errors.Is(err, vault.ErrLastManager) {
		t.Error("left:", err)
	}
	demote := vault.ChangeAgent{Agent: self, Name: "x", Functions: vault.NewFunctionSet(vault.FunctionDPO), Until: time.Now().AddDate(0, 1, 0)}
	demote.Approval = waits(t, h.Keeper.ChangeAgent(t.Context(), manager, demote)).Approval
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Worker), demote.Approval); err != nil {
		t.Fatal(err)
	}
	if err := h.Keeper.ChangeAgent(t.Context(), manager, demote); !errors.Is(err, vault.ErrLastManager) {
		t.Error("changed:", err)
	}
	enrol(t, h, vault.FunctionAccessManager)
	if _, err := h.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Request: vault.NewRequestID(), Agent: self}); err == nil {
		t.Error("the report of somebody who left goes to them")
	} else if !errors.Is(err, auth.ErrUnauthenticated) {
		t.Error("left:", err)
	}
	is(t, h, vaulttest.Manager, vault.AgentEnded)
	is(t, h, newcomer, vault.AgentActive)
}

func TestASuccessorGoesOnWithWhatNamesAReplacement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		one, other := help(t, h, vaulttest.Person, vault.ReplacementSuccessor), help(t, h, "autre-fictive", vault.ReplacementNone)
		colleague := h.Login(t, vaulttest.Colleague)
		report, err := leave(t, h)
		if err != nil || report.Replaced != 1 || report.Ended != 1 {
			t.Fatalf("report %+v: %v", report, err)
		}
		if err := one.read(t, h, colleague); !errors.Is(err, vault.ErrNotFound) {
			t.Error("read before anybody was named:", err)
		}
		manager := h.Login(t, vaulttest.Manager)
		act := vault.AssignSuccessor{
			Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: h.Agents[vaulttest.Counter],
		}
		if _, err := h.Keeper.AssignSuccessor(t.Context(), manager, act); err == nil {
			t.Error("reception replaces a social worker")
		}
		act.Successor = h.Agents[vaulttest.Colleague]
		n, err := h.Keeper.AssignSuccessor(t.Context(), manager, act)
		if err != nil || n != 1 {
			t.Fatalf("%d go on: %v", n, err)
		}
		for range 100 {
			if err = one.read(t, h, colleague); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err != nil {
			t.Error("the successor reads:", err)
		}
		if err := other.read(t, h, colleague); !errors.Is(err, vault.ErrNotFound) {
			t.Error("the successor reads what names nobody else:", err)
		}
		if why := endedFor(t, h, other, "autre-fictive"); why != vault.EndedDeparture {
			t.Errorf("ended for %v", why)
		}
		h.Restart(t)
		if err := one.read(t, h, h.Login(t, vaulttest.Colleague)); err != nil {
			t.Error("after a restart:", err)
		}
		if err := one.read(t, h, h.Login(t, vaulttest.Worker)); !errors.Is(err, vault.ErrNotFound) {
			t.Error("whoever left, after a restart:", err)
		}
	})
}

// The key of whoever left is kept while a consent waits for their successor, and no
// longer.
func TestTheKeyOfWhoLeftIsKeptForASuccessorOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		_ = help(t, h, vaulttest.Person, vault.ReplacementSuccessor)
		worker := h.Agents[vaulttest.Worker]
		kept := func() bool {
			t.Helper()
			time.Sleep(time.Minute) // the sweep
			synctest.Wait()
			return slices.ContainsFunc(h.Bucket.Keys(), func(key storage.Key) bool {
				return strings.HasPrefix(string(key), "v1/a/"+worker.String()+"/k/")
			})
		}
		must(t, second(leave(t, h)))
		if !kept() {
			t.Error("the key is gone, and a consent waits for it")
		}
		must(t, second(h.Keeper.AssignSuccessor(t.Context(), h.Login(t, vaulttest.Manager), vault.AssignSuccessor{
			Request: vault.NewRequestID(), Agent: worker, Function: vault.FunctionSocialWorker, Successor: h.Agents[vaulttest.Colleague],
		})))
		if kept() {
			t.Error("the key stays, and nothing waits for it")
		}
	})
}

// The report says what the trail says: people and counts.
func TestTheDepartureReportEqualsTheTrail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		worker := h.Login(t, vaulttest.Worker)
		want := map[vault.SafeID]int{}
		for i := range 3 {
			p := help(t, h, fmt.Sprintf("personne-%d", i), vault.ReplacementNone)
			for range i {
				if err := p.read(t, h, worker); err != nil {
					t.Fatal(err)
				}
			}
			want[p.opened.Safe] = i
			if err := p.read(t, h, h.Login(t, vaulttest.Colleague)); err == nil { // refused: no opening
				t.Fatal("a colleague reads")
			}
		}
		check := func(report vault.DepartureReport, err error) {
			t.Helper()
			if err != nil || len(report.Safes) != len(want) {
				t.Fatalf("report %+v: %v", report, err)
			}
			for _, line := range report.Safes {
				if line.Openings != want[line.Safe] || line.Reveals != 0 || line.Consents != 1 || line.Name != "" {
					t.Errorf("%+v, not %d openings", line, want[line.Safe])
				}
			}
			if report.Ended != 3 {
				t.Errorf("%d ended", report.Ended)
			}
		}
		check(leave(t, h))
		h.Crash(t)
		manager := h.Login(t, vaulttest.Manager)
		check(h.Keeper.DepartureReport(t.Context(), manager, vault.ReadDeparture{Agent: h.Agents[vaulttest.Worker], Limit: vault.MaxPage}))
	})
}

// A departure with thirty consents, killed in the middle, is the same departure:
// twenty end, each by an entry and a line in the person's own journal, ten wait
// for a successor, and the report says what the trail says.
func TestALongDepartureResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		var all []helpedPerson
		for i := range 30 {
			r := vault.ReplacementNone
			if i%3 == 0 {
				r = vault.ReplacementSuccessor
			}
			all = append(all, help(t, h, fmt.Sprintf("personne-%d", i), r))
		}
		left := 10 // entries before the power goes
		h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op != storagetest.OpCommit {
				return storagetest.None
			}
			if left--; left < 0 {
				return storagetest.NotApplied
			}
			return storagetest.None
		})
		if _, err := leave(t, h); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		gone := h.Agents[vaulttest.Worker]
		if n := h.Keeper.EndLeaves(t, gone); n == 0 || n == 20 {
			t.Errorf("the power goes after %d of 20 ends, want it in the middle", n)
		}
		h.Crash(t)
		time.Sleep(time.Minute)
		told, err := h.Keeper.DepartureReport(t.Context(), h.Login(t, vaulttest.Manager), vault.ReadDeparture{Agent: gone, Limit: vault.MaxPage})
		if err != nil || told.Ended != 20 || told.Replaced != 10 || len(told.Safes) != 30 {
			t.Errorf("report: %d ended, %d wait, of %d safes: %v", told.Ended, told.Replaced, len(told.Safes), err)
		}
		if n := h.Keeper.EndLeaves(t, gone); n != told.Ended {
			t.Errorf("the trail has %d ends, the report %d", n, told.Ended)
		}
		if _, err := h.Keeper.AssignSuccessor(t.Context(), h.Login(t, vaulttest.Manager), vault.AssignSuccessor{
			Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: h.Agents[vaulttest.Colleague],
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		worker, colleague := h.Login(t, vaulttest.Worker), h.Login(t, vaulttest.Colleague)
		for i, p := range all {
			if err := p.read(t, h, worker); !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%d: whoever left reads: %v", i, err)
			}
			err := p.read(t, h, colleague)
			if goesOn := i%3 == 0; goesOn != (err == nil) {
				t.Errorf("%d: the successor: %v", i, err)
			}
			if i%3 != 0 {
				if why := endedFor(t, h, p, fmt.Sprintf("personne-%d", i)); why != vault.EndedDeparture {
					t.Errorf("%d: ended for %v", i, why)
				}
			}
		}
		report, err := h.Keeper.VerifyBucket(t.Context())
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("bucket: %v %v", report.Findings, err)
		}
	})
}
