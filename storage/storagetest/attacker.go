package storagetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
)

// An Attacker owns the disk below a bucket. It reads and writes any bytes under
// any key, and knows no keys of the other kind. Its methods end the test when
// they cannot do what they say.
type Attacker struct {
	t      testing.TB
	folder string
}

// NewAttacker works on the objects that lie as files below folder.
func NewAttacker(t testing.TB, folder string) *Attacker {
	return &Attacker{t: t, folder: folder}
}

// A Snapshot is every object of a bucket at one moment.
type Snapshot struct {
	objects map[storage.Key]object
}

type object struct {
	raw      []byte
	modified time.Time
}

// Keys lists what is there, in no state the bucket has to agree with.
func (a *Attacker) Keys() []storage.Key {
	a.t.Helper()
	return slices.Sorted(maps.Keys(a.Snapshot().objects))
}

// Snapshot copies the whole bucket.
func (a *Attacker) Snapshot() Snapshot {
	a.t.Helper()
	s := Snapshot{objects: make(map[storage.Key]object)}
	top := filepath.Join(a.folder, "v1")
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = a.copyInto(s, path, d)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was written yet, or it was just deleted
		}
		return err
	})
	a.check("snapshot", err)
	return s
}

func (a *Attacker) copyInto(s Snapshot, path string, d fs.DirEntry) error {
	name, err := filepath.Rel(a.folder, path)
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s.objects[storage.Key(filepath.ToSlash(name))] = object{raw: raw, modified: info.ModTime()}
	return nil
}

// All is every object of the snapshot, by name.
func (s Snapshot) All() iter.Seq2[storage.Key, []byte] {
	return func(yield func(storage.Key, []byte) bool) {
		for _, k := range slices.Sorted(maps.Keys(s.objects)) {
			if !yield(k, s.objects[k].raw) {
				return
			}
		}
	}
}

// Restore rolls the whole bucket back to a snapshot, times included.
func (a *Attacker) Restore(s Snapshot) {
	a.t.Helper()
	a.check("restore", os.RemoveAll(filepath.Join(a.folder, "v1")))
	a.check("restore", os.MkdirAll(filepath.Join(a.folder, "v1"), 0o700))
	for k, o := range s.objects {
		a.Plant(k, o.raw)
		a.check("restore", os.Chtimes(a.path(k), o.modified, o.modified))
	}
}

// RestoreOne rolls one object back to a snapshot, or removes what was not there.
func (a *Attacker) RestoreOne(s Snapshot, k storage.Key) {
	a.t.Helper()
	o, ok := s.objects[k]
	if !ok {
		a.Drop(k)
		return
	}
	a.Plant(k, o.raw)
	a.check("restore", os.Chtimes(a.path(k), o.modified, o.modified))
}

// Raw is the bytes of one object.
func (a *Attacker) Raw(k storage.Key) []byte {
	a.t.Helper()
	raw, err := os.ReadFile(a.path(k))
	a.check("read", err)
	return raw
}

// Plant puts any bytes under any name, whatever was there.
func (a *Attacker) Plant(k storage.Key, raw []byte) {
	a.t.Helper()
	// Removed first: the file may be linked elsewhere, as snapshots of a file
	// system are.
	if err := os.Remove(a.path(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.check("plant", err)
	}
	a.check("plant", a.create(k, raw))
}

// Drop makes an object disappear.
func (a *Attacker) Drop(k storage.Key) {
	a.t.Helper()
	if err := os.Remove(a.path(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.check("drop", err)
	}
}

// Swap exchanges two objects.
func (a *Attacker) Swap(k, l storage.Key) {
	a.t.Helper()
	kept := a.Raw(k)
	a.Plant(k, a.Raw(l))
	a.Plant(l, kept)
}

// Duplicate passes one object off under another name.
func (a *Attacker) Duplicate(from, to storage.Key) {
	a.t.Helper()
	a.Plant(to, a.Raw(from))
}

// Truncate cuts an object to its first n bytes.
func (a *Attacker) Truncate(k storage.Key, n int64) {
	a.t.Helper()
	a.Plant(k, a.Raw(k)[:n])
}

// Append makes an object longer.
func (a *Attacker) Append(k storage.Key, raw []byte) {
	a.t.Helper()
	a.Plant(k, append(a.Raw(k), raw...))
}

// Flip inverts one bit, counted from the first bit of the first byte.
func (a *Attacker) Flip(k storage.Key, bit int64) {
	a.t.Helper()
	raw := a.Raw(k)
	raw[bit/8] ^= 1 << (bit % 8)
	a.Plant(k, raw)
}

// create adds an object without overwriting one: how a late write arrives.
func (a *Attacker) create(k storage.Key, raw []byte) error {
	path := a.path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("storagetest: %s: %w", k, err)
	}
	tmp := filepath.Join(a.folder, "attacker-"+rand.Text())
	defer func() { _ = os.Remove(tmp) }()
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return fmt.Errorf("storagetest: %s: %w", k, err)
	}
	err := os.Link(tmp, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("storagetest: %s: %w: %w", k, storage.ErrExist, err)
	}
	if err != nil {
		return fmt.Errorf("storagetest: %s: %w", k, err)
	}
	return nil
}

func (a *Attacker) path(k storage.Key) string {
	a.t.Helper()
	if !k.Valid() {
		a.t.Fatalf("attacker: %q is no key", k)
	}
	return filepath.Join(a.folder, filepath.FromSlash(string(k)))
}

func (a *Attacker) check(what string, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("attacker: %s: %v", what, err)
	}
}
