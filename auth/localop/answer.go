package localop

import (
	"net/http"
	"net/url"
	"strings"
)

// answer is what a browser sees of the library: its plain error texts become a page in French, and what
// goes back to a program names this issuer (RFC 9207), which the library does not do.
type answer struct {
	http.ResponseWriter
	p       *Provider
	silence bool
}

// WriteHeader replaces an error by our page.
func (a *answer) WriteHeader(status int) {
	if status >= http.StatusBadRequest {
		a.silence = true
		h := a.Header()
		h.Del("Content-Length")
		a.p.showProblem(a.ResponseWriter, http.StatusBadRequest, "La demande de connexion n’est plus valable.")
		return
	}
	if to := a.Header().Get("Location"); to != "" && !strings.HasPrefix(to, "/") {
		a.Header().Set("Location", a.p.withIssuer(to))
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write drops the library's own text once our page took its place.
func (a *answer) Write(b []byte) (int, error) {
	if a.silence {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b) // a ResponseWriter hands its error on.
}

// withIssuer adds iss to an authorization response on its way to an accepted redirect address.
func (p *Provider) withIssuer(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	q := u.Query()
	q.Set("iss", p.issuer)
	u.RawQuery = q.Encode()
	return u.String()
}

// discovery is the whole of what this provider offers; the library would announce what funnel keeps shut.
type discovery struct {
	Issuer              string   `json:"issuer"`
	Authorization       string   `json:"authorization_endpoint"`
	Token               string   `json:"token_endpoint"`
	DeviceAuthorization string   `json:"device_authorization_endpoint"`
	JWKS                string   `json:"jwks_uri"`
	Scopes              []string `json:"scopes_supported"`
	ResponseTypes       []string `json:"response_types_supported"`
	ResponseModes       []string `json:"response_modes_supported"`
	Grants              []string `json:"grant_types_supported"`
	Subjects            []string `json:"subject_types_supported"`
	Algs                []string `json:"id_token_signing_alg_values_supported"`
	TokenAuth           []string `json:"token_endpoint_auth_methods_supported"`
	Challenges          []string `json:"code_challenge_methods_supported"`
	Claims              []string `json:"claims_supported"`
	Locales             []string `json:"ui_locales_supported"`
	SaysIssuer          bool     `json:"authorization_response_iss_parameter_supported"`
	RequestURI          bool     `json:"request_uri_parameter_supported"`
}

func (p *Provider) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, discovery{
		Issuer:              p.issuer,
		Authorization:       p.issuer + authorizePath,
		Token:               p.issuer + tokenPath,
		DeviceAuthorization: p.issuer + deviceStartPath,
		JWKS:                p.issuer + keysPath,
		Scopes:              []string{"openid"},
		ResponseTypes:       []string{"code"},
		ResponseModes:       []string{"query"},
		Grants:              []string{"authorization_code", "urn:ietf:params:oauth:grant-type:device_code"},
		Subjects:            []string{"public"},
		Algs:                []string{"ES256"},
		TokenAuth:           []string{"none"},
		Challenges:          []string{"S256"},
		Claims:              []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "azp"},
		Locales:             []string{"fr"},
		SaysIssuer:          true,
	})
}
