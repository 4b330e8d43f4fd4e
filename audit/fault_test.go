package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// After one failed write nothing is ever accepted again, whoever asks, until the
// trail is opened anew; then it holds everything that was acknowledged. L-56
func TestFailedWriteClosesForGood(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	open := mustBegin(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}})
	late := mustBegin(t, l, Record{Op: 2})
	late.EndLater(ResultDone, nil)
	if err := l.file.Close(); err != nil { // the disk goes away beneath
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := l.Begin(context.Background(), Record{Op: 3}); !errors.Is(err, ErrTrailUnavailable) {
				t.Errorf("Begin = %v", err)
			}
		})
	}
	wg.Wait()
	if err := open.Live(); !errors.Is(err, ErrTrailUnavailable) || errors.Is(err, ErrClosed) {
		t.Errorf("Live = %v", err)
	}
	if err := open.End(t.Context(), ResultDone, nil); !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("End = %v", err)
	}
	if _, err := l.Note(t.Context(), Record{Op: 3}, ResultRefused); !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("Note = %v", err)
	}
	if _, err := l.Checkpoint(t.Context()); !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("Checkpoint = %v", err)
	}
	if err := l.EraseDetails(t.Context(), subject(1)); !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("EraseDetails = %v", err)
	}
	if err := l.Err(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the cause is lost: %v", err)
	}
	if err := l.Close(); !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("Close = %v", err)
	}
	l = mustOpen(t, cfg)
	if j := collect(t, l, subject(1), 0); len(j) != 2 || j[1].Result != ResultUnknown {
		t.Errorf("journal after reopening: %+v", j)
	}
	mustClose(t, l)
	mustVerify(t, cfg)
}

const fullDisk = "COFFRE_AUDIT_TEST_FULL_DISK"

// A full disk, in a process of its own: the write fails in the middle, the log
// closes, and what was acknowledged before is all there.
func TestFullDisk(t *testing.T) {
	if path := os.Getenv(fullDisk); path != "" {
		fillDisk(t, path)
		return
	}
	t.Parallel()
	cfg := testConfig(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), fullDisk+"="+cfg.Path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := mustVerify(t, cfg)
	if r.Size == 0 {
		t.Errorf("report %+v\n%s", r, out)
	}
	l := mustOpen(t, cfg)
	mustNote(t, l, Record{Op: 9}, ResultDone)
}

func fillDisk(t *testing.T, path string) {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(t)
	cfg.Path = path
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := uint64(0)
	for err == nil {
		if _, err = l.Note(t.Context(), Record{Op: 1, Detail: make([]byte, 32<<10)}, ResultDone); err == nil {
			acknowledged++
		}
		if acknowledged > 1000 {
			t.Fatal("the limit does not hold")
		}
	}
	if !errors.Is(err, ErrTrailUnavailable) {
		t.Fatalf("Note on a full disk = %v", err)
	}
	if _, err := l.Note(t.Context(), Record{Op: 1}, ResultDone); !errors.Is(err, ErrTrailUnavailable) {
		t.Fatalf("a small Note afterwards = %v", err)
	}
	if l.Size() != acknowledged {
		t.Fatalf("Size %d, acknowledged %d", l.Size(), acknowledged)
	}
	fmt.Println("acknowledged", acknowledged, "then:", err)
	_ = l.Close()
}

// A signer that fails does not break the trail.
func TestSignerFails(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	good := cfg.Signer
	cfg.Signer = brokenSigner{good}
	l := mustOpen(t, cfg)
	if _, err := l.Checkpoint(t.Context()); !errors.Is(err, errSigner) {
		t.Fatalf("Checkpoint = %v", err)
	}
	mustNote(t, l, Record{Op: 1}, ResultDone)
	mustClose(t, l)
	mustVerify(t, cfg)
}

var errSigner = errors.New("token was pulled out")

type brokenSigner struct{ note.Signer }

func (brokenSigner) Sign([]byte) ([]byte, error) { return nil, errSigner }

// The clock may be set back two minutes and no more; what is recorded meanwhile
// bears the time of the record before.
func TestClockBehindTheTrail(t *testing.T) {
	cfg := testConfig(t)
	var last time.Time
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Hour)
		l, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		mustNote(t, l, Record{Op: 1}, ResultDone)
		time.Sleep(90 * time.Second)
		mustNote(t, l, Record{Op: 2}, ResultDone)
		mustBegin(t, l, Record{Op: 3})
		last = l.LastTime()
		if want := time.Now().UTC().Truncate(time.Second); !last.Equal(want) {
			t.Errorf("LastTime = %v, want %v", last, want)
		}
		mustClose(t, l)
	})
	// A new bubble starts at the same instant as the first: the clock has gone back.
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(last.Add(-clockSlack - time.Second)))
		l, err := Open(cfg) // settling does not wait for the clock
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Begin(t.Context(), Record{Op: 4}); !errors.Is(err, ErrClockBack) {
			t.Errorf("Begin two minutes and a second behind = %v", err)
		}
		if _, err := l.Note(t.Context(), Record{Op: 4}, ResultRefused); !errors.Is(err, ErrClockBack) {
			t.Errorf("Note two minutes and a second behind = %v", err)
		}
		if err := l.Err(); err != nil {
			t.Errorf("a wrong clock broke the trail: %v", err)
		}
		time.Sleep(time.Second)
		mustNote(t, l, Record{Op: 5}, ResultDone)
		if !l.LastTime().Equal(last) {
			t.Errorf("LastTime = %v, want it clamped to %v", l.LastTime(), last)
		}
		time.Sleep(clockSlack + time.Minute)
		mustNote(t, l, Record{Op: 6}, ResultDone)
		if want := last.Add(time.Minute); !l.LastTime().Equal(want) {
			t.Errorf("LastTime = %v, want %v", l.LastTime(), want)
		}
		mustClose(t, l)
	})
	if r := mustVerify(t, cfg); r.Size != 6 || r.Open != 0 {
		t.Errorf("report %+v", r)
	}
}

// Late outcomes wait for the next commit, but never pile up without one.
func TestLateOutcomesDoNotPileUp(t *testing.T) {
	cfg := testConfig(t)
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var open []*Pending
		for range maxLate {
			open = append(open, mustBegin(t, l, Record{Op: 1}))
		}
		for _, p := range open[1:] {
			p.EndLater(ResultDone, nil)
		}
		synctest.Wait()
		if l.Size() != maxLate {
			t.Errorf("%d leaves: a late outcome did not wait", l.Size())
		}
		open[0].EndLater(ResultDone, nil)
		synctest.Wait()
		if l.Size() != 2*maxLate {
			t.Errorf("%d leaves: late outcomes pile up", l.Size())
		}
		mustClose(t, l)
	})
	mustVerify(t, cfg)
}
