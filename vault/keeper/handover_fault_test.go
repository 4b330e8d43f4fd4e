package keeper_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A handingScene is a safe on its last day of a workshop: the leader reads under a
// consent, a drawer is entrusted until the handover, and there are two PINs and two
// sheets, the old ones and the ones to come.
type handingScene struct {
	*helped
	act vault.Handover
}

func newHandingScene(t *testing.T) *handingScene {
	t.Helper()
	s := &handingScene{helped: newHelped(t)}
	s.give(t, nil)
	s.giveLeader(t, nil)
	must(t, second(s.Keeper.Entrust(t.Context(), s.person, vault.Entrust{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "identite", Agreement: "1", Until: vault.EntrustHandover,
	})))
	return s
}

// when looks at everything that a handover changes, and answers whether the safe is
// as before or as after it; anything between is an error.
func (s *handingScene) when(t *testing.T) (after bool) {
	t.Helper()
	signs := map[string]bool{} // as after
	reads := func(who string) bool { return s.readErr(s.Login(t, who), "bail") == nil }
	signs["the leader reads nothing"] = !reads(vaulttest.Leader)
	signs["the old sheet opens nothing"] = errors.Is(s.unlocks(t, s.opened.Code), vault.ErrCode)
	signs["the new sheet opens"] = s.act.Sheet != vault.WayID{} && s.unlocks(t, s.act.Code) == nil
	counter := func(pin vault.PIN) bool {
		return second(s.Keeper.OpenCounter(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: pin}})) == nil
	}
	signs["the new PIN is the PIN"], signs["the old PIN is none"] = counter(newPIN(t)), !counter(vaulttest.PIN(t))
	view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	must(t, err)
	signs["the drawer is taken back"] = len(view.Entrusted) == 1
	signs["the person is told"] = len(view.Handovers) == 1
	if !reads(vaulttest.Worker) {
		t.Error("another agent does not read any more")
	}
	after = signs["the person is told"]
	for what, is := range signs {
		if is != after {
			t.Errorf("between: %s %v, and %v", what, is, signs)
		}
	}
	return after
}

func (s *handingScene) unlocks(t *testing.T, code vault.Code) error {
	t.Helper()
	return s.Keeper.Unlock(t.Context(), s.Login(t, vaulttest.Person), vault.Unlock{Safe: s.opened.Safe, Code: code})
}

// Line 4: a handover that is killed at any of its writes, applied or not, is before
// or after once the service is back, never between; tried again there is one.
func TestAnInterruptedHandoverIsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	const prepares, hands = 4, 2 // writes to the bucket
	restarts := map[string]func(*vaulttest.House, *testing.T){
		"power cut": func(h *vaulttest.House, t *testing.T) { h.Crash(t) },
		"stop":      func(h *vaulttest.House, t *testing.T) { h.Restart(t) },
	}
	for name, fault := range writeFaults() {
		for nth := range prepares + hands {
			for how, restart := range restarts {
				if how == "stop" && nth < prepares+hands-1 {
					continue // what a stop leaves behind depends on the entry alone
				}
				t.Run(fmt.Sprintf("%s/write %d/%s", name, nth+1, how), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneHandoverFault(t, fault, nth, prepares, restart) })
				})
			}
		}
	}
}

func oneHandoverFault(t *testing.T, fault storagetest.Fault, nth, prepares int, restart func(*vaulttest.House, *testing.T)) {
	s := newHandingScene(t)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	prepared, err := s.Keeper.PrepareHandover(t.Context(), s.person, vault.PrepareHandover{Safe: s.opened.Safe, Leader: s.Agents[vaulttest.Leader]})
	s.act = vault.Handover{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Sheet: prepared.Sheet.Sheet, Code: prepared.Sheet.Code, PIN: newPIN(t),
	}
	if (err == nil) != (nth >= prepares) {
		t.Fatalf("prepare: %v", err)
	}
	if err == nil {
		_, err = s.Keeper.Handover(t.Context(), s.person, s.act)
		if err != nil {
			t.Errorf("what takes away waits for the bucket: %v", err)
		}
		s.leaderFindsNothing(t, s.leader(t))
	}
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d", n, nth)
	}
	late := s.Bucket
	restart(s.House, t)
	late.Land(t.Context())
	synctest.Wait()
	if after := s.when(t); after != (nth >= prepares) {
		t.Errorf("after it: %v, and it was acknowledged: %v", after, nth >= prepares)
	}
	s.retries(t, nth >= prepares)
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
}

// retries tries the same request again: after a handover its answer is the first
// one's; before it, it is prepared anew and then there is one.
func (s *handingScene) retries(t *testing.T, after bool) {
	t.Helper()
	if !after {
		s.person = s.Unlocked(t, vaulttest.Person, s.opened)
		act := s.handing(t, s.person)
		act.Request, s.act = s.act.Request, act
		s.act.Request = act.Request
	} else {
		s.person = s.Login(t, vaulttest.Person)
		must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.act.Code}))
	}
	done, err := s.Keeper.Handover(t.Context(), s.person, s.act)
	if err != nil || done.Leader != s.Agents[vaulttest.Leader] || done.Passport.IsZero() {
		t.Fatalf("tried again: %+v, %v", done, err)
	}
	if !s.when(t) {
		t.Error("tried again, and it is before")
	}
	view, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	if err != nil || len(view.Handovers) != 1 {
		t.Errorf("handovers: %+v, %v", view.Handovers, err)
	}
}
