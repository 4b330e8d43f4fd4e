package s3_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// Trap b: a library that repeats a request whose answer was lost is told 412 by
// its own first success. A commit goes out exactly once.
func TestTrapRetryTurnsOwnSuccessIntoConflict(t *testing.T) {
	t.Parallel()
	server := newScript(t, func(_ http.ResponseWriter, s sent) bool {
		if s.method == http.MethodPut {
			drop()
		}
		return false
	})
	err := open(t, server.config()).Commit(t.Context(), "v1/m/1", storagetest.Signed(t, "x"))
	if !errors.Is(err, storage.ErrUndecided) {
		t.Errorf("commit with a lost answer = %v, want undecided", err)
	}
	if n := len(server.requests(http.MethodPut, "object")); n != 1 {
		t.Errorf("sent %d times, want once", n)
	}
}

// TestAnswersToACommit plays every kind of answer; all but a conflict end the
// commit after one request.
func TestAnswersToACommit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		code   string
		want   error
	}{
		{http.StatusOK, "", nil},
		{http.StatusPreconditionFailed, "PreconditionFailed", storage.ErrExist},
		{http.StatusForbidden, "AccessDenied", storage.ErrUnavailable},
		{http.StatusNotFound, "NoSuchBucket", storage.ErrUnavailable},
		{http.StatusBadRequest, "BadDigest", storage.ErrUnavailable},
		{http.StatusTemporaryRedirect, "TemporaryRedirect", storage.ErrUnavailable},
		{http.StatusTooManyRequests, "TooManyRequests", storage.ErrUnavailable},
		{http.StatusServiceUnavailable, "SlowDown", storage.ErrUnavailable},
		{http.StatusServiceUnavailable, "", storage.ErrUndecided},
		{http.StatusInternalServerError, "InternalError", storage.ErrUndecided},
		{http.StatusBadGateway, "", storage.ErrUndecided},
		{http.StatusGatewayTimeout, "", storage.ErrUndecided},
		{http.StatusRequestTimeout, "RequestTimeout", storage.ErrUndecided},
		{http.StatusNotImplemented, "NotImplemented", storage.ErrNotConditional},
		{http.StatusConflict, "ObjectParentIsFile", storage.ErrInvalid},
	} {
		t.Run(strconv.Itoa(test.status)+test.code, func(t *testing.T) {
			t.Parallel()
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				if s.method != http.MethodPut || test.status == http.StatusOK {
					return false
				}
				deny(w, test.status, test.code)
				return true
			})
			err := open(t, server.config()).Commit(t.Context(), "v1/m/1", storagetest.Signed(t, "x"))
			if !errors.Is(err, test.want) {
				t.Errorf("commit = %v, want %v", err, test.want)
			}
			if n := len(server.requests(http.MethodPut, "object")); n != 1 {
				t.Errorf("sent %d times, want once", n)
			}
		})
	}
}

// TestConflictIsSentAgain: 409 means that nothing was applied, and nothing about
// what is there.
func TestConflictIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, code string
		conflicts  int
		there      bool
		want       error
	}{
		{"then applied", "ConditionalRequestConflict", 2, false, nil},
		{"for ever, nothing there", "ConditionalRequestConflict", 1000, false, storage.ErrUnavailable},
		{"for ever, lost the race", "ConditionalRequestConflict", 1000, true, storage.ErrExist},
		{"a folder that goes", "ExistingObjectIsDirectory", 2, false, nil},
		{"a folder that stays", "ExistingObjectIsDirectory", 1000, false, storage.ErrInvalid},
	} {
		for _, op := range []string{"commit", "put"} {
			t.Run(op+" "+test.name, func(t *testing.T) {
				t.Parallel()
				server := newScript(t, func(w http.ResponseWriter, s sent) bool {
					switch {
					case s.method == http.MethodPut && s.nth < test.conflicts:
						deny(w, http.StatusConflict, test.code)
						return true
					case s.method == http.MethodHead && s.kind == "object" && !test.there:
						w.WriteHeader(http.StatusNotFound)
						return true
					}
					return false
				})
				b := open(t, server.config())
				c, raw := storagetest.Small(t, "x")
				var err error
				if op == "put" {
					err = b.Put(t.Context(), "v1/o/1", c)
				} else {
					signed := storagetest.Signed(t, "x")
					raw, err = signed.Bytes(), b.Commit(t.Context(), "v1/m/1", signed)
				}
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				puts := server.requests(http.MethodPut, "object")
				if len(puts) < 2 {
					t.Errorf("sent %d times, want again", len(puts))
				}
				sameBodies(t, puts, raw)
			})
		}
	}
}

