package chain

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// Whatever reads as an entry would be written the same way.
func FuzzParse(f *testing.F) {
	for _, op := range everyOp() {
		for _, chain := range []Name{SafeChain(safeID), StructureChain(structureID), VaultChain} {
			e := entryWith(op)
			e.Chain = chain
			raw, err := e.Marshal()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := Parse(raw)
		if err != nil {
			return
		}
		again, err := e.Marshal()
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x reads, and is written as %x (%v)", raw, again, err)
		}
		// Folding it onto anything never panics.
		_, _ = Safe{}.Apply(e)
		_, _ = Vault{}.Apply(e)
		_, _ = Structure{}.Apply(e)
	})
}

// Random entries never panic, and what they leave is always a state: it can be
// summarised, and the summary gives it back.
func FuzzApply(f *testing.F) {
	for seed := range byte(8) {
		f.Add([]byte{seed, 1, 2, 3}, byte(40))
	}
	f.Fuzz(func(t *testing.T, seed []byte, length byte) {
		c := chooser{rnd: rand.New(&bytesSource{seed: seed}), stock: 30}
		s := mustApply(t, Safe{}, openingOps()...)
		v := mustGrow(t, Vault{}, 0, genesis())
		r := mustStructure(t, Structure{}, OpenStructure{Record: record(1)})
		all := everyOp()
		for range length {
			op := c.op(s)
			if c.rnd.IntN(6) == 0 {
				op = all[c.rnd.IntN(len(all))]
			}
			if next, err := v.Apply(vaultEntry(v, v.Keeper()+uint64(c.rnd.IntN(2)), op)); err == nil {
				v = next
				checkVault(t, v)
			}
			r = growStructure(t, c, r)
			e := entryAfter(s, op)
			e.Keeper += uint64(c.rnd.IntN(3))
			if c.rnd.IntN(9) == 0 {
				e.Keeper = 1
			}
			next, err := s.Apply(e)
			if err != nil {
				continue
			}
			noReturn(t, s, next)
			s = next
			checkSafe(t, s)
		}
	})
}

func checkVault(t *testing.T, v Vault) {
	t.Helper()
	if len(v.Keys()) == 0 || v.Master().Recipient.IsZero() || len(v.Masters()) == 0 || v.Realm() == 0 {
		t.Fatalf("a vault without key, master or realm: %+v", v)
	}
}

func checkSafe(t *testing.T, s Safe) {
	t.Helper()
	if s.Erased() {
		if s.Len() != 0 || s.ways.len() != 0 {
			t.Fatal("an erased safe holds something")
		}
		return
	}
	if s.ways.len() == 0 || s.Epoch().Number != uint64(len(s.Epochs())) {
		t.Fatal("a safe without way in")
	}
	checkConsents(t, s)
	parts, err := s.Summarise()
	if err != nil {
		t.Fatal(err)
	}
	var short Safe
	for _, part := range parts {
		e := entryAfter(s, part)
		if s, err = s.Apply(e); err != nil {
			t.Fatal(err)
		}
		if short, err = short.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if diff := different(s, short); diff != "" {
		t.Fatal(diff)
	}
}

// A bytesSource is randomness taken from a fuzzer's bytes, over and over, with a
// count so that it never repeats.
type bytesSource struct {
	seed []byte
	n    uint64
}

func (b *bytesSource) Uint64() uint64 {
	b.n++
	d := digest(int(b.n))
	var x byte
	if len(b.seed) > 0 {
		x = b.seed[b.n%uint64(len(b.seed))]
	}
	return binary.BigEndian.Uint64(d[x%24:])
}

// Whatever reads as a description would be written the same way.
func FuzzParseDescription(f *testing.F) {
	for _, d := range []Description{{}, fullDescription()} {
		raw, err := d.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := ParseDescription(raw)
		if err != nil {
			return
		}
		again, err := d.Marshal()
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x reads, and is written as %x (%v)", raw, again, err)
		}
	})
}
