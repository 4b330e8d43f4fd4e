package audit

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// EraseDetails forgets what is known of one subject: it records an erasure,
// deletes the sealed details of every leaf in the subject's journal, outcomes
// included, and overwrites the pages they lay on. Leaves, tree and every
// checkpoint stay as they are, and [Verify] goes on telling an erased detail
// from a stolen one. Details of a leaf that other subjects share go too. The
// caller destroys the subject's keys, and the copies it made of the details.
//
// When it returns nil nothing is left in the file; erasing again is then free
// and records nothing. The erasure itself is durable at once, but a reader of an
// older state, such as a long [Log.Export], must end before its pages may be
// overwritten: when ctx ends first, the error wraps ctx's and the rest happens
// as soon as the readers have gone, at Close or at the next Open.
func (l *Log) EraseDetails(ctx context.Context, key TagKey) error {
	if key == (TagKey{}) {
		return fmt.Errorf("zero subject: %w", ErrRecord)
	}
	scrubbed := make(chan error, 1)
	err := l.submit(ctx, &request{apply: func(w *writing) error {
		n, err := w.erase(key)
		if err != nil {
			return err
		}
		if n > 0 {
			l.scrubDue.Store(true)
		}
		l.waits = append(l.waits, scrubbed)
		return nil
	}})
	if err != nil {
		return err
	}
	select {
	case err := <-scrubbed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("details are erased but not yet overwritten: %w", ctx.Err())
	case <-l.done:
		return l.unavailable()
	}
}

// erase records the erasure and deletes the details; it says how many.
func (w *writing) erase(k TagKey) (int, error) {
	gone, err := w.detailsOf(k)
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	for _, pos := range gone {
		w.remove(bucketDetail, key(uint64(pos)))
		w.put(bucketErased, key(uint64(pos)), nil)
	}
	// The digest is over all positions ever erased, not only over these: it tells
	// which details may be missing without telling which belonged together.
	all := erasedDigest()
	c := w.bucket(bucketErased).Cursor()
	for pos, _ := c.First(); pos != nil; pos, _ = c.Next() {
		all.Write(pos)
	}
	e := Entry{Stage: StageErasure, Result: ResultDone, Tags: [][tagSize]byte{w.nextTag(k)}}
	all.Sum(e.DetailDigest[:0])
	w.leaf(e, nil)
	// A crash before the pages are overwritten must not leave it at that.
	w.put(bucketMeta, []byte(metaScrub), []byte{1})
	delete(w.count, k) // the caller is about to destroy the key
	return len(gone), nil
}

// detailsOf lists the leaves of a subject that still have their detail.
func (w *writing) detailsOf(k TagKey) ([]Position, error) {
	var found []Position
	details := w.bucket(bucketDetail)
	for n := uint64(0); ; n++ {
		pos, ok, err := tagged(w.tx, k, w.origin, n)
		if err != nil {
			return nil, err
		}
		if !ok {
			return found, nil
		}
		if details.Get(key(uint64(pos))) != nil {
			found = append(found, pos)
		}
		if end, ok := endOf(w.tx, pos); ok && details.Get(key(uint64(end))) != nil {
			found = append(found, end)
		}
	}
}

// tagged finds the n-th leaf of a subject.
func tagged(tx *bolt.Tx, k TagKey, origin string, n uint64) (Position, bool, error) {
	t := tag(k, origin, n)
	v := tx.Bucket([]byte(bucketTag)).Get(t[:])
	if v == nil {
		return 0, false, nil
	}
	pos, ok := unkey(v)
	if !ok {
		return 0, false, fmt.Errorf("tag index: %w", ErrFormat)
	}
	return Position(pos), true, nil
}

// endOf finds the outcome of an intent.
func endOf(tx *bolt.Tx, intent Position) (Position, bool) {
	pos, ok := unkey(tx.Bucket([]byte(bucketEnd)).Get(key(uint64(intent))))
	return Position(pos), ok
}

// scrubIfQuiet overwrites freed pages if that is due and nobody is reading. A
// reader that is in the way wakes the writer when it leaves.
func (l *Log) scrubIfQuiet() {
	if l.scrubDue.Load() {
		if !l.readers.TryLock() {
			return
		}
		defer l.readers.Unlock()
	}
	l.scrub()
}

// scrub overwrites freed pages if that is due, and answers those who wait for
// it. It runs in the writer, or when the writer has ended, and never beside a
// reader: bbolt leaves old bytes in the pages it frees, and a reader of an older
// state would still be looking at them.
func (l *Log) scrub() {
	err := l.Err()
	if err == nil && l.scrubDue.Load() {
		if err = l.overwrite(); err != nil {
			err = l.fail(err)
		} else {
			l.scrubDue.Store(false)
		}
	}
	for _, done := range l.waits {
		done <- err
	}
	l.waits = nil
}

func (l *Log) overwrite() error {
	// bbolt falls back to the state before the last if the last is damaged. With
	// one more commit both states are later than the erasure, and what is free in
	// both is needed by neither.
	again := func(w *writing) error { w.put(bucketMeta, []byte(metaScrub), []byte{2}); return nil }
	if err := l.transact(again); err != nil {
		return err
	}
	if err := zeroFree(l.file); err != nil {
		return err
	}
	return l.transact(func(w *writing) error { w.remove(bucketMeta, []byte(metaScrub)); return nil })
}
