package seal

import (
	"bytes"
	"crypto/ed25519"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

var envelopeKinds = []SignedKind{SignedEntry, SignedLeaves, SignedGravestone, SignedReceipt}

func TestSignedIsOfItsKindAndKey(t *testing.T) {
	t.Parallel()
	key, other := must(NewSigningKey())(t), must(NewSigningKey())(t)
	payload := []byte("entrée 12")
	for _, kind := range envelopeKinds {
		s := must(key.Sign(kind, payload))(t)
		got := must(VerifySigned(s.Bytes(), kind, other.Public(), key.Public()))(t)
		if !bytes.Equal(got.Payload(), payload) || got.Key() != key.Public() || got.Kind() != kind ||
			got.Digest() != DigestOf(s.Bytes()) || got.Size() != int64(len(s.Bytes())) {
			t.Fatal("what was verified is not what was signed")
		}
		for _, wrong := range envelopeKinds {
			if wrong != kind {
				_, err := VerifySigned(s.Bytes(), wrong, key.Public())
				wantErr(t, err, ErrTampered)
			}
		}
		_, err := VerifySigned(s.Bytes(), kind, other.Public(), VerifyKey{})
		wantErr(t, err, ErrTampered)
		_, err = VerifySigned(s.Bytes(), kind)
		wantErr(t, err, ErrUnset)
	}
	for _, kind := range []SignedKind{"", "vault", SignedCheckpoint} {
		_, err := key.Sign(kind, payload)
		wantErr(t, err, ErrKind)
		_, err = VerifySigned(must(key.Sign(SignedEntry, payload))(t).Bytes(), kind, key.Public())
		wantErr(t, err, ErrKind)
	}
	for _, n := range []int{0, MaxSigned} {
		_, err := key.Sign(SignedEntry, make([]byte, n))
		wantErr(t, err, ErrSize)
	}
	if s := must(key.Sign(SignedEntry, make([]byte, MaxSigned-envelopeSize)))(t); s.Size() != MaxSigned {
		t.Errorf("the largest has %d bytes", s.Size())
	}
}

func TestEveryFlippedBitOfAnEnvelopeIsRefused(t *testing.T) {
	t.Parallel()
	key := must(NewSigningKey())(t)
	raw := must(key.Sign(SignedEntry, []byte("entrée")))(t).Bytes()
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			_, err := VerifySigned(raw, SignedEntry, key.Public())
			wantErr(t, err, ErrTampered)
			raw[i] ^= 1 << bit
		}
	}
	for cut := range len(raw) {
		_, err := VerifySigned(raw[:cut], SignedEntry, key.Public())
		wantErr(t, err, ErrTampered)
	}
	_, err := VerifySigned(append(bytes.Clone(raw), 0), SignedEntry, key.Public())
	wantErr(t, err, ErrTampered)
	_, err = VerifySigned(addOrder(raw), SignedEntry, key.Public())
	wantErr(t, err, ErrTampered)
	must(VerifySigned(raw, SignedEntry, key.Public()))(t)
}

// addOrder gives the other spelling of an Ed25519 signature: S plus the order of
// the group, which a careless verifier accepts.
func addOrder(raw []byte) []byte {
	raw = bytes.Clone(raw)
	s := raw[envelopeSize-32 : envelopeSize]
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	slices.Reverse(s) // little endian
	new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(s)
	slices.Reverse(s)
	return raw
}

func TestSignedIsACopyOfWhatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	key := must(NewSigningKey())(t)
	payload := []byte("entrée")
	s := must(key.Sign(SignedEntry, payload))(t)
	raw := s.Bytes()
	got := must(VerifySigned(raw, SignedEntry, key.Public()))(t)
	payload[0], raw[len(raw)-1] = 'x', 'x'
	s.Payload()[0], got.Bytes()[20] = 'x', 'x'
	if string(s.Payload()) != "entrée" || string(got.Payload()) != "entrée" || got.Digest() != s.Digest() {
		t.Fatal("a signed thing was changed from outside")
	}
}

