package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func signText(t testing.TB, text string) []byte {
	t.Helper()
	s, _ := testKey(t, 1)
	msg, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func loadVectors(f *testing.F) (v vectors) {
	f.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		f.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		f.Fatal(err)
	}
	return v
}

// Whatever parses is written back byte for byte: no two strings are one leaf.
func FuzzParseLeaf(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Leaves {
		f.Add(unhex(f, c.Leaf))
	}
	for _, c := range v.Refused {
		f.Add(unhex(f, c.Leaf))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseLeaf(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		if !bytes.Equal(e.Leaf(), b) {
			t.Fatalf("%s is written back as %s", hex.EncodeToString(b), hex.EncodeToString(e.Leaf()))
		}
	})
}

// The same for batches.
func FuzzParseLeaves(f *testing.F) {
	good := unhex(f, loadVectors(f).Batch)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(append(bytes.Clone(good), 0))
	f.Add([]byte(batchMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		batch, err := ParseLeaves(b)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		if !bytes.Equal(batch.Bytes(), b) {
			t.Fatal("a batch is written back otherwise")
		}
		if _, err := batch.Entries(); err != nil {
			t.Fatalf("a parsed batch has no entries: %v", err)
		}
	})
}

// The same for the text of a checkpoint; the note around it is signed here, so
// that the fuzzer gets past the signature.
func FuzzParseCheckpoint(f *testing.F) {
	_, v := testKey(f, 1)
	f.Add([]byte("a\n3\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), false)
	f.Add([]byte("a\n03\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n"), false)
	f.Add([]byte(loadVectors(f).Checkpoint), true)
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		msg := b
		if !whole {
			s, _ := testKey(t, 1)
			signed, err := note.Sign(&note.Note{Text: string(b)}, s)
			if err != nil {
				return
			}
			msg = signed
		}
		c, err := ParseCheckpoint(msg, v)
		if err != nil {
			if !errors.Is(err, ErrCheckpoint) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		if !bytes.HasPrefix(msg, []byte(c.text()+"\n")) {
			t.Fatalf("%q is read as %q", msg, c.text())
		}
	})
}

// Any bytes in the place of the file end in an error or a report: no panic, no
// endless walk.
func FuzzVerify(f *testing.F) {
	cfg, notes := smallTrail(f)
	good, err := os.ReadFile(cfg.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(4096*3+8), []byte{1, 0, 255, 255})
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		raw := bytes.Clone(good)
		copy(raw[int(at)%len(raw):], patch)
		r, err := verify(t.Context(), bytes.NewReader(raw), int64(len(raw)), cfg.Verifier, notes)
		if err == nil && (r.Size != 14 || r.Origin != testOrigin) {
			t.Fatalf("another trail verifies: %+v", r)
		}
	})
}
