// Package session turns a verified login into our own session and is what the API accepts.
package session

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

var (
	// ErrNoSession: unknown, ended, revoked or expired. Wraps auth.ErrUnauthenticated.
	ErrNoSession = fmt.Errorf("session: no such session: %w", auth.ErrUnauthenticated)
	// ErrProof: the proof does not hold, or was used already. Wraps auth.ErrUnauthenticated.
	ErrProof = fmt.Errorf("session: proof refused: %w", auth.ErrUnauthenticated)
	// ErrClock: the proof is sound but its time is more than a minute away from ours. Wraps auth.ErrUnauthenticated.
	ErrClock = fmt.Errorf("session: proof outside the time window: %w", auth.ErrUnauthenticated)
	// ErrLogin: this login opens nothing here: used already, expired, or made for another client key. Wraps auth.ErrUnauthenticated.
	ErrLogin = fmt.Errorf("session: login refused: %w", auth.ErrUnauthenticated)
	// ErrBusy: a limit of this node is reached; the call may be sent again later, with a new proof.
	ErrBusy = errors.New("session: too many at once")
	// ErrNoRecord is what a Store answers for an id it does not hold.
	ErrNoRecord = errors.New("session: no such record")
	// ErrClosed: the Sessions were closed.
	ErrClosed = errors.New("session: closed")
)

// Names of the metadata that carry credentials.
const (
	HeaderToken = "coffre-session"
	HeaderProof = "coffre-proof"
)

// Stored is one record of a Store.
type Stored struct {
	ID    [32]byte
	Value []byte
	Until time.Time
}

// Store keeps session records.
type Store interface {
	Put(ctx context.Context, id [32]byte, rec []byte, until time.Time) error
	Get(ctx context.Context, id [32]byte) ([]byte, error)
	Delete(ctx context.Context, id [32]byte) error
	All(ctx context.Context) iter.Seq2[Stored, error]
}

// Config of Sessions.
type Config struct {
	Store      Store
	Idle       time.Duration // 0 means 15 min
	SharedIdle time.Duration // 0 means 5 min
	Max        time.Duration // 0 means 10 h
	PerUser    int           // 0 means 10
}

// Sessions of this service.
type Sessions struct{}

// New reads the sessions that the store still holds.
func New(ctx context.Context, cfg Config) (*Sessions, error) { panic("unfinished") }

// Close stops the sweeper and waits for it. The sessions stay in the store.
func (s *Sessions) Close() error { panic("unfinished") }

// Open makes a session of a login, on a device of the person's own.
func (s *Sessions) Open(ctx context.Context, l auth.Login, pub ed25519.PublicKey) (Token, Principal, error) {
	panic("unfinished")
}

// OpenShared is Open on a computer that others use too: the session ends after 5 idle minutes.
func (s *Sessions) OpenShared(ctx context.Context, l auth.Login, pub ed25519.PublicKey) (Token, Principal, error) {
	panic("unfinished")
}

// Credentials are what each call carries.
type Credentials struct {
	Token  Token
	Proof  Proof
	Method string // full method name, "/coffre.v1.SafeService/OpenSafe"
}

// Authenticate checks one call and touches the idle limit.
func (s *Sessions) Authenticate(ctx context.Context, c Credentials) (Principal, error) {
	panic("unfinished")
}

// Live reports whether the session of p still lives; it does not touch the idle limit.
func (s *Sessions) Live(p Principal) error { panic("unfinished") }

// Revoke ends the session of p at once.
func (s *Sessions) Revoke(ctx context.Context, p Principal) error { panic("unfinished") }

// RevokeUser ends every session of a user at once.
func (s *Sessions) RevokeUser(ctx context.Context, u auth.UserID) error { panic("unfinished") }

// OnEnd registers what is told of every session that ends.
func (s *Sessions) OnEnd(f func(ID)) { panic("unfinished") }

// ID is the public handle of a session; it opens nothing.
type ID [16]byte

// Principal is an authenticated caller. Only this package makes one; the zero value refuses.
type Principal struct {
	user     auth.UserID
	session  ID
	authTime time.Time
	key      [ed25519.PublicKeySize]byte
}

// User is who calls.
func (p Principal) User() auth.UserID { return p.user }

// Session is the handle of the session.
func (p Principal) Session() ID { return p.session }

// AuthTime is when the person last authenticated; zero = unknown, which step-up reads as long ago.
func (p Principal) AuthTime() time.Time { return p.authTime }

// IsZero reports whether p is nobody.
func (p Principal) IsZero() bool { return p == Principal{} }

// Token is the opaque secret of a session.
type Token struct{ raw [32]byte }

// ParseToken reads the value of the coffre-session header.
func ParseToken(s string) (Token, error) { panic("unfinished") }

// Reveal is the header value: a secret.
func (t Token) Reveal() string { panic("unfinished") }

// Proof is the client's signature over one call.
type Proof struct{ raw [89]byte }

// ParseProof reads the value of the coffre-proof header.
func ParseProof(s string) (Proof, error) { panic("unfinished") }

// Encode is the header value.
func (p Proof) Encode() string { panic("unfinished") }

// ClientKey is the client half of a session.
type ClientKey struct{ priv ed25519.PrivateKey }

// NewClientKey makes a key.
func NewClientKey() (*ClientKey, error) { panic("unfinished") }

// ParseClientKey reads Text back.
func ParseClientKey(text string) (*ClientKey, error) { panic("unfinished") }

// Text is the secret form, for the client's own file.
func (k *ClientKey) Text() string { panic("unfinished") }

// Public is the half the server keeps.
func (k *ClientKey) Public() ed25519.PublicKey { panic("unfinished") }

// Prove signs one call.
func (k *ClientKey) Prove(t Token, method string, now time.Time) (Proof, error) { panic("unfinished") }

// NonceSaltSize is the exact length of a salt.
const NonceSaltSize = 16

// Nonce is the OpenID nonce that ties a login to one client key: an ID token opens a session for that
// key only. A salt or key of the wrong length gives "", which every verification refuses.
func Nonce(pub ed25519.PublicKey, salt []byte) string { panic("unfinished") }
