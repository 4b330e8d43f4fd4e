package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Restoring makes a trail file anew out of batches that were copied out of it
// ([Log.Leaves]). The file lies beside its place until [Restoring.Keep]. What it is
// made of proves nothing until [Restoring.Verify] has said so. It is not safe for
// concurrent use; whoever begins one ends it with Keep or Discard.
type Restoring struct {
	path, origin string
	db           *bolt.DB // nil once it is verified
	head         head
}

// Restore begins to make the trail of that origin at path anew. A file at path is
// refused with an error that wraps [fs.ErrExist]; an earlier try is overwritten.
func Restore(path, origin string) (*Restoring, error) {
	if err := checkOrigin(origin); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("restore trail: %w", errors.Join(err, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}))
	}
	r := &Restoring{path: path, origin: origin}
	if err := os.Remove(r.File()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("restore trail: %w", err)
	}
	if err := create(r.File(), origin); err != nil {
		return nil, err
	}
	db, _, err := openFile(r.File(), false)
	r.db = db
	return r, err
}

// File is where the file lies until it is kept: once it is verified, [Open] may
// add to it.
func (r *Restoring) File() string { return r.path + ".restored" }

// Size is the number of leaves so far.
func (r *Restoring) Size() uint64 { return r.head.tree.Size() }

// Add appends a batch, which must begin where the last one ended, with one detail
// for each leaf: nil for one that has none, or none any more. A detail that is not
// its leaf's is a [*BadLeafError], and nothing of the batch is added.
func (r *Restoring) Add(b Batch, details [][]byte) error {
	if uint64(b.From) != r.Size() || len(details) != len(b.Leaves) {
		return fmt.Errorf("batch from leaf %d, %d details, after %d leaves: %w", b.From, len(details), r.Size(), ErrRange)
	}
	entries, err := b.Entries()
	if err != nil {
		return err
	}
	var next head
	err = guard(func() error {
		return r.db.Update(func(tx *bolt.Tx) error {
			w := newWriting(tx, r.origin, r.head, nil)
			for i, e := range entries {
				if err := w.again(e, b.Leaves[i], details[i]); err != nil {
					return err
				}
			}
			next = w.head
			return w.err
		})
	})
	if err != nil {
		return fmt.Errorf("restore trail: %w", err)
	}
	r.head = next
	return nil
}

// again writes one leaf as it was, with what follows from it.
func (w *writing) again(e Entry, raw, detail []byte) error {
	k := key(uint64(e.Position))
	if err := e.Holds(detail); err != nil {
		return err
	}
	switch {
	case len(detail) > 0:
		w.put(bucketDetail, k, detail)
	case e.DetailDigest != [32]byte{} && e.Stage != StageErasure:
		w.put(bucketErased, k, nil) // the digest of the last erasure says whether it was
	}
	w.put(bucketLeaf, k, raw)
	at := tlog.StoredHashIndex(0, int64(e.Position))
	for i, h := range w.head.tree.add(tlog.RecordHash(raw)) {
		w.put(bucketHash, key(uint64(at)+uint64(i)), h[:])
	}
	for _, t := range e.Tags {
		w.put(bucketTag, t[:], k)
	}
	switch e.Stage {
	case StageIntent:
		w.put(bucketOpen, k, nil)
	case StageOutcome:
		w.remove(bucketOpen, key(uint64(e.Of)))
		w.put(bucketEnd, key(uint64(e.Of)), k)
	case StageFact, StageErasure:
	}
	w.head.last = e.Time.Unix()
	return nil
}

// Holds reports whether a sealed detail is the leaf's: a [*BadLeafError] where it is
// not. An empty one may be the detail of a leaf without, or may have been erased.
func (e Entry) Holds(detail []byte) error {
	if len(detail) > 0 && sha256.Sum256(detail) != e.DetailDigest {
		return &BadLeafError{Position: e.Position, Reason: "detail does not match its digest"}
	}
	return nil
}

// Verify ends the adding and has [Verify] look at the file, with every checkpoint
// that is known from elsewhere.
func (r *Restoring) Verify(ctx context.Context, v note.Verifier, known ...[]byte) (Report, error) {
	if err := r.closes(); err != nil {
		return Report{}, err
	}
	return Verify(ctx, r.File(), v, known...)
}

func (r *Restoring) closes() error {
	if r.db == nil {
		return nil
	}
	db := r.db
	r.db = nil
	if err := guard(db.Close); err != nil {
		return fmt.Errorf("restore trail: %w", err)
	}
	return nil
}

// Keep puts the file in its place. Nobody may have it open any more.
func (r *Restoring) Keep() error {
	if err := r.closes(); err != nil {
		return err
	}
	if err := os.Link(r.File(), r.path); err != nil { // which never replaces what is there
		return fmt.Errorf("restore trail: %w", err)
	}
	if err := os.Remove(r.File()); err != nil {
		return fmt.Errorf("restore trail: %w", err)
	}
	return syncFolder(filepath.Dir(r.path))
}

// Discard removes the file. After Keep it does nothing.
func (r *Restoring) Discard() error {
	err := r.closes()
	if removed := os.Remove(r.File()); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}