// TestPutRecognisesItself: after a lost answer the same bytes go again, and what
// is found there decides.
func TestPutRecognisesItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		found string // "ours", "foreign", "nothing to read"
		want  error
	}{
		{"our own bytes", "ours", nil},
		{"foreign bytes", "foreign", storage.ErrExist},
		{"unreadable bytes", "", storage.ErrUndecided},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, raw := storagetest.Small(t, "x")
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				switch {
				case s.method == http.MethodPut && s.nth == 0:
					drop()
				case s.method == http.MethodPut:
					deny(w, http.StatusPreconditionFailed, "PreconditionFailed")
				case s.method == http.MethodGet && test.found == "ours":
					w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
					w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
					_, _ = w.Write(raw)
				case s.method == http.MethodGet && test.found == "foreign":
					w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
					_, _ = w.Write([]byte("foreign"))
				case s.method == http.MethodGet:
					deny(w, http.StatusForbidden, "AccessDenied")
				default:
					return false
				}
				return true
			})
			err := open(t, server.config()).Put(t.Context(), "v1/o/1", c)
			if !errors.Is(err, test.want) {
				t.Errorf("put = %v, want %v", err, test.want)
			}
			sameBodies(t, server.requests(http.MethodPut, "object"), raw)
		})
	}
}

// TestDoubtStays: once an answer was lost, a refusal later says nothing about the
// first request.
func TestDoubtStays(t *testing.T) {
	t.Parallel()
	for _, then := range []int{http.StatusForbidden, http.StatusServiceUnavailable, http.StatusConflict} {
		t.Run(strconv.Itoa(then), func(t *testing.T) {
			t.Parallel()
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				switch {
				case s.method == http.MethodPut && s.nth == 0:
					drop()
				case s.method == http.MethodPut:
					deny(w, then, "SlowDown")
				default:
					return false
				}
				return true
			})
			c, _ := storagetest.Small(t, "x")
			if err := open(t, server.config()).Put(t.Context(), "v1/o/1", c); !errors.Is(err, storage.ErrUndecided) {
				t.Errorf("put, lost and then %d = %v, want undecided", then, err)
			}
		})
	}
}

// TestLostCompletion: parts cannot be sent again, as the ciphertext is spent, and
// must not be freed while the completion may still land.
func TestLostCompletion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		answer func(http.ResponseWriter)
		want   error
		aborts int
	}{
		{"lost", func(http.ResponseWriter) { drop() }, storage.ErrUndecided, 0},
		{"error inside 200", func(w http.ResponseWriter) { deny(w, http.StatusOK, "InternalError") }, storage.ErrUndecided, 0},
		{"name taken", func(w http.ResponseWriter) { deny(w, 412, "PreconditionFailed") }, storage.ErrExist, 1},
		{"conflict", func(w http.ResponseWriter) { deny(w, 409, "ConditionalRequestConflict") }, storage.ErrUnavailable, 1},
		{"refused", func(w http.ResponseWriter) { deny(w, 403, "AccessDenied") }, storage.ErrUnavailable, 1},
		{"no conditions", func(w http.ResponseWriter) { deny(w, 501, "NotImplemented") }, storage.ErrNotConditional, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newScript(t, func(w http.ResponseWriter, s sent) bool {
				if s.method != http.MethodPost || s.kind != "complete" {
					return false
				}
				test.answer(w)
				return true
			})
			err := open(t, server.config()).Put(t.Context(), "v1/o/1", storagetest.Content(t, 17<<20).Ciphertext())
			if !errors.Is(err, test.want) {
				t.Errorf("put = %v, want %v", err, test.want)
			}
			if n := len(server.requests(http.MethodPost, "complete")); n != 1 {
				t.Errorf("completed %d times, want once", n)
			}
			if n := len(server.requests(http.MethodDelete, "complete")); n != test.aborts {
				t.Errorf("aborted %d times, want %d", n, test.aborts)
			}
		})
	}
}

// TestNoConnectionIsNoDoubt: what was never sent was surely not applied.
func TestNoConnectionIsNoDoubt(t *testing.T) {
	t.Parallel()
	server := newScript(t, func(w http.ResponseWriter, _ sent) bool {
		w.Header().Set("Connection", "close") // an idle one would be tried, and count as sent
		return false
	})
	b := open(t, server.config())
	server.Close()
	err := b.Commit(t.Context(), "v1/m/1", storagetest.Signed(t, "x"))
	if !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("commit to nobody = %v, want unavailable", err)
	}
}

// TestContextEndsInFlight: whoever stops waiting does not know.
func TestContextEndsInFlight(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"commit", "put"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server := newScript(t, func(_ http.ResponseWriter, s sent) bool {
				if s.method == http.MethodPut {
					cancel()
					drop()
				}
				return false
			})
			b := open(t, server.config())
			c, _ := storagetest.Small(t, "x")
			write := map[string]func() error{
				"commit": func() error { return b.Commit(ctx, "v1/m/1", storagetest.Signed(t, "x")) },
				"put":    func() error { return b.Put(ctx, "v1/o/1", c) },
			}[op]
			if err := write(); !errors.Is(err, storage.ErrUndecided) {
				t.Errorf("%s = %v, want undecided", op, err)
			}
		})
	}
}
