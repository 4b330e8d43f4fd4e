package audit

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A table is one bucket as a pager sees it.
type table struct {
	p      *pager
	name   string
	root   uint64 // 0: the bucket is small and lies in inline
	inline page
}

// tables reads the list of buckets: exactly ours, no more.
func (p *pager) tables() (map[string]table, error) {
	root := table{p: p, name: "root", root: p.meta.root}
	found := map[string]table{}
	c := root.cursor()
	for {
		k, v, flags, err := c.step()
		if err != nil {
			return nil, err
		}
		if k == nil {
			break
		}
		if flags != 1 || len(v) < 16 || binary.NativeEndian.Uint64(v[8:]) != 0 {
			return nil, fmt.Errorf("bucket %q: %w", k, ErrFormat)
		}
		t := table{p: p, name: string(k), root: binary.NativeEndian.Uint64(v)}
		if t.root == 0 {
			if t.inline, err = inlinePage(v[16:]); err != nil {
				return nil, fmt.Errorf("bucket %q: %w", k, err)
			}
		}
		found[t.name] = t
	}
	for _, name := range bucketNames() {
		if _, ok := found[name]; !ok {
			return nil, fmt.Errorf("bucket %s is missing: %w", name, ErrFormat)
		}
	}
	if len(found) != len(bucketNames()) {
		return nil, fmt.Errorf("%d buckets: %w", len(found), ErrFormat)
	}
	return found, nil
}

// inlinePage reads the page of a small bucket, which lies in its parent's value.
func inlinePage(b []byte) (page, error) {
	n := binary.NativeEndian
	if len(b) < pageHeader || n.Uint64(b) != 0 || n.Uint16(b[8:]) != flagLeaf || n.Uint32(b[12:]) != 0 {
		return page{}, fmt.Errorf("inline page: %w", ErrFormat)
	}
	pg := page{flags: flagLeaf, count: int(n.Uint16(b[10:])), data: b}
	return pg, pg.check()
}

func (t table) rootPage() (page, error) {
	if t.root == 0 {
		return t.inline, nil
	}
	return t.p.page(t.root)
}

// get looks a key up the way bbolt does.
func (t table) get(key []byte) ([]byte, error) {
	pg, err := t.rootPage()
	for range maxDepth {
		if err != nil {
			return nil, err
		}
		switch pg.flags {
		case flagLeaf:
			i, ok := search(pg.count, func(i int) []byte { k, _, _ := pg.item(i); return k }, key)
			if !ok {
				return nil, nil
			}
			_, v, _ := pg.item(i)
			return v, nil
		case flagBranch:
			i, ok := search(pg.count, func(i int) []byte { k, _ := pg.child(i); return k }, key)
			if !ok && i > 0 {
				i--
			}
			_, id := pg.child(i)
			pg, err = t.p.page(id)
		default:
			return nil, &FileError{Page: pg.id, Reason: "neither branch nor leaf"}
		}
	}
	return nil, &FileError{Page: pg.id, Reason: "too deep"}
}

