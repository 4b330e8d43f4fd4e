package keeper_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// newcomer is somebody who is no agent yet.
const newcomer = "nouvelle-fictive"

// enrolment asks to enrol the newcomer.
func enrolment(t testing.TB, h *vaulttest.House, functions ...vault.Function) vault.EnrolAgent {
	t.Helper()
	return vault.EnrolAgent{Request: vault.NewRequestID(), Agent: vault.NewAgent{
		Login: h.Desk.Issuer.User(t, newcomer), Name: "Nouvelle Fictive", Functions: vault.NewFunctionSet(functions...),
		Until: time.Now().AddDate(0, 6, 0),
	}}
}

// waits is the approval that an act was answered with.
func waits(t testing.TB, err error) *vault.ApprovalError {
	t.Helper()
	w, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok {
		t.Fatalf("nobody has to approve: %v", err)
	}
	return w
}

// enrol enrols the newcomer with a colleague's approval.
func enrol(t testing.TB, h *vaulttest.House, functions ...vault.Function) vault.AgentID {
	t.Helper()
	act := enrolment(t, h, functions...)
	manager := h.Login(t, vaulttest.Manager)
	_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	act.Approval = waits(t, err).Approval
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Worker), act.Approval); err != nil {
		t.Fatal("approve:", err)
	}
	id, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	if err != nil {
		t.Fatal("enrol:", err)
	}
	return id
}

// is checks which agent somebody is now, and in which state.
func is(t testing.TB, h *vaulttest.House, subject string, want vault.AgentState) {
	t.Helper()
	self, err := h.Keeper.Self(t.Context(), h.Login(t, subject))
	if err != nil {
		t.Fatal("self:", err)
	}
	state := vault.AgentEnded
	if len(self.Agents) == 1 {
		state = self.Agents[0].State
	}
	if state != want {
		t.Errorf("%s is in state %d, not %d", subject, state, want)
	}
}

func TestSomebodyBecomesAnAgentWithASecondAgentsApproval(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	act := enrolment(t, h, vault.FunctionSocialWorker)
	manager := h.Login(t, vaulttest.Manager)
	_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	w := waits(t, err)
	if !w.NotBefore.IsZero() {
		t.Error("a delay replaces a second agent who is there")
	}
	for who, want := range map[string]error{
		vaulttest.Manager:  vault.ErrApprover,
		vaulttest.DPO:      vault.ErrDenied,
		vaulttest.Civic:    vault.ErrDenied,
		vaulttest.Stranger: vault.ErrDenied,
		vaulttest.Person:   vault.ErrDenied,
	} {
		if err := h.Keeper.Approve(t.Context(), h.Login(t, who), w.Approval); !errors.Is(err, want) {
			t.Errorf("%s approves: %v", who, err)
		}
	}
	act.Approval = w.Approval
	if _, err := h.Keeper.EnrolAgent(t.Context(), manager, act); waits(t, err).Approval != w.Approval {
		t.Error("another approval")
	}
	list, err := h.Keeper.Approvals(t.Context(), h.Login(t, vaulttest.Worker))
	if err != nil || len(list) != 1 || list[0].ID != w.Approval || list[0].Act != vault.ActEnrol || list[0].Asked != h.Agents[vaulttest.Manager] || list[0].Approved {
		t.Errorf("approvals: %+v %v", list, err)
	}
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Counter), w.Approval); err != nil {
		t.Fatal("approve:", err)
	}
	other := act
	other.Agent.Name = "Autre Fictive"
	other.Request = vault.NewRequestID()
	if _, err := h.Keeper.EnrolAgent(t.Context(), manager, other); !errors.Is(err, vault.ErrConflict) {
		t.Error("an approval is used for another act:", err)
	}
	id, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	if err != nil {
		t.Fatal("enrol:", err)
	}
	if again, err := h.Keeper.EnrolAgent(t.Context(), manager, act); err != nil || again != id {
		t.Error("a retry makes another agent:", err)
	}
	act.Request = vault.NewRequestID()
	if _, err := h.Keeper.EnrolAgent(t.Context(), manager, act); !errors.Is(err, vault.ErrNotFound) {
		t.Error("an approval is spent twice:", err)
	}
	is(t, h, newcomer, vault.AgentActive)
	h.Restart(t)
	is(t, h, newcomer, vault.AgentActive)
	h.Crash(t)
	is(t, h, newcomer, vault.AgentActive)
}

func TestAnApprovalIsSpentOnce(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	manager := h.Login(t, vaulttest.Manager)
	act := enrolment(t, h, vault.FunctionSocialWorker)
	_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	act.Approval = waits(t, err).Approval
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Colleague), act.Approval); err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			try := act
			try.Request = vault.NewRequestID()
			switch _, err := h.Keeper.EnrolAgent(t.Context(), manager, try); {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, vault.ErrNotFound):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("one approval was good for %d enrolments", done.Load())
	}
}

