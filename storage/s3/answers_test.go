package s3_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/coffre-fort/coffre/storage"
)

// TestRangesAreChecked plays servers that answer something else than the range
// they were asked for.
func TestRangesAreChecked(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("x"), 100)
	for _, test := range []struct {
		name   string
		status int
		header string
		body   []byte
		want   error
	}{
		{"exact", 206, "bytes 10-19/100", body[:10], nil},
		{"object ends early", 206, "bytes 10-14/15", body[:5], storage.ErrShort},
		{"range ignored", 200, "", body, storage.ErrUnavailable},
		{"another range", 206, "bytes 0-9/100", body[:10], storage.ErrUnavailable},
		{"more than the range", 206, "bytes 10-29/100", body[:20], storage.ErrUnavailable},
		{"less than it says", 206, "bytes 10-19/100", body[:5], storage.ErrUnavailable},
		{"size unknown", 206, "bytes 10-19/*", body[:10], storage.ErrUnavailable},
		{"beyond the end", 416, "bytes */5", nil, storage.ErrShort},
		{"denied", 403, "", nil, storage.ErrUnavailable},
		{"missing", 404, "", nil, storage.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				if s.method != http.MethodGet {
					return false
				}
				if got := s.header.Get("Range"); got != "bytes=10-19" {
					t.Errorf("asked for %q", got)
				}
				w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
				if test.header != "" {
					w.Header().Set("Content-Range", test.header)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write(test.body)
				return true
			})
			p, err := open(t, server.config()).Get(t.Context(), "v1/o", 10, 10)
			if !errors.Is(err, test.want) || test.want == nil && len(p) != 10 {
				t.Errorf("get = %d bytes, %v; want %v", len(p), err, test.want)
			}
		})
	}
}

// TestBrokenAnswerIsAskedAgain cuts the body of the first answers.
func TestBrokenAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		broken int
		want   error
	}{{2, nil}, {1000, storage.ErrUnavailable}} {
		server := newScript(t, func(w http.ResponseWriter, s sent) bool {
			if s.method != http.MethodGet {
				return false
			}
			w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("01234"))
			if s.nth < test.broken {
				drop()
			}
			_, _ = w.Write([]byte("56789"))
			return true
		})
		p, err := open(t, server.config()).Get(t.Context(), "v1/o", 0, -1)
		if !errors.Is(err, test.want) || test.want == nil && string(p) != "0123456789" {
			t.Errorf("get = %q, %v; want %v", p, err, test.want)
		}
	}
}

// TestListingIsChecked plays listings in the wrong order and with names that are
// no keys of ours.
func TestListingIsChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		names []string
		want  int
		err   error
	}{
		{"in order, foreign names between", []string{"p/README.TXT", "p/v1/a", "p/v1/b", "p/v1/b/", "p/v1/c", "q/v1/d"}, 3, nil},
		{"descending", []string{"p/v1/b", "p/v1/a"}, 1, storage.ErrUnavailable},
		{"twice", []string{"p/v1/a", "p/v1/a"}, 1, storage.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				if s.kind != "list" {
					return false
				}
				fmt.Fprint(w, "<ListBucketResult>")
				for _, name := range test.names {
					fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>1</Size><LastModified>2026-11-22T00:00:00.000Z</LastModified></Contents>", name)
				}
				fmt.Fprint(w, "</ListBucketResult>")
				return true
			})
			cfg := server.config()
			cfg.Prefix = "p/"
			var last error
			count := 0
			for _, err := range open(t, cfg).List(t.Context(), "", "") {
				if last = err; err == nil {
					count++
				}
			}
			if count != test.want || !errors.Is(last, test.err) {
				t.Errorf("%d keys, %v; want %d, %v", count, last, test.want, test.err)
			}
		})
	}
}

func TestClockIsTheServers(t *testing.T) {
	t.Parallel()
	const date = "Sat, 21 Nov 2026 12:34:56 GMT"
	server := newScript(t, func(w http.ResponseWriter, s sent) bool {
		if s.nth > 1 {
			w.Header()["Date"] = nil // a server that stops telling
		} else {
			w.Header().Set("Date", date)
		}
		return false
	})
	b := open(t, server.config())
	now, ok, err := b.Clock(t.Context())
	if err != nil || !ok || now.Format(http.TimeFormat) != date {
		t.Errorf("clock = %v, %v, %v; want %s", now, ok, err, date)
	}
	if _, _, err := b.Clock(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("clock without a date = %v, want unavailable", err)
	}
}
