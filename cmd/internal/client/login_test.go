package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A front is a peer whose sessions are real: opened by the real relying party
// for a real issuer, and asked for on each call.
type front struct {
	peer

	desk *authtest.Desk
}

func (f *front) ListIssuers(context.Context, *coffrev1.ListIssuersRequest) (*coffrev1.ListIssuersResponse, error) {
	name, url, id := "test", f.desk.Issuer.URL(), authtest.ClientID
	return coffrev1.ListIssuersResponse_builder{Issuers: []*coffrev1.Issuer{
		coffrev1.Issuer_builder{Name: &name, Url: &url, ClientId: &id}.Build(),
	}}.Build(), nil
}

func (f *front) OpenSession(ctx context.Context, req *coffrev1.OpenSessionRequest) (*coffrev1.OpenSessionResponse, error) {
	l, err := f.desk.Party.Verify(ctx, req.GetIdToken(), session.Nonce(req.GetClientPublicKey(), req.GetNonceSalt()))
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, err.Error())
	}
	token, _, err := f.desk.Sessions.Open(ctx, l, req.GetClientPublicKey())
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, err.Error())
	}
	text, safe := token.Reveal(), "s"
	return coffrev1.OpenSessionResponse_builder{
		SessionToken: &text,
		ExpireTime:   timestamppb.New(time.Now().Add(time.Hour)),
		Safes:        []*coffrev1.OwnedSafe{coffrev1.OwnedSafe_builder{Safe: &safe}.Build()},
	}.Build(), nil
}

// authenticate is what the service does with every call.
func (f *front) authenticate(ctx context.Context, method string) error {
	md, _ := metadata.FromIncomingContext(ctx)
	token, err := session.ParseToken(strings.Join(md.Get(session.HeaderToken), ""))
	if err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	proof, err := session.ParseProof(strings.Join(md.Get(session.HeaderProof), ""))
	if err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	if _, err := f.desk.Sessions.Authenticate(ctx, session.Credentials{Token: token, Proof: proof, Method: method}); err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	return nil
}

func answer(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
}

// offerDevice lets the desk's issuer log subject in through the device flow.
// The nonce of its ID token is what spoil makes of the one asked for.
func offerDevice(t *testing.T, i *authtest.Issuer, subject string, spoil func(nonce string) string) {
	t.Helper()
	var nonce string
	i.Answer(authtest.DiscoveryPath, answer(map[string]any{
		"issuer": i.URL(), "jwks_uri": i.URL() + authtest.KeysPath, "authorization_endpoint": i.URL() + "/authorize",
		"token_endpoint": i.URL() + "/token", "device_authorization_endpoint": i.URL() + "/device",
	}))
	i.Answer("/device", func(w http.ResponseWriter, r *http.Request) {
		nonce = r.PostFormValue("nonce")
		answer(map[string]any{
			"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": i.URL() + "/type-here", "expires_in": 300, "interval": 1,
		})(w, r)
	})
	i.Answer("/token", func(w http.ResponseWriter, r *http.Request) {
		answer(map[string]any{
			"access_token": "a", "token_type": "Bearer",
			"id_token": i.Token(t, authtest.Claims{"sub": subject, "nonce": spoil(nonce)}),
		})(w, r)
	})
}

// L-49: a login opens a session for the key that asked for it, and its calls are accepted.
func TestALoginOpensASessionForItsOwnKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &front{desk: authtest.NewDesk(t)}
		f.destroy = func(ctx context.Context, _ *coffrev1.DestroyRequest) error {
			return f.authenticate(ctx, coffrev1.DocumentService_Destroy_FullMethodName)
		}
		offerDevice(t, f.desk.Issuer, "marie", func(nonce string) string { return nonce })
		c := serveFront(t, f)
		wantClass(t, c.Destroy(t.Context(), "s", "d"), ClassLogin) // nobody is logged in yet
		var shown auth.DevicePrompt
		s, err := c.Login(t.Context(), Login{
			Transport: f.desk.Issuer.Transport(),
			Device:    func(p auth.DevicePrompt) error { shown = p; return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if shown.Code != "ABCD-EFGH" || s.Opened.GetSessionToken() != "" || len(s.Opened.GetSafes()) != 1 {
			t.Errorf("shown %+v, opened %v", shown, s.Opened)
		}
		for range 3 {
			if err := c.As(s.Credentials).Destroy(t.Context(), "s", "d"); err != nil {
				t.Fatal(err)
			}
		}
		wantClass(t, c.Destroy(t.Context(), "s", "d"), ClassLogin) // the client it came from has none
		other := NewCredentials(s.token, session.NewClientKey())
		wantClass(t, c.As(other).Destroy(t.Context(), "s", "d"), ClassLogin) // a stolen token
	})
}

func TestALoginForAnotherKeyOpensNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &front{desk: authtest.NewDesk(t)}
		offerDevice(t, f.desk.Issuer, "marie", func(string) string { return session.NewNonce(session.NewClientKey().Public()) })
		_, err := serveFront(t, f).Login(t.Context(), Login{
			Transport: f.desk.Issuer.Transport(),
			Device:    func(auth.DevicePrompt) error { return nil },
		})
		e := wantClass(t, err, ClassLogin)
		if e.Sentence == sentenceLogin {
			t.Error("somebody who is logging in is told to log in")
		}
	})
}

func TestALoginThatDoesNotComeAboutIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &front{desk: authtest.NewDesk(t)} // its issuer has no device flow
		l := Login{Transport: f.desk.Issuer.Transport(), Device: func(auth.DevicePrompt) error { return nil }}
		c := serveFront(t, f)
		_, err := c.Login(t.Context(), l)
		wantClass(t, err, ClassLogin)
		f.desk.Issuer.Answer(authtest.DiscoveryPath, http.NotFound)
		_, err = c.Login(t.Context(), l)
		wantClass(t, err, ClassUnavailable)
	})
}

func serveFront(t *testing.T, f *front) *Client {
	t.Helper()
	return dialTo(t, f, &f.peer).As(Credentials{})
}
