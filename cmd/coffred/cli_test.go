package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/coffre-fort/coffre/cmd/internal/tour"
)

// browse is the program that BROWSER names in a script: it logs the fictitious
// person PERSON in, whose password stands in the file PEOPLE, or who has the account of
// the file ACCOUNT.
func browse() {
	if path := os.Getenv("ACCOUNT"); path != "" {
		p, way, err := housedPerson(path)
		if err == nil {
			err = tour.BrowseThrough(context.Background(), way, os.Args[1], p) // each page has its own limit
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "browser:", err)
		}
		return
	}
	people, err := tour.ReadPeople(os.Getenv("PEOPLE"))
	var person tour.Person
	for _, r := range people.Roles() {
		if r.Part == os.Getenv("PERSON") {
			person = *r.Person
		}
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		err = tour.Browse(ctx, os.Args[1], person)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
	}
}

// theCommand builds coffre once for all scripts.
var theCommand = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "coffre-test-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "../coffre").CombinedOutput()
	if err != nil {
		return dir, fmt.Errorf("build coffre: %w: %s", err, out)
	}
	return dir, nil
})

// withCoffre puts the client on a script's PATH, and gives it a home.
func withCoffre(t *testing.T, e *testscript.Env) error {
	t.Helper()
	dir, err := theCommand()
	if err != nil {
		return err
	}
	e.Setenv("PATH", dir+string(os.PathListSeparator)+e.Getenv("PATH"))
	e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("BROWSER", "browser")
	e.Setenv("PEOPLE", filepath.Join(e.WorkDir, "d", "prints", "personnes.json"))
	return nil
}

// coffredIn is the server's command for a process that outlives a line of a script: the
// test binary is coffred when it is called so (testscript.Main).
func coffredIn(ts *testscript.TestScript) string {
	binary, err := os.Executable()
	ts.Check(err)
	alias := filepath.Join(ts.Getenv("WORK"), "bin", "coffred")
	ts.Check(os.MkdirAll(filepath.Dir(alias), 0o700))
	ts.Check(os.Symlink(binary, alias))
	return alias
}

// startDev runs a development server over the folder d until the script ends,
// and puts what it invites people to type into SERVER and CA: dev [OPTION...]
func startDev(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(coffredIn(ts), append([]string{"dev", "--data", "d"}, args...)...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), []string{"HOME=" + ts.Getenv("HOME")}
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // the script has seen what it wanted to see
	})
	invitation := regexp.MustCompile(`coffre login --server (\S+) --ca (\S+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := invitation.FindStringSubmatch(lines.Text()); found != nil {
			ts.Setenv("SERVER", found[1])
			ts.Setenv("CA", found[2])
			go func() { _, _ = io.Copy(io.Discard, out) }() // so that it never waits for us
			return
		}
	}
	ts.Fatalf("dev ended without inviting anybody: %v", lines.Err())
}
