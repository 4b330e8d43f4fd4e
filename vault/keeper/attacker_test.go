package keeper_test

import (
	"bytes"
	"io"
	"testing"

	"filippo.io/age"

	"github.com/coffre-fort/coffre/vault/seal"
)

// An attacker opens age files with every identity found, until nothing new
// opens. It uses the stock library, not our code.
type attacker struct {
	t     *testing.T
	ids   []age.Identity
	known map[string]bool
	files map[string][]byte
}

var (
	ageMagic  = []byte("age-encryption.org/v1\n")
	ageSecret = []byte("AGE-SECRET-KEY-PQ-1")
)

func (a *attacker) openAll(master *seal.Identity) [][]byte {
	a.learn(master.Text().Reveal())
	var seen [][]byte
	todo := [][]byte{}
	for _, raw := range a.files {
		todo = append(todo, embedded(raw)...)
	}
	for progress := true; progress; {
		progress = false
		var left [][]byte
		for _, raw := range todo {
			plain, ok := a.open(raw)
			if !ok {
				left = append(left, raw)
				continue
			}
			progress = true
			seen = append(seen, plain)
			left = append(left, embedded(plain)...)
			a.learn(plain)
			a.learnFileKeys(plain)
		}
		todo = left
	}
	return seen
}

// embedded answers every place in raw at which an age file may begin.
func embedded(raw []byte) (found [][]byte) {
	for off := 0; ; {
		i := bytes.Index(raw[off:], ageMagic)
		if i < 0 {
			return found
		}
		found = append(found, raw[off+i:])
		off += i + 1
	}
}

// learn takes every identity that stands in plain.
func (a *attacker) learn(plain []byte) {
	for off := 0; ; {
		i := bytes.Index(plain[off:], ageSecret)
		if i < 0 {
			return
		}
		text := plain[off+i:]
		end := bytes.IndexFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' })
		if end < 0 {
			end = len(text)
		}
		if id, err := age.ParseHybridIdentity(string(text[:end])); err == nil && !a.known[string(text[:end])] {
			a.known[string(text[:end])] = true
			a.ids = append(a.ids, id)
		}
		off += i + 1
	}
}

// learnFileKeys takes every 16 bytes of what was opened as a file key: that is
// how a bundle gives access.
func (a *attacker) learnFileKeys(plain []byte) {
	if len(plain) > 64<<10 {
		return
	}
	for i := 0; i+16 <= len(plain); i++ {
		if key := string(plain[i : i+16]); !a.known[key] {
			a.known[key] = true
			a.ids = append(a.ids, age.NewInjectedFileKeyIdentity([]byte(key)))
		}
	}
}

func (a *attacker) open(raw []byte) ([]byte, bool) {
	for _, id := range a.ids {
		r, err := age.Decrypt(bytes.NewReader(raw), id)
		if err != nil {
			continue
		}
		// What follows an embedded file makes its end invalid: what was read
		// before is authentic all the same.
		plain, _ := io.ReadAll(r)
		return plain, true
	}
	return nil, false
}
