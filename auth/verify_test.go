package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
)

func TestVerifyGivesTheWholeLogin(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	raw := i.Token(t, authtest.Claims{
		"sub": "léa"[:1] + "-42", "auth_time": at.Unix(), "acr": "eidas1", "amr": []string{"pwd", "mfa"}, "azp": authtest.ClientID,
		"email": "lea@exemple.test",
	})
	l, err := partyOf(t, i).Verify(t.Context(), raw, nonce)
	if err != nil {
		t.Fatal(err)
	}
	if l.User() != i.User(t, "l-42") || !l.AuthTime().Equal(at) || l.ACR() != "eidas1" || len(l.AMR()) != 2 || l.Nonce() != nonce || l.Profile() != i.URL() || l.IsZero() {
		t.Errorf("login lacks something: %v %v %v", l.AuthTime(), l.ACR(), l.AMR())
	}
	if left := time.Until(l.Expiry()); left < 4*time.Minute || left > 5*time.Minute {
		t.Errorf("expires in %v", left)
	}
}

func TestVerifyWithoutAuthTimeSaysUnknown(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	l, err := partyOf(t, i).Verify(t.Context(), i.Token(t, authtest.Claims{"auth_time": nil}), nonce)
	if err != nil || !l.AuthTime().IsZero() {
		t.Errorf("%v %v", l.AuthTime(), err)
	}
}

// TestVerifyRefuses is the negative matrix of claims: one thing wrong in an otherwise good token.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	other := authtest.NewIssuer(t)
	rp := partyOf(t, i)
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for name, c := range map[string]authtest.Claims{
		"wrong audience":            {"aud": "other"},
		"no audience":               {"aud": nil},
		"empty audience":            {"aud": []string{}},
		"two audiences, no azp":     {"aud": []string{authtest.ClientID, "other"}},
		"two audiences, other azp":  {"aud": []string{authtest.ClientID, "other"}, "azp": "other"},
		"one audience, other azp":   {"azp": "other"},
		"azp without audience":      {"aud": "other", "azp": authtest.ClientID},
		"issuer not configured":     {"iss": other.URL()},
		"issuer with a slash":       {"iss": i.URL() + "/"},
		"issuer in capitals":        {"iss": strings.ToUpper(i.URL())},
		"no issuer":                 {"iss": nil},
		"expired":                   {"exp": in(-time.Second), "iat": in(-10 * time.Minute)},
		"no expiry":                 {"exp": nil},
		"not valid yet":             {"nbf": in(2 * time.Minute)},
		"no time of issue":          {"iat": nil},
		"zero time of issue":        {"iat": 0},
		"issued in the future":      {"iat": in(2 * time.Minute)},
		"issued long ago":           {"iat": in(-61 * time.Minute)},
		"no subject":                {"sub": nil},
		"empty subject":             {"sub": ""},
		"long subject":              {"sub": strings.Repeat("s", 256)},
		"subject beyond ASCII":      {"sub": "léa"},
		"subject with a line break": {"sub": "a\nb"},
		"subject as a number":       {"sub": 42},
		"other nonce":               {"nonce": "other"},
		"no nonce":                  {"nonce": nil},
		"longer nonce":              {"nonce": nonce + "x"},
		"logout token":              {"nonce": nil, "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}},
		"events and a nonce":        {"events": map[string]any{}},
		"events null":               {"events": json.RawMessage("null")},
		"access token of Keycloak":  {"typ": "Bearer"},
		"logout token of Keycloak":  {"typ": "Logout"},
		"authenticated long ago":    {"auth_time": in(-25 * time.Hour)},
		"authenticated tomorrow":    {"auth_time": in(24 * time.Hour)},
		"authenticated after issue": {"iat": in(-30 * time.Minute), "auth_time": in(-10 * time.Minute)},
		"auth_time as text":         {"auth_time": "yesterday"},
		"auth_time zero":            {"auth_time": 0},
		"auth_time out of reach":    {"auth_time": 1e300},
	} {
		refused(t, rp, name, i.Token(t, c))
	}
	refused(t, rp, "signed by another issuer", other.Token(t, authtest.Claims{"iss": i.URL()}))
	if _, err := rp.Verify(t.Context(), i.Token(t, nil), nonce); err != nil {
		t.Fatalf("the token without a mistake: %v", err)
	}
}

func TestVerifyRefusesHeaders(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t)
	rp := partyOf(t, i)
	for name, h := range map[string]map[jose.HeaderKey]any{
		"logout token":   {jose.HeaderType: "logout+jwt"},
		"access token":   {jose.HeaderType: "at+jwt"},
		"event token":    {jose.HeaderType: "secevent+jwt"},
		"other kid":      {"kid": "other"},
		"typ not a text": {jose.HeaderType: 7},
	} {
		refused(t, rp, name, i.TokenWith(t, h, nil))
	}
	for name, h := range map[string]map[jose.HeaderKey]any{
		"typ in small letters":       {jose.HeaderType: "jwt"},
		"no typ":                     {jose.HeaderType: nil},
		"no kid where it is the key": {"kid": nil},
	} {
		if _, err := rp.Verify(t.Context(), i.TokenWith(t, h, nil), nonce); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefusesAlgorithms(t *testing.T) {
	t.Parallel()
	i := authtest.NewIssuer(t) // its discovery announces HS256 and none
	rp := partyOf(t, i)
	payload := base64.RawURLEncoding.EncodeToString(i.Payload(t, nil))
	for _, alg := range []string{"none", "None", "NONE", ""} {
		header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":%q}`, alg))
		refused(t, rp, "alg "+alg, header+"."+payload+".")
		refused(t, rp, "alg with a signature "+alg, header+"."+payload+".AAAA")
	}
	key := i.KeySet().Keys[0]
	der, err := x509.MarshalPKIXPublicKey(key.Key)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := key.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string][]byte{"DER": der, "JWK": jwk} {
		refused(t, rp, "HS256 with the public key as "+name, signed(t, jose.HS256, secret, key.KeyID, i.Payload(t, nil)))
	}
	for alg, k := range map[jose.SignatureAlgorithm]crypto.Signer{
		jose.ES384: must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		jose.PS256: must(rsa.GenerateKey(rand.Reader, 2048)),
	} {
		refused(t, rp, string(alg)+" is not pinned", signed(t, alg, k, key.KeyID, i.Payload(t, nil)))
	}
}

