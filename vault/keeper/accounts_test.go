package keeper_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// accounts are local accounts of which every login is one.
type accounts struct {
	kinds   map[vault.AccountKind]int
	reissue func(auth.UserID) error // nil: it is done
	sweep   func(context.Context, keeper.AccountSweep) error
}

func (a accounts) Invite(_ context.Context, act vault.InviteAccount) (vault.InvitedAccount, error) {
	a.kinds[act.Kind]++
	login, err := auth.NewUserID("https://coffre.test/compte", "sujet")
	return vault.InvitedAccount{Login: login, Code: seal.NewSecret([]byte("code")), Until: time.Now()}, err
}

func (a accounts) Reissue(_ context.Context, login auth.UserID) (vault.InvitedAccount, error) {
	if a.reissue != nil {
		if err := a.reissue(login); err != nil {
			return vault.InvitedAccount{}, err
		}
	}
	return vault.InvitedAccount{Login: login, Code: seal.NewSecret([]byte("code"))}, nil
}

func (a accounts) Sweep(ctx context.Context, by keeper.AccountSweep) error {
	if a.sweep == nil {
		return nil
	}
	return a.sweep(ctx, by)
}

// A code for an agent's account is the access manager's to give, one for a person
// is given by whoever opens safes; where no accounts are offered there are none.
func TestWhoInvitesToALocalAccount(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	invite := func(subject string, kind vault.AccountKind) error {
		return second(h.Keeper.InviteAccount(t.Context(), h.Login(t, subject), vault.InviteAccount{Kind: kind, Name: "Personne Fictive"}))
	}
	if _, ok := errors.AsType[*vault.InvalidError](invite(vaulttest.Counter, vault.AccountPerson)); !ok {
		t.Error("a code where no accounts are offered")
	}
	made := accounts{kinds: map[vault.AccountKind]int{}}
	h.Keeper.OnInvite(made)
	for _, c := range []struct {
		who  string
		kind vault.AccountKind
		may  bool
	}{
		{vaulttest.Counter, vault.AccountPerson, true},
		{vaulttest.Worker, vault.AccountPerson, true},
		{vaulttest.Manager, vault.AccountAgent, true},
		{vaulttest.Counter, vault.AccountAgent, false},
		{vaulttest.Manager, vault.AccountPerson, false},
		{vaulttest.Person, vault.AccountPerson, false},
		{vaulttest.Person, vault.AccountAgent, false},
		{vaulttest.Counter, 0, true}, // which the provider refuses
	} {
		if err := invite(c.who, c.kind); (err == nil) != c.may {
			t.Errorf("%s, kind %d: %v", c.who, c.kind, err)
		}
	}
	if made.kinds[vault.AccountPerson] != 2 || made.kinds[vault.AccountAgent] != 1 {
		t.Errorf("%v", made.kinds)
	}
}

// A lost telephone takes an access manager and a second agent, who is not the one
// whose telephone it is; their sessions end.
func TestALostTelephoneTakesASecondAgent(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.Keeper.OnInvite(accounts{})
	worker := h.Sit(t, vaulttest.Worker)
	reissue := func(a vault.ApprovalID) error {
		return second(h.Keeper.ReissueAccount(t.Context(), h.Login(t, vaulttest.Manager), vault.ReissueAccount{Agent: h.Agents[vaulttest.Worker], Approval: a}))
	}
	waiting := waits(t, reissue(vault.ApprovalID{}))
	if err := h.Keeper.Approve(t.Context(), worker.Principal, waiting.Approval); !errors.Is(err, vault.ErrApprover) {
		t.Errorf("the agent whose account it is approves: %v", err)
	}
	if err := reissue(waiting.Approval); !saysWaits(err) {
		t.Errorf("without a yes: %v", err)
	}
	must(t, h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Counter), waiting.Approval))
	must(t, reissue(waiting.Approval))
	if _, err := h.Keeper.Self(t.Context(), worker.Principal); err == nil {
		t.Error("the session from before goes on")
	}
	if err := reissue(waiting.Approval); err == nil {
		t.Error("an approval was spent twice")
	}
}

