package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// fate is what a proxy does with one request.
type fate uint8

const (
	forward    fate = iota
	loseAnswer      // forwards, and drops the answer
	loseBefore      // drops the request
	delay           // answers nothing, and forwards when the test says so
)

// A proxy stands between a bucket and a real server and loses things.
type proxy struct {
	config s3.Config
	target *httputil.ReverseProxy

	mu   sync.Mutex
	rule func(*http.Request) fate
	seen int
	held []*http.Request
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	server := storagetest.Versitygw(t)
	target, err := url.Parse(server.Config.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{config: server.Config, rule: func(*http.Request) fate { return forward }}
	p.target = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // the signature covers it
	}}
	listener := httptest.NewServer(p)
	t.Cleanup(listener.Close)
	p.config.Endpoint = listener.URL
	return p
}

// next gives one fate to the first request that matches, and forwards all others.
func (p *proxy) next(f fate, matches func(*http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := false
	p.seen = 0
	p.rule = func(r *http.Request) fate {
		if !matches(r) {
			return forward
		}
		p.seen++
		if done {
			return forward
		}
		done = true
		return f
	}
}

func (p *proxy) matched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.rule(r)
	p.mu.Unlock()
	switch f {
	case forward:
		p.target.ServeHTTP(w, r)
		return
	case loseAnswer:
		p.target.ServeHTTP(httptest.NewRecorder(), r)
	case delay:
		p.hold(r)
	case loseBefore:
	}
	drop()
}

// hold keeps a copy of r that outlives its connection.
func (p *proxy) hold(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	late := r.Clone(context.WithoutCancel(r.Context()))
	late.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = append(p.held, late)
}

// land forwards what was delayed and returns the statuses it was answered with.
func (p *proxy) land() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var statuses []int
	for _, r := range p.held {
		answer := httptest.NewRecorder()
		p.target.ServeHTTP(answer, r)
		statuses = append(statuses, answer.Code)
	}
	p.held = nil
	return statuses
}

func puts(r *http.Request) bool { return r.Method == http.MethodPut }

func completes(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

func aborts(r *http.Request) bool {
	return r.Method == http.MethodDelete && r.URL.Query().Has("uploadId")
}

// TestCommitThroughABadNetwork: one request each time; what became of it is found
// out by sending the same bytes again.
func TestCommitThroughABadNetwork(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	for _, test := range []struct {
		name  string
		fate  fate
		there bool
		again error
		late  []int
	}{
		{"lost answer", loseAnswer, true, storage.ErrExist, nil},
		{"lost request", loseBefore, false, nil, nil},
		{"late request", delay, false, nil, []int{http.StatusPreconditionFailed}},
	} {
		k := storagetest.Key(t, "m")
		s := storagetest.Signed(t, test.name)
		p.next(test.fate, puts)
		if err := b.Commit(t.Context(), k, s); !errors.Is(err, storage.ErrUndecided) {
			t.Errorf("%s: commit = %v, want undecided", test.name, err)
		}
		if n := p.matched(); n != 1 {
			t.Errorf("%s: %d requests on the wire, want one", test.name, n)
		}
		if _, err := b.Stat(t.Context(), k); (err == nil) != test.there {
			t.Errorf("%s: stat = %v, want there = %v", test.name, err, test.there)
		}
		if err := b.Commit(t.Context(), k, s); !errors.Is(err, test.again) {
			t.Errorf("%s: same bytes again = %v, want %v", test.name, err, test.again)
		}
		if late := p.land(); len(late) != len(test.late) || len(late) == 1 && late[0] != test.late[0] {
			t.Errorf("%s: landed with %v, want %v", test.name, late, test.late)
		}
		got, err := b.Get(t.Context(), k, 0, -1)
		if err != nil || !bytes.Equal(got, s.Bytes()) {
			t.Errorf("%s: holds other bytes: %v", test.name, err)
		}
	}
}

// TestLateCommitLandsFirst: the delayed request arrives before the same bytes are
// sent again.
func TestLateCommitLandsFirst(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	k, s := storagetest.Key(t, "m"), storagetest.Signed(t, "late")
	p.next(delay, puts)
	if err := b.Commit(t.Context(), k, s); !errors.Is(err, storage.ErrUndecided) {
		t.Fatalf("commit = %v, want undecided", err)
	}
	if late := p.land(); len(late) != 1 || late[0] != http.StatusOK {
		t.Fatalf("landed with %v, want 200", late)
	}
	if err := b.Commit(t.Context(), k, s); !errors.Is(err, storage.ErrExist) {
		t.Errorf("same bytes again = %v, want exist", err)
	}
}

// TestPutThroughABadNetwork: a content in one request finds its own way.
func TestPutThroughABadNetwork(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	for name, f := range map[string]fate{"lost answer": loseAnswer, "lost request": loseBefore, "late request": delay} {
		k := storagetest.Key(t, "o")
		c, want := storagetest.Small(t, name)
		p.next(f, puts)
		if err := b.Put(t.Context(), k, c); err != nil {
			t.Errorf("%s: put = %v", name, err)
		}
		if n := p.matched(); n != 2 {
			t.Errorf("%s: sent %d times, want twice", name, n)
		}
		p.land()
		got, err := b.Get(t.Context(), k, 0, -1)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: holds other bytes: %v", name, err)
		}
	}
}

