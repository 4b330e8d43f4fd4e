package localop

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Paths of the provider. Those of the library are its defaults: changing them changes them for every
// provider of the process.
const (
	discoveryPath     = "/.well-known/openid-configuration"
	authorizePath     = "/authorize"
	callbackPath      = "/authorize/callback"
	tokenPath         = "/oauth/token"
	keysPath          = "/keys"
	deviceStartPath   = "/device_authorization"
	loginPath         = "/login"
	otpPath           = "/login/code"
	devicePath        = "/device"
	deviceConfirmPath = "/device/confirm"
	stylePath         = "/style.css"
	// The pages that turn an invitation into an account.
	invitationPath = "/invitation"
	firstCodePath  = "/invitation/code"

	// maxBody bounds a form, maxValue one value in it.
	maxBody  = 64 << 10
	maxValue = 2048
)

// routes lets through what this provider offers and nothing else the library would answer to, such as
// /healthz, /ready, userinfo or introspection.
func (p *Provider) routes(library http.Handler, secure bool) http.Handler {
	cookie := browserCookie{secure: secure}
	samePage := http.NewCrossOriginProtection() // forms are posted by our own pages only
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discoveryPath, p.serveDiscovery)
	mux.Handle("GET "+keysPath, library)
	mux.Handle("GET "+authorizePath, p.authorize(library, cookie))
	mux.Handle("GET "+callbackPath, p.callback(library, cookie))
	mux.Handle("POST "+tokenPath, p.program(library, "grant_type", "client_id", "code", "redirect_uri", "code_verifier", "device_code"))
	mux.Handle("POST "+deviceStartPath, p.program(library, "client_id", "nonce"))
	mux.HandleFunc("GET "+loginPath, p.showLogin(cookie))
	mux.Handle("POST "+loginPath, samePage.Handler(p.postLogin(cookie)))
	mux.Handle("POST "+otpPath, samePage.Handler(p.postOTP(cookie)))
	mux.HandleFunc("GET "+devicePath, p.showDevice)
	mux.Handle("POST "+devicePath, samePage.Handler(p.postDevice(cookie)))
	mux.Handle("POST "+deviceConfirmPath, samePage.Handler(p.postDeviceConfirm(cookie)))
	mux.HandleFunc("GET "+stylePath, p.serveStyle)
	mux.HandleFunc("GET "+invitationPath, p.showInvitation)
	mux.Handle("POST "+invitationPath, samePage.Handler(p.postInvitation(cookie)))
	mux.Handle("POST "+firstCodePath, samePage.Handler(p.postFirstCode(cookie)))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		p.showProblem(w, http.StatusNotFound, sayNoPage)
	})
	return p.harden(p.below(mux))
}

// below serves what lies below the issuer's path as if it lay at the root.
func (p *Provider) below(next http.Handler) http.Handler {
	if p.base == "" {
		return next
	}
	stripped := http.StripPrefix(p.base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, p.base+"/") || r.URL.RawPath != "" { // an escaped slash is none
			p.showProblem(w, http.StatusNotFound, sayNoPage)
			return
		}
		stripped.ServeHTTP(w, r)
	})
}

// harden bounds what comes in, sets what every answer carries, and turns a panic into an answer: the
// library's token endpoint goes on after an error it already answered, with a nil in hand.
func (p *Provider) harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				p.log.ErrorContext(r.Context(), "provider panicked", slog.String("path", knownPath(strings.TrimPrefix(r.URL.Path, p.base))))
				refuseProgram(w, http.StatusInternalServerError, "server_error")
			}
		}()
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy("'self'"))
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// knownPath keeps what anybody may send out of the log.
func knownPath(path string) string {
	switch path {
	case authorizePath, callbackPath, tokenPath, keysPath, deviceStartPath, loginPath, otpPath, devicePath, deviceConfirmPath,
		invitationPath, firstCodePath:
		return path
	default:
		return "other"
	}
}

// pagePolicy allows our own style sheet and forms to the named places: browsers hold a form to the places
// its redirects lead to as well.
func pagePolicy(formAction string) string {
	return "default-src 'none'; style-src 'self'; form-action " + formAction + "; frame-ancestors 'none'; base-uri 'none'"
}

