package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// callbackPath is where the issuer sends the browser back to; a public client registers
// http://127.0.0.1/callback, and the issuer accepts any port (RFC 8252 §7.3).
const callbackPath = "/callback"

// A CodeFlow logs a person in through the browser of this machine: authorization code with PKCE, the
// answer coming back to a loopback port (RFC 8252). It is safe for concurrent use.
type CodeFlow struct{ flow }

// NewCodeFlow checks the configuration and contacts nobody.
func NewCodeFlow(cfg FlowConfig) (*CodeFlow, error) {
	f, err := newFlow(cfg)
	if err != nil {
		return nil, err
	}
	return &CodeFlow{flow: f}, nil
}

// Run hands the address of the login page to open, waits for the browser to come back and returns the
// raw ID token, made for nonce. It takes at most ten minutes, less if ctx ends. The error wraps ErrFlow,
// ErrIssuerUnavailable, the error of open, or that of ctx; an *IssuerError says that the person or the
// issuer refused.
func (f *CodeFlow) Run(ctx context.Context, nonce string, open func(loginURL string) error) (rawIDToken string, err error) {
	ctx, cancel, m, err := f.begin(ctx, nonce)
	if err != nil {
		return "", err
	}
	defer cancel()
	if _, err := checkEndpoint(m.endpoint.AuthURL); err != nil {
		return "", fmt.Errorf("%w: authorization endpoint: %w", ErrFlow, err)
	}
	// The address, not "localhost", which may resolve to somewhere else (RFC 8252 §8.3).
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFlow, err)
	}
	w := newWaiter(expectation{state: rand.Text(), issuer: f.cfg.Issuer, issuerSays: m.says})
	stop := w.serve(ctx, ln)
	defer stop()

	cfg := f.oauth(m, "http://"+ln.Addr().String()+callbackPath)
	verifier := oauth2.GenerateVerifier()
	opts := append(f.options(nonce), oauth2.S256ChallengeOption(verifier))
	if err := open(cfg.AuthCodeURL(w.want.state, opts...)); err != nil {
		return "", fmt.Errorf("%w: %w", ErrFlow, err)
	}
	code, err := w.wait(ctx)
	if err != nil {
		return "", err
	}
	return idToken(cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier)))
}

// waiter is the loopback server that waits for one answer.
type waiter struct {
	want   expectation
	answer chan answer
}

type answer struct {
	code string
	err  error
}

func newWaiter(want expectation) *waiter {
	return &waiter{want: want, answer: make(chan answer, 1)}
}

// serve answers on ln until the returned function is called, which waits for the server to be gone.
func (w *waiter) serve(ctx context.Context, ln net.Listener) (stop func()) {
	srv := &http.Server{
		Handler:           w,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      5 * time.Second,
		MaxHeaderBytes:    maxCallback + 8<<10,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln) // ends with ErrServerClosed; a listener that breaks shows as a login that times out
	}()
	return func() {
		// The page that tells the person to come back is on its way: let it arrive.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close()
		}
		<-done
	}
}

// ServeHTTP takes the first answer that belongs to this login. Anything else on this machine can connect
// here too, so what does not belong is turned away and the waiting goes on.
func (w *waiter) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != callbackPath {
		http.NotFound(rw, r)
		return
	}
	code, err := w.want.parse(r.URL.RawQuery)
	if errors.Is(err, errForeign) {
		writeCallbackPage(rw, http.StatusBadRequest, "Cette réponse ne correspond pas à la connexion en cours.")
		return
	}
	select {
	case w.answer <- answer{code: code, err: err}:
	default: // an answer was taken already
	}
	if err != nil {
		writeCallbackPage(rw, http.StatusOK, "La connexion n’a pas abouti. Vous pouvez fermer cette page et revenir au programme.")
		return
	}
	writeCallbackPage(rw, http.StatusOK, "C’est fait. Vous pouvez fermer cette page et revenir au programme.")
}

func (w *waiter) wait(ctx context.Context) (string, error) {
	select {
	case a := <-w.answer:
		return a.code, a.err
	case <-ctx.Done():
		return "", fmt.Errorf("%w: %w", ErrFlow, ctx.Err())
	}
}
