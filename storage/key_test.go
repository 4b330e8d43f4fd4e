package storage_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	part := strings.Repeat("a", 255)
	for s, valid := range map[string]bool{
		"v1/a":                                   true,
		"v1/v/m/00000000000000000001":            true,
		"v1/s/a.b-c_d/k/1/w.2":                   true,
		"v1/...":                                 true,
		"v1/-":                                   true,
		"v1/" + part:                             true,
		"v1/" + part + "a":                       false,
		"v1/" + part + "/" + part:                true,
		"v1/" + strings.Repeat("a/", 382) + "a":  true,  // 768 bytes
		"v1/" + strings.Repeat("a/", 382) + "aa": false, // 769
		"":                                       false,
		"v1":                                     false,
		"v1/":                                    false,
		"v2/a":                                   false,
		"/v1/a":                                  false,
		"v1//a":                                  false,
		"v1/a/":                                  false,
		"v1/a//b":                                false,
		"v1/.":                                   false,
		"v1/..":                                  false,
		"v1/a/../b":                              false,
		"v1/A":                                   false,
		"v1/é":                                   false,
		"v1/a\\b":                                false,
		"v1/a b":                                 false,
		"v1/a\n":                                 false,
		"v1/a\x00":                               false,
		"v1/a%2f":                                false,
		"v1/a:b":                                 false,
	} {
		k, err := storage.ParseKey(s)
		if valid && (err != nil || string(k) != s) || !valid && (!errors.Is(err, storage.ErrInvalid) || k != "") {
			t.Errorf("ParseKey(%q) = %q, %v; want valid = %v", s, k, err, valid)
		}
	}
}

// FuzzParseKey: what is accepted is kept as it is, stays below its folder, and
// each of its beginnings can be listed.
func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"v1/a", "v1/s/x/m/1", "v1/../a", "v1//", "v1/a/.", "v1/\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := storage.ParseKey(s)
		if err != nil {
			if k != "" || !errors.Is(err, storage.ErrInvalid) {
				t.Fatalf("refused as %q, %v", k, err)
			}
			return
		}
		if string(k) != s || !strings.HasPrefix(s, "v1/") || len(s) > storage.MaxKey {
			t.Fatalf("accepted %q as %q", s, k)
		}
		for _, bad := range []string{"//", "/../", "/./", "\\", "\x00"} {
			if strings.Contains(s+"/", bad) {
				t.Fatalf("accepted %q with %q in it", s, bad)
			}
		}
		if !k.ValidPrefix() || !(k+"/").ValidPrefix() && len(k) < storage.MaxKey {
			t.Fatalf("%q cannot be listed", k)
		}
	})
}

func TestSpan(t *testing.T) {
	t.Parallel()
	const max = 1<<63 - 1
	for _, test := range []struct {
		size, off, n, want int64
		err                error
	}{
		{10, 0, 10, 10, nil},
		{10, 0, -1, 10, nil},
		{10, 10, -1, 0, nil},
		{10, 10, 0, 0, nil},
		{10, 9, 1, 1, nil},
		{0, 0, -1, 0, nil},
		{0, 0, 0, 0, nil},
		{10, 9, 2, 0, storage.ErrShort},
		{10, 11, 0, 0, storage.ErrShort},
		{10, 11, -1, 0, storage.ErrShort},
		{10, max, 10, 0, storage.ErrShort},
		{10, -1, 1, 0, storage.ErrInvalid},
		{max, 0, storage.MaxGet, storage.MaxGet, nil},
		{max, 0, storage.MaxGet + 1, 0, storage.ErrTooLarge},
		{max, 0, -1, 0, storage.ErrTooLarge},
		{max, max - 5, -1, 5, nil},
	} {
		got, err := storage.Span(test.size, test.off, test.n)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("Span(%d, %d, %d) = %d, %v; want %d, %v", test.size, test.off, test.n, got, err, test.want, test.err)
		}
	}
}
