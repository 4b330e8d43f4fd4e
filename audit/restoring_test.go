package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A lostTrail is a trail of which only the copies are left.
type lostTrail struct {
	cfg        Config
	batches    []Batch
	details    [][][]byte
	checkpoint []byte
	journal    []Entry
}

// lose writes a trail, with an act that a crash left open and an erasure, and
// copies it in batches of three.
func lose(t *testing.T) (lost lostTrail) {
	t.Helper()
	lost.cfg = testConfig(t)
	l := mustOpen(t, lost.cfg)
	for i := range byte(4) {
		p := mustBegin(t, l, Record{Op: 1, Subjects: []TagKey{subject(1), subject(2)}, Detail: detail(string('a' + i))})
		if err := p.End(t.Context(), ResultDone, detail(string('A'+i))); err != nil {
			t.Fatal(err)
		}
	}
	mustNote(t, l, Record{Op: 2, Subjects: []TagKey{subject(3)}, Detail: detail("gone")}, ResultRefused)
	if err := l.EraseDetails(t.Context(), subject(3)); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, l, Record{Op: 3, Subjects: []TagKey{subject(1)}})
	lost.checkpoint, lost.journal = mustCheckpoint(t, l), collect(t, l, subject(1), 0)
	for from := Position(0); uint64(from) < l.Size(); from += 3 {
		raw, details, err := l.Leaves(t.Context(), from, min(from+3, Position(l.Size())))
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseLeaves(raw)
		if err != nil {
			t.Fatal(err)
		}
		lost.batches, lost.details = append(lost.batches, b), append(lost.details, details)
	}
	mustClose(t, l)
	lost.cfg.Path = filepath.Join(t.TempDir(), "again.db")
	return lost
}

// restore makes the file anew, and keeps it if it passes.
func (l lostTrail) restore(t *testing.T) error {
	t.Helper()
	r, err := Restore(l.cfg.Path, l.cfg.Origin)
	if err != nil {
		return err
	}
	defer func() {
		if err := r.Discard(); err != nil {
			t.Error(err)
		}
	}()
	for i, b := range l.batches {
		if err := r.Add(b, l.details[i]); err != nil {
			return err
		}
	}
	if _, err := r.Verify(t.Context(), l.cfg.Verifier, l.checkpoint); err != nil {
		return err
	}
	return r.Keep()
}

// A trail that is made anew out of its copies is the same trail: leaves, journals and
// checkpoints; what was erased stays so, and it goes on being written.
func TestATrailIsMadeAnewOutOfItsCopies(t *testing.T) {
	t.Parallel()
	lost := lose(t)
	if err := lost.restore(t); err != nil {
		t.Fatal(err)
	}
	if r := mustVerify(t, lost.cfg, lost.checkpoint); r.Erased != 1 || r.Open != 1 {
		t.Errorf("%+v", r)
	}
	l := mustOpen(t, lost.cfg)
	if got := collect(t, l, subject(1), 0); !reflect.DeepEqual(got[:len(lost.journal)], lost.journal) {
		t.Errorf("another journal: %v, want %v", got, lost.journal)
	}
	mustNote(t, l, Record{Op: 4, Subjects: []TagKey{subject(1)}}, ResultDone)
	mustCheckpoint(t, l)
	mustClose(t, l)
	mustVerify(t, lost.cfg, lost.checkpoint)
	if err := lost.restore(t); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a trail that is there: %v", err)
	}
}

// What is not the trail that a checkpoint signed takes no place, whatever is wrong
// with the copies, and leaves nothing behind.
func TestCopiesThatAreNotTheTrailAreRefused(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(*lostTrail){
		"the end is missing":   func(l *lostTrail) { l.batches = l.batches[:len(l.batches)-1] },
		"the start is missing": func(l *lostTrail) { l.batches, l.details = l.batches[1:], l.details[1:] },
		"twice the same":       func(l *lostTrail) { l.batches[1], l.details[1] = l.batches[0], l.details[0] },
		"another leaf":         func(l *lostTrail) { l.batches[1].Leaves[0] = l.batches[0].Leaves[0] },
		"another detail":       func(l *lostTrail) { l.details[0][0] = detail("other") },
		"a detail is missing":  func(l *lostTrail) { l.details[0][0] = nil },
		"too few details":      func(l *lostTrail) { l.details[0] = l.details[0][:2] },
		"a broken leaf":        func(l *lostTrail) { l.batches[2].Leaves[1] = []byte{1} },
		"another trail":        func(l *lostTrail) { l.cfg.Origin = "coffre.example/other" },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			lost := lose(t)
			spoil(&lost)
			if err := lost.restore(t); err == nil {
				t.Error("taken")
			}
			if left, err := os.ReadDir(filepath.Dir(lost.cfg.Path)); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}
