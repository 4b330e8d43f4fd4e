package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// This file reads the pages of a bbolt file by itself, for two uses that bbolt
// does not serve. Verify must look at hostile bytes, over which bbolt panics,
// recurses for ever or faults, and must see pages that bbolt would never look
// at. And erased details must be overwritten where bbolt left them.
// The layout is bbolt's data file version 2 (FORMAT.md §7); numbers are in the
// byte order of the machine that wrote the file.

const (
	pageHeader   = 16
	pageElement  = 16
	metaSize     = 64
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	maxDepth     = 32
	minPageSize  = 1 << 10
	maxPageSize  = 64 << 10
	maxOverflow  = 1 << 16 // a detail of MaxDetail needs far less
	cachedPages  = 2048
	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagMeta     = 0x04
	flagFreelist = 0x10
)

// A boltMeta is one of the two heads of the file.
type boltMeta struct {
	pageSize uint32
	root     uint64
	freelist uint64
	pages    uint64 // all pages in use or free are below this one
	tx       uint64
}

// A pager reads pages with every bound checked.
type pager struct {
	r     io.ReaderAt
	meta  boltMeta // the newer one
	older boltMeta
	cache map[uint64]page
}

// A page is one page with the overflow pages behind it.
type page struct {
	id    uint64
	flags uint16
	count int
	data  []byte // from the header on
}

func newPager(r io.ReaderAt, size int64) (*pager, error) {
	first, err := readMeta(r, 0, 0)
	if err != nil {
		return nil, err
	}
	second, err := readMeta(r, 1, first.pageSize)
	if err != nil {
		return nil, err
	}
	p := &pager{r: r, meta: first, older: second, cache: map[uint64]page{}}
	if second.tx > first.tx {
		p.meta, p.older = second, first
	}
	if p.older.tx == p.meta.tx {
		return nil, &FileError{Page: 0, Reason: "two heads of the same transaction"}
	}
	if p.meta.pages < 4 || uint64(size)/uint64(p.meta.pageSize) < p.meta.pages {
		return nil, &FileError{Page: p.meta.pages - 1, Reason: "the file is shorter than its head says"}
	}
	return p, nil
}

// readMeta reads one head. bbolt would go on with one of the two alone, that is
// with the state before the last: here both must be sound, or a flipped bit
// could take the newest leaves away. A crash does not tear a head: it fits into
// one sector of any disk.
func readMeta(r io.ReaderAt, id uint64, pageSize uint32) (boltMeta, error) {
	bad := func(reason string) (boltMeta, error) { return boltMeta{}, &FileError{Page: id, Reason: reason} }
	b := make([]byte, pageHeader+metaSize)
	if _, err := r.ReadAt(b, int64(id)*int64(pageSize)); err != nil {
		return boltMeta{}, fmt.Errorf("%w: %w", &FileError{Page: id, Reason: "head cannot be read"}, err)
	}
	n := binary.NativeEndian
	m := b[pageHeader:]
	if n.Uint64(b) != id || n.Uint16(b[8:]) != flagMeta || n.Uint16(b[10:]) != 0 || n.Uint32(b[12:]) != 0 {
		return bad("not a head")
	}
	if n.Uint32(m) != boltMagic || n.Uint32(m[4:]) != boltVersion {
		return bad("not a bbolt file of version 2")
	}
	sum := fnv.New64a()
	sum.Write(m[:metaSize-8])
	if n.Uint64(m[metaSize-8:]) != sum.Sum64() {
		return bad("checksum of the head")
	}
	meta := boltMeta{
		pageSize: n.Uint32(m[8:]),
		root:     n.Uint64(m[16:]),
		freelist: n.Uint64(m[32:]),
		pages:    n.Uint64(m[40:]),
		tx:       n.Uint64(m[48:]),
	}
	size := meta.pageSize
	if size < minPageSize || size > maxPageSize || size&(size-1) != 0 || id == 1 && size != pageSize {
		return bad("page size")
	}
	return meta, nil
}

// page reads one page. Its flags are one kind only; whether that kind belongs
// here is the caller's question.
func (p *pager) page(id uint64) (page, error) {
	if pg, ok := p.cache[id]; ok {
		return pg, nil
	}
	bad := func(reason string) (page, error) { return page{}, &FileError{Page: id, Reason: reason} }
	if id < 2 || id >= p.meta.pages {
		return bad("beyond the end")
	}
	size := uint64(p.meta.pageSize)
	data, err := p.read(id, size)
	if err != nil {
		return page{}, err
	}
	n := binary.NativeEndian
	if n.Uint64(data) != id {
		return bad("bears another number")
	}
	over := uint64(n.Uint32(data[12:]))
	if over > maxOverflow && n.Uint16(data[8:]) != flagFreelist || id+over >= p.meta.pages {
		return bad("reaches beyond the end")
	}
	if over > 0 {
		if data, err = p.read(id, size*(over+1)); err != nil {
			return page{}, err
		}
	}
	pg := page{id: id, flags: n.Uint16(data[8:]), count: int(n.Uint16(data[10:])), data: data}
	if pg.flags == flagBranch || pg.flags == flagLeaf {
		if err := pg.check(); err != nil {
			return page{}, err
		}
	}
	if len(p.cache) >= cachedPages {
		clear(p.cache)
	}
	if over == 0 {
		p.cache[id] = pg
	}
	return pg, nil
}

