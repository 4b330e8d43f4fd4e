package keeper

import (
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// fresh remembers what a session deposited, so that a wrong deposit can be put
// right for ten minutes while nobody has read it.
type fresh struct {
	mu   sync.Mutex
	docs map[vault.DocumentID]freshDoc
}

type freshDoc struct {
	session     session.ID
	safe        vault.SafeID
	at          time.Time
	description chain.Description
	stale       bool // being described anew: what is remembered does not count
}

const freshFor = 10 * time.Minute

// sweep forgets what is not fresh any more.
func (f *fresh) sweep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, old := range f.docs {
		if time.Since(old.at) >= freshFor {
			delete(f.docs, id)
		}
	}
}

func (f *fresh) put(s session.ID, safe vault.SafeID, doc vault.DocumentID, d chain.Description) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.docs[doc] = freshDoc{session: s, safe: safe, at: time.Now(), description: d}
}

func (f *fresh) get(s session.ID, safe vault.SafeID, doc vault.DocumentID) (chain.Description, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.docs[doc]
	ok = ok && !d.stale && d.session == s && d.safe == safe && time.Since(d.at) < freshFor
	return d.description, ok
}

func (f *fresh) has(s session.ID, safe vault.SafeID, doc vault.DocumentID) bool {
	_, ok := f.get(s, safe, doc)
	return ok
}

// amend replaces what the depositor's session remembers of a document; its ten
// minutes go on. Nil, and whatever another session describes, ends it: nobody
// may write an old description over a newer one.
func (f *fresh) amend(s session.ID, safe vault.SafeID, doc vault.DocumentID, d *chain.Description) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, ok := f.docs[doc]
	switch {
	case !ok:
	case d == nil || old.session != s || old.safe != safe:
		old.stale = true
		f.docs[doc] = old
	default:
		old.description, old.stale = *d, false
		f.docs[doc] = old
	}
}

// drop forgets a document: it was read, or is gone.
func (f *fresh) drop(doc vault.DocumentID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.docs, doc)
}

// dropSession forgets what a session deposited.
func (f *fresh) dropSession(s session.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, d := range f.docs {
		if d.session == s {
			delete(f.docs, id)
		}
	}
}