// search finds the first of n ascending keys that is not below key.
func search(n int, at func(int) []byte, key []byte) (int, bool) {
	lo, hi := 0, n
	for lo < hi {
		mid := (lo + hi) / 2
		switch bytes.Compare(at(mid), key) {
		case 0:
			return mid, true
		case -1:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// A cursor walks a table in key order. Keys must ascend strictly over the whole
// walk, so it ends on any bytes.
type cursor struct {
	t     table
	stack []frame
	prev  []byte
	began bool
}

type frame struct {
	pg    page
	i     int
	below []byte // keys here must be below this one; nil: no bound
}

func (t table) cursor() *cursor { return &cursor{t: t} }

// next gives the next item, a nil key at the end.
func (c *cursor) next() (k, v []byte, err error) {
	k, v, flags, err := c.step()
	if err == nil && flags != 0 {
		err = fmt.Errorf("bucket inside bucket %s: %w", c.t.name, ErrFormat)
	}
	return k, v, err
}

func (c *cursor) step() (k, v []byte, flags uint32, err error) {
	if !c.began {
		c.began = true
		pg, err := c.t.rootPage()
		if err != nil {
			return nil, nil, 0, err
		}
		c.stack = append(c.stack, frame{pg: pg})
	}
	for len(c.stack) > 0 {
		top := &c.stack[len(c.stack)-1]
		if top.i == top.pg.count {
			c.stack = c.stack[:len(c.stack)-1]
			continue
		}
		switch top.pg.flags {
		case flagLeaf:
			k, v, flags = top.pg.item(top.i)
			if c.prev != nil && bytes.Compare(c.prev, k) >= 0 || top.below != nil && bytes.Compare(k, top.below) >= 0 {
				return nil, nil, 0, &FileError{Page: top.pg.id, Reason: "keys out of order"}
			}
			top.i++
			c.prev = k
			return k, v, flags, nil
		case flagBranch:
			if err := c.descend(top); err != nil {
				return nil, nil, 0, err
			}
		default:
			return nil, nil, 0, &FileError{Page: top.pg.id, Reason: "neither branch nor leaf"}
		}
	}
	return nil, nil, 0, nil
}

// descend goes down to the next child, whose keys must lie between the branch's
// own key for it and the one for its neighbour: or a lookup would miss them.
func (c *cursor) descend(top *frame) error {
	if len(c.stack) >= maxDepth {
		return &FileError{Page: top.pg.id, Reason: "too deep"}
	}
	k, id := top.pg.child(top.i)
	below := top.below
	if top.i+1 < top.pg.count {
		below, _ = top.pg.child(top.i + 1)
	}
	top.i++
	pg, err := c.t.p.page(id)
	if err != nil {
		return err
	}
	if pg.count == 0 {
		return &FileError{Page: id, Reason: "empty page below a branch"}
	}
	var first []byte
	switch pg.flags {
	case flagLeaf:
		first, _, _ = pg.item(0)
	case flagBranch:
		first, _ = pg.child(0)
	}
	if bytes.Compare(first, k) < 0 {
		return &FileError{Page: id, Reason: "keys below the branch"}
	}
	c.stack = append(c.stack, frame{pg: pg, below: below})
	return nil
}

// checkPages walks every page of the file once: each belongs to exactly one
// bucket, to the free list or to its pages. A page that is both free and in use
// would be overwritten one day.
func (p *pager) checkPages(ts map[string]table) error {
	used := make([]bool, p.meta.pages)
	claim := func(id, over uint64) error {
		for n := id; n <= id+over; n++ {
			if n >= p.meta.pages || used[n] {
				return &FileError{Page: n, Reason: "is used twice"}
			}
			used[n] = true
		}
		return nil
	}
	free, list, err := p.free(p.meta)
	if err != nil {
		return err
	}
	if err := claim(list.id, list.overflow()); err != nil {
		return err
	}
	for _, id := range free {
		if err := claim(id, 0); err != nil {
			return err
		}
	}
	roots := []uint64{p.meta.root}
	for _, t := range ts {
		if t.root != 0 {
			roots = append(roots, t.root)
		}
	}
	for _, id := range roots {
		if err := p.claimTree(id, claim); err != nil {
			return err
		}
	}
	for id, ok := range used[2:] {
		if !ok {
			return &FileError{Page: uint64(id) + 2, Reason: "belongs to nothing"}
		}
	}
	return nil
}

// claimTree claims a page and all below it. A page claimed before ends it, so it
// ends on any bytes.
func (p *pager) claimTree(id uint64, claim func(id, over uint64) error) error {
	todo := []uint64{id}
	for len(todo) > 0 {
		id, todo = todo[len(todo)-1], todo[:len(todo)-1]
		pg, err := p.page(id)
		if err != nil {
			return err
		}
		if err := claim(id, pg.overflow()); err != nil {
			return err
		}
		switch pg.flags {
		case flagLeaf:
		case flagBranch:
			for i := range pg.count {
				_, child := pg.child(i)
				todo = append(todo, child)
			}
		default:
			return &FileError{Page: id, Reason: "neither branch nor leaf"}
		}
	}
	return nil
}
