package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A turned is a helped safe with something of each kind that is sealed to the
// master: ways in, an entrusted drawer, a consent that lives, one that ended and
// one that is asked for, and a second safe, frozen.
type turned struct {
	*helped
	frozen  vault.OpenedSafe
	asked   vault.Consent
	granted vault.Consent
}

func newTurned(t testing.TB) *turned {
	t.Helper()
	s := &turned{helped: newHelped(t)}
	s.granted = s.give(t, nil)
	ended := s.give(t, func(x *vault.Terms) { x.Agent = s.Agents[vaulttest.Colleague] })
	if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: ended.ID}); err != nil {
		t.Fatal(err)
	}
	var err error
	s.asked, err = s.Keeper.AskConsent(t.Context(), s.worker, vault.AskConsent{
		Terms: s.terms(func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"sante"} }),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.frozen = s.OpenSafe(t, vaulttest.Stranger)
	if err := s.Keeper.Freeze(t.Context(), s.Login(t, vaulttest.Stranger), vault.Freeze{Request: vault.NewRequestID(), Safe: s.frozen.Safe}); err != nil {
		t.Fatal(err)
	}
	return s
}

// again logs everybody in after a start.
func (s *turned) again(t testing.TB) {
	t.Helper()
	s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
}

// works checks that everything opens that did.
func (s *turned) works(t testing.TB) {
	t.Helper()
	s.again(t)
	equal(t, "the person reads", s.reads(t, s.person), "", "avis-imposition", "bail", "cni", "quittance-loyer", "rib")
	equal(t, "the agent reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	visitor := s.Visit(t, s.Sit(t, vaulttest.Counter), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
	equal(t, "the PIN opens", s.reads(t, visitor), "rib")
	list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(list) != 3 {
		t.Errorf("%d consents, %v", len(list), err)
	}
	for _, c := range list {
		if c.Terms.Precise != s.terms(nil).Precise {
			t.Errorf("a consent says %q", c.Terms.Precise)
		}
	}
}

func report(t testing.TB, h *vaulttest.House) keeper.MasterReport {
	t.Helper()
	r, err := h.Keeper.MasterReport(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sealedAnew waits, in a bubble, until the sweep of a rotation is through.
func sealedAnew(t testing.TB, h *vaulttest.House) {
	t.Helper()
	for range 20 {
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		if r := report(t, h); r.Masters[len(r.Masters)-2].Left == 0 && r.Waiting == 0 {
			time.Sleep(2 * time.Minute) // what was replaced is deleted
			return
		}
	}
	t.Fatalf("not everything is sealed anew: %+v", report(t, h))
}

// under are the names in the bucket that hold a master epoch.
func under(h *vaulttest.House, epoch string) (all []storage.Key) {
	for _, key := range h.Bucket.Keys() {
		name := string(key[strings.LastIndex(string(key), "/")+1:])
		if parts := strings.Split(name, "."); len(parts) > 1 && parts[1] == epoch {
			all = append(all, key)
		}
	}
	return all
}

// Replacing the master seals everything anew and needs nobody: everything opens as
// before, nothing in the bucket is under the old epoch, and once that is destroyed
// the service starts without it (L-37).
func TestTheMasterIsReplacedWithoutAnybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTurned(t)
		s.NewMaster(t)
		s.works(t) // while it goes on
		sealedAnew(t, s.House)
		s.works(t)
		if left := under(s.House, "1"); len(left) > 0 {
			t.Errorf("still under the old epoch: %v", left)
		}
		r := report(t, s.House)
		if len(r.Masters) != 2 || r.Masters[0].State != keeper.MasterFormer || r.Masters[1].State != keeper.MasterCurrent || r.Safes != 2 || len(r.Findings) != 0 {
			t.Errorf("%+v", r)
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
			t.Errorf("destroyed again: %v", err)
		}
		if r := report(t, s.House); r.Masters[0].State != keeper.MasterDestroyed {
			t.Errorf("%+v", r)
		}
		for _, act := range []vault.Act{vault.ActNewMaster, vault.ActDestroyMaster} { // L-18
			if l := lastOf(t, s.House, s.opened.Safe, act); l.Actor != vault.ActorService || l.Outcome != vault.OutcomeDone {
				t.Errorf("the person reads of %v: %+v", act, l)
			}
		}
		s.ForgetMasters()
		(&scene{House: s.House}).sound(t) // stops, and starts with the new master alone
		s.works(t)
	})
}

