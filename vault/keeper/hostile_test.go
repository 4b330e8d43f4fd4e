package keeper_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// readAll reads every paper of the scene after a restart: each must come out
// whole or not at all.
func (s *scene) readAll(t *testing.T) {
	t.Helper()
	who := s.Login(t, vaulttest.Person)
	if err := s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}); err != nil {
		return
	}
	for _, k := range s.kept {
		if got, err := s.Read(t.Context(), who, s.opened.Safe, k.doc, 0); err == nil && !bytes.Equal(got, k.body) {
			t.Error("a paper came out altered")
		}
	}
}

// findings runs the verification that an operator runs.
func (s *scene) findings(t *testing.T) int {
	t.Helper()
	r, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil {
		return 1
	}
	return len(r.Findings)
}

// L-01: any bit of any object, flipped: reported by the verification, and no
// altered byte is ever served.
func TestAnyFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	thaw := s.Freeze(t)
	for key, raw := range s.Bucket.Snapshot().All() {
		for range 3 {
			bit := rand.Int64N(int64(len(raw)) * 8)
			s.Bucket.Flip(key, bit)
			found := s.TryStart(t.Context()) != nil
			if !found {
				found = s.findings(t) > 0
				s.readAll(t)
				s.Stop(t)
			}
			if !found {
				t.Errorf("bit %d of %s was not found", bit, key)
			}
			thaw()
		}
	}
	s.Start(t)
}

// Two objects that changed places are found, and open nowhere.
func TestSwappedObjectsAreFound(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	thaw := s.Freeze(t)
	keys := s.Bucket.Keys()
	for i, a := range keys {
		b := keys[(i+1)%len(keys)]
		if bytes.Equal(s.Bucket.Raw(a), s.Bucket.Raw(b)) {
			continue
		}
		s.Bucket.Swap(a, b)
		if err := s.TryStart(t.Context()); err == nil {
			if s.findings(t) == 0 {
				t.Errorf("%s and %s changed places unseen", a, b)
			}
			s.readAll(t)
			s.Stop(t)
		}
		thaw()
	}
	s.Start(t)
}

// An older copy of the bucket is refused, and revives nothing: neither a paper
// that was destroyed, nor a drawer that was taken back.
func TestAnOlderBucketRevivesNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	before := s.Bucket.Snapshot()
	if err := s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: s.kept[0].doc}); err != nil {
		t.Fatal(err)
	}
	destroyed := s.Bucket.Snapshot()
	if err := s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "logement"}); err != nil {
		t.Fatal(err)
	}
	for name, older := range map[string]storagetest.Snapshot{"before destroying": before, "before taking back": destroyed} {
		s.Stop(t)
		thaw := s.Freeze(t)
		s.Start(t)
		s.again(t)
		s.Bucket.Restore(older)
		// The running keeper does not believe the bucket…
		if _, err := s.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("%s: a destroyed paper: %v", name, err)
		}
		if s.isEntrusted(t, s.kept[1].doc) {
			t.Errorf("%s: the drawer is entrusted again", name)
		}
		// …and neither does the next one.
		s.Stop(t)
		if err := s.TryStart(t.Context()); err == nil {
			who := s.Login(t, vaulttest.Person)
			err := s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code})
			if !errors.Is(err, vault.ErrTampered) {
				t.Errorf("%s: unlock on a bucket rolled back: %v", name, err)
			}
			s.Stop(t)
		}
		thaw()
		s.Start(t)
	}
}

// A trail cut below its last anchored checkpoint, or an older copy of it, is
// refused at start (L-57).
func TestACutTrailIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	old := read(t, s.Config.TrailPath)
	s.Start(t)
	s.again(t)
	s.Stop(t)
	write(t, s.Config.TrailPath, old)
	if err := s.TryStart(t.Context()); !errors.Is(err, keeper.ErrTrailCut) {
		t.Errorf("an older trail: %v, want %v", err, keeper.ErrTrailCut)
	}
	if err := os.Remove(s.Config.TrailPath); err != nil {
		t.Fatal(err)
	}
	if err := s.TryStart(t.Context()); !errors.Is(err, keeper.ErrTrailCut) {
		t.Errorf("no trail at all: %v, want %v", err, keeper.ErrTrailCut)
	}
}