func TestAFailedActGivesItsApprovalBack(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	act := enrolment(t, h, vault.FunctionReception)
	manager := h.Login(t, vaulttest.Manager)
	_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	act.Approval = waits(t, err).Approval
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Worker), act.Approval); err != nil {
		t.Fatal(err)
	}
	h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpPut {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	if _, err := h.Keeper.EnrolAgent(t.Context(), manager, act); !errors.Is(err, vault.ErrUnavailable) {
		t.Fatal("enrolled without a bucket:", err)
	}
	h.Bucket.SetRule(nil)
	if _, err := h.Keeper.EnrolAgent(t.Context(), manager, act); err != nil {
		t.Error("the approval is lost:", err)
	}
}

func TestWhereThereIsOneAgentADelayReplacesTheSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		const alone = "seule-fictive"
		h.FoundAnother(t, alone)
		act := enrolment(t, h, vault.FunctionReception)
		_, err := h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), act)
		w := waits(t, err)
		if left := time.Until(w.NotBefore); left > vault.ApprovalDelay || left < vault.ApprovalDelay-time.Minute {
			t.Errorf("it waits for %v", left)
		}
		act.Approval = w.Approval
		time.Sleep(vault.ApprovalDelay - time.Minute)
		if _, err := h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), act); !waits(t, err).NotBefore.Equal(w.NotBefore) {
			t.Error("the delay is another one")
		}
		time.Sleep(time.Minute)
		if _, err := h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), act); err != nil {
			t.Error("after the delay:", err)
		}
		is(t, h, newcomer, vault.AgentActive)

		// What nobody took up in a week is over.
		act = enrolment(t, h, vault.FunctionReception)
		act.Agent.Login = h.Desk.Issuer.User(t, "tardive-fictive")
		_, err = h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), act)
		act.Approval = waits(t, err).Approval
		time.Sleep(vault.ApprovalLife)
		if _, err := h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), act); !errors.Is(err, vault.ErrNotFound) {
			t.Error("after a week:", err)
		}
	})
}

func TestWhoAskedTakesItBack(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	act := enrolment(t, h, vault.FunctionReception)
	manager := h.Login(t, vaulttest.Manager)
	_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
	act.Approval = waits(t, err).Approval
	if err := h.Keeper.Decline(t.Context(), manager, act.Approval); err != nil {
		t.Fatal(err)
	}
	if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Worker), act.Approval); !errors.Is(err, vault.ErrNotFound) {
		t.Error("approved after that:", err)
	}
}

func TestAgentsHaveAnEndAndOneStructure(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	manager := h.Login(t, vaulttest.Manager)
	for name, edit := range map[string]func(*vault.NewAgent){
		"no end":           func(a *vault.NewAgent) { a.Until = time.Time{} },
		"an end far away":  func(a *vault.NewAgent) { a.Until = time.Now().AddDate(3, 0, 0) },
		"an end in past":   func(a *vault.NewAgent) { a.Until = time.Now().Add(-time.Hour) },
		"civic, ten month": func(a *vault.NewAgent) { a.Functions, a.Until = civicService, time.Now().AddDate(0, 10, 0) },
		"no function":      func(a *vault.NewAgent) { a.Functions = 0 },
		"no login":         func(a *vault.NewAgent) { a.Login = auth.UserID{} },
		"no name":          func(a *vault.NewAgent) { a.Name = "" },
		"a name in lines":  func(a *vault.NewAgent) { a.Name = "a\nb" },
		"an agent already": func(a *vault.NewAgent) { a.Login = h.Desk.Issuer.User(t, vaulttest.Worker) },
	} {
		act := enrolment(t, h, vault.FunctionSocialWorker)
		edit(&act.Agent)
		_, err := h.Keeper.EnrolAgent(t.Context(), manager, act)
		if w, ok := errors.AsType[*vault.ApprovalError](err); ok { // a login is looked at when it is written
			act.Approval = w.Approval
			if err := h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Worker), w.Approval); err != nil {
				t.Fatal(err)
			}
			_, err = h.Keeper.EnrolAgent(t.Context(), manager, act)
		}
		if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var civicService = vault.NewFunctionSet(vault.FunctionCivicService)

