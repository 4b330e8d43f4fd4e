package auth

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// rediscoverAfter is when an issuer's metadata is read again.
	rediscoverAfter = 24 * time.Hour
	// firstPause and lastPause bound the pause between two failed readings; it doubles.
	firstPause = time.Second
	lastPause  = time.Minute
)

// metadata is what we take from an issuer's discovery document.
type metadata struct {
	endpoint oauth2.Endpoint
	jwks     string
	// says reports that the issuer names itself in the answer to the browser (RFC 9207).
	says bool
}

// discovery reads the metadata of one configured issuer when it is first needed, and again once a day.
// An issuer that is down costs one request per pause, not one per caller. Safe for concurrent use.
type discovery struct {
	issuer string
	client *http.Client

	gate  chan struct{} // held by whoever reads; guards what follows
	found *metadata
	at    time.Time
	pause time.Duration
	next  time.Time
}

func newDiscovery(issuer string, client *http.Client) *discovery {
	return &discovery{issuer: issuer, client: client, gate: make(chan struct{}, 1)}
}

// metadata answers from memory, or asks the issuer. An older answer outlives an issuer that is down. The
// error wraps ErrIssuerUnavailable.
func (d *discovery) metadata(ctx context.Context) (*metadata, error) {
	select {
	case d.gate <- struct{}{}:
		defer func() { <-d.gate }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrIssuerUnavailable, ctx.Err())
	}
	if d.found != nil && time.Since(d.at) < rediscoverAfter {
		return d.found, nil
	}
	if time.Now().Before(d.next) {
		return d.old(fmt.Errorf("%w: asked again in %v", ErrIssuerUnavailable, time.Until(d.next).Round(time.Second)))
	}
	m, err := d.ask(context.WithoutCancel(ctx))
	if err != nil {
		d.pause = min(max(2*d.pause, firstPause), lastPause)
		d.next = time.Now().Add(d.pause)
		return d.old(fmt.Errorf("%w: %w", ErrIssuerUnavailable, err))
	}
	d.found, d.at, d.pause, d.next = m, time.Now(), 0, time.Time{}
	return m, nil
}

func (d *discovery) old(err error) (*metadata, error) {
	if d.found != nil {
		return d.found, nil
	}
	return nil, err
}

func (d *discovery) ask(ctx context.Context) (*metadata, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, d.client), d.issuer)
	if err != nil {
		return nil, fmt.Errorf("auth: discovery: %w", err)
	}
	var doc struct {
		JWKS string `json:"jwks_uri"`
		Says bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := p.Claims(&doc); err != nil {
		return nil, fmt.Errorf("auth: discovery: %w", err)
	}
	if _, err := checkEndpoint(doc.JWKS); err != nil {
		return nil, fmt.Errorf("auth: discovery: keys: %w", err)
	}
	m := &metadata{endpoint: p.Endpoint(), jwks: doc.JWKS, says: doc.Says}
	// Left to itself x/oauth2 probes for the style, and a probe burns the code.
	m.endpoint.AuthStyle = oauth2.AuthStyleInParams
	return m, nil
}
