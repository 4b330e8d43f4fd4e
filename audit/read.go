package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/mod/sumdb/tlog"
)

// readGroup is how many entries one read transaction takes. Callers get them
// outside of it: what they do with an entry, recording included, may take as
// long as it likes.
const readGroup = 64

// view runs a read transaction over what is durable.
func (l *Log) view(fn func(*bolt.Tx) error) error {
	if l == nil || l.requests == nil {
		return ErrClosed
	}
	l.readers.RLock()
	err := guard(func() error { return l.db.View(fn) })
	l.readers.RUnlock()
	if l.scrubDue.Load() {
		l.wake() // this reader may have been in the way
	}
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err != nil {
		return fmt.Errorf("read trail: %w", err)
	}
	return nil
}

// Journal yields the entries of one subject in order, each intent followed by
// its outcome if there is one yet, beginning at the subject's entry number from.
// Number tells an entry's own; go on from the last Number plus one. It costs the
// length of what it yields, whatever the size of the trail. Entries recorded
// meanwhile may or may not be seen. An error ends it.
func (l *Log) Journal(ctx context.Context, key TagKey, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for n := from; ; n += readGroup {
			var group []Entry
			err := l.view(func(tx *bolt.Tx) (err error) {
				group, err = journalGroup(tx, key, l.origin, n)
				return err
			})
			if !deliver(ctx, group, err, yield) || len(group) == 0 {
				return
			}
			if group[len(group)-1].Number+1 < n+readGroup {
				return
			}
		}
	}
}

// journalGroup reads the entries numbered from to from+readGroup.
func journalGroup(tx *bolt.Tx, key TagKey, origin string, from uint64) ([]Entry, error) {
	var group []Entry
	for n := from; n < from+readGroup; n++ {
		pos, ok, err := tagged(tx, key, origin, n)
		if err != nil || !ok {
			return group, err
		}
		e, err := entryAt(tx, pos)
		if err != nil {
			return group, err
		}
		if !slices.Contains(e.Tags, tag(key, origin, n)) {
			return group, &BadLeafError{Position: pos, Reason: "does not bear the tag it is listed under"}
		}
		e.Number = n
		group = append(group, e)
		end, ok := endOf(tx, pos)
		if !ok {
			continue
		}
		out, err := entryAt(tx, end)
		if err != nil {
			return group, err
		}
		if out.Stage != StageOutcome || out.Of != pos {
			return group, &BadLeafError{Position: end, Reason: "is not the outcome it is listed as"}
		}
		out.Number = n
		group = append(group, out)
	}
	return group, nil
}

// Entries yields every entry from a position on, in order, up to what was
// durable when it got there. An error ends it.
func (l *Log) Entries(ctx context.Context, from Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for pos := from; uint64(pos) < l.Size(); {
			var group []Entry
			end := min(pos+readGroup, Position(l.Size()))
			err := l.view(func(tx *bolt.Tx) error {
				for n := pos; n < end; n++ {
					e, err := entryAt(tx, n)
					if err != nil {
						return err
					}
					group = append(group, e)
				}
				return nil
			})
			if !deliver(ctx, group, err, yield) {
				return
			}
			pos = end
		}
	}
}

// deliver yields a group and then the error that cut it short; it says whether
// to go on.
func deliver(ctx context.Context, group []Entry, err error, yield func(Entry, error) bool) bool {
	for _, e := range group {
		if ctx.Err() != nil {
			yield(Entry{}, fmt.Errorf("read trail: %w", ctx.Err()))
			return false
		}
		if !yield(e, nil) {
			return false
		}
	}
	if err != nil {
		yield(Entry{}, err)
		return false
	}
	return true
}

// Checkpoint signs the tree over everything recorded so far, late outcomes
// included, stores the note in the file and returns it. The same size always
// gives the same note. An error of the signer leaves the trail open.
func (l *Log) Checkpoint(ctx context.Context) (msg []byte, err error) {
	err = l.submit(ctx, &request{after: true, apply: func(w *writing) (err error) {
		msg, err = w.checkpoint(l.signer)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return msg, nil
}

// Inclusion proves that the leaf at pos is one of the first size leaves; see
// [Checkpoint.Includes]. It returns [ErrRange] beyond the trail.
func (l *Log) Inclusion(pos Position, size uint64) (proof tlog.RecordProof, err error) {
	if size > l.Size() || uint64(pos) >= size {
		return nil, fmt.Errorf("leaf %d of %d: %w", pos, size, ErrRange)
	}
	err = l.view(func(tx *bolt.Tx) (err error) {
		proof, err = tlog.ProveRecord(int64(size), int64(pos), hashes(tx))
		return err
	})
	return proof, err
}

// Consistency proves that the first size leaves begin with the first old ones;
// see [Checkpoint.Extends]. The proof that anything extends nothing is empty.
func (l *Log) Consistency(old, size uint64) (proof tlog.TreeProof, err error) {
	if size > l.Size() || old > size {
		return nil, fmt.Errorf("size %d after %d: %w", size, old, ErrRange)
	}
	if old == 0 {
		return tlog.TreeProof{}, nil
	}
	err = l.view(func(tx *bolt.Tx) (err error) {
		proof, err = tlog.ProveTree(int64(size), int64(old), hashes(tx))
		return err
	})
	return proof, err
}

// RootAt is the root over the first size leaves.
func (l *Log) RootAt(size uint64) (root tlog.Hash, err error) {
	if size > l.Size() {
		return tlog.Hash{}, fmt.Errorf("size %d: %w", size, ErrRange)
	}
	err = l.view(func(tx *bolt.Tx) (err error) {
		root, err = tlog.TreeHash(int64(size), hashes(tx))
		return err
	})
	return root, err
}

// Leaves copies the leaves [from, to) as a [Batch], with the sealed detail of
// each (nil where there is none, or none any more). At most [MaxBatch] at a
// time; [ErrRange] for an empty run or one beyond the trail.
func (l *Log) Leaves(ctx context.Context, from, to Position) (batch []byte, details [][]byte, err error) {
	if from >= to || uint64(to) > l.Size() || to-from > MaxBatch {
		return nil, nil, fmt.Errorf("leaves %d to %d: %w", from, to, ErrRange)
	}
	b := Batch{From: from}
	for pos := from; pos < to; {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("copy leaves: %w", err)
		}
		end := min(pos+readGroup, to)
		err := l.view(func(tx *bolt.Tx) error {
			for ; pos < end; pos++ {
				e, err := entryAt(tx, pos)
				if err != nil {
					return err
				}
				b.Leaves = append(b.Leaves, e.Leaf())
				details = append(details, bytes.Clone(e.Detail))
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return b.Bytes(), details, nil
}

// Export writes a copy of the whole file as it stood at one moment, while the
// trail goes on being written. The copy can be verified and opened.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	return l.view(func(tx *bolt.Tx) error {
		var cause error // bbolt gives its text only
		_, err := tx.WriteTo(writerFunc(func(p []byte) (n int, err error) {
			if cause = ctx.Err(); cause == nil {
				n, cause = w.Write(p)
			}
			return n, cause
		}))
		if cause != nil {
			return fmt.Errorf("export: %w", cause)
		}
		return err
	})
}

// A writerFunc is a function in the place of a writer.
type writerFunc func([]byte) (int, error)

// Write calls the function.
func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
