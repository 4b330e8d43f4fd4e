package rpc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

const defaultPage = 100

// pages makes page tokens and reads them back. A token says where the next page
// begins, for whom and in which list; it is no authorisation. Nobody else can make one,
// so that none can be used to look where a list would not have led. The key is
// drawn at start and kept nowhere: after a restart, or on another node, a token
// is [vault.ErrPageToken], and the caller begins at the first page again.
type pages struct{ key [32]byte }

func newPages() *pages {
	p := &pages{}
	rand.Read(p.key[:]) // never fails: crypto/rand ends the program instead
	return p
}

// A list is what a token is good for: the same question, but for the page.
type list struct {
	name   string
	caller string // who walks
	safe   vault.SafeID
	filter string
}

const pageTag = 16 // bytes of the MAC in a token

var tokenText = base64.RawURLEncoding.Strict()

func (p *pages) token(l list, cursor []byte) string {
	return tokenText.EncodeToString(append(p.tag(l, cursor), cursor...))
}

// cursor answers nil for the first page.
func (p *pages) cursor(l list, token string, size int) ([]byte, error) {
	if token == "" {
		return nil, nil
	}
	if len(token) > tokenText.EncodedLen(pageTag+size) {
		return nil, vault.ErrPageToken
	}
	raw, err := tokenText.DecodeString(token)
	if err != nil || len(raw) != pageTag+size {
		return nil, vault.ErrPageToken
	}
	cursor := raw[pageTag:]
	if !hmac.Equal(raw[:pageTag], p.tag(l, cursor)) {
		return nil, vault.ErrPageToken
	}
	return cursor, nil
}

func (p *pages) tag(l list, cursor []byte) []byte {
	mac := hmac.New(sha256.New, p.key[:])
	for _, part := range [][]byte{[]byte(l.name), []byte(l.caller), l.safe[:], []byte(l.filter), cursor} {
		// Length first, so that no two lists of parts are the same bytes.
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		mac.Write(n[:])
		mac.Write(part)
	}
	return mac.Sum(nil)[:pageTag]
}

// after is the token for the documents that follow d.
func (p *pages) after(l list, d vault.DocumentID) string { return p.token(l, d[:]) }

func (p *pages) document(l list, token string) (vault.DocumentID, error) {
	c, err := p.cursor(l, token, len(vault.DocumentID{}))
	if err != nil || c == nil {
		return vault.DocumentID{}, err
	}
	return vault.DocumentID(c), nil
}

// A place in a journal: the number of the next line, and the end of this
// walk. Reading a journal is a line of it, so that a walk by pages of one line
// would never end without one.
type place struct {
	from  uint64
	until time.Time // whole seconds
}

// following is the place after a page, if the walk goes on.
func (at place) following(page []vault.Line, limit int) (place, bool) {
	if len(page) < limit || page[len(page)-1].Time.After(at.until) {
		return place{}, false
	}
	at.from += uint64(len(page))
	return at, true
}

func (p *pages) next(l list, at place) string {
	c := binary.BigEndian.AppendUint64(nil, at.from)
	c = binary.BigEndian.AppendUint64(c, uint64(at.until.Unix()))
	return p.token(l, c)
}

// place answers the beginning for the first page, for a walk that starts now.
func (p *pages) place(l list, token string, now time.Time) (place, error) {
	c, err := p.cursor(l, token, 16)
	switch {
	case err != nil:
		return place{}, err
	case c == nil:
		// The trail's clock may be that far ahead of ours (architecture §7).
		return place{until: now.Add(2 * time.Minute).Truncate(time.Second)}, nil
	}
	return place{
		from:  binary.BigEndian.Uint64(c),
		until: time.Unix(int64(binary.BigEndian.Uint64(c[8:])), 0),
	}, nil
}
