package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
)

// A modelLeaf is what the model expects of one leaf.
type modelLeaf struct {
	stage    Stage
	op       Op
	of       Position
	result   Result
	subjects []byte
	detail   []byte // nil once erased
}

// A model is the trail as a slice.
type model struct {
	leaves  []modelLeaf
	journal map[byte][]Position
	open    map[Position]*Pending
	notes   [][]byte
}

func (m *model) add(l modelLeaf) Position {
	pos := Position(len(m.leaves))
	m.leaves = append(m.leaves, l)
	for _, s := range l.subjects {
		m.journal[s] = append(m.journal[s], pos)
	}
	return pos
}

func (m *model) erase(s byte) {
	erased := false
	for _, pos := range m.journal[s] {
		for i := range m.leaves {
			l := &m.leaves[i]
			if (Position(i) == pos || l.stage == StageOutcome && l.of == pos) && l.detail != nil {
				l.detail, erased = nil, true
			}
		}
	}
	if erased {
		m.add(modelLeaf{stage: StageErasure, result: ResultDone, subjects: []byte{s}})
	}
}

// crash is what Open does to the model: open intents become unknown.
func (m *model) crash() {
	for _, pos := range sortedOpen(m.open) {
		m.add(modelLeaf{stage: StageOutcome, op: m.leaves[pos].op, of: pos})
	}
	m.open = map[Position]*Pending{}
}

func sortedOpen(open map[Position]*Pending) []Position {
	out := make([]Position, 0, len(open))
	for pos := range open {
		out = append(out, pos)
	}
	slices.Sort(out)
	return out
}

func (m *model) compare(t *testing.T, l *Log) {
	t.Helper()
	var i int
	for e, err := range l.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(m.leaves) {
			t.Fatalf("leaf %d is not in the model: %+v", i, e)
		}
		want := m.leaves[i]
		if e.Position != Position(i) || e.Stage != want.stage || e.Op != want.op || e.Of != want.of || e.Result != want.result ||
			len(e.Tags) != len(want.subjects) || !bytes.Equal(e.Detail, want.detail) {
			t.Fatalf("leaf %d is %+v, the model has %+v", i, e, want)
		}
		i++
	}
	if i != len(m.leaves) || l.Size() != uint64(i) {
		t.Fatalf("%d leaves, Size %d, the model has %d", i, l.Size(), len(m.leaves))
	}
	for s, positions := range m.journal {
		var got []Position
		for _, e := range collect(t, l, subject(s), 0) {
			if e.Stage != StageOutcome {
				got = append(got, e.Position)
			}
		}
		if !slices.Equal(got, positions) {
			t.Fatalf("journal of %d is %v, the model has %v", s, got, positions)
		}
	}
}

// Against a slice, with crashes at random points: a copy of the file taken
// between two calls opens, verifies, extends every checkpoint and holds exactly
// what was acknowledged. L-53
func TestTrailAgainstModel(t *testing.T) {
	t.Parallel()
	for s := range uint64(4) {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			t.Parallel()
			runModel(t, rand.New(rand.NewPCG(s, 2)))
		})
	}
}

func runModel(t *testing.T, rnd *rand.Rand) {
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	m := &model{journal: map[byte][]Position{}, open: map[Position]*Pending{}}
	for step := range 160 {
		m.step(t, l, rnd, step)
		if rnd.IntN(40) == 0 {
			m.compare(t, l)
			cfg = copyOf(t, cfg) // a crash, here
			_ = l.Close()
			if r := mustVerify(t, cfg, m.notes...); r.Size != uint64(len(m.leaves)) || r.Open != uint64(len(m.open)) {
				t.Fatalf("after the crash: %+v, the model has %d leaves, %d open", r, len(m.leaves), len(m.open))
			}
			cfg.Known = m.notes
			l = mustOpen(t, cfg)
			m.crash()
		}
	}
	m.compare(t, l)
	mustClose(t, l)
	mustVerify(t, cfg, m.notes...)
}

