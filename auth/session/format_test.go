package session

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// vectors are the values of PROOF.md. All bytes are hexadecimal.
type vectors struct {
	Seed       string `json:"client_key_seed"`
	KeyText    string `json:"client_key_text"`
	PublicKey  string `json:"public_key"`
	Salt       string `json:"login_salt"`
	LoginNonce string `json:"login_nonce"`
	Token      string `json:"token"`
	TokenText  string `json:"coffre_session"`
	TokenHash  string `json:"token_hash"`
	Method     string `json:"method"`
	Time       int64  `json:"time"`
	Nonce      string `json:"proof_nonce"`
	Message    string `json:"signed_message"`
	Proof      string `json:"coffre_proof"`
	Handle     string `json:"session_handle"`
	Issuer     string `json:"issuer"`
	Subject    string `json:"subject"`
	Record     string `json:"session_record"`
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVectors holds the code to PROOF.md.
func TestVectors(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	key := &ClientKey{priv: ed25519.NewKeyFromSeed(unhex(t, v.Seed))}
	token := Token{raw: [32]byte(unhex(t, v.Token))}
	hash := token.hash()
	proof := makeProof(key.priv, hash, v.Method, time.Unix(v.Time, 0), [16]byte(unhex(t, v.Nonce)))
	user, err := auth.NewUserID(v.Issuer, v.Subject)
	if err != nil {
		t.Fatal(err)
	}
	rec := record{
		id: ID(unhex(t, v.Handle)), pub: [32]byte(key.Public()), opened: v.Time - 60, touched: v.Time, idle: 900, authTime: v.Time - 90, second: true, user: user,
	}
	for name, c := range map[string][2]string{
		"client key":  {key.Text(), v.KeyText},
		"public key":  {hex.EncodeToString(key.Public()), v.PublicKey},
		"login nonce": {Nonce(key.Public(), unhex(t, v.Salt)), v.LoginNonce},
		"token":       {token.Reveal(), v.TokenText},
		"token hash":  {hex.EncodeToString(hash[:]), v.TokenHash},
		"message":     {hex.EncodeToString(proofMessage(hash, proof.raw[:25], v.Method)), v.Message},
		"proof":       {proof.Encode(), v.Proof},
		"record":      {hex.EncodeToString(rec.marshal()), v.Record},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, vector %s", name, c[0], c[1])
		}
	}
	if !proof.verify(key.Public(), hash, v.Method) {
		t.Error("the proof does not verify")
	}
}

func TestNonceRefusesWrongLengths(t *testing.T) {
	t.Parallel()
	pub := NewClientKey().Public()
	salt := make([]byte, NonceSaltSize)
	for name, n := range map[string]string{
		"no key": Nonce(nil, salt), "short key": Nonce(pub[:31], salt), "no salt": Nonce(pub, nil), "long salt": Nonce(pub, append(salt, 0)),
		"zero client key": NewNonce((&ClientKey{}).Public()),
	} {
		if n != "" || boundTo(n, pub) {
			t.Errorf("%s: %q", name, n)
		}
	}
	if n := NewNonce(pub); !boundTo(n, pub) || boundTo(n, NewClientKey().Public()) || boundTo(n+"A", pub) || boundTo(n, nil) {
		t.Error("a nonce fits another key, or not its own")
	}
}

func TestZeroKeyProvesNothing(t *testing.T) {
	t.Parallel()
	for _, k := range []*ClientKey{nil, {}} {
		if k.Public() != nil || k.Text() != "" || k.Prove(newToken(), "/m", time.Now()) != (Proof{}) {
			t.Error("a zero key proves something")
		}
	}
}

