package keeper_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-34, L-37: a copy of the bucket from before a withdrawal revives nothing through
// the service. Outside it, with everything the service has today, it opens nothing
// once the master of that time is destroyed; only whoever kept that master too
// opens what was granted and entrusted then, and nothing that was locked. The
// holder of escrow A opens, with such a copy, what was entrusted, and nothing that
// was granted.
func TestAnOlderCopyOpensWithNoMasterThatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &turned{helped: newHelped(t)}
		given := s.give(t, nil)
		older, oldKeys := s.Bucket.Snapshot(), s.Bucket.Keys()
		if err := s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "banque"}); err != nil {
			t.Fatal(err)
		}
		before := s.NewMaster(t)
		sealedAnew(t, s.House)
		if _, err := s.Keeper.DestroyMaster(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		s.Stop(t)
		a := loot{"trail": read(t, s.Config.TrailPath), "state": read(t, s.Config.StatePath)}
		for key, raw := range s.Bucket.Snapshot().All() {
			a["today/"+string(key)] = raw
		}
		for key, raw := range older.All() {
			a["older/"+string(key)] = raw
		}
		opens := func(who string, master *seal.Identity, want ...string) {
			t.Helper()
			seen, got := a.openAll(t, master), []string{}
			for kind := range s.docs {
				if kind != "" && anyContains(seen, []byte("papier "+kind)) {
					got = append(got, kind)
				}
			}
			slices.Sort(got)
			equal(t, who, got, want...)
		}
		opens("with the master of today", s.Config.Secrets.Master)
		opens("with the master of that time", before, "bail", "quittance-loyer", "rib")
		opens("with escrow A, which no master replaces", s.EscrowA, "rib")
		s.ForgetMasters()
		s.Start(t)
		worker := s.Login(t, vaulttest.Worker)
		for _, key := range append(s.Bucket.Keys(), oldKeys...) {
			if strings.HasPrefix(string(key), "v1/s/") {
				s.Bucket.RestoreOne(older, key)
			}
		}
		s.givesNothing(t, "the older copy put back", worker)
		s.Stop(t)
		if s.TryStart(t.Context()) == nil {
			s.givesNothing(t, "and a new start", s.Login(t, vaulttest.Worker))
			s.Stop(t)
		}
	})
}

// givesNothing checks that somebody is neither listed nor opened anything.
func (s *turned) givesNothing(t *testing.T, step string, who session.Principal) {
	t.Helper()
	if reads := s.reads(t, who); len(reads) != 0 {
		t.Errorf("%s: reads %q", step, reads)
	}
	if _, err := s.Keeper.List(t.Context(), who, vault.List{Safe: s.opened.Safe, Limit: 10}); err == nil {
		t.Errorf("%s: is listed papers", step)
	}
}
