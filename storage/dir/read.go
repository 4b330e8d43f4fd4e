package dir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/coffre-fort/coffre/storage"
)

// Get implements [storage.Bucket].
func (b *Bucket) Get(ctx context.Context, k storage.Key, off, n int64) (_ []byte, err error) {
	if !k.Valid() || off < 0 {
		return nil, fmt.Errorf("dir: get: %w", storage.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable("get", k, err)
	}
	f, err := b.root.Open(string(k))
	if err != nil {
		return nil, readFailure("get", k, err)
	}
	defer func() {
		if cerr := f.Close(); cerr != nil && err == nil {
			err = unavailable("get", k, cerr)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, unavailable("get", k, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failure("get", k, storage.ErrNotExist, fs.ErrInvalid)
	}
	n, err = storage.Span(info.Size(), off, n)
	if err != nil {
		return nil, fmt.Errorf("dir: get %s: %w", k, err)
	}
	p := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(f, off, n), p); err != nil {
		return nil, unavailable("get", k, err)
	}
	return p, nil
}

// Stat implements [storage.Bucket].
func (b *Bucket) Stat(ctx context.Context, k storage.Key) (storage.Info, error) {
	if !k.Valid() {
		return storage.Info{}, fmt.Errorf("dir: stat: %w", storage.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return storage.Info{}, unavailable("stat", k, err)
	}
	info, err := b.root.Lstat(string(k))
	if err != nil {
		return storage.Info{}, readFailure("stat", k, err)
	}
	if !info.Mode().IsRegular() {
		return storage.Info{}, failure("stat", k, storage.ErrNotExist, fs.ErrInvalid)
	}
	return storage.Info{Key: k, Size: info.Size(), Modified: info.ModTime()}, nil
}

// List implements [storage.Bucket]. It holds the names of one folder and of
// those above it in memory, and opens no folder that cannot hold a match.
func (b *Bucket) List(ctx context.Context, prefix, after storage.Key) iter.Seq2[storage.Info, error] {
	return func(yield func(storage.Info, error) bool) {
		if !prefix.ValidPrefix() || !after.ValidPrefix() {
			yield(storage.Info{}, fmt.Errorf("dir: list: %w", storage.ErrInvalid))
			return
		}
		w := walk{bucket: b, prefix: string(prefix), after: string(after), yield: yield}
		if err := ctx.Err(); err != nil {
			w.fail(err)
			return
		}
		// Prefixes end anywhere; the walk begins at the last whole folder.
		start, whole := "", false
		if i := strings.LastIndexByte(w.prefix, '/'); i >= 0 {
			start, whole = w.prefix[:i], true
		}
		switch {
		case !whole && strings.HasPrefix(objects+"/", w.prefix):
			w.folder(ctx, objects)
		case whole && (start == objects || strings.HasPrefix(start, objects+"/")):
			w.folder(ctx, start)
		}
	}
}

type walk struct {
	bucket        *Bucket
	prefix, after string
	yield         func(storage.Info, error) bool
}

// folder yields what matches below a folder, and reports whether to go on.
func (w *walk) folder(ctx context.Context, folder string) bool {
	entries, err := w.bucket.names(folder)
	if missing(err) {
		return true
	}
	if err != nil {
		return w.fail(err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return w.fail(err)
		}
		name := path.Join(folder, e.Name())
		switch {
		case e.IsDir():
			if w.mayHold(name+"/") && !w.folder(ctx, name) {
				return false
			}
		case name > w.after && strings.HasPrefix(name, w.prefix):
			if !w.file(storage.Key(name)) {
				return false
			}
		}
	}
	return true
}

// file yields one object; what is gone meanwhile, or is none, is passed over.
func (w *walk) file(k storage.Key) bool {
	if !k.Valid() {
		return true
	}
	info, err := w.bucket.root.Lstat(string(k))
	switch {
	case missing(err), err == nil && !info.Mode().IsRegular():
		return true
	case err != nil:
		return w.fail(err)
	}
	return w.yield(storage.Info{Key: k, Size: info.Size(), Modified: info.ModTime()}, nil)
}

func (w *walk) fail(err error) bool {
	w.yield(storage.Info{}, unavailable("list", "", err))
	return false
}

// mayHold reports whether a key that begins with sub may match.
func (w *walk) mayHold(sub string) bool {
	if !strings.HasPrefix(sub, w.prefix) && !strings.HasPrefix(w.prefix, sub) {
		return false
	}
	return sub > w.after || strings.HasPrefix(w.after, sub)
}

// names returns the entries of a folder in the order of the keys below them: a
// folder sorts by its name and the slash that follows it in a key, so "a-b" comes
// before "a/b" although "a" comes before "a-b".
func (b *Bucket) names(folder string) ([]fs.DirEntry, error) {
	f, err := b.root.Open(folder)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(x, y fs.DirEntry) int { return cmp.Compare(sortName(x), sortName(y)) })
	return entries, nil
}

func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

func readFailure(op string, k storage.Key, err error) error {
	if missing(err) {
		return failure(op, k, storage.ErrNotExist, err)
	}
	return unavailable(op, k, err)
}

// missing also covers a name below a file, which no object can have.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
