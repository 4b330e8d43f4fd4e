package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Zero values refuse.
func TestZeroValuesRefuse(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, p := range map[string]*Pending{"nil": nil, "zero": {}} {
		if err := p.Live(); !errors.Is(err, ErrNoIntent) {
			t.Errorf("%s pending: Live = %v", name, err)
		}
		if err := p.End(ctx, ResultDone, nil); !errors.Is(err, ErrNoIntent) {
			t.Errorf("%s pending: End = %v", name, err)
		}
		p.EndLater(ResultDone, nil)
		if p.Position() != 0 {
			t.Errorf("%s pending has a position", name)
		}
	}
	for name, l := range map[string]*Log{"nil": nil, "zero": {}} {
		if _, err := l.Begin(ctx, Record{Op: 1}); !errors.Is(err, ErrTrailUnavailable) {
			t.Errorf("%s log: Begin = %v", name, err)
		}
		if _, err := l.Checkpoint(ctx); !errors.Is(err, ErrClosed) {
			t.Errorf("%s log: Checkpoint = %v", name, err)
		}
		if err := l.Close(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s log: Close = %v", name, err)
		}
		if _, err := l.RootAt(0); !errors.Is(err, ErrClosed) {
			t.Errorf("%s log: RootAt = %v", name, err)
		}
		if l.Size() != 0 || !l.LastTime().IsZero() {
			t.Errorf("%s log has a size", name)
		}
	}
}

func TestRecordsOutOfBounds(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, testConfig(t))
	many := make([]TagKey, MaxSubjects+1)
	for i := range many {
		many[i] = subject(byte(i))
	}
	for name, r := range map[string]Record{
		"no operation":     {Subjects: many[:1]},
		"zero subject":     {Op: 1, Subjects: []TagKey{{}}},
		"repeated subject": {Op: 1, Subjects: []TagKey{many[0], many[1], many[0]}},
		"too many":         {Op: 1, Subjects: many},
		"long detail":      {Op: 1, Detail: make([]byte, MaxDetail+1)},
	} {
		if _, err := l.Begin(t.Context(), r); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: Begin = %v", name, err)
		}
		if _, err := l.Note(t.Context(), r, ResultRefused); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: Note = %v", name, err)
		}
	}
	for _, res := range []Result{ResultUnknown, ResultFailed + 1} {
		if _, err := l.Note(t.Context(), Record{Op: 1}, res); !errors.Is(err, ErrRecord) {
			t.Errorf("fact with result %v: %v", res, err)
		}
	}
	if err := l.EraseDetails(t.Context(), TagKey{}); !errors.Is(err, ErrRecord) {
		t.Errorf("erasing the zero subject: %v", err)
	}
	if l.Size() != 0 {
		t.Fatalf("refused records left %d leaves", l.Size())
	}
	p := mustBegin(t, l, Record{Op: 1, Subjects: many[:MaxSubjects], Detail: make([]byte, MaxDetail)})
	if err := p.End(t.Context(), ResultFailed+1, nil); !errors.Is(err, ErrRecord) {
		t.Errorf("End with an unknown result: %v", err)
	}
	p.EndLater(ResultFailed+1, nil)
	mustCheckpoint(t, l)
	j := collect(t, l, many[3], 0)
	if len(j) != 2 || j[1].Result != ResultUnknown {
		t.Errorf("an outcome out of bounds was recorded as %+v", j)
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	good := testConfig(t)
	_, other := testKey(t, 2)
	for name, cfg := range map[string]Config{
		"no path":       {Origin: good.Origin, Signer: good.Signer, Verifier: good.Verifier},
		"no signer":     {Path: good.Path, Origin: good.Origin, Verifier: good.Verifier},
		"no verifier":   {Path: good.Path, Origin: good.Origin, Signer: good.Signer},
		"another key":   {Path: good.Path, Origin: good.Origin, Signer: good.Signer, Verifier: other},
		"no origin":     {Path: good.Path, Signer: good.Signer, Verifier: good.Verifier},
		"origin lines":  {Path: good.Path, Origin: "a\nb", Signer: good.Signer, Verifier: good.Verifier},
		"origin spaces": {Path: good.Path, Origin: "a b", Signer: good.Signer, Verifier: good.Verifier},
		"long origin":   {Path: good.Path, Origin: strings.Repeat("a", 256), Signer: good.Signer, Verifier: good.Verifier},
		"no folder":     {Path: filepath.Join(good.Path, "x", "y"), Origin: good.Origin, Signer: good.Signer, Verifier: good.Verifier},
	} {
		if l, err := Open(cfg); err == nil {
			_ = l.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := os.Stat(good.Path); !os.IsNotExist(err) {
		t.Errorf("a refused configuration left a file: %v", err)
	}
	l := mustOpen(t, good)
	if _, err := Open(good); !errors.Is(err, ErrInUse) {
		t.Errorf("second Open = %v", err)
	}
	mustClose(t, l)
	good.Origin = "coffre.example/trail/2"
	if _, err := Open(good); !errors.Is(err, ErrOrigin) {
		t.Errorf("Open under another origin = %v", err)
	}
}

// After Close nothing is accepted, and Close itself says so the second time.
func TestClosed(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	p := mustBegin(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}})
	q := mustBegin(t, l, Record{Op: 2})
	q.EndLater(ResultDone, nil)
	mustClose(t, l)
	if err := l.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Close = %v", err)
	}
	if err := p.Live(); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrTrailUnavailable) {
		t.Errorf("Live = %v", err)
	}
	if err := p.End(t.Context(), ResultDone, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("End = %v", err)
	}
	if _, err := l.Begin(t.Context(), Record{Op: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("Begin = %v", err)
	}
	for _, err := range l.Journal(t.Context(), subject(1), 0) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("Journal = %v", err)
		}
	}
	if r := mustVerify(t, cfg); r.Open != 1 || r.Size != 3 {
		t.Errorf("the late outcome was not flushed: %+v", r)
	}
}

