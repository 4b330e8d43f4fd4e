package auth

import (
	"context"
	"fmt"
	"time"
)

// A DeviceFlow logs a person in through a browser on any machine, by a code they type there (RFC 8628).
// The issuer must put the nonce of the request into the ID token, as package localop does; most others
// leave it out, and the server then refuses the token. It is safe for concurrent use.
type DeviceFlow struct{ flow }

// NewDeviceFlow checks the configuration and contacts nobody.
func NewDeviceFlow(cfg FlowConfig) (*DeviceFlow, error) {
	f, err := newFlow(cfg)
	if err != nil {
		return nil, err
	}
	return &DeviceFlow{flow: f}, nil
}

// A DevicePrompt is what the person must be told: type Code at URL before Expires.
type DevicePrompt struct {
	URL, Code string
	Expires   time.Time // zero if the issuer did not say
}

// Run asks for a code, hands it to show, waits for the person and returns the raw ID token, made for
// nonce. Errors are those of CodeFlow.Run; the *IssuerError of a code that ran out has the code
// "expired_token".
func (f *DeviceFlow) Run(ctx context.Context, nonce string, show func(DevicePrompt) error) (rawIDToken string, err error) {
	ctx, cancel, m, err := f.begin(ctx, nonce)
	if err != nil {
		return "", err
	}
	defer cancel()
	if m.endpoint.DeviceAuthURL == "" {
		return "", fmt.Errorf("%w: the issuer has no device flow", ErrFlow)
	}
	cfg := f.oauth(m, "")
	da, err := cfg.DeviceAuth(ctx, f.options(nonce)...)
	if err != nil {
		_, err = idToken(nil, err)
		return "", err
	}
	page, err := checkEndpoint(da.VerificationURI)
	if err != nil {
		return "", fmt.Errorf("%w: verification address: %w", ErrFlow, err)
	}
	if !validUserCode(da.UserCode) {
		return "", fmt.Errorf("%w: the issuer's code cannot be typed", ErrFlow)
	}
	// verification_uri_complete is left aside: typing the code is what keeps a person from confirming a
	// login that somebody else started.
	if err := show(DevicePrompt{URL: page.String(), Code: da.UserCode, Expires: da.Expiry}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFlow, err)
	}
	da.Interval = min(max(da.Interval, 0), 30)
	raw, err := idToken(cfg.DeviceAccessToken(ctx, da))
	if err != nil && !da.Expiry.IsZero() && !time.Now().Before(da.Expiry) {
		return "", &IssuerError{Code: "expired_token"}
	}
	return raw, err
}

// validUserCode accepts what can be read out and typed, and keeps control sequences off the terminal.
func validUserCode(code string) bool {
	if code == "" || len(code) > 32 {
		return false
	}
	for _, c := range []byte(code) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
