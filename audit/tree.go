package audit

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// A Tree is the Merkle tree (RFC 6962 §2.1) over the leaves it was given, kept
// as its right edge: one hash a level. The zero Tree is empty. It lets the
// holder of the batches copied out of a trail recompute the root and compare it
// with a checkpoint. It is not safe for concurrent use.
type Tree struct {
	size uint64
	// edge[l] is the newest complete subtree of 2^l leaves: the only one of that
	// level which a further leaf, or the root, can still need.
	edge [64]tlog.Hash
}

// Size is the number of leaves.
func (t *Tree) Size() uint64 { return t.size }

// Add appends a batch, which must begin where the tree ends.
func (t *Tree) Add(b Batch) error {
	if uint64(b.From) != t.size {
		return fmt.Errorf("batch begins at leaf %d, the tree ends at %d: %w", b.From, t.size, ErrRange)
	}
	for _, leaf := range b.Leaves {
		t.add(tlog.RecordHash(leaf))
	}
	return nil
}

// Root is the hash of the whole tree.
func (t *Tree) Root() tlog.Hash {
	h, err := tlog.TreeHash(int64(t.size), tlog.HashReaderFunc(t.read))
	if err != nil {
		panic("audit: internal error: the edge of a tree lacks a hash")
	}
	return h
}

// Check compares the tree with a checkpoint of the same size: [*TruncatedError]
// when leaves are missing, [*ForkError] when they are others.
func (t *Tree) Check(c Checkpoint) error {
	switch {
	case c.Size > t.size:
		return &TruncatedError{Size: t.size, Known: c.Size}
	case c.Size < t.size:
		return fmt.Errorf("checkpoint of size %d, tree of size %d: %w", c.Size, t.size, ErrRange)
	}
	if root := t.Root(); root != c.Root {
		return &ForkError{Size: c.Size, Have: root, Want: c.Root}
	}
	return nil
}

// add appends the hash of one leaf and returns the hashes of the subtrees it
// completes, the leaf's own first: what the hash bucket stores, in order.
func (t *Tree) add(h tlog.Hash) []tlog.Hash {
	n := t.size
	out := make([]tlog.Hash, 0, 1+bits.TrailingZeros64(n+1))
	out = append(out, h)
	for l := 0; n>>l&1 == 1; l++ { // a right child completes its parent
		h = tlog.NodeHash(t.edge[l], h)
		out = append(out, h)
	}
	copy(t.edge[:], out)
	t.size++
	return out
}

// read serves the hashes of the edge to tlog; it is never asked for others.
func (t *Tree) read(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, ix := range indexes {
		level, n := tlog.SplitStoredHashIndex(ix)
		if uint64(n)+1 != t.size>>level {
			return nil, fmt.Errorf("hash %d of level %d is not on the edge: %w", n, level, ErrRange)
		}
		out[i] = t.edge[level]
	}
	return out, nil
}

// loadTree takes the edge of a tree of that size out of stored hashes.
func loadTree(size uint64, r tlog.HashReader) (Tree, error) {
	t := Tree{size: size}
	for l := range t.edge {
		if size>>l == 0 {
			break
		}
		h, err := r.ReadHashes([]int64{tlog.StoredHashIndex(l, int64(size>>l)-1)})
		if err != nil {
			return Tree{}, fmt.Errorf("edge of the tree: %w", err)
		}
		t.edge[l] = h[0]
	}
	return t, nil
}