func (m *model) step(t *testing.T, l *Log, rnd *rand.Rand, step int) {
	t.Helper()
	var d []byte
	if rnd.IntN(3) > 0 {
		d = detail(fmt.Sprint("step ", step))
	}
	op := Op(1 + rnd.IntN(9))
	var subjects []byte
	var keys []TagKey
	for _, s := range rnd.Perm(5)[:rnd.IntN(3)] {
		subjects, keys = append(subjects, byte(s)), append(keys, subject(byte(s)))
	}
	r := Record{Op: op, Subjects: keys, Detail: d}
	switch k := rnd.IntN(10); {
	case k < 4:
		p := mustBegin(t, l, r)
		pos := m.add(modelLeaf{stage: StageIntent, op: op, subjects: subjects, detail: d})
		if p.Position() != pos {
			t.Fatalf("intent at %d, the model has %d", p.Position(), pos)
		}
		m.open[pos] = p
	case k < 7 && len(m.open) > 0:
		open := sortedOpen(m.open)
		pos := open[rnd.IntN(len(open))]
		res := Result(rnd.IntN(4))
		if err := m.open[pos].End(t.Context(), res, d); err != nil {
			t.Fatal(err)
		}
		m.add(modelLeaf{stage: StageOutcome, op: m.leaves[pos].op, of: pos, result: res, detail: d})
		delete(m.open, pos)
	case k < 8:
		mustNote(t, l, r, ResultRefused)
		m.add(modelLeaf{stage: StageFact, op: op, result: ResultRefused, subjects: subjects, detail: d})
	case k < 9:
		m.notes = append(m.notes, mustCheckpoint(t, l))
	default:
		s := byte(rnd.IntN(5))
		if err := l.EraseDetails(t.Context(), subject(s)); err != nil {
			t.Fatal(err)
		}
		m.erase(s)
	}
}

// An intent open when the process dies becomes unknown, durably, and its journal
// says so although no key was there to tag it.
func TestCrashLeavesUnknown(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	mustBegin(t, l, Record{Op: 3, Subjects: []TagKey{subject(1)}})
	late := mustBegin(t, l, Record{Op: 4, Subjects: []TagKey{subject(1)}})
	late.EndLater(ResultDone, nil) // not committed yet: lost with the process
	crashed := copyOf(t, cfg)
	if r := mustVerify(t, crashed); r.Open != 2 || r.Size != 2 {
		t.Fatalf("before the settling: %+v", r)
	}
	l2 := mustOpen(t, crashed)
	j := collect(t, l2, subject(1), 0)
	if len(j) != 4 || j[1].Result != ResultUnknown || j[1].Of != 0 || j[3].Op != 4 || j[3].Stage != StageOutcome {
		t.Fatalf("journal after the crash: %+v", j)
	}
	mustClose(t, l2)
	if r := mustVerify(t, crashed); r.Open != 0 || r.Size != 4 {
		t.Fatalf("after the settling: %+v", r)
	}
}

// 64 writers at once: every acknowledged record is there, in the order its
// caller saw, and readers run beside them.
func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	ctx := context.Background()
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			r := Record{Op: Op(w + 1), Subjects: []TagKey{subject(byte(w)), subject(200)}, Detail: detail(fmt.Sprint(w))}
			for i := range 8 {
				p, err := l.Begin(ctx, r)
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 {
					p.EndLater(ResultDone, nil)
				} else if err := p.End(ctx, ResultDone, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 10 {
			if _, err := l.Checkpoint(ctx); err != nil {
				t.Error(err)
			}
			if err := l.Export(ctx, io.Discard); err != nil {
				t.Error(err)
			}
			if err := l.EraseDetails(ctx, subject(7)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	for w := range 64 {
		j := collect(t, l, subject(byte(w)), 0)
		n := 0
		for i, e := range j {
			if e.Stage == StageIntent {
				n++
			}
			if i > 0 && e.Position < j[i-1].Position && e.Stage == StageIntent && j[i-1].Stage == StageIntent {
				t.Errorf("writer %d: out of order", w)
			}
		}
		if n != 8 {
			t.Errorf("writer %d has %d intents in its journal", w, n)
		}
	}
	mustClose(t, l)
	mustVerify(t, cfg)
}

// A caller that gives up while waiting has recorded nothing; one that has not is
// told the truth.
func TestCancelledBeforeItsTurn(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Begin(ctx, Record{Op: 1}); !errors.Is(err, context.Canceled) {
		t.Fatalf("Begin = %v", err)
	}
	p := mustBegin(t, l, Record{Op: 1})
	if err := p.End(ctx, ResultDone, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("End = %v", err)
	}
	if err := p.End(t.Context(), ResultDone, nil); err != nil {
		t.Fatalf("End after a cancelled one: %v", err)
	}
	if l.Size() != 2 {
		t.Errorf("Size = %d", l.Size())
	}
}

// An export taken while writers run is a whole trail.
func TestExportWhileWriting(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p, err := l.Begin(context.Background(), Record{Op: 1, Subjects: []TagKey{subject(byte(w))}, Detail: detail("x")})
				if err != nil {
					t.Error(err)
					return
				}
				p.EndLater(ResultDone, nil)
			}
		})
	}
	for range 5 {
		msg := mustCheckpoint(t, l)
		out := cfg
		out.Path = t.TempDir() + "/export.db"
		f, err := os.Create(out.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Export(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, out, msg)
	}
	close(stop)
	wg.Wait()
	if _, err := Verify(t.Context(), cfg.Path, cfg.Verifier); !errors.Is(err, ErrInUse) {
		t.Errorf("verifying the live file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Export(ctx, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled export: %v", err)
	}
}
