package attack

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"filippo.io/age"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A Thief collects files and keys, and opens the ones with the others until
// nothing new opens. What comes out of a file counts like what was taken: files
// and keys in it are tried too. The zero Thief has nothing. It is not safe for
// concurrent use.
type Thief struct {
	keys   []age.Identity
	known  map[string]bool // keys by what they are, files by their headers
	closed []*locked
	opened [][]byte

	journal []seal.JournalKey
	details []detail
}

// locked is an age file that nothing has opened yet, and whatever follows it.
type locked struct {
	raw   []byte
	ends  []int // where it may end
	tried int   // keys that do not open it
}

// detail is a sealed detail or a sealed row, with what it may belong to.
type detail struct {
	raw []byte
	ads [][]byte
}

// How things look that are worth taking.
const (
	magic      = "age-encryption.org/v1\n"
	headerEnd  = "\n---"
	fileKey    = 16 // bytes
	journalKey = 32
	secretKey  = "AGE-SECRET-KEY-PQ-1"
	secretSize = 77 // of an identity's text
)

// Take adds bytes of any kind: each age file in them will be tried, and each key
// in them used. It keeps raw, which must not be changed afterwards.
func (t *Thief) Take(raw []byte) {
	t.learn(raw)
	for at := range places(raw, magic) {
		if end := bytes.Index(raw[at:], []byte(headerEnd)); end >= 0 && t.isNew("file", raw[at:at+end]) {
			t.closed = append(t.closed, &locked{raw: raw[at:], ends: ends(raw, at)})
		}
	}
}

// TakeDetail adds a sealed detail or row that may belong to any of ads.
func (t *Thief) TakeDetail(raw []byte, ads ...[]byte) {
	t.details = append(t.details, detail{raw, ads})
}

// TakeJournalKey adds a key of details, of 32 bytes; others are none.
func (t *Thief) TakeJournalKey(key []byte) {
	if len(key) != journalKey || !t.isNew("journal", key) {
		return
	}
	if k, err := seal.ParseJournalKey(seal.NewSecret(key)); err == nil {
		t.journal = append(t.journal, k)
	}
}

// Open answers everything that has opened so far, layer by layer. An error is
// ctx's.
func (t *Thief) Open(ctx context.Context) ([][]byte, error) {
	for progress := true; progress; {
		progress = false
		files := t.closed
		t.closed = nil
		for _, f := range files {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("attack: %w", err)
			}
			if plain, ok := t.try(f); ok {
				progress = true
				t.opened = append(t.opened, plain)
				t.Take(plain)
				t.learnFileKeys(plain)
				continue
			}
			t.closed = append(t.closed, f)
		}
	}
	t.openDetails()
	return t.opened, nil
}

// Closed is how many age files nothing has opened.
func (t *Thief) Closed() int { return len(t.closed) }

// ends are where the age file that begins at a place of raw may end, counted from
// there: where its length says that stands before it, as in protocol buffers; at
// the next file; with raw.
func ends(raw []byte, at int) (all []int) {
	for n := 1; n <= binary.MaxVarintLen32 && n <= at; n++ {
		if size, used := binary.Uvarint(raw[at-n : at]); used == n && size <= uint64(len(raw)-at) {
			all = append(all, int(size))
		}
	}
	if next := bytes.Index(raw[at+len(magic):], []byte(magic)); next >= 0 {
		all = append(all, len(magic)+next)
	}
	return append(all, len(raw)-at)
}

// try opens a file with the keys that were not tried on it yet.
func (t *Thief) try(f *locked) ([]byte, bool) {
	for _, key := range t.keys[f.tried:] {
		for _, end := range f.ends {
			r, err := age.Decrypt(bytes.NewReader(f.raw[:end]), key)
			if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
				break
			}
			if err != nil {
				continue
			}
			// Read up to where it was altered, it is authentic all the same.
			if plain, err := io.ReadAll(r); err == nil || len(plain) > 0 {
				return plain, true
			}
		}
	}
	f.tried = len(t.keys)
	return nil, false
}

// learn takes the identities that stand in raw, and what may be a key of details:
// 32 bytes in base64.
func (t *Thief) learn(raw []byte) {
	for at := range places(raw, secretKey) {
		text := raw[at:min(len(raw), at+secretSize)]
		if id, err := age.ParseHybridIdentity(string(text)); err == nil && t.isNew("identity", text) {
			t.keys = append(t.keys, id)
		}
	}
	text := base64.StdEncoding.EncodedLen(journalKey)
	for at := range places(raw, "=") {
		if at+1 < text {
			continue
		}
		key := make([]byte, base64.StdEncoding.DecodedLen(text))
		if n, err := base64.StdEncoding.Strict().Decode(key, raw[at+1-text:at+1]); err == nil {
			t.TakeJournalKey(key[:n])
		}
	}
}

// places are where text stands in raw.
func places(raw []byte, text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; at += len(text) {
			i := bytes.Index(raw[at:], []byte(text))
			if i < 0 || !yield(at+i) {
				return
			}
			at += i
		}
	}
}

// learnFileKeys takes for a file key whatever stands behind its own length: that
// is how a bundle gives access. What begins as texts and pictures do is none.
func (t *Thief) learnFileKeys(plain []byte) {
	if len(plain) == 0 || plain[0] >= ' ' {
		return
	}
	for i := 1; i+fileKey <= len(plain); i++ {
		if key := plain[i : i+fileKey]; plain[i-1] == fileKey && t.isNew("key", key) {
			t.keys = append(t.keys, age.NewInjectedFileKeyIdentity(bytes.Clone(key)))
		}
	}
}

// openDetails tries each key on each detail, for each thing it may belong to.
func (t *Thief) openDetails() {
	for _, d := range t.details {
		for _, k := range t.journal {
			for _, ad := range d.ads {
				if plain, err := k.Open(d.raw, ad); err == nil {
					t.opened = append(t.opened, plain)
				}
			}
		}
	}
	t.details = nil
}

func (t *Thief) isNew(what string, b []byte) bool {
	if t.known == nil {
		t.known = map[string]bool{}
	}
	name := what + "\x00" + string(b)
	if t.known[name] {
		return false
	}
	t.known[name] = true
	return true
}
