package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What opens a counter session, and how much of the safe is open in it.
func TestWhatOpensACounterSession(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	without := f.OpenSafe(t, "") // a person without login and without PIN
	helper := sit(t, f.House, vaulttest.Civic).Principal
	for _, c := range []struct {
		name  string
		who   session.Principal
		safe  vault.SafeID
		proof vault.Proof
		want  func(error) bool
		opens vault.Reach
	}{
		{"sheet and PIN", f.worker.Principal, f.opened.Safe, f.proof(t, rightPIN, true), saysDone, vault.ReachAll},
		{"PIN alone", f.worker.Principal, f.opened.Safe, f.proof(t, rightPIN, false), saysDone, vault.ReachEntrusted},
		{"nothing", f.worker.Principal, f.opened.Safe, vault.Proof{}, saysInvalid, 0},
		{"sheet alone, with a PIN", f.worker.Principal, f.opened.Safe, f.proof(t, "", true), saysInvalid, 0},
		{"sheet and wrong PIN", f.worker.Principal, f.opened.Safe, f.proof(t, wrongPIN, true), says(vault.ErrPIN), 0},
		{"PIN and another's sheet", f.worker.Principal, f.opened.Safe, vault.Proof{PIN: pinOf(t, rightPIN), Code: without.Code}, says(vault.ErrCode), 0},
		{"sheet alone, without a PIN", f.worker.Principal, without.Safe, vault.Proof{Code: without.Code}, saysWaits, 0},
		{"a PIN where there is none", f.worker.Principal, without.Safe, f.proof(t, rightPIN, false), says(vault.ErrPIN), 0},
		{"a helper who opens nothing", helper, f.opened.Safe, f.proof(t, rightPIN, true), says(vault.ErrNotFound), 0},
		{"a stranger", sit(t, f.House, vaulttest.Stranger).Principal, f.opened.Safe, f.proof(t, rightPIN, true), says(vault.ErrNotFound), 0},
		{"the owner themselves", sit(t, f.House, vaulttest.Person).Principal, f.opened.Safe, f.proof(t, rightPIN, true), says(vault.ErrNotFound), 0},
		{"no such safe", f.worker.Principal, vault.NewSafeID(), f.proof(t, rightPIN, true), says(vault.ErrNotFound), 0},
	} {
		v, err := f.Keeper.OpenCounter(t.Context(), c.who, vault.OpenCounter{Safe: c.safe, Proof: c.proof})
		if !c.want(err) || v.Opened != c.opens {
			t.Errorf("%s: opens %d, %v", c.name, v.Opened, err)
		}
		if (err == nil) != (v.Token != session.Token{}) {
			t.Errorf("%s: token and error disagree", c.name)
		}
	}
}

// While there is no PIN a second agent stands beside the sheet: one who had no
// hand in its printing, for this act, once. A wrong code asks nobody.
func TestTheSheetAndASecondAgent(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	opened := f.OpenSafe(t, "") // by the reception, who printed the sheet
	open := func(code seal.Code, id vault.ApprovalID) (vault.Visit, error) {
		return f.Keeper.OpenCounter(t.Context(), f.worker.Principal, vault.OpenCounter{
			Safe: opened.Safe, Proof: vault.Proof{Code: code}, Approval: id,
		})
	}
	waiting := func() []vault.Approval {
		all, err := f.Keeper.Approvals(t.Context(), f.Login(t, vaulttest.Colleague))
		must(t, err)
		return all
	}
	if err := second(open(f.opened.Code, vault.ApprovalID{})); !errors.Is(err, vault.ErrCode) || len(waiting()) != 0 {
		t.Errorf("a wrong code: %v, %d wait", err, len(waiting()))
	}
	_, err := open(opened.Code, vault.ApprovalID{})
	asked, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok {
		t.Fatal(err)
	}
	for subject, want := range map[string]error{
		vaulttest.Counter: vault.ErrApprover, // printed it
		vaulttest.Worker:  vault.ErrApprover, // asks for it
		vaulttest.Civic:   vault.ErrDenied,
	} {
		if err := f.Keeper.Approve(t.Context(), f.Login(t, subject), asked.Approval); !errors.Is(err, want) {
			t.Errorf("%s approves: %v", subject, err)
		}
	}
	if err := second(open(opened.Code, asked.Approval)); !saysWaits(err) {
		t.Errorf("before the second agent: %v", err)
	}
	must(t, f.Keeper.Approve(t.Context(), f.Login(t, vaulttest.Colleague), asked.Approval))
	if err := second(open(f.opened.Code, asked.Approval)); !errors.Is(err, vault.ErrCode) {
		t.Errorf("approved, with a wrong code: %v", err)
	}
	v, err := open(opened.Code, asked.Approval)
	if err != nil || v.Opened != vault.ReachAll || !v.Renew {
		t.Fatalf("opens %d: %v", v.Opened, err)
	}
	if err := second(open(opened.Code, asked.Approval)); err == nil {
		t.Error("an approval counts twice")
	}
	// The person chooses a PIN there; from then on the sheet asks for it.
	who, err := f.worker.call(t, f.House, v.Token)
	must(t, err)
	must(t, f.Keeper.SetPIN(t.Context(), who, vault.SetPIN{Safe: opened.Safe, PIN: pinOf(t, rightPIN)}))
	if err := second(open(opened.Code, vault.ApprovalID{})); !saysInvalid(err) {
		t.Errorf("with a PIN: %v", err)
	}
}

