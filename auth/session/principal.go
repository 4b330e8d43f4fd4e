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
	authTime int64    // Unix seconds; 0 = the issuer did not say
	holder   [16]byte // of a visit; zero otherwise
	second   bool
}

// User is who calls; zero in a visit, where nobody logged in.
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

// SecondFactor reports whether the login that opened the session had a second factor. A visit has none.
func (p Principal) SecondFactor() bool { return p.second }

// Visit is what a visit is held for, as Sessions.OpenVisit was told; false where somebody logged in.
func (p Principal) Visit() (holder [16]byte, ok bool) { return p.holder, p.holder != [16]byte{} }

// IsZero reports whether p is nobody: in no session, or neither logged in nor in a visit.
func (p Principal) IsZero() bool {
	return p.session.IsZero() || p.user.IsZero() && p.holder == [16]byte{}
}

// String never shows the person.
func (p Principal) String() string { return "[principal]" }

// GoString never shows the person.
func (p Principal) GoString() string { return p.String() }

// Format never shows the person, whatever the verb.
func (p Principal) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue never shows the person.
func (p Principal) LogValue() slog.Value { return slog.StringValue(p.String()) }
