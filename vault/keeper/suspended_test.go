package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// renew moves the worker's end, with the newcomer's or a colleague's approval.
func renew(t testing.TB, h *vaulttest.House, subject string, f vault.Function, until time.Time) error {
	t.Helper()
	manager := h.Login(t, vaulttest.Manager)
	act := vault.ChangeAgent{
		Request: vault.NewRequestID(), Agent: h.Agents[subject], Name: subject, Functions: vault.NewFunctionSet(f), Until: until,
	}
	err := h.Keeper.ChangeAgent(t.Context(), manager, act)
	w, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok {
		return err
	}
	act.Approval = w.Approval
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Counter), w.Approval); err != nil {
		return err
	}
	return h.Keeper.ChangeAgent(t.Context(), manager, act)
}

// later lets time pass while the service is off, and what a start does by itself
// happen.
func later(t *testing.T, h *vaulttest.House, d time.Duration) {
	t.Helper()
	then := time.Now().Add(d)
	h.Stop(t)
	h.Bury()
	time.Sleep(time.Until(then))
	h.Start(t)
	synctest.Wait()
}

func TestSixMonthsWithoutUseSuspendAnAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		long := time.Now().AddDate(1, 0, 0)
		for subject, f := range vaulttest.Team() {
			if f == vault.FunctionCivicService {
				continue
			}
			if err := renew(t, h, subject, f, long); err != nil {
				t.Fatal(subject, err)
			}
		}
		for range 3 { // two months each: the manager and reception work, the worker does not
			later(t, h, vault.AgentIdle/3)
			for _, who := range []string{vaulttest.Manager, vaulttest.Counter} {
				if err := second(h.Keeper.Agents(t.Context(), h.Login(t, who))); err != nil {
					t.Fatal(who, err)
				}
			}
			must(t, second(h.Keeper.Self(t.Context(), h.Login(t, vaulttest.Worker)))) // to log in is not to work
		}
		is(t, h, vaulttest.Manager, vault.AgentActive)
		is(t, h, vaulttest.Worker, vault.AgentSuspended)
		worker := h.Login(t, vaulttest.Worker) // which is no use
		if err := second(h.Keeper.Agents(t.Context(), worker)); !errors.Is(err, vault.ErrSuspended) {
			t.Error("suspended:", err)
		}
		h.Restart(t)
		is(t, h, vaulttest.Worker, vault.AgentSuspended)
		if err := renew(t, h, vaulttest.Worker, vault.FunctionSocialWorker, long); err != nil {
			t.Fatal("confirm:", err)
		}
		is(t, h, vaulttest.Worker, vault.AgentActive)
	})
}

func TestAnEndDateEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		if err := renew(t, h, vaulttest.Worker, vault.FunctionSocialWorker, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		worker := h.Login(t, vaulttest.Worker)
		if err := p.read(t, h, worker); err != nil {
			t.Fatal(err)
		}
		later(t, h, 24*time.Hour)
		worker = h.Login(t, vaulttest.Worker)
		if err := p.read(t, h, worker); !errors.Is(err, vault.ErrNotFound) {
			t.Error("after the end:", err)
		}
		is(t, h, vaulttest.Worker, vault.AgentEnded)
		time.Sleep(2 * time.Minute)
		if err := h.Keeper.Live(worker); err == nil {
			t.Error("their session goes on")
		}
		// Renewed late, everything goes on.
		if err := renew(t, h, vaulttest.Worker, vault.FunctionSocialWorker, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); err != nil {
			t.Error("renewed:", err)
		}
		// Not renewed for a month, the service ends them.
		later(t, h, 33*24*time.Hour)
		time.Sleep(2 * time.Minute)
		if err := renew(t, h, vaulttest.Worker, vault.FunctionSocialWorker, time.Now().Add(24*time.Hour)); !errors.Is(err, vault.ErrNotFound) {
			t.Error("renewed after the departure:", err)
		}
		h.Crash(t)
		is(t, h, vaulttest.Worker, vault.AgentEnded)
	})
}

