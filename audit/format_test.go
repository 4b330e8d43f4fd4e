package audit

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var update = flag.Bool("update", false, "write testdata anew")

// vectors is testdata/vectors.json: what FORMAT.md describes, in bytes.
type vectors struct {
	Origin     string      `json:"origin"`
	TagKey     string      `json:"tag_key"`
	Tags       []string    `json:"tags"`
	Leaves     []leafCase  `json:"leaves"`
	Roots      []string    `json:"roots"`
	Batch      string      `json:"batch"`
	Erased     erasedCase  `json:"erased"`
	Verifier   string      `json:"verifier_key"`
	Checkpoint string      `json:"checkpoint"`
	Refused    []badVector `json:"refused"`
}

type leafCase struct {
	What string `json:"what"`
	Leaf string `json:"leaf"`
}

type erasedCase struct {
	Positions []uint64 `json:"positions"`
	Digest    string   `json:"digest"`
}

type badVector struct {
	Why  string `json:"why"`
	Leaf string `json:"leaf"`
}

// makeVectors writes the trail of the vectors: in a bubble, where the clock
// begins at 2000-01-01.
func makeVectors(t *testing.T) (v vectors) {
	cfg := testConfig(t)
	k := subject(1)
	_, vkey, err := note.GenerateKey(seed(1), testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	v.Verifier = vkey
	v.Origin, v.TagKey = testOrigin, hex.EncodeToString(k[:])
	for n := range uint64(3) {
		g := tag(k, testOrigin, n)
		v.Tags = append(v.Tags, hex.EncodeToString(g[:]))
	}
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p := mustBegin(t, l, Record{Op: 258, Subjects: []TagKey{k}, Detail: []byte("sealed intent")})
		time.Sleep(3 * time.Second)
		if err := p.End(context.Background(), ResultDone, []byte("sealed outcome")); err != nil {
			t.Fatal(err)
		}
		mustNote(t, l, Record{Op: 3, Subjects: []TagKey{subject(2), k}}, ResultRefused)
		if err := l.EraseDetails(context.Background(), k); err != nil {
			t.Fatal(err)
		}
		v.Checkpoint = string(mustCheckpoint(t, l))
		raw, _, err := l.Leaves(context.Background(), 0, 4)
		if err != nil {
			t.Fatal(err)
		}
		v.Batch = hex.EncodeToString(raw)
		for size := range uint64(5) {
			root, err := l.RootAt(size)
			if err != nil {
				t.Fatal(err)
			}
			v.Roots = append(v.Roots, hex.EncodeToString(root[:]))
		}
		for e, err := range l.Entries(context.Background(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			v.Leaves = append(v.Leaves, leafCase{e.Stage.String(), hex.EncodeToString(e.Leaf())})
			if e.Stage == StageErasure {
				v.Erased = erasedCase{[]uint64{0, 1}, hex.EncodeToString(e.DetailDigest[:])}
			}
		}
		mustClose(t, l)
	})
	v.Refused = badLeaves(t, v.Leaves)
	return v
}

// badLeaves are neighbours of good leaves that a lax parser would take.
func badLeaves(t *testing.T, good []leafCase) []badVector {
	t.Helper()
	change := func(why string, i int, edit func([]byte) []byte) badVector {
		b, err := hex.DecodeString(good[i].Leaf)
		if err != nil {
			t.Fatal(err)
		}
		return badVector{why, hex.EncodeToString(edit(b))}
	}
	set := func(at int, to byte) func([]byte) []byte { return func(b []byte) []byte { b[at] = to; return b } }
	return []badVector{
		{"empty", ""},
		change("version 2", 0, set(0, 2)),
		change("stage 0", 0, set(1, 0)),
		change("stage 5", 0, set(1, 5)),
		change("operation 0", 0, func(b []byte) []byte { b[2], b[3] = 0, 0; return b }),
		change("intent with a result", 0, set(4, 1)),
		change("result 4", 1, set(4, 4)),
		change("fact without result", 2, set(4, 0)),
		change("unknown flag", 0, set(5, 3)),
		change("flag without digest", 2, set(5, 1)),
		change("zero digest", 0, func(b []byte) []byte { copy(b[len(b)-32:], make([]byte, 32)); return b }),
		change("tag too few", 0, set(6, 0)),
		change("time before 1970", 0, set(7, 0xff)),
		change("byte behind", 0, func(b []byte) []byte { return append(b, 0) }),
		change("byte missing", 0, func(b []byte) []byte { return b[:len(b)-1] }),
		change("erasure with an operation", 3, set(3, 1)),
		change("erasure that failed", 3, set(4, 3)),
		change("erasure without digest", 3, func(b []byte) []byte { b[5] = 0; return b[:len(b)-32] }),
	}
}

