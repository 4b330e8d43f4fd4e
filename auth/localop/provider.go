package localop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	// requestLife is how long a person may take at the login page.
	requestLife = 10 * time.Minute
	// codeLife is how long an authorization code may be redeemed.
	codeLife = time.Minute
	// idTokenLife is how long an ID token is good; it only has to reach the service.
	idTokenLife = 5 * time.Minute
)

// Pages are the words of the house on the pages people see.
type Pages struct {
	// Service is the name of the service; "Coffre" if empty.
	Service string
	// Help says whom to ask, in one French sentence; may be empty.
	Help string
}

// Config of a Provider.
type Config struct {
	// Issuer is the address people and programs reach the provider at: https, or http on a loopback
	// address; host and port, and a path of one element or none.
	Issuer string
	// Store keeps keys and accounts. Required.
	Store Store
	// Clients are the programs that may ask people to log in, at least one.
	Clients []Client
	// Pages are the words of the house.
	Pages Pages
	// Admits reports whether the account of an invited agent may log in now; it is asked at every login. Nil
	// admits everybody.
	Admits func(ctx context.Context, subject string) bool
	// Square draws a text as a QR code: its side, and the dark modules as a path of SVG. Nil: the secret of
	// one-time codes is shown to be typed.
	Square func(text string) (side int, path string, err error)
	// Log hears of what the operator should know; nil keeps quiet. No person, token or request is named.
	Log *slog.Logger
}

// A Provider is an OpenID provider. Safe for concurrent use. It runs nothing of its own: there is nothing
// to close.
type Provider struct {
	issuer  string
	base    string // path of the issuer, in front of every path; may be empty
	clients map[string]*Client
	pages   Pages
	views   *template.Template
	log     *slog.Logger

	keys     *keyRing
	accounts *accounts
	requests *requests
	devices  *devices
	halves   *halves

	newcomers *newcomers
	square    func(text string) (side int, path string, err error)

	handler http.Handler
}

// New checks the configuration, loads the keys, or makes them the first time, and starts nothing.
func New(ctx context.Context, cfg Config) (*Provider, error) {
	secure, base, err := checkIssuer(cfg.Issuer)
	if err != nil {
		return nil, err
	}
	if cfg.Store == nil {
		return nil, errors.New("localop: no store")
	}
	clients, err := checkClients(cfg.Clients)
	if err != nil {
		return nil, err
	}
	views, err := parseViews()
	if err != nil {
		return nil, err
	}
	keys, err := openKeyRing(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	p := &Provider{
		issuer:   cfg.Issuer,
		base:     base,
		clients:  clients,
		pages:    cfg.Pages,
		views:    views,
		log:      cfg.Log,
		keys:     keys,
		accounts: newAccounts(cfg.Store, keys.accountKey(), cfg.Admits),
		requests: newRequests(),
		devices:  newDevices(),
		halves:   newHalves(),

		newcomers: newNewcomers(),
		square:    cfg.Square,
	}
	if p.pages.Service == "" {
		p.pages.Service = "Coffre"
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	library, err := newLibrary(cfg.Issuer, secure, base, storage{p})
	if err != nil {
		return nil, err
	}
	p.handler = p.routes(library, secure)
	return p, nil
}

// newLibrary sets the library up. No WithCustom…Endpoint option is ever used: they write into variables
// that all providers of a process share.
func newLibrary(issuer string, secure bool, base string, s storage) (http.Handler, error) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // codes live a minute, so their key need not outlive the process
	crypto, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	opts := []op.Option{
		op.WithCORSOptions(nil),                      // the default lets any site read, with cookies
		op.WithCrypto(crypto),                        // the default has no authentication
		op.WithLogger(slog.New(slog.DiscardHandler)), // it logs what it is sent
	}
	if !secure {
		opts = append(opts, op.WithAllowInsecure()) // checkIssuer let http through on loopback alone
	}
	provider, err := op.NewProvider(&op.Config{
		CryptoKey:      key,
		CodeMethodS256: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime:     deviceLife,
			PollInterval: pollEvery,
			UserFormPath: base + devicePath,
			UserCode:     op.UserCodeBase20,
		},
	}, s, op.StaticIssuer(issuer), opts...)
	if err != nil {
		return nil, fmt.Errorf("localop: %w", err)
	}
	return provider, nil
}

// Address is where people turn an invitation into an account.
func (p *Provider) Address() string { return p.issuer + invitationPath }

// Handler serves the provider at the paths of its issuer, and nothing else. TLS is for the caller.
func (p *Provider) Handler() http.Handler { return p.handler }

// RotateKeys makes a new signing key, used at once. The one before stays published for an hour. A key
// older than 90 days is also replaced when the next token is signed.
func (p *Provider) RotateKeys(ctx context.Context) error { return p.keys.rotate(ctx) }

// checkIssuer accepts https, and http on loopback; it reports which, and the path.
func checkIssuer(issuer string) (secure bool, base string, err error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return false, "", fmt.Errorf("localop: issuer: %w", err)
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.String() != issuer || !plainPath(u.Path) {
		return false, "", errors.New("localop: issuer is not scheme, host, port and a plain path of one element")
	}
	switch {
	case u.Scheme == "https":
		return true, u.Path, nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return false, u.Path, nil
	default:
		return false, "", errors.New("localop: issuer is neither https nor http on loopback")
	}
}

// plainPath accepts no path, or one element of small letters: whatever reads it reads the same.
func plainPath(path string) bool {
	name, found := strings.CutPrefix(path, "/")
	return path == "" || found && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == ""
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
