package localop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// errClosed answers whatever the library might ask for that this provider does not do.
var errClosed = errors.New("localop: not offered")

// storage is the Provider as the library asks for it. What it is given was let through by funnel.
type storage struct{ p *Provider }

var (
	_ op.Storage                    = storage{}
	_ op.DeviceAuthorizationStorage = storage{}
	_ op.CanSetUserinfoFromRequest  = storage{}
)

// flight is what one HTTP request carries past the library to this storage.
type flight struct {
	browser [sha256.Size]byte // at the authorization endpoint: hash of the browser's cookie
	nonce   string            // at the device endpoint: the nonce that the library drops
	device  *device           // at the token endpoint: the device login being redeemed
}

type flightKey struct{}

func withFlight(ctx context.Context, f *flight) context.Context {
	return context.WithValue(ctx, flightKey{}, f)
}

// flightOf returns nil for a request that did not come through funnel; whoever needs it refuses then.
func flightOf(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// CreateAuthRequest asks PKCE of everyone (RFC 9700 §2.1.1) and ties the request to its browser.
func (s storage) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	f := flightOf(ctx)
	if f == nil || f.browser == [sha256.Size]byte{} {
		return nil, oidc.ErrServerError()
	}
	switch {
	case r.ResponseType != oidc.ResponseTypeCode:
		return nil, oidc.ErrInvalidRequest().WithDescription("response_type must be code")
	case r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || len(r.CodeChallenge) != 43:
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is required")
	case r.Nonce == "":
		return nil, oidc.ErrInvalidRequest().WithDescription("nonce is required")
	}
	if slices.Contains(r.Prompt, oidc.PromptNone) { // nobody stays logged in here
		return nil, oidc.ErrLoginRequired()
	}
	return s.p.requests.begin(request{
		clientID:  r.ClientID,
		redirect:  r.RedirectURI,
		state:     r.State,
		nonce:     r.Nonce,
		challenge: r.CodeChallenge,
		browser:   f.browser,
	}), nil
}

// AuthRequestByID is asked at the callback, which funnel has tied to the browser.
func (s storage) AuthRequestByID(ctx context.Context, id string) (op.AuthRequest, error) {
	r, err := s.p.requests.get(id)
	if err != nil {
		return nil, err
	}
	if r.Done() { // the library answers one where nobody logged in
		err = s.p.accounts.still(ctx, r.who)
	}
	return r, err
}

// AuthRequestByCode uses the code up.
func (s storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	r, err := s.p.requests.redeem(code)
	if err != nil {
		return nil, err
	}
	return r, s.p.accounts.still(ctx, r.who)
}

func (s storage) SaveAuthCode(_ context.Context, id, code string) error {
	return s.p.requests.saveCode(id, code)
}

// DeleteAuthRequest has nothing left to do: AuthRequestByCode took it away.
func (s storage) DeleteAuthRequest(context.Context, string) error { return nil }

// CreateAccessToken makes a token that OAuth insists on and that opens nothing.
func (s storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), time.Now().Add(time.Minute), nil
}

// SetUserinfoFromRequest fills the ID token: the subject, and in the device flow the nonce.
func (s storage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	info.Subject = r.GetSubject() // the library overwrites the token's subject with this one
	if f := flightOf(ctx); f != nil && f.device != nil {
		info.AppendClaims("nonce", f.device.nonce)
	}
	return nil
}

func (s storage) SigningKey(ctx context.Context) (op.SigningKey, error) {
	return s.p.keys.signing(ctx), nil
}

func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

func (s storage) KeySet(context.Context) ([]op.Key, error) { return s.p.keys.published(), nil }

func (s storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	c := s.p.clients[id]
	if c == nil {
		return nil, oidc.ErrInvalidClient()
	}
	return libraryClient{c, s.p.base}, nil
}

func (s storage) StoreDeviceAuthorization(ctx context.Context, clientID, deviceCode, userCode string, expires time.Time, _ []string) error {
	f := flightOf(ctx)
	if f == nil || f.nonce == "" {
		return errClosed
	}
	return s.p.devices.add(deviceCode, device{
		clientID: clientID,
		userCode: normalUserCode(userCode),
		nonce:    f.nonce,
		expires:  expires,
	})
}

// GetDeviceAuthorizatonState tells the library how far the device login is; the misspelling is theirs.
func (s storage) GetDeviceAuthorizatonState(ctx context.Context, clientID, deviceCode string) (*op.DeviceAuthorizationState, error) {
	f := flightOf(ctx)
	if f == nil {
		return nil, errClosed
	}
	st, d, slow, err := s.p.devices.poll(clientID, deviceCode)
	if err != nil {
		return nil, err
	}
	if slow {
		return nil, context.DeadlineExceeded // the library's way to say slow_down
	}
	if st.Done {
		if err := s.p.accounts.still(ctx, d.who); err != nil {
			return nil, err // the library says that it was denied
		}
	}
	f.device = d
	return &st, nil
}
