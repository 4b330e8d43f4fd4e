package client

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A Login says how a person logs in. One of Browser and Device must be set.
type Login struct {
	// Issuer is the short name or the address of one of the service's issuers;
	// it may be empty when the service has only one.
	Issuer string
	// IssuerCAFile, when set, names the only authorities trusted for the issuer.
	IssuerCAFile string
	// Transport, when set, carries the requests to the issuer.
	Transport http.RoundTripper
	// Place is where the person sits; unspecified is treated as shared.
	Place coffrev1.Place
	// Browser opens the login page in a browser of this machine.
	Browser func(url string) error
	// Device shows what to type into a browser elsewhere.
	Device func(auth.DevicePrompt) error
}

// A Session is an open session and what its login owns.
type Session struct {
	Credentials
	Opened *coffrev1.OpenSessionResponse
}

// Issuers says where a person can log in.
func (c *Client) Issuers(ctx context.Context) ([]*coffrev1.Issuer, error) {
	answer, err := repeat(ctx, c, c.sessions.ListIssuers, &coffrev1.ListIssuersRequest{})
	if err != nil {
		return nil, err
	}
	return answer.GetIssuers(), nil
}

// Login lets the person log in at their issuer and exchanges the login for a
// session. The key of the session is made here and never leaves; the login is
// tied to it by its nonce, so that the ID token is of no use to anybody else.
func (c *Client) Login(ctx context.Context, l Login) (Session, error) {
	issuers, err := c.Issuers(ctx)
	if err != nil {
		return Session{}, err
	}
	issuer, err := choose(issuers, l.Issuer)
	if err != nil {
		return Session{}, err
	}
	return c.open(ctx, func(nonce string, req *coffrev1.OpenSessionRequest) error {
		raw, err := l.run(ctx, issuer, nonce)
		req.SetIdToken(raw)
		req.SetPlace(l.Place)
		return err
	})
}

// A Program is a partner program as it logs in: its client id, and the private
// half of the key that is registered for it.
type Program struct {
	ID  string
	Key crypto.Signer
}

// LoginProgram opens the session of a partner program.
func (c *Client) LoginProgram(ctx context.Context, p Program) (Session, error) {
	answer, err := repeat(ctx, c, c.sessions.ListIssuers, &coffrev1.ListIssuersRequest{})
	if err != nil {
		return Session{}, err
	}
	return c.open(ctx, func(nonce string, req *coffrev1.OpenSessionRequest) error {
		raw, err := auth.SignAssertion(p.Key, p.ID, answer.GetAssertionAudience(), nonce)
		req.SetAssertion(raw)
		req.SetPlace(coffrev1.Place_PLACE_OWN)
		return err
	})
}

// open makes the key of a session, lets prove put the login for its nonce into
// the request, and opens the session.
func (c *Client) open(ctx context.Context, prove func(nonce string, req *coffrev1.OpenSessionRequest) error) (Session, error) {
	key := session.NewClientKey()
	salt := make([]byte, session.NonceSaltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	req := coffrev1.OpenSessionRequest_builder{ClientPublicKey: key.Public(), NonceSalt: salt}.Build()
	if err := prove(session.Nonce(key.Public(), salt), req); err != nil {
		return Session{}, c.loginFailure(ctx, err)
	}
	answer, err := once(ctx, c, c.sessions.OpenSession, req)
	if err != nil {
		return Session{}, c.loginFailure(ctx, err)
	}
	token, err := session.ParseToken(answer.GetSessionToken())
	if err != nil {
		return Session{}, broken("session token: " + err.Error())
	}
	answer.SetSessionToken("") // it lives in the credentials, which do not print
	return Session{Credentials: NewCredentials(token, key), Opened: answer}, nil
}

func (l Login) run(ctx context.Context, issuer *coffrev1.Issuer, nonce string) (string, error) {
	cfg := auth.FlowConfig{
		Issuer:    issuer.GetUrl(),
		ClientID:  issuer.GetClientId(),
		CAFile:    l.IssuerCAFile,
		Transport: l.Transport,
	}
	switch {
	case l.Device != nil:
		flow, err := auth.NewDeviceFlow(cfg)
		if err != nil {
			return "", fmt.Errorf("client: device flow: %w", err)
		}
		return flow.Run(ctx, nonce, l.Device) // loginFailure reads it
	case l.Browser != nil:
		flow, err := auth.NewCodeFlow(cfg)
		if err != nil {
			return "", fmt.Errorf("client: code flow: %w", err)
		}
		return flow.Run(ctx, nonce, l.Browser) // loginFailure reads it
	default:
		return "", errors.New("client: neither a browser nor a device flow")
	}
}

func choose(issuers []*coffrev1.Issuer, name string) (*coffrev1.Issuer, error) {
	names := make([]string, 0, len(issuers))
	for _, i := range issuers {
		if name != "" && (i.GetName() == name || i.GetUrl() == name) {
			return i, nil
		}
		names = append(names, Printable(i.GetName()))
	}
	if name == "" && len(issuers) == 1 {
		return issuers[0], nil
	}
	e := &Error{Class: ClassUsage, Reason: "ISSUER"}
	if len(names) == 0 {
		e.Class = ClassUnavailable
		e.Sentence = "Ce service n'a aucun moyen de connexion pour l'instant : prévenez le responsable du service."
	} else {
		e.Sentence = "Choisissez avec --issuer où vous connecter : " + strings.Join(names, ", ") + "."
	}
	return nil, e
}

// loginFailure gives the login's own sentences: "log in" is of no help to
// somebody who is just doing so.
func (c *Client) loginFailure(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](c.failure(ctx, err))
	switch {
	case !ok:
		return err
	case e.Class == ClassInterrupted:
		return e
	case untrusted(err):
		e.Class, e.Reason = ClassUnavailable, "ISSUER_CERTIFICATE"
		e.Sentence = "Le certificat de la page de connexion n'est pas reconnu : donnez avec --issuer-ca le fichier remis par votre service, souvent le même que celui de --ca."
	case errors.Is(err, auth.ErrIssuerUnavailable):
		e.Class, e.Reason = ClassUnavailable, "ISSUER_UNAVAILABLE"
		e.Sentence = "Le service de connexion ne répond pas : vérifiez le réseau, puis recommencez dans quelques minutes."
	case errors.Is(err, auth.ErrFlow):
		e.Class, e.Reason = ClassLogin, "LOGIN_NOT_COMPLETED"
		e.Sentence = "La connexion n'est pas allée jusqu'au bout : recommencez avec « coffre login »."
	case e.Class == ClassLogin:
		e.Sentence = "Le service n'a pas accepté cette connexion : recommencez avec « coffre login », et prévenez le responsable du service si cela continue."
	}
	return e
}

// untrusted reports whether an issuer showed a certificate that nobody vouches for: the
// network is well, and trying again would not help.
func untrusted(err error) bool {
	_, bad := errors.AsType[*tls.CertificateVerificationError](err)
	return bad
}

// Logout ends the session at the service. A session that has ended already is
// no error.
func (c *Client) Logout(ctx context.Context) error {
	_, err := once(ctx, c, c.sessions.CloseSession, &coffrev1.CloseSessionRequest{})
	if e, ok := errors.AsType[*Error](err); ok && e.Class == ClassLogin {
		return nil
	}
	return err
}