// TestPartsThroughABadNetwork: parts are repeated, the completion is not.
func TestPartsThroughABadNetwork(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	k := storagetest.Key(t, "o")
	p.next(loseAnswer, puts)
	if err := b.Put(t.Context(), k, storagetest.Content(t, 17<<20).Ciphertext()); err != nil {
		t.Errorf("put with a lost part = %v", err)
	}
	if n := p.matched(); n != 3 {
		t.Errorf("%d parts sent, want two and one again", n)
	}
	k = storagetest.Key(t, "o")
	p.next(loseAnswer, completes)
	if err := b.Put(t.Context(), k, storagetest.Content(t, 17<<20).Ciphertext()); !errors.Is(err, storage.ErrUndecided) {
		t.Errorf("put with a lost completion = %v, want undecided", err)
	}
	if n := p.matched(); n != 1 {
		t.Errorf("completed %d times, want once", n)
	}
	if _, err := b.Stat(t.Context(), k); err != nil {
		t.Errorf("stat = %v, want the object: only the answer was lost", err)
	}
}

// TestAbandonedUploadsAreSwept leaves an upload behind, as a crash does.
func TestAbandonedUploadsAreSwept(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	ctx := t.Context()
	p.next(loseBefore, completes)
	if err := b.Put(ctx, storagetest.Key(t, "o"), storagetest.Content(t, 17<<20).Ciphertext()); !errors.Is(err, storage.ErrUndecided) {
		t.Fatalf("put = %v, want undecided", err)
	}
	now, ok, err := b.Clock(ctx)
	if err != nil || !ok {
		t.Fatalf("clock: %v, %v", ok, err)
	}
	for _, test := range []struct {
		olderThan time.Time
		want      int
	}{
		{now.Add(-time.Hour), 0},
		{now.Add(time.Hour), 1},
		{now.Add(time.Hour), 0},
	} {
		p.next(forward, aborts)
		n, err := b.AbortStale(ctx, test.olderThan)
		if err != nil || n != test.want || p.matched() != test.want {
			t.Errorf("aborted %d (%v), want %d", n, err, test.want)
		}
	}
}

// TestFailedUploadIsFreed: the next sweep has nothing to do.
func TestFailedUploadIsFreed(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	b := open(t, p.config)
	k := storagetest.Key(t, "o")
	if err := b.Commit(t.Context(), k, storagetest.Signed(t, "taken")); err != nil {
		t.Fatal(err)
	}
	p.next(forward, aborts)
	if err := b.Put(t.Context(), k, storagetest.Content(t, 17<<20).Ciphertext()); !errors.Is(err, storage.ErrExist) {
		t.Fatalf("put = %v, want exist", err)
	}
	if n := p.matched(); n != 1 {
		t.Errorf("aborted %d times, want once", n)
	}
	if n, err := b.AbortStale(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("swept %d (%v), want none", n, err)
	}
}

// TestHostileServer attacks the disk of a real server: its users get what lies
// there, whatever they stored, and only vault/seal can tell.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	server := storagetest.Versitygw(t)
	h := storagetest.NewHostile(t, open(t, server.Config), server.Folder)
	ctx := t.Context()
	s := storagetest.Signed(t, "entry")
	if err := h.Commit(ctx, "v1/s/a/m/1", s); err != nil {
		t.Fatal(err)
	}
	before := h.Snapshot()
	h.Flip("v1/s/a/m/1", 12)
	h.Plant("v1/s/a/m/2", []byte("planted"))
	for k, want := range map[storage.Key][]byte{"v1/s/a/m/1": h.Raw("v1/s/a/m/1"), "v1/s/a/m/2": []byte("planted")} {
		got, err := h.Get(ctx, k, 0, -1)
		if err != nil || !bytes.Equal(got, want) || bytes.Equal(got, s.Bytes()) {
			t.Errorf("%s = %d bytes, %v; want what was planted", k, len(got), err)
		}
	}
	h.Restore(before)
	if got, err := h.Get(ctx, "v1/s/a/m/1", 0, -1); err != nil || !bytes.Equal(got, s.Bytes()) {
		t.Errorf("after the roll-back: %v, or other bytes", err)
	}
	h.FailNext(storagetest.OpCommit, storagetest.LandsLate)
	late := storagetest.Signed(t, "late")
	if err := h.Commit(ctx, "v1/s/a/m/2", late); !errors.Is(err, storage.ErrUndecided) {
		t.Fatalf("commit = %v, want undecided", err)
	}
	h.Land(ctx)
	if got, err := h.Get(ctx, "v1/s/a/m/2", 0, -1); err != nil || !bytes.Equal(got, late.Bytes()) {
		t.Errorf("after landing: %v, or other bytes", err)
	}
}