// The bytes are those of FORMAT.md, and stay so.
func TestVectors(t *testing.T) {
	got, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "vectors.json", append(got, '\n'))
	var v vectors
	if err := json.Unmarshal(got, &v); err != nil {
		t.Fatal(err)
	}
	var tree Tree
	for i, c := range v.Leaves {
		raw := unhex(t, c.Leaf)
		e, err := ParseLeaf(raw)
		if err != nil {
			t.Fatalf("%s: %v", c.What, err)
		}
		if !bytes.Equal(e.Leaf(), raw) {
			t.Errorf("%s is written otherwise than read", c.What)
		}
		tree.add(tlog.RecordHash(raw))
		if root := tree.Root(); hex.EncodeToString(root[:]) != v.Roots[i+1] {
			t.Errorf("root over %d leaves is %x", i+1, root)
		}
	}
	verifier, err := note.NewVerifier(v.Verifier)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ParseCheckpoint([]byte(v.Checkpoint), verifier); err != nil || tree.Check(c) != nil {
		t.Errorf("checkpoint: %v, %v", err, tree.Check(c))
	}
	if b, err := ParseLeaves(unhex(t, v.Batch)); err != nil || len(b.Leaves) != len(v.Leaves) {
		t.Errorf("batch: %v", err)
	}
	text := []byte("coffre/erased/v1\x00")
	for _, n := range v.Erased.Positions {
		text = binary.BigEndian.AppendUint64(text, n)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != v.Erased.Digest {
		t.Errorf("digest of the erased positions is %x", sum)
	}
	for n, want := range v.Tags {
		m := hmac.New(sha256.New, unhex(t, v.TagKey))
		m.Write(binary.BigEndian.AppendUint64([]byte("coffre/tag/v1\x00"+v.Origin+"\x00"), uint64(n)))
		if got := hex.EncodeToString(m.Sum(nil)[:16]); got != want {
			t.Errorf("tag %d is %s", n, got)
		}
	}
	for _, c := range v.Refused {
		if _, err := ParseLeaf(unhex(t, c.Leaf)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", c.Why, err)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("testdata/%s differs; go test -update writes it anew, if that is meant\n%s", name, got)
	}
}

// The exported API is a list that somebody has to change on purpose: nothing in
// it alters or removes a leaf. L-53
func TestNoMutatorIsExported(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var api []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() {
				api = append(api, receiver(fn)+fn.Name.Name)
			}
		}
	}
	slices.Sort(api)
	golden(t, "api.txt", []byte(strings.Join(api, "\n")+"\n"))
}

func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	switch r := fn.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		return "*" + r.X.(*ast.Ident).Name + "."
	case *ast.Ident:
		return r.Name + "."
	}
	return "?."
}

// Notes that only look like checkpoints are refused.
func TestParseCheckpointRefuses(t *testing.T) {
	t.Parallel()
	s, v := testKey(t, 1)
	other, _ := testKey(t, 2)
	good := Checkpoint{Origin: testOrigin, Size: 3, Root: tlog.Hash{1}}
	msg, err := good.sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ParseCheckpoint(msg, v); err != nil || c != good {
		t.Fatalf("ParseCheckpoint = %+v, %v", c, err)
	}
	root := "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	foreign, err := good.sign(other)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{
		"empty":       nil,
		"text only":   []byte(good.text()),
		"another key": foreign,
		"too long":    append(bytes.Repeat([]byte("x"), maxNote), msg...),
	}
	for name, text := range map[string]string{
		"extension":       good.text() + "more\n",
		"two lines":       "a\n3\n",
		"no origin":       "\n3\n" + root + "\n",
		"origin a b":      "a b\n3\n" + root + "\n",
		"leading zero":    "a\n03\n" + root + "\n",
		"plus sign":       "a\n+3\n" + root + "\n",
		"negative":        "a\n-3\n" + root + "\n",
		"beyond 63 bits":  "a\n9223372036854775808\n" + root + "\n",
		"short root":      "a\n3\nAQ==\n",
		"loose base64":    "a\n3\n" + strings.Replace(root, "AAA=", "AAB=", 1) + "\n",
		"root not base64": "a\n3\n!\n",
	} {
		bad[name] = signText(t, text)
	}
	for name, msg := range bad {
		if c, err := ParseCheckpoint(msg, v); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	if _, err := ParseCheckpoint(msg, nil); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("no verifier: %v", err)
	}
}
