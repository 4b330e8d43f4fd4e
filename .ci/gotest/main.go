// Command gotest reads the events of `go test -json` on standard input. It
// prints one line a package, the whole output of what failed and the reason of
// what was skipped, and ends with the counts. It exits 1 when a test failed or
// was skipped, or when nothing was tested: in CI everything a test needs is
// there, so a skip means that a check is missing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// An event is one line of go tool test2json, as far as it is used here.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type counts struct {
	passed, failed, skipped int
	blamed                  string // the package of the last failed test
}

func main() {
	c, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(1)
	}
	fmt.Printf("%d tests passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
	if c.failed > 0 || c.skipped > 0 || c.passed == 0 {
		os.Exit(1)
	}
}

func read(in io.Reader, out io.Writer) (counts, error) {
	var c counts
	said := map[string]string{} // what each running test printed so far
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return c, nil
		}
		if err != nil {
			return c, fmt.Errorf("events: %w", err)
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			fmt.Fprintf(out, "%s", line) // what the go command says in plain text
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			said[key] += e.Output
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "pass", "fail", "skip":
			c.add(e, said[key], out)
			delete(said, key)
		}
	}
}

// add counts one test, or reports one package (which has no Test).
func (c *counts) add(e event, said string, out io.Writer) {
	switch {
	case e.Test == "" && e.Action == "fail":
		if c.blamed != e.Package {
			c.failed++ // a build that breaks or a panic outside of any test
		}
		fmt.Fprintf(out, "FAIL %s\n%s", e.Package, said)
	case e.Test == "" && e.Action == "pass":
		fmt.Fprintf(out, "ok   %s %.1f s\n", e.Package, e.Elapsed)
	case e.Test == "": // a package without tests
	case e.Action == "pass":
		c.passed++
	case e.Action == "skip":
		c.skipped++
		fmt.Fprintf(out, "SKIP %s %s\n%s", e.Package, e.Test, indent(said))
	case e.Action == "fail":
		c.failed++
		c.blamed = e.Package
		fmt.Fprintf(out, "FAIL %s %s\n%s", e.Package, e.Test, indent(said))
	}
}

func indent(s string) string {
	if s == "" {
		return ""
	}
	return "     " + strings.TrimSuffix(strings.ReplaceAll(s, "\n", "\n     "), "     ")
}