func TestAnAgentSeesColleaguesAndNotTheirLogins(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	for who, manages := range map[string]bool{vaulttest.Manager: true, vaulttest.Worker: false, vaulttest.DPO: false} {
		all, err := h.Keeper.Agents(t.Context(), h.Login(t, who))
		if err != nil || len(all) != len(vaulttest.Team()) {
			t.Fatalf("%s: %d agents, %v", who, len(all), err)
		}
		for _, a := range all {
			if a.Login.IsZero() == manages || a.LastUse.IsZero() == manages {
				t.Errorf("%s sees %+v", who, a)
			}
		}
	}
	self, err := h.Keeper.Self(t.Context(), h.Login(t, vaulttest.Worker))
	if err != nil || len(self.Agents) != 1 || self.Agents[0].StructureName != vaulttest.StructureName || self.Agents[0].ID != h.Agents[vaulttest.Worker] {
		t.Errorf("self: %+v %v", self, err)
	}
	self, err = h.Keeper.Self(t.Context(), h.Login(t, vaulttest.Stranger))
	if err != nil || len(self.Agents) != 0 {
		t.Errorf("a stranger is %+v, %v", self, err)
	}
}

// Agents without a second factor are refused (L-36).
func TestAgentsLogInWithASecondFactor(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	who := h.SitWith(t, vaulttest.Worker, "pwd").Principal
	if _, err := h.Keeper.Agents(t.Context(), who); !errors.Is(err, vault.ErrSecondFactor) {
		t.Error("agents:", err)
	}
	if _, err := h.Keeper.FindSafe(t.Context(), who, vault.FindSafe{Name: "Fictive", Birth: "1984-02-00"}); !errors.Is(err, vault.ErrSecondFactor) {
		t.Error("search:", err)
	}
}

// Who may call what that concerns no safe: the last rows of the table of
// functions, once for every function.
func TestWhoMayRunAStructure(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.FoundAnother(t, "ailleurs-fictif")
	worker := h.Agents[vaulttest.Worker]
	calls := map[string]func(session.Principal) error{
		"enrol": func(who session.Principal) error {
			return second(h.Keeper.EnrolAgent(t.Context(), who, enrolment(t, h, vault.FunctionReception)))
		},
		"change": func(who session.Principal) error {
			return h.Keeper.ChangeAgent(t.Context(), who, vault.ChangeAgent{
				Agent: worker, Name: "x", Functions: vault.NewFunctionSet(vault.FunctionDPO), Until: time.Now().AddDate(0, 7, 0),
			})
		},
		"assign": func(who session.Principal) error {
			return second(h.Keeper.AssignSuccessor(t.Context(), who, vault.AssignSuccessor{
				Agent: worker, Function: vault.FunctionSocialWorker, Successor: h.Agents[vaulttest.Colleague],
			}))
		},
		"report": func(who session.Principal) error {
			return second(h.Keeper.DepartureReport(t.Context(), who, vault.ReadDeparture{Agent: worker, Limit: vault.MaxPage}))
		},
		"anomalies": func(who session.Principal) error { return second(h.Keeper.Anomalies(t.Context(), who)) },
		"agents":    func(who session.Principal) error { return second(h.Keeper.Agents(t.Context(), who)) },
		"approvals": func(who session.Principal) error { return second(h.Keeper.Approvals(t.Context(), who)) },
		"find": func(who session.Principal) error {
			return second(h.Keeper.FindSafe(t.Context(), who, vault.FindSafe{Name: "Fictive", Birth: "1984-02-00"}))
		},
	}
	may := map[string][]string{
		"enrol": {vaulttest.Manager}, "change": {vaulttest.Manager}, "assign": {vaulttest.Manager},
		"report": {vaulttest.Manager}, "anomalies": {vaulttest.Manager},
		"agents":    {vaulttest.Counter, vaulttest.Worker, vaulttest.Leader, vaulttest.Manager, vaulttest.Civic, vaulttest.Volunteer, vaulttest.DPO},
		"approvals": {vaulttest.Counter, vaulttest.Worker, vaulttest.Leader, vaulttest.Manager},
		"find":      {vaulttest.Counter, vaulttest.Worker, vaulttest.Leader, vaulttest.Civic},
	}
	for _, subject := range []string{
		vaulttest.Counter, vaulttest.Worker, vaulttest.Leader, vaulttest.Manager, vaulttest.Civic, vaulttest.Volunteer,
		vaulttest.DPO, vaulttest.Person, vaulttest.Stranger,
	} {
		who := h.Login(t, subject)
		for call, try := range calls {
			err := try(who)
			allowed := err == nil
			if _, ok := errors.AsType[*vault.ApprovalError](err); ok {
				allowed = true
			}
			want := false
			for _, s := range may[call] {
				want = want || s == subject
			}
			if allowed != want || !want && !errors.Is(err, vault.ErrDenied) {
				t.Errorf("%s tries %s: %v", subject, call, err)
			}
		}
	}
	// The manager of another structure finds nobody of this one.
	elsewhere := h.Login(t, "ailleurs-fictif")
	for _, call := range []string{"change", "assign", "report"} {
		if err := calls[call](elsewhere); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%s from elsewhere: %v", call, err)
		}
	}
	if _, err := h.Keeper.EndAgent(t.Context(), elsewhere, vault.EndAgent{Agent: worker}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("ended from elsewhere: %v", err)
	}
}
