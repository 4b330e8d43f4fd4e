package audit

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxOrigin = 255
	// maxNote leaves room for a signature or two dozen cosignatures.
	maxNote = 16 << 10
)

// A Checkpoint is what a signed checkpoint says: the trail of that origin had
// that many leaves, and this is the root over them.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   tlog.Hash
}

// ParseCheckpoint reads a checkpoint (c2sp.org/tlog-checkpoint in a
// c2sp.org/signed-note) that carries a signature by v; further signatures are
// allowed and ignored. Extension lines, which this package never writes, are
// refused. Errors wrap [ErrCheckpoint].
func ParseCheckpoint(msg []byte, v note.Verifier) (Checkpoint, error) {
	if v == nil {
		return Checkpoint{}, fmt.Errorf("no key to verify with: %w", ErrCheckpoint)
	}
	if len(msg) > maxNote {
		return Checkpoint{}, fmt.Errorf("note of %d bytes: %w", len(msg), ErrCheckpoint)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	for _, sig := range n.Sigs {
		// note takes base64 with loose bits at its end: a second spelling of one note.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("signature: %w: %w", ErrCheckpoint, err)
		}
	}
	return parseCheckpointText(n.Text)
}

func parseCheckpointText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, fmt.Errorf("%d lines: %w", len(lines), ErrCheckpoint)
	}
	c := Checkpoint{Origin: lines[0]}
	if err := checkOrigin(c.Origin); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("size: %w: %w", ErrCheckpoint, err)
	}
	c.Size = size
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("root: %w: %w", ErrCheckpoint, err)
	}
	if len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("root of %d bytes: %w", len(root), ErrCheckpoint)
	}
	c.Root = tlog.Hash(root)
	// Leading zeros, signs and loose base64 all end here.
	if c.text() != text {
		return Checkpoint{}, fmt.Errorf("not canonical: %w", ErrCheckpoint)
	}
	return c, nil
}

// text is the note's text. tlog.FormatTree writes another format, that of the
// Go checksum database.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

func (c Checkpoint) sign(s note.Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: c.text()}, s)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return msg, nil
}

// Extends reports whether the trail of c has grown out of the trail of old,
// given the proof that [Log.Consistency] makes for the two sizes. It returns
// [ErrOrigin], [*TruncatedError] or [*ForkError].
func (c Checkpoint) Extends(old Checkpoint, p tlog.TreeProof) error {
	fork := &ForkError{Size: old.Size, Have: c.Root, Want: old.Root}
	switch {
	case c.Origin != old.Origin:
		return fmt.Errorf("%q after %q: %w", c.Origin, old.Origin, ErrOrigin)
	case c.Size > math.MaxInt64 || old.Size > math.MaxInt64:
		return fmt.Errorf("size: %w", ErrRange)
	case c.Size < old.Size:
		return &TruncatedError{Size: c.Size, Known: old.Size}
	case c.Size == old.Size && c.Root != old.Root:
		return fork
	case c.Size == old.Size:
		return nil
	case old.Size == 0 && old.Root != new(Tree).Root():
		return fork
	case old.Size == 0:
		return nil // everything extends the empty trail
	}
	if err := tlog.CheckTree(p, int64(c.Size), c.Root, int64(old.Size), old.Root); err != nil {
		return fork
	}
	return nil
}

// Includes reports whether the trail of c has exactly this leaf at this
// position, given the proof that [Log.Inclusion] makes for position and size.
// It returns [ErrRange] or [*BadLeafError].
func (c Checkpoint) Includes(pos Position, leaf []byte, p tlog.RecordProof) error {
	if c.Size > math.MaxInt64 || uint64(pos) >= c.Size {
		return fmt.Errorf("leaf %d of %d: %w", pos, c.Size, ErrRange)
	}
	if err := tlog.CheckRecord(p, int64(c.Size), c.Root, int64(pos), tlog.RecordHash(leaf)); err != nil {
		return &BadLeafError{Position: pos, Reason: "not under the checkpoint's root", Err: err}
	}
	return nil
}

// checkOrigin keeps origins to what every reader of notes takes.
func checkOrigin(s string) error {
	if s == "" || len(s) > maxOrigin {
		return fmt.Errorf("origin of %d bytes: %w", len(s), ErrOrigin)
	}
	for _, r := range s {
		if r <= ' ' || r > '~' || r == '+' {
			return fmt.Errorf("origin with %q: %w", r, ErrOrigin)
		}
	}
	return nil
}
