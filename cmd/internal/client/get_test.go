package client

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

type sendFunc = func(*coffrev1.ReadResponse) error

func header(size int64, name string) *coffrev1.ReadResponse {
	return coffrev1.ReadResponse_builder{Header: coffrev1.ReadHeader_builder{
		Size: &size, Description: coffrev1.Description_builder{FileName: &name}.Build(),
	}.Build()}.Build()
}

func chunk(b []byte) *coffrev1.ReadResponse {
	return coffrev1.ReadResponse_builder{Chunk: b}.Build()
}

func digest(b []byte) *coffrev1.ReadResponse {
	sum := sha256.Sum256(b)
	return coffrev1.ReadResponse_builder{Sha256: sum[:]}.Build()
}

// serve sends content from an offset, chunks of 100 bytes, and stops after most
// chunks with an error; most < 0 means never.
func serve(send sendFunc, content []byte, offset int64, most int) error {
	if err := send(header(int64(len(content)), "avis.pdf")); err != nil {
		return err
	}
	for rest := content[offset:]; len(rest) > 0; most-- {
		if most == 0 {
			return status.Error(codes.Unavailable, "broken line")
		}
		part := rest[:min(100, len(rest))]
		if err := send(chunk(part)); err != nil {
			return err
		}
		rest = rest[len(part):]
	}
	return send(digest(content))
}

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 >> 3)
	}
	return b
}

// wantEmpty fails the test when anything was left in a folder.
func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestGetGoesOnAfterABrokenLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole := content(1000)
		var offsets []int64
		p := &peer{read: func(req *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error {
			offsets = append(offsets, req.GetOffset())
			return serve(send, whole, req.GetOffset(), 1) // one chunk a stream
		}}
		dir := t.TempDir()
		var seen int64
		got, err := p.dial(t).GetFile(t.Context(), "s", "d", Target{Dir: dir}, func(n int64) { seen += n })
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(dir, "avis.pdf"))
		if err != nil || !bytes.Equal(kept, whole) || got.Path != filepath.Join(dir, "avis.pdf") {
			t.Errorf("kept %d bytes in %s: %v", len(kept), got.Path, err)
		}
		if len(offsets) != 10 || offsets[9] != 900 || seen != 1000 {
			t.Errorf("asked from %v, progress %d", offsets, seen)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("folder holds %v, %v", entries, err)
		}
	})
}

func TestGetGivesUpWithoutLeavingAnything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		p := &peer{read: func(req *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error {
			calls++
			most := 3
			if req.GetOffset() > 0 {
				most = 0 // never again a byte
			}
			return serve(send, content(1000), req.GetOffset(), most)
		}}
		dir := t.TempDir()
		_, err := p.dial(t).GetFile(t.Context(), "s", "d", Target{Dir: dir}, nil)
		wantClass(t, err, ClassUnavailable)
		wantEmpty(t, dir)
		if calls > 3*attempts {
			t.Errorf("%d calls", calls)
		}
	})
}

