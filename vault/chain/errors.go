package chain

import (
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault/seal"
)

// What is wrong with an entry, whatever came before it.
var (
	// ErrMalformed means that bytes or fields are not those of an entry.
	ErrMalformed = errors.New("malformed entry")
	// ErrTooLarge means that an entry does not fit one commit object.
	ErrTooLarge = errors.New("entry too large")
	// ErrNoEntry is what a [Fetch] wraps when a number is free.
	ErrNoEntry = errors.New("no entry")
)

// What is wrong with an operation after the ones before it; found in an
// [*OpError].
var (
	// ErrOrder means that an operation stands where it may not: first,
	// not first, or beside others.
	ErrOrder = errors.New("operation out of order")
	// ErrWrongChain means that an operation belongs to the other kind of chain.
	ErrWrongChain = errors.New("operation of another kind of chain")
	// ErrUnknown means that an operation names what is not, or no longer, there.
	ErrUnknown = errors.New("unknown id")
	// ErrReused means that an operation brings an id that was used before.
	ErrReused = errors.New("id used before")
	// ErrEpoch means that an epoch is not the one it must be.
	ErrEpoch = errors.New("wrong epoch")
	// ErrNumber means that a number went down or did not go up.
	ErrNumber = errors.New("number does not go up")
	// ErrFull means that there are as many of a kind as there may be.
	ErrFull = errors.New("no room for more")
	// ErrLast means that an operation would end the last of its kind.
	ErrLast = errors.New("nothing of its kind would be left")
	// ErrFrozen means that an operation would give what a frozen safe does not, or
	// ends a freeze that is none.
	ErrFrozen = errors.New("frozen, or not frozen")
	// ErrNature means that an operation would give a safe for exercises what it
	// never has.
	ErrNature = errors.New("not in a safe for exercises")
	// ErrReason means that a reason is missing for the end of a consent, or given
	// for something else.
	ErrReason = errors.New("reason missing or out of place")
	// ErrSummary means that a summary is not the state before it.
	ErrSummary = errors.New("summary disagrees with the state")
	// ErrErased means that an entry follows the end of its safe.
	ErrErased = errors.New("safe is erased")
	// ErrCut means that the state began in a summary that is not complete.
	ErrCut = errors.New("incomplete summary")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// A VersionError is an entry of another version than [Version].
type VersionError struct{ Version uint32 }

// Error says where; ids and numbers only.
func (e *VersionError) Error() string { return fmt.Sprintf("entry of version %d", e.Version) }

// An OpError is an operation that its chain does not allow at that point.
type OpError struct {
	Chain Name
	Seq   uint64
	Index int // of the operation in its entry, from 0
	Err   error
}

// Error says where; ids and numbers only.
func (e *OpError) Error() string {
	return fmt.Sprintf("%s entry %d operation %d: %v", e.Chain, e.Seq, e.Index, e.Err)
}

// Unwrap gives the rule that was broken.
func (e *OpError) Unwrap() error { return e.Err }

// A RollbackError is a bucket that ends before the head that is known: an older
// copy was put back, or the tail was taken away.
type RollbackError struct {
	Chain Name
	Known Head
	Found uint64 // number of the last entry there is
}

// Error says where; ids and numbers only.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("%s ends at entry %d, entry %d is known", e.Chain, e.Found, e.Known.Seq)
}

// A ForkError is an entry that belongs to another history of the chain than the
// one that is known: two entries have one number.
type ForkError struct {
	Chain Name
	Seq   uint64      // the number that two entries have
	Known seal.Digest // of the entry that is known
	Found seal.Digest // of the other
}

// Error says where; ids and numbers only.
func (e *ForkError) Error() string {
	return fmt.Sprintf("%s has two entries %d", e.Chain, e.Seq)
}

// A GapError is a missing entry: a later one is there.
type GapError struct {
	Chain Name
	Seq   uint64 // the number that is missing
	Found uint64 // the later one
}

// Error says where; ids and numbers only.
func (e *GapError) Error() string {
	return fmt.Sprintf("%s has entry %d but not %d", e.Chain, e.Found, e.Seq)
}

// A SwapError is a genuine entry in the place of another: of another chain, or
// of another number.
type SwapError struct {
	Want     Name
	WantSeq  uint64
	Found    Name
	FoundSeq uint64
}

// Error says where; ids and numbers only.
func (e *SwapError) Error() string {
	return fmt.Sprintf("%s entry %d is entry %d of %s", e.Want, e.WantSeq, e.FoundSeq, e.Found)
}

// A SignerError is an entry that no key signed which could: its bytes were
// changed, or the key is not listed (Listed false), or it is listed but not for
// the keeper number the entry carries. It wraps [seal.ErrTampered].
type SignerError struct {
	Chain  Name
	Seq    uint64
	Keeper uint64 // when Listed
	Listed bool
	Err    error
}

// Error says where; ids and numbers only.
func (e *SignerError) Error() string {
	if !e.Listed {
		return fmt.Sprintf("%s entry %d is not signed by a listed key: %v", e.Chain, e.Seq, e.Err)
	}
	return fmt.Sprintf("%s entry %d: its key does not sign for keeper %d: %v", e.Chain, e.Seq, e.Keeper, e.Err)
}

// Unwrap gives the cause.
func (e *SignerError) Unwrap() error { return e.Err }

// A LowerKeeperError is an entry signed by a keeper after a later one had
// started: the keeper that meets it must stop.
type LowerKeeperError struct {
	Chain Name
	Seq   uint64
	Known uint64 // the highest keeper number so far
	Found uint64
}

// Error says where; ids and numbers only.
func (e *LowerKeeperError) Error() string {
	return fmt.Sprintf("%s entry %d is by keeper %d after keeper %d", e.Chain, e.Seq, e.Found, e.Known)
}