// An attacker with bucket write and every public key plants what they can. No
// byte is released and no key adopted.
func TestPlantedThingsAreNotAdopted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	body := vaulttest.Text("grand", 18<<20) // more than 16 MiB: five segments
	big, err := s.Deposit(t.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "grand", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	evil, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	var last, object storage.Key
	for _, key := range s.Bucket.Keys() {
		if strings.Contains(string(key), "/m/") && strings.HasPrefix(string(key), "v1/s/") {
			last = max(last, key)
		}
		if strings.Contains(string(key), "/o/") && len(s.Bucket.Raw(key)) > len(body) {
			object = key
		}
	}
	payload, err := seal.VerifySigned(s.Bucket.Raw(last), seal.SignedEntry, s.Config.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := evil.Sign(seal.SignedEntry, payload.Payload())
	if err != nil {
		t.Fatal(err)
	}
	s.Stop(t)
	thaw := s.Freeze(t)
	next := nextEntry(t, last)
	for name, plant := range map[string]func(){
		"an entry with a key of the attacker's": func() { s.Bucket.Plant(last, forged.Bytes()) },
		"one more entry with that key":          func() { s.Bucket.Plant(next, forged.Bytes()) },
		"an old entry as the next one":          func() { s.Bucket.Duplicate(last, next) },
		"a segment beyond 16 MiB": func() {
			raw := bytes.Clone(s.Bucket.Raw(object))
			copy(raw[17<<20:], bytes.Repeat([]byte{0x41}, 100))
			s.Bucket.Plant(object, raw)
		},
	} {
		plant()
		if err := s.TryStart(t.Context()); err != nil {
			t.Errorf("%s: nobody could even try: %v", name, err)
		} else {
			who := s.Login(t, vaulttest.Person)
			if err := s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}); err == nil {
				for _, offset := range []int64{0, 17 << 20, 17<<20 + 50} {
					got, err := s.Read(t.Context(), who, s.opened.Safe, big[0].Document, offset)
					if !bytes.Equal(got, body[offset:][:len(got)]) {
						t.Errorf("%s: forged bytes came out", name)
					}
					if err == nil && name == "a segment beyond 16 MiB" {
						t.Errorf("%s: read from %d ended well", name, offset)
					}
				}
			} else if !errors.Is(err, vault.ErrTampered) {
				t.Errorf("%s: %v", name, err)
			}
			if s.findings(t) == 0 {
				t.Errorf("%s: the verification found nothing", name)
			}
			s.Stop(t)
		}
		thaw()
	}
	s.Start(t)
}

func nextEntry(t *testing.T, last storage.Key) storage.Key {
	t.Helper()
	i := strings.LastIndex(string(last), "/") + 1
	var n uint64
	if _, err := fmt.Sscanf(string(last[i:]), "%016x", &n); err != nil {
		t.Fatal(err)
	}
	return last[:i] + storage.Key(fmt.Sprintf("%016x", n+1))
}

// L-07, L-22: whoever holds bucket, both files, configuration and every secret
// of the service opens what the person entrusted, and nothing else: no other
// title, no other content, however often they try what they found.
func TestTheOperatorCannotOpenALockedSafe(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	entrusted, locked := []byte("confié"), []byte("libre")
	a := loot{}
	for key, raw := range s.Bucket.Snapshot().All() {
		a[string(key)] = raw
	}
	a["trail"], a["state"] = read(t, s.Config.TrailPath), read(t, s.Config.StatePath)
	seen := a.openAll(t, s.Config.Secrets.Master)
	for _, plain := range seen {
		if bytes.Contains(plain, locked) {
			t.Error("the operator reads a locked paper")
		}
	}
	if !anyContains(seen, entrusted) {
		t.Error("the attacker is too weak: not even the entrusted drawer opened")
	}
	for name, raw := range a {
		for _, marker := range [][]byte{locked, entrusted, []byte(vaulttest.Person), s.opened.Code.Printed().Reveal()} {
			if bytes.Contains(raw, marker) {
				t.Errorf("%q stands in clear in %s", marker, name)
			}
		}
	}
}

func anyContains(all [][]byte, marker []byte) bool {
	for _, b := range all {
		if bytes.Contains(b, marker) {
			return true
		}
	}
	return false
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
