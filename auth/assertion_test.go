package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
)

const (
	audience = "https://coffre.example"
	program  = "mfrggzdfmztwq2lknnwg23tpoa"
)

// partnerKeys are one key of each kind.
func partnerKeys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"EdDSA": ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "ES256": curve}
}

func partnerKey(t testing.TB, key crypto.Signer) auth.PartnerKey {
	t.Helper()
	k, err := auth.NewPartnerKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// verify reads and verifies.
func verify(raw string, key auth.PartnerKey, audience, nonce string) (auth.Login, error) {
	a, err := auth.ReadAssertion(raw)
	if err != nil {
		return auth.Login{}, err
	}
	return a.Verify(key, audience, nonce)
}

func TestAnAssertionIsALogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, key := range partnerKeys(t) {
			raw, err := auth.SignAssertion(key, program, audience, nonce)
			if err != nil {
				t.Fatal(err)
			}
			l, err := verify(raw, partnerKey(t, key), audience, nonce)
			want, _ := auth.NewPartnerID(program)
			if err != nil || l.User() != want || !l.User().IsPartner() || l.Nonce() != nonce || l.SecondFactor() || l.IsZero() {
				t.Errorf("%s: %v", name, err)
			}
			if !l.Expiry().Equal(time.Now().Add(time.Minute)) {
				t.Errorf("%s: holds until %v", name, l.Expiry())
			}
			time.Sleep(time.Minute)
			if _, err := verify(raw, partnerKey(t, key), audience, nonce); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s: a minute later: %v", name, err)
			}
		}
	})
}

// sign makes a compact JWS of whatever is given.
func sign(t testing.TB, key crypto.Signer, header, payload string) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	head := enc([]byte(header)) + "." + enc([]byte(payload))
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return head + "." + enc(ed25519.Sign(k, []byte(head)))
	case *ecdsa.PrivateKey:
		sum := sha256.Sum256([]byte(head))
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return head + "." + enc(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	t.Fatalf("a key of type %T", key)
	return ""
}

// payloadWith are good claims, some of them replaced; a nil leaves one out.
func payloadWith(t testing.TB, changed map[string]any) string {
	t.Helper()
	now := time.Now().Unix()
	claims := map[string]any{"iss": program, "sub": program, "aud": audience, "jti": nonce, "iat": now, "exp": now + 60}
	for name, v := range changed {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	b, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Row by row what an assertion may not be.
func TestAnAssertionIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Unix()
		bad := map[string]map[string]any{
			"another audience": {"aud": "https://autre.example"}, "two audiences": {"aud": []string{audience, "https://autre.example"}},
			"no audience": {"aud": nil}, "an empty audience": {"aud": []string{}}, "an audience of another kind": {"aud": 7},
			"about somebody else": {"sub": "nfrggzdfmztwq2lknnwg23tpoa"}, "about nobody": {"sub": nil}, "by nobody": {"iss": nil},
			"another login's nonce": {"jti": "another"}, "no nonce": {"jti": nil},
			"expired": {"iat": now - 120, "exp": now - 60}, "expires now": {"iat": now - 60, "exp": now}, "no end": {"exp": nil},
			"six minutes": {"exp": now + 360}, "made in two minutes": {"iat": now + 120, "exp": now + 180}, "no beginning": {"iat": nil},
			"ends before it begins": {"iat": now + 30, "exp": now + 20}, "not yet": {"nbf": now + 120}, "a fraction": {"exp": float64(now) + 60.5},
			"a text for a time": {"exp": fmt.Sprint(now + 60)}, "before time began": {"iat": 0},
		}
		for name, key := range partnerKeys(t) {
			header, public := `{"alg":"`+name+`"}`, partnerKey(t, key)
			for what, changed := range bad {
				if _, err := verify(sign(t, key, header, payloadWith(t, changed)), public, audience, nonce); !errors.Is(err, auth.ErrUnauthenticated) {
					t.Errorf("%s, %s: %v", name, what, err)
				}
			}
			if _, err := verify(sign(t, key, header, payloadWith(t, map[string]any{"aud": []string{audience}, "nbf": now})), public, audience, nonce); err != nil {
				t.Errorf("%s, a list of one: %v", name, err)
			}
			twice := strings.Replace(payloadWith(t, nil), `{`, `{"iss":"`+program+`",`, 1)
			if _, err := verify(sign(t, key, header, twice), public, audience, nonce); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s, a claim twice: %v", name, err)
			}
		}
	})
}

