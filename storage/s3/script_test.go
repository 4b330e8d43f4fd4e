package s3_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A script is a listener that notes what is sent to it and answers by rote. It
// shows what goes over the wire, and plays answers that no real server gives on
// demand. It is no S3 server: what a bucket does is shown on a real one.
type script struct {
	*httptest.Server

	blind bool // keeps no bodies, for a test that counts memory

	mu     sync.Mutex
	sent   []sent
	answer func(w http.ResponseWriter, s sent) bool // false: answer by rote
}

type sent struct {
	nth    int // of the requests with this method and kind, from 0
	method string
	kind   string // "bucket", "object", "upload", "part", "complete", "list"
	header http.Header
	body   []byte
}

func newScript(t *testing.T, answer func(w http.ResponseWriter, s sent) bool) *script {
	t.Helper()
	s := &script{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *script) config() s3.Config {
	return s3.Config{
		Endpoint:  s.URL,
		Bucket:    "coffre",
		AccessKey: "script",
		SecretKey: seal.NewSecret([]byte("scriptscript")),
	}
}

func (s *script) serve(w http.ResponseWriter, r *http.Request) {
	var kept bytes.Buffer
	body := io.Writer(&kept)
	if s.blind {
		body = io.Discard
	}
	if _, err := io.Copy(body, r.Body); err != nil {
		drop()
	}
	now := sent{method: r.Method, kind: kindOf(r), header: r.Header.Clone(), body: kept.Bytes()}
	s.mu.Lock()
	now.nth = len(filter(s.sent, now.method, now.kind))
	s.sent = append(s.sent, now)
	s.mu.Unlock()
	if s.answer == nil || !s.answer(w, now) {
		rote(w, now)
	}
}

func kindOf(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case q.Has("uploads"):
		return "upload"
	case q.Has("partNumber"):
		return "part"
	case q.Has("uploadId"):
		return "complete"
	case q.Has("list-type"):
		return "list"
	case strings.Count(strings.Trim(r.URL.Path, "/"), "/") == 0:
		return "bucket"
	}
	return "object"
}

func rote(w http.ResponseWriter, s sent) {
	w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
	switch {
	case s.kind == "upload":
		fmt.Fprint(w, `<InitiateMultipartUploadResult><Bucket>coffre</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
	case s.kind == "complete" && s.method == http.MethodPost:
		fmt.Fprint(w, `<CompleteMultipartUploadResult><Bucket>coffre</Bucket><Key>k</Key><ETag>"e"</ETag></CompleteMultipartUploadResult>`)
	case s.method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case s.method == http.MethodPut:
		w.Header().Set("ETag", `"e"`)
	}
}

// requests are those of a method and kind, in the order they came.
func (s *script) requests(method, kind string) []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return filter(s.sent, method, kind)
}

func filter(all []sent, method, kind string) []sent {
	return slices.DeleteFunc(slices.Clone(all), func(s sent) bool { return s.method != method || s.kind != kind })
}

// drop closes the connection without an answer.
func drop() { panic(http.ErrAbortHandler) }

// deny answers with an S3 error.
func deny(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<Error><Code>%s</Code><Message>scripted</Message></Error>`, code)
}

func sameBodies(t *testing.T, all []sent, want []byte) {
	t.Helper()
	for i, s := range all {
		if !bytes.Equal(s.body, want) {
			t.Errorf("request %d carries other bytes", i)
		}
	}
}