// Without an access manager everything waits but naming one.
func TestAStructureWithoutAnAccessManagerNamesOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		if err := renew(t, h, vaulttest.Manager, vault.FunctionAccessManager, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Keeper.NameManager(t.Context(), h.Structure, enrolment(t, h, vault.FunctionAccessManager).Agent); !errors.Is(err, vault.ErrDenied) {
			t.Error("the operator names a manager beside the one there is:", err)
		}
		later(t, h, 24*time.Hour)
		worker, manager := h.Login(t, vaulttest.Worker), h.Login(t, vaulttest.Manager)
		if err := p.read(t, h, worker); !errors.Is(err, vault.ErrSuspended) {
			t.Error("the worker reads:", err)
		}
		is(t, h, vaulttest.Manager, vault.AgentSuspended)
		if _, err := h.Keeper.EnrolAgent(t.Context(), manager, enrolment(t, h, vault.FunctionSocialWorker)); !errors.Is(err, vault.ErrSuspended) {
			t.Error("somebody else is enrolled:", err)
		}
		if _, err := h.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Agent: h.Agents[vaulttest.Worker]}); !errors.Is(err, vault.ErrSuspended) {
			t.Error("somebody is ended:", err)
		}
		act := enrolment(t, h, vault.FunctionAccessManager)
		_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
		w := waits(t, err)
		if !w.NotBefore.IsZero() {
			t.Error("a delay, and there is somebody who could approve")
		}
		act.Approval = w.Approval
		if err := h.Keeper.Approve(t.Context(), worker, act.Approval); err != nil {
			t.Fatal("approve:", err)
		}
		if _, err := h.Keeper.EnrolAgent(t.Context(), manager, act); err != nil {
			t.Fatal("enrol:", err)
		}
		if err := p.read(t, h, worker); err != nil {
			t.Error("the worker reads again:", err)
		}
		is(t, h, newcomer, vault.AgentActive)
		is(t, h, vaulttest.Manager, vault.AgentEnded)
	})
}

// The operator names an access manager only where there is none, and everybody
// reads of it. Whoever was named opens no safe, and brings in nobody alone.
func TestTheOperatorNamesAManagerInTheOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p, other := help(t, h, vaulttest.Person, vault.ReplacementNone), help(t, h, "autre-fictive", vault.ReplacementNone)
		early := enrolment(t, h, vault.FunctionAccessManager)
		if _, err := h.Keeper.NameManager(t.Context(), h.Structure, early.Agent); !errors.Is(err, vault.ErrDenied) {
			t.Error("beside the one there is:", err)
		}
		later(t, h, 181*24*time.Hour) // everybody's date is over
		bad := enrolment(t, h, vault.FunctionSocialWorker)
		if _, err := h.Keeper.NameManager(t.Context(), h.Structure, bad.Agent); !isInvalid(err) {
			t.Error("somebody else than a manager:", err)
		}
		act := enrolment(t, h, vault.FunctionAccessManager)
		if _, err := h.Keeper.NameManager(t.Context(), h.Structure, act.Agent); err != nil {
			t.Fatal(err)
		}
		is(t, h, newcomer, vault.AgentActive)
		h.Restart(t)
		is(t, h, newcomer, vault.AgentActive)
		for subject, safe := range map[string]vault.SafeID{vaulttest.Person: p.opened.Safe, "autre-fictive": other.opened.Safe} {
			lines, err := h.Keeper.Journal(t.Context(), h.Login(t, subject), vault.ReadJournal{Safe: safe, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, l := range lines {
				if l.Act == vault.ActEnrol && l.Actor == vault.ActorService && l.Outcome == vault.OutcomeDone {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s reads %d lines that say so", subject, n)
			}
		}
		named := h.Login(t, newcomer)
		if err := p.read(t, h, named); !errors.Is(err, vault.ErrNotFound) {
			t.Error("whoever was named reads:", err)
		}
		next := enrolment(t, h, vault.FunctionSocialWorker)
		next.Agent.Login = h.Desk.Issuer.User(t, "suivante-fictive")
		if w := waits(t, second(h.Keeper.EnrolAgent(t.Context(), named, next))); w.NotBefore.IsZero() {
			t.Error("somebody is brought in without the delay, and nobody else is there")
		}
	})
}

// Who waits for an access manager vouches for nobody: the person's counter session
// on their screen waits with them.
func TestWhoIsSuspendedVouchesForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		until := time.Now().Add(24 * time.Hour)
		must(t, renew(t, f.House, vaulttest.Manager, vault.FunctionAccessManager, until))
		later(t, f.House, time.Until(until)-10*time.Minute)
		f.worker = sit(t, f.House, vaulttest.Worker)
		who, _ := f.visit(t, f.proof(t, rightPIN, false))
		reads := func() error { return second(f.Read(t.Context(), who, f.opened.Safe, f.entrusted, 0)) }
		want(t, "while there is one", reads(), nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		want(t, "without one", reads(), vault.ErrNotFound)
	})
}
