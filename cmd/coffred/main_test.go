package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the command, so that scripts run the real thing; and
// the browser of the people in them.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"coffred": main, "browser": browse})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: func(e *testscript.Env) error { return withCoffre(t, e) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"flip": flip,
			"dev":  startDev,
		},
		RequireExplicitExec: true,
	})
}

// flip changes one bit of the largest file that fits a pattern: flip PATTERN BYTE
func flip(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: flip PATTERN BYTE")
	}
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	all, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	var path string
	var largest int64
	for _, one := range all {
		info, err := os.Stat(one)
		ts.Check(err)
		if info.Size() > largest {
			path, largest = one, info.Size()
		}
	}
	raw, err := os.ReadFile(path)
	ts.Check(err)
	raw[at%len(raw)] ^= 1
	ts.Check(os.WriteFile(path, raw, 0o600))
}
