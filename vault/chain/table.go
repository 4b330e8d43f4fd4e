package chain

import (
	"iter"
	"math/bits"
)

// A table maps ids to values and never changes: with and without give another
// one that shares what did not change. So folding n entries costs O(n log n)
// while every state in between stays valid. The zero table is empty.
//
// It is a trie over the nibbles of the id, which is random as a rule; whoever
// chooses ids can make it 32 levels deep and no deeper. Its shape depends only
// on what it holds.
type table[K ~[16]byte, V any] struct {
	root *node[K, V]
	n    int
}

// A node is a leaf (value set) or a branch (kids, one for each bit set, in
// order; a branch has at least two leaves below it).
type node[K ~[16]byte, V any] struct {
	key   K
	value *V
	bits  uint16
	kids  []*node[K, V]
}

func nibble[K ~[16]byte](k K, depth int) int {
	return int(k[depth/2]>>(4*(1-depth%2))) & 15
}

// slot tells where the kid for a nibble is or would be, and whether it is.
func (n *node[K, V]) slot(nib int) (int, bool) {
	bit := uint16(1) << nib
	return bits.OnesCount16(n.bits & (bit - 1)), n.bits&bit != 0
}

func (t table[K, V]) len() int { return t.n }

func (t table[K, V]) get(k K) (v V, ok bool) {
	n := t.root
	for depth := 0; n != nil; depth++ {
		if n.value != nil {
			if n.key != k {
				return v, false
			}
			return *n.value, true
		}
		i, ok := n.slot(nibble(k, depth))
		if !ok {
			return v, false
		}
		n = n.kids[i]
	}
	return v, false
}

func (t table[K, V]) has(k K) bool {
	_, ok := t.get(k)
	return ok
}

// with gives the table in which k has the value v.
func (t table[K, V]) with(k K, v V) table[K, V] {
	n := t.n
	if !t.has(k) {
		n++
	}
	return table[K, V]{root: t.root.with(&node[K, V]{key: k, value: &v}, 0), n: n}
}

func (n *node[K, V]) with(leaf *node[K, V], depth int) *node[K, V] {
	switch {
	case n == nil:
		return leaf
	case n.value != nil && n.key == leaf.key:
		return leaf
	case n.value != nil:
		branch := &node[K, V]{bits: 1 << nibble(n.key, depth), kids: []*node[K, V]{n}}
		return branch.with(leaf, depth)
	}
	nib := nibble(leaf.key, depth)
	i, found := n.slot(nib)
	size := len(n.kids)
	if !found {
		size++
	}
	out := &node[K, V]{bits: n.bits | 1<<nib, kids: make([]*node[K, V], 0, size)}
	out.kids = append(out.kids, n.kids[:i]...)
	if found {
		out.kids = append(out.kids, n.kids[i].with(leaf, depth+1))
		out.kids = append(out.kids, n.kids[i+1:]...)
	} else {
		out.kids = append(out.kids, leaf)
		out.kids = append(out.kids, n.kids[i:]...)
	}
	return out
}

// without gives the table in which k has no value.
func (t table[K, V]) without(k K) table[K, V] {
	if !t.has(k) {
		return t
	}
	return table[K, V]{root: t.root.without(k, 0), n: t.n - 1}
}

// without is called only when k is below n.
func (n *node[K, V]) without(k K, depth int) *node[K, V] {
	if n.value != nil {
		return nil
	}
	nib := nibble(k, depth)
	i, _ := n.slot(nib)
	kid := n.kids[i].without(k, depth+1)
	out := &node[K, V]{bits: n.bits}
	if kid == nil {
		out.bits &^= 1 << nib
		out.kids = append(out.kids, n.kids[:i]...)
		out.kids = append(out.kids, n.kids[i+1:]...)
	} else {
		out.kids = append(out.kids, n.kids...)
		out.kids[i] = kid
	}
	if len(out.kids) == 1 && out.kids[0].value != nil {
		return out.kids[0] // a lone leaf moves up
	}
	return out
}

// all gives keys and values by ascending key.
func (t table[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { t.root.each(yield) }
}

func (n *node[K, V]) each(yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	if n.value != nil {
		return yield(n.key, *n.value)
	}
	for _, kid := range n.kids {
		if !kid.each(yield) {
			return false
		}
	}
	return true
}
