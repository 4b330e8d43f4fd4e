package tour

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

const (
	maxPage   = 1 << 20 // bytes of one page
	pageLimit = 20 * time.Second
)

// logIn lets one person log in through the code flow, with a browser of their
// own: cookies, redirects, and the form of the login page filled in.
func (s *story) logIn(ctx context.Context, p Person) (*client.Client, client.Session, error) {
	heard := &listener{next: http.DefaultTransport}
	session, err := s.anyone.Login(ctx, client.Login{
		Issuer:    s.cfg.People.Issuer,
		Transport: heard,
		Place:     coffrev1.Place_PLACE_OWN,
		Browser:   func(address string) error { return Browse(ctx, address, p) },
	})
	if err != nil {
		return nil, client.Session{}, fmt.Errorf("login: %w", err)
	}
	token, err := sessionToken(session)
	if err != nil {
		return nil, client.Session{}, err
	}
	s.mark("session token", token)
	s.mark("ID token", heard.idToken())
	return s.anyone.As(session.Credentials), session, nil
}

// sessionToken reads a session's token where a user's program keeps it: the one
// place that writes it down.
func sessionToken(session client.Session) (token string, err error) {
	dir, err := os.MkdirTemp("", "coffre-tour-")
	if err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store := client.Store{Dir: dir}
	if err := store.Save(client.Saved{Credentials: session.Credentials}); err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	raw, err := os.ReadFile(store.SessionFile())
	if err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	var kept struct {
		Token string `json:"sessionToken"`
	}
	if err := json.Unmarshal(raw, &kept); err != nil {
		return "", fmt.Errorf("session: %w", err)
	}
	if kept.Token == "" {
		return "", errors.New("session: no token is kept")
	}
	return kept.Token, nil
}

// Browse logs somebody in at the page of the local provider, with a browser of
// their own that ends with the login.
func Browse(ctx context.Context, address string, p Person) error {
	return BrowseThrough(ctx, http.DefaultTransport, address, p)
}

// BrowseThrough is Browse with a browser that reaches pages in its own way.
func BrowseThrough(ctx context.Context, way http.RoundTripper, address string, p Person) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fmt.Errorf("cookies: %w", err)
	}
	return browser{ctx: ctx, http: &http.Client{Jar: jar, Transport: way, Timeout: pageLimit}}.logIn(address, p)
}

// A browser does what a person's would, without a screen.
type browser struct {
	ctx  context.Context //nolint:containedctx // a browser lives within one login
	http *http.Client
}

func (b browser) logIn(address string, p Person) error {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("login page: %w", err)
	}
	at, page, err := b.fetch(req)
	if err != nil {
		return err
	}
	action, fields, err := parseForm(at, page)
	if err != nil {
		return err
	}
	fields.Set("login", p.Login)
	fields.Set("password", p.Password.Reveal())
	if at, page, err = b.post(at, action, fields); err != nil {
		return err
	}
	if action, fields, ok := codeForm(at, page); ok {
		return b.typeCode(at, action, fields, p.OTP)
	}
	return nil
}

// codeForm is the form that asks for a one-time code, if the page has one: where
// it has none the program has answered already.
func codeForm(at *url.URL, page []byte) (action string, fields url.Values, ok bool) {
	action, fields, err := parseForm(at, page)
	return action, fields, err == nil && fields.Has("otp")
}

// typeCode answers the page that asks for a one-time code. Each is taken once, and
// no earlier one after it: a person who just logged in waits for the next. Whoever
// plays several logins in a row begins with the oldest code that the provider puts
// up with, and has three before they wait as well.
func (b browser) typeCode(at *url.URL, action string, fields url.Values, secret localop.OTPSecret) error {
	for _, off := range []time.Duration{-codeTime, 0, codeTime} {
		fields.Set("otp", secret.Code(time.Now().Add(off)))
		if _, _, err := b.post(at, action, fields); !errors.Is(err, errUnauthorized) {
			return err
		}
	}
	select {
	case <-time.After(time.Until(time.Now().Truncate(codeTime).Add(codeTime))):
	case <-b.ctx.Done():
		return fmt.Errorf("one-time code: %w", b.ctx.Err())
	}
	fields.Set("otp", secret.Code(time.Now().Add(codeTime)))
	_, _, err := b.post(at, action, fields)
	return err
}

// codeTime is how long a one-time code is shown.
const codeTime = 30 * time.Second

var errUnauthorized = errors.New("what was typed is not right")

func (b browser) post(from *url.URL, action string, fields url.Values) (*url.URL, []byte, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, action, strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, nil, fmt.Errorf("login form: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", from.Scheme+"://"+from.Host)
	return b.fetch(req)
}

// fetch follows redirects, cookies included, to a page that is there.
func (b browser) fetch(req *http.Request) (*url.URL, []byte, error) {
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("browser: %w", err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, nil, fmt.Errorf("browser: %w", err)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return nil, nil, fmt.Errorf("browser: %w: at %s", errUnauthorized, resp.Request.URL.Path)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("browser: %s at %s", resp.Status, resp.Request.URL.Path)
	}
	return resp.Request.URL, page, nil
}

// parseForm reads the first form of a page: where it goes, and its fields as
// they stand.
func parseForm(at *url.URL, page []byte) (action string, fields url.Values, err error) {
	z := html.NewTokenizer(bytes.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		t := z.Token()
		if kind == html.EndTagToken && t.Data == "form" && fields != nil {
			return action, fields, nil
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		switch attrs := attributes(t); {
		case t.Data == "form" && fields == nil:
			to, err := at.Parse(attrs["action"])
			if err != nil {
				return "", nil, fmt.Errorf("login form: %w", err)
			}
			action, fields = to.String(), url.Values{}
		case t.Data == "input" && fields != nil && attrs["name"] != "":
			fields.Set(attrs["name"], attrs["value"])
		}
	}
	return "", nil, errors.New("login page: no form")
}

func attributes(t html.Token) map[string]string {
	all := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		all[a.Key] = a.Val
	}
	return all
}

// A listener remembers the ID token that passes, to look for it afterwards where
// it must not be.
type listener struct {
	next http.RoundTripper

	mu    sync.Mutex
	token string
}

// RoundTrip implements [http.RoundTripper].
func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodPost {
		return resp, err //nolint:wrapcheck // a RoundTripper hands its error on
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("token answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if json.Unmarshal(raw, &answer) == nil && answer.IDToken != "" {
		l.mu.Lock()
		l.token = answer.IDToken
		l.mu.Unlock()
	}
	return resp, nil
}

func (l *listener) idToken() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token
}