// TestVerifyPinsAlgorithms also when the key itself is the issuer's.
func TestVerifyPinsAlgorithms(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.Answer(authtest.KeysPath, jsonAnswer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: priv.Public(), KeyID: "ed", Use: "sig"}}}))
	raw := signed(t, jose.EdDSA, priv, "ed", i.Payload(t, nil))
	refused(t, partyOf(t, i), "EdDSA is not pinned", raw)
	p := i.Profile()
	p.Algs = []string{"EdDSA"}
	if _, err := partyWith(t, i.Transport(), p).Verify(t.Context(), raw, nonce); err != nil {
		t.Errorf("EdDSA is pinned: %v", err)
	}
}

func TestVerifyRefusesKeysNotMeantForSignatures(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	for name, change := range map[string]func(*jose.JSONWebKey){
		"encryption":      func(k *jose.JSONWebKey) { k.Use = "enc" },
		"other algorithm": func(k *jose.JSONWebKey) { k.Algorithm = "RS256" },
		"symmetric":       func(k *jose.JSONWebKey) { k.Key, k.Algorithm = []byte("0123456789abcdef0123456789abcdef"), "HS256" },
	} {
		set := i.KeySet()
		change(&set.Keys[0])
		i.Answer(authtest.KeysPath, jsonAnswer(set))
		refused(t, partyOf(t, i), name, i.Token(t, nil))
	}
}

func TestVerifyChecksTheClassObtained(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	p := i.Profile()
	p.ACRs = []string{"eidas2", "eidas3"}
	rp := partyWith(t, i.Transport(), p)
	for _, acr := range []any{nil, "", "eidas1", "EIDAS2", "eidas22"} {
		refused(t, rp, fmt.Sprint("class ", acr), i.Token(t, authtest.Claims{"acr": acr}))
	}
	if _, err := rp.Verify(t.Context(), i.Token(t, authtest.Claims{"acr": "eidas3"}), nonce); err != nil {
		t.Error(err)
	}
}

func TestVerifyAcceptsOurOtherClients(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	p := i.Profile()
	p.OtherClientIDs = []string{"portal"}
	rp := partyWith(t, i.Transport(), p)
	for name, c := range map[string]authtest.Claims{
		"the other":         {"aud": "portal"},
		"the other, azp":    {"aud": []string{"portal", "api"}, "azp": "portal"},
		"both, azp is ours": {"aud": []string{"portal", authtest.ClientID}, "azp": authtest.ClientID},
	} {
		if _, err := rp.Verify(t.Context(), i.Token(t, c), nonce); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused(t, rp, "azp in no audience of it", i.Token(t, authtest.Claims{"aud": authtest.ClientID, "azp": "portal"}))
}

func TestVerifyRefusesMalformedTokens(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	rp := partyOf(t, i)
	good := i.Token(t, nil)
	parts := strings.Split(good, ".")
	for name, raw := range map[string]string{
		"empty":             "",
		"one part":          parts[0],
		"no signature":      parts[0] + "." + parts[1] + ".",
		"cut signature":     good[:len(good)-4],
		"four parts":        good + ".x",
		"line break":        good + "\n",
		"padding":           good + "=",
		"too long":          parts[0] + "." + strings.Repeat("A", 17<<10) + "." + parts[2],
		"JSON form":         `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"other payload":     parts[0] + "." + base64.RawURLEncoding.EncodeToString(i.Payload(t, authtest.Claims{"sub": "other"})) + "." + parts[2],
		"payload not JSON":  parts[0] + ".AAAA." + parts[2],
		"payload not coded": parts[0] + ".****." + parts[2],
	} {
		refused(t, rp, name, raw)
	}
	for _, n := range []string{"", strings.Repeat("n", 513)} {
		if _, err := rp.Verify(t.Context(), i.Token(t, authtest.Claims{"nonce": n}), n); !errors.Is(err, auth.ErrUnauthenticated) {
			t.Errorf("nonce of %d bytes: %v", len(n), err)
		}
	}
}

func TestLoginsAndUsersNeverPrint(t *testing.T) {
	t.Parallel()
	i := authtest.NewBubbleIssuer(t)
	l, err := partyOf(t, i).Verify(t.Context(), i.Token(t, authtest.Claims{"sub": "canary"}), nonce)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, l, &l, l.User(), []any{l.User(), l})
	}
	j, err := json.Marshal(map[auth.UserID]any{l.User(): []any{l, l.User()}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "l", l, "u", l.User())
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "l", l, "u", l.User())
	if s := out.String(); strings.Contains(s, "canary") || strings.Contains(s, "issuer.test") || strings.Contains(s, fmt.Sprintf("%x", "canary")) {
		t.Errorf("printed: %s", s)
	}
}

func signed(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, payload []byte) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": kid}})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
