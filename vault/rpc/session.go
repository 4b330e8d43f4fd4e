package rpc

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// maxIDToken and maxAssertion bound what opens a session, in bytes.
const (
	maxIDToken   = 16 << 10
	maxAssertion = 4 << 10
)

type sessionService struct {
	coffrev1.UnsafeSessionServiceServer // a new method is a compile error
	vault                               *vault.Vault
	party                               *auth.RelyingParty
	issuers                             []Issuer
	audience                            string // of assertions; empty accepts none
	max                                 time.Duration
}

var _ coffrev1.SessionServiceServer = (*sessionService)(nil)

func (s *sessionService) ListIssuers(context.Context, *coffrev1.ListIssuersRequest) (*coffrev1.ListIssuersResponse, error) {
	all := make([]*coffrev1.Issuer, len(s.issuers))
	for n, i := range s.issuers {
		all[n] = coffrev1.Issuer_builder{Name: &i.Name, DisplayName: &i.DisplayName, Url: &i.URL, ClientId: &i.ClientID}.Build()
	}
	return coffrev1.ListIssuersResponse_builder{Issuers: all, AssertionAudience: &s.audience}.Build(), nil
}

type openSession struct {
	idToken   string
	assertion string // instead
	client    ed25519.PublicKey
	salt      []byte
	place     vault.Place
}

func parseOpenSession(req *coffrev1.OpenSessionRequest) (openSession, error) {
	var f fields
	switch token, assertion := len(req.GetIdToken()), len(req.GetAssertion()); {
	case assertion > maxAssertion, assertion > 0 && token > 0:
		f.refuse("assertion", texts.RuleOneLogin)
	case assertion == 0 && (token == 0 || token > maxIDToken):
		f.refuse("id_token", texts.RuleToken)
	}
	o := openSession{
		idToken:   req.GetIdToken(),
		assertion: req.GetAssertion(),
		client:    f.exactly("client_public_key", req.GetClientPublicKey(), ed25519.PublicKeySize, texts.RuleKey),
		salt:      f.exactly("nonce_salt", req.GetNonceSalt(), session.NonceSaltSize, texts.RuleSalt),
	}
	switch req.GetPlace() {
	case coffrev1.Place_PLACE_UNSPECIFIED, coffrev1.Place_PLACE_SHARED:
		o.place = vault.PlaceShared
	case coffrev1.Place_PLACE_OWN:
		o.place = vault.PlaceOwn
	default:
		f.refuse("place", texts.RuleSeat)
	}
	return o, f.err()
}

func (s *sessionService) OpenSession(ctx context.Context, req *coffrev1.OpenSessionRequest) (*coffrev1.OpenSessionResponse, error) {
	o, err := parseOpenSession(req)
	if err != nil {
		return nil, err
	}
	if o.assertion != "" {
		return s.openProgram(ctx, o)
	}
	login, err := s.party.Verify(ctx, o.idToken, session.Nonce(o.client, o.salt))
	if err != nil {
		return nil, s.refused(ctx, err)
	}
	end := time.Now().Add(s.max).Truncate(time.Second) // asked before it opens: never later than its true end
	token, who, err := s.vault.OpenSession(ctx, vault.OpenSession{Login: login, Client: o.client, Place: o.place})
	if err != nil {
		return nil, err
	}
	safes, err := s.owned(ctx, who)
	if err != nil {
		// Nobody would ever hold this session's token: it ends here.
		return nil, errors.Join(err, s.vault.CloseSession(context.WithoutCancel(ctx), who))
	}
	return coffrev1.OpenSessionResponse_builder{
		SessionToken: new(token.Reveal()),
		ExpireTime:   timestamppb.New(end),
		Safes:        safes,
	}.Build(), nil
}

// openProgram opens the session of a partner program, which owns no safe. The
// keeper knows its key, and verifies.
func (s *sessionService) openProgram(ctx context.Context, o openSession) (*coffrev1.OpenSessionResponse, error) {
	assertion, err := auth.ReadAssertion(o.assertion)
	if err != nil {
		return nil, s.refused(ctx, err)
	}
	end := time.Now().Add(s.max).Truncate(time.Second) // as above
	token, _, err := s.vault.OpenSession(ctx, vault.OpenSession{Assertion: assertion, Salt: o.salt, Client: o.client, Place: o.place})
	if err != nil {
		return nil, s.refused(ctx, err)
	}
	return coffrev1.OpenSessionResponse_builder{SessionToken: new(token.Reveal()), ExpireTime: timestamppb.New(end)}.Build(), nil
}

// refused records a login that did not verify. An issuer that cannot be reached
// refuses nobody.
func (s *sessionService) refused(ctx context.Context, cause error) error {
	if !errors.Is(cause, auth.ErrUnauthenticated) {
		return cause
	}
	if err := s.vault.RefuseLogin(ctx, network(ctx)); err != nil {
		return fmt.Errorf("record a refused login: %w", err) // what cannot be recorded is not answered
	}
	return fmt.Errorf("%w: %w", errLogin, cause)
}

func (s *sessionService) owned(ctx context.Context, who session.Principal) ([]*coffrev1.OwnedSafe, error) {
	safes, err := s.vault.OwnedSafes(ctx, who)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.OwnedSafe, len(safes))
	for i, o := range safes {
		all[i] = coffrev1.OwnedSafe_builder{Safe: new(o.Safe.String()), Unlocked: &o.Unlocked}.Build()
	}
	return all, nil
}

func (s *sessionService) CloseSession(ctx context.Context, _ *coffrev1.CloseSessionRequest) (*coffrev1.CloseSessionResponse, error) {
	if err := s.vault.CloseSession(ctx, caller(ctx)); err != nil {
		return nil, err
	}
	return &coffrev1.CloseSessionResponse{}, nil
}

func parseUnlock(req *coffrev1.UnlockRequest) (vault.Unlock, error) {
	var f fields
	act := vault.Unlock{Safe: f.safe(req.GetSafe())}
	switch phone := req.GetPhoneSecret() != "" || req.GetPin() != ""; {
	case !phone:
		act.Code = f.code("code", req.GetCode())
	case req.GetCode() != "":
		f.refuse("code", texts.RuleSheetOrPhone)
	default:
		act.Phone = parsed(&f, "phone_secret", req.GetPhoneSecret(), texts.RulePhone, vault.ParseIdentity)
		act.PIN = f.pin("pin", req.GetPin())
	}
	return act, f.err()
}

func (s *sessionService) Unlock(ctx context.Context, req *coffrev1.UnlockRequest) (*coffrev1.UnlockResponse, error) {
	act, err := parseUnlock(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Unlock(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.UnlockResponse{}, nil
}

func (s *sessionService) Lock(ctx context.Context, req *coffrev1.LockRequest) (*coffrev1.LockResponse, error) {
	var f fields
	safe := f.safe(req.GetSafe())
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := s.vault.Lock(ctx, caller(ctx), safe); err != nil {
		return nil, err
	}
	return &coffrev1.LockResponse{}, nil
}
