package chain

import (
	"fmt"
	"slices"

	"github.com/coffre-fort/coffre/vault/seal"
)

// Sign gives the signed entry, ready to be committed at its key. The same entry
// signed twice gives the same bytes, so that a lost answer can be settled by
// sending them again.
func Sign(k *seal.SigningKey, e Entry) (*seal.Signed, error) {
	payload, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	signed, err := k.Sign(seal.SignedEntry, payload)
	if err != nil {
		return nil, fmt.Errorf("sign entry: %w", err)
	}
	if signed.Size() > MaxSigned {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, signed.Size())
	}
	return signed, nil
}

// Open checks the signed entry that was found where the chain want continues
// after head: signed by one of keys, of that chain, with the next number,
// naming head as the entry before it. It gives the entry and the new head.
// Whether its operations make sense is for Apply to say.
//
// Errors: [*SignerError] (wraps [seal.ErrTampered]), [*SwapError] for an entry
// of another chain or of a number before, [*GapError] for a number further on,
// [*ForkError] for the right number after another history, and those of
// [Parse].
func Open(raw []byte, want Name, head Head, keys []seal.VerifyKey) (Entry, Head, error) {
	o, err := verify(raw, want, head.Seq+1, keys)
	if err != nil {
		return Entry{}, Head{}, err
	}
	if err := o.follows(want, head); err != nil {
		return Entry{}, Head{}, err
	}
	return o.Entry, o.head(), nil
}

// opened is an entry that one of the keys signed.
type opened struct {
	Entry
	digest seal.Digest
	key    seal.VerifyKey
}

func (o opened) head() Head { return Head{Seq: o.Seq, Digest: o.digest} }

// verify checks signature and form only; want and seq are for the error.
func verify(raw []byte, want Name, seq uint64, keys []seal.VerifyKey) (opened, error) {
	if len(raw) > MaxSigned {
		return opened{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(raw))
	}
	signed, err := seal.VerifySigned(raw, seal.SignedEntry, keys...)
	if err != nil {
		return opened{}, &SignerError{Chain: want, Seq: seq, Err: err}
	}
	e, err := Parse(signed.Payload())
	if err != nil {
		return opened{}, fmt.Errorf("%s entry %d: %w", want, seq, err)
	}
	return opened{Entry: e, digest: signed.Digest(), key: signed.Key()}, nil
}

// signedBy narrows verify to the keys that may sign for the number the entry
// carries.
func (o opened) signedBy(keys []seal.VerifyKey) error {
	if slices.Contains(keys, o.key) {
		return nil
	}
	return &SignerError{Chain: o.Chain, Seq: o.Seq, Keeper: o.Keeper, Listed: true, Err: seal.ErrTampered}
}

func (e Entry) follows(want Name, head Head) error {
	if err := e.continues(want, head.Seq); err != nil {
		return err
	}
	if e.Prev != head.Digest {
		return &ForkError{Chain: want, Seq: head.Seq, Known: head.Digest, Found: e.Prev}
	}
	return nil
}

// continues is the part of follows that needs no digest. The difference is
// taken so that no number overflows.
func (e Entry) continues(want Name, seq uint64) error {
	switch {
	case e.Chain != want || e.Seq <= seq:
		return &SwapError{Want: want, WantSeq: seq + 1, Found: e.Chain, FoundSeq: e.Seq}
	case e.Seq-seq > 1:
		return &GapError{Chain: want, Seq: seq + 1, Found: e.Seq}
	}
	return nil
}
