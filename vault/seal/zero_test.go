package seal

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// Whoever forgets a key, a binding or a recipient gets an error, never less
// protection and never a panic.
func TestZeroValuesRefuse(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	to, small, content, inline := id.Recipient(), Bind(KindService, "safe"), Bind(KindContent, "safe"), Bind(KindInline, "safe")
	pieces := Bind(KindPieces, "safe")
	o := sealObject(t, []byte("x"), to)
	sealed := must(Seal([]byte("x"), small, to))(t).Bytes()
	src, st, key := source(o.raw, nil), o.facts.Stored, o.facts.FileKey
	header := o.raw[:st.HeaderSize]
	none, never := (*Identity)(nil), &Identity{}
	for name, err := range map[string]error{
		"Seal binding":              second(Seal(nil, Binding{}, to)),
		"Seal no recipient":         second(Seal(nil, small)),
		"Seal zero recipient":       second(Seal(nil, small, to, Recipient{})),
		"Open nil":                  second(none.Open(sealed, small)),
		"Open zero":                 second(never.Open(sealed, small)),
		"Open binding":              second(id.Open(sealed, Binding{})),
		"SealContent binding":       second(SealContent(bytes.NewReader(nil), 0, Binding{}, to)),
		"SealContent source":        second(SealContent(nil, 0, content, to)),
		"SealContent recipient":     second(SealContent(bytes.NewReader(nil), 0, content, Recipient{})),
		"Facts nil":                 second((*Content)(nil).Facts()),
		"Facts zero":                second(new(Content).Facts()),
		"Read nil ciphertext":       second((*Ciphertext)(nil).Read(make([]byte, 1))),
		"Read zero ciphertext":      second(new(Ciphertext).Read(make([]byte, 1))),
		"ReleaseFileKey nil":        second(none.ReleaseFileKey(header, st, content)),
		"ReleaseFileKey facts":      second(id.ReleaseFileKey(header, Stored{}, content)),
		"ReleaseFileKey binding":    second(id.ReleaseFileKey(header, st, Binding{})),
		"OpenContent key":           second(OpenContent(t.Context(), src, st, FileKey{}, content)),
		"OpenContent source":        second(OpenContent(t.Context(), nil, st, key, content)),
		"OpenContent facts":         second(OpenContent(t.Context(), src, Stored{}, key, content)),
		"OpenContent binding":       second(OpenContent(t.Context(), src, st, key, Binding{})),
		"Check facts":               Stored{}.Check(t.Context(), src),
		"ReadAt nil":                second((*ContentReader)(nil).ReadAt(make([]byte, 1), 0)),
		"ReadAt zero":               second(new(ContentReader).ReadAt(make([]byte, 1), 0)),
		"SealInline binding":        third(SealInline(nil, Binding{}, to)),
		"SealInline recipient":      third(SealInline(nil, inline, Recipient{})),
		"OpenInline key":            second(OpenInline(sealed, FileKey{}, inline)),
		"OpenInline binding":        second(OpenInline(sealed, key, Binding{})),
		"ReleaseInline nil":         second(none.ReleaseInline(sealed, inline)),
		"Code":                      second(Code{}.Identity("sheet")),
		"Code sheet":                second(must(NewCode())(t).Identity("")),
		"SealNested secret":         second(SealNested(Secret{}, small, to, small, to)),
		"SealNested inner":          second(SealNested(id.Text(), small, Recipient{}, small, to)),
		"SealNested outer":          second(SealNested(id.Text(), small, to, small)),
		"OpenNested":                second(OpenNested(sealed, small, none, small, none)),
		"OpenNested inner identity": second(OpenNested(sealed, small, never, small, id)),
		"SealPieces binding":        second(SealPieces([]Piece{{Document: "a"}}, Binding{}, to)),
		"OpenPieces binding":        second(id.OpenPieces(sealed, Binding{})),
		"OpenPieces nil":            second(none.OpenPieces(sealed, pieces)),
		"Sign nil":                  second((*SigningKey)(nil).Sign(SignedEntry, []byte("x"))),
		"Sign zero":                 second(new(SigningKey).Sign(SignedEntry, []byte("x"))),
		"NoteSigner nil":            second((*SigningKey)(nil).NoteSigner("a")),
		"NoteVerifier zero":         second(VerifyKey{}.NoteVerifier("a")),
		"VerifySigned":              second(VerifySigned(sealed, SignedEntry)),
		"SignedNote":                second(SignedNote(nil, note.Verifier(nil))),
		"JournalKey Seal":           second(JournalKey{}.Seal(nil, nil)),
		"JournalKey Open":           second(JournalKey{}.Open(nil, nil)),
	} {
		if !errors.Is(err, ErrUnset) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestZeroValuesAreEmpty(t *testing.T) {
	t.Parallel()
	if !(*Identity)(nil).Recipient().IsZero() || !new(Identity).Text().IsZero() || (Recipient{}).String() != "" ||
		len((Recipient{}).Bytes()) != 0 || !(*SigningKey)(nil).Public().IsZero() || !new(SigningKey).Text().IsZero() ||
		!(Code{}).Printed().IsZero() || !(FileKey{}).ExportFileKey().IsZero() || !(JournalKey{}).Export().IsZero() ||
		(JournalKey{}).TagKey() != [32]byte{} {
		t.Error("a zero key has something in it")
	}
	var c *Ciphertext
	var s *Signed
	if c.Size() != 0 || c.Bytes() != nil || !c.Digest().IsZero() || (*Content)(nil).Ciphertext() != nil ||
		s.Size() != 0 || s.Bytes() != nil || s.Payload() != nil || !s.Digest().IsZero() || s.Kind() != "" || !s.Key().IsZero() ||
		!new(Signed).Digest().IsZero() || !new(Ciphertext).Digest().IsZero() || (*ContentReader)(nil).Size() != 0 {
		t.Error("nothing has something in it")
	}
}

// Each function handles its own kinds, so that no content is opened without its
// segment digests and no piece without its form.
func TestFunctionsKeepToTheirKinds(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	to := id.Recipient()
	o := sealObject(t, []byte("x"), to)
	content, inline, small := o.bind, Bind(KindInline, "x"), Bind(KindService, "x")
	for name, err := range map[string]error{
		"Seal content":           second(Seal(nil, content, to)),
		"Seal inline":            second(Seal(nil, inline, to)),
		"Open content":           second(id.Open(o.raw, content)),
		"Open inline":            second(id.Open(o.raw, inline)),
		"SealContent inline":     second(SealContent(bytes.NewReader(nil), 0, inline, to)),
		"SealInline content":     third(SealInline(nil, content, to)),
		"ReleaseFileKey small":   second(id.ReleaseFileKey(nil, o.facts.Stored, small)),
		"ReleaseInline content":  second(id.ReleaseInline(o.raw, content)),
		"OpenInline content":     second(OpenInline(o.raw, o.facts.FileKey, content)),
		"OpenContent small":      second(OpenContent(t.Context(), source(o.raw, nil), o.facts.Stored, o.facts.FileKey, small)),
		"SealPieces service":     second(SealPieces([]Piece{{Document: "a"}}, small, to)),
		"OpenPieces service":     second(id.OpenPieces(o.raw, small)),
		"SealNested of contents": second(SealNested(id.Text(), content, to, small, to)),
	} {
		if !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func TestDigestHasOneText(t *testing.T) {
	t.Parallel()
	d := DigestOf([]byte("x"))
	if must(ParseDigest(d.String()))(t) != d || d.IsZero() || !(Digest{}).IsZero() {
		t.Fatal("a digest does not survive its text")
	}
	for _, bad := range []string{"", d.String()[1:], d.String() + "0", "G" + d.String()[1:], "2D711642B726B04401627CA9FBAC32F5C8530FB1903CC4DB02258717921A4881"} {
		_, err := ParseDigest(bad)
		wantErr(t, err, ErrTampered)
	}
}
