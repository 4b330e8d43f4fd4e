package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// ErrUnauthenticated is wrapped by every refusal of a token, whatever the reason. The reason is for the
// log of the service; a caller is told only that the login does not hold.
var ErrUnauthenticated = errors.New("auth: not authenticated")

// ErrIssuerUnavailable reports that nothing could be decided because the issuer, or its keys, could not
// be read. It is not a refusal: the same token may be presented again.
var ErrIssuerUnavailable = errors.New("auth: issuer unavailable")

// A Login is one verified authentication. Only RelyingParty.Verify and Assertion.Verify make one; the
// zero Login refuses (IsZero) and opens nothing. It is immutable, and prints as a fixed word.
type Login struct {
	user     UserID
	profile  string
	nonce    string
	authTime time.Time
	expiry   time.Time
	acr      string
	amr      []string
	second   bool
	employer Employer
}

// An Employer is what an issuer says of where somebody works. The zero Employer says that the profile
// does not ask.
type Employer struct {
	// Asked says that the profile names a claim; without it SIRET is empty.
	Asked bool
	// SIRET is what the claim said, of at most 32 printable characters, unchecked; empty where the issuer
	// did not say.
	SIRET string
}

// User is who authenticated.
func (l Login) User() UserID { return l.user }

// Profile is the name of the profile that accepted the token.
func (l Login) Profile() string { return l.profile }

// Nonce is the value that ties the login to the client that asked for it; never empty in a real Login.
func (l Login) Nonce() string { return l.nonce }

// AuthTime is when the person last gave proof of who they are, to the second. The zero time means that
// the issuer did not say, which step-up reads as long ago.
func (l Login) AuthTime() time.Time { return l.authTime }

// Expiry is when the ID token stops opening sessions.
func (l Login) Expiry() time.Time { return l.expiry }

// ACR is the authentication context class that was obtained (not the one that was asked).
func (l Login) ACR() string { return l.acr }

// AMR lists the authentication methods the issuer named. The caller owns the slice.
func (l Login) AMR() []string { return slices.Clone(l.amr) }

// SecondFactor reports whether the issuer said that the person proved a second thing, as the profile
// reads it (Profile.StrongACRs, Profile.StrongAMRs). An issuer that says nothing says no.
func (l Login) SecondFactor() bool { return l.second }

// Employer is what the issuer says of where the person works. It can refuse an agent, and gives nothing.
func (l Login) Employer() Employer { return l.employer }

// IsZero reports whether l is not the result of a verification.
func (l Login) IsZero() bool { return l.user.IsZero() || l.nonce == "" }

// String never shows the person.
func (l Login) String() string { return "[login]" }

// GoString never shows the person.
func (l Login) GoString() string { return l.String() }

// Format never shows the person, whatever the verb.
func (l Login) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(l.String())) }

// LogValue never shows the person.
func (l Login) LogValue() slog.Value { return slog.StringValue(l.String()) }
