package keeper_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Everybody can seal to a public key. Keys, records and bundles that an attacker
// sealed to the right recipients, under the right names, are not adopted: what
// is opened was named by a signed entry.
func TestSealedIsNotAuthentic(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	thaw := s.Freeze(t)
	evil, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	master, escrow := s.Config.Secrets.Master.Recipient(), s.EscrowA.Recipient()
	id := s.opened.Safe.String()
	for name, plant := range map[string]func() storage.Key{
		"a safe identity in the sheet's way": func() storage.Key {
			way := s.opened.Sheet.String()
			c, err := seal.SealNested(evil.Text(), seal.Bind(seal.KindWayInner, id, "1", way), s.wayRecipient(t),
				seal.Bind(seal.KindWay, id, "1", way, "1"), master, escrow)
			return s.plant(t, "/k/1/"+way, c, err)
		},
		"a bundle identity": func() storage.Key {
			key := s.find(t, "/b/", "/key.1")
			bundle := strings.Split(string(key), "/")[4]
			c, err := seal.Seal(evil.Text().Reveal(), seal.Bind(seal.KindBundleKey, id, bundle, "1"), master, escrow)
			return s.plant(t, "/key.1", c, err)
		},
		"a service record that names another owner": func() storage.Key {
			stranger := s.Desk.Issuer.User(t, vaulttest.Stranger)
			record, err := json.Marshal(map[string]any{
				"v": 2, "issuer": stranger.Issuer(), "subject": stranger.Subject(),
				"journal": bytes.Repeat([]byte{1}, 32), "informed": "1",
			})
			if err != nil {
				t.Fatal(err)
			}
			key := s.find(t, id, "/p/")
			c, err := seal.Seal(record, seal.Bind(seal.KindService, id, string(key[strings.LastIndex(string(key), "/")+1:])), master)
			return s.plant(t, id+"/p/", c, err)
		},
	} {
		key := plant()
		if err := s.TryStart(t.Context()); err != nil {
			t.Errorf("%s: nobody could even try: %v", name, err)
		} else {
			s.nothingIsAdopted(t, name)
			report, err := s.Keeper.VerifyBucket(t.Context())
			if err == nil && len(report.Findings) == 0 {
				t.Errorf("%s: the verification does not find %s", name, key)
			}
			s.Stop(t)
		}
		thaw()
	}
	s.Start(t)
}

// nothingIsAdopted tries what the planted thing was meant for.
func (s *scene) nothingIsAdopted(t *testing.T, name string) {
	t.Helper()
	stranger := s.Login(t, vaulttest.Stranger)
	owned, err := s.Keeper.OwnedSafes(t.Context(), stranger)
	if len(owned) != 0 || s.Keeper.Lock(t.Context(), stranger, s.opened.Safe) == nil {
		t.Errorf("%s: a stranger owns the safe (%v)", name, err)
	}
	person := s.Login(t, vaulttest.Person)
	if err := s.Keeper.Unlock(t.Context(), person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}); err != nil {
		if !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: unlock: %v", name, err)
		}
		return
	}
	drawer := papers.Drawer("banque") // leaving the bundle opens it
	err = s.Keeper.Change(t.Context(), person, vault.Change{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: s.kept[1].doc, Drawer: &drawer,
	})
	if !errors.Is(err, vault.ErrTampered) {
		t.Errorf("%s: leaving the bundle: %v", name, err)
	}
}

// find answers the object whose name holds all of these.
func (s *scene) find(t *testing.T, parts ...string) storage.Key {
	t.Helper()
	for _, key := range s.Bucket.Keys() {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(string(key), part) }) {
			return key
		}
	}
	t.Fatalf("no object is named %v", parts)
	return ""
}

func (s *scene) plant(t *testing.T, part string, c *seal.Ciphertext, err error) storage.Key {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	key := s.find(t, part)
	s.Bucket.Plant(key, c.Bytes())
	return key
}

// wayRecipient reads the sheet's public half from the safe's first entry, as
// whoever has the bucket can.
func (s *scene) wayRecipient(t *testing.T) seal.Recipient {
	t.Helper()
	raw := s.Bucket.Raw(storage.Key(chain.SafeChain(s.opened.Safe).Key(1)))
	e, _, err := chain.Open(raw, chain.SafeChain(s.opened.Safe), chain.Head{}, []seal.VerifyKey{s.Config.Genesis})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range e.Ops {
		if way, ok := op.(chain.AddWay); ok && way.Kind == chain.WaySheet {
			return way.Recipient
		}
	}
	t.Fatal("the first entry adds no sheet")
	return seal.Recipient{}
}

// A head in the state file that was changed is found: the safe, or the whole
// service, refuses rather than believe it.
func TestAChangedHeadIsFound(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	thaw := s.Freeze(t)
	for _, row := range []struct{ bucket, key string }{{"head", string(s.opened.Safe[:])}, {"meta", "vault"}} {
		for range 12 {
			flipRow(t, s.Config.StatePath, row.bucket, row.key)
			if err := s.TryStart(t.Context()); err == nil {
				who := s.Login(t, vaulttest.Person)
				err := s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code})
				if err == nil && s.findings(t) == 0 {
					t.Errorf("a changed %s was believed", row.bucket)
				}
				s.Stop(t)
			}
			thaw()
		}
	}
	s.Start(t)
}

func flipRow(t *testing.T, path, bucket, key string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Update(func(tx *bolt.Tx) error {
		value := bytes.Clone(tx.Bucket([]byte(bucket)).Get([]byte(key)))
		bit := rand.IntN(min(len(value), 40) * 8) // number and digest; what follows only says where to begin reading
		value[bit/8] ^= 1 << (bit % 8)
		return tx.Bucket([]byte(bucket)).Put([]byte(key), value)
	})
	if err != nil {
		t.Fatal(err)
	}
}
