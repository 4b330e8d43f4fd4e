package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// arrive deposits papers one by one, as the reception.
func (s *helped) arrive(t testing.TB, kind papers.Kind, n int) {
	t.Helper()
	reception := s.Login(t, vaulttest.Counter)
	for range n {
		name := fmt.Sprint("arrivé ", len(s.docs))
		body := vaulttest.Text(name, 5000)
		r, err := s.Deposit(t.Context(), reception, s.opened.Safe, vaulttest.Paper{Title: name, Kind: kind, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		s.docs[name], s.bodies[name] = r[0].Document, body
	}
}

// count counts the papers in the worker's list, and reads the first and the last
// that arrived; to read all would be too many for one hour.
func (s *helped) count(t testing.TB) int {
	t.Helper()
	for _, name := range []string{fmt.Sprint("arrivé ", len(paperKinds)), fmt.Sprint("arrivé ", len(s.docs)-1)} {
		b, err := s.Read(t.Context(), s.worker, s.opened.Safe, s.docs[name], 0)
		if err != nil || !bytes.Equal(b, s.bodies[name]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	return len(s.sees(t, s.worker))
}

func (s *helped) openToArrivals(t testing.TB, actions vault.Action) vault.Consent {
	t.Helper()
	return s.give(t, func(a *vault.Terms) { a.Arrivals, a.Actions = vault.ArrivalsToo, actions })
}

// Papers that arrive one by one are joined in few objects, which hold what the
// many held: each paper is read by whom the consent names, today and after a
// restart. The objects before stay for a while, for whoever reads them now.
func TestArrivalsAreJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		c := s.openToArrivals(t, vault.ActionSee|vault.ActionRead)
		before := len(s.sees(t, s.worker))
		const many = 2*keeper.ManyObjects + 5
		s.arrive(t, "quittance-loyer", many)
		synctest.Wait()
		in := func() (n int) {
			prefix := storage.Key("v1/s/" + s.opened.Safe.String() + "/b/" + c.ID.String() + "/")
			for _, err := range s.Bucket.List(t.Context(), prefix, "") {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		if n := s.Keeper.PieceObjects(t, s.opened.Safe); n > 2*keeper.ManyObjects {
			t.Errorf("the pieces of %d papers lie in %d objects", many, n)
		}
		if n := s.Keeper.PieceKeys(t, s.opened.Safe); n != before+many {
			t.Errorf("%d file keys, want %d", n, before+many)
		}
		if n := in(); n < many {
			t.Errorf("%d objects lie there, so that those before are gone already", n)
		}
		if n := s.count(t); n != before+many {
			t.Errorf("%d papers are read, want %d", n, before+many)
		}
		time.Sleep(2 * time.Minute)
		if n := in(); n > 2*keeper.ManyObjects+2 {
			t.Errorf("%d objects lie there after two minutes", n)
		}
		s.Restart(t)
		s.worker = s.Login(t, vaulttest.Worker)
		if n := s.count(t); n != before+many {
			t.Errorf("%d papers are read after a restart, want %d", n, before+many)
		}
		(&scene{House: s.House}).sound(t)
	})
}

// What is joined opens no more than what it was joined from: of papers that may
// be seen only there is still no key, of one that was destroyed nothing is left,
// and with the consent all of it ends.
func TestJoiningWidensNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		c := s.openToArrivals(t, vault.ActionSee)
		s.arrive(t, "quittance-loyer", 3)
		gone := s.docs["arrivé 8"]
		if err := s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: gone}); err != nil {
			t.Fatal(err)
		}
		seen := len(s.sees(t, s.worker))
		s.arrive(t, "quittance-loyer", keeper.ManyObjects)
		synctest.Wait()
		if n := s.Keeper.PieceObjects(t, s.opened.Safe); n > keeper.ManyObjects {
			t.Fatalf("%d objects, so that nothing was joined", n)
		}
		if n := s.Keeper.PieceKeys(t, s.opened.Safe); n != 0 {
			t.Errorf("%d file keys in a consent to see", n)
		}
		if n := len(s.sees(t, s.worker)); n != seen+keeper.ManyObjects {
			t.Errorf("%d papers are seen, want %d", n, seen+keeper.ManyObjects)
		}
		end := vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, end); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keeper.List(t.Context(), s.worker, vault.List{Safe: s.opened.Safe, Limit: 10}); err == nil {
			t.Error("a withdrawn consent lists papers")
		}
	})
}