// authorize lets an authorization request through once the client is known and the way back is one of its
// own: only then may an error be sent there. The library sees the parameters named here and no others.
func (p *Provider) authorize(library http.Handler, cookie browserCookie) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := single(r.URL.RawQuery, "client_id", "redirect_uri", "response_type", "state", "nonce",
			"code_challenge", "code_challenge_method", "prompt")
		if err != nil {
			p.showProblem(w, http.StatusBadRequest, "La demande de connexion est mal formée.")
			return
		}
		c := p.clients[q.Get("client_id")]
		if c == nil || !c.accepts(q.Get("redirect_uri")) {
			p.showProblem(w, http.StatusBadRequest, "Le programme qui demande la connexion n’est pas connu ici.")
			return
		}
		q.Set("scope", oidc.ScopeOpenID)
		r = r.WithContext(withFlight(r.Context(), &flight{browser: cookie.ensure(w, r)}))
		r.URL = &url.URL{Path: authorizePath, RawQuery: q.Encode()}
		library.ServeHTTP(&answer{ResponseWriter: w, p: p}, r)
	})
}

// callback makes the code, for the browser that began the login and no other: with the library alone,
// whoever knows the request's id collects the code once somebody else has logged in.
func (p *Provider) callback(library http.Handler, cookie browserCookie) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := single(r.URL.RawQuery, "id")
		if err == nil {
			_, err = p.requests.of(q.Get("id"), cookie.read(r))
		}
		if err != nil {
			p.showForeign(w)
			return
		}
		r.URL = &url.URL{Path: callbackPath, RawQuery: q.Encode()}
		library.ServeHTTP(&answer{ResponseWriter: w, p: p}, r)
	})
}

// program lets a program's own request through, with these parameters only. No client here has a secret,
// so whoever sends one is mistaken.
func (p *Provider) program(library http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // bounded by harden
		if err != nil {
			refuseProgram(w, http.StatusRequestEntityTooLarge, "invalid_request")
			return
		}
		form, err := single(string(body), names...)
		if err != nil {
			refuseProgram(w, http.StatusBadRequest, "invalid_request")
			return
		}
		if r.Header.Get("Authorization") != "" || p.clients[form.Get("client_id")] == nil {
			refuseProgram(w, http.StatusUnauthorized, "invalid_client")
			return
		}
		if r.URL.Path == deviceStartPath {
			if form.Get("nonce") == "" {
				refuseProgram(w, http.StatusBadRequest, "invalid_request")
				return
			}
			form.Set("scope", oidc.ScopeOpenID)
		}
		r = r.WithContext(withFlight(r.Context(), &flight{nonce: form.Get("nonce")}))
		encoded := form.Encode()
		r.URL = &url.URL{Path: r.URL.Path}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(encoded)), int64(len(encoded))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Content-Length", strconv.Itoa(len(encoded)))
		library.ServeHTTP(w, r)
	})
}

// single reads a query or form and keeps the parameters named. Each may be given once (RFC 6749 §3.1), and
// is bounded.
func single(encoded string, names ...string) (url.Values, error) {
	all, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, fmt.Errorf("localop: form: %w", err)
	}
	kept := make(url.Values, len(names))
	for _, n := range names {
		switch v := all[n]; {
		case len(v) > 1:
			return nil, fmt.Errorf("localop: form: %s is given twice", n)
		case len(v) == 1 && len(v[0]) > maxValue:
			return nil, fmt.Errorf("localop: form: %s is too long", n)
		case len(v) == 1:
			kept.Set(n, v[0])
		}
	}
	return kept, nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a program that left changes nothing
}

func refuseProgram(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code}) // a program that left changes nothing
}

// browserCookie ties a login to the browser that began it.
type browserCookie struct{ secure bool }

// name has the prefix that keeps other hosts of the same domain from planting the cookie, where TLS lets
// it be used.
func (c browserCookie) name() string {
	if c.secure {
		return "__Host-coffre-login"
	}
	return "coffre-login"
}

// read is the hash of the cookie; of none, a hash that no request has.
func (c browserCookie) read(r *http.Request) [sha256.Size]byte {
	k, err := r.Cookie(c.name())
	if err != nil || k.Value == "" {
		var never [sha256.Size]byte
		_, _ = rand.Read(never[:]) // never fails
		return never
	}
	return sha256.Sum256([]byte(k.Value))
}

// ensure reads the cookie, or gives the browser one.
func (c browserCookie) ensure(w http.ResponseWriter, r *http.Request) [sha256.Size]byte {
	if k, err := r.Cookie(c.name()); err == nil && len(k.Value) == len(rand.Text()) {
		return sha256.Sum256([]byte(k.Value))
	}
	v := rand.Text()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure wherever there is TLS; without it is loopback alone.
		Name: c.name(), Value: v, Path: "/",
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return sha256.Sum256([]byte(v))
}
