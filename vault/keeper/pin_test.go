package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (f *front) tryPIN(ctx context.Context, pin vault.PIN) error {
	return second(f.Keeper.OpenCounter(ctx, f.worker.Principal, vault.OpenCounter{Safe: f.opened.Safe, Proof: vault.Proof{PIN: pin}}))
}

// Five wrong PINs block it, whatever happens in between, until a new one is
// chosen; the right one in between forgets the wrong ones.
func TestFiveWrongPINsBlockIt(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	wrong, right := pinOf(t, wrongPIN), pinOf(t, rightPIN)
	for range 4 {
		if err := f.tryPIN(t.Context(), wrong); !errors.Is(err, vault.ErrPIN) {
			t.Fatal(err)
		}
	}
	if err := f.tryPIN(t.Context(), right); err != nil || f.Keeper.WrongPINs(t, f.opened.Safe) != 0 {
		t.Fatalf("the right one after four: %v", err)
	}
	for n := range 5 {
		switch n {
		case 2:
			f.Restart(t)
			f.worker = sit(t, f.House, vaulttest.Worker)
		case 4:
			f.Crash(t)
			f.worker = sit(t, f.House, vaulttest.Worker)
		}
		if err := f.tryPIN(t.Context(), wrong); !errors.Is(err, vault.ErrPIN) {
			t.Fatal(err)
		}
	}
	for _, pin := range []vault.PIN{right, wrong} {
		if err := f.tryPIN(t.Context(), pin); !errors.Is(err, vault.ErrPINBlocked) {
			t.Errorf("after five: %v", err)
		}
	}
	// The sheet alone opens no counter session meanwhile: there is a PIN.
	err := second(f.Keeper.OpenCounter(t.Context(), f.worker.Principal, vault.OpenCounter{Safe: f.opened.Safe, Proof: f.proof(t, "", true)}))
	if !saysInvalid(err) {
		t.Errorf("the sheet alone: %v", err)
	}
	next := pinOf(t, "604915")
	owner := f.Unlocked(t, vaulttest.Person, f.opened)
	must(t, f.Keeper.SetPIN(t.Context(), owner, vault.SetPIN{Safe: f.opened.Safe, PIN: next}))
	if err := f.tryPIN(t.Context(), next); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if err := f.tryPIN(t.Context(), right); !errors.Is(err, vault.ErrPIN) {
		t.Errorf("the old one: %v", err)
	}
}

// Twenty guesses at once are counted one by one: five are compared, and each is
// in the trail before the counters know of it.
func TestTwentyGuessesAtOnceAreFive(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	from := f.Keeper.Flush(t)
	wrong := pinOf(t, wrongPIN)
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 20 {
		wg.Go(func() {
			err := f.tryPIN(t.Context(), wrong)
			mu.Lock()
			defer mu.Unlock()
			answers[err.Error()]++
		})
	}
	wg.Wait()
	if answers[vault.ErrPIN.Error()] != 5 || answers[vault.ErrPINBlocked.Error()] != 15 {
		t.Errorf("answers: %v", answers)
	}
	intents, compared := 0, 0
	for _, l := range f.Keeper.Leaves(t, from) {
		switch {
		case vault.Act(l.Op) != vault.ActGuess:
		case l.Stage == audit.StageIntent:
			intents++
		case l.Result != audit.ResultRefused:
			t.Errorf("a guess ended as %v", l.Result)
		case !strings.Contains(l.Opened, "not compared"):
			compared++
		}
	}
	if intents != 20 || compared != 5 {
		t.Errorf("%d guesses in the trail, %d of them compared", intents, compared)
	}
}

// A guess that cannot be recorded is not compared.
func TestNoGuessWithoutItsLeaf(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	must(t, f.Keeper.BreakTrail())
	if err := f.tryPIN(t.Context(), pinOf(t, rightPIN)); !errors.Is(err, vault.ErrTrail) {
		t.Error(err)
	}
	if n := f.Keeper.WrongPINs(t, f.opened.Safe); n != 0 {
		t.Errorf("%d counted", n)
	}
	if err := f.Keeper.Close(); err == nil {
		t.Error("it closed in good order")
	}
	f.Keeper = nil
}

