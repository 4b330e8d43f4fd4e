package client

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// upload is a document of n bytes, told to be of size bytes.
func upload(name string, n, size int64) Upload {
	return Upload{
		Name:        name,
		Description: coffrev1.Description_builder{FileName: &name}.Build(),
		Size:        size,
		Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(bytes.Repeat([]byte("x"), int(n)))), nil
		},
	}
}

func TestPutSendsTheWholeFile(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, chunkSize - 1, chunkSize, chunkSize + 1, 5*chunkSize + 7} {
		p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) {
			rs, contents, headers, err := keep(recv)
			if err != nil || len(rs) != 1 {
				return nil, status.Errorf(codes.Internal, "%d documents: %v", len(rs), err)
			}
			if headers[0].GetSize() != int64(len(contents[0])) || headers[0].GetRequestId() == "" {
				return nil, status.Error(codes.Internal, "header")
			}
			return rs[0], nil
		}}
		var seen int64
		r, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", size, size), func(n int64) { seen += n })
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if r.GetSize() != size || seen != size {
			t.Errorf("receipt of %d and progress of %d for %d bytes", r.GetSize(), seen, size)
		}
	}
}

// L-45: what the depositor sent is what was stored, or it is an error.
func TestPutRefusesReceiptForOtherBytes(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*coffrev1.Receipt) *coffrev1.Receipt{
		"digest":      func(r *coffrev1.Receipt) *coffrev1.Receipt { r.GetSha256()[0] ^= 1; return r },
		"size":        func(r *coffrev1.Receipt) *coffrev1.Receipt { r.SetSize(r.GetSize() + 1); return r },
		"safe":        func(r *coffrev1.Receipt) *coffrev1.Receipt { r.SetSafe("other"); return r },
		"no document": func(r *coffrev1.Receipt) *coffrev1.Receipt { r.ClearDocument(); return r },
		"no receipt":  func(*coffrev1.Receipt) *coffrev1.Receipt { return nil },
	} {
		p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) {
			rs, _, _, err := keep(recv)
			if err != nil {
				return nil, err
			}
			return spoil(rs[0]), nil
		}}
		_, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", 10, 10), nil)
		if e := wantClass(t, err, ClassIntegrity); e.Reason != "RECEIPT_MISMATCH" {
			t.Errorf("%s: reason %s", name, e.Reason)
		}
	}
}

func TestPutRefusesReceiptBeforeTheEnd(t *testing.T) {
	t.Parallel()
	p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) {
		if _, err := recv(); err != nil {
			return nil, err
		}
		return receiptFor("s", bytes.Repeat([]byte("x"), 64*chunkSize)), nil
	}}
	_, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", 64*chunkSize, 64*chunkSize), nil)
	wantClass(t, err, ClassIntegrity)
}

func TestPutTellsThatTheFileChanged(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{9, 11, 0} {
		p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) {
			for {
				if _, err := recv(); err != nil {
					return nil, err
				}
			}
		}}
		var seen int64
		_, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", n, 10), func(n int64) { seen += n })
		e := wantClass(t, err, ClassConflict)
		if e.Reason != "FILE_CHANGED" || !strings.Contains(e.Sentence, "a.pdf") || seen != 0 {
			t.Errorf("%d bytes instead of 10: %+v, progress %d", n, e, seen)
		}
	}
}

// A refusal that comes while bytes are still being sent is told as it is.
func TestPutTellsAnEarlyRefusal(t *testing.T) {
	t.Parallel()
	refused := refusal(t, codes.ResourceExhausted,
		&errdetails.ErrorInfo{Reason: "DOCUMENT_TOO_LARGE", Domain: "coffre"},
		&errdetails.LocalizedMessage{Locale: "fr", Message: "Ce document est trop gros.\nIl n'a pas été déposé."})
	p := &peer{deposit: func(func() (message, error)) (*coffrev1.Receipt, error) { return nil, refused }}
	_, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", 40*chunkSize, 40*chunkSize), nil)
	e := wantClass(t, err, ClassUsage)
	if e.Reason != "DOCUMENT_TOO_LARGE" || e.Sentence != "Ce document est trop gros. Il n'a pas été déposé." {
		t.Errorf("%+v", e)
	}
}

