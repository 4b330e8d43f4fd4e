package keeper_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A mailbox is an address of a safe at which one paper of a partner program was
// acknowledged.
type mailbox struct {
	*vaulttest.House
	safe vault.SafeID
	p    vaulttest.Program
	at   vault.AddressID
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	h := vaulttest.New(t)
	m := &mailbox{House: h, safe: h.OpenSafe(t, vaulttest.Person).Safe, p: h.Program(t, "Organisme-Exemple")}
	m.at = addressFor(t, h, m.safe, m.p)
	must(t, second(sends(t, h, h.LoginProgram(t, m.p), m.at, vaulttest.Paper{Title: "gardé", Body: []byte("gardé")})))
	return m
}

// mailed is how a deposit under way ended.
type mailed struct {
	receipts []vault.Receipt
	err      error
	at       time.Time
}

// post deposits a paper with an object and one without, in a goroutine.
func (m *mailbox) post(t *testing.T) <-chan mailed {
	t.Helper()
	who, h, at, ended := m.LoginProgram(t, m.p), m.House, m.at, make(chan mailed, 1)
	go func() {
		r, err := sends(t, h, who, at, vaulttest.Paper{Title: "grand", Body: vaulttest.Text("grand", 9000)}, vaulttest.Paper{Title: "petit", Body: []byte("petit")})
		ended <- mailed{r, err, time.Now()}
	}()
	return ended
}

func (m *mailbox) count(t *testing.T) int {
	t.Helper()
	n, err := m.Keeper.Count(t.Context(), m.Login(t, vaulttest.Person), m.safe)
	must(t, err)
	return n
}

// endings are the acts of the person that end a program's right to deposit.
func endings() map[string]func(t *testing.T, m *mailbox, who session.Principal) error {
	return map[string]func(t *testing.T, m *mailbox, who session.Principal) error{
		"the address is ended": func(t *testing.T, m *mailbox, who session.Principal) error {
			return m.Keeper.RevokeAddress(t.Context(), who, vault.RevokeAddress{Request: vault.NewRequestID(), Safe: m.safe, Address: m.at})
		},
		"the structure is shut out": func(t *testing.T, m *mailbox, who session.Principal) error {
			return m.Keeper.ShutOut(t.Context(), who, vault.ShutOut{Request: vault.NewRequestID(), Safe: m.safe, Structure: m.Structure})
		},
		"the program is shut out": func(t *testing.T, m *mailbox, who session.Principal) error {
			return m.Keeper.ShutOut(t.Context(), who, vault.ShutOut{Request: vault.NewRequestID(), Safe: m.safe, Agent: vault.AgentID(m.p.ID)})
		},
	}
}

// Over a bucket that takes a second for everything, an address is ended at
// every instant of a deposit there: no receipt comes after the person was told
// that it ended, and whoever has no receipt left no paper.
func TestAnAddressEndsAtEveryInstantOfADeposit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMailbox(t)
		want, refused := 1, 0
		for wait := 250 * time.Millisecond; wait < 7*time.Second; wait += 500 * time.Millisecond {
			person, counter := m.Login(t, vaulttest.Person), m.Login(t, vaulttest.Counter)
			program := m.LoginProgram(t, m.p)
			m.Bucket.Slow(time.Second)
			first, second := make(chan error, 1), make(chan mailed, 1)
			go func() {
				_, err := m.Deposit(t.Context(), counter, m.safe, vaulttest.Paper{Title: "devant", Body: []byte("devant")})
				first <- err
			}()
			at := m.at
			go func() {
				r, err := sends(t, m.House, program, at)
				second <- mailed{r, err, time.Now()}
			}()
			time.Sleep(wait)
			must(t, m.Keeper.RevokeAddress(t.Context(), person, vault.RevokeAddress{Request: vault.NewRequestID(), Safe: m.safe, Address: at}))
			told := time.Now()
			got := <-second
			if err := <-first; err == nil {
				want++
			}
			switch {
			case got.err == nil && got.at.After(told):
				t.Errorf("ended after %v: a receipt %v later", wait, got.at.Sub(told))
			case got.err == nil:
				want++
			case errors.Is(got.err, vault.ErrNotFound):
				refused++
			case !errors.Is(got.err, vault.ErrUnavailable):
				t.Errorf("ended after %v: %v", wait, got.err)
			}
			m.Bucket.Slow(0)
			time.Sleep(time.Minute)
			if n := m.count(t); n != want {
				t.Fatalf("ended after %v: %d papers, want %d: %v", wait, n, want, got.err)
			}
			m.at = addressFor(t, m.House, m.safe, m.p)
		}
		if refused == 0 || want == 1 {
			t.Errorf("%d refused, %d papers: nothing was tried", refused, want)
		}
		(&scene{House: m.House}).sound(t)
	})
}

// Whatever becomes of an entry that brings papers, once the person ended what it
// came by: who has a receipt keeps it, and else no paper appears, not when the
// entry lands late and not after a crash.
func TestAnEntryOnItsWayEndsWithItsAddress(t *testing.T) {
	t.Parallel()
	for what, end := range endings() {
		for name, fault := range writeFaults() {
			for _, crash := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/crash %v", what, name, crash), func(t *testing.T) {
					t.Parallel()
					wait := 10 * time.Second
					if strings.Contains(what, "address") {
						wait = time.Second
					}
					synctest.Test(t, func(t *testing.T) { oneOnItsWay(t, wait, end, fault, crash) })
				})
			}
		}
	}
}

// A shut-out waits for deposits whose callers still wait, so that it comes when
// those lost patience: in a bubble nothing waits for a lock while time goes on.
func oneOnItsWay(t *testing.T, wait time.Duration, end func(*testing.T, *mailbox, session.Principal) error, fault storagetest.Fault, crash bool) {
	m := newMailbox(t)
	person := m.Login(t, vaulttest.Person)
	m.Bucket.SetRule(func(op storagetest.Op, k storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit && strings.HasPrefix(string(k), "v1/s/") {
			return fault
		}
		return storagetest.None
	})
	posted := m.post(t)
	time.Sleep(wait)
	before := m.count(t)
	must(t, end(t, m, person))
	told := time.Now()
	if n := m.count(t); n != before {
		t.Errorf("%d papers the moment after, %d before", n, before)
	}
	late := m.Bucket
	if crash {
		m.Crash(t)
	} else {
		m.Bucket.SetRule(nil)
	}
	late.Land(t.Context())
	got := <-posted
	if got.err == nil && got.at.After(told) {
		t.Error("a receipt after the end")
	}
	want := 1 + len(got.receipts)
	for range 2 {
		time.Sleep(time.Minute)
		late.Land(t.Context())
		if n := m.count(t); n != want {
			t.Errorf("%d papers, want %d: %v", n, want, got.err)
		}
		(&scene{House: m.House}).sound(t) // a stop in good order, too
	}
	l := lastOf(t, m.House, m.safe, vault.ActDeposit)
	if got.err == nil != (l.Outcome == vault.OutcomeDone) {
		t.Errorf("the journal says %+v of %v", l, got.err)
	}
	isRefused(t, "the address of before", second(sends(t, m.House, m.LoginProgram(t, m.p), m.at)), vault.ErrNotFound)
}