// The registered key says which algorithm, never the assertion: none, an HMAC
// under the public key, another key's.
func TestTheKeySaysTheAlgorithm(t *testing.T) {
	t.Parallel()
	keys := partnerKeys(t)
	enc := base64.RawURLEncoding.EncodeToString
	for name, key := range keys {
		public, payload := partnerKey(t, key), payloadWith(t, nil)
		hs := func(secret []byte) string {
			head := enc([]byte(`{"alg":"HS256"}`)) + "." + enc([]byte(payload))
			m := hmac.New(sha256.New, secret)
			m.Write([]byte(head))
			return head + "." + enc(m.Sum(nil))
		}
		other := map[string]string{"EdDSA": "ES256", "ES256": "EdDSA"}[name]
		for what, raw := range map[string]string{
			"none":                  enc([]byte(`{"alg":"none"}`)) + "." + enc([]byte(payload)) + ".",
			"HS256, the key's DER":  hs(public.Bytes()),
			"HS256, nothing":        hs(nil),
			"another key":           sign(t, keys[other], `{"alg":"`+other+`"}`, payload),
			"another algorithm":     sign(t, key, `{"alg":"`+other+`"}`, payload),
			"a critical header":     sign(t, key, `{"alg":"`+name+`","crit":["b64"],"b64":true}`, payload),
			"an ID token's type":    sign(t, key, `{"alg":"`+name+`","typ":"at+jwt"}`, payload),
			"a type of no text":     sign(t, key, `{"alg":"`+name+`","typ":7}`, payload),
			"white space":           sign(t, key, `{"alg":"`+name+`"}`, payload) + "\n",
			"a changed signature":   sign(t, key, `{"alg":"`+name+`"}`, payload) + "A",
			"an empty one":          "",
			"longer than 4 KiB":     sign(t, key, `{"alg":"`+name+`","x":"`+strings.Repeat("x", 4096)+`"}`, payload),
			"padding in the base64": sign(t, key, `{"alg":"`+name+`"}`, payload) + "=",
		} {
			if _, err := verify(raw, public, audience, nonce); !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		good := sign(t, key, `{"alg":"`+name+`"}`, payload)
		for what, err := range map[string]error{
			"no key":      second(verify(good, auth.PartnerKey{}, audience, nonce)),
			"no audience": second(verify(good, public, "", nonce)),
			"no nonce":    second(verify(good, public, audience, "")),
			"nobody's":    second(auth.Assertion{}.Verify(public, audience, nonce)),
		} {
			if !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestOnlyTwoKindsOfKeysAreRegistered(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{p384, big} {
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.ParsePartnerKey(der); !errors.Is(err, auth.ErrPartnerKey) {
			t.Errorf("%T: %v", key, err)
		}
		if _, err := auth.SignAssertion(key, program, audience, nonce); !errors.Is(err, auth.ErrPartnerKey) {
			t.Errorf("%T signs: %v", key, err)
		}
	}
	for name, key := range partnerKeys(t) {
		k := partnerKey(t, key)
		back, err := auth.ParsePartnerKey(k.Bytes())
		if err != nil || back != k || len(k.Fingerprint()) != 64 {
			t.Errorf("%s: %v", name, err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.ParsePartnerKey(private); !errors.Is(err, auth.ErrPartnerKey) {
			t.Errorf("%s: the private half: %v", name, err)
		}
		if _, err := auth.ParsePartnerKey(append(k.Bytes(), 0)); !errors.Is(err, auth.ErrPartnerKey) {
			t.Errorf("%s: with a byte more: %v", name, err)
		}
	}
}

// Nobody who logs in at an issuer can have the id of a partner program.
func TestAPartnerIsNobodysLogin(t *testing.T) {
	t.Parallel()
	id, err := auth.NewPartnerID(program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewUserID(id.Issuer(), id.Subject()); !errors.Is(err, auth.ErrUserID) {
		t.Errorf("a person may be called like it: %v", err)
	}
	if back, err := auth.RestoreUserID(id.Issuer(), id.Subject()); err != nil || back != id {
		t.Errorf("it comes back as %v", err)
	}
	if _, err := auth.New(auth.Config{Profiles: []auth.Profile{auth.Generic("p", id.Issuer(), "client")}}); err == nil {
		t.Error("an issuer may be called like it")
	}
	person, err := auth.NewUserID("https://issuer.test", program)
	if err != nil || person.IsPartner() {
		t.Errorf("a person is a program: %v", err)
	}
	for _, bad := range []string{"", strings.Repeat("x", 256), "é"} {
		if _, err := auth.NewPartnerID(bad); !errors.Is(err, auth.ErrUserID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAnAssertionDoesNotPrint(t *testing.T) {
	t.Parallel()
	key := partnerKeys(t)["EdDSA"]
	raw, err := auth.SignAssertion(key, program, audience, nonce)
	if err != nil {
		t.Fatal(err)
	}
	a, err := auth.ReadAssertion(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s", a, a, a), a.LogValue().String()} {
		if strings.Contains(s, program) || strings.Contains(s, raw) {
			t.Errorf("it prints: %s", s)
		}
	}
}

// FuzzReadAssertion: nothing that anybody sends is believed without a signature
// of the registered key, or breaks the reader.
func FuzzReadAssertion(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good, err := auth.SignAssertion(key, program, audience, nonce)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("..")
	f.Add("e30.e30.")
	f.Add(strings.Replace(good, ".", "..", 1))
	public, err := auth.NewPartnerKey(key.Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := auth.ReadAssertion(raw)
		if err != nil {
			if !errors.Is(err, auth.ErrUnauthenticated) || !a.IsZero() {
				t.Fatalf("%v", err)
			}
			return
		}
		// Seeds are signed once for each process, so one that another process of the
		// fuzzer signed a second before is good as well: only the signature tells.
		if l, err := a.Verify(public, audience, nonce); err == nil && !signedBy(key, raw) {
			t.Fatalf("believed: %q, %v", raw, l)
		}
	})
}

// signedBy checks a compact signature of EdDSA without the library under test.
func signedBy(key ed25519.PrivateKey, raw string) bool {
	end := strings.LastIndex(raw, ".")
	if end < 0 {
		return false
	}
	sig, err := base64.RawURLEncoding.Strict().DecodeString(raw[end+1:])
	return err == nil && ed25519.Verify(key.Public().(ed25519.PublicKey), []byte(raw[:end]), sig)
}

// FuzzPartnerKey: a key has one spelling.
func FuzzPartnerKey(f *testing.F) {
	for _, key := range partnerKeys(f) {
		f.Add(partnerKey(f, key).Bytes())
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		k, err := auth.ParsePartnerKey(der)
		if err != nil {
			if !k.IsZero() || !errors.Is(err, auth.ErrPartnerKey) {
				t.Fatalf("%v", err)
			}
			return
		}
		if string(k.Bytes()) != string(der) {
			t.Fatalf("%x is read as %x", der, k.Bytes())
		}
	})
}

// vector is the worked example of ASSERTION.md. Bytes are hexadecimal.
type vector struct {
	Seed        string `json:"program_key_seed"`
	Public      string `json:"program_public_key"` // SubjectPublicKeyInfo
	Fingerprint string `json:"program_key_sha256"`
	Client      string `json:"client_id"`
	Audience    string `json:"audience"`
	ClientSeed  string `json:"client_key_seed"`
	Salt        string `json:"nonce_salt"`
	Nonce       string `json:"nonce"`
	Header      string `json:"header"`
	Claims      string `json:"claims"`
	Assertion   string `json:"assertion"`
}

// The example is what this package signs (Ed25519 signs one way only), and is
// accepted at its time.
func TestTheWorkedExample(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/assertion.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	seed, clientSeed, salt := unhex(t, v.Seed), unhex(t, v.ClientSeed), unhex(t, v.Salt)
	client, _ := ed25519.NewKeyFromSeed(clientSeed).Public().(ed25519.PublicKey)
	if got := session.Nonce(client, salt); got != v.Nonce {
		t.Errorf("nonce is %s", got)
	}
	key := ed25519.NewKeyFromSeed(seed)
	if got := sign(t, key, v.Header, v.Claims); got != v.Assertion {
		t.Errorf("assertion is %s", got)
	}
	public, err := auth.ParsePartnerKey(unhex(t, v.Public))
	if err != nil || public != partnerKey(t, key) || public.Fingerprint() != v.Fingerprint {
		t.Errorf("public key is %x: %v", partnerKey(t, key).Bytes(), err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(1790000000, 0)))
		if l, err := verify(v.Assertion, public, v.Audience, v.Nonce); err != nil || l.User().Subject() != v.Client {
			t.Error(err)
		}
		if raw, err := auth.SignAssertion(key, v.Client, v.Audience, v.Nonce); err != nil || raw != v.Assertion {
			t.Errorf("it is signed as %s, %v", raw, err)
		}
	})
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