// A login that a safe is linked to is its person's: nobody gives a code for it,
// whether an access manager and a second agent who made an agent of them, or the
// operator alone.
func TestNobodyReissuesAPersonsAccount(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.Keeper.OnInvite(accounts{reissue: func(auth.UserID) error {
		t.Error("a person's account was given a code")
		return nil
	}})
	h.OpenSafe(t, vaulttest.Person)
	h.OpenSafe(t, vaulttest.Worker) // an agent, and a person elsewhere
	person := h.Login(t, vaulttest.Person)
	reissue := func(a vault.ApprovalID) error {
		return second(h.Keeper.ReissueAccount(t.Context(), h.Login(t, vaulttest.Manager), vault.ReissueAccount{Agent: h.Agents[vaulttest.Worker], Approval: a}))
	}
	waiting := waits(t, reissue(vault.ApprovalID{}))
	must(t, h.Keeper.Approve(t.Context(), h.Login(t, vaulttest.Counter), waiting.Approval))
	for what, err := range map[string]error{
		"two agents":   reissue(waiting.Approval),
		"the operator": second(h.Keeper.ReissueLast(t.Context(), person.User())),
	} {
		if invalid, ok := errors.AsType[*vault.InvalidError](err); !ok || invalid.Field != "agent" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := h.Keeper.Live(person); err != nil {
		t.Errorf("the person's session: %v", err)
	}
}

// Sessions end before an account is given a code, so that a crash in between leaves
// none, and once more after it, however it ended.
func TestSessionsEndBeforeAndAfterANewCode(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	before, between := h.Login(t, vaulttest.Leader), session.Principal{}
	h.Keeper.OnInvite(accounts{reissue: func(auth.UserID) error {
		if err := h.Keeper.Live(before); err == nil {
			t.Error("a session outlives what it was opened with")
		}
		between = h.Login(t, vaulttest.Leader)
		return vault.ErrUnavailable
	}})
	if err := second(h.Keeper.ReissueLast(t.Context(), before.User())); !errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("%v, want %v", err, vault.ErrUnavailable)
	}
	if err := h.Keeper.Live(between); between.IsZero() || err == nil {
		t.Error("a session that was opened in between goes on")
	}
}

// The local provider lets an agent in until they leave, or their end date comes.
func TestWhoIsAnAgentForTheLocalProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		worker, leader := h.Desk.Issuer.User(t, vaulttest.Worker), h.Desk.Issuer.User(t, vaulttest.Leader)
		for who, is := range map[auth.UserID]bool{worker: true, leader: true, h.Desk.Issuer.User(t, vaulttest.Person): false} {
			if h.Keeper.IsAgent(who) != is {
				t.Errorf("%v: want %v", who, is)
			}
		}
		must(t, second(h.Keeper.EndAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.EndAgent{Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker]})))
		if h.Keeper.IsAgent(worker) {
			t.Error("who left is still let in")
		}
		must(t, h.Keeper.ChangeAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.ChangeAgent{
			Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Leader], Name: "Agent Fictif",
			Functions: vault.NewFunctionSet(vault.FunctionWorkshopLeader), Until: time.Now().AddDate(0, 0, 2),
		}))
		if !h.Keeper.IsAgent(leader) {
			t.Error("who leaves the day after tomorrow is shut out")
		}
		time.Sleep(3 * 24 * time.Hour)
		if h.Keeper.IsAgent(leader) {
			t.Error("whose end date is over is still let in")
		}
	})
}

