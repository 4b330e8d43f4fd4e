package auth

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// maxCallback bounds the query of an answer; some issuers make codes of several kilobytes.
const maxCallback = 8 << 10

// errForeign reports an answer that is not for the login that waits.
var errForeign = errors.New("auth: answer to another login")

// expectation is what an authorization response must show to belong to a login.
type expectation struct {
	state      string
	issuer     string
	issuerSays bool // the issuer announced that it names itself (RFC 9207)
}

// parse reads the query of an authorization response (RFC 6749 §4.1.2). It returns the code; or an error
// that wraps errForeign when the response belongs to something else; or an *IssuerError.
func (e expectation) parse(query string) (code string, err error) {
	if len(query) > maxCallback {
		return "", fmt.Errorf("%w: %d bytes", errForeign, len(query))
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errForeign, err)
	}
	for _, name := range []string{"state", "iss", "code", "error"} {
		if len(v[name]) > 1 { // RFC 6749 §3.1: never twice
			return "", fmt.Errorf("%w: %s given twice", errForeign, name)
		}
	}
	if e.state == "" || subtle.ConstantTimeCompare([]byte(v.Get("state")), []byte(e.state)) != 1 {
		return "", fmt.Errorf("%w: state", errForeign)
	}
	// Mix-up defence (RFC 9207 §2.4): an issuer that announced it must name itself; one that did not may,
	// and then it must be the right one.
	if v.Get("iss") != e.issuer && (e.issuerSays || v.Has("iss")) {
		return "", fmt.Errorf("%w: issuer", errForeign)
	}
	if v.Has("error") {
		if c := v.Get("error"); validErrorCode(c) {
			return "", &IssuerError{Code: c}
		}
		return "", fmt.Errorf("%w: error code is malformed", ErrFlow)
	}
	if v.Get("code") == "" {
		return "", fmt.Errorf("%w: no code", ErrFlow)
	}
	return v.Get("code"), nil
}

// writeCallbackPage shows one fixed sentence: nothing from the query is ever written back.
func writeCallbackPage(w http.ResponseWriter, status int, sentence string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<!doctype html>
<html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connexion</title><h1>Connexion</h1><p role="status">%s</p></html>
`, sentence) // a browser that left changes nothing
}
