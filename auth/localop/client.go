package localop

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// A Client is a program that may ask people to log in. All are public, and prove themselves by PKCE.
type Client struct {
	// ID is the client id, such as "coffre-cli".
	ID string
	// Name is what people are shown, in French.
	Name string
	// Redirects are where people may be sent back to: https addresses, compared byte for byte, and
	// http://127.0.0.1/path or http://[::1]/path, for which any port is accepted (RFC 8252 §7.3).
	Redirects []string
	// Device lets people log in to the program with a code typed elsewhere (RFC 8628). Leave it out where
	// it is not needed: people can be talked into typing somebody else's code.
	Device bool
}

// loopbacks are the hosts for which any port is accepted. "localhost" is not among them: it may resolve
// to somewhere else (RFC 8252 §8.3).
var loopbacks = [...]string{"http://127.0.0.1", "http://[::1]"}

func checkClients(cs []Client) (map[string]*Client, error) {
	if len(cs) == 0 {
		return nil, errors.New("localop: no client")
	}
	m := make(map[string]*Client, len(cs))
	for _, c := range cs {
		if c.ID == "" || c.Name == "" || m[c.ID] != nil {
			return nil, fmt.Errorf("localop: client %q: id or name missing, or id given twice", c.ID)
		}
		for _, r := range c.Redirects {
			if err := checkRedirect(r); err != nil {
				return nil, fmt.Errorf("localop: client %q: %w", c.ID, err)
			}
		}
		c.Redirects = slices.Clone(c.Redirects)
		m[c.ID] = &c
	}
	return m, nil
}

func checkRedirect(r string) error {
	u, err := url.Parse(r)
	if err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	if u.User != nil || u.Fragment != "" || u.RawQuery != "" || u.String() != r || strings.Contains(r, "%") {
		return errors.New("redirect is not a plain address")
	}
	if u.Scheme == "https" && u.Host != "" {
		return nil
	}
	for _, l := range loopbacks {
		if path, ok := strings.CutPrefix(r, l); ok && strings.HasPrefix(path, "/") {
			return nil
		}
	}
	return errors.New("redirect is neither https nor a loopback address without a port")
}

// accepts compares a redirect address as it will be used, without decoding anything. The library decodes
// once more before it compares than before it redirects, so that http://127.0.0.1%2Fcallback%23@evil.test/
// would pass there as a loopback address and lead to evil.test.
func (c *Client) accepts(redirect string) bool {
	for _, r := range c.Redirects {
		if strings.HasPrefix(r, "https://") && r == redirect {
			return true
		}
		for _, l := range loopbacks {
			path, ok := strings.CutPrefix(r, l)
			if !ok {
				continue
			}
			rest, ok := strings.CutPrefix(redirect, l+":")
			if !ok {
				continue
			}
			if port, ok := strings.CutSuffix(rest, path); ok && isPort(port) {
				return true
			}
		}
	}
	return false
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

// origin is scheme, host and port of an accepted redirect address.
func origin(redirect string) string {
	scheme, rest, _ := strings.Cut(redirect, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

// libraryClient is a Client as the library asks for it.
type libraryClient struct {
	*Client
	base string // of the provider's paths
}

var _ op.Client = libraryClient{}

func (c libraryClient) GetID() string                       { return c.ID }
func (c libraryClient) RedirectURIs() []string              { return c.Redirects }
func (c libraryClient) PostLogoutRedirectURIs() []string    { return nil }
func (c libraryClient) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }
func (c libraryClient) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodNone }
func (c libraryClient) LoginURL(id string) string           { return c.base + loginPath + "?r=" + id }

// AccessTokenType is opaque: an access token here opens nothing, and cannot be taken for an ID token.
func (c libraryClient) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }
func (c libraryClient) IDTokenLifetime() time.Duration      { return idTokenLife }
func (c libraryClient) DevMode() bool                       { return false }
func (c libraryClient) IsScopeAllowed(string) bool          { return false }

// IDTokenUserinfoClaimsAssertion is needed for the claims of the device flow to reach the ID token.
func (c libraryClient) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c libraryClient) ClockSkew() time.Duration             { return 0 }

func (c libraryClient) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (c libraryClient) GrantTypes() []oidc.GrantType {
	if c.Device {
		return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeDeviceCode}
	}
	return []oidc.GrantType{oidc.GrantTypeCode}
}

func (c libraryClient) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(s []string) []string { return s }
}

func (c libraryClient) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func([]string) []string { return nil }
}
