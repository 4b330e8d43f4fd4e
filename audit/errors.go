package audit

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// What a caller can meet. Each says what to do about it.
var (
	// ErrTrailUnavailable: the trail cannot be written. Nothing may be revealed or
	// changed any more, until the trail has been opened again.
	ErrTrailUnavailable = errors.New("trail is unavailable")
	// ErrClosed: the trail was closed in good order. It wraps [ErrTrailUnavailable].
	ErrClosed = fmt.Errorf("trail is closed: %w", ErrTrailUnavailable)
	// ErrNoIntent: the pending is nil, zero or already ended; do not act on it.
	ErrNoIntent = errors.New("no open intent")
	// ErrClockBack: the clock is more than two minutes behind the last leaf; set it
	// right. Nothing was recorded, so do not act.
	ErrClockBack = errors.New("clock is behind the trail")
	// ErrRecord: the record is out of bounds; nothing was recorded.
	ErrRecord = errors.New("record is not acceptable")
	// ErrRange: a position or size lies beyond the trail.
	ErrRange = errors.New("beyond the end of the trail")
	// ErrInUse: another process holds the file. To verify a trail while its server
	// runs, verify an export.
	ErrInUse = errors.New("trail file is in use by another process")
	// ErrOrigin: the file or the checkpoint belongs to another trail.
	ErrOrigin = errors.New("another trail's origin")
	// ErrFormat: bytes that no version of this package writes.
	ErrFormat = errors.New("not in trail format")
	// ErrCheckpoint: not a checkpoint signed by the key that was asked for.
	ErrCheckpoint = errors.New("not a signed checkpoint of this trail")
)

// A BadLeafError names the first leaf that is not what was recorded, or whose
// detail, hashes or index entries are not.
type BadLeafError struct {
	Position Position
	Reason   string
	Err      error // the cause, where there is one
}

// Error names the position and the reason.
func (e *BadLeafError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("leaf %d: %s: %v", e.Position, e.Reason, e.Err)
	}
	return fmt.Sprintf("leaf %d: %s", e.Position, e.Reason)
}

// Unwrap gives the cause.
func (e *BadLeafError) Unwrap() error { return e.Err }

// A TruncatedError says that leaves are missing at the end: a checkpoint was
// signed over more than there is now.
type TruncatedError struct {
	Size  uint64 // leaves there are
	Known uint64 // leaves the checkpoint was signed over
}

// Error gives both sizes.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("trail was cut: it has %d leaves, a checkpoint was signed over %d", e.Size, e.Known)
}

// A ForkError says that the trail tells another history than a checkpoint.
type ForkError struct {
	Size uint64    // the size the checkpoint speaks of
	Have tlog.Hash // the root of the trail at that size
	Want tlog.Hash // the root that was signed
}

// Error gives the size and both roots.
func (e *ForkError) Error() string {
	return fmt.Sprintf("trail tells another history: root at size %d is %v, a checkpoint was signed over %v", e.Size, e.Have, e.Want)
}

// A FileError says that the file's pages are damaged.
type FileError struct {
	Page   uint64
	Reason string
}

// Error names the page and the reason.
func (e *FileError) Error() string { return fmt.Sprintf("trail file: page %d: %s", e.Page, e.Reason) }
