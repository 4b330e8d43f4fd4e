package prints_test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/coffre-fort/coffre/vault"
)

var strung = regexp.MustCompile(`<FEFF([0-9A-F]*)>`)

// outside is what a document says outside of its pages: its title, its language, the
// alternatives of its pictures. Nothing compresses them.
func outside(t *testing.T, document []byte) (all []string) {
	t.Helper()
	for _, m := range strung.FindAllSubmatch(document, -1) {
		raw, err := hex.DecodeString(string(m[1]))
		if err != nil || len(raw)%2 != 0 {
			t.Fatalf("%q: %v", m[1], err)
		}
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
		}
		all = append(all, string(utf16.Decode(units)))
	}
	return all
}

// What stands on a page stands there alone: a file's title, its bookmarks and the
// alternatives of its pictures, which other programs list and keep, hold no name, no
// code, no password and no number.
func TestNothingOfAPageIsOutsideOfIt(t *testing.T) {
	t.Parallel()
	n := names()
	for _, d := range []vault.Discretion{vault.DiscretionNormal, vault.DiscretionDiscreet} {
		for name, p := range all(t, n, d) {
			b := document(t, p)
			if b == nil {
				continue
			}
			said := outside(t, b)
			if len(said) < 2 {
				t.Errorf("%s: %q are its title and its language", name, said)
			}
			for _, s := range said {
				for _, word := range []string{
					"Fictive", "Fictif", n.title, "7Q4K", "4F70", "Il0O", "K7QM", "1234567", "courriel.example", "coffre.example", vault.AddressID{8, 8}.String(),
				} {
					if strings.Contains(s, word) {
						t.Errorf("%s: %q stands outside of the page", name, s)
					}
				}
				if d == vault.DiscretionDiscreet && strings.Contains(strings.ToLower(s), "coffre") && name != "information" && name != "activation-slip" {
					t.Errorf("%s: a discreet page says %q outside of it", name, s)
				}
			}
			for _, other := range []string{"/Outlines", "/Metadata", "/Author", "/Subject", "/Keywords", "/Names", "/EmbeddedFile", "/JavaScript", "/URI"} {
				if bytes.Contains(b, []byte(other)) {
					t.Errorf("%s has %s", name, other)
				}
			}
		}
	}
}

// Whatever is printed again is the same file, so that its digest can be compared.
func TestAPageIsTheSameFileAgain(t *testing.T) {
	t.Parallel()
	first, again := all(t, names(), vault.DiscretionNormal), all(t, names(), vault.DiscretionNormal)
	for name := range first {
		if !bytes.Equal(document(t, first[name]), document(t, again[name])) {
			t.Errorf("%s: two files", name)
		}
	}
}