func TestGetKeepsNothingThatIsNotTheDocument(t *testing.T) {
	t.Parallel()
	whole := content(300)
	tests := map[string]struct {
		class  Class
		script func(send sendFunc) error
	}{
		"wrong digest": {ClassIntegrity, func(send sendFunc) error {
			_, _, _ = send(header(300, "a")), send(chunk(whole)), send(digest(whole[1:]))
			return nil
		}},
		"no digest": {ClassIntegrity, func(send sendFunc) error {
			_, _ = send(header(300, "a")), send(chunk(whole))
			return nil
		}},
		"nothing": {ClassIntegrity, func(sendFunc) error { return nil }},
		"digest too early": {ClassIntegrity, func(send sendFunc) error {
			_, _, _ = send(header(300, "a")), send(chunk(whole[:200])), send(digest(whole))
			return nil
		}},
		"longer than said": {ClassIntegrity, func(send sendFunc) error {
			_, _, _ = send(header(299, "a")), send(chunk(whole)), send(digest(whole))
			return nil
		}},
		"chunk first": {ClassIntegrity, func(send sendFunc) error {
			_, _, _ = send(chunk(whole)), send(header(300, "a")), send(digest(whole))
			return nil
		}},
		"two headers": {ClassIntegrity, func(send sendFunc) error {
			_, _ = send(header(300, "a")), send(header(300, "a"))
			return nil
		}},
		"chunk after digest": {ClassIntegrity, func(send sendFunc) error {
			_, _, _, _ = send(header(300, "a")), send(chunk(whole)), send(digest(whole)), send(chunk(whole))
			return nil
		}},
		"empty message": {ClassIntegrity, func(send sendFunc) error {
			_, _ = send(header(300, "a")), send(&coffrev1.ReadResponse{})
			return nil
		}},
		"empty document": {ClassIntegrity, func(send sendFunc) error {
			_, _ = send(header(0, "a")), send(digest(nil))
			return nil
		}},
		"tampered on the way": {ClassIntegrity, func(send sendFunc) error {
			_, _ = send(header(300, "a")), send(chunk(whole[:100]))
			return status.Error(codes.DataLoss, "altered")
		}},
		"consent ended": {ClassRefused, func(send sendFunc) error {
			_, _ = send(header(300, "a")), send(chunk(whole[:100]))
			return status.Error(codes.PermissionDenied, "ended")
		}},
		"error after the digest": {ClassFailed, func(send sendFunc) error {
			_, _, _ = send(header(300, "a")), send(chunk(whole)), send(digest(whole))
			return status.Error(codes.Internal, "late")
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &peer{read: func(_ *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error { return test.script(send) }}
			c, dir := p.dial(t), t.TempDir()
			_, err := c.GetFile(t.Context(), "s", "d", Target{Dir: dir}, nil)
			wantClass(t, err, test.class)
			wantEmpty(t, dir)
			var out bytes.Buffer
			if _, err := c.GetTo(t.Context(), "s", "d", &out, nil); err == nil || out.Len() > 0 {
				t.Errorf("%d bytes went out, error %v", out.Len(), err)
			}
		})
	}
}

func TestGetRefusesAnotherSizeAfterABreak(t *testing.T) {
	t.Parallel()
	whole := content(300)
	p := &peer{read: func(req *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error {
		if req.GetOffset() > 0 {
			return send(header(301, "a"))
		}
		return serve(send, whole, 0, 1)
	}}
	dir := t.TempDir()
	_, err := p.dial(t).GetFile(t.Context(), "s", "d", Target{Dir: dir}, nil)
	wantClass(t, err, ClassIntegrity)
	wantEmpty(t, dir)
}

func TestGetNeverReplacesAFile(t *testing.T) {
	t.Parallel()
	whole := content(300)
	calls := 0
	p := &peer{read: func(_ *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error {
		calls++
		return serve(send, whole, 0, -1)
	}}
	c, dir := p.dial(t), t.TempDir()
	for _, name := range []string{"avis.pdf", "avis (2).pdf", "avis (3).pdf"} {
		got, err := c.GetFile(t.Context(), "s", "d", Target{Dir: dir}, nil)
		if err != nil || got.Path != filepath.Join(dir, name) {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
	}
	file := filepath.Join(dir, "mine")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := c.GetFile(t.Context(), "s", "d", Target{File: file}, nil)
	wantClass(t, err, ClassConflict)
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file now holds %d bytes, %v", len(b), err)
	}
	info, err := os.Stat(filepath.Join(dir, "avis.pdf"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestGetTellsAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	p := &peer{read: func(_ *coffrev1.ReadRequest, send func(*coffrev1.ReadResponse) error) error {
		return serve(send, content(3), 0, -1)
	}}
	_, err := p.dial(t).GetFile(t.Context(), "s", "d", Target{Dir: filepath.Join(t.TempDir(), "no")}, nil)
	wantClass(t, err, ClassNotFound)
}

func TestSafeNameIsOneHarmlessComponent(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"avis.pdf":           "avis.pdf",
		"reçu d'été.pdf":     "reçu d'été.pdf",
		"../../etc/passwd":   "_.._etc_passwd",
		"":                   "d",
		"..":                 "d",
		".bashrc":            "bashrc",
		"-rf":                "rf",
		`C:\Windows\a.pdf`:   "C__Windows_a.pdf",
		"a\x1b[31m.pdf":      "a_[31m.pdf",
		"fdp.\u202eexe":      "fdp._exe",
		"trailing. ":         "trailing",
		"bad\xff\xfeutf.pdf": "bad__utf.pdf",
	} {
		if got := SafeName(in, "d"); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"avis.pdf", "../x", "", ".", "a\x00b", "é\xff"} {
		f.Add(s)
	}
	f.Add(strings.Repeat("é", maxName/2-1) + ". " + strings.Repeat("a", maxName))
	f.Add(strings.Repeat("a", maxName-1) + " and more of it")
	f.Fuzz(func(t *testing.T, in string) {
		got := SafeName(in, "d")
		if got == "" || len(got) > maxName || filepath.Base(got) != got || got[0] == '.' || got[0] == '-' || Printable(got) != got {
			t.Errorf("SafeName(%q) = %q", in, got)
		}
		if SafeName(got, "d") != got {
			t.Errorf("SafeName is not stable on %q", in)
		}
	})
}