// A drawer that the service may open is joined too, and a paper still leaves it.
func TestAnEntrustedDrawerIsJoined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.arrive(t, "rib", keeper.ManyObjects+1)
		synctest.Wait()
		if n := s.Keeper.PieceObjects(t, s.opened.Safe); n > keeper.ManyObjects {
			t.Fatalf("%d objects, so that nothing was joined", n)
		}
		terms := s.terms(func(a *vault.Terms) { a.Scope = vault.Scope{Drawers: []papers.Drawer{"banque"}} })
		if _, err := s.offer(t.Context(), s.worker, terms, vault.GiveConsent{Giving: aloud, Proof: vault.Proof{PIN: vaulttest.PIN(t)}}); err != nil {
			t.Fatal(err)
		}
		if n := s.count(t); n != keeper.ManyObjects+2 {
			t.Errorf("%d papers by PIN, want %d", n, keeper.ManyObjects+2)
		}
		drawer := papers.Drawer("personnel")
		moved := vault.Change{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: s.docs["arrivé 7"], Drawer: &drawer}
		if err := s.Keeper.Change(t.Context(), s.person, moved); err != nil {
			t.Fatal(err)
		}
		if n := len(s.sees(t, s.worker)); n != keeper.ManyObjects+1 {
			t.Errorf("%d papers once one left the drawer, want %d", n, keeper.ManyObjects+1)
		}
	})
}

// Whatever the bucket does while objects are joined, and wherever that is cut
// short: every paper is there, and the next arrival has them joined.
func TestJoiningSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for name, fault := range writeFaults() {
		for write, op := range map[string]storagetest.Op{"the new object": storagetest.OpPut, "the entry": storagetest.OpCommit} {
			t.Run(name+"/"+write, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { joinFault(t, op, fault) })
			})
		}
	}
}

func joinFault(t *testing.T, on storagetest.Op, fault storagetest.Fault) {
	s := newHelped(t)
	s.openToArrivals(t, vault.ActionSee|vault.ActionRead)
	before := len(s.sees(t, s.worker))
	s.arrive(t, "quittance-loyer", keeper.ManyObjects-1) // and today's papers have one
	synctest.Wait()
	var entries, hits atomic.Int64
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit && entries.Add(1) == 1 || entries.Load() == 0 || op != on {
			return storagetest.None // the arrival's own
		}
		hits.Add(1)
		return fault
	})
	s.arrive(t, "quittance-loyer", 1)
	synctest.Wait()
	if hits.Load() == 0 {
		t.Fatal("nothing was joined")
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
	if n := s.count(t); n != before+keeper.ManyObjects {
		t.Errorf("%d papers are read, want %d", n, before+keeper.ManyObjects)
	}
	s.arrive(t, "quittance-loyer", 1)
	synctest.Wait()
	if n := s.Keeper.PieceObjects(t, s.opened.Safe); n > keeper.ManyObjects {
		t.Errorf("still %d objects", n)
	}
	if n := s.count(t); n != before+keeper.ManyObjects+1 {
		t.Errorf("%d papers are read at last, want %d", n, before+keeper.ManyObjects+1)
	}
	(&scene{House: s.House}).sound(t)
}

// While objects are joined, withdrawals and other arrivals go on, and what
// somebody reads at that moment they read to its end.
func TestJoiningIsInNobodysWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		c := s.openToArrivals(t, vault.ActionSee|vault.ActionRead)
		s.arrive(t, "quittance-loyer", keeper.ManyObjects-1)
		joining, reached := atomic.Bool{}, make(chan struct{})
		s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit && joining.CompareAndSwap(false, true) {
				return storagetest.None
			}
			if op == storagetest.OpPut && joining.Load() {
				select {
				case <-reached:
				default:
					close(reached)
				}
				return storagetest.NotApplied
			}
			return storagetest.None
		})
		s.arrive(t, "quittance-loyer", 1)
		<-reached
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}); err != nil {
			t.Fatal(err)
		}
		s.Bucket.SetRule(nil)
		synctest.Wait()
		if err := s.readErr(s.worker, "bail"); err == nil || errors.Is(err, vault.ErrUnavailable) {
			t.Errorf("after the withdrawal: %v", err)
		}
		s.arrive(t, "quittance-loyer", 2)
		(&scene{House: s.House}).sound(t)
	})
}