func TestSigningKeysHaveOneTextEach(t *testing.T) {
	t.Parallel()
	key := must(NewSigningKey())(t)
	text, public := string(key.Text().Reveal()), key.Public()
	if must(ParseSigningKey(key.Text()))(t).Public() != public || must(ParseVerifyKey(public.String()))(t) != public {
		t.Fatal("a key does not survive its text")
	}
	for name, bad := range map[string]string{
		"empty": "", "lower case": strings.ToLower(text), "white space": " " + text, "cut": text[:len(text)-1],
		"kelvin sign": strings.Replace(text, "K", "\u212a", 1), "public": public.String(),
		"short": strings.ToUpper(bech32Encode(signingKeyPrefix, make([]byte, 31))),
	} {
		_, err := ParseSigningKey(NewSecret([]byte(bad)))
		if err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantErr(t, err, ErrKeyText)
	}
	for _, bad := range []string{"", text, strings.ToUpper(public.String()), VerifyKey{}.String(), bech32Encode(verifyKeyPrefix, make([]byte, 33))} {
		_, err := ParseVerifyKey(bad)
		wantErr(t, err, ErrKeyText)
	}
	if f := public.Fingerprint(); len(f) != 39 || strings.Count(f, "-") != 7 || f == must(NewSigningKey())(t).Public().Fingerprint() {
		t.Errorf("fingerprint %s", f)
	}
}

func TestACheckpointIsCheckedAndCarriedVerbatim(t *testing.T) {
	t.Parallel()
	key, other := must(NewSigningKey())(t), must(NewSigningKey())(t)
	signer := must(key.NoteSigner("coffre.example/trail"))(t)
	verifier := must(key.Public().NoteVerifier("coffre.example/trail"))(t)
	text := "coffre.example/trail\n12\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"
	msg := must(note.Sign(&note.Note{Text: text}, signer, must(other.NoteSigner("witness.example"))(t)))(t)
	s := must(SignedNote(msg, verifier))(t)
	if !bytes.Equal(s.Bytes(), msg) || string(s.Payload()) != text || s.Kind() != SignedCheckpoint || !s.Key().IsZero() {
		t.Fatal("the note was changed on its way")
	}
	for i := range bytes.Index(msg, []byte("\n\n")) + 1 {
		bad := bytes.Clone(msg)
		bad[i] ^= 1
		_, err := SignedNote(bad, verifier)
		wantErr(t, err, ErrTampered)
	}
	for _, v := range []note.Verifier{
		must(other.Public().NoteVerifier("coffre.example/trail"))(t), must(key.Public().NoteVerifier("coffre.example/other"))(t),
	} {
		_, err := SignedNote(msg, v)
		wantErr(t, err, ErrTampered)
	}
	_, err := SignedNote(msg, nil)
	wantErr(t, err, ErrUnset)
	_, err = SignedNote(make([]byte, MaxSigned+1), verifier)
	wantErr(t, err, ErrSize)
	for _, name := range []string{"", "two words", "a+b"} {
		_, err := key.NoteSigner(name)
		wantErr(t, err, ErrKeyText)
	}
}

func FuzzVerifySigned(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	signing := &SigningKey{key: veiled(&key)}
	raw := must(signing.Sign(SignedEntry, []byte("entrée")))(f).Bytes()
	f.Add(raw)
	f.Add(addOrder(raw))
	f.Add(raw[:envelopeSize])
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := VerifySigned(in, SignedEntry, signing.Public())
		if err != nil {
			wantErr(t, err, ErrTampered)
			return
		}
		// Ed25519 is deterministic: what verifies is exactly what we would sign.
		if again := must(signing.Sign(SignedEntry, s.Payload()))(t); !bytes.Equal(again.Bytes(), in) {
			t.Fatal("a second signature of the same payload was taken")
		}
	})
}

func FuzzParseVerifyKey(f *testing.F) {
	f.Add(must(NewSigningKey())(f).Public().String())
	f.Add("coffre-verify1")
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := ParseVerifyKey(text); err == nil && v.String() != text {
			t.Fatal("a second spelling was taken")
		}
	})
}
