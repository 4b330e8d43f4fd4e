package seal

import (
	"bytes"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func TestSealedOpensOnlyWithItsKeyAndBinding(t *testing.T) {
	t.Parallel()
	id, stranger := newIdentity(t), newIdentity(t)
	here := Bind(KindDescription, "safe", "document")
	for _, n := range []int{0, 1, 511, 512, 4000, MaxSmall} {
		plain := randomBytes(n)
		c := must(Seal(plain, here, id.Recipient(), newIdentity(t).Recipient()))(t)
		if got := must(id.Open(c.Bytes(), here))(t); !bytes.Equal(got.Reveal(), plain) {
			t.Fatalf("%d bytes came back changed", n)
		}
		if c.Digest() != DigestOf(c.Bytes()) || c.Size() != int64(len(c.Bytes())) {
			t.Fatal("digest or size is of something else")
		}
		if n > 4000 {
			continue
		}
		_, err := stranger.Open(c.Bytes(), here)
		wantErr(t, err, ErrNoKey)
		for _, there := range []Binding{
			Bind(KindDescription, "safe", "other"), Bind(KindDescription, "other", "document"),
			Bind(KindDescription, "safe"), Bind(KindDescription), Bind(KindPieces, "safe", "document"),
			Bind(KindDescription, "safe:document"), Bind(KindDescription, "safe", "document", ""),
		} {
			_, err := id.Open(c.Bytes(), there)
			wantErr(t, err, ErrTampered)
		}
	}
	_, err := Seal(make([]byte, MaxSmall+1), here, id.Recipient())
	wantErr(t, err, ErrSize)
	_, err = Seal(nil, here, make([]Recipient, maxRecipients+1)...)
	wantErr(t, err, ErrSize)
}

func TestHeadersAreAsLongAsDocumented(t *testing.T) {
	t.Parallel()
	to := newIdentity(t).Recipient()
	for n := 1; n <= maxRecipients; n++ {
		raw := must(Seal(nil, Bind(KindWay, "safe"), slices.Repeat([]Recipient{to}, n)...))(t).Bytes()
		header := must(headerOf(raw))(t)
		if want := 1687 + (n-1)*1557; len(header) != want || want > HeaderLimit {
			t.Errorf("%d recipients: header of %d bytes, not %d", n, len(header), want)
		}
	}
}

func TestSmallCiphertextCanBeReadAndHadAgain(t *testing.T) {
	t.Parallel()
	c := must(Seal([]byte("mémo"), Bind(KindService, "safe"), newIdentity(t).Recipient()))(t)
	first := c.Bytes()
	first[0] ^= 1 // a copy: it must not reach what is stored
	read := must(io.ReadAll(c))(t)
	if !bytes.Equal(read, c.Bytes()) || bytes.Equal(read, first) {
		t.Fatal("what is read is not what was sealed")
	}
}

func TestNoTwoListsOfPartsBindAlike(t *testing.T) {
	t.Parallel()
	lists := [][]string{
		nil, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"a\x001:b"}, {"1:a"}, {"a", "b", "c"}, {"abc"},
	}
	seen := map[Binding][]string{}
	for _, k := range []Kind{KindContent, KindInline, KindWay, KindWayInner} {
		for _, parts := range lists {
			b := Bind(k, parts...)
			if before, twice := seen[b]; twice {
				t.Errorf("%s %q binds like %q", k, parts, before)
			}
			seen[b] = parts
		}
	}
	if !Bind("vault").IsZero() {
		t.Error("an unknown kind binds")
	}
}

// foreign headers: what is not exactly ours is refused before any work.
func TestForeignHeadersAreRefused(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	here := Bind(KindDescription, "safe", "document")
	hybrid := must(age.ParseHybridRecipient(id.Recipient().String()))(t)
	scrypt := must(age.NewScryptRecipient("motdepasse"))(t)
	scrypt.SetWorkFactor(10)
	bind := &binder{binding: here}
	many := []age.Recipient{bind}
	for range maxRecipients + 1 {
		many = append(many, hybrid)
	}
	for name, to := range map[string][]age.Recipient{
		"no binding":            {hybrid},
		"two bindings":          {bind, &binder{binding: here}, hybrid},
		"binding last":          {hybrid, bind},
		"binding alone":         {bind},
		"scrypt":                {scrypt},
		"classic":               {must(age.GenerateX25519Identity())(t).Recipient()},
		"a stanza that is ours": {bind, hybrid, stanza{"coffre/other"}},
		"grease":                {bind, stanza{"x-grease"}, hybrid},
		"too many recipients":   many,
		"binding with a body":   {rawStanza{age.Stanza{Type: bindStanza, Args: []string{here.digest}, Body: []byte{1}}}, hybrid},
		"binding with two args": {rawStanza{age.Stanza{Type: bindStanza, Args: []string{here.digest, "x"}}}, hybrid},
	} {
		var raw bytes.Buffer
		w := must(age.Encrypt(&raw, to...))(t)
		_, _ = w.Write(recordPadding.pad([]byte("faux jugement")))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := id.Open(raw.Bytes(), here); err == nil {
			t.Errorf("opened: %s", name)
		} else {
			wantErr(t, err, ErrTampered)
		}
	}
}

