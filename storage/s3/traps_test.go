package s3_test

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"runtime"
	"testing"

	"github.com/coffre-fort/coffre/storage/storagetest"
)

// The four traps of minio-go 7.4.1 that were found by trying; each is closed.

// Trap a: the library drops the condition of an upload that it splits itself.
func TestTrapMultipartDropsTheCondition(t *testing.T) {
	t.Parallel()
	server := newScript(t, nil)
	b := open(t, server.config())
	if err := b.Put(t.Context(), "v1/o/1", storagetest.Content(t, 40<<20).Ciphertext()); err != nil {
		t.Fatal(err)
	}
	completions := server.requests(http.MethodPost, "complete")
	if len(completions) != 1 || completions[0].header.Get("If-None-Match") != "*" {
		t.Errorf("%d completions, want one on condition that nothing is there", len(completions))
	}
	if n := len(server.requests(http.MethodPut, "part")); n != 3 {
		t.Errorf("%d parts for 40 MiB, want 3", n)
	}
	if n := len(server.requests(http.MethodPut, "object")); n != 0 {
		t.Errorf("%d whole objects beside the parts, want none", n)
	}

	small, raw := storagetest.Small(t, "x")
	if err := b.Put(t.Context(), "v1/o/2", small); err != nil {
		t.Fatal(err)
	}
	signed := storagetest.Signed(t, "x")
	if err := b.Commit(t.Context(), "v1/m/1", signed); err != nil {
		t.Fatal(err)
	}
	whole := server.requests(http.MethodPut, "object")
	if len(whole) != 2 {
		t.Fatalf("%d requests for two writes", len(whole))
	}
	for _, s := range whole {
		if s.header.Get("If-None-Match") != "*" {
			t.Error("a write went out without its condition")
		}
	}
	sameBodies(t, whole[:1], raw)
	sameBodies(t, whole[1:], signed.Bytes())
}

// Trap b, that a repeated request turns our own success into a conflict, is the
// subject of lost_test.go.

// Trap c: without a part size the library takes half a gigabyte for any stream.
// Not parallel: it measures what the whole process allocates.
func TestTrapPartsOfUnknownSizeTakeHalfAGigabyte(t *testing.T) {
	server := newScript(t, nil)
	server.blind = true
	b := open(t, server.config())
	for _, test := range []struct {
		size  int64
		limit uint64
	}{
		{200 << 10, 2 << 20},
		{40 << 20, 24 << 20},
	} {
		c := storagetest.Content(t, test.size).Ciphertext()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := b.Put(t.Context(), storagetest.Key(t, "o"), c); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > test.limit {
			t.Errorf("put of %d bytes allocated %d, want at most %d", test.size, took, test.limit)
		} else {
			t.Logf("put of %d bytes allocated %d", test.size, took)
		}
	}
}

// Trap d: over plain HTTP the library hashes every byte a second time for its
// signature. A CRC32C takes its place, on whole objects and on parts.
func TestTrapPlainHTTPHashesThePayload(t *testing.T) {
	t.Parallel()
	server := newScript(t, nil)
	b := open(t, server.config())
	if err := b.Put(t.Context(), "v1/o/1", storagetest.Content(t, 20<<20).Ciphertext()); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), "v1/m/1", storagetest.Signed(t, "x")); err != nil {
		t.Fatal(err)
	}
	all := append(server.requests(http.MethodPut, "part"), server.requests(http.MethodPut, "object")...)
	if len(all) != 3 {
		t.Fatalf("%d requests, want two parts and an object", len(all))
	}
	for i, s := range all {
		if got := s.header.Get("X-Amz-Content-Sha256"); got != "UNSIGNED-PAYLOAD" {
			t.Errorf("request %d signs its payload: %s", i, got)
		}
		sum := crc32.Checksum(s.body, crc32.MakeTable(crc32.Castagnoli))
		want := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
		if got := s.header.Get("X-Amz-Checksum-Crc32c"); got != want {
			t.Errorf("request %d has checksum %q, want %q", i, got, want)
		}
	}
}
