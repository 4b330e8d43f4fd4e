package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the command, so that scripts run the real thing.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"coffre": main})
}

// The scripts need no service; each runs in a folder and a home of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_STATE_HOME", e.Getenv("WORK")+"/state")
			return os.Mkdir(e.Getenv("WORK")+"/man", 0o755)
		},
		RequireExplicitExec: true,
	})
}
