package chain

import (
	"bytes"
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

func newKey(t testing.TB) *seal.SigningKey {
	t.Helper()
	k, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustSign(t testing.TB, k *seal.SigningKey, e Entry) *seal.Signed {
	t.Helper()
	signed, err := Sign(k, e)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestOpenTakesOnlyTheNextSignedEntry(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	keys := []seal.VerifyKey{k.Public()}
	name := SafeChain(safeID)
	head := Head{Seq: 4, Digest: digest(4)}
	e := entryWith(Destroy{Document: id[vault.DocumentID](1)})
	signed := mustSign(t, k, e)
	got, next, err := Open(signed.Bytes(), name, head, keys)
	if err != nil || got.Seq != 5 || next != (Head{Seq: 5, Digest: signed.Digest()}) {
		t.Fatalf("%+v %+v %v", got, next, err)
	}
	if again := mustSign(t, k, e); !bytes.Equal(again.Bytes(), signed.Bytes()) {
		t.Error("signing twice gives two entries")
	}
	flipped := signed.Bytes()
	flipped[len(flipped)-1] ^= 1
	raw := signed.Bytes()
	signer := func(err error) bool {
		_, ok := errors.AsType[*SignerError](err)
		return ok && errors.Is(err, seal.ErrTampered)
	}
	swap := func(err error) bool { _, ok := errors.AsType[*SwapError](err); return ok }
	gap := func(err error) bool { _, ok := errors.AsType[*GapError](err); return ok }
	fork := func(err error) bool { _, ok := errors.AsType[*ForkError](err); return ok }
	large := func(err error) bool { return errors.Is(err, ErrTooLarge) }
	unset := func(err error) bool { return errors.Is(err, seal.ErrUnset) }
	for what, c := range map[string]struct {
		raw  []byte
		name Name
		head Head
		keys []seal.VerifyKey
		is   func(error) bool
	}{
		"planted key":     {raw, name, head, []seal.VerifyKey{newKey(t).Public()}, signer},
		"no key":          {raw, name, head, nil, unset},
		"changed bytes":   {flipped, name, head, keys, signer},
		"no bytes":        {nil, name, head, keys, signer},
		"another safe":    {raw, SafeChain(otherID), head, keys, swap},
		"the vault":       {raw, VaultChain, head, keys, swap},
		"earlier number":  {raw, name, Head{Seq: 5, Digest: digest(4)}, keys, swap},
		"later number":    {raw, name, Head{Seq: 3, Digest: digest(3)}, keys, gap},
		"first":           {raw, name, Head{}, keys, gap},
		"another history": {raw, name, Head{Seq: 4, Digest: digest(5)}, keys, fork},
		"too large":       {make([]byte, MaxSigned+1), name, head, keys, large},
	} {
		if _, _, err := Open(c.raw, c.name, c.head, c.keys); !c.is(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A signature of another kind of thing does not pass for one over an entry.
func TestOpenRefusesOtherSignedThings(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	payload, err := entryWith(Void{}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []seal.SignedKind{seal.SignedLeaves, seal.SignedGravestone, seal.SignedReceipt} {
		signed, err := k.Sign(kind, payload)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = Open(signed.Bytes(), SafeChain(safeID), Head{Seq: 4, Digest: digest(4)}, []seal.VerifyKey{k.Public()})
		if !errors.Is(err, seal.ErrTampered) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	signed, err := k.Sign(seal.SignedEntry, append(payload, 0))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Open(signed.Bytes(), SafeChain(safeID), Head{Seq: 4, Digest: digest(4)}, []seal.VerifyKey{k.Public()})
	if !errors.Is(err, ErrMalformed) {
		t.Errorf("signed but not canonical: %v", err)
	}
}
