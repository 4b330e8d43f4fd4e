package rpc

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// scripted is a client that sends a script: "h<size>" a header, "c<n>" a chunk of n
// bytes, "d" the right digest of the document so far, "x" a wrong one, "s" one
// that is too short, "e" an empty message, "H" a header for another safe, "n" a
// header without a description, "!" a broken connection.
func scripted(t testing.TB, script string) func() (part, error) {
	t.Helper()
	safe, request := vault.NewSafeID().String(), vault.NewRequestID().String()
	steps, hash := strings.Fields(script), sha256.New()
	return func() (part, error) {
		if len(steps) == 0 {
			return nil, io.EOF
		}
		step := steps[0]
		steps = steps[1:]
		var n int64
		if len(step) > 1 {
			if _, err := fmt.Sscanf(step[1:], "%d", &n); err != nil {
				t.Fatalf("script %q: %v", step, err)
			}
		}
		header := coffrev1.DepositHeader_builder{RequestId: &request, Safe: &safe, Size: &n, Description: &coffrev1.Description{}}
		msg := coffrev1.DepositBatchRequest_builder{}
		switch step[0] {
		case 'h':
			hash.Reset()
			msg.Header = header.Build()
		case 'H':
			header.Safe = new(vault.NewSafeID().String())
			msg.Header = header.Build()
		case 'n':
			header.Description = nil
			msg.Header = header.Build()
		case 'c':
			msg.Chunk = bytes.Repeat([]byte("c"), int(n))
			hash.Write(msg.Chunk)
		case 'd':
			msg.Sha256 = hash.Sum(nil)
		case 'x':
			msg.Sha256 = make([]byte, sha256.Size)
		case 's':
			msg.Sha256 = make([]byte, 31)
		case 'e':
		case '!':
			return nil, status.Error(codes.Canceled, "gone")
		default:
			t.Fatalf("script %q", step)
		}
		return msg.Build(), nil
	}
}

// take reads uploads the way the vault does, and answers the sizes read.
func take(u *uploads) (sizes []int, err error) {
	if _, err := u.begin(); err != nil {
		return nil, err
	}
	for {
		up, err := u.next()
		if errors.Is(err, io.EOF) {
			return sizes, nil
		}
		if err != nil {
			return sizes, err
		}
		h := sha256.New()
		n, err := io.Copy(h, up.Body)
		if err != nil {
			return sizes, err
		}
		if n != up.Size {
			return sizes, fmt.Errorf("body of %d bytes, header says %d", n, up.Size)
		}
		announced, err := up.Announced()
		if err != nil {
			return sizes, err
		}
		if !bytes.Equal(announced[:], h.Sum(nil)) {
			return sizes, vault.ErrDigest
		}
		sizes = append(sizes, int(n))
	}
}

func newUploads(t testing.TB, limit int, recv func() (part, error)) *uploads {
	t.Helper()
	return &uploads{recv: recv, live: func() error { return nil }, kinds: catalogue(t), limit: limit}
}