// In a counter session the person reads and lists what their proof opened, of
// their own safe and of no other.
func TestWhatAPersonDoesAtTheCounter(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	other := f.OpenSafe(t, "")
	for name, c := range map[string]struct {
		proof vault.Proof
		read  func(error) bool // of the paper that is locked
		all   bool
	}{
		"PIN alone":     {f.proof(t, rightPIN, false), says(vault.ErrNeedsSheet), false},
		"sheet and PIN": {f.proof(t, rightPIN, true), saysDone, true},
	} {
		who, _ := f.visit(t, c.proof)
		if b, err := f.Read(t.Context(), who, f.opened.Safe, f.entrusted, 0); err != nil || string(b) != string(vaulttest.Text("quittance", 500)) {
			t.Errorf("%s, what is entrusted: %v", name, err)
		}
		if err := second(f.Read(t.Context(), who, f.opened.Safe, f.locked, 0)); !c.read(err) {
			t.Errorf("%s, what is not: %v", name, err)
		}
		docs, err := f.Keeper.List(t.Context(), who, vault.List{Safe: f.opened.Safe, Limit: 10})
		lists := func(id vault.DocumentID) bool {
			return slices.ContainsFunc(docs, func(d vault.Document) bool { return d.ID == id })
		}
		if err != nil || !lists(f.entrusted) || lists(f.locked) != c.all {
			t.Errorf("%s: %d papers listed, %v", name, len(docs), err)
		}
		owned, err := f.Keeper.OwnedSafes(t.Context(), who)
		if err != nil || len(owned) != 1 || owned[0].Safe != f.opened.Safe || owned[0].Unlocked != c.all {
			t.Errorf("%s: own safes %v, %v", name, owned, err)
		}
		if err := second(f.Keeper.List(t.Context(), who, vault.List{Safe: other.Safe, Limit: 10})); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%s, another safe: %v", name, err)
		}
		if _, err := f.Deposit(t.Context(), who, f.opened.Safe, vaulttest.Paper{Title: "Bail", Kind: "bail", Body: []byte("bail")}); err != nil {
			t.Errorf("%s: deposit: %v", name, err)
		}
		must(t, f.Keeper.CloseSession(t.Context(), who))
		if err := f.Keeper.Live(f.worker.Principal); err != nil {
			t.Errorf("%s: the agent's session ended with it: %v", name, err)
		}
	}
}

// A sheet that was used on an agent's screen is due for a new one.
func TestAUsedSheetIsRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	if _, v := f.visit(t, f.proof(t, rightPIN, false)); v.Renew {
		t.Error("a PIN asks for a new sheet")
	}
	_, v := f.visit(t, f.proof(t, rightPIN, true))
	if !v.Renew {
		t.Error("the sheet was used, and no new one is due")
	}
	f.Restart(t)
	f.worker = sit(t, f.House, vaulttest.Worker)
	who, v := f.visit(t, f.proof(t, rightPIN, true))
	if !v.Renew {
		t.Error("a restart forgot it")
	}
	sheet, err := f.Keeper.RenewSheet(t.Context(), who, vault.RenewSheet{Safe: f.opened.Safe})
	must(t, err)
	if err := f.Keeper.Live(who); err != nil {
		t.Errorf("the visit ended with the old sheet: %v", err)
	}
	if err := second(f.Keeper.OpenCounter(t.Context(), f.worker.Principal, vault.OpenCounter{Safe: f.opened.Safe, Proof: f.proof(t, rightPIN, true)})); !errors.Is(err, vault.ErrCode) {
		t.Errorf("the old sheet: %v", err)
	}
	f.opened.Code = sheet.Code
	if _, v := f.visit(t, f.proof(t, rightPIN, false)); v.Renew {
		t.Error("it is due still")
	}
}

