package storage

import (
	"fmt"
	"strings"
)

// Key names an object: "v1/" followed by one or more parts joined by slashes,
// each of 1 to 255 bytes of a–z, 0–9, '.', '-', '_' and none of them "." or "..",
// at most MaxKey bytes in all. Every S3 server and every file system keeps these
// names apart: no case, no empty part, nothing to escape.
//
// The zero Key names nothing and is refused by every [Bucket].
type Key string

// MaxKey is the longest key in bytes: S3 allows 1024, and a configured prefix
// of the bucket has to fit in front.
const MaxKey = 768

const (
	keyVersion = "v1/"
	maxPart    = 255
)

// ParseKey checks s and returns it as a Key. ErrInvalid.
func ParseKey(s string) (Key, error) {
	if k := Key(s); k.Valid() {
		return k, nil
	}
	return "", fmt.Errorf("%w: key", ErrInvalid)
}

// Valid reports whether k is a well-formed key.
func (k Key) Valid() bool {
	rest, ok := strings.CutPrefix(string(k), keyVersion)
	if !ok || len(k) > MaxKey {
		return false
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." || part == ".." || len(part) > maxPart || !plain(part) {
			return false
		}
	}
	return true
}

// ValidPrefix reports whether k may be given to List: made of the bytes that
// keys are made of, so that a listing never leaves the bucket's own names.
func (k Key) ValidPrefix() bool {
	s := string(k)
	if len(s) > MaxKey || strings.HasPrefix(s, "/") {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "." || part == ".." || !plain(part) {
			return false
		}
	}
	return !strings.Contains(s, "//")
}

func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
