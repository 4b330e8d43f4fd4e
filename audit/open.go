package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// settleGroup is how many abandoned intents one transaction settles.
const settleGroup = 1024

// A Config says which trail to open. Every field but Known is required.
type Config struct {
	// Path is the file; it is created when missing. Its folder must exist.
	Path string
	// Origin names this trail in its checkpoints: printable ASCII without spaces
	// or plus signs, at most 255 bytes, never used for two trails.
	Origin string
	// Signer signs checkpoints; Verifier is its public half.
	Signer   note.Signer
	Verifier note.Verifier
	// Known are checkpoints of this trail that the caller kept elsewhere. A file
	// that does not extend each of them was cut or rewritten, and is refused before
	// anything is written to it.
	Known [][]byte
}

func (c Config) check() error {
	if c.Path == "" || c.Signer == nil || c.Verifier == nil {
		return errors.New("trail needs a path, a signer and a verifier")
	}
	if c.Signer.Name() != c.Verifier.Name() || c.Signer.KeyHash() != c.Verifier.KeyHash() {
		return errors.New("signer and verifier of the trail are not one key")
	}
	return checkOrigin(c.Origin)
}

// Open opens the trail for writing, alone: [ErrInUse] when another process has
// it. It refuses a file that is damaged ([*FileError], [*BadLeafError]), of
// another origin ([ErrOrigin]), shorter than a checkpoint it holds or was given
// ([*TruncatedError]) or at odds with one ([*ForkError]). It looks at what was
// written since the last checkpoint and trusts the checkpoint for the rest;
// [Verify] looks at everything. Intents that a crash left open are ended with
// [ResultUnknown] before it returns.
func Open(cfg Config) (*Log, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Path); errors.Is(err, fs.ErrNotExist) {
		if err := create(cfg.Path, cfg.Origin); err != nil {
			return nil, err
		}
	}
	db, file, err := openFile(cfg.Path, false)
	if err != nil {
		return nil, err
	}
	l := &Log{
		db: db, file: file, origin: cfg.Origin, signer: cfg.Signer,
		requests: make(chan *request, maxGroup),
		nudge:    make(chan struct{}, 1),
		closing:  make(chan struct{}),
		done:     make(chan struct{}),
		count:    map[TagKey]uint64{},
	}
	if err := l.start(cfg); err != nil {
		return nil, errors.Join(err, guard(db.Close))
	}
	go l.write()
	return l, nil
}

// start checks the file, then finishes what a crash interrupted.
func (l *Log) start(cfg Config) error {
	if err := checkHeads(l.file); err != nil {
		return err
	}
	err := guard(func() error {
		return l.db.View(func(tx *bolt.Tx) error { return l.load(tx, cfg) })
	})
	if err != nil {
		return fmt.Errorf("open trail: %w", err)
	}
	for settled := 1; settled > 0; {
		err := l.transact(func(w *writing) (err error) {
			settled, err = w.settle(settleGroup)
			return err
		})
		if err != nil {
			return fmt.Errorf("settle open intents: %w", err)
		}
	}
	l.scrub()
	return l.Err()
}

func checkHeads(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("trail file: %w", err)
	}
	_, err = newPager(f, info.Size())
	return err
}

// load takes the state out of the file and checks it.
func (l *Log) load(tx *bolt.Tx, cfg Config) error {
	for _, name := range bucketNames() {
		if tx.Bucket([]byte(name)) == nil {
			return fmt.Errorf("bucket %s is missing: %w", name, ErrFormat)
		}
	}
	meta := tx.Bucket([]byte(bucketMeta))
	if string(meta.Get([]byte(metaFormat))) != formatV1 {
		return fmt.Errorf("format %q: %w", meta.Get([]byte(metaFormat)), ErrFormat)
	}
	if origin := string(meta.Get([]byte(metaOrigin))); origin != cfg.Origin {
		return fmt.Errorf("file of %q: %w", origin, ErrOrigin)
	}
	size, err := sizeOf(tx)
	if err != nil {
		return err
	}
	if l.head.tree, err = loadTree(size, hashes(tx)); err != nil {
		return err
	}
	signed, err := l.checkStored(tx, cfg.Verifier)
	if err != nil {
		return err
	}
	if err := l.checkTail(tx, signed); err != nil {
		return err
	}
	for _, msg := range cfg.Known {
		c, err := ParseCheckpoint(msg, cfg.Verifier)
		if err != nil {
			return fmt.Errorf("known checkpoint: %w", err)
		}
		if err := l.checkKnown(tx, c); err != nil {
			return err
		}
	}
	l.size.Store(size)
	l.last.Store(l.head.last)
	l.scrubDue.Store(meta.Get([]byte(metaScrub)) != nil)
	return nil
}

// checkStored compares the newest checkpoint in the file with the tree and
// returns its size.
func (l *Log) checkStored(tx *bolt.Tx, v note.Verifier) (uint64, error) {
	k, msg := tx.Bucket([]byte(bucketCheckpoint)).Cursor().Last()
	if k == nil {
		return 0, nil
	}
	c, err := ParseCheckpoint(msg, v)
	if err != nil {
		return 0, fmt.Errorf("newest checkpoint: %w", err)
	}
	if n, ok := unkey(k); !ok || n != c.Size {
		return 0, fmt.Errorf("newest checkpoint lies at another size: %w", ErrFormat)
	}
	return c.Size, l.checkKnown(tx, c)
}

// checkKnown reports whether the trail extends a checkpoint.
func (l *Log) checkKnown(tx *bolt.Tx, c Checkpoint) error {
	size := l.head.tree.Size()
	if c.Origin != l.origin {
		return fmt.Errorf("checkpoint of %q: %w", c.Origin, ErrOrigin)
	}
	if c.Size > size {
		return &TruncatedError{Size: size, Known: c.Size}
	}
	root, err := tlog.TreeHash(int64(c.Size), hashes(tx))
	if err != nil {
		return fmt.Errorf("root at size %d: %w", c.Size, err)
	}
	if root != c.Root {
		return &ForkError{Size: c.Size, Have: root, Want: c.Root}
	}
	return nil
}

// checkTail reads every leaf that no checkpoint covers yet, and the last one.
func (l *Log) checkTail(tx *bolt.Tx, signed uint64) error {
	size := l.head.tree.Size()
	if size == 0 {
		return nil
	}
	for n := min(signed, size-1); n < size; n++ {
		e, err := entryAt(tx, Position(n))
		if err != nil {
			return err
		}
		l.head.last = e.Time.Unix()
	}
	return nil
}

// create makes an empty trail appear at once under its name, so that a crash
// leaves either no trail or a whole one.
func create(path, origin string) error {
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("create trail: %w", err)
	}
	db, _, err := openFile(tmp, false)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		return errors.Join(
			meta.Put([]byte(metaFormat), []byte(formatV1)),
			meta.Put([]byte(metaOrigin), []byte(origin)),
		)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("create trail: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("create trail: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("create trail: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("create trail: %w", err)
	}
	return nil
}
