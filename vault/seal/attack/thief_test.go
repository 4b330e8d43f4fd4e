package attack_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/seal/attack"
)

// A house has one safe with two papers: one granted through a bundle, one not.
type house struct {
	master, agent *seal.Identity
	files         [][]byte
}

const (
	granted = "le papier confié, deux couches plus bas"
	locked  = "le papier que personne n'a confié"
)

func newHouse(t *testing.T) house {
	t.Helper()
	h := house{master: identity(t), agent: identity(t)}
	safe, bundle := identity(t), identity(t)
	put := func(c *seal.Ciphertext, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		h.files = append(h.files, c.Bytes())
	}
	var pieces []seal.Piece
	for i, text := range []string{granted, locked} {
		id := string(rune('a' + i))
		bind := seal.Bind(seal.KindInline, "s", id)
		c, _, err := seal.SealInline([]byte(text), bind, safe.Recipient())
		put(c, err)
		key, err := safe.ReleaseInline(c.Bytes(), bind)
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, seal.Piece{Document: id, Description: []byte("{}"), FileKey: key})
	}
	put(seal.SealPieces(pieces[:1], seal.Bind(seal.KindPieces, "s", "b", "o"), bundle.Recipient()))
	put(seal.SealNested(bundle.Text(), seal.Bind(seal.KindBundleKeyInner, "s", "b", "a"), h.agent.Recipient(),
		seal.Bind(seal.KindBundleKey, "s", "b", "1"), h.master.Recipient()))
	put(seal.Seal(h.agent.Text().Reveal(), seal.Bind(seal.KindAgent, "a", "1", "1"), h.master.Recipient()))
	return h
}

func identity(t *testing.T) *seal.Identity {
	t.Helper()
	id, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func holds(all [][]byte, text string) bool {
	return slices.ContainsFunc(all, func(b []byte) bool { return bytes.Contains(b, []byte(text)) })
}

// From the master the thief gets to the agent's key, from there to the bundle's,
// to a file key, and to the paper: whatever the order in which things are found.
// What no bundle names stays shut.
func TestTheThiefGetsAsFarAsKeysLead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 2 { // one file after the other, as in an entry, with other things between them
		var thief attack.Thief
		var all []byte
		for _, f := range h.files {
			all = append(append(binary.AppendUvarint(all, uint64(len(f))), f...), "autre chose"...)
		}
		thief.Take(all)
		if opened, err := thief.Open(t.Context()); err != nil || len(opened) != 0 {
			t.Errorf("without a key %d opened, %v", len(opened), err)
		}
		thief.Take(h.master.Text().Reveal())
		opened, err := thief.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !holds(opened, granted) || holds(opened, locked) {
			t.Errorf("granted %v, locked %v", holds(opened, granted), holds(opened, locked))
		}
		if thief.Closed() != 1 {
			t.Errorf("%d stayed shut", thief.Closed())
		}
		slices.Reverse(h.files)
	}
}

// A detail opens with a key that stood in a record, for what it belongs to only.
func TestTheThiefReadsDetails(t *testing.T) {
	t.Parallel()
	key, err := seal.NewJournalKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.Seal([]byte(granted), []byte("leaf 7"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := seal.DigestOf(nil).MarshalText() // 64 digits are no key
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		key  []byte
		ad   string
		want bool
	}{
		"its own":      {record(key.Export().Reveal()), "leaf 7", true},
		"another leaf": {record(key.Export().Reveal()), "leaf 8", false},
		"no key":       {text, "leaf 7", false},
	} {
		var thief attack.Thief
		thief.TakeDetail(raw, []byte("leaf 1"), []byte(c.ad))
		thief.Take(c.key)
		opened, err := thief.Open(t.Context())
		if err != nil || holds(opened, granted) != c.want {
			t.Errorf("%s: %d opened, %v", what, len(opened), err)
		}
	}
}

func TestTheThiefStopsWhenTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var thief attack.Thief
	thief.Take(slices.Concat(h.files...))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := thief.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// FuzzTake: bytes from anywhere neither stop the thief nor open by themselves.
func FuzzTake(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> mlkem768x25519 AAAA\nAAAA\n--- AAAA\nx"))
	f.Add([]byte("AGE-SECRET-KEY-PQ-1QQQQ=AGE-SECRET-KEY-PQ-1"))
	f.Add([]byte("age-encryption.org/v1\nage-encryption.org/v1\n\n---"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var thief attack.Thief
		thief.Take(raw)
		thief.TakeDetail(raw, raw)
		opened, err := thief.Open(t.Context())
		if err != nil || len(opened) > 0 {
			t.Errorf("%d opened, %v", len(opened), err)
		}
	})
}

// record is a record of the service with a key in it.
func record(key []byte) []byte {
	raw, err := json.Marshal(map[string][]byte{"journal": key})
	if err != nil {
		panic(err) // bytes always have a form
	}
	return raw
}
