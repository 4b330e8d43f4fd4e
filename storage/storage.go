// Package storage is the contract between the safe and whatever keeps its
// bytes, and the sentence the whole design leans on:
//
// The bucket is trusted to keep bytes, not trusted to be honest. Whoever
// controls it, even with every public key, can at most make things
// unavailable: never read, never pass one object off as another, never bring
// back an older state or a withdrawn consent through the service.
//
// So nothing readable may enter: the only values that can be written are
// [seal.Ciphertext] and [seal.Signed], which only vault/seal makes, under
// names that say nothing. No key, no title, no policy and no retry loop across
// processes belongs here; what a lost answer means is decided by the one
// committer above.
//
// storage/dir keeps a bucket in a folder, storage/s3 in any S3 server with
// conditional writes; storage/storagetest holds the one suite both must pass.
package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	// MaxCommit is the largest value, in bytes, that [Bucket.Commit] takes. It
	// keeps a commit to one single request, the only kind whose condition every
	// S3 server evaluates.
	MaxCommit = 1 << 20

	// MaxGet is the longest range, in bytes, that [Bucket.Get] returns: what is
	// longer is read in segments and checked segment by segment.
	MaxGet = 16 << 20
)

// The errors of a [Bucket]. Every error wraps exactly one of them, and the
// cause where there is one; the single exception is an error of the ciphertext
// that Put was reading, which comes back as it was.
var (
	// ErrInvalid: the call itself is wrong (key, range, nil value). Nothing was
	// sent; trying again is useless.
	ErrInvalid = errors.New("storage: invalid argument")

	// ErrNotExist: there is no object under this key.
	ErrNotExist = errors.New("storage: no such object")

	// ErrExist: an object is already there; ours was not written by this call.
	// After an undecided call it may be ours all the same: read and compare. What
	// is there is durable.
	ErrExist = errors.New("storage: object exists")

	// ErrUndecided: the write may have been applied, or may still be applied
	// later. The only safe step is to send the very same bytes to the same key
	// until the answer is nil or ErrExist, or to give this name up for ever.
	ErrUndecided = errors.New("storage: write is undecided")

	// ErrUnavailable: the store did not serve the call. A write was surely not
	// applied and never will be; a Delete may have been, and can be repeated.
	ErrUnavailable = errors.New("storage: unavailable")

	// ErrTooLarge: more than MaxCommit to write, or more than MaxGet to read.
	ErrTooLarge = errors.New("storage: too large")

	// ErrShort: the object ends before the range asked for.
	ErrShort = errors.New("storage: object is shorter than the range")

	// ErrNotConditional is the ErrUnavailable of a store that refuses create-only
	// writes, or accepts and ignores them: two keepers on such a bucket would
	// overwrite each other. No retry helps; another store does.
	ErrNotConditional = fmt.Errorf("%w: create-only writes are not honoured", ErrUnavailable)
)

// Info is what a bucket says about an object. None of it is proof: sizes and
// digests that matter stand in signed entries.
type Info struct {
	Key      Key
	Size     int64     // bytes stored
	Modified time.Time // by the bucket's clock, to be compared with Bucket.Clock only
}

// A Bucket keeps immutable objects under [Key] names.
//
// Implementations must be safe for concurrent use, must never show an object
// before it is whole, and must apply create-only atomically between all
// processes that write to the same bucket. Reads after a write that returned
// nil see it. When the context of a write ends in flight, the write may be
// undecided; a call whose context has already ended does nothing and is
// ErrUnavailable. Names that are not keys are not objects and are never shown.
//
// No key may be a folder of another key ("v1/a" beside "v1/a/b"): stores that
// keep files refuse it, as ErrInvalid.
type Bucket interface {
	// Put stores a ciphertext under a name nobody used before, streaming it: at
	// most one part of 16 MiB is held in memory. It is durable when Put returns
	// nil. When reading c fails nothing is stored and the error of c is returned.
	// A Put that ended as ErrUndecided cannot be resent, as c is spent: choose
	// another random name, the sweeper takes the orphan.
	//
	// ErrInvalid, ErrExist, ErrUndecided, ErrUnavailable.
	Put(ctx context.Context, k Key, c *seal.Ciphertext) error

	// Commit stores a signed value of at most MaxCommit bytes under a number
	// nobody used before, in one single request that no library repeats. Nil
	// means durable and written by this very call. ErrUndecided means that the
	// answer was lost: the value may have landed or land later.
	//
	// ErrInvalid, ErrTooLarge, ErrExist, ErrUndecided, ErrUnavailable.
	Commit(ctx context.Context, k Key, s *seal.Signed) error

	// Get returns exactly the bytes [off, off+n); a negative n reads to the end.
	// The slice belongs to the caller.
	//
	// ErrInvalid, ErrNotExist, ErrShort, ErrTooLarge beyond MaxGet bytes,
	// ErrUnavailable.
	Get(ctx context.Context, k Key, off, n int64) ([]byte, error)

	// Stat describes one object. ErrInvalid, ErrNotExist, ErrUnavailable.
	Stat(ctx context.Context, k Key) (Info, error)

	// List yields the objects whose key begins with prefix and lies after the
	// key after, in ascending byte order of their keys. Prefix is any beginning
	// of a key, after any beginning or key; empty ones do not restrict. Objects
	// written or deleted meanwhile may or may not be seen. An error ends the
	// sequence: ErrInvalid, ErrUnavailable.
	List(ctx context.Context, prefix, after Key) iter.Seq2[Info, error]

	// Delete removes an object; that none is there is no error. Durable when nil.
	// ErrInvalid, ErrUnavailable.
	Delete(ctx context.Context, k Key) error

	// Clock is the bucket's own idea of now, to the second, from the same clock
	// as Info.Modified. Ok is false where the bucket has none of its own (a
	// directory): its times are then this machine's. ErrUnavailable.
	Clock(ctx context.Context) (t time.Time, ok bool, err error)

	// AbortStale removes what writes begun before olderThan left unfinished
	// (multipart uploads, temporary files): invisible, and billed. It returns how many.
	// Younger ones may belong to a Put that still runs. ErrUnavailable.
	AbortStale(ctx context.Context, olderThan time.Time) (int, error)

	// Close releases connections and files. Calls after it fail with ErrUnavailable.
	Close() error
}

// Span says how many bytes Get(off, n) returns of an object of size bytes, so
// that every implementation agrees on the borders: a range may end exactly at
// the end of the object, and an empty range may lie there.
//
// ErrInvalid for a negative offset, ErrShort, ErrTooLarge.
func Span(size, off, n int64) (int64, error) {
	switch {
	case off < 0:
		return 0, fmt.Errorf("%w: negative offset", ErrInvalid)
	case n > MaxGet:
		return 0, fmt.Errorf("%w: range of %d bytes", ErrTooLarge, n)
	case off > size || n > size-off:
		return 0, fmt.Errorf("%w: %d bytes", ErrShort, size)
	case n >= 0:
		return n, nil
	case size-off > MaxGet:
		return 0, fmt.Errorf("%w: object of %d bytes", ErrTooLarge, size)
	}
	return size - off, nil
}