// Until it is destroyed an old master is asked for at each start; another one is
// not taken for it, and no epoch is passed over or taken back.
func TestMastersMustBeThoseOfTheVault(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := newPhone(t)
	before := s.NewMaster(t)
	s.Stop(t)
	good := s.Config.Secrets
	for name, c := range map[string]struct {
		change func(*keeper.Secrets)
		want   error
	}{
		"without the former one": {func(x *keeper.Secrets) { x.Former = nil }, keeper.ErrMasterNeeded},
		"another former one":     {func(x *keeper.Secrets) { x.Former = []keeper.FormerMaster{{Epoch: 1, Identity: other}} }, keeper.ErrOtherVault},
		"another current one":    {func(x *keeper.Secrets) { x.Master = other }, keeper.ErrOtherVault},
		"back to the former one": {func(x *keeper.Secrets) { x.Master, x.MasterEpoch, x.Former = before, 1, nil }, keeper.ErrOtherVault},
		"an epoch passed over":   {func(x *keeper.Secrets) { x.Master, x.MasterEpoch = other, 4 }, keeper.ErrOtherVault},
	} {
		s.Config.Secrets = good
		c.change(&s.Config.Secrets)
		if err := s.TryStart(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	s.Config.Secrets = good
	s.Start(t)
}

// A master that is lost is replaced with the sheet of escrow A: ways in, entrusted
// drawers, owners, agents and journals are there as before. Consents end and are
// given again: their keys were under the lost master alone.
func TestALostMasterIsReplacedWithEscrowA(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTurned(t)
		s.LoseMaster(t)
		if err := s.TryStart(t.Context()); !errors.Is(err, keeper.ErrMasterNeeded) {
			t.Errorf("without the lost master: %v", err)
		}
		if _, err := keeper.Restore(t.Context(), s.Config, newPhone(t), 0); !errors.Is(err, keeper.ErrOtherVault) {
			t.Errorf("with another escrow: %v", err)
		}
		r, err := keeper.Restore(t.Context(), s.Config, s.EscrowA, 0)
		if err != nil || r.Safes != 2 || r.Consents != 1 || len(r.Findings) != 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, err := keeper.Restore(t.Context(), s.Config, s.EscrowA, 0); err != nil || r.Consents != 0 {
			t.Errorf("again: %+v, %v", r, err)
		}
		s.Start(t)
		s.again(t)
		equal(t, "the person reads", s.reads(t, s.person), "", "avis-imposition", "bail", "cni", "quittance-loyer", "rib")
		equal(t, "the agent reads", s.reads(t, s.worker))
		list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
		if err != nil || states(list, vault.ConsentEnded, vault.EndedKeyLost) != 1 || states(list, vault.ConsentAsked, 0) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if l := lastOf(t, s.House, s.opened.Safe, vault.ActEndConsent); l.Actor != vault.ActorService {
			t.Errorf("the journal: %+v", l)
		}
		s.give(t, nil)
		equal(t, "given again", s.reads(t, s.worker), "bail", "quittance-loyer")
		visitor := s.Visit(t, s.Sit(t, vaulttest.Counter), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
		equal(t, "the PIN opens", s.reads(t, visitor), "rib")
		(&scene{House: s.House}).sound(t)
	})
}

// What is under an old epoch is not given up by mistake: it is counted, chain by
// chain, and only whoever says exactly how much goes on. The current epoch stays.
func TestNoMasterIsDestroyedThatIsNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newTurned(t)
		s.Stop(t)
		s.Start(t)
		way := (&scene{House: s.House}).find(t, s.opened.Safe.String(), "/k/")
		s.Bucket.Flip(way, 9000)
		s.NewMaster(t)
		for range 5 {
			synctest.Wait()
			time.Sleep(2 * time.Minute)
		}
		r := report(t, s.House)
		if r.Masters[0].Left != 1 || len(r.Findings) != 1 || r.Findings[0].Where != string(way) {
			t.Fatalf("%+v", r)
		}
		if strings.Contains(strings.Join(names(under(s.House, "2")), " "), strings.TrimSuffix(string(way), "1")) {
			t.Error("an object that was tampered with was sealed anew")
		}
		for _, lost := range []int{0, 2} {
			_, err := s.Keeper.DestroyMaster(t.Context(), 1, lost)
			if used, ok := errors.AsType[*keeper.MasterInUseError](err); !ok || used.Left != 1 || used.Epoch != 1 {
				t.Errorf("%d given up: %v", lost, err)
			}
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 2, 0); !errors.Is(err, vault.ErrDenied) {
			t.Errorf("the current epoch: %v", err)
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 3, 0); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("no epoch: %v", err)
		}
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 1); err != nil {
			t.Errorf("given up: %v", err)
		}
	})
}

func names(keys []storage.Key) (all []string) {
	for _, key := range keys {
		all = append(all, string(key))
	}
	return all
}