// The trail knows each guess, so no rebuild forgets one: not those of a safe, not
// those on one agent's screen, not those in all.
func TestWrongPINsSurviveARebuild(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for range 3 {
		if err := f.tryPIN(t.Context(), pinOf(t, wrongPIN)); !errors.Is(err, vault.ErrPIN) {
			t.Fatal(err)
		}
	}
	f.Stop(t)
	must(t, os.Remove(f.Config.StatePath))
	if _, err := keeper.Rebuild(t.Context(), f.Config); err != nil {
		t.Fatal(err)
	}
	f.Start(t)
	if n := f.Keeper.WrongPINs(t, f.opened.Safe); n != 3 {
		t.Errorf("%d of the safe", n)
	}
	if n := f.Keeper.WrongByAgent(t, vault.AgentID{}); n != 3 {
		t.Errorf("%d in all", n)
	}
}

// A guess that a power cut kept from being compared counts as a wrong one: whoever
// cuts the power after each gains none.
func TestAGuessCutShortCounts(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for range 2 {
		f.Keeper.HalfGuess(t, f.worker.Principal, f.opened.Safe)
	}
	f.PowerCut(t)
	must(t, os.Remove(f.Config.StatePath))
	if _, err := keeper.Rebuild(t.Context(), f.Config); err != nil {
		t.Fatal(err)
	}
	f.Start(t)
	if n := f.Keeper.WrongPINs(t, f.opened.Safe); n != 2 {
		t.Errorf("%d counted", n)
	}
	f.worker = sit(t, f.House, vaulttest.Worker)
	for range 3 {
		if err := f.tryPIN(t.Context(), pinOf(t, wrongPIN)); !errors.Is(err, vault.ErrPIN) {
			t.Fatal(err)
		}
	}
	if err := f.tryPIN(t.Context(), pinOf(t, rightPIN)); !errors.Is(err, vault.ErrPINBlocked) {
		t.Errorf("after two and three: %v", err)
	}
}

// Wrong PINs on one agent's screen have a limit of their own, over all safes; it
// is the agent's alone, and lasts a day.
func TestWrongPINsOfOneAgent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		wrong, right := pinOf(t, wrongPIN), pinOf(t, rightPIN)
		for n := range 20 {
			if n%4 == 0 { // another safe, as far as its own counter goes
				if err := f.tryPIN(t.Context(), right); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.tryPIN(t.Context(), wrong); !errors.Is(err, vault.ErrPIN) {
				t.Fatal(err)
			}
		}
		if err := f.tryPIN(t.Context(), right); !errors.Is(err, vault.ErrTooManyGuesses) {
			t.Errorf("after twenty: %v", err)
		}
		worker := f.worker
		f.worker = sit(t, f.House, vaulttest.Counter)
		if err := f.tryPIN(t.Context(), right); err != nil {
			t.Errorf("on another agent's screen: %v", err)
		}
		f.worker = worker
		time.Sleep(24 * time.Hour)
		f.worker = sit(t, f.House, vaulttest.Worker)
		if err := f.tryPIN(t.Context(), right); err != nil {
			t.Errorf("a day later: %v", err)
		}
	})
}

// saysInvalid and saysWaits are errors of a form.
func saysInvalid(err error) bool { _, ok := errors.AsType[*vault.InvalidError](err); return ok }

func saysWaits(err error) bool { _, ok := errors.AsType[*vault.ApprovalError](err); return ok }