// What ends a counter session, at once and for good.
func TestACounterSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, f *front, who session.Principal){
		"after 45 minutes": func(t *testing.T, f *front, who session.Principal) {
			for range 3 {
				time.Sleep(14 * time.Minute)
				if _, err := f.Keeper.OwnedSafes(t.Context(), who); err != nil {
					t.Fatal(err)
				}
				if _, err := f.worker.call(t, f.House, f.token); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(3 * time.Minute)
		},
		"idle": func(*testing.T, *front, session.Principal) { time.Sleep(15 * time.Minute) },
		"by the person": func(t *testing.T, f *front, who session.Principal) {
			must(t, f.Keeper.CloseSession(t.Context(), who))
		},
		"with the agent's session": func(t *testing.T, f *front, _ session.Principal) {
			must(t, f.Keeper.CloseSession(t.Context(), f.worker.Principal))
		},
		"by the next person": func(t *testing.T, f *front, _ session.Principal) {
			f.visit(t, f.proof(t, rightPIN, false))
		},
		"by a freeze": func(t *testing.T, f *front, who session.Principal) {
			must(t, f.Keeper.Freeze(t.Context(), who, vault.Freeze{Request: vault.NewRequestID(), Safe: f.opened.Safe}))
		},
		"by a freeze from elsewhere": func(t *testing.T, f *front, _ session.Principal) {
			must(t, f.Keeper.Freeze(t.Context(), sit(t, f.House, vaulttest.Person).Principal, vault.Freeze{Request: vault.NewRequestID(), Safe: f.opened.Safe}))
		},
		"by a new PIN": func(t *testing.T, f *front, _ session.Principal) {
			must(t, f.Keeper.SetPIN(t.Context(), sit(t, f.House, vaulttest.Person).Principal, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915")}))
		},
		"when the agent is shut out": func(t *testing.T, f *front, who session.Principal) {
			must(t, f.Keeper.ShutOut(t.Context(), who, vault.ShutOut{Request: vault.NewRequestID(), Safe: f.opened.Safe, Agent: f.workerID}))
		},
		"when their structure is shut out": func(t *testing.T, f *front, _ session.Principal) {
			must(t, f.Keeper.ShutOut(t.Context(), sit(t, f.House, vaulttest.Person).Principal, vault.ShutOut{Request: vault.NewRequestID(), Safe: f.opened.Safe, Structure: f.structure}))
		},
		"by a restart": func(t *testing.T, f *front, _ session.Principal) {
			f.Restart(t)
			time.Sleep(2 * time.Second) // proofs dated before it are refused
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				who, v := f.visit(t, f.proof(t, rightPIN, true))
				f.token = v.Token
				r, err := f.Vault.Read(t.Context(), who, f.opened.Safe, f.locked, 0)
				must(t, err)
				end(t, f, who)
				if _, err := f.worker.call(t, f.House, v.Token); !errors.Is(err, auth.ErrUnauthenticated) {
					t.Errorf("its token: %v", err)
				}
				if err := f.Keeper.Live(who); !errors.Is(err, auth.ErrUnauthenticated) {
					t.Errorf("it lives: %v", err)
				}
				if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
					t.Errorf("a reading under way goes on: %d bytes, %v", n, err)
				}
				_ = r.Close()
				time.Sleep(time.Minute)
				if name != "by the next person" {
					if n := f.Keeper.PeopleThere(); n != 0 {
						t.Errorf("%d still in memory", n)
					}
				}
			})
		})
	}
}

