package client

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A tree is a real RFC 6962 tree with a real signer.
type tree struct {
	origin string
	signer note.Signer
	key    string
	leaves [][]byte
	hashes []tlog.Hash
}

func newTree(t *testing.T, origin string) *tree {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{origin: origin, signer: signer, key: vkey}
}

func (tr *tree) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = tr.hashes[n]
		}
		return out, nil
	})
}

func (tr *tree) grow(t *testing.T, n int, word string) {
	t.Helper()
	for range n {
		leaf := fmt.Appendf(nil, "%s %d", word, len(tr.leaves))
		hashes, err := tlog.StoredHashes(int64(len(tr.leaves)), leaf, tr.reader())
		if err != nil {
			t.Fatal(err)
		}
		tr.leaves, tr.hashes = append(tr.leaves, leaf), append(tr.hashes, hashes...)
	}
}

// text is the note of a checkpoint over the first size leaves.
func (tr *tree) text(t *testing.T, size int) string {
	t.Helper()
	root, err := tlog.TreeHash(int64(size), tr.reader())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%d\n%s\n", tr.origin, size, base64.StdEncoding.EncodeToString(root[:]))
}

func (tr *tree) sign(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := note.Sign(&note.Note{Text: text}, tr.signer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (tr *tree) checkpoint(t *testing.T, size int) Checkpoint {
	t.Helper()
	cp, err := parseCheckpoint(tr.sign(t, tr.text(t, size)), tr.key)
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// peer serves the tree with a checkpoint over its first size leaves.
func (tr *tree) peer(t *testing.T, size int) *peer {
	t.Helper()
	note := tr.sign(t, tr.text(t, size))
	return &peer{
		checkpoint: func() (*coffrev1.CheckpointResponse, error) {
			return coffrev1.CheckpointResponse_builder{Checkpoint: note, VerifierKey: &tr.key}.Build(), nil
		},
		consistency: func(req *coffrev1.ProveConsistencyRequest) (*coffrev1.ProveConsistencyResponse, error) {
			proof, err := tlog.ProveTree(int64(req.GetTreeSize()), int64(req.GetOldSize()), tr.reader())
			return coffrev1.ProveConsistencyResponse_builder{Hashes: raw(proof)}.Build(), err
		},
		inclusion: func(req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error) {
			var all []*coffrev1.Inclusion
			for _, at := range req.GetPositions() {
				proof, err := tlog.ProveRecord(int64(req.GetTreeSize()), int64(at), tr.reader())
				if err != nil {
					return nil, err
				}
				all = append(all, coffrev1.Inclusion_builder{Position: &at, Leaf: tr.leaves[at], Hashes: raw(proof)}.Build())
			}
			return coffrev1.ProveInclusionResponse_builder{Proofs: all}.Build(), nil
		},
	}
}

func raw(hs []tlog.Hash) [][]byte {
	out := make([][]byte, len(hs))
	for i, h := range hs {
		out[i] = h[:]
	}
	return out
}

func TestATrailThatOnlyGrewIsAccepted(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "coffre.example/trail")
	tr.grow(t, 100, "leaf")
	for _, sizes := range [][2]int{{0, 0}, {0, 1}, {1, 1}, {1, 2}, {7, 64}, {64, 100}, {99, 100}, {100, 100}} {
		cp, err := tr.peer(t, sizes[1]).dial(t).CheckTrail(t.Context(), tr.checkpoint(t, sizes[0]))
		if err != nil || cp.Size != int64(sizes[1]) {
			t.Errorf("%v: %v, %v", sizes, cp, err)
		}
	}
	if cp, err := tr.peer(t, 5).dial(t).CheckTrail(t.Context(), Checkpoint{}); err != nil || cp.Size != 5 {
		t.Errorf("first sight: %v, %v", cp, err)
	}
}

// L-57: whoever holds one earlier checkpoint finds out that the trail was cut or rewritten.
func TestATrailThatWasRewrittenIsNamed(t *testing.T) {
	t.Parallel()
	honest := newTree(t, "coffre.example/trail")
	honest.grow(t, 20, "leaf")
	forked := &tree{origin: honest.origin, signer: honest.signer, key: honest.key}
	forked.grow(t, 5, "leaf")
	forked.grow(t, 25, "other")
	rekeyed := newTree(t, honest.origin)
	rekeyed.grow(t, 30, "leaf")
	renamed := &tree{origin: "elsewhere", signer: honest.signer, key: honest.key}
	renamed.grow(t, 30, "leaf")
	liar := forked.peer(t, 30)
	liar.consistency = func(*coffrev1.ProveConsistencyRequest) (*coffrev1.ProveConsistencyResponse, error) {
		return coffrev1.ProveConsistencyResponse_builder{Hashes: [][]byte{{1, 2, 3}}}.Build(), nil
	}
	for name, p := range map[string]*peer{
		"shrunk":        honest.peer(t, 12),
		"emptied":       honest.peer(t, 0),
		"same length":   forked.peer(t, 20),
		"longer":        forked.peer(t, 30),
		"another key":   rekeyed.peer(t, 30),
		"another name":  renamed.peer(t, 30),
		"no real proof": liar,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := honest.checkpoint(t, 20)
			_, err := p.dial(t).CheckTrail(t.Context(), known)
			e := wantClass(t, err, ClassIntegrity)
			fork, ok := errors.AsType[*ForkError](err)
			if !ok || !strings.Contains(e.Sentence, fork.Known.String()) || !strings.Contains(e.Sentence, fork.Received.String()) {
				t.Errorf("not both checkpoints named: %+v", e)
			}
		})
	}
}

