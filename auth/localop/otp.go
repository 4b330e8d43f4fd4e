package localop

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // G505: RFC 6238's default, and what authenticator applications speak; HMAC does not need more.
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

const (
	// otpKeySize is what RFC 4226 §4 recommends.
	otpKeySize = 20
	otpDigits  = 6
	otpModulus = 1_000_000
	// otpStep is RFC 6238's X; T0 is 0.
	otpStep = 30 * time.Second
	// otpTolerance is how many steps a telephone's clock may be off, either way.
	otpTolerance = 1
)

// ErrOTPSecret reports a text that is no secret of ours.
var ErrOTPSecret = errors.New("localop: secret of one-time codes refused")

// An OTPSecret is what an authenticator application is given to make one-time codes (RFC 6238: SHA-1, six
// digits, 30 seconds). It prints as a fixed word. The zero OTPSecret is nobody's.
type OTPSecret struct{ key [otpKeySize]byte }

func newOTPSecret() (s OTPSecret) {
	_, _ = rand.Read(s.key[:]) // never fails
	return s
}

// ParseOTPSecret reads what [OTPSecret.Reveal] wrote. The error wraps ErrOTPSecret.
func ParseOTPSecret(text string) (OTPSecret, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(raw) != otpKeySize {
		return OTPSecret{}, ErrOTPSecret // the cause would quote the text
	}
	s := OTPSecret{key: [otpKeySize]byte(raw)}
	if s.Reveal() != text { // decoders pass over line breaks: a secret has one spelling
		return OTPSecret{}, ErrOTPSecret
	}
	return s, nil
}

// Reveal returns the secret in base32, 32 characters, to be typed into an application by hand.
func (s OTPSecret) Reveal() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.key[:])
}

// URI returns the secret as applications scan it: service and login are what they show beside the code.
func (s OTPSecret) URI(service, login string) string {
	q := url.Values{
		"secret": {s.Reveal()}, "issuer": {service},
		"algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}
	// Applications do not read a plus sign as a space.
	return "otpauth://totp/" + url.PathEscape(service+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Code returns the code of the step that holds at.
func (s OTPSecret) Code(at time.Time) string { return s.code(stepOf(at)) }

// code is RFC 4226 §5.3 with the step as counter.
func (s OTPSecret) code(step uint64) string {
	m := hmac.New(sha1.New, s.key[:])
	_, _ = m.Write(binary.BigEndian.AppendUint64(nil, step)) // never fails
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", otpDigits, binary.BigEndian.Uint32(sum[at:])&0x7fff_ffff%otpModulus)
}

// String never shows the secret.
func (s OTPSecret) String() string { return "[one-time code secret]" }

// GoString never shows the secret.
func (s OTPSecret) GoString() string { return s.String() }

// Format never shows the secret, whatever the verb.
func (s OTPSecret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue never shows the secret.
func (s OTPSecret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText never shows the secret.
func (s OTPSecret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func stepOf(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) / uint64(otpStep/time.Second) }

// otp is the second factor of an account as stored: FORMAT.md.
type otp struct {
	Secret []byte `json:"secret"`
	// Spent is the last step whose code was taken: neither it nor an earlier one is taken again.
	Spent uint64 `json:"spent,omitempty"`
}

func (o *otp) valid() bool { return o == nil || len(o.Secret) == otpKeySize }

// fits compares typed with the code of every step that now tolerates, all of them whatever the first one
// says, and answers the step that it is the code of.
func (o *otp) fits(typed string, now time.Time) (step uint64, ok bool) {
	s, at := OTPSecret{key: [otpKeySize]byte(o.Secret)}, stepOf(now)
	for candidate := at - min(at, otpTolerance); candidate <= at+otpTolerance; candidate++ {
		if subtle.ConstantTimeCompare([]byte(s.code(candidate)), []byte(typed)) == 1 && candidate > o.Spent {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// EnrolOTP gives an account a second factor: from now on its person is asked for a one-time code after the
// password. The secret is returned here and never again; one the account had before ends. The error wraps
// ErrNoAccount or that of the store.
func (p *Provider) EnrolOTP(ctx context.Context, login string) (OTPSecret, error) {
	login, err := checkLogin(login)
	if err != nil {
		return OTPSecret{}, ErrNoAccount
	}
	s, secret := p.accounts, newOTPSecret()
	s.writing.Lock()
	defer s.writing.Unlock()
	rec, err := s.load(ctx, login)
	if err != nil {
		return OTPSecret{}, err
	}
	rec.OTP = &otp{Secret: secret.key[:]}
	return secret, s.save(ctx, rec)
}

// prove checks the one-time code of somebody whose password was right. Wrong code, used code and locked
// account give the same errOTP. Each guess counts before it is compared, with those of the password. It is
// errHalf if password or second factor were set anew meanwhile.
func (s *accounts) prove(ctx context.Context, h half, typed string) (identified, error) {
	rec, err := s.load(ctx, h.login)
	if err != nil {
		return identified{}, err
	}
	shut, err := s.shut(ctx, rec)
	if err != nil {
		return identified{}, err
	}
	if shut || rec.Hash != h.hash || rec.OTP == nil {
		return identified{}, errHalf
	}
	name := s.name(h.login)
	v := s.strikes.guess(name, rec.Failed, time.Unix(rec.LockedUntil, 0))
	step, ok := rec.OTP.fits(normalOTP(typed), time.Now())
	if ok && !v.locked {
		if ok, err = s.spend(ctx, rec, step); err != nil {
			return identified{}, err
		}
	}
	if ok && !v.locked {
		s.strikes.forgive(name)
		return rec.proved("pwd", "otp"), nil
	}
	if v.locks {
		if err := s.lock(ctx, h.login, true, v); err != nil {
			return identified{}, err
		}
	}
	return identified{}, errOTP
}

// spend writes down that the code of a step is used, and that a lock-out is over. Of two who bring the same
// code at the same moment it says no to one.
func (s *accounts) spend(ctx context.Context, seen account, step uint64) (bool, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	rec, err := s.load(ctx, seen.Login)
	if err != nil {
		return false, err
	}
	if rec.Invite != "" || rec.Hash != seen.Hash || rec.OTP == nil || string(rec.OTP.Secret) != string(seen.OTP.Secret) || step <= rec.OTP.Spent {
		return false, nil
	}
	rec.OTP.Spent, rec.Failed, rec.LockedUntil = step, 0, 0
	return true, s.count(ctx, rec)
}

// normalOTP drops the spaces by which applications group digits.
func normalOTP(s string) string {
	if len(s) > maxLogin {
		return ""
	}
	return strings.Join(strings.Fields(s), "")
}
