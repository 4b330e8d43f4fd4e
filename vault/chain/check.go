package chain

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Bounds of what an entry carries. They keep every item of a summary well below
// one entry.
const (
	// MaxSealed bounds every sealed object but contents, in bytes.
	MaxSealed = 2 << 20
	// MaxContent bounds the object of a content, in bytes.
	MaxContent = 16 << 30
	// MaxSealedDescription bounds a sealed description, in bytes.
	MaxSealedDescription = 8 << 10
	// MaxKeys bounds the sealed keys of one operation, and with it the ways and
	// the epochs of a safe.
	MaxKeys = 256
	// MaxPieces bounds the documents of one object of pieces.
	MaxPieces = 1024
	// MaxParts bounds the parts of a summary.
	MaxParts = 1 << 16
	// MaxCheckpoint bounds a noted checkpoint, in bytes.
	MaxCheckpoint = 4 << 10
)

// maxTime is the end of the year 9999, the last that every format can write, in
// seconds.
const maxTime = 253402300799

// check refuses what no chain could accept, whatever came before.
func (e Entry) check() error {
	if _, err := ParseName(string(e.Chain)); err != nil {
		return err
	}
	switch {
	case e.Seq == 0:
		return malformed("number 0")
	case (e.Seq == 1) != e.Prev.IsZero():
		return malformed("previous entry")
	case e.Chain != VaultChain && e.Keeper == 0: // only a genesis comes before any keeper
		return malformed("keeper 0")
	case !wholeSecond(e.Time):
		return malformed("time")
	case len(e.Ops) == 0 || len(e.Ops) > MaxOps:
		return malformed("number of operations")
	}
	for _, op := range e.Ops {
		// A pointer has the methods of its type, but is another type.
		if op == nil || reflect.TypeOf(op).Kind() == reflect.Pointer {
			return malformed("operation")
		}
		if err := op.check(); err != nil {
			return err
		}
		if alone(op) && len(e.Ops) > 1 {
			return malformed("operation that stands alone")
		}
	}
	return nil
}

func alone(op Op) bool {
	switch op.(type) {
	case Summary, EraseSafe, Void, Genesis:
		return true
	}
	return false
}

func wholeSecond(t time.Time) bool {
	return t.Unix() > 0 && t.Unix() <= maxTime && t.Nanosecond() == 0
}

// when refuses with what was wrong, or gives nil.
func when(bad bool, what string) error {
	if bad {
		return malformed(what)
	}
	return nil
}

func badID[K ~[16]byte](id K) bool { return id == K{} }

func badObject(d seal.Digest, size int64) bool {
	return d.IsZero() || size < 1 || size > MaxSealed
}

// badSealed holds for descriptions.
func badSealed(b []byte) bool { return len(b) == 0 || len(b) > MaxSealedDescription }

func badContent(epoch uint64, object vault.ObjectID, st seal.Stored, inline []byte) bool {
	if epoch == 0 {
		return true
	}
	if object.IsZero() {
		return !emptyStored(st) || len(inline) == 0 || len(inline) > seal.MaxInline
	}
	segments := (st.Size + seal.SegmentSize - 1) / seal.SegmentSize
	return len(inline) != 0 ||
		st.Size < 1 || st.Size > MaxContent || st.Digest.IsZero() ||
		st.HeaderSize < 1 || st.HeaderSize > seal.HeaderLimit || int64(st.HeaderSize) >= st.Size || st.HeaderDigest.IsZero() ||
		int64(len(st.Segments)) != segments || slices.ContainsFunc(st.Segments, seal.Digest.IsZero)
}

func emptyStored(st seal.Stored) bool {
	return st.Size == 0 && st.Digest.IsZero() && st.HeaderSize == 0 && st.HeaderDigest.IsZero() && len(st.Segments) == 0
}

func (k SealedKey) bad() bool {
	return k.Epoch == 0 || k.MasterEpoch == 0 || badObject(k.Digest, k.Size)
}

// badKeys also refuses keys that do not ascend strictly.
func badKeys(keys []SealedKey) bool {
	return len(keys) == 0 || len(keys) > MaxKeys || slices.ContainsFunc(keys, SealedKey.bad) ||
		!ascends(keys, func(a, b SealedKey) int { return cmp.Compare(a.Epoch, b.Epoch) })
}

func ascends[T any](s []T, compare func(a, b T) int) bool {
	for i := 1; i < len(s); i++ {
		if compare(s[i-1], s[i]) >= 0 {
			return false
		}
	}
	return true
}

func (x Epoch) check() error {
	return when(x.Number == 0 || x.Recipient.IsZero(), "epoch")
}

func (x Way) check() error {
	return when(badID(x.ID) || x.Kind < WaySheet || x.Kind > WayRecovery || x.Recipient.IsZero() || x.badInner() || badKeys(x.Keys), "way")
}

// badInner refuses a second recipient where one is enough, and two that are one.
func (x Way) badInner() bool {
	return (x.Kind == WayRecovery) == x.Inner.IsZero() || x.Inner == x.Recipient
}

func (x Service) check() error {
	return when(x.N == 0 || x.MasterEpoch == 0 || badObject(x.Digest, x.Size), "service record")
}

func (x Document) check() error {
	return when(badID(x.ID) || badContent(x.Epoch, x.Object, x.Stored, x.Inline) ||
		x.DescriptionEpoch == 0 || badSealed(x.Description) || x.Seq == 0 || !wholeSecond(x.Time), "document")
}

func (x Bundle) check() error {
	return when(badID(x.ID) || x.Kind < BundleIndex || x.Kind > BundleConsent || x.Recipient.IsZero() || x.Key.bad() ||
		x.Kind == BundleConsent && x.Terms.bad() || x.Kind != BundleConsent && x.Terms != Sealed{}, "bundle")
}

func (s Sealed) bad() bool { return s.MasterEpoch == 0 || badObject(s.Digest, s.Size) }

// badReason refuses the zero reason too.
func badReason(why vault.EndReason) bool { return why == 0 || why > vault.EndedCycle }

func (x Asked) check() error {
	return when(badID(x.Consent) || x.Terms.bad() || x.Seq == 0 || !wholeSecond(x.Time), "request")
}

func (x Ended) check() error {
	return when(badID(x.Consent) || x.Terms.bad() || badReason(x.Why) || x.Seq == 0 || !wholeSecond(x.Time), "ended consent")
}

func (Frozen) check() error { return nil }

func (Training) check() error { return nil }

func (k BundleKey) bad() bool { return k.Epoch == 0 || badObject(k.Digest, k.Size) }

func (x Pieces) check() error {
	if badID(x.Bundle) || badID(x.Object) || badObject(x.Digest, x.Size) || len(x.Documents) == 0 || len(x.Documents) > MaxPieces {
		return malformed("pieces")
	}
	seen := make(map[vault.DocumentID]struct{}, len(x.Documents))
	for _, id := range x.Documents {
		seen[id] = struct{}{}
	}
	_, zero := seen[vault.DocumentID{}]
	return when(zero || len(seen) != len(x.Documents), "documents of pieces")
}

func (x Retired) check() error { return when(badID(x), "retired id") }
