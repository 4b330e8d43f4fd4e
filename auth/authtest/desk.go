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

// Login is a verified login of subject, made for the key pub.
func (d *Desk) Login(t testing.TB, subject string, key *session.ClientKey) auth.Login {
	t.Helper()
	nonce := session.NewNonce(key.Public())
	l, err := d.Party.Verify(t.Context(), d.Issuer.Token(t, Claims{"sub": subject, "nonce": nonce}), nonce)
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

// Open logs subject in and opens a session.
func (d *Desk) Open(t testing.TB, subject string) Visitor {
	t.Helper()
	key := session.NewClientKey()
	token, p, err := d.Sessions.Open(t.Context(), d.Login(t, subject, key), key.Public())
	if err != nil {
		t.Fatalf("open a session for %s: %v", subject, err)
	}
	return Visitor{Principal: p, Key: key, Token: token}
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
