package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// Erasing one subject takes the bytes of its details out of the file, outcomes
// included, leaves every checkpoint valid and everybody else's journal intact,
// and verification still tells an erased detail from a stolen one.
func TestEraseDetails(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	var notes [][]byte
	for i := range 40 {
		s := byte(i % 4)
		p := mustBegin(t, l, Record{Op: 1, Subjects: []TagKey{subject(s)}, Detail: detail(fmt.Sprint("in", s, i))})
		if err := p.End(t.Context(), ResultDone, detail(fmt.Sprint("out", s, i))); err != nil {
			t.Fatal(err)
		}
		notes = append(notes, mustCheckpoint(t, l))
	}
	others := map[byte][]Entry{}
	for _, s := range []byte{0, 1, 3} {
		others[s] = collect(t, l, subject(s), 0)
	}
	if err := l.EraseDetails(t.Context(), subject(2)); err != nil {
		t.Fatal(err)
	}
	size := l.Size()
	if err := l.EraseDetails(t.Context(), subject(2)); err != nil || l.Size() != size {
		t.Errorf("erasing again: %v, %d leaves after %d", err, l.Size(), size)
	}
	if err := l.EraseDetails(t.Context(), subject(77)); err != nil || l.Size() != size {
		t.Errorf("erasing a stranger: %v, %d leaves after %d", err, l.Size(), size)
	}
	raw, err := os.ReadFile(cfg.Path) // the live file: nothing waits for Close
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		for _, d := range [][]byte{detail(fmt.Sprint("in", i%4, i)), detail(fmt.Sprint("out", i%4, i))} {
			if got, want := bytes.Contains(raw, d[:32]), i%4 != 2; got != want {
				t.Errorf("detail of act %d in the file: %v, want %v", i, got, want)
			}
		}
	}
	for s, want := range others {
		got := collect(t, l, subject(s), 0)
		if len(got) != len(want) {
			t.Fatalf("journal of %d has %d entries after %d", s, len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i].Detail, want[i].Detail) || got[i].Detail == nil {
				t.Errorf("journal of %d: entry %d changed", s, i)
			}
		}
	}
	mine := collect(t, l, subject(2), 0)
	if last := mine[len(mine)-1]; len(mine) != 21 || last.Stage != StageErasure {
		t.Errorf("journal of the erased ends with %v after %d entries", last.Stage, len(mine))
	}
	for _, e := range mine {
		if e.Detail != nil {
			t.Errorf("leaf %d still has its detail", e.Position)
		}
	}
	mustNote(t, l, Record{Op: 2, Subjects: []TagKey{subject(2)}, Detail: detail("after")}, ResultDone)
	mustClose(t, l)
	if r := mustVerify(t, cfg, notes...); r.Erased != 20 || r.Details != 61 {
		t.Errorf("report %+v", r)
	}
}

// A reader of the state before the erasure keeps what it sees until it ends;
// only then are the pages overwritten, and only then does EraseDetails return.
func TestEraseWaitsForReaders(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	secret := detail("to be forgotten")
	mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}, Detail: secret}, ResultDone)

	reading, release := make(chan struct{}), make(chan struct{})
	exported := make(chan []byte)
	go func() {
		var buf bytes.Buffer
		first := true
		err := l.Export(context.Background(), writerFunc(func(p []byte) (int, error) {
			if first {
				first = false
				close(reading)
				<-release
			}
			return buf.Write(p)
		}))
		if err != nil {
			t.Error(err)
		}
		exported <- buf.Bytes()
	}()
	<-reading
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := l.EraseDetails(ctx, subject(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("EraseDetails during an export = %v", err)
	}
	mustNote(t, l, Record{Op: 2}, ResultDone) // writers go on meanwhile
	close(release)
	copied := <-exported
	if !bytes.Contains(copied, secret) {
		t.Error("the export lost a detail that was there when it began")
	}
	if _, err := verify(t.Context(), bytes.NewReader(copied), int64(len(copied)), cfg.Verifier, nil); err != nil {
		t.Errorf("the export does not verify: %v", err)
	}
	if err := l.EraseDetails(t.Context(), subject(1)); err != nil { // waits for what is due
		t.Fatal(err)
	}
	raw, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, secret[:32]) {
		t.Error("the detail is still in the file")
	}
}

// A crash between the erasure and the overwriting is made up for at Open.
func TestEraseSurvivesCrash(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	secret := detail("to be forgotten")
	mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}, Detail: secret}, ResultDone)
	l.readers.RLock() // a reader that never ends
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for !l.scrubDue.Load() && t.Context().Err() == nil {
			runtime.Gosched()
		}
		cancel() // the erasure has begun, and is answered only once it is written
	}()
	if err := l.EraseDetails(ctx, subject(1)); !errors.Is(err, context.Canceled) {
		t.Fatalf("EraseDetails = %v", err)
	}
	crashed := copyOf(t, cfg)
	l.readers.RUnlock()
	has := func() bool {
		raw, err := os.ReadFile(crashed.Path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, secret[:32])
	}
	if !has() {
		t.Fatal("the crash came too late for this test")
	}
	mustVerify(t, crashed)
	mustClose(t, mustOpen(t, crashed))
	if has() {
		t.Error("the detail is still in the file")
	}
	mustVerify(t, crashed)
}

// No tag appears twice, in one trail or in two trails of one subject, and no tag
// key or subject is in the file. L-54
func TestTagsAreUnlinkable(t *testing.T) {
	t.Parallel()
	seen := map[[16]byte]bool{}
	for _, origin := range []string{"coffre.example/trail/1", "coffre.example/trail/2"} {
		cfg := testConfig(t)
		cfg.Origin = origin
		l := mustOpen(t, cfg)
		for i := range 60 {
			mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(byte(i % 3)), subject(100)}}, ResultDone)
		}
		for e, err := range l.Entries(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range e.Tags {
				if seen[g] {
					t.Fatalf("tag %x appears twice", g)
				}
				seen[g] = true
			}
		}
		mustClose(t, l)
		raw, err := os.ReadFile(cfg.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []byte{0, 1, 2, 100} {
			if k := subject(s); bytes.Contains(raw, k[:]) {
				t.Errorf("the tag key of %d is in the file", s)
			}
		}
	}
	if len(seen) != 240 {
		t.Errorf("%d tags", len(seen))
	}
}

// Counters are found again in the index after a restart, for any length.
func TestCountersAfterRestart(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	lengths := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33}
	l := mustOpen(t, cfg)
	for s, n := range lengths {
		for range n {
			mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(byte(s))}}, ResultDone)
		}
	}
	mustClose(t, l)
	l = mustOpen(t, cfg)
	for s, n := range lengths {
		mustNote(t, l, Record{Op: 2, Subjects: []TagKey{subject(byte(s))}}, ResultDone)
		j := collect(t, l, subject(byte(s)), 0)
		if len(j) != n+1 || j[n].Op != 2 {
			t.Errorf("subject with %d leaves has %d after one more", n, len(j))
		}
	}
	for _, from := range []uint64{32, 33, 34, 1 << 63, ^uint64(0)} {
		want := 0
		if from < 34 {
			want = 34 - int(from)
		}
		if j := collect(t, l, subject(11), from); len(j) != want {
			t.Errorf("journal from %d has %d entries, want %d", from, len(j), want)
		}
	}
}