func says(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func saysDone(err error) bool { return err == nil }

// Who may choose a PIN, with what.
func TestWhoChoosesAPIN(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	owner := sit(t, f.House, vaulttest.Person).Principal
	visitor, _ := f.visit(t, f.proof(t, rightPIN, false))
	printer := sit(t, f.House, vaulttest.Counter).Principal // opened the safe, and printed its sheet
	other := f.OpenSafe(t, "autre-personne-fictive")
	for _, c := range []struct {
		name string
		who  session.Principal
		act  vault.SetPIN
		want func(error) bool
	}{
		{"an agent, by the old PIN", f.worker.Principal, vault.SetPIN{Proof: f.proof(t, rightPIN, false)}, saysDone},
		{"an agent, by the sheet", f.worker.Principal, vault.SetPIN{Proof: f.proof(t, "", true)}, saysDone},
		{"an agent, by both", f.worker.Principal, vault.SetPIN{Proof: f.proof(t, rightPIN, true)}, saysDone},
		{"who printed, by the sheet", printer, vault.SetPIN{Proof: f.proof(t, "", true)}, saysWaits},
		{"who printed, by the old PIN", printer, vault.SetPIN{Proof: f.proof(t, rightPIN, false)}, saysDone},
		{"an agent, by nothing", f.worker.Principal, vault.SetPIN{}, saysWaits},
		{"an agent, by a wrong PIN", f.worker.Principal, vault.SetPIN{Proof: f.proof(t, wrongPIN, false)}, says(vault.ErrPIN)},
		{"an agent, by a wrong PIN and the sheet", f.worker.Principal, vault.SetPIN{Proof: f.proof(t, wrongPIN, true)}, says(vault.ErrPIN)},
		{"an agent, by another's sheet", f.worker.Principal, vault.SetPIN{Proof: vault.Proof{Code: other.Code}}, says(vault.ErrCode)},
		{"a stranger", sit(t, f.House, vaulttest.Stranger).Principal, vault.SetPIN{Proof: f.proof(t, rightPIN, true)}, says(vault.ErrNotFound)},
		{"nobody", session.Principal{}, vault.SetPIN{Proof: f.proof(t, rightPIN, true)}, says(auth.ErrUnauthenticated)},
		{"the owner of another safe", sit(t, f.House, "autre-personne-fictive").Principal, vault.SetPIN{}, says(vault.ErrNotFound)},
		{"the owner, six times the same", owner, vault.SetPIN{PIN: pinOf(t, "777777")}, saysInvalid},
		{"the owner, six in a row", owner, vault.SetPIN{PIN: pinOf(t, "345678")}, saysInvalid},
		{"in a visit that a new PIN ended", visitor, vault.SetPIN{}, says(auth.ErrUnauthenticated)},
		{"the owner, just logged in", owner, vault.SetPIN{}, saysDone},
	} {
		c.act.Safe = f.opened.Safe
		if c.act.PIN.IsZero() {
			c.act.PIN = pinOf(t, rightPIN)
		}
		if err := f.Keeper.SetPIN(t.Context(), c.who, c.act); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	visitor, _ = f.visit(t, f.proof(t, rightPIN, false))
	if err := f.Keeper.SetPIN(t.Context(), visitor, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915")}); err != nil {
		t.Errorf("in a visit, just begun: %v", err)
	}
	if err := f.Keeper.Live(visitor); err != nil {
		t.Errorf("it goes on: %v", err)
	}
}

// A retry of the same choice is answered alike; another PIN under the same id is
// not the same.
func TestChoosingAPINIsRetried(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	owner := sit(t, f.House, vaulttest.Person).Principal
	act := vault.SetPIN{Request: vault.NewRequestID(), Safe: f.opened.Safe, PIN: pinOf(t, "604915")}
	for range 2 {
		must(t, f.Keeper.SetPIN(t.Context(), owner, act))
	}
	act.PIN = pinOf(t, rightPIN)
	if err := f.Keeper.SetPIN(t.Context(), owner, act); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("another PIN: %v", err)
	}
}

// A proof of identity that is five minutes old chooses no PIN alone.
func TestChoosingAPINAsksForAYoungProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		owner := sit(t, f.House, vaulttest.Person)
		visitor, _ := f.visit(t, f.proof(t, rightPIN, false))
		time.Sleep(5 * time.Minute)
		for name, who := range map[string]seat{"login": owner, "visit": {Principal: visitor}} {
			if err := f.Keeper.SetPIN(t.Context(), who.Principal, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915")}); err == nil {
				t.Errorf("%s: it was enough", name)
			}
		}
		must(t, f.Keeper.SetPIN(t.Context(), owner.Principal, vault.SetPIN{
			Safe: f.opened.Safe, PIN: pinOf(t, "604915"), Proof: f.proof(t, rightPIN, false),
		}))
		// Whoever came in by the old PIN is out.
		if err := f.Keeper.Live(visitor); err == nil {
			t.Error("a visit by the old PIN goes on")
		}
	})
}

// The digits stand nowhere: not in the bucket, not in a bbolt file, not in a log,
// not in an error.
func TestAPINIsWrittenNowhere(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for _, digits := range []string{wrongPIN, rightPIN} {
		if err := f.tryPIN(t.Context(), pinOf(t, digits)); err != nil && strings.Contains(err.Error(), digits) {
			t.Error("in an error")
		}
	}
	f.Stop(t)
	err := filepath.WalkDir(f.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, digits := range []string{wrongPIN, rightPIN} {
			if bytes.Contains(raw, []byte(digits)) {
				t.Errorf("in %s", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if log := f.Log.String(); strings.Contains(log, rightPIN) || strings.Contains(log, wrongPIN) {
		t.Error("in the log")
	}
}
