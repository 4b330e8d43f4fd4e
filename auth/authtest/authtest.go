// Package authtest gives tests real logins: a real issuer, real verification, real sessions.
package authtest

import (
	"context"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
)

// Issuer is a real OpenID issuer that signs what the test asks for.
type Issuer struct{}

// NewIssuer serves over a loopback socket.
func NewIssuer(t testing.TB) *Issuer { panic("unfinished") }

// NewBubbleIssuer serves over memory alone, so that it also works in a synctest bubble.
func NewBubbleIssuer(t testing.TB) *Issuer { panic("unfinished") }

// URL is the issuer's address.
func (i *Issuer) URL() string { panic("unfinished") }

// Transport reaches the issuer.
func (i *Issuer) Transport() http.RoundTripper { panic("unfinished") }

// Profile accepts this issuer.
func (i *Issuer) Profile() auth.Profile { panic("unfinished") }

// User is the id of a subject of this issuer.
func (i *Issuer) User(subject string) auth.UserID { panic("unfinished") }

// Claims override the defaults; a nil value removes the claim.
type Claims map[string]any

// Token is a signed ID token.
func (i *Issuer) Token(c Claims) string { panic("unfinished") }

// Desk is an issuer, a relying party and sessions, all real, all in memory.
type Desk struct {
	Issuer   *Issuer
	Party    *auth.RelyingParty
	Sessions *session.Sessions
}

// NewDesk works in a synctest bubble too; it is closed when the test ends.
func NewDesk(t testing.TB) *Desk { panic("unfinished") }

// Visitor is somebody with an open session.
type Visitor struct {
	Principal session.Principal
	Key       *session.ClientKey
	Token     session.Token
}

// Open logs subject in and opens a session.
func (d *Desk) Open(t testing.TB, subject string) Visitor { panic("unfinished") }

// Credentials for one call by v.
func (v Visitor) Credentials(t testing.TB, method string) session.Credentials { panic("unfinished") }

// Principal is a real principal of subject, at a desk of its own.
func Principal(t testing.TB, subject string) session.Principal { panic("unfinished") }

// MemoryStore is a session.Store in memory.
type MemoryStore struct{}

// NewMemoryStore is empty.
func NewMemoryStore() *MemoryStore { panic("unfinished") }

// Put implements session.Store.
func (m *MemoryStore) Put(ctx context.Context, id [32]byte, rec []byte, until time.Time) error {
	panic("unfinished")
}

// Get implements session.Store.
func (m *MemoryStore) Get(ctx context.Context, id [32]byte) ([]byte, error) { panic("unfinished") }

// Delete implements session.Store.
func (m *MemoryStore) Delete(ctx context.Context, id [32]byte) error { panic("unfinished") }

// All implements session.Store.
func (m *MemoryStore) All(ctx context.Context) iter.Seq2[session.Stored, error] {
	panic("unfinished")
}
