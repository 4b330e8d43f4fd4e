package portal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/rpc"
	"github.com/coffre-fort/coffre/vault/texts"
)

//go:embed page.html style.css
var files embed.FS

// A Portal serves the public pages. It is safe for concurrent use.
type Portal struct {
	api   rpc.Public
	page  *template.Template
	style []byte
	mux   *http.ServeMux
	busy  chan struct{} // one place for each answer under way
}

// atOnce bounds the answers under way: each takes a second, and a place.
const atOnce = 256

// New makes a portal of what an API answers to anybody.
func New(api rpc.Public) (http.Handler, error) {
	if api == nil {
		return nil, errors.New("portal: nobody answers")
	}
	p := &Portal{api: api, mux: http.NewServeMux(), busy: make(chan struct{}, atOnce)}
	var err error
	if p.page, err = template.ParseFS(files, "page.html"); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	if p.style, err = files.ReadFile("style.css"); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	p.mux.HandleFunc("GET /{$}", p.home)
	p.mux.HandleFunc("GET /style.css", p.css)
	p.mux.HandleFunc("GET /information", p.information)
	p.mux.HandleFunc("GET /v/{code}", p.check)
	p.mux.HandleFunc("GET /d/{address}", p.deposit)
	p.mux.HandleFunc("/", p.missing)
	return p, nil
}

// ServeHTTP implements [http.Handler].
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		p.write(w, http.StatusMethodNotAllowed, view{Title: texts.PublicHomeTitle, Lines: lines(texts.PublicMissing)})
		return
	}
	p.mux.ServeHTTP(w, r)
}

// A view is one page, as the template reads it.
type view struct {
	Title texts.Label
	Lines []string
	Mark  []string // groups of characters to compare
	Label texts.Label
	After []string
	Link  texts.Label // to the service information
}

func lines(all ...texts.Sentence) (out []string) {
	for _, s := range all {
		out = append(out, string(s))
	}
	return out
}

func (p *Portal) write(w http.ResponseWriter, code int, v view) {
	var b strings.Builder
	if err := p.page.Execute(&b, v); err != nil {
		http.Error(w, string(texts.PublicDown), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(b.String())) // a reader who went away needs no page
}

func (p *Portal) home(w http.ResponseWriter, _ *http.Request) {
	p.write(w, http.StatusOK, view{Title: texts.PublicHomeTitle, Lines: lines(texts.PublicHome), Link: texts.PublicInformation})
}

func (p *Portal) missing(w http.ResponseWriter, _ *http.Request) {
	p.write(w, http.StatusNotFound, view{Title: texts.PublicHomeTitle, Lines: lines(texts.PublicMissing)})
}

func (p *Portal) css(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(p.style)
}

// deposit says what to do with an address. It looks nothing up: that the address
// lives is told to nobody.
func (p *Portal) deposit(w http.ResponseWriter, _ *http.Request) {
	p.write(w, http.StatusOK, view{
		Title: texts.PublicDepositTitle,
		Lines: lines(texts.PublicDepositGive, texts.PublicDepositWhat, texts.PublicDepositWho),
	})
}

func (p *Portal) information(w http.ResponseWriter, r *http.Request) {
	told, err := p.api.GetServiceInformation(r.Context(), &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		p.failed(w, err)
		return
	}
	p.write(w, http.StatusOK, view{
		Title: texts.PublicInformation, Lines: strings.Split(told.GetText(), "\n\n"),
		After: []string{string(texts.InformationVersion) + " : " + told.GetVersion()},
	})
}

// answerTime is how long an answer may take.
const answerTime = 10 * time.Second

// check says of a printed page whether it still counts. What is no code looks
// like a code of which nothing is said, after the same time: it is asked about as
// one that nobody has.
func (p *Portal) check(w http.ResponseWriter, r *http.Request) {
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	default:
		p.write(w, http.StatusTooManyRequests, view{Title: texts.PublicTitle, Lines: lines(texts.PublicBusy)})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	code := r.PathValue("code")
	if _, err := vault.ParsePageCode(code); err != nil {
		code = vault.PageCode(vault.NewSafeID()).String()
	}
	said, err := p.api.CheckPage(ctx, coffrev1.CheckPageRequest_builder{Code: &code}.Build(), r.RemoteAddr)
	if err != nil {
		p.failed(w, err)
		return
	}
	p.write(w, http.StatusOK, viewOf(said, time.Now()))
}

func viewOf(said *coffrev1.CheckPageResponse, now time.Time) view {
	if !said.HasGiveTime() {
		return view{Title: texts.PublicTitle, Lines: lines(texts.PublicNothing, texts.PublicMaybe, texts.PublicAgain)}
	}
	given, from, until := said.GetGiveTime().AsTime(), said.GetFromTime().AsTime(), said.GetUntilTime().AsTime()
	v := view{
		Title: texts.PublicTitle, Lines: []string{texts.PublicExists.With("given", texts.Day(given, nil))},
		Label: texts.PublicMark, After: lines(texts.PublicCompare, texts.PublicNames),
	}
	switch {
	case !said.GetLive():
		v.Lines = append(v.Lines, texts.PublicOver.With("ended", texts.Day(said.GetEndTime().AsTime(), nil)))
	case now.Before(from):
		v.Lines = append(v.Lines, texts.PublicLater.With("from", texts.Moment(from, nil), "until", texts.Moment(until, nil)))
	default:
		v.Lines = append(v.Lines, texts.PublicRuns.With("until", texts.Moment(until, nil)))
	}
	for mark := said.GetMark(); mark != ""; {
		n := min(4, len(mark))
		v.Mark, mark = append(v.Mark, mark[:n]), mark[n:]
	}
	return v
}

// failed says that there is no answer, and nothing of why.
func (p *Portal) failed(w http.ResponseWriter, err error) {
	code, words := http.StatusServiceUnavailable, texts.PublicDown
	if errors.Is(err, vault.ErrLimit) || status.Code(err) == codes.ResourceExhausted {
		code, words = http.StatusTooManyRequests, texts.PublicBusy
	}
	w.Header().Set("Retry-After", "60")
	p.write(w, code, view{Title: texts.PublicTitle, Lines: lines(words)})
}
