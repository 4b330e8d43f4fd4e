package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/mod/sumdb/tlog"
)

// The buckets of the file (FORMAT.md §1). Keys are big-endian numbers except
// for tags and meta.
const (
	bucketMeta       = "meta"       // format, origin, and scrub while an erasure is unfinished
	bucketLeaf       = "leaf"       // position → leaf
	bucketHash       = "hash"       // index of a stored hash → hash
	bucketDetail     = "detail"     // position → sealed detail
	bucketTag        = "tag"        // tag → position
	bucketOpen       = "open"       // position of an intent without outcome → nothing
	bucketEnd        = "end"        // position of an intent → position of its outcome
	bucketErased     = "erased"     // position of a leaf whose detail was erased → nothing
	bucketCheckpoint = "checkpoint" // size → signed note

	metaFormat = "format"
	metaOrigin = "origin"
	metaScrub  = "scrub"

	formatV1 = "coffre/trail/v1"
)

const (
	// maxPosition keeps sizes and hash indexes within tlog's int64.
	maxPosition = Position(1) << 60
	lockTimeout = time.Second
	// mapSize is address space, not memory: while the file is smaller, a long
	// Export never makes a commit wait for the mapping to grow.
	mapSize = 1 << 30
	// growStep is how much the file grows at a time (each step is an fsync more).
	growStep = 1 << 20
)

func bucketNames() []string {
	return []string{
		bucketCheckpoint, bucketDetail, bucketEnd, bucketErased, bucketHash,
		bucketLeaf, bucketMeta, bucketOpen, bucketTag,
	}
}

// openFile opens the database and keeps hold of the file under it.
func openFile(path string, readOnly bool) (*bolt.DB, *os.File, error) {
	var (
		db   *bolt.DB
		file *os.File
	)
	options := &bolt.Options{
		Timeout:         lockTimeout,
		ReadOnly:        readOnly,
		InitialMmapSize: mapSize,
		FreelistType:    bolt.FreelistMapType,
		NoStatistics:    true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	}
	if readOnly {
		options.InitialMmapSize = 0
	}
	err := guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, options)
		return err
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = ErrInUse
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open trail file: %w", err)
	}
	db.AllocSize = growStep
	return db, file, nil
}

// guard turns a panic of the database over damaged pages, or a fault of its
// mapping when the disk fails, into an error: the log must close, and the
// process must live to say so.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			err = fmt.Errorf("trail file is damaged: %w", p)
		default:
			err = fmt.Errorf("trail file is damaged: %v", p)
		}
	}()
	return fn()
}

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func unkey(b []byte) (uint64, bool) {
	if len(b) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}

// tag derives the n-th tag of a subject. The origin is in it so that the same
// subject carries unlike tags in two trails.
func tag(k TagKey, origin string, n uint64) [tagSize]byte {
	m := hmac.New(sha256.New, k[:])
	m.Write([]byte("coffre/tag/v1\x00"))
	m.Write([]byte(origin))
	m.Write([]byte{0})
	m.Write(key(n))
	return [tagSize]byte(m.Sum(nil)[:tagSize])
}

// erasedDigest begins the digest of the erased positions; each position follows
// in 8 bytes, ascending.
func erasedDigest() hash.Hash {
	h := sha256.New()
	h.Write([]byte("coffre/erased/v1\x00"))
	return h
}

// sizeOf counts the leaves: they are numbered without gaps.
func sizeOf(tx *bolt.Tx) (uint64, error) {
	k, _ := tx.Bucket([]byte(bucketLeaf)).Cursor().Last()
	if k == nil {
		return 0, nil
	}
	n, ok := unkey(k)
	if !ok || n >= uint64(maxPosition) {
		return 0, fmt.Errorf("leaf key of %d bytes: %w", len(k), ErrFormat)
	}
	return n + 1, nil
}

// hashes reads the hash bucket for tlog.
func hashes(tx *bolt.Tx) tlog.HashReaderFunc {
	b := tx.Bucket([]byte(bucketHash))
	return func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, ix := range indexes {
			v := b.Get(key(uint64(ix)))
			if len(v) != tlog.HashSize {
				return nil, fmt.Errorf("hash %d is missing: %w", ix, ErrFormat)
			}
			out[i] = tlog.Hash(v)
		}
		return out, nil
	}
}

// entryAt reads one leaf with its detail and checks both against the leaf's
// stored hash: a reader is never shown what was flipped on disk.
func entryAt(tx *bolt.Tx, pos Position) (Entry, error) {
	raw := tx.Bucket([]byte(bucketLeaf)).Get(key(uint64(pos)))
	if raw == nil {
		return Entry{}, &BadLeafError{Position: pos, Reason: "is missing"}
	}
	e, err := ParseLeaf(raw)
	if err != nil {
		return Entry{}, &BadLeafError{Position: pos, Reason: "does not parse", Err: err}
	}
	h, err := hashes(tx)([]int64{tlog.StoredHashIndex(0, int64(pos))})
	if err != nil {
		return Entry{}, &BadLeafError{Position: pos, Reason: "has no hash", Err: err}
	}
	if h[0] != tlog.RecordHash(raw) {
		return Entry{}, &BadLeafError{Position: pos, Reason: "does not match its hash"}
	}
	e.Position = pos
	if d := tx.Bucket([]byte(bucketDetail)).Get(key(uint64(pos))); d != nil {
		if sha256.Sum256(d) != e.DetailDigest {
			return Entry{}, &BadLeafError{Position: pos, Reason: "detail does not match its digest"}
		}
		e.Detail = bytes.Clone(d)
	}
	return e, nil
}