// A lost answer is asked for again with the same request id.
func TestPutIsMadeAgainAsTheSameRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests []string
		p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) {
			rs, _, headers, err := keep(recv)
			if err != nil {
				return nil, err
			}
			requests = append(requests, headers[0].GetRequestId())
			if len(requests) < attempts {
				return nil, status.Error(codes.Unavailable, "stored, perhaps")
			}
			return rs[0], nil
		}}
		var seen int64
		if _, err := p.dial(t).Put(t.Context(), "s", upload("a.pdf", 300, 300), func(n int64) { seen += n }); err != nil {
			t.Fatal(err)
		}
		if len(requests) != attempts || strings.Count(strings.Join(requests, " "), requests[0]) != attempts {
			t.Errorf("requests %q", requests)
		}
		if seen != 300 {
			t.Errorf("progress %d for 300 bytes", seen)
		}
	})
}

func TestPutBatchKeepsTheOrder(t *testing.T) {
	t.Parallel()
	p := &peer{batch: func(recv func() (message, error)) ([]*coffrev1.Receipt, error) {
		rs, _, headers, err := keep(recv)
		if err != nil {
			return nil, err
		}
		for i, h := range headers {
			if h.HasRequestId() != (i == 0) || h.GetSafe() != "s" {
				return nil, status.Errorf(codes.Internal, "header %d", i)
			}
		}
		return rs, nil
	}}
	us := []Upload{upload("a", 1, 1), upload("b", chunkSize+1, chunkSize+1), upload("c", 3, 3)}
	rs, err := p.dial(t).PutBatch(t.Context(), "s", us, nil)
	if err != nil || len(rs) != 3 || rs[1].GetSize() != chunkSize+1 {
		t.Fatalf("%v, %v", rs, err)
	}
}

func TestPutBatchRefusesReceiptsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]*coffrev1.Receipt) []*coffrev1.Receipt{
		"one missing": func(rs []*coffrev1.Receipt) []*coffrev1.Receipt { return rs[:1] },
		"one more":    func(rs []*coffrev1.Receipt) []*coffrev1.Receipt { return append(rs, rs[0]) },
		"swapped":     func(rs []*coffrev1.Receipt) []*coffrev1.Receipt { return []*coffrev1.Receipt{rs[1], rs[0]} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &peer{batch: func(recv func() (message, error)) ([]*coffrev1.Receipt, error) {
				rs, _, _, err := keep(recv)
				return spoil(rs), err
			}}
			_, err := p.dial(t).PutBatch(t.Context(), "s", []Upload{upload("a", 1, 1), upload("b", 2, 2)}, nil)
			wantClass(t, err, ClassIntegrity)
		})
	}
}

func TestPutBatchNamesTheRefusedDocument(t *testing.T) {
	t.Parallel()
	refused := refusal(t, codes.InvalidArgument, &errdetails.ErrorInfo{
		Reason: "MEDIA_TYPE_REFUSED", Domain: "coffre", Metadata: map[string]string{"document": "2"},
	})
	p := &peer{batch: func(func() (message, error)) ([]*coffrev1.Receipt, error) { return nil, refused }}
	_, err := p.dial(t).PutBatch(t.Context(), "s", []Upload{upload("a.pdf", 1, 1), upload("b.exe", 2, 2)}, nil)
	if e := wantClass(t, err, ClassUsage); !strings.HasPrefix(e.Sentence, "b.exe : ") {
		t.Errorf("sentence %q", e.Sentence)
	}
}

func TestPutTellsThatAFileCannotBeRead(t *testing.T) {
	t.Parallel()
	u := upload("a.pdf", 1, 1)
	u.Open = func() (io.ReadCloser, error) { return nil, errors.New("gone") }
	p := &peer{deposit: func(recv func() (message, error)) (*coffrev1.Receipt, error) { _, err := recv(); return nil, err }}
	_, err := p.dial(t).Put(t.Context(), "s", u, nil)
	wantClass(t, err, ClassFailed)
}
