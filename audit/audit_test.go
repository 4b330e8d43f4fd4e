package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// Fixed keys: vectors depend on them. They sign nothing outside of tests.
const testOrigin = "coffre.example/trail/1"

// A seeded reader makes note.GenerateKey repeatable.
type seed byte

func (s seed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s)
	}
	return len(p), nil
}

func testKey(t testing.TB, s seed) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(s, testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func testConfig(t testing.TB) Config {
	t.Helper()
	s, v := testKey(t, 1)
	return Config{Path: filepath.Join(t.TempDir(), "trail.db"), Origin: testOrigin, Signer: s, Verifier: v}
}

func mustOpen(t testing.TB, cfg Config) *Log {
	t.Helper()
	l, err := Open(cfg)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func mustClose(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func mustBegin(t testing.TB, l *Log, r Record) *Pending {
	t.Helper()
	p, err := l.Begin(context.Background(), r)
	if err != nil {
		t.Fatalf("Begin: %v", err)
	}
	return p
}

func mustNote(t testing.TB, l *Log, r Record, res Result) Position {
	t.Helper()
	pos, err := l.Note(context.Background(), r, res)
	if err != nil {
		t.Fatalf("Note: %v", err)
	}
	return pos
}

func mustCheckpoint(t testing.TB, l *Log) []byte {
	t.Helper()
	msg, err := l.Checkpoint(context.Background())
	if err != nil {
		t.Fatalf("Checkpoint: %v", err)
	}
	return msg
}

func mustVerify(t testing.TB, cfg Config, known ...[]byte) Report {
	t.Helper()
	r, err := Verify(context.Background(), cfg.Path, cfg.Verifier, known...)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return r
}

// copyOf copies the file as it lies there, as a crash would leave it.
func copyOf(t testing.TB, cfg Config) Config {
	t.Helper()
	b, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Path = filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(cfg.Path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func subject(b byte) TagKey { return TagKey(sha256.Sum256([]byte{b})) }

// detail is a sealed detail for tests: 256 bytes that occur nowhere else.
func detail(label string) []byte {
	sum := sha256.Sum256([]byte(label))
	return bytes.Repeat(sum[:], 8)
}

func collect(t testing.TB, l *Log, k TagKey, from uint64) []Entry {
	t.Helper()
	var out []Entry
	for e, err := range l.Journal(context.Background(), k, from) {
		if err != nil {
			t.Fatalf("Journal: %v", err)
		}
		out = append(out, e)
	}
	return out
}

// An act leaves an intent before it and an outcome after it; a refusal leaves
// one fact; all stand in the journal of whom they concern. L-46, L-51
func TestActLeavesIntentAndOutcome(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	l := mustOpen(t, cfg)
	person, agent := subject(1), subject(2)
	p := mustBegin(t, l, Record{Op: 7, Subjects: []TagKey{person, agent}, Detail: detail("who")})
	if err := p.Live(); err != nil {
		t.Fatalf("Live = %v", err)
	}
	if err := p.End(t.Context(), ResultDone, detail("how")); err != nil {
		t.Fatal(err)
	}
	if err := p.Live(); !errors.Is(err, ErrNoIntent) {
		t.Errorf("Live after End = %v", err)
	}
	if err := p.End(t.Context(), ResultFailed, nil); !errors.Is(err, ErrNoIntent) {
		t.Errorf("second End = %v", err)
	}
	mustNote(t, l, Record{Op: 8, Subjects: []TagKey{agent}}, ResultRefused)
	read := mustBegin(t, l, Record{Op: 9, Subjects: []TagKey{person}})
	read.EndLater(ResultDone, nil)
	msg := mustCheckpoint(t, l)
	if got := l.Size(); got != 5 {
		t.Fatalf("Size = %d, want 5", got)
	}
	j := collect(t, l, person, 0)
	want := []Stage{StageIntent, StageOutcome, StageIntent, StageOutcome}
	if len(j) != len(want) {
		t.Fatalf("journal of the person has %d entries: %+v", len(j), j)
	}
	for i, e := range j {
		if e.Stage != want[i] || e.Number != uint64(i/2) {
			t.Errorf("entry %d: %v number %d", i, e.Stage, e.Number)
		}
	}
	if !bytes.Equal(j[0].Detail, detail("who")) || !bytes.Equal(j[1].Detail, detail("how")) || j[1].Of != j[0].Position {
		t.Errorf("details or bond lost: %+v", j[:2])
	}
	if j = collect(t, l, agent, 1); len(j) != 1 || j[0].Stage != StageFact || j[0].Result != ResultRefused {
		t.Errorf("journal of the agent from 1: %+v", j)
	}
	mustClose(t, l)
	r := mustVerify(t, cfg, msg)
	if r.Size != 5 || r.Signed != 5 || r.Open != 0 || r.Details != 2 || r.Checkpoints != 1 || r.Origin != testOrigin {
		t.Errorf("report %+v", r)
	}
}
