package keeper_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// rotationWrites are the kinds of writes of a rotation, by what is in their names.
func rotationWrites() map[string]func(storage.Key) bool {
	has := func(prefix, part string) func(storage.Key) bool {
		return func(key storage.Key) bool {
			return strings.HasPrefix(string(key), prefix) && strings.Contains(string(key), part)
		}
	}
	return map[string]func(storage.Key) bool{
		"a way in": has("v1/s/", "/k/"), "a service record": has("v1/s/", "/p/"), "terms": has("v1/s/", "/t.2."),
		"a consent's key": has("v1/s/", "/k.2."), "an entrusted drawer's key": has("v1/s/", "/key.2"),
		"an entry of a safe": has("v1/s/", "/m/"), "an entry of a structure": has("v1/r/", "/m/"), "an agent's key": has("v1/a/", "/k/"),
	}
}

// A rotation × each kind of write × every way it can go wrong × a power cut: the
// next start goes on, everything opens as before, and nothing stays under the old
// master.
func TestARotationSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for kind, is := range rotationWrites() {
		for name, fault := range writeFaults() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { oneRotationFault(t, is, fault) })
			})
		}
	}
}

func oneRotationFault(t *testing.T, is func(storage.Key) bool, fault storagetest.Fault) {
	s := newTurned(t)
	var broken atomic.Bool
	s.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
		if op != storagetest.OpPut && op != storagetest.OpCommit {
			return storagetest.None
		}
		if is(key) {
			broken.Store(true)
		}
		if broken.Load() { // and whatever comes after it
			return fault
		}
		return storagetest.None
	})
	s.NewMaster(t)
	for range 100 {
		if synctest.Wait(); broken.Load() {
			break
		}
		time.Sleep(time.Second)
	}
	if !broken.Load() {
		t.Fatal("there was no such write")
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	s.works(t)
	sealedAnew(t, s.House)
	late.Land(t.Context())
	s.works(t)
	if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
		t.Error(err)
	}
	if left := under(s.House, "1"); len(left) > 0 {
		t.Errorf("still under the old epoch: %v", left)
	}
	s.ForgetMasters()
	(&scene{House: s.House}).sound(t)
	s.works(t)
}

// A new master whose announcement is lost is announced by the next start.
func TestANewMasterIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range writeFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newTurned(t)
				before := s.LoseMaster(t)
				s.Config.Secrets.Former = before
				commits := 0
				s.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
					if op == storagetest.OpCommit && strings.HasPrefix(string(key), "v1/v/m/") {
						if commits++; commits == 2 { // the first is the start itself
							return fault
						}
					}
					return storagetest.None
				})
				if err := s.TryStart(t.Context()); err == nil {
					s.Stop(t)
				}
				s.Bucket.Land(t.Context())
				s.Bucket.SetRule(nil)
				s.Start(t)
				sealedAnew(t, s.House)
				if r := report(t, s.House); len(r.Masters) != 2 {
					t.Errorf("%+v", r)
				}
				s.works(t)
			})
		})
	}
}

// Deposits, readings and consents go on while everything is sealed anew, and what
// is taken away meanwhile stays so.
func TestDailyLifeGoesOnDuringARotation(t *testing.T) {
	t.Parallel()
	s := newTurned(t)
	s.NewMaster(t)
	s.Bucket.Slow(2 * time.Millisecond)
	s.again(t)
	for i := range 8 {
		c := s.give(t, func(x *vault.Terms) { x.Agent = s.Agents[vaulttest.Colleague] })
		s.put(t, s.person, "facture-eau")
		if err := s.readErr(s.worker, "bail"); err != nil {
			t.Errorf("round %d: %v", i, err)
		}
		if err := s.readErr(s.person, "cni"); err != nil {
			t.Errorf("round %d: %v", i, err)
		}
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}); err != nil {
			t.Errorf("round %d: %v", i, err)
		}
		if err := s.readErr(s.Login(t, vaulttest.Colleague), "bail"); err == nil {
			t.Errorf("round %d: withdrawn, and read", i)
		}
	}
	opened := s.OpenSafe(t, vaulttest.Colleague)
	s.Bucket.Slow(0)
	if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil { // it finishes what is left
		t.Fatal(err)
	}
	s.ForgetMasters()
	(&scene{House: s.House}).sound(t)
	s.again(t)
	s.Unlocked(t, vaulttest.Colleague, opened)
	equal(t, "the agent reads", s.reads(t, s.worker), "bail", "quittance-loyer")
}

// A master that is older than people are told shows as overdue.
func TestAnOldMasterIsOverdue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTurned(t)
		s.Stop(t)
		time.Sleep(20 * oneDay)
		s.Start(t)
		s.NewMaster(t)
		sealedAnew(t, s.House)
		s.Stop(t)
		time.Sleep(11 * oneDay)
		s.Start(t)
		r := report(t, s.House)
		if now := time.Now(); !r.Masters[0].Overdue(now) || r.Masters[1].Overdue(now) {
			t.Errorf("%+v", r.Masters)
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		if report(t, s.House).Masters[0].Overdue(time.Now()) {
			t.Error("destroyed, and overdue")
		}
	})
}
