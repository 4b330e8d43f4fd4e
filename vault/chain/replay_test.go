package chain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A shelf is a bucket of one chain.
type shelf map[uint64][]byte

func (b shelf) fetch(_ context.Context, seq uint64) ([]byte, error) {
	raw, ok := b[seq]
	if !ok {
		return nil, fmt.Errorf("shelf: %w", ErrNoEntry)
	}
	return raw, nil
}

// A writer appends signed entries to a chain.
type writer struct {
	t     testing.TB
	key   *seal.SigningKey
	name  Name
	shelf shelf
	heads []Head // heads[n] is the head after entry n
	fold  Safe
	vault Vault
	staff Structure
}

func newWriter(t testing.TB, k *seal.SigningKey, name Name) *writer {
	return &writer{t: t, key: k, name: name, shelf: shelf{}, heads: []Head{{}}}
}

func (w *writer) head() Head { return w.heads[len(w.heads)-1] }

func (w *writer) write(keeper uint64, ops ...Op) {
	w.t.Helper()
	e := Entry{
		Chain: w.name, Seq: w.head().Seq + 1, Prev: w.head().Digest, Keeper: keeper, Time: openedAt, Ops: ops,
	}
	signed := mustSign(w.t, w.key, e)
	w.shelf[e.Seq] = signed.Bytes()
	w.heads = append(w.heads, Head{Seq: e.Seq, Digest: signed.Digest()})
	var err error
	switch _, structure := w.name.Structure(); {
	case structure:
		w.staff, err = w.staff.Apply(e)
	case w.name == VaultChain:
		w.vault, err = w.vault.Apply(e)
	default:
		w.fold, err = w.fold.Apply(e)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A world is a vault whose signing key was changed at start 3, and a safe that
// was written by all keepers.
type world struct {
	first, second *seal.SigningKey
	vault, safe   *writer
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{first: newKey(t), second: newKey(t)}
	w.vault = newWriter(t, w.first, VaultChain)
	g := genesis()
	g.SigningKey = w.first.Public()
	w.vault.write(0, g)
	w.vault.write(1, Start{Number: 1})
	w.vault.write(2, Start{Number: 2})
	w.vault.write(3, Start{Number: 3}, AddSigningKey{Key: w.second.Public()}, EndSigningKey{Key: w.first.Public()})
	w.vault.key = w.second
	w.vault.write(3, NoteAnchor{Checkpoint: []byte("tree")})

	w.safe = newWriter(t, w.first, SafeChain(safeID))
	w.safe.write(1, openingOps()...)
	w.safe.write(1, doc(1), memo(2))
	w.safe.write(2, doc(3))
	w.safe.key = w.second
	for _, part := range mustSummarise(t, w.safe.fold) {
		w.safe.write(3, part)
	}
	w.safe.write(3, Destroy{Document: doc(3).Document})
	w.safe.write(3, doc(4))
	return w
}

func (w world) replay(ctx context.Context, b shelf, known Known) (Safe, Head, error) {
	return ReplaySafe(ctx, b.fetch, safeID, w.vault.vault, known)
}

func isGap(err error) bool      { _, ok := errors.AsType[*GapError](err); return ok }
func isSwap(err error) bool     { _, ok := errors.AsType[*SwapError](err); return ok }
func isFork(err error) bool     { _, ok := errors.AsType[*ForkError](err); return ok }
func isRollback(err error) bool { _, ok := errors.AsType[*RollbackError](err); return ok }
func isLower(err error) bool    { _, ok := errors.AsType[*LowerKeeperError](err); return ok }
func isSigner(err error) bool {
	_, ok := errors.AsType[*SignerError](err)
	return ok && errors.Is(err, seal.ErrTampered)
}

func TestReplayGivesWhatWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.safe.fold.Summary() != 4 {
		t.Fatalf("summary at %d", w.safe.fold.Summary())
	}
	for name, known := range map[string]Known{
		"nothing known":    {},
		"head known":       {Head: w.safe.head()},
		"earlier head":     {Head: w.safe.heads[2]},
		"from the summary": {Head: w.safe.head(), Summary: 4},
		"head is summary":  {Head: w.safe.heads[4], Summary: 4},
		"summary alone":    {Summary: 4}, // not used
	} {
		s, head, err := w.replay(t.Context(), w.safe.shelf, known)
		if err != nil || head != w.safe.head() {
			t.Errorf("%s: %v %v", name, head, err)
		}
		if diff := different(w.safe.fold, s); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	v, head, err := ReplayVault(t.Context(), w.vault.shelf.fetch, w.first.Public(), w.vault.heads[2])
	if err != nil || head != w.vault.head() || v.Keeper() != 3 || !slices.Equal(v.Keys(), []seal.VerifyKey{w.second.Public()}) {
		t.Errorf("vault: %+v %v %v", v, head, err)
	}
	// From the summary, nothing before it is read.
	short := maps.Clone(w.safe.shelf)
	for n := range uint64(4) {
		delete(short, n)
	}
	if _, _, err := w.replay(t.Context(), short, Known{Head: w.safe.head(), Summary: 4}); err != nil {
		t.Errorf("only the summary and later: %v", err)
	}
}

// Whoever holds the bucket, even with a key that is no longer listed, makes a
// replay fail and nothing else.
func TestReplayFindsWhatWasDoneToTheBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head := w.safe.head()
	last := head.Seq
	other := newWriter(t, w.first, SafeChain(otherID))
	for range last {
		if other.head().Seq == 0 {
			other.write(1, openingOps()...)
			continue
		}
		other.write(1, Void{})
	}
	sign := func(k *seal.SigningKey, seq uint64, prev Head, keeper uint64, ops ...Op) []byte {
		return mustSign(t, k, Entry{
			Chain: w.safe.name, Seq: seq, Prev: prev.Digest, Keeper: keeper, Time: openedAt, Ops: ops,
		}).Bytes()
	}
	stranger := newKey(t)
	for name, c := range map[string]struct {
		change func(b shelf)
		known  Known
		is     func(error) bool
	}{
		"tail cut":                {func(b shelf) { delete(b, last) }, Known{Head: head}, isRollback},
		"older copy":              {func(b shelf) { maps.DeleteFunc(b, func(n uint64, _ []byte) bool { return n > 2 }) }, Known{Head: head}, isRollback},
		"everything gone":         {func(b shelf) { clear(b) }, Known{Head: head}, isRollback},
		"gone from the summary":   {func(b shelf) { maps.DeleteFunc(b, func(n uint64, _ []byte) bool { return n > 3 }) }, Known{Head: head, Summary: 4}, isRollback},
		"one entry gone":          {func(b shelf) { delete(b, 3) }, Known{Head: head}, isGap},
		"one gone, nothing known": {func(b shelf) { delete(b, 3) }, Known{}, isGap},
		"entry of another safe":   {func(b shelf) { b[3] = other.shelf[3] }, Known{}, isSwap},
		"whole other safe":        {func(b shelf) { maps.Copy(b, other.shelf) }, Known{}, isSwap},
		"entry of the vault":      {func(b shelf) { b[2] = w.vault.shelf[2] }, Known{}, isSwap},
		"two entries exchanged":   {func(b shelf) { b[2], b[3] = b[3], b[2] }, Known{}, isSwap},
		"earlier one repeated":    {func(b shelf) { b[last+1] = b[last] }, Known{Head: head}, isSwap},
		"swapped summary":         {func(b shelf) { b[4] = b[5] }, Known{Head: head, Summary: 4}, isSwap},
		"bit flipped":             {func(b shelf) { b[3] = slices.Clone(b[3]); b[3][len(b[3])/2] ^= 4 }, Known{}, isSigner},
		"cut short":               {func(b shelf) { b[3] = b[3][:60] }, Known{}, isSigner},
		"unknown key":             {func(b shelf) { b[last+1] = sign(stranger, last+1, head, 3, Void{}) }, Known{Head: head}, isSigner},
		"key no longer listed":    {func(b shelf) { b[last+1] = sign(w.first, last+1, head, 3, Void{}) }, Known{Head: head}, isSigner},
		"key not yet listed":      {func(b shelf) { b[3] = sign(w.second, 3, w.safe.heads[2], 2, doc(3)) }, Known{}, isSigner},
		"keeper never started":    {func(b shelf) { b[last+1] = sign(w.second, last+1, head, 4, Void{}) }, Known{Head: head}, isSigner},
		"ended key, old keeper":   {func(b shelf) { b[last+1] = sign(w.first, last+1, head, 2, Void{}) }, Known{Head: head}, isLower},
		"another last entry":      {func(b shelf) { b[last] = sign(w.second, last, w.safe.heads[last-1], 3, Void{}) }, Known{Head: head}, isFork},
		"another entry before":    {func(b shelf) { b[3] = sign(w.first, 3, w.safe.heads[2], 2, Void{}) }, Known{}, isFork},
		"another one after":       {func(b shelf) { b[last+1] = sign(w.second, last+1, w.safe.heads[2], 3, Void{}) }, Known{Head: head}, isFork},
		"summary with another past": {func(b shelf) {
			for n := uint64(4); n <= last; n++ { // a parallel history from 3 on
				e, err := Parse(mustVerify(t, b[n], w.second))
				if err != nil {
					t.Fatal(err)
				}
				e.Prev = seal.DigestOf(b[n-1])
				b[n] = mustSign(t, w.second, e).Bytes()
				if n == 4 {
					e.Prev = digest(1)
					b[n] = mustSign(t, w.second, e).Bytes()
				}
			}
		}, Known{Head: head, Summary: 4}, isFork},
		"not a summary there": {func(shelf) {}, Known{Head: head, Summary: 5}, isGap},
		"summary not ended":   {func(b shelf) { halfSummary(t, w, b) }, Known{Head: w.safe.heads[4], Summary: 4}, isFork},
		"summary that lies":   {func(b shelf) { b[4] = sign(w.second, 4, w.safe.heads[3], 3, everySummary()) }, Known{}, func(err error) bool { return errors.Is(err, ErrSummary) }},
		"operation that lies": {func(b shelf) { b[last+1] = sign(w.second, last+1, head, 3, doc(4)) }, Known{}, func(err error) bool { return errors.Is(err, ErrReused) }},
	} {
		b := maps.Clone(w.safe.shelf)
		c.change(b)
		s, got, err := w.replay(t.Context(), b, c.known)
		if !c.is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if s.Seq() != 0 || !got.IsZero() {
			t.Errorf("%s: a state at entry %d comes with the error", name, s.Seq())
		}
	}
}

func mustVerify(t testing.TB, raw []byte, k *seal.SigningKey) []byte {
	t.Helper()
	signed, err := seal.VerifySigned(raw, seal.SignedEntry, k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signed.Payload()
}

// halfSummary leaves only the first of two parts at the known summary.
func halfSummary(t testing.TB, w world, b shelf) {
	t.Helper()
	maps.DeleteFunc(b, func(n uint64, _ []byte) bool { return n > 3 })
	half := newWriter(t, w.second, w.safe.name)
	half.heads = w.safe.heads[:4]
	e := Entry{
		Chain: w.safe.name, Seq: 4, Prev: half.head().Digest, Keeper: 3, Time: openedAt,
		Ops: []Op{Summary{Part: 1, Parts: 2, Items: everySummary().Items}},
	}
	b[4] = mustSign(t, w.second, e).Bytes()
}

// A summary whose end is missing is no state.
func TestReplayNeedsTheWholeSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := maps.Clone(w.safe.shelf)
	halfSummary(t, w, b)
	head := Head{Seq: 4, Digest: seal.DigestOf(b[4])}
	if _, _, err := w.replay(t.Context(), b, Known{Head: head, Summary: 4}); !errors.Is(err, ErrCut) {
		t.Errorf("from it: %v", err)
	}
}

func TestReplayOfAVaultFindsWhatWasDoneToTheBucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	head, genesisKey := w.vault.head(), w.first.Public()
	last := head.Seq
	sign := func(k *seal.SigningKey, seq uint64, keeper uint64, ops ...Op) []byte {
		e := Entry{Chain: VaultChain, Seq: seq, Keeper: keeper, Time: openedAt, Ops: ops}
		e.Prev = w.vault.heads[seq-1].Digest
		return mustSign(t, k, e).Bytes()
	}
	planted := newKey(t)
	own := genesis()
	own.SigningKey = planted.Public()
	for name, c := range map[string]struct {
		change func(b shelf)
		known  Head
		is     func(error) bool
	}{
		"tail cut":              {func(b shelf) { delete(b, last) }, head, isRollback},
		"everything gone":       {func(b shelf) { clear(b) }, head, isRollback},
		"no vault":              {func(b shelf) { clear(b) }, Head{}, func(err error) bool { return errors.Is(err, ErrNoEntry) }},
		"gap":                   {func(b shelf) { delete(b, 2) }, head, isGap},
		"entry of a safe":       {func(b shelf) { b[2] = w.safe.shelf[2] }, Head{}, isSwap},
		"another vault":         {func(b shelf) { clear(b); b[1] = sign(planted, 1, 0, own) }, Head{}, isSigner},
		"another key's genesis": {func(b shelf) { b[1] = sign(w.first, 1, 0, own) }, Head{}, isSigner},
		"planted key":           {func(b shelf) { b[last+1] = sign(planted, last+1, 3, AddSigningKey{Key: planted.Public()}) }, head, isSigner},
		"plants itself at start": {func(b shelf) {
			b[last+1] = sign(planted, last+1, 4, Start{Number: 4}, AddSigningKey{Key: planted.Public()})
		}, head, isSigner},
		"ended key":     {func(b shelf) { b[last+1] = sign(w.first, last+1, 3, AddSigningKey{Key: planted.Public()}) }, head, isSigner},
		"key not yet":   {func(b shelf) { b[3] = sign(w.second, 3, 2, Start{Number: 2}) }, Head{}, isSigner},
		"older keeper":  {func(b shelf) { b[last+1] = sign(w.second, last+1, 2, Void{}) }, head, isLower},
		"another entry": {func(b shelf) { b[last] = sign(w.second, last, 3, Void{}) }, head, isFork},
		"another past":  {func(b shelf) { b[2] = sign(w.first, 2, 1, Start{Number: 1}, NoteAnchor{Checkpoint: []byte("x")}) }, Head{}, isFork},
	} {
		b := maps.Clone(w.vault.shelf)
		c.change(b)
		v, got, err := ReplayVault(t.Context(), b.fetch, genesisKey, c.known)
		if !c.is(err) {
			t.Errorf("%s: %v", name, err)
		}
		if v.Seq() != 0 || !got.IsZero() {
			t.Errorf("%s: a state comes with the error", name)
		}
	}
}

func TestReplayOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, head, err := w.replay(t.Context(), shelf{}, Known{})
	if err != nil || !head.IsZero() || !s.ID().IsZero() {
		t.Errorf("no entry: %v %v", head, err)
	}
	if _, _, err := ReplaySafe(t.Context(), shelf{}.fetch, vault.SafeID{}, w.vault.vault, Known{}); !errors.Is(err, vault.ErrID) {
		t.Errorf("no safe: %v", err)
	}
	if _, _, err := ReplaySafe(t.Context(), w.safe.shelf.fetch, safeID, Vault{}, Known{}); err == nil {
		t.Error("a vault that lists no key believed an entry")
	}
	broken := errors.New("bucket is down")
	at := func(n uint64) Fetch {
		return func(ctx context.Context, seq uint64) ([]byte, error) {
			if seq >= n {
				return nil, broken
			}
			return w.safe.shelf.fetch(ctx, seq)
		}
	}
	for n := range uint64(9) {
		if _, _, err := ReplaySafe(t.Context(), at(n), safeID, w.vault.vault, Known{}); !errors.Is(err, broken) {
			t.Errorf("bucket down at %d: %v", n, err)
		}
	}
}