// A client that lost the answer asks again and is told the same code: no second
// account begins. Another request under the same id, and another session, is not.
func TestARetryInvitesNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		made := accounts{kinds: map[vault.AccountKind]int{}}
		h.Keeper.OnInvite(made)
		who, act := h.Login(t, vaulttest.Counter), vault.InviteAccount{Request: vault.NewRequestID(), Kind: vault.AccountPerson, Name: "Personne Fictive"}
		first, err := h.Keeper.InviteAccount(t.Context(), who, act)
		must(t, err)
		again, err := h.Keeper.InviteAccount(t.Context(), who, act)
		if err != nil || again.Login != first.Login || made.kinds[vault.AccountPerson] != 1 {
			t.Errorf("asked again: %v, %d invitations: %v", again.Login == first.Login, made.kinds[vault.AccountPerson], err)
		}
		other := act
		other.Name = "Autre Fictive"
		isRefused(t, "another under the same id", second(h.Keeper.InviteAccount(t.Context(), who, other)), vault.ErrConflict)
		isRefused(t, "in another session", second(h.Keeper.InviteAccount(t.Context(), h.Login(t, vaulttest.Counter), act)), vault.ErrConflict)
		time.Sleep(15 * time.Minute)
		if n := h.Keeper.Invitations(); n != 0 {
			t.Errorf("%d codes are remembered", n)
		}
	})
}

// Every hour the local provider hears what its logins are, as functions end: in post,
// idle for six months, left; a login that a safe is linked to is never ended. Each
// end stands in the trail, and in no person's journal.
func TestLocalAccountsThatNobodyUsesEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		user := func(subject string) auth.UserID { return h.Desk.Issuer.User(t, subject) }
		opened := h.OpenSafe(t, vaulttest.Person)
		var sweeps []keeper.AccountSweep
		swept := accounts{sweep: func(_ context.Context, by keeper.AccountSweep) error {
			sweeps = append(sweeps, by)
			return nil
		}}
		h.Keeper.OnInvite(swept)
		must(t, second(h.Keeper.EndAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.EndAgent{Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker]})))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(sweeps) != 2 {
			t.Fatalf("%d sweeps in two hours", len(sweeps))
		}
		is := func(when, subject string, want keeper.AccountStanding) {
			t.Helper()
			if got, err := sweeps[len(sweeps)-1].Standing(t.Context(), user(subject)); err != nil || got != want {
				t.Errorf("%s %s: standing %d, %v; want %d", when, subject, got, err, want)
			}
		}
		is("now", vaulttest.Leader, keeper.AccountInPost)
		is("now", vaulttest.Worker, keeper.AccountLeft)
		is("now", vaulttest.Person, keeper.AccountInPost)
		is("now", "nobody", keeper.AccountUnknown)
		later(t, h, vault.AgentIdle)
		h.Keeper.OnInvite(swept)
		time.Sleep(time.Hour)
		synctest.Wait()
		is("later", vaulttest.Leader, keeper.AccountIdle)
		is("later", vaulttest.Person, keeper.AccountInPost)

		lines := h.Keeper.Flush(t)
		last := sweeps[len(sweeps)-1]
		must(t, last.Record(t.Context(), user(vaulttest.Worker), keeper.AccountEndLeft))
		must(t, last.Record(t.Context(), user("nobody"), keeper.AccountEndUnclaimed))
		for i, want := range []string{`"code":"left"`, `"code":"unclaimed"`} {
			l := h.Keeper.Leaves(t, lines)[i]
			if vault.Act(l.Op) != vault.ActEndAccount || !strings.Contains(l.Opened, want) {
				t.Errorf("leaf %d: %v %s, want %s", i, vault.Act(l.Op), l.Opened, want)
			}
		}
		person, err := h.Keeper.Journal(t.Context(), h.Login(t, vaulttest.Person), vault.ReadJournal{Safe: opened.Safe, Limit: 1000})
		if err != nil || slices.ContainsFunc(person, func(l vault.Line) bool { return l.Act == vault.ActEndAccount }) {
			t.Errorf("in a person's journal, or %v", err)
		}
	})
}