func TestADepositKeepsItsOrder(t *testing.T) {
	t.Parallel()
	const chunk = chunkSize
	for _, c := range []struct {
		name, script string
		limit        int
		sizes        []int
		reason       string // of the refusal
		fields       string
	}{
		{"one document", "h5 c2 c3 d", 1, []int{5}, "", ""},
		{"one full chunk", fmt.Sprintf("h%d c%d d", chunk, chunk), 1, []int{chunk}, "", ""},
		{"several documents", "h1 c1 d h3 c1 c1 c1 d h2 c2 d", 3, []int{1, 3, 2}, "", ""},
		{"no byte", "h0 d", 1, []int{0}, "", ""}, // refused by the vault

		{"nothing", "", 1, nil, "INVALID_REQUEST", "header"},
		{"content first", "c5 d", 1, nil, "INVALID_REQUEST", "header"},
		{"digest first", "d", 1, nil, "INVALID_REQUEST", "header"},
		{"an empty message first", "e", 1, nil, "INVALID_REQUEST", "header"},
		{"two headers", "h5 h5 c5 d", 1, nil, "INVALID_REQUEST", "part"},
		{"a header in the content", "h5 c2 h5 c3 d", 1, nil, "INVALID_REQUEST", "part"},
		{"an empty message in the content", "h5 c2 e c3 d", 1, nil, "INVALID_REQUEST", "part"},
		{"an empty chunk", "h5 c0 c5 d", 1, nil, "INVALID_REQUEST", "chunk"},
		{"a chunk too large", fmt.Sprintf("h%d c%d d", chunk+1, chunk+1), 1, nil, "INVALID_REQUEST", "chunk"},
		{"negative size", "h-1 c1 d", 1, nil, "INVALID_REQUEST", "header.size"},
		{"no description", "n5 c5 d", 1, nil, "INVALID_REQUEST", "header.description"},
		{"too short", "h5 c2 d", 1, nil, "SIZE_MISMATCH", ""},
		{"too short, then closed", "h5 c2", 1, nil, "SIZE_MISMATCH", ""},
		{"too long by a byte", "h5 c2 c4 d", 1, nil, "SIZE_MISMATCH", ""},
		{"too long by a chunk", "h5 c5 c5 d", 1, nil, "SIZE_MISMATCH", ""},
		{"no digest", "h5 c5", 1, nil, "INVALID_REQUEST", "sha256"},
		{"no digest but a header", "h5 c5 h5 c5 d", 2, nil, "INVALID_REQUEST", "sha256"},
		{"half a digest", "h5 c5 s", 1, nil, "INVALID_REQUEST", "sha256"},
		{"another digest", "h5 c5 x", 1, nil, "DIGEST_MISMATCH", ""}, // L-45
		{"a second document in a single deposit", "h5 c5 d h5 c5 d", 1, []int{5}, "INVALID_REQUEST", "part"},
		{"content after the digest", "h5 c5 d c5", 1, []int{5}, "INVALID_REQUEST", "part"},
		{"a second digest", "h5 c5 d d", 1, []int{5}, "INVALID_REQUEST", "part"},
		{"a document too many", "h1 c1 d h1 c1 d h1 c1 d", 2, []int{1, 1}, "INVALID_REQUEST", "header"},
		{"a batch for two safes", "h1 c1 d H1 c1 d", 2, []int{1}, "INVALID_REQUEST", "header.safe"},
		{"a broken connection", "h5 c2 !", 1, nil, "CANCELED", ""},
		{"broken before the end", "h5 c5 d !", 1, []int{5}, "CANCELED", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u := newUploads(t, c.limit, scripted(t, c.script))
			sizes, err := take(u)
			if !slices.Equal(sizes, c.sizes) {
				t.Errorf("read %v, want %v", sizes, c.sizes)
			}
			if c.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if info, _, _, _ := detailsOf(t, answerTo(err, "")); info.GetReason() != c.reason {
				t.Errorf("%v, want %s", err, c.reason)
			}
			if bad := violations(err); c.fields != "" && bad.GetFieldViolations()[0].GetField() != c.fields {
				t.Errorf("%v, want %s", bad, c.fields)
			}
		})
	}
}

func TestAnErrorOfTheStreamStays(t *testing.T) {
	t.Parallel()
	u := newUploads(t, 1, scripted(t, "h9 c2 c9 d"))
	if _, err := take(u); !errors.Is(err, vault.ErrSize) {
		t.Fatal(err)
	}
	// Whoever reads on reads nothing but the error.
	if n, err := u.Read(make([]byte, 9)); n != 0 || !errors.Is(err, vault.ErrSize) {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := u.announced(); !errors.Is(err, vault.ErrSize) {
		t.Error(err)
	}
	if _, err := u.next(); !errors.Is(err, vault.ErrSize) {
		t.Error(err)
	}
}

func TestADocumentIsReadToItsEndBeforeTheNext(t *testing.T) {
	t.Parallel()
	u := newUploads(t, 2, scripted(t, "h5 c5 d h5 c5 d"))
	if _, err := u.begin(); err != nil {
		t.Fatal(err)
	}
	up, err := u.next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := up.Announced(); err == nil {
		t.Error("the digest came before the content")
	}
	if _, err := u.next(); err == nil {
		t.Error("the next document came before the digest")
	}
}

func TestADepositEndsWithItsSession(t *testing.T) {
	t.Parallel()
	u := newUploads(t, 1, scripted(t, "h6 c2 c2 c2 d"))
	calls := 0
	u.live = func() error {
		if calls++; calls > 3 {
			return session.ErrNoSession
		}
		return nil
	}
	if _, err := take(u); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("%v after %d messages", err, calls)
	}
}

func FuzzParseDepositStream(f *testing.F) {
	f.Add("h5 c2 c3 d", 1)
	f.Add("h1 c1 d h3 c1 c1 c1 d", 2)
	f.Add("h0 d", 1)
	f.Add("e h1", 1)
	kinds := catalogue(f)
	f.Fuzz(func(t *testing.T, script string, limit int) {
		// Whatever the bytes, they become one of the messages.
		var b strings.Builder
		for i, c := range []byte(script) {
			if i == 64 {
				break
			}
			fmt.Fprintf(&b, "%c%d ", "hcdxseHn!"[c%9], c/9)
		}
		limit = 1 + limit&3
		u := &uploads{recv: scripted(t, b.String()), live: func() error { return nil }, kinds: kinds, limit: limit}
		sizes, err := take(u)
		if len(sizes) > limit {
			t.Errorf("%d documents, %d are allowed", len(sizes), limit)
		}
		if err != nil && answerTo(err, "").Code() == codes.Internal {
			t.Errorf("%q ends in an error that nobody can act upon: %v", b.String(), err)
		}
		if err == nil && len(sizes) == 0 {
			t.Errorf("%q is a deposit of nothing", b.String())
		}
	})
}
