package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Everybody can seal to a public key: terms, keys and pieces that somebody sealed
// to the right recipients under the right names are not believed, and those of two
// consents do not stand in for each other.
func TestForgedConsentsAreNotBelieved(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	one := s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"logement"} })
	two := s.give(t, func(x *vault.Terms) {
		x.Scope.Drawers, x.Agent = []papers.Drawer{"identite"}, s.Agents[vaulttest.Colleague]
	})
	s.Stop(t)
	thaw := s.Freeze(t)
	id, master := s.opened.Safe.String(), s.Config.Secrets.Master.Recipient()
	objects := func(c vault.Consent, part string) (keys []storage.Key) {
		for _, key := range s.Bucket.Keys() {
			if name, ok := strings.CutPrefix(string(key), "v1/s/"+id+"/b/"+c.ID.String()+"/"); ok && strings.HasPrefix(name, part) {
				keys = append(keys, key)
			}
		}
		return keys
	}
	pieces := func(c vault.Consent) storage.Key {
		for _, key := range objects(c, "") {
			if name := string(key[strings.LastIndex(string(key), "/")+1:]); !strings.Contains(name, ".") {
				return key
			}
		}
		t.Fatal("a consent without pieces")
		return ""
	}
	only := func(keys []storage.Key) storage.Key {
		t.Helper()
		if len(keys) != 1 {
			t.Fatalf("%d objects, want one", len(keys))
		}
		return keys[0]
	}
	evil, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(c *seal.Ciphertext, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c.Bytes()
	}
	for name, plant := range map[string]func(){
		"terms of everything": func() {
			forged := []byte(`{"v":1,"consent":"` + one.ID.String() + `","safe":"` + id + `"}`)
			s.Bucket.Plant(only(objects(one, "t.")), sealed(seal.Seal(forged, seal.Bind(seal.KindTerms, id, one.ID.String(), "given", "1"), master)))
		},
		"another bundle's identity": func() {
			inner, outer := seal.Bind(seal.KindBundleKeyInner, id, one.ID.String(), one.Terms.Agent.String()), seal.Bind(seal.KindBundleKey, id, one.ID.String(), "1")
			s.Bucket.Plant(only(objects(one, "k.")), sealed(seal.SealNested(evil.Text(), inner, evil.Recipient(), outer, master)))
		},
		"pieces of an invented key": func() {
			key := pieces(one)
			object := string(key[strings.LastIndex(string(key), "/")+1:])
			s.Bucket.Plant(key, sealed(seal.SealPieces([]seal.Piece{{Document: s.docs["cni"].String()}},
				seal.Bind(seal.KindPieces, id, one.ID.String(), object), evil.Recipient())))
		},
		"swapped terms":  func() { s.Bucket.Swap(only(objects(one, "t.")), only(objects(two, "t."))) },
		"swapped keys":   func() { s.Bucket.Swap(only(objects(one, "k.")), only(objects(two, "k."))) },
		"swapped pieces": func() { s.Bucket.Swap(pieces(one), pieces(two)) },
		"no terms":       func() { s.Bucket.Drop(only(objects(one, "t."))) },
	} {
		plant()
		s.Start(t) // a safe is looked at when somebody asks
		for kind := range s.docs {
			err := s.readErr(s.Login(t, vaulttest.Worker), kind)
			if inside := kind == "bail" || kind == "quittance-loyer"; err == nil && !inside {
				t.Errorf("%s: the worker reads %q", name, kind)
			} else if err != nil && !errors.Is(err, vault.ErrTampered) && !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s: %q: %v", name, kind, err)
			}
		}
		if report, err := s.Keeper.VerifyBucket(t.Context()); err == nil && len(report.Findings) == 0 {
			t.Errorf("%s: the verification finds nothing", name)
		}
		s.Stop(t)
		thaw()
	}
	s.Start(t)
}

// Who replaces an agent goes on with the consents that say so: same text, same
// end, nobody's sheet; and nobody else's consents come along.
func TestASuccessorGoesOnWithTheSameConsent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		named := s.give(t, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
		mine := s.give(t, func(x *vault.Terms) { x.Scope.Drawers = []papers.Drawer{"identite"} })
		manager := s.Login(t, vaulttest.Manager)
		if _, err := s.Keeper.AssignSuccessor(t.Context(), manager, vault.AssignSuccessor{
			Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Agent: s.Agents[vaulttest.Worker]}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // each safe's entry follows
		synctest.Wait()
		equal(t, "the successor reads", s.reads(t, s.Login(t, vaulttest.Colleague)), "bail", "quittance-loyer")
		equal(t, "who left reads", s.reads(t, s.Login(t, vaulttest.Worker)))
		list, err := s.Keeper.Consents(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, c := range list {
			switch {
			case c.ID == mine.ID && c.Ended != vault.EndedDeparture:
				t.Errorf("the consent of who left: %+v", c)
			case c.ID == named.ID && (c.State != vault.ConsentLive || c.Shown != named.Shown || !c.Terms.Until.Equal(named.Terms.Until) || c.AgentName != vaulttest.Colleague):
				t.Errorf("the consent that goes on: %+v", c)
			}
		}
		keys := 0
		for _, key := range s.Bucket.Keys() {
			if strings.Contains(string(key), "/b/"+named.ID.String()+"/k.") {
				keys++
			}
		}
		if keys != 1 {
			t.Errorf("%d keys of one consent: who left had one", keys)
		}
	})
}