// Proofs hold for every pair of sizes, and for no others.
func TestProofs(t *testing.T) {
	t.Parallel()
	l := mustOpen(t, testConfig(t))
	v := func() Checkpoint {
		_, ver := testKey(t, 1)
		c, err := ParseCheckpoint(mustCheckpoint(t, l), ver)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	points := []Checkpoint{v()}
	for i := range 20 {
		mustNote(t, l, Record{Op: Op(i + 1)}, ResultDone)
		points = append(points, v())
	}
	leaves := leavesOf(t, l)
	for _, now := range points {
		for _, old := range points[:now.Size+1] {
			proof, err := l.Consistency(old.Size, now.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := now.Extends(old, proof); err != nil {
				t.Fatalf("%d after %d: %v", now.Size, old.Size, err)
			}
			lie := old
			lie.Root[3] ^= 1
			var fork *ForkError
			if err := now.Extends(lie, proof); !errors.As(err, &fork) {
				t.Fatalf("%d after another %d: %v", now.Size, old.Size, err)
			}
			var cut *TruncatedError
			if err := old.Extends(now, proof); old.Size < now.Size && !errors.As(err, &cut) {
				t.Fatalf("%d after %d: %v", old.Size, now.Size, err)
			}
		}
		for pos := range Position(now.Size) {
			proof, err := l.Inclusion(pos, now.Size)
			if err != nil {
				t.Fatal(err)
			}
			if err := now.Includes(pos, leaves[pos], proof); err != nil {
				t.Fatalf("leaf %d of %d: %v", pos, now.Size, err)
			}
			var bad *BadLeafError
			if err := now.Includes(pos, leaves[(pos+1)%20], proof); !errors.As(err, &bad) {
				t.Fatalf("another leaf at %d of %d: %v", pos, now.Size, err)
			}
		}
	}
	for _, err := range []error{
		second(l.Inclusion(20, 20)), second(l.Inclusion(0, 21)), second(l.Consistency(5, 4)),
		second(l.Consistency(0, 21)), second(l.RootAt(21)), points[3].Includes(3, nil, nil),
	} {
		if !errors.Is(err, ErrRange) {
			t.Errorf("beyond the end: %v", err)
		}
	}
	other := points[20]
	other.Origin = "x"
	if err := other.Extends(points[3], nil); !errors.Is(err, ErrOrigin) {
		t.Errorf("another origin: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func leavesOf(t *testing.T, l *Log) [][]byte {
	t.Helper()
	raw, _, err := l.Leaves(t.Context(), 0, Position(l.Size()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseLeaves(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b.Leaves
}

// Batches copied out of the trail rebuild the tree of every checkpoint, and a
// batch that was changed, dropped or doubled does not. L-57
func TestBatchesAgainstCheckpoints(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	var tree Tree
	for i := range 5 {
		for range i*50 + 1 {
			mustNote(t, l, Record{Op: 1, Subjects: []TagKey{subject(1)}, Detail: detail("d")}, ResultDone)
		}
		c, err := ParseCheckpoint(mustCheckpoint(t, l), cfg.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		raw, details, err := l.Leaves(t.Context(), Position(tree.Size()), Position(c.Size))
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseLeaves(raw)
		if err != nil {
			t.Fatal(err)
		}
		if entries, err := b.Entries(); err != nil || len(entries) != len(details) || entries[0].Position != b.From {
			t.Fatalf("entries of the batch: %v", err)
		}
		before := tree
		var cut *TruncatedError
		if err := before.Check(c); !errors.As(err, &cut) {
			t.Fatalf("without the batch: %v", err)
		}
		if err := tree.Add(b); err != nil {
			t.Fatal(err)
		}
		if err := tree.Check(c); err != nil {
			t.Fatal(err)
		}
		if err := tree.Add(b); !errors.Is(err, ErrRange) {
			t.Fatalf("a batch twice: %v", err)
		}
		b.Leaves[0] = slices.Clone(b.Leaves[0])
		b.Leaves[0][leafHeader-1]++
		if err := before.Add(b); err != nil {
			t.Fatal(err)
		}
		var fork *ForkError
		if err := before.Check(c); !errors.As(err, &fork) {
			t.Fatalf("with a changed leaf: %v", err)
		}
	}
	for _, r := range [][2]Position{{0, 0}, {5, 4}, {0, Position(l.Size()) + 1}} {
		if _, _, err := l.Leaves(t.Context(), r[0], r[1]); !errors.Is(err, ErrRange) {
			t.Errorf("leaves %v: %v", r, err)
		}
	}
}

// A tag key shows its value in no way Go can print.
func TestTagKeyRedacts(t *testing.T) {
	t.Parallel()
	k := TagKey([]byte("0123456789abcdef0123456789abcdef"))
	js, err := json.Marshal(map[string]any{"k": k, "r": Record{Subjects: []TagKey{k}}})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).LogAttrs(context.Background(), slog.LevelInfo, "x", slog.Any("k", k))
	out := []string{string(js), logged.String(), k.String(), k.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c"} {
		out = append(out, fmt.Sprintf(verb, k), fmt.Sprintf(verb, Record{Subjects: []TagKey{k}}))
	}
	for _, s := range out {
		for _, leak := range []string{"0123456789abcdef", "30313233", "48 49 50", "0x30", "110000"} {
			if strings.Contains(s, leak) {
				t.Errorf("leaks %q: %s", leak, s)
			}
		}
	}
}
