package dir

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// linkTries is how often a file is linked anew when its folder was taken away
// meanwhile by somebody else than this process.
const linkTries = 3

// Put implements [storage.Bucket].
func (b *Bucket) Put(ctx context.Context, k storage.Key, c *seal.Ciphertext) error {
	if !k.Valid() || c == nil || c.Size() <= 0 {
		return fmt.Errorf("dir: put: %w", storage.ErrInvalid)
	}
	return b.create(ctx, "put", k, c, c.Size())
}

// Commit implements [storage.Bucket].
func (b *Bucket) Commit(ctx context.Context, k storage.Key, s *seal.Signed) error {
	if !k.Valid() || s == nil || s.Size() == 0 {
		return fmt.Errorf("dir: commit: %w", storage.ErrInvalid)
	}
	raw := s.Bytes()
	if len(raw) > storage.MaxCommit {
		return fmt.Errorf("dir: commit %s: %w", k, storage.ErrTooLarge)
	}
	return b.create(ctx, "commit", k, bytes.NewReader(raw), int64(len(raw)))
}

// create stages the bytes in a flushed temporary file and links it under its
// name: a link is made whole or not at all, and never over another file.
func (b *Bucket) create(ctx context.Context, op string, k storage.Key, r io.Reader, size int64) error {
	if err := ctx.Err(); err != nil {
		return unavailable(op, k, err)
	}
	tmp := path.Join(staging, rand.Text())
	// A staging file that cannot be removed is swept by AbortStale.
	defer func() { _ = b.root.Remove(tmp) }()
	src := &source{ended: ctx.Err, r: r}
	switch n, err := b.stage(tmp, src); {
	case src.err != nil && ctx.Err() == nil:
		return fmt.Errorf("dir: %s %s: read ciphertext: %w", op, k, src.err)
	case err != nil:
		return unavailable(op, k, err)
	case n != size:
		return fmt.Errorf("dir: %s %s: %w: ciphertext of %d bytes, %d announced", op, k, storage.ErrInvalid, n, size)
	}
	return b.publish(op, tmp, k)
}

func (b *Bucket) stage(tmp string, src io.Reader) (int64, error) {
	f, err := b.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, src)
	if err == nil {
		err = f.Sync()
	}
	return n, errors.Join(err, f.Close())
}

func (b *Bucket) publish(op, tmp string, k storage.Key) error {
	b.tree.RLock()
	defer b.tree.RUnlock()
	folder := path.Dir(string(k))
	var err error
	for range linkTries {
		if err = b.folders(folder); err == nil {
			err = b.root.Link(tmp, string(k))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		b.forget(folder)
	}
	switch {
	case err == nil:
		if err := b.flushFolder(folder); err != nil {
			return failure(op, k, storage.ErrUndecided, err)
		}
		return nil
	case errors.Is(err, fs.ErrExist):
		return b.exists(op, k, err)
	case errors.Is(err, syscall.ENOTDIR):
		return failure(op, k, storage.ErrInvalid, err)
	}
	return unavailable(op, k, err)
}

// exists answers for a name that is taken, once the taking is durable: whoever
// finds their own bytes there after a lost answer counts on them.
func (b *Bucket) exists(op string, k storage.Key, err error) error {
	info, serr := b.root.Lstat(string(k))
	switch {
	case serr != nil:
		return unavailable(op, k, serr)
	case info.IsDir():
		return failure(op, k, storage.ErrInvalid, err)
	}
	if err := b.flushFolder(path.Dir(string(k))); err != nil {
		return unavailable(op, k, err)
	}
	return failure(op, k, storage.ErrExist, err)
}

// Delete implements [storage.Bucket]. Folders that became empty go as well:
// their names are ids of what was erased.
func (b *Bucket) Delete(ctx context.Context, k storage.Key) error {
	if !k.Valid() {
		return fmt.Errorf("dir: delete: %w", storage.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return unavailable("delete", k, err)
	}
	// A folder is not an object, and removing an empty one belongs to prune.
	if info, err := b.root.Lstat(string(k)); err == nil && info.IsDir() {
		return nil
	}
	if err := b.root.Remove(string(k)); err != nil && !missing(err) {
		return unavailable("delete", k, err)
	}
	// Flushed also when nothing was there: an earlier Delete may have been
	// applied and not flushed.
	folder := path.Dir(string(k))
	if err := b.flushFolder(folder); err != nil && !missing(err) {
		return unavailable("delete", k, err)
	}
	b.prune(folder)
	return nil
}

func (b *Bucket) prune(folder string) {
	b.tree.Lock()
	defer b.tree.Unlock()
	for ; folder != objects; folder = path.Dir(folder) {
		// The usual refusal is that the folder is not empty.
		if err := b.root.Remove(folder); err != nil && !missing(err) {
			return
		}
		b.forget(folder)
	}
}

// AbortStale removes the temporary files of writes that were cut off.
func (b *Bucket) AbortStale(ctx context.Context, olderThan time.Time) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, unavailable("abort stale", "", err)
	}
	names, err := b.names(staging)
	if err != nil {
		return 0, unavailable("abort stale", "", err)
	}
	count := 0
	for _, name := range names {
		file := path.Join(staging, name.Name())
		info, err := b.root.Lstat(file)
		if missing(err) || err == nil && !info.ModTime().Before(olderThan) {
			continue
		}
		if err == nil {
			err = b.root.Remove(file)
		}
		switch {
		case err == nil:
			count++
		case !missing(err):
			return count, unavailable("abort stale", "", err)
		}
	}
	return count, nil
}

// A source is the ciphertext being written. It keeps the error of reading apart
// from the error of writing, and stops when the context ends.
type source struct {
	ended func() error // the error of the write's context
	r     io.Reader
	err   error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ended(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
