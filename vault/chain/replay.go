package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Fetch reads the signed entry of one number from the bucket. Its error wraps
// [ErrNoEntry] when the number is free; any other ends the replay and is given
// back, wrapped. Numbers are asked for one after the other, so a caller that
// wants speed reads ahead behind it.
type Fetch func(ctx context.Context, seq uint64) ([]byte, error)

// Known is what is remembered of a chain apart from the bucket. The zero Known
// remembers nothing.
type Known struct {
	// Head must still be there: the bucket may have gone on, never back.
	Head Head
	// Summary is where the newest complete summary begins, as [Safe.Summary]
	// gave it, so that the replay can start there. One after Head is not used.
	Summary uint64
}

// ReplaySafe folds what the bucket has of the chain of a safe, from its start
// or from the summary that is known, to its end. Every entry is checked: signed
// by a key that v lists for the keeper number it carries, in its place, and
// sensible. No entry at all is the zero Safe, unless a head is known.
//
// Errors: [*RollbackError] when the bucket ends before the known head,
// [*ForkError] when it has another entry there or two histories meet,
// [*GapError], [*SwapError], [*SignerError], [*LowerKeeperError], [ErrCut] when
// the known summary has no end, and those of [Parse] and [Safe.Apply].
func ReplaySafe(ctx context.Context, fetch Fetch, id vault.SafeID, v Vault, known Known) (Safe, Head, error) {
	if id.IsZero() {
		return Safe{}, Head{}, fmt.Errorf("replay: %w", vault.ErrID)
	}
	start := Head{}
	if known.Summary > 1 && known.Summary <= known.Head.Seq {
		start.Seq = known.Summary - 1
	}
	w := walk{fetch: fetch, name: SafeChain(id), known: known.Head, keys: v.allKeys()}
	var s Safe
	head, err := w.run(ctx, start, func(o opened) error {
		if err := o.signedBy(v.KeysAt(o.Keeper)); err != nil {
			return err
		}
		next, err := s.Apply(o.Entry)
		s = next
		return err
	})
	if err != nil {
		return Safe{}, Head{}, err
	}
	if !s.Complete() {
		return Safe{}, Head{}, fmt.Errorf("%s entry %d: %w", w.name, s.Seq(), ErrCut)
	}
	return s, head, nil
}

// ReplayStructure is [ReplaySafe] for the chain of a structure. Such chains have
// no summaries: they are read from their first entry, and known.Summary is not
// used.
func ReplayStructure(ctx context.Context, fetch Fetch, id vault.StructureID, v Vault, known Known) (Structure, Head, error) {
	if id.IsZero() {
		return Structure{}, Head{}, fmt.Errorf("replay: %w", vault.ErrID)
	}
	w := walk{fetch: fetch, name: StructureChain(id), known: known.Head, keys: v.allKeys()}
	var s Structure
	head, err := w.run(ctx, Head{}, func(o opened) error {
		if err := o.signedBy(v.KeysAt(o.Keeper)); err != nil {
			return err
		}
		next, err := s.Apply(o.Entry)
		s = next
		return err
	})
	if err != nil {
		return Structure{}, Head{}, err
	}
	return s, head, nil
}

// ReplayVault folds what the bucket has of the vault's own chain, to its end.
// The genesis must be signed by the key genesis and name it: the caller has it
// from its own configuration, or has compared its fingerprint with the printed
// key card. Every later entry must be signed by a key that is live before it.
// No entry at all is a [*RollbackError] if a head is known, else [ErrNoEntry]:
// there is no vault.
//
// The other errors are those of [ReplaySafe].
func ReplayVault(ctx context.Context, fetch Fetch, genesis seal.VerifyKey, known Head) (Vault, Head, error) {
	w := walk{fetch: fetch, name: VaultChain, known: known, keys: []seal.VerifyKey{genesis}}
	var v Vault
	head, err := w.run(ctx, Head{}, func(o opened) error {
		live := v.Keys()
		if v.seq == 0 {
			live = w.keys
		}
		if err := o.signedBy(live); err != nil {
			return err
		}
		next, err := v.Apply(o.Entry)
		if err != nil {
			return err
		}
		if next.genesis != genesis {
			return &SignerError{Chain: VaultChain, Seq: o.Seq, Err: seal.ErrTampered}
		}
		v, w.keys = next, next.allKeys()
		return nil
	})
	if err != nil {
		return Vault{}, Head{}, err
	}
	if head.IsZero() {
		return Vault{}, Head{}, fmt.Errorf("%s: %w", VaultChain, ErrNoEntry)
	}
	return v, head, nil
}

// allKeys gives every key that was ever listed: which of them may sign an entry
// is known only once it is read.
func (v Vault) allKeys() []seal.VerifyKey {
	keys := make([]seal.VerifyKey, len(v.keys))
	for i, s := range v.keys {
		keys[i] = s.key
	}
	return keys
}

// A walk goes through a chain in the bucket, entry by entry.
type walk struct {
	fetch Fetch
	name  Name
	known Head
	keys  []seal.VerifyKey
}

// run starts after head, whose digest it does not know when it is not the empty
// chain: the first entry is then believed about it, and the known head, which
// lies further on, says whether it was right.
func (w *walk) run(ctx context.Context, head Head, step func(opened) error) (Head, error) {
	believe := head.Seq > 0
	for {
		seq := head.Seq + 1
		raw, err := w.fetch(ctx, seq)
		if errors.Is(err, ErrNoEntry) {
			return head, w.end(ctx, head.Seq)
		}
		if err != nil {
			return Head{}, fmt.Errorf("fetch %s entry %d: %w", w.name, seq, err)
		}
		o, err := verify(raw, w.name, seq, w.keys)
		if err != nil {
			return Head{}, err
		}
		if believe {
			head.Digest, believe = o.Prev, false
		}
		if err := o.inPlace(w.name, head); err != nil {
			return Head{}, err
		}
		if o.Seq == w.known.Seq && o.digest != w.known.Digest {
			return Head{}, &ForkError{Chain: w.name, Seq: seq, Known: w.known.Digest, Found: o.digest}
		}
		if err := step(o); err != nil {
			return Head{}, err
		}
		head = o.head()
	}
}

// inPlace is follows for an entry that was fetched by its number: any other
// number is a swap.
func (o opened) inPlace(want Name, head Head) error {
	if o.Chain != want || o.Seq != head.Seq+1 {
		return &SwapError{Want: want, WantSeq: head.Seq + 1, Found: o.Chain, FoundSeq: o.Seq}
	}
	return o.follows(want, head)
}

// end says whether a chain may end at last: nothing later is known, nor there.
// When a later head is known and there, one entry was lost or taken away; when
// it is not there, the bucket went back.
func (w *walk) end(ctx context.Context, last uint64) error {
	probe, absent := last+2, error(nil)
	if w.known.Seq > last {
		probe = w.known.Seq
		absent = &RollbackError{Chain: w.name, Known: w.known, Found: last}
	}
	if probe == last+1 {
		return absent
	}
	_, err := w.fetch(ctx, probe)
	switch {
	case errors.Is(err, ErrNoEntry):
		return absent
	case err != nil:
		return fmt.Errorf("fetch %s entry %d: %w", w.name, probe, err)
	}
	return &GapError{Chain: w.name, Seq: last + 1, Found: probe}
}