// New presence gives another 45 minutes, and makes the proof of identity young
// again.
func TestACounterSessionIsExtended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		who, v := f.visit(t, f.proof(t, rightPIN, false))
		call := func() session.Principal {
			t.Helper()
			p, err := f.worker.call(t, f.House, v.Token)
			must(t, err)
			return p
		}
		for range 3 {
			time.Sleep(13 * time.Minute)
			who = call()
		}
		for name, c := range map[string]struct {
			who   session.Principal
			proof vault.Proof
			want  func(error) bool
		}{
			"nothing":           {who, vault.Proof{}, saysInvalid},
			"the sheet alone":   {who, f.proof(t, "", true), saysInvalid},
			"a wrong PIN":       {who, f.proof(t, wrongPIN, false), says(vault.ErrPIN)},
			"in the agent's":    {f.worker.Principal, f.proof(t, rightPIN, false), says(vault.ErrNotFound)},
			"in a login":        {sit(t, f.House, vaulttest.Person).Principal, f.proof(t, rightPIN, false), says(vault.ErrNotFound)},
			"in another's seat": {sit(t, f.House, vaulttest.Counter).Principal, f.proof(t, rightPIN, false), says(vault.ErrNotFound)},
		} {
			if err := second(f.Keeper.ExtendCounter(t.Context(), c.who, c.proof)); !c.want(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		more, err := f.Keeper.ExtendCounter(t.Context(), who, f.proof(t, rightPIN, true))
		if err != nil || more.Opened != vault.ReachAll || !more.Renew || !more.Until.Equal(time.Now().Add(45*time.Minute)) || more.Token != (session.Token{}) {
			t.Fatalf("%v, until %v: %v", more.Opened, more.Until, err)
		}
		for range 3 {
			time.Sleep(13 * time.Minute)
			who = call()
		}
		if err := second(f.Read(t.Context(), who, f.opened.Safe, f.locked, 0)); !errors.Is(err, vault.ErrLocked) {
			t.Errorf("after the unlock's idle time: %v", err)
		}
		more, err = f.Keeper.ExtendCounter(t.Context(), who, f.proof(t, rightPIN, false))
		if err != nil || more.Opened != vault.ReachEntrusted {
			t.Fatalf("%v: %v", more.Opened, err)
		}
		if who = call(); time.Since(who.AuthTime()) > time.Second {
			t.Errorf("the proof of identity is of %v", who.AuthTime())
		}
	})
}

// While the bucket takes nothing, a PIN opens what is entrusted all the same; a
// sheet, whose renewal has to be noted, opens nothing and leaves nobody inside.
func TestACounterSessionInAnOutage(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpPut || op == storagetest.OpCommit {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	if err := second(f.Keeper.OpenCounter(t.Context(), f.worker.Principal, vault.OpenCounter{Safe: f.opened.Safe, Proof: f.proof(t, rightPIN, true)})); !errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("sheet and PIN: %v", err)
	}
	if n := f.Keeper.PeopleThere(); n != 0 {
		t.Errorf("%d inside", n)
	}
	who, v := f.visit(t, f.proof(t, rightPIN, false))
	if err := second(f.Read(t.Context(), who, f.opened.Safe, f.entrusted, 0)); err != nil || v.Opened != vault.ReachEntrusted {
		t.Errorf("the PIN alone: %v", err)
	}
	f.Bucket.SetRule(nil)
	if _, v = f.visit(t, f.proof(t, rightPIN, true)); v.Opened != vault.ReachAll {
		t.Errorf("afterwards it opens %d", v.Opened)
	}
}

// The trail says of each act at the counter that it is the person's, and who
// vouched.
func TestTheTrailSaysWhoVouched(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	from := f.Keeper.Flush(t)
	who, _ := f.visit(t, f.proof(t, rightPIN, true))
	must(t, second(f.Read(t.Context(), who, f.opened.Safe, f.locked, 0)))
	mine := fmt.Sprintf("%q:\"%x\"", "session", who.Session())
	reads, guesses, opened := 0, 0, -1
	for _, l := range f.Keeper.Leaves(t, from) {
		switch act := vault.Act(l.Op); {
		case act == vault.ActGuess && l.Stage == audit.StageIntent:
			guesses++
			if !strings.Contains(l.Opened, f.workerID.String()) {
				t.Errorf("a guess on nobody's screen: %s", l.Opened)
			}
		case act == vault.ActOpenCounter && l.Stage == audit.StageOutcome:
			opened = guesses
			if !strings.Contains(l.Opened, mine) || !strings.Contains(l.Opened, `"code":"sheet+pin"`) {
				t.Errorf("outcome of the opening: %s", l.Opened)
			}
		case act == vault.ActRead && l.Stage == audit.StageIntent:
			reads++
			if !strings.Contains(l.Opened, `"actor":"visit"`) || !strings.Contains(l.Opened, f.workerID.String()) || !strings.Contains(l.Opened, mine) {
				t.Errorf("a reading at the counter: %s", l.Opened)
			}
		}
	}
	if reads != 1 || opened != 2 {
		t.Errorf("%d readings, %d guesses before the session was open", reads, opened)
	}
}
