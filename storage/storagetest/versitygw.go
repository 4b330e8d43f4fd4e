package storagetest

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/storage/s3"
	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	buildTime = 10 * time.Minute // from a cold cache on two busy cores
	startTime = 30 * time.Second
)

// A Server is a real S3 server process with one empty bucket.
type Server struct {
	// Config opens the bucket with [s3.Open].
	Config s3.Config

	// Folder is where the server keeps the bucket's objects, as files named by
	// their keys: what an attacker with the disk holds.
	Folder string
}

// Versitygw builds versitygw, the S3 server pinned in .tools/go.mod, and starts
// it on a free port of this machine, with folders and credentials of its own, until
// the test ends.
//
// With CI=true it always runs. Otherwise the test is skipped by name, because
// building the server needs its modules, unless COFFRE_VERSITYGW=1 asks for it.
func Versitygw(t testing.TB) *Server {
	t.Helper()
	if os.Getenv("CI") != "true" && os.Getenv("COFFRE_VERSITYGW") != "1" {
		t.Skip("versitygw: set COFFRE_VERSITYGW=1 to build and run the real S3 server")
	}
	binary, err := versitygw()
	if err != nil {
		t.Fatalf("versitygw: %v", err)
	}
	const bucket = "coffre"
	root := t.TempDir()
	folder := filepath.Join(root, bucket)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	addr := freeAddress(t)
	access, secret := strings.ToLower(rand.Text()), rand.Text()
	start(t, addr, binary, []string{"ROOT_ACCESS_KEY=" + access, "ROOT_SECRET_KEY=" + secret},
		"--quiet", "--port", addr, "posix", root)
	return &Server{
		Config: s3.Config{
			Endpoint:  "http://" + addr,
			Bucket:    bucket,
			AccessKey: access,
			SecretKey: seal.NewSecret([]byte(secret)),
		},
		Folder: folder,
	}
}

// versitygw asks the go command for the server's binary, once a process. The
// command builds it when it must and keeps it in its cache.
var versitygw = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(module))), ".tools", "go.mod")
	path, err := exec.CommandContext(ctx, "go", "tool", "-modfile="+tools, "-n", "versitygw").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", errors.New(string(exit.Stderr))
	}
	return strings.TrimSpace(string(path)), err
})

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs a server until the test ends and returns when it accepts
// connections.
func start(t testing.TB, addr, binary string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	dieWithParent(cmd)
	started, ended := make(chan error), make(chan struct{})
	go run(cmd, started, ended)
	if err := <-started; err != nil {
		t.Fatalf("%s: %v", filepath.Base(binary), err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(binary), output.String())
		}
	})
	if !accepts(t.Context(), addr, ended) {
		t.Fatalf("%s does not listen on %s", filepath.Base(binary), addr)
	}
}

// accepts asks for a connection until there is one, the process ends, or the
// time is up.
func accepts(ctx context.Context, addr string, ended <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close()
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-ended:
			return false
		case <-tick.C:
		}
	}
}
