package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
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
			"flip":   flip,
			"dev":    startDev,
			"housed": startHoused,
			"choose": choose,
			"keys":   makeKeys,
		},
		RequireExplicitExec: true,
	})
}

// makeKeys writes a key that nobody used before, as a partner's program has one:
// keys PRIVATE PUBLIC
func makeKeys(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: keys PRIVATE PUBLIC")
	}
	public, private, err := ed25519.GenerateKey(nil)
	ts.Check(err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	ts.Check(err)
	shared, err := x509.MarshalPKIXPublicKey(public)
	ts.Check(err)
	for i, block := range []*pem.Block{{Type: "PRIVATE KEY", Bytes: secret}, {Type: "PUBLIC KEY", Bytes: shared}} {
		ts.Check(os.WriteFile(ts.MkAbs(args[i]), pem.EncodeToMemory(block), 0o600))
	}
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