func TestClientKeyTextComesBack(t *testing.T) {
	t.Parallel()
	k := NewClientKey()
	back, err := ParseClientKey(k.Text())
	if err != nil || !back.Public().Equal(k.Public()) {
		t.Fatal(err)
	}
	for _, s := range []string{"", k.Text() + "A", k.Text() + "\n", strings.TrimPrefix(k.Text(), "coffre"), strings.Replace(k.Text(), "-1:", "-2:", 1)} {
		if _, err := ParseClientKey(s); !errors.Is(err, ErrClientKey) || strings.Contains(err.Error(), k.Text()[25:]) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestTokensAndProofsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	tok := newToken()
	text := tok.Reveal()
	if back, err := ParseToken(text); err != nil || back != tok {
		t.Fatal(err)
	}
	other := text[:42] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", text[42])|1])
	for _, s := range []string{"", text[:42], text + "A", text + "=", text[:42] + "\n", " " + text[1:], other, strings.Repeat("A", 43)} {
		if _, err := ParseToken(s); !errors.Is(err, ErrNoSession) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	tok, key := newToken(), NewClientKey()
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, strings.Repeat(verb, 6), tok, &tok, key, *key, []any{tok, key}, Credentials{Token: tok})
	}
	j, err := json.Marshal([]any{tok, key, *key, Credentials{Token: tok}, &Credentials{Token: tok}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", "t", tok, "k", key, "c", Credentials{Token: tok})
	}
	got := strings.ToLower(out.String())
	for _, secret := range [][]byte{tok.raw[:], key.priv.Seed()} {
		for _, form := range []string{hex.EncodeToString(secret), strings.ToLower(encoding.EncodeToString(secret)), strings.Trim(fmt.Sprint(secret), "[]"), string(bytes.ToLower(secret))} {
			if strings.Contains(got, form) {
				t.Errorf("a secret was printed, as %.10s…", form)
			}
		}
	}
}

func TestElapsedBelievesTheClockThatSawMore(t *testing.T) {
	t.Parallel()
	now := time.Now()
	wall := now.Round(0)
	for name, c := range map[string]struct {
		from time.Time
		want time.Duration
	}{
		"loaded, 5 min ago":            {wall.Add(-5 * time.Minute), 5 * time.Minute},
		"loaded, a little ahead":       {wall.Add(time.Minute), -time.Minute},
		"loaded, from a wrong clock":   {wall.Add(3 * time.Minute), defaultMax},
		"in this process, 5 min ago":   {now.Add(-5 * time.Minute), 5 * time.Minute},
		"in this process, this moment": {now, 0},
	} {
		if got := elapsed(c.from, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReplayForgetsNothingTooEarlyAndEverythingInTime(t *testing.T) {
	t.Parallel()
	var r replay
	var b budget
	now := int64(1_800_000_000)
	for i := range byte(10) {
		if err := r.spend(&b, [16]byte{i}, now+windowSeconds, now); err != nil {
			t.Fatal(err)
		}
	}
	for at := now; at <= now+2*windowSeconds; at++ {
		if err := r.spend(&b, [16]byte{3}, now+windowSeconds, at); !errors.Is(err, ErrProof) {
			t.Fatalf("after %d s: %v", at-now, err)
		}
	}
	if err := r.spend(&b, [16]byte{99}, now+1000, now+1000); err != nil || b.kept != 1 || r.kept != 1 {
		t.Errorf("%d kept: %v", b.kept, err)
	}
	// The clock steps back to where the old nonces were good: they are forgotten, so refused.
	if err := r.spend(&b, [16]byte{3}, now+windowSeconds, now); !errors.Is(err, ErrClock) {
		t.Errorf("after a step back: %v", err)
	}
	r.clear(&b)
	if b.kept != 0 {
		t.Errorf("%d kept after the end", b.kept)
	}
}

func FuzzParseProof(f *testing.F) {
	k := NewClientKey()
	good := k.Prove(newToken(), "/m", time.Unix(1_800_000_000, 0)).Encode()
	for _, s := range []string{good, "", good[:118] + "\n", strings.Repeat("A", 119), good + "="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseProof(s)
		if err != nil {
			if p != (Proof{}) || !errors.Is(err, ErrProof) {
				t.Fatalf("proof with error %v", err)
			}
			return
		}
		if p.Encode() != s {
			t.Fatalf("%q comes back as %q", s, p.Encode())
		}
	})
}

func FuzzParseToken(f *testing.F) {
	for _, s := range []string{newToken().Reveal(), "", strings.Repeat("A", 43), strings.Repeat("-", 43)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := ParseToken(s)
		if err == nil && tok.Reveal() != s || err != nil && tok != (Token{}) {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	u, err := auth.NewUserID("https://issuer.test", "s")
	if err != nil {
		f.Fatal(err)
	}
	good := record{id: ID{1}, opened: 1_800_000_000, touched: 1_800_000_001, idle: 900, user: u}.marshal()
	f.Add(good)
	f.Add(append(good, 0))
	f.Add(good[:len(good)-1])
	f.Add(usedMark())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRecord(b)
		if err != nil {
			if !errors.Is(err, errRecord) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(r.marshal(), b) {
			t.Fatalf("%x comes back as %x", b, r.marshal())
		}
	})
}