// A hostile header may ask for a thousand decapsulations, or scrypt with 4 GiB.
func TestHostileHeaderCostsNoWork(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	here := Bind(KindDescription, "safe", "document")
	sealed := must(Seal(nil, here, id.Recipient()))(t).Bytes()
	line := sealed[bytes.Index(sealed, []byte("-> mlkem")):bytes.Index(sealed, []byte("---"))]
	huge := slices.Concat([]byte("age-encryption.org/v1\n"), bytes.Repeat(line, 1000), []byte("--- "),
		[]byte(base64.RawStdEncoding.EncodeToString(make([]byte, 32))), []byte("\n"))
	scrypt := []byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 22\n" +
		base64.RawStdEncoding.EncodeToString(make([]byte, 32)) + "\n--- " +
		base64.RawStdEncoding.EncodeToString(make([]byte, 32)) + "\n")
	for _, raw := range [][]byte{huge, scrypt, bytes.Repeat([]byte("-> x\n\n"), 1<<16)} {
		least := time.Hour // of several: the machine may be busy with something else
		for range 5 {
			start := time.Now()
			_, err := id.Open(raw, here)
			wantErr(t, err, ErrTampered)
			if least = min(least, time.Since(start)); least < 2*time.Second {
				break
			}
		}
		if least > 2*time.Second {
			t.Errorf("refusing took %v", least) // 1000 decapsulations or scrypt take longer even without load
		}
	}
}

func TestEveryFlippedBitOfASmallValueIsRefused(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	here := Bind(KindInline, "safe", "document")
	c, facts, err := SealInline([]byte("identifiant CAF"), here, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	raw := c.Bytes()
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			if _, err := OpenInline(raw, facts.FileKey, here); err == nil {
				t.Fatalf("bit %d of byte %d: opened by file key", bit, i)
			}
			if bit == i%8 && i < facts.Stored.HeaderSize { // decapsulation is slow: one bit of each byte
				if _, err := id.ReleaseInline(raw, here); err == nil {
					t.Fatalf("bit %d of byte %d: key released", bit, i)
				}
			}
			raw[i] ^= 1 << bit
		}
	}
	if _, err := OpenInline(raw, facts.FileKey, here); err != nil {
		t.Fatal(err)
	}
	for cut := range len(raw) {
		_, err := OpenInline(raw[:cut], facts.FileKey, here)
		wantErr(t, err, ErrTampered)
	}
	_, err = OpenInline(append(raw, 0), facts.FileKey, here)
	wantErr(t, err, ErrTampered)
}

// FuzzHeader: arbitrary bytes never open, and never panic.
func FuzzHeader(f *testing.F) {
	v := readVectors(f).Sealed // not drawn anew: the fuzzer's processes must agree on what was sealed
	id := must(ParseIdentity(NewSecret([]byte(v.Identity))))(f)
	here, sealed := Bind(KindDescription, "safe", "document"), v.Description
	f.Add(sealed)
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAA 10\n\n--- \n"))
	f.Add([]byte(strings.Repeat("-> x\n", 100)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := id.Open(raw, here)
		if (err == nil) != bytes.Equal(raw, sealed) {
			t.Fatalf("opened something else, or not itself: %v", err)
		}
		if header, err := headerOf(raw); err == nil && (!bytes.HasPrefix(raw, header) || len(header) > HeaderLimit) {
			t.Fatal("header is not the start of the object")
		}
	})
}

type stanza struct{ typ string }

func (s stanza) Wrap([]byte) ([]*age.Stanza, error) { return []*age.Stanza{{Type: s.typ}}, nil }
func (s stanza) WrapWithLabels(k []byte) ([]*age.Stanza, []string, error) {
	st, err := s.Wrap(k)
	return st, []string{hybridLabel}, err
}

type rawStanza struct{ s age.Stanza }

func (r rawStanza) Wrap([]byte) ([]*age.Stanza, error) { return []*age.Stanza{&r.s}, nil }
func (r rawStanza) WrapWithLabels(k []byte) ([]*age.Stanza, []string, error) {
	st, err := r.Wrap(k)
	return st, []string{hybridLabel}, err
}