func (p *pager) read(id, n uint64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := p.r.ReadAt(b, int64(id*uint64(p.meta.pageSize))); err != nil {
		return nil, fmt.Errorf("%w: %w", &FileError{Page: id, Reason: "cannot be read"}, err)
	}
	return b, nil
}

// overflow is the number of pages behind the first.
func (pg page) overflow() uint64 { return uint64(binary.NativeEndian.Uint32(pg.data[12:])) }

// check walks the elements: keys ascend strictly, and keys and values lie one
// behind the other exactly as bbolt writes them, so no element can be bent to
// show other bytes.
func (pg page) check() error {
	bad := func(reason string) error { return &FileError{Page: pg.id, Reason: reason} }
	n := binary.NativeEndian
	next := pageHeader + pg.count*pageElement
	if next > len(pg.data) {
		return bad("more elements than fit")
	}
	if pg.flags == flagBranch && pg.count == 0 {
		return bad("branch without children")
	}
	var prev []byte
	for i := range pg.count {
		at := pageHeader + i*pageElement
		e := pg.data[at:]
		pos, ksize, vsize := uint64(n.Uint32(e)), uint64(n.Uint32(e[4:])), uint64(0)
		if pg.flags == flagLeaf {
			pos, ksize, vsize = uint64(n.Uint32(e[4:])), uint64(n.Uint32(e[8:])), uint64(n.Uint32(e[12:]))
		}
		if uint64(at)+pos != uint64(next) || uint64(next)+ksize+vsize > uint64(len(pg.data)) {
			return bad("element out of place")
		}
		k := pg.data[next : next+int(ksize)]
		if len(k) == 0 || i > 0 && string(prev) >= string(k) {
			return bad("keys out of order")
		}
		prev, next = k, next+int(ksize+vsize)
	}
	return nil
}

// child gives the key and the page of the i-th element of a branch.
func (pg page) child(i int) (k []byte, id uint64) {
	n := binary.NativeEndian
	at := pageHeader + i*pageElement
	e := pg.data[at:]
	k = e[n.Uint32(e):][:n.Uint32(e[4:])]
	return k, n.Uint64(e[8:])
}

// item gives the i-th element of a leaf; flags 1 marks a bucket.
func (pg page) item(i int) (k, v []byte, flags uint32) {
	n := binary.NativeEndian
	at := pageHeader + i*pageElement
	e := pg.data[at:]
	ksize := n.Uint32(e[8:])
	kv := e[n.Uint32(e[4:]):][:ksize+n.Uint32(e[12:])]
	return kv[:ksize:ksize], kv[ksize:], n.Uint32(e)
}

// free lists the free pages of one of the two states.
func (p *pager) free(m boltMeta) (list []uint64, self page, err error) {
	pg, err := p.page(m.freelist)
	if err != nil {
		return nil, page{}, err
	}
	bad := func(reason string) ([]uint64, page, error) {
		return nil, page{}, &FileError{Page: pg.id, Reason: reason}
	}
	if pg.flags != flagFreelist {
		return bad("not a free list")
	}
	n := binary.NativeEndian
	ids, count := pg.data[pageHeader:], uint64(pg.count)
	if count == 0xFFFF {
		count, ids = n.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids))/8 {
		return bad("more free pages than fit")
	}
	for i := range count {
		id := n.Uint64(ids[8*i:])
		if id < 2 || id >= m.pages || i > 0 && id <= list[i-1] {
			return bad("free pages out of order")
		}
		list = append(list, id)
	}
	return list, pg, nil
}

// zeroFree overwrites every page that is free in both states of the file, and
// what lies behind the last page, and syncs. Nobody may be reading or writing.
func zeroFree(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("trail file: %w", err)
	}
	p, err := newPager(f, info.Size())
	if err != nil {
		return err
	}
	newer, _, err := p.free(p.meta)
	if err != nil {
		return err
	}
	older, _, err := p.free(p.older)
	if err != nil {
		return err
	}
	inOlder := make(map[uint64]bool, len(older))
	for _, id := range older {
		inOlder[id] = true
	}
	zero := make([]byte, p.meta.pageSize)
	var errs []error
	wipe := func(id uint64) {
		if _, err := f.WriteAt(zero, int64(id*uint64(p.meta.pageSize))); err != nil {
			errs = append(errs, err)
		}
	}
	for _, id := range newer {
		if inOlder[id] || id >= p.older.pages {
			wipe(id)
		}
	}
	for id := max(p.meta.pages, p.older.pages); id < uint64(info.Size())/uint64(p.meta.pageSize); id++ {
		wipe(id)
	}
	if err := errors.Join(append(errs, f.Sync())...); err != nil {
		return fmt.Errorf("overwrite freed pages: %w", err)
	}
	return nil
}
