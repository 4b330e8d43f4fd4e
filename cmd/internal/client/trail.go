package client

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A Checkpoint is a signed state of the service's trail, its signature checked
// (c2sp.org/tlog-checkpoint). The zero Checkpoint is of no trail.
type Checkpoint struct {
	Origin string
	Size   int64 // leaves
	Root   tlog.Hash
	Note   []byte // as signed
	Key    string // the key that checked it
}

// String names a checkpoint as a person can read it out to somebody.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%d (%s)", c.Size, hex.EncodeToString(c.Root[:8]))
}

// IsZero reports whether there is no checkpoint.
func (c Checkpoint) IsZero() bool { return c.Key == "" }

// A ForkError says that two checkpoints do not belong to one trail that only
// grows.
type ForkError struct {
	Known, Received Checkpoint
	Err             error // why
}

// Error names both checkpoints.
func (e *ForkError) Error() string {
	return fmt.Sprintf("trail forked: known %v, received %v: %v", e.Known, e.Received, e.Err)
}

// Unwrap gives the reason.
func (e *ForkError) Unwrap() error { return e.Err }

// Journal yields the lines about one safe, oldest first. It ends at the first
// error.
func (c *Client) Journal(ctx context.Context, safe string) iter.Seq2[*coffrev1.JournalLine, error] {
	size := int32(pageSize)
	return pages(func(token string) ([]*coffrev1.JournalLine, string, error) {
		answer, err := repeat(ctx, c, c.trail.ReadJournal, coffrev1.ReadJournalRequest_builder{
			Safe: &safe, PageSize: &size, PageToken: &token,
		}.Build())
		return answer.GetLines(), answer.GetNextPageToken(), err
	})
}

// Checkpoint fetches the newest checkpoint and checks its signature with the
// key that comes with it. Alone that proves nothing; see [Client.CheckTrail].
func (c *Client) Checkpoint(ctx context.Context) (Checkpoint, error) {
	answer, err := repeat(ctx, c, c.trail.Checkpoint, &coffrev1.CheckpointRequest{})
	if err != nil {
		return Checkpoint{}, err
	}
	cp, err := parseCheckpoint(answer.GetCheckpoint(), answer.GetVerifierKey())
	if err != nil {
		return Checkpoint{}, &Error{
			Class:    ClassIntegrity,
			Reason:   "CHECKPOINT",
			Sentence: "Le point de contrôle du journal du service n'est pas valable : prévenez le responsable du service.",
			Err:      err,
		}
	}
	return cp, nil
}

// CheckTrail fetches the newest checkpoint and lets the service prove that it
// extends the known one; a zero known checkpoint is extended by every other. A
// trail that shrank, forked or changed its key is an error of [ClassIntegrity]
// that wraps a [*ForkError] and names both.
func (c *Client) CheckTrail(ctx context.Context, known Checkpoint) (Checkpoint, error) {
	cp, err := c.Checkpoint(ctx)
	if err != nil || known.IsZero() {
		return cp, err
	}
	switch {
	case cp.Key != known.Key || cp.Origin != known.Origin:
		err = errors.New("another trail, or another key")
	case cp.Size < known.Size:
		err = errors.New("the trail is shorter than it was")
	default:
		err = c.proveConsistency(ctx, known, cp)
	}
	if _, answered := errors.AsType[*Error](err); err == nil || answered {
		return cp, err
	}
	return Checkpoint{}, &Error{
		Class:  ClassIntegrity,
		Reason: "TRAIL_FORKED",
		Sentence: fmt.Sprintf("Le journal du service a été réécrit : point de contrôle connu %v, point reçu %v ; gardez ces deux nombres et prévenez le responsable du service.",
			known, cp),
		Err: &ForkError{Known: known, Received: cp, Err: err},
	}
}

// proveConsistency gives an [*Error] when the proof could not be had, and any
// other error when it does not hold.
func (c *Client) proveConsistency(ctx context.Context, known, cp Checkpoint) error {
	if known.Size == cp.Size {
		if known.Root != cp.Root {
			return errors.New("two trails of the same length")
		}
		return nil
	}
	if known.Size == 0 {
		return nil // every trail extends the empty one
	}
	from, to := uint64(known.Size), uint64(cp.Size)
	answer, err := repeat(ctx, c, c.trail.ProveConsistency, coffrev1.ProveConsistencyRequest_builder{OldSize: &from, TreeSize: &to}.Build())
	if err != nil {
		return err
	}
	hashes, err := parseHashes(answer.GetHashes())
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(hashes, cp.Size, cp.Root, known.Size, known.Root); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return nil
}

// proofsAtOnce is how many lines are proved in one call: a proof is an act, and
// a line of the journal itself.
const proofsAtOnce = 1000

// CheckInclusion lets the service prove that the leaves at some positions, named
// by lines of a safe's journal, stand in a checkpoint.
func (c *Client) CheckInclusion(ctx context.Context, safe string, cp Checkpoint, positions ...uint64) error {
	size := uint64(cp.Size)
	for _, at := range positions {
		if at >= size {
			return notIncluded(at, cp, errors.New("position beyond the checkpoint"))
		}
	}
	for some := range slices.Chunk(positions, proofsAtOnce) {
		answer, err := repeat(ctx, c, c.trail.ProveInclusion, coffrev1.ProveInclusionRequest_builder{
			Safe: &safe, Positions: some, TreeSize: &size,
		}.Build())
		if err != nil {
			return err
		}
		for i, at := range some {
			if err := checkProof(answer.GetProofs(), i, at, cp); err != nil {
				return notIncluded(at, cp, err)
			}
		}
	}
	return nil
}

// checkProof checks the i-th proof of an answer.
func checkProof(proofs []*coffrev1.Inclusion, i int, at uint64, cp Checkpoint) error {
	if i >= len(proofs) || proofs[i].GetPosition() != at {
		return errors.New("no proof for this position")
	}
	hashes, err := parseHashes(proofs[i].GetHashes())
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(tlog.RecordProof(hashes), cp.Size, cp.Root, int64(at), tlog.RecordHash(proofs[i].GetLeaf())); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return nil
}

func notIncluded(at uint64, cp Checkpoint, cause error) error {
	return &Error{
		Class:  ClassIntegrity,
		Reason: "LINE_NOT_IN_TRAIL",
		Sentence: fmt.Sprintf("La ligne %d du journal ne se trouve pas dans le point de contrôle %v : gardez ces deux nombres et prévenez le responsable du service.",
			at, cp),
		Err: cause,
	}
}

func parseHashes(raw [][]byte) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(raw))
	for i, b := range raw {
		if len(b) != tlog.HashSize {
			return nil, fmt.Errorf("proof: hash of %d bytes", len(b))
		}
		hashes[i] = tlog.Hash(b)
	}
	return hashes, nil
}

// parseCheckpoint reads the three lines of a checkpoint; lines that follow are
// extensions and covered by the signature.
func parseCheckpoint(raw []byte, key string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint key: %w", err)
	}
	n, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errors.New("checkpoint: too few lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, errors.New("checkpoint: size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, errors.New("checkpoint: root")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: tlog.Hash(root), Note: raw, Key: key}, nil
}
