// Package localop is the embedded OpenID provider for people who have no other.
package localop

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
)

var (
	// ErrNotFound is what a Store answers for a name it does not hold.
	ErrNotFound = errors.New("localop: not found")
	// ErrAccountExists: the login is taken.
	ErrAccountExists = errors.New("localop: login is taken")
	// ErrNoAccount: no account has that login.
	ErrNoAccount = errors.New("localop: no such account")
	// ErrAccount: the account as given is out of bounds.
	ErrAccount = errors.New("localop: account refused")
)

// Store keeps small opaque values by name; it seals them.
type Store interface {
	Load(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, name string, value []byte) error
}

// Client is a program that may ask people to log in: always public, always code + PKCE.
type Client struct {
	ID        string
	Name      string   // shown to people, in French
	Redirects []string // exact; http://127.0.0.1/path and http://[::1]/path match any port (RFC 8252)
	Device    bool     // may use the device flow
}

// Pages are the words of the house.
type Pages struct {
	Service string // name of the service; "Coffre" if empty
	Help    string // whom to ask, one sentence; may be empty
}

// Config of a Provider.
type Config struct {
	Issuer  string // https, or http on loopback; no path
	Store   Store
	Clients []Client
	Pages   Pages
	Log     *slog.Logger // nil = nothing is logged
}

// Provider is a running OpenID provider.
type Provider struct{}

// New loads or makes the keys.
func New(ctx context.Context, cfg Config) (*Provider, error) { panic("unfinished") }

// Handler serves the provider at the root of its issuer.
func (p *Provider) Handler() http.Handler { panic("unfinished") }

// Password is what a person types; it never prints.
type Password struct{ text string }

// NewPassword checks length.
func NewPassword(text string) (Password, error) { panic("unfinished") }

// GeneratePassword makes one of 80 bits, in groups that can be typed.
func GeneratePassword() Password { panic("unfinished") }

// Reveal is the text.
func (p Password) Reveal() string { return p.text }

// Account is what is needed to add one.
type Account struct {
	Login    string
	Name     string
	Password Password
}

// AddAccount returns the subject the account has in ID tokens.
func (p *Provider) AddAccount(ctx context.Context, a Account) (subject string, err error) {
	panic("unfinished")
}

// SetPassword replaces a password and lifts the lock-out.
func (p *Provider) SetPassword(ctx context.Context, login string, pw Password) error {
	panic("unfinished")
}

// RotateKeys makes a new signing key.
func (p *Provider) RotateKeys(ctx context.Context) error { panic("unfinished") }
