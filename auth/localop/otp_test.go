package localop

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"
)

// rfcSecret is the SHA-1 secret of RFC 6238, appendix B.
const rfcSecret = "12345678901234567890"

// The vectors of RFC 6238, appendix B, SHA-1; ours are their last six digits.
func TestOneTimeCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	s := OTPSecret{key: [otpKeySize]byte([]byte(rfcSecret))}
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := s.Code(time.Unix(at, 0)); got != want[2:] {
			t.Errorf("at %d: %s, want %s", at, got, want[2:])
		}
	}
}

// The vectors of RFC 4226, appendix D: the counter is the step.
func TestOneTimeCodesAreThoseOfRFC4226(t *testing.T) {
	t.Parallel()
	s := OTPSecret{key: [otpKeySize]byte([]byte(rfcSecret))}
	for step, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		if got := s.code(uint64(step)); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
}

func TestSecretIsTypedOrScanned(t *testing.T) {
	t.Parallel()
	s := OTPSecret{key: [otpKeySize]byte([]byte(rfcSecret))}
	if got := s.Reveal(); got != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Errorf("to be typed: %s", got)
	}
	got := s.URI("Coffre du CCAS", "lea.martin")
	u, err := url.Parse(got)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Coffre du CCAS:lea.martin" || strings.Contains(got, "+") {
		t.Errorf("to be scanned: %s, %v", got, err)
	}
	q := u.Query()
	if q.Get("secret") != s.Reveal() || q.Get("issuer") != "Coffre du CCAS" || q.Get("algorithm") != "SHA1" || q.Get("digits") != "6" || q.Get("period") != "30" {
		t.Errorf("to be scanned: %v", q)
	}
	for _, wrong := range []string{"", "GEZDGNBV", s.Reveal() + "\n", strings.ToLower(s.Reveal()), s.Reveal()[1:] + "="} {
		if _, err := ParseOTPSecret(wrong); !errors.Is(err, ErrOTPSecret) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func FuzzParseOTPSecret(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	f.Add("GEZDGNBVGY3TQOJQ\nGEZDGNBVGY3TQOJQ")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseOTPSecret(text); err == nil && s.Reveal() != text {
			t.Fatalf("%q has a second spelling", text)
		}
	})
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	s := OTPSecret{key: [otpKeySize]byte([]byte(rfcSecret))}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb, s, &s)
	}
	j, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s)
	for _, leak := range []string{rfcSecret, s.Reveal(), fmt.Sprintf("%x", rfcSecret), "49 50 51"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("printed: %s", out.String())
		}
	}
}