func TestACheckpointThatIsNotSignedIsRefused(t *testing.T) {
	t.Parallel()
	tr, other := newTree(t, "coffre.example/trail"), newTree(t, "coffre.example/trail")
	tr.grow(t, 3, "leaf")
	good := tr.text(t, 3)
	for name, raw := range map[string][]byte{
		"empty":        nil,
		"unsigned":     []byte(good),
		"other signer": other.sign(t, good),
		"changed":      []byte(strings.Replace(string(tr.sign(t, good)), "\n3\n", "\n4\n", 1)),
		"plus size":    tr.sign(t, strings.Replace(good, "\n3\n", "\n+3\n", 1)),
		"zero padded":  tr.sign(t, strings.Replace(good, "\n3\n", "\n03\n", 1)),
		"negative":     tr.sign(t, strings.Replace(good, "\n3\n", "\n-3\n", 1)),
		"short root":   tr.sign(t, "coffre.example/trail\n3\nAAAA\n"),
		"two lines":    tr.sign(t, "coffre.example/trail\n3\n"),
	} {
		p := &peer{checkpoint: func() (*coffrev1.CheckpointResponse, error) {
			return coffrev1.CheckpointResponse_builder{Checkpoint: raw, VerifierKey: &tr.key}.Build(), nil
		}}
		_, err := p.dial(t).Checkpoint(t.Context())
		if e := wantClass(t, err, ClassIntegrity); e.Reason != "CHECKPOINT" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestALineIsFoundInItsCheckpointOnly(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "coffre.example/trail")
	tr.grow(t, 20, "leaf")
	c, cp := tr.peer(t, 20).dial(t), tr.checkpoint(t, 20)
	all := make([]uint64, 20)
	for i := range all {
		all[i] = uint64(i)
	}
	if err := c.CheckInclusion(t.Context(), "s", cp, all...); err != nil {
		t.Error(err)
	}
	wantClass(t, c.CheckInclusion(t.Context(), "s", cp, 3, 20), ClassIntegrity)

	lying := tr.peer(t, 20)
	honest := lying.inclusion
	lying.inclusion = func(req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error) {
		answer, err := honest(req)
		answer.GetProofs()[1].SetLeaf([]byte("another leaf"))
		return answer, err
	}
	e := wantClass(t, lying.dial(t).CheckInclusion(t.Context(), "s", cp, 3, 7), ClassIntegrity)
	lying.inclusion = func(req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error) {
		answer, err := honest(req)
		answer.SetProofs(answer.GetProofs()[:1])
		return answer, err
	}
	wantClass(t, lying.dial(t).CheckInclusion(t.Context(), "s", cp, 3, 7), ClassIntegrity)
	if !strings.Contains(e.Sentence, "7") || !strings.Contains(e.Sentence, cp.String()) {
		t.Errorf("sentence %q", e.Sentence)
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	skey, vkey, err := note.GenerateKey(rand.Reader, "o")
	if err != nil {
		f.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("o\n3\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n")
	f.Add("o\n3\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return
		}
		cp, err := parseCheckpoint(signed, vkey)
		if err != nil {
			return
		}
		back := fmt.Sprintf("%s\n%d\n%s\n", cp.Origin, cp.Size, base64.StdEncoding.EncodeToString(cp.Root[:]))
		if !strings.HasPrefix(text, back) {
			t.Errorf("%q reads as %q", text, back)
		}
	})
}
