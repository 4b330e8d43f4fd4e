package rpc

import (
	"context"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// paged is a request for a page of a list.
type paged interface {
	GetPageSize() int32
	GetPageToken() string
}

// A walk is one caller's way through one list, page by page.
type walk struct {
	list
	limit int
	token string
}

// walk reads which page is asked for. What else the list depends on is in safe
// and filter.
func (f *fields) walk(ctx context.Context, name string, safe vault.SafeID, filter string, req paged) walk {
	return walk{
		list:  list{name: name, caller: holder(ctx), safe: safe, filter: filter},
		limit: f.pageSize(req.GetPageSize()), token: req.GetPageToken(),
	}
}

// holder stands for whoever calls: their login, or the person of a counter
// session. A page token of one is none of another's.
func holder(ctx context.Context) string {
	who := caller(ctx)
	if safe, ok := who.Visit(); ok {
		return "visit " + vault.SafeID(safe).String()
	}
	return "login " + who.User().Issuer() + " " + who.User().Subject()
}

// after answers the id that the page before ended with; zero for the first page.
func after[ID ~[16]byte](p *pages, w walk) (id ID, err error) {
	c, err := p.cursor(w.list, w.token, len(id))
	if err != nil || c == nil {
		return id, err
	}
	return ID(c), nil
}

// following is the token for what comes after a thing; none after a page that is
// not full. A full page may be the last one: the next is empty then (AIP-158).
func (p *pages) following(w walk, n int, last []byte) string {
	if n < w.limit {
		return ""
	}
	return p.token(w.list, last)
}

// pageOf answers one page of a list that is all there, and the token for the next
// one. Where the thing that the page before ended with is gone, nobody knows
// where to go on: [vault.ErrPageToken].
func pageOf[T any](p *pages, w walk, all []T, size int, key func(T) []byte) (page []T, next string, err error) {
	last, err := p.cursor(w.list, w.token, size)
	if err != nil {
		return nil, "", err
	}
	if last != nil {
		at := slices.IndexFunc(all, func(one T) bool { return slices.Equal(key(one), last) })
		if at < 0 {
			return nil, "", vault.ErrPageToken
		}
		all = all[at+1:]
	}
	page = all[:min(len(all), w.limit)]
	if len(page) == 0 {
		return nil, "", nil
	}
	return page, p.following(w, len(page), key(page[len(page)-1])), nil
}
