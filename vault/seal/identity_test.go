package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestIdentityAndRecipientHaveOneTextEach(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	again := must(ParseIdentity(id.Text()))(t)
	if again.Recipient() != id.Recipient() || string(again.Text().Reveal()) != string(id.Text().Reveal()) {
		t.Fatal("an identity does not survive its text")
	}
	r := id.Recipient()
	if must(ParseRecipient(r.String()))(t) != r || must(RecipientFromBytes(r.Bytes()))(t) != r {
		t.Fatal("a recipient does not survive its text or its bytes")
	}
	if len(r.String()) != 1959 || len(r.Bytes()) != 1216 {
		t.Fatalf("lengths %d and %d are not those documented", len(r.String()), len(r.Bytes()))
	}
	if _, err := ParseIdentityFor(id.Text(), r); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyHybridKeysInTheirOneSpellingAreTaken(t *testing.T) {
	t.Parallel()
	classic := must(age.GenerateX25519Identity())(t)
	id := newIdentity(t)
	recipient, secret := id.Recipient().String(), string(id.Text().Reveal())
	for name, text := range map[string]string{
		"empty": "", "classic": classic.Recipient().String(), "upper case": strings.ToUpper(recipient),
		"mixed case": strings.ToUpper(recipient[:40]) + recipient[40:], "white space": recipient + "\n",
		"cut": recipient[:len(recipient)-1], "longer": recipient + "q", "an identity": secret,
		"one character": recipient[:100] + "b" + recipient[101:], "prefix alone": "age1pq1",
		"short key": bech32Encode(recipientPrefix, make([]byte, 32)),
	} {
		if text == recipient {
			continue // the replaced character was that one
		}
		_, err := ParseRecipient(text)
		if err == nil {
			t.Errorf("recipient taken: %s", name)
		} else {
			wantErr(t, err, ErrKeyText)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "classic": classic.String(), "lower case": strings.ToLower(secret), "white space": secret + "\n",
		"cut": secret[:len(secret)-1], "a recipient": recipient,
	} {
		_, err := ParseIdentity(NewSecret([]byte(text)))
		if err == nil {
			t.Errorf("identity taken: %s", name)
			continue
		}
		wantErr(t, err, ErrKeyText)
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes the text: %s", name)
		}
	}
}

func TestAPlantedIdentityIsRefused(t *testing.T) {
	t.Parallel()
	planted, named := newIdentity(t), newIdentity(t).Recipient()
	_, err := ParseIdentityFor(planted.Text(), named)
	wantErr(t, err, ErrTampered)
	_, err = ParseIdentityFor(NewSecret([]byte("AGE-SECRET-KEY-PQ-1")), named)
	wantErr(t, err, ErrTampered)
}

func TestSecretIsGoneFromEveryCopyOnceWiped(t *testing.T) {
	t.Parallel()
	b := []byte("attestation CAF")
	s := NewSecret(b)
	other := s
	s.Wipe()
	if !other.IsZero() || other.Reveal() != nil || strings.Trim(string(b), "\x00") != "" {
		t.Fatal("a copy still has it")
	}
	Secret{}.Wipe()
	if !NewSecret(nil).IsZero() || !(Secret{}).IsZero() {
		t.Fatal("nothing is not zero")
	}
}

func FuzzParseRecipient(f *testing.F) {
	id := newIdentity(f)
	f.Add(id.Recipient().String())
	f.Add("age1pq1")
	f.Add("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRecipient(text)
		if err != nil {
			if !r.IsZero() {
				t.Fatal("a refused recipient is not zero")
			}
			return
		}
		if r.String() != text {
			t.Fatal("a second spelling was taken")
		}
	})
}

// The keys that are taken are those that age takes, and each has one form.
func FuzzRecipientFromBytes(f *testing.F) {
	raw := must(NewIdentity())(f).Recipient().Bytes()
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add(append(bytes.Clone(raw), 0))
	f.Add(bytes.Repeat([]byte{0xff}, len(raw))) // numbers beyond the modulus
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := RecipientFromBytes(raw)
		_, ageErr := Recipient{raw: string(raw)}.age()
		if (err == nil) != (ageErr == nil) {
			t.Fatalf("%v here, %v there", err, ageErr)
		}
		if err != nil && !errors.Is(err, ErrKeyText) || err == nil && !bytes.Equal(r.Bytes(), raw) {
			t.Fatalf("refused with %v, or changed", err)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	f.Add(string(newIdentity(f).Text().Reveal()))
	f.Add("AGE-SECRET-KEY-PQ-1")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseIdentity(NewSecret([]byte(text)))
		if err == nil && string(id.Text().Reveal()) != text {
			t.Fatal("a second spelling was taken")
		}
	})
}

func FuzzBech32(f *testing.F) {
	f.Add("coffre-verify", []byte{0, 1, 2, 255})
	f.Fuzz(func(t *testing.T, prefix string, data []byte) {
		text := bech32Encode(prefix, data)
		if back := must(bech32Decode(prefix, text))(t); string(back) != string(data) {
			t.Fatal("data does not survive")
		}
	})
}
