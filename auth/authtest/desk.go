package authtest

import (
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
)

// A Desk is an issuer, a relying party that accepts it and the sessions that logins open: all real, all
// in memory, so that it also works in a synctest bubble.
type Desk struct {
	Issuer   *Issuer
	Party    *auth.RelyingParty
	Sessions *session.Sessions
	Store    *MemoryStore
}

// NewDesk is closed when the test ends.
func NewDesk(t testing.TB) *Desk {
	t.Helper()
	i := NewBubbleIssuer(t)
	party, err := auth.New(auth.Config{Profiles: []auth.Profile{i.Profile()}, Transport: i.Transport()})
	if err != nil {
		t.Fatalf("relying party: %v", err)
	}
	store := NewMemoryStore()
	sessions, err := session.New(t.Context(), session.Config{Store: store})
	if err != nil {
		t.Fatalf("sessions: %v", err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error("close sessions:", err)
		}
	})
	return &Desk{Issuer: i, Party: party, Sessions: sessions, Store: store}
}

// Login is a verified login of subject, made for the key pub, with a password and a second factor.
func (d *Desk) Login(t testing.TB, subject string, key *session.ClientKey) auth.Login {
	t.Helper()
	return d.LoginWith(t, subject, key, "pwd", "otp")
}

// LoginWith is Login by the named methods (RFC 8176); with "pwd" alone, or none, there is no second factor.
func (d *Desk) LoginWith(t testing.TB, subject string, key *session.ClientKey, methods ...string) auth.Login {
	t.Helper()
	nonce := session.NewNonce(key.Public())
	l, err := d.Party.Verify(t.Context(), d.Issuer.Token(t, Claims{"sub": subject, "nonce": nonce, "amr": methods}), nonce)
	if err != nil {
		t.Fatalf("log %s in: %v", subject, err)
	}
	return l
}

// A Visitor is somebody with an open session.
type Visitor struct {
	Principal session.Principal
	Key       *session.ClientKey
	Token     session.Token
}

// Open logs subject in, with a second factor, and opens a session.
func (d *Desk) Open(t testing.TB, subject string) Visitor {
	t.Helper()
	return d.OpenWith(t, subject, "pwd", "otp")
}

// OpenWith is Open by the named methods, as in LoginWith.
func (d *Desk) OpenWith(t testing.TB, subject string, methods ...string) Visitor {
	t.Helper()
	key := session.NewClientKey()
	token, p, err := d.Sessions.Open(t.Context(), d.LoginWith(t, subject, key, methods...), key.Public())
	if err != nil {
		t.Fatalf("open a session for %s: %v", subject, err)
	}
	return Visitor{Principal: p, Key: key, Token: token}
}

// Visit opens a visit for holder in v's session, with v's key.
func (d *Desk) Visit(t testing.TB, v Visitor, holder [16]byte, until time.Time) Visitor {
	t.Helper()
	token, p, err := d.Sessions.OpenVisit(t.Context(), v.Principal, holder, until)
	if err != nil {
		t.Fatalf("open a visit: %v", err)
	}
	return Visitor{Principal: p, Key: v.Key, Token: token}
}

// Credentials are those of one call by v, made now.
func (v Visitor) Credentials(method string) session.Credentials {
	return session.Credentials{Token: v.Token, Proof: v.Key.Prove(v.Token, method, time.Now()), Method: method}
}

// Principal is a real principal of subject, at a desk of its own. Its session lives until the test ends.
func Principal(t testing.TB, subject string) session.Principal {
	t.Helper()
	return NewDesk(t).Open(t, subject).Principal
}
