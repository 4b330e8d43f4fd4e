package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// flowLimit bounds how long a person may take to log in.
const flowLimit = 10 * time.Minute

// ErrFlow is wrapped by every login of a client program that did not come to a token.
var ErrFlow = errors.New("auth: login not completed")

// An IssuerError is the issuer's own refusal of a login. It wraps ErrFlow.
type IssuerError struct {
	// Code is the error code of OAuth 2.0 (RFC 6749 §4.1.2.1, RFC 8628 §3.5), such as "access_denied" or
	// "expired_token". Letters, digits and underscores only; the issuer's free text is dropped.
	Code string
}

// Error names the code.
func (e *IssuerError) Error() string { return "auth: issuer refused the login: " + e.Code }

// Unwrap gives ErrFlow.
func (e *IssuerError) Unwrap() error { return ErrFlow }

// FlowConfig says where and as whom a client program logs a person in.
type FlowConfig struct {
	// Issuer is the exact address of the OpenID issuer.
	Issuer string
	// ClientID is the program's name at that issuer: a public client, without a secret.
	ClientID string
	// CAFile, when set, names a PEM file of the only certification authorities trusted for the issuer.
	CAFile string
	// Transport, when set, carries the requests. It excludes CAFile.
	Transport http.RoundTripper
	// MaxAge, when set, asks the issuer for an authentication no older than this (step-up), to the second.
	MaxAge time.Duration
	// ACRs, when set, asks for one of these authentication context classes, best first. Whether it was
	// obtained is for the server to check.
	ACRs []string
}

// flow is what both ways of logging in share.
type flow struct {
	cfg       FlowConfig
	client    *http.Client
	discovery *discovery
}

func newFlow(cfg FlowConfig) (flow, error) {
	if cfg.ClientID == "" || cfg.MaxAge < 0 {
		return flow{}, errors.New("auth: flow: client id missing or negative age")
	}
	if err := checkIssuer(cfg.Issuer); err != nil {
		return flow{}, err
	}
	client, err := newClient(cfg.Issuer, cfg.CAFile, cfg.Transport)
	if err != nil {
		return flow{}, err
	}
	return flow{cfg: cfg, client: client, discovery: newDiscovery(cfg.Issuer, client)}, nil
}

// begin bounds the time and reads the issuer's metadata.
func (f *flow) begin(ctx context.Context, nonce string) (context.Context, context.CancelFunc, *metadata, error) {
	if nonce == "" || len(nonce) > maxNonce {
		return nil, nil, nil, fmt.Errorf("%w: nonce of %d bytes", ErrFlow, len(nonce))
	}
	m, err := f.discovery.metadata(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, f.client), flowLimit)
	return ctx, cancel, m, nil
}

func (f *flow) oauth(m *metadata, redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    f.cfg.ClientID,
		Endpoint:    m.endpoint,
		RedirectURL: redirect,
		Scopes:      []string{oidc.ScopeOpenID}, // who, and nothing about them
	}
}

// options are the parameters of both kinds of request.
func (f *flow) options(nonce string) []oauth2.AuthCodeOption {
	opts := []oauth2.AuthCodeOption{oidc.Nonce(nonce)}
	if f.cfg.MaxAge > 0 {
		opts = append(opts, oauth2.SetAuthURLParam("max_age", strconv.FormatInt(int64(f.cfg.MaxAge/time.Second), 10)))
	}
	if len(f.cfg.ACRs) > 0 {
		opts = append(opts, oauth2.SetAuthURLParam("acr_values", strings.Join(f.cfg.ACRs, " ")))
	}
	return opts
}

// idToken takes the raw ID token out of the issuer's answer. It is not verified here: the server does
// that, and the client has nothing to gain from a token that the server refuses.
func idToken(t *oauth2.Token, err error) (string, error) {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && validErrorCode(e.ErrorCode) {
		return "", &IssuerError{Code: e.ErrorCode}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFlow, err)
	}
	raw, ok := t.Extra("id_token").(string)
	if !ok || raw == "" || len(raw) > maxToken {
		return "", fmt.Errorf("%w: the issuer's answer has no ID token", ErrFlow)
	}
	return raw, nil
}

// validErrorCode keeps an issuer from writing what it likes on a terminal.
func validErrorCode(code string) bool {
	if code == "" || len(code) > 64 {
		return false
	}
	for _, c := range []byte(code) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && c != '_' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
