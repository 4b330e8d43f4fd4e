package papers_test

import (
	"errors"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/coffre-fort/coffre/vault/papers"
)

var whole = flag.Bool("whole", false, "try every change of the catalogue, some thousands: go test ./vault/papers -run TestAChangedRowIsCaught -whole -v -timeout 1h")

// stride is how many changes pass for one that is tried without -whole. It is
// prime, so that it meets every kind of change.
const stride = 61

// skipped are the tests that do not run on a changed catalogue: this one, and those
// that make catalogues of their own, which would notice nothing and take longest.
const skipped = "^(TestAChangedRowIsCaught|TestACatalogueThatContradictsItselfIsRefused|TestALocalFileThatContradictsItselfIsRefused|" +
	"TestAListOfDemarchesThatContradictsItselfIsRefused|TestWhatIsMadeIsRatedStrong)$"

// The catalogue is data, and its tests are worth what they notice: each place of
// each row is changed in turn, and the other tests of this package run on what
// comes out. A change that the reader refuses is caught; so is one that makes a
// test fail. Every change that is left is named.
func TestAChangedRowIsCaught(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, topic := range papers.Topics() {
		raw, err := os.ReadFile(topic.File())
		if err != nil {
			t.Fatal(err)
		}
		files[topic.File()] = &fstest.MapFile{Data: raw}
	}
	var tries []mutant
	bred, refused, same := 0, 0, 0
	tried := func() bool {
		bred++
		return *whole || bred%stride == 0
	}
	for _, topic := range papers.Topics() {
		for m := range mutants(topic, files[topic.File()].Data, load(t), tried) {
			switch with, err := papers.LoadFrom(changed(files, m)); {
			case err != nil:
				refused++
			case reflect.DeepEqual(with, load(t)):
				same++ // an empty list, and none
			default:
				tries = append(tries, m)
			}
		}
	}
	survivors := survive(t, files, tries)
	for _, m := range survivors {
		t.Errorf("%s, and no test notices", m)
	}
	t.Logf("%d changes, %d of them to another way of writing the same, %d refused when read, %d caught by a test, %d by none; %d not tried",
		bred, same, refused, len(tries)-len(survivors), len(survivors), bred-same-refused-len(tries))
}

func changed(files fstest.MapFS, m mutant) fstest.MapFS {
	with := fstest.MapFS{}
	maps.Copy(with, files)
	with[m.topic.File()] = &fstest.MapFile{Data: m.raw}
	return with
}

// survive lists the changes on which all other tests pass, in their order. The
// files as they are have to pass, or everything would seem to be caught.
func survive(t *testing.T, files fstest.MapFS, tries []mutant) []mutant {
	t.Helper()
	alive := make([]bool, len(tries))
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, files); err != nil {
			t.Fatal(err)
		}
		if !passes(t, dir) {
			t.Fatal("the catalogue as it is does not pass its tests")
		}
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(tries); i = int(next.Add(1)) - 1 {
				name := filepath.Join(dir, tries[i].topic.File())
				if err := os.WriteFile(name, tries[i].raw, 0o600); err != nil {
					t.Error(err)
					return
				}
				alive[i] = passes(t, dir)
				if err := os.WriteFile(name, files[tries[i].topic.File()].Data, 0o600); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	i := -1
	return slices.DeleteFunc(slices.Clone(tries), func(mutant) bool { i++; return !alive[i] })
}

// passes runs the other tests of this package on the catalogue of a folder.
func passes(t *testing.T, dir string) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Error(err)
		return false
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^Test", "-test.skip="+skipped, "-test.failfast", "-catalogue="+dir)
	cmd.Env = append(os.Environ(), "GOGC=off") // it lives for a moment
	out, err := cmd.CombinedOutput()
	if exit, ran := errors.AsType[*exec.ExitError](err); err != nil && (!ran || exit.ExitCode() < 0 || !strings.Contains(string(out), "--- FAIL")) {
		t.Errorf("the tests did not run: %v: %s", err, out)
	}
	return err == nil
}
