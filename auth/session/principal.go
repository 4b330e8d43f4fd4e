package session

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// ID is the public handle of a session. It says nothing about the person and opens nothing.
type ID [16]byte

// String is the handle in lower-case hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id is the handle of no session.
func (id ID) IsZero() bool { return id == ID{} }

// A Principal is an authenticated caller. Only this package makes one; the zero Principal is nobody and
// is refused everywhere. It is comparable, immutable, and prints as a fixed word. It does not say that
// the session still lives: ask Sessions.Live.
type Principal struct {
	user     auth.UserID
	session  ID
	authTime int64 // Unix seconds; 0 = the issuer did not say
}

// User is who calls.
func (p Principal) User() auth.UserID { return p.user }

// Session is the handle of the session the call was made in.
func (p Principal) Session() ID { return p.session }

// AuthTime is when the person last gave proof of who they are. The zero time means that the issuer did
// not say, which step-up reads as long ago.
func (p Principal) AuthTime() time.Time {
	if p.authTime == 0 {
		return time.Time{}
	}
	return time.Unix(p.authTime, 0)
}

// IsZero reports whether p is nobody.
func (p Principal) IsZero() bool { return p.user.IsZero() || p.session.IsZero() }

// String never shows the person.
func (p Principal) String() string { return "[principal]" }

// GoString never shows the person.
func (p Principal) GoString() string { return p.String() }

// Format never shows the person, whatever the verb.
func (p Principal) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue never shows the person.
func (p Principal) LogValue() slog.Value { return slog.StringValue(p.String()) }
