package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// present asks the person's own proof into a read: it is what a consent with
// presence needs.
func (f *front) attended() bool { return f.Keeper.Attended(f.worker.Principal, f.opened.Safe) }

// What proves presence, in whose session.
func TestWhatProvesPresence(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.helped(t)
	other := f.OpenSafe(t, "")
	printer := sit(t, f.House, vaulttest.Counter).Principal
	for _, c := range []struct {
		name  string
		who   session.Principal
		safe  vault.SafeID
		proof vault.Proof
		want  func(error) bool
	}{
		{"the PIN", f.worker.Principal, f.opened.Safe, f.proof(t, rightPIN, false), saysDone},
		{"the sheet", f.worker.Principal, f.opened.Safe, f.proof(t, "", true), saysDone},
		{"both", f.worker.Principal, f.opened.Safe, f.proof(t, rightPIN, true), saysDone},
		{"the sheet, by who printed it", printer, f.opened.Safe, f.proof(t, "", true), says(vault.ErrApprover)},
		{"the PIN, by who printed the sheet", printer, f.opened.Safe, f.proof(t, rightPIN, false), saysDone},
		{"nothing", f.worker.Principal, f.opened.Safe, vault.Proof{}, saysInvalid},
		{"a wrong PIN", f.worker.Principal, f.opened.Safe, f.proof(t, wrongPIN, false), says(vault.ErrPIN)},
		{"a wrong PIN with the sheet", f.worker.Principal, f.opened.Safe, f.proof(t, wrongPIN, true), says(vault.ErrPIN)},
		{"another's sheet", f.worker.Principal, f.opened.Safe, vault.Proof{Code: other.Code}, says(vault.ErrCode)},
		{"a safe where nobody is helped", f.worker.Principal, other.Safe, vault.Proof{Code: other.Code}, says(vault.ErrNotFound)},
		{"a stranger", sit(t, f.House, vaulttest.Stranger).Principal, f.opened.Safe, f.proof(t, rightPIN, true), says(vault.ErrNotFound)},
		{"the owner", sit(t, f.House, vaulttest.Person).Principal, f.opened.Safe, f.proof(t, rightPIN, true), says(vault.ErrNotFound)},
	} {
		f.Keeper.Leave(t, c.safe)
		until, err := f.Keeper.ProvePresence(t.Context(), c.who, vault.ProvePresence{Safe: c.safe, Proof: c.proof})
		if !c.want(err) || (err == nil) == until.IsZero() {
			t.Errorf("%s: until %v, %v", c.name, until, err)
		}
		if f.Keeper.Attended(c.who, c.safe) != (err == nil) {
			t.Errorf("%s: presence and answer disagree", c.name)
		}
	}
}

// A proof of presence lasts 45 minutes, in one session and for one safe.
func TestPresenceEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, f *front){
		"after 45 minutes": func(t *testing.T, f *front) {
			for range 5 {
				time.Sleep(9 * time.Minute)
				if _, err := f.worker.call(t, f.House, f.worker.token); err != nil {
					t.Fatal(err)
				}
			}
		},
		"with the session": func(t *testing.T, f *front) { must(t, f.Keeper.CloseSession(t.Context(), f.worker.Principal)) },
		"by a freeze": func(t *testing.T, f *front) {
			must(t, f.Keeper.Freeze(t.Context(), f.worker.Principal, vault.Freeze{Request: vault.NewRequestID(), Safe: f.opened.Safe}))
		},
		"when the agent is shut out": func(t *testing.T, f *front) {
			must(t, f.Keeper.ShutOut(t.Context(), sit(t, f.House, vaulttest.Person).Principal, vault.ShutOut{Request: vault.NewRequestID(), Safe: f.opened.Safe, Agent: f.workerID}))
		},
		"by a new PIN": func(t *testing.T, f *front) {
			must(t, f.Keeper.SetPIN(t.Context(), sit(t, f.House, vaulttest.Person).Principal, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, "604915")}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t)
				f.helped(t)
				_, err := f.Keeper.ProvePresence(t.Context(), f.worker.Principal, vault.ProvePresence{Safe: f.opened.Safe, Proof: f.proof(t, rightPIN, false)})
				must(t, err)
				if !f.attended() || f.Keeper.Attended(sit(t, f.House, vaulttest.Worker).Principal, f.opened.Safe) || f.Keeper.Attended(f.worker.Principal, vault.NewSafeID()) {
					t.Fatal("it counts elsewhere, or not here")
				}
				end(t, f)
				if f.attended() {
					t.Error("it goes on")
				}
			})
		})
	}
}

// The person says yes from their own session, by naming the number on the
// agent's screen.
func TestPresenceByNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		f.helped(t)
		owner := sit(t, f.House, vaulttest.Person).Principal
		ask := func() string {
			t.Helper()
			number, err := f.Keeper.AskPresence(t.Context(), f.worker.Principal, vault.AskPresence{Safe: f.opened.Safe})
			must(t, err)
			if len(number) != 2 {
				t.Fatalf("%q", number)
			}
			return number
		}
		grant := func(who session.Principal, number string) error {
			return f.Keeper.GrantPresence(t.Context(), who, vault.GrantPresence{Safe: f.opened.Safe, Number: number})
		}
		amiss := func(number string) string { return string('0'+(number[0]-'0'+1)%10) + number[1:] }

		number := ask()
		for name, who := range map[string]session.Principal{
			"a stranger": sit(t, f.House, vaulttest.Stranger).Principal, "the agent": f.worker.Principal,
		} {
			if err := grant(who, number); !errors.Is(err, vault.ErrNotFound) || f.attended() {
				t.Errorf("%s names it: %v", name, err)
			}
		}
		if err := grant(owner, amiss(number)); !errors.Is(err, vault.ErrNotFound) || f.attended() {
			t.Errorf("a wrong number: %v", err)
		}
		must(t, grant(owner, number))
		if !f.attended() || f.Keeper.Attended(sit(t, f.House, vaulttest.Worker).Principal, f.opened.Safe) {
			t.Error("it does not count where it was asked, or counts elsewhere")
		}
		if err := grant(owner, number); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("the same number again: %v", err)
		}
		f.Keeper.Leave(t, f.opened.Safe)

		old := ask()
		if number = ask(); number != old { // asked again, the first number is void
			if err := grant(owner, old); !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("the number before: %v", err)
			}
		}
		for range 3 {
			_ = grant(owner, amiss(number))
		}
		if err := grant(owner, number); !errors.Is(err, vault.ErrNotFound) || f.attended() {
			t.Errorf("after three wrong ones: %v", err)
		}
		number = ask()
		time.Sleep(5 * time.Minute)
		if err := grant(owner, number); !errors.Is(err, vault.ErrNotFound) || f.attended() {
			t.Errorf("after five minutes: %v", err)
		}
		number = ask()
		must(t, f.Keeper.CloseSession(t.Context(), f.worker.Principal))
		if err := grant(owner, number); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("the agent is gone: %v", err)
		}
		if err := grant(session.Principal{}, number); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("nobody: %v", err)
		}
	})
}
