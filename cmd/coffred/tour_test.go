package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/tour"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// wanted are the steps that the tour must show at least.
var wanted = []string{
	"open-safe", "deposit-locked", "refuse-locked", "login", "unlock", "deposit", "list", "read", "control",
	"journal", "refuse-stranger", "verify-trail", "verify-bucket",
}

func checkSteps(t *testing.T, output string) {
	t.Helper()
	seen := map[string]bool{}
	for line := range strings.Lines(output) {
		var r tour.Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !r.OK || r.Detail == "" || seen[r.Step] {
			t.Errorf("step %s: %v, %q", r.Step, r.OK, r.Detail)
		}
		seen[r.Step] = true
	}
	for _, name := range wanted {
		if !seen[name] {
			t.Errorf("step %s is missing", name)
		}
	}
}

// The same story on a real S3 server.
func TestDevOnS3(t *testing.T) {
	t.Parallel()
	s3, file := s3Server(t)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{
		"dev", "--once", "--data", t.TempDir(), "--output", "json", "--s3", s3, "--s3-credentials", file,
	}, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
	}
	checkSteps(t, out.String())
}

// s3Server starts a real S3 server and answers the URL of its bucket and the file
// of its keys.
func s3Server(t *testing.T) (address, credentials string) {
	t.Helper()
	s3 := storagetest.Versitygw(t).Config
	credentials = filepath.Join(t.TempDir(), "s3.txt")
	write(t, credentials, []byte(s3.AccessKey+"\n"+string(s3.SecretKey.Reveal())+"\n"))
	return s3.Endpoint + "/" + s3.Bucket, credentials
}

// A real vault is founded once in a bucket, and its keys are kept for it alone.
func TestInitOnS3(t *testing.T) {
	t.Parallel()
	s3, file := s3Server(t)
	found := func(dir string) (int, string) {
		var errs bytes.Buffer
		code := run(t.Context(), []string{"init", "--dir", dir, "--s3", s3 + "/a", "--s3-credentials", file}, io.Discard, &errs)
		return code, errs.String()
	}
	first, second := t.TempDir(), t.TempDir()
	if code, said := found(first); code != exitOK {
		t.Fatalf("exit %d: %s", code, said)
	}
	if code, said := found(second); code != exitFailed || !strings.Contains(said, "holds a vault already") {
		t.Errorf("again: exit %d: %s", code, said)
	}
	if left, err := os.ReadDir(second); err != nil || len(left) > 0 {
		t.Errorf("files of a vault that is none: %v, %v", left, err)
	}
	conf, err := os.ReadFile(filepath.Join(first, fileConfig))
	if err != nil || !strings.Contains(string(conf), `prefix: "a/"`) || !strings.Contains(string(conf), file) {
		t.Errorf("%v: %s", err, conf)
	}
}

// A development server stays up after its tour, another client plays the tour
// again, the files are as the canary wants them, and an interrupt ends it in
// order.
func TestDevStaysUpForAnotherTour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	up := &waiter{word: "Look around", found: make(chan struct{})}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, []string{"dev", "--data", dir}, up, io.Discard) }()
	select {
	case <-up.found:
	case code := <-ended:
		t.Fatalf("it ended with %d: %s", code, up.String())
	}
	var address string
	if _, after, ok := strings.Cut(up.String(), "--server "); ok {
		address, _, _ = strings.Cut(after, " ")
	}
	var out, errs bytes.Buffer
	if code := run(ctx, []string{
		"tour", "--target", address, "--ca", filepath.Join(dir, fileCert), "--people", filepath.Join(dir, filePeople), "--output", "json",
	}, &out, &errs); code != exitOK {
		t.Errorf("exit %d: %s%s", code, out.String(), errs.String())
	}
	checkSteps(t, out.String())
	t.Run("what it printed", func(t *testing.T) { checkPassports(t, filepath.Join(dir, dirPrints), publicURL(address)) })
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("after an interrupt: exit %d", code)
	}
}

// The canary is no formality: what it looks for is found where it is planted,
// and an object that nobody signed is found too.
func TestCanaryFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, dirPrints), 0o700); err != nil {
		t.Fatal(err)
	}
	net := tour.NewNet([]tour.Marker{tour.NewMarker("name", []byte("Personne Fictive Un"))})
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("prints/feuille.txt", "Personne Fictive Un")
	write("log", "nothing of anybody")
	if n, err := checkFiles(dir, net); n != 1 || err != nil {
		t.Errorf("clean: %d files, %v", n, err)
	}
	write("state.db", "....UGVyc29ubmUgRmljdGl2ZSBVbg====...")
	if _, err := checkFiles(dir, net); !errors.Is(err, errFindings) || strings.Contains(err.Error(), "Fictive") {
		t.Errorf("planted: %v", err)
	}
}

// A waiter keeps what is printed and says when a word has come.
type waiter struct {
	word  string
	found chan struct{}

	text bytes.Buffer
	over bool
}

func (w *waiter) Write(p []byte) (int, error) {
	if w.over {
		return len(p), nil
	}
	w.text.Write(p)
	if strings.Contains(w.text.String(), w.word) {
		w.over = true
		close(w.found)
	}
	return len(p), nil
}

func (w *waiter) String() string { return w.text.String() }
