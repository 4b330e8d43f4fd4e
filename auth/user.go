package auth

import (
	"errors"
	"fmt"
	"log/slog"
)

// ErrUserID reports a pair (issuer, subject) that cannot name a person.
var ErrUserID = errors.New("auth: not a user id")

// maxIssuer and maxSubject bound what is stored and compared. OpenID Connect Core §2 limits a subject to
// 255 ASCII characters; the issuer gets the same bound.
const (
	maxIssuer  = 255
	maxSubject = 255
)

// A UserID names a person at their issuer. Two people are the same person only if both halves are equal
// byte for byte; an e-mail address or a name never takes part. It is comparable, and its zero value names
// nobody. It prints as a fixed word: whom a line of log speaks of is not for the log.
type UserID struct{ issuer, subject string }

// NewUserID returns the id of subject at issuer. The issuer must be an acceptable issuer address (https,
// or http on loopback, without query, fragment or user part; at most 255 bytes), the subject 1 to 255
// printable ASCII characters; otherwise the error wraps ErrUserID.
func NewUserID(issuer, subject string) (UserID, error) {
	if err := checkIssuer(issuer); err != nil {
		return UserID{}, fmt.Errorf("%w: %w", ErrUserID, err)
	}
	if err := checkSubject(subject); err != nil {
		return UserID{}, err
	}
	return UserID{issuer: issuer, subject: subject}, nil
}

func checkSubject(subject string) error {
	if len(subject) == 0 || len(subject) > maxSubject {
		return fmt.Errorf("%w: subject of %d bytes", ErrUserID, len(subject))
	}
	for i := range len(subject) {
		if c := subject[i]; c < 0x20 || c > 0x7e {
			return fmt.Errorf("%w: subject holds byte %#02x", ErrUserID, c)
		}
	}
	return nil
}

// Issuer is the address of the OpenID issuer, exactly as configured; of a partner program a word that is
// no address.
func (u UserID) Issuer() string { return u.issuer }

// Subject is the issuer's own name for the person.
func (u UserID) Subject() string { return u.subject }

// IsZero reports whether u names nobody.
func (u UserID) IsZero() bool { return u == UserID{} }

// String never shows the person.
func (u UserID) String() string { return "[user]" }

// GoString never shows the person.
func (u UserID) GoString() string { return u.String() }

// Format never shows the person, whatever the verb.
func (u UserID) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(u.String())) }

// LogValue never shows the person.
func (u UserID) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText never shows the person: what stores a UserID writes its two halves on purpose.
func (u UserID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }
