// Package dir keeps a bucket in a folder of this machine: for a small service
// on one disk, for development and for tests.
//
// It is trusted as any [storage.Bucket] is: to keep bytes, not to be honest.
// What it adds is durability that can be relied upon: a write that returned nil
// survives a power cut, because the file and every new folder above it have been
// flushed. Objects are plain files named by their keys, so that any copying tool
// is a backup tool. The file system must know hard links, which make a file
// appear whole and at most once under its name, whoever else writes.
//
// It has no clock of its own, and nothing but regular files may enter.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/storage"
)

const (
	objects = "v1"  // every key begins with it
	staging = "tmp" // no key begins with it

	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600
)

// Config of a directory bucket.
type Config struct {
	// Path is the folder, made with mode 0700 when it is missing. Required.
	Path string
}

var _ storage.Bucket = (*Bucket)(nil)

// A Bucket is a [storage.Bucket] in a folder. Make one with [Open].
type Bucket struct {
	root *os.Root // keys cannot name anything outside of it

	// tree is held for reading from the making of a folder to the link of a file
	// in it, and for writing while an empty folder is removed.
	tree sync.RWMutex

	mu    sync.Mutex
	known map[string]struct{} // folders whose own entry is flushed; guarded by mu
}

// maxKnown bounds the memory of known; forgetting costs one needless flush.
const maxKnown = 8192

// Open opens the bucket in cfg.Path and makes it if it is missing.
//
// storage.ErrInvalid without a path, storage.ErrUnavailable.
func Open(cfg Config) (*Bucket, error) {
	if cfg.Path == "" {
		return nil, fmt.Errorf("dir: %w: path is required", storage.ErrInvalid)
	}
	if err := makeDurable(filepath.Clean(cfg.Path)); err != nil {
		return nil, unavailable("open", "", err)
	}
	root, err := os.OpenRoot(cfg.Path)
	if err != nil {
		return nil, unavailable("open", "", err)
	}
	b := &Bucket{root: root, known: make(map[string]struct{})}
	for _, folder := range []string{objects, staging} {
		if err := b.folders(folder); err != nil {
			return nil, errors.Join(unavailable("open", "", err), root.Close())
		}
	}
	return b, nil
}

// makeDurable makes a folder and flushes the entry of each one it made.
func makeDurable(folder string) error {
	err := os.Mkdir(folder, folderMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := makeDurable(filepath.Dir(folder)); err != nil {
			return err
		}
		return makeDurable(folder)
	case err != nil:
		return err
	}
	parent, err := os.Open(filepath.Dir(folder))
	if err != nil {
		return err
	}
	return flush(parent)
}

// Clock reports this machine's time and false: a folder has no clock of its own.
func (b *Bucket) Clock(ctx context.Context) (time.Time, bool, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, false, unavailable("clock", "", err)
	}
	return time.Now().Truncate(time.Second), false, nil
}

// Close implements [storage.Bucket].
func (b *Bucket) Close() error {
	if err := b.root.Close(); err != nil {
		return unavailable("close", "", err)
	}
	return nil
}

// folders makes folder and those above it, and flushes every entry that is not
// known to be on disk. That a folder exists does not mean that it is: another
// writer may have made it a moment ago.
func (b *Bucket) folders(folder string) error {
	if b.isKnown(folder) {
		return nil
	}
	parent := path.Dir(folder)
	if parent != "." {
		if err := b.folders(parent); err != nil {
			return err
		}
	}
	if err := b.root.Mkdir(folder, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := b.flushFolder(parent); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.known) >= maxKnown {
		clear(b.known)
	}
	b.known[folder] = struct{}{}
	return nil
}

func (b *Bucket) isKnown(folder string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.known[folder]
	return ok
}

// forget drops folder and those above it from known.
func (b *Bucket) forget(folder string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ; folder != "."; folder = path.Dir(folder) {
		delete(b.known, folder)
	}
}

func (b *Bucket) flushFolder(folder string) error {
	f, err := b.root.Open(folder)
	if err != nil {
		return err
	}
	return flush(f)
}

// flush makes the entries of an open folder durable and closes it. Windows
// cannot flush a folder; NTFS keeps its entries in a journal instead.
func flush(folder *os.File) error {
	if runtime.GOOS == "windows" {
		return folder.Close()
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func unavailable(op string, k storage.Key, err error) error {
	return failure(op, k, storage.ErrUnavailable, err)
}

func failure(op string, k storage.Key, kind, err error) error {
	return fmt.Errorf("dir: %s %s: %w: %w", op, k, kind, err)
}
