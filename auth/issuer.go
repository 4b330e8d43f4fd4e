package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
)

// errIssuer is the cause of every refused issuer or endpoint address.
var errIssuer = errors.New("auth: issuer address refused")

// checkIssuer accepts what OpenID Connect Discovery §2 calls an issuer: https, no query, no fragment.
// Plain http is accepted on loopback alone, where nobody else can listen in.
func checkIssuer(issuer string) error {
	if len(issuer) > maxIssuer {
		return fmt.Errorf("%w: longer than %d bytes", errIssuer, maxIssuer)
	}
	u, err := checkEndpoint(issuer)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return fmt.Errorf("%w: it has a query or a fragment", errIssuer)
	}
	if u.String() != issuer {
		// Issuers are compared byte for byte, so one that has two spellings would be a trap.
		return fmt.Errorf("%w: not in canonical form", errIssuer)
	}
	return nil
}

// checkEndpoint accepts an address that may be asked or shown: https, or http on loopback.
func checkEndpoint(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errIssuer, err)
	}
	switch {
	case u.Host == "" || u.Opaque != "" || u.User != nil:
		return nil, fmt.Errorf("%w: not host and path", errIssuer)
	case u.Scheme == "https":
		return u, nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	default:
		return nil, fmt.Errorf("%w: neither https nor http on loopback", errIssuer)
	}
}

// isLoopback reports whether host can only be this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
