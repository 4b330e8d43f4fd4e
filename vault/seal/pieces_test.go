package seal

import (
	"bytes"
	"io"
	"testing"
)

func TestABundleLetsSeeOrReadByKeyOnly(t *testing.T) {
	t.Parallel()
	bundle, safe := newIdentity(t), newIdentity(t)
	o := sealObject(t, []byte("quittance de loyer"), safe.Recipient())
	b := Bind(KindPieces, "safe", "bundle", "1")
	sealed := must(SealPieces([]Piece{
		{Document: "read", Description: []byte("quittance"), FileKey: o.facts.FileKey},
		{Document: "see", Description: []byte("ordonnance")},
		{Document: "bare"},
	}, b, bundle.Recipient()))(t)
	got := must(bundle.OpenPieces(sealed.Bytes(), b))(t)
	if len(got) != 3 || got[0].Document != "read" || string(got[1].Description) != "ordonnance" || !got[1].FileKey.IsZero() || !got[2].FileKey.IsZero() {
		t.Fatalf("%d pieces came back changed", len(got))
	}
	r := must(OpenContent(t.Context(), source(o.raw, nil), o.facts.Stored, got[0].FileKey, o.bind))(t)
	if plain := must(io.ReadAll(io.NewSectionReader(r, 0, r.Size())))(t); !bytes.Equal(plain, o.plain) {
		t.Fatal("the piece does not open its document")
	}
	_, err := bundle.OpenPieces(sealed.Bytes(), Bind(KindPieces, "safe", "bundle", "2"))
	wantErr(t, err, ErrTampered)
	_, err = safe.OpenPieces(sealed.Bytes(), b)
	wantErr(t, err, ErrNoKey)
	raw := sealed.Bytes()
	for i := 0; i < len(raw); i += 7 {
		raw[i] ^= 1 << (i % 8)
		if _, err := bundle.OpenPieces(raw, b); err == nil {
			t.Fatalf("byte %d flipped: opened", i)
		}
		raw[i] ^= 1 << (i % 8)
	}
}

func TestPiecesOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	to, b := newIdentity(t).Recipient(), Bind(KindPieces, "safe", "bundle", "1")
	long := make([]Piece, 0, 20)
	for i := range 20 {
		long = append(long, Piece{Document: string(rune('a' + i)), Description: make([]byte, maxDescription)})
	}
	for name, ps := range map[string][]Piece{
		"no id": {{}}, "long id": {{Document: string(make([]byte, 256))}}, "twice": {{Document: "a"}, {Document: "a"}},
		"long description": {{Document: "a", Description: make([]byte, maxDescription+1)}}, "too much": long,
	} {
		if _, err := SealPieces(ps, b, to); err == nil {
			t.Errorf("sealed: %s", name)
		} else {
			wantErr(t, err, ErrSize)
		}
	}
	_, err := SealPieces(nil, b, to)
	wantErr(t, err, ErrUnset)
}

func FuzzParsePieces(f *testing.F) {
	key := must(fileKeyOf(make([]byte, fileKeySize)))(f)
	f.Add(must(marshalPieces([]Piece{{Document: "a", Description: []byte("b"), FileKey: key}, {Document: "c"}}))(f))
	f.Add([]byte{piecesVersion, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0})
	f.Add([]byte{piecesVersion, 1, 'a', 0, 0, 0, 0, 16, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		ps, err := parsePieces(raw)
		if err != nil {
			wantErr(t, err, ErrTampered)
			return
		}
		if again := must(marshalPieces(ps))(t); !bytes.Equal(again, raw) {
			t.Fatal("a second spelling of the same pieces was taken")
		}
	})
}
