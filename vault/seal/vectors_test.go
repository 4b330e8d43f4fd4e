package seal

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

const vectorsFile = "testdata/vectors.json"

var update = flag.Bool("update", false, "write "+vectorsFile+" anew; only for a new format, old objects must still open")

// vectors is testdata/vectors.json, whose fields FORMAT.md names. What is drawn
// at random when sealing must open; everything else must come out the same.
type vectors struct {
	Bindings []struct {
		Kind   Kind
		Parts  []string
		Digest string
	}
	Padding []struct {
		Kind             Kind
		Length, Padded   int64
		DetailPaddedSize int64
	}
	Codes []struct {
		Typed, Sheet, Printed string
		Recipient             Digest // of its text
	}
	Signing struct {
		Key, Verify, Fingerprint string
		Payload                  []byte
		Signed                   map[SignedKind][]byte
		NoteName, NoteText       string
		Note                     []byte
	}
	Journal struct {
		Key, TagKey, AD, Detail, Sealed []byte
		Batch                           []byte // of Sealed and an erased detail
	}
	Pieces struct {
		Documents    []string
		Descriptions [][]byte
		FileKeys     [][]byte
		Plain        []byte
	}
	Sealed struct { // all to Identity
		Identity, Second    string
		Description, Pieces []byte // bound to parts "safe", "document"; "safe", "bundle"
		Inline, Content     []byte // bound to parts "safe", "document", "object"
		Stored              Stored
		Way                 []byte // the text of Second, nested in Second (inner) and Identity (outer); parts "safe", "way"
		Pair                []byte // the same in Identity (inner), Second (middle) and Identity (outer), as if they were three; parts "safe", "pair"
		Plain               []byte
	}
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	var v vectors
	d := json.NewDecoder(bytes.NewReader(must(os.ReadFile(vectorsFile))(t)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectorsOfBindingsPaddingAndCodes(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	for _, b := range v.Bindings {
		if got := Bind(b.Kind, b.Parts...); got.digest != b.Digest {
			t.Errorf("%s %q binds as %s", b.Kind, b.Parts, got.digest)
		}
	}
	for _, p := range v.Padding {
		policy, ok := p.Kind.padding()
		if !ok || policy.padded(p.Length) != p.Padded || detailPadding.padded(p.Length) != p.DetailPaddedSize {
			t.Errorf("%s of %d bytes is padded to %d, a detail to %d", p.Kind, p.Length, policy.padded(p.Length), detailPadding.padded(p.Length))
		}
	}
	for _, c := range v.Codes {
		code := must(ParseCode(c.Typed))(t)
		id := must(code.Identity(c.Sheet))(t)
		if string(code.Printed().Reveal()) != c.Printed || DigestOf([]byte(id.Recipient().String())) != c.Recipient {
			t.Errorf("%q on %q gives another identity", c.Typed, c.Sheet)
		}
	}
	if len(v.Bindings) < 5 || len(v.Padding) < 8 || len(v.Codes) < 2 {
		t.Error("vectors are missing")
	}
}

func TestVectorsOfSignatures(t *testing.T) {
	t.Parallel()
	v := readVectors(t).Signing
	key := must(ParseSigningKey(NewSecret([]byte(v.Key))))(t)
	if key.Public().String() != v.Verify || key.Public().Fingerprint() != v.Fingerprint {
		t.Errorf("the key is %s, %s", key.Public(), key.Public().Fingerprint())
	}
	for _, kind := range envelopeKinds {
		if s := must(key.Sign(kind, v.Payload))(t); !bytes.Equal(s.Bytes(), v.Signed[kind]) {
			t.Errorf("signed as %s: %x", kind, s.Bytes())
		}
	}
	msg := must(note.Sign(&note.Note{Text: v.NoteText}, must(key.NoteSigner(v.NoteName))(t)))(t)
	if !bytes.Equal(msg, v.Note) {
		t.Errorf("note %q", msg)
	}
}

func TestVectorsOfJournalAndPieces(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	j := v.Journal
	key := must(ParseJournalKey(NewSecret(j.Key)))(t)
	if tag := key.TagKey(); !bytes.Equal(tag[:], j.TagKey) {
		t.Errorf("tag key %x", tag)
	}
	if got := must(key.Open(j.Sealed, j.AD))(t); !bytes.Equal(got, j.Detail) {
		t.Errorf("detail %q", got)
	}
	if c := must(DetailBatch([][]byte{j.Sealed, nil}))(t); !bytes.Equal(c.Bytes(), j.Batch) {
		t.Errorf("batch %x", c.Bytes())
	}
	if plain := must(marshalPieces(v.pieces(t)))(t); !bytes.Equal(plain, v.Pieces.Plain) {
		t.Errorf("pieces %x", plain)
	}
}

func (v vectors) pieces(t *testing.T) []Piece {
	t.Helper()
	var ps []Piece
	for i, document := range v.Pieces.Documents {
		p := Piece{Document: document, Description: v.Pieces.Descriptions[i]}
		if k := v.Pieces.FileKeys[i]; len(k) > 0 {
			p.FileKey = must(ParseFileKey(NewSecret(k)))(t)
		}
		ps = append(ps, p)
	}
	return ps
}

func TestVectorsThatWereSealedStillOpen(t *testing.T) {
	t.Parallel()
	all := readVectors(t)
	v := all.Sealed
	id, second := must(ParseIdentity(NewSecret([]byte(v.Identity))))(t), must(ParseIdentity(NewSecret([]byte(v.Second))))(t)
	b := func(k Kind) Binding { return Bind(k, "safe", "document", "object") }
	if got := must(id.Open(v.Description, Bind(KindDescription, "safe", "document")))(t); !bytes.Equal(got.Reveal(), v.Plain) {
		t.Error("description")
	}
	got := must(id.OpenPieces(v.Pieces, Bind(KindPieces, "safe", "bundle")))(t)
	if plain := must(marshalPieces(got))(t); !bytes.Equal(plain, all.Pieces.Plain) {
		t.Error("pieces")
	}
	if got := must(OpenInline(v.Inline, must(id.ReleaseInline(v.Inline, b(KindInline)))(t), b(KindInline)))(t); !bytes.Equal(got.Reveal(), v.Plain) {
		t.Error("inline")
	}
	key := must(id.ReleaseFileKey(v.Content[:v.Stored.HeaderSize], v.Stored, b(KindContent)))(t)
	r := must(OpenContent(t.Context(), source(v.Content, nil), v.Stored, key, b(KindContent)))(t)
	if got := must(io.ReadAll(io.NewSectionReader(r, 0, r.Size())))(t); !bytes.Equal(got, v.Plain) {
		t.Error("content")
	}
	text := must(OpenNested(v.Way, Bind(KindWay, "safe", "way"), id, Bind(KindWayInner, "safe", "way"), second))(t)
	must(ParseIdentityFor(text, second.Recipient()))(t)
	text = must(OpenPaired(v.Pair, Bind(KindWay, "safe", "pair"), id, Bind(KindWayMiddle, "safe", "pair"), second, Bind(KindWayInner, "safe", "pair"), id))(t)
	must(ParseIdentityFor(text, second.Recipient()))(t)
}

// TestWriteVectors writes new random parts, and what follows from the inputs
// that stand in the file. It does nothing without -update, and is not skipped
// then: nothing is left untested.
func TestWriteVectors(t *testing.T) {
	if !*update {
		return
	}
	v := readVectors(t)
	for i, b := range v.Bindings {
		v.Bindings[i].Digest = Bind(b.Kind, b.Parts...).digest
	}
	for i, p := range v.Padding {
		policy, _ := p.Kind.padding()
		v.Padding[i].Padded, v.Padding[i].DetailPaddedSize = policy.padded(p.Length), detailPadding.padded(p.Length)
	}
	for i, c := range v.Codes {
		code := must(ParseCode(c.Typed))(t)
		v.Codes[i].Printed = string(code.Printed().Reveal())
		v.Codes[i].Recipient = DigestOf([]byte(must(code.Identity(c.Sheet))(t).Recipient().String()))
	}
	v.sign(t)
	v.seal(t)
	if err := os.WriteFile(vectorsFile, append(must(json.MarshalIndent(v, "", "  "))(t), '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (v *vectors) sign(t *testing.T) {
	t.Helper()
	key := must(NewSigningKey())(t)
	s := &v.Signing
	s.Key, s.Verify, s.Fingerprint = string(key.Text().Reveal()), key.Public().String(), key.Public().Fingerprint()
	s.Signed = map[SignedKind][]byte{}
	for _, kind := range envelopeKinds {
		s.Signed[kind] = must(key.Sign(kind, s.Payload))(t).Bytes()
	}
	s.Note = must(note.Sign(&note.Note{Text: s.NoteText}, must(key.NoteSigner(s.NoteName))(t)))(t)
}

func (v *vectors) seal(t *testing.T) {
	t.Helper()
	journal := must(NewJournalKey())(t)
	tag, j := journal.TagKey(), &v.Journal
	j.Key, j.TagKey, j.Sealed = journal.Export().Reveal(), tag[:], must(journal.Seal(j.Detail, j.AD))(t)
	j.Batch = must(DetailBatch([][]byte{j.Sealed, nil}))(t).Bytes()
	v.Pieces.Plain = must(marshalPieces(v.pieces(t)))(t)

	id, second, s := newIdentity(t), newIdentity(t), &v.Sealed
	s.Identity, s.Second = string(id.Text().Reveal()), string(second.Text().Reveal())
	to := id.Recipient()
	s.Description = must(Seal(s.Plain, Bind(KindDescription, "safe", "document"), to))(t).Bytes()
	s.Pieces = must(SealPieces(v.pieces(t), Bind(KindPieces, "safe", "bundle"), to))(t).Bytes()
	inline, _, err := SealInline(s.Plain, Bind(KindInline, "safe", "document", "object"), to)
	if err != nil {
		t.Fatal(err)
	}
	s.Inline = inline.Bytes()
	o := sealObject(t, s.Plain, to)
	s.Content, s.Stored = o.raw, o.facts.Stored
	s.Way = must(SealNested(second.Text(), Bind(KindWayInner, "safe", "way"), second.Recipient(), Bind(KindWay, "safe", "way"), to))(t).Bytes()
	s.Pair = must(SealPaired(second.Text(), Bind(KindWayInner, "safe", "pair"), to, Bind(KindWayMiddle, "safe", "pair"), second.Recipient(), Bind(KindWay, "safe", "pair"), to))(t).Bytes()
}
