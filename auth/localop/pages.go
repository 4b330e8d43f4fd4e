package localop

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
)

//go:embed pages
var pageFiles embed.FS

func parseViews() (*template.Template, error) {
	t, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("localop: pages: %w", err)
	}
	return t, nil
}

// Sentences a person may be shown after what they typed.
const (
	// sayCredentials is the same for a wrong login, a wrong password and a locked account.
	sayCredentials = "L’identifiant ou le mot de passe n’est pas le bon. Après plusieurs erreurs, attendez quelques minutes avant de recommencer."
	sayBusy        = "Beaucoup de personnes se connectent en ce moment. Attendez une minute, puis recommencez."
	// sayOTP is the same for a wrong code, a used code and a locked account.
	sayOTP      = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le code suivant, puis recopiez-le. Après plusieurs erreurs, attendez quelques minutes avant de recommencer."
	sayUserCode = "Ce code n’est pas le bon, ou il n’est plus valable. Vérifiez-le, ou demandez-en un nouveau au programme."
	sayGuesses  = "Trop de codes faux. Attendez cinq minutes, puis demandez un nouveau code au programme."
	// sayInvitation is the same for a wrong code, one that served, was replaced or ran out, and a locked one.
	sayInvitation = "Ce code n’est pas le bon, il a déjà servi ou il n’est plus valable. Vérifiez-le, ou demandez-en un nouveau à la personne qui vous l’a donné."
	sayTaken      = "Cet identifiant est déjà pris. Choisissez-en un autre."
	sayLogin      = "Cet identifiant ne convient pas : 2 à 64 lettres sans accent, chiffres, points, tirets ou tirets bas."
	sayPassword   = "Ce mot de passe ne convient pas : il faut 10 caractères au moins, par exemple quelques mots qui n’ont rien à voir entre eux."
	sayTwice      = "Les deux mots de passe ne sont pas les mêmes. Recommencez."
	sayNoPage     = "Cette page n’existe pas."
	sayProblem    = "Le service ne répond pas. Attendez une minute, puis recommencez."
)

// view is what the pages are filled with.
type view struct {
	Pages
	Title   string
	Problem string // shown first, as an alert
	Request string // of the login page
	Login   string // as typed
	Client  string
	Name    string
	Handle  string // of the confirmation page, or of the page that asks for a one-time code
	Base    string // in front of every path
	Code    string // of an invitation, as typed
	Secret  string // of one-time codes, to be typed into an application
	Side    int    // of the same as a QR code; 0 for none
	Dark    string // its modules
}

func (p *Provider) show(w http.ResponseWriter, status int, page string, v view) {
	v.Pages, v.Base = p.pages, p.base
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = p.views.ExecuteTemplate(w, page, v) // a browser that left changes nothing
}

func (p *Provider) showProblem(w http.ResponseWriter, status int, sentence string) {
	p.show(w, status, "problem.html", view{Title: "Cela n’a pas marché", Problem: sentence})
}

// showForeign is what somebody sees who followed another person's login link.
func (p *Provider) showForeign(w http.ResponseWriter) {
	p.showProblem(w, http.StatusForbidden, "Cette connexion n’a pas été commencée dans ce navigateur, ou elle a trop duré.")
}

// showTyped answers what a person typed with the page again and the sentence that fits.
func (p *Provider) showTyped(w http.ResponseWriter, r *http.Request, page string, v view, err error) {
	status := http.StatusUnauthorized
	switch {
	case errors.Is(err, errCredentials):
		v.Problem = sayCredentials
	case errors.Is(err, errOTP):
		v.Problem = sayOTP
	case errors.Is(err, errInvitation):
		v.Problem = sayInvitation
	case errors.Is(err, ErrAccountExists):
		v.Problem = sayTaken
	case errors.Is(err, ErrAccount):
		v.Problem, status = sayLogin, http.StatusBadRequest
	case errors.Is(err, ErrPassword):
		v.Problem, status = sayPassword, http.StatusBadRequest
	case errors.Is(err, errTwice):
		v.Problem, status = sayTwice, http.StatusBadRequest
	case errors.Is(err, errUserCode):
		v.Problem = sayUserCode
	case errors.Is(err, errGuesses):
		v.Problem, status = sayGuesses, http.StatusTooManyRequests
	case errors.Is(err, errBusy):
		v.Problem, status = sayBusy, http.StatusServiceUnavailable
	default:
		p.log.ErrorContext(r.Context(), "login could not be checked", slog.Any("error", err))
		v.Problem, status = sayProblem, http.StatusServiceUnavailable
	}
	p.show(w, status, page, v)
}

func (p *Provider) serveStyle(w http.ResponseWriter, _ *http.Request) {
	css, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		p.showProblem(w, http.StatusNotFound, sayNoPage)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(css) // a browser that left changes nothing
}

// loginView also lets the form's redirects lead back to the program.
func (p *Provider) loginView(w http.ResponseWriter, r request, login string) view {
	w.Header().Set("Content-Security-Policy", pagePolicy("'self' "+origin(r.redirect)))
	return view{Title: "Se connecter", Request: r.id, Login: login, Client: p.clients[r.clientID].Name}
}

func (p *Provider) showLogin(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := p.requests.of(r.URL.Query().Get("r"), cookie.read(r))
		if err != nil || req.Done() {
			p.showForeign(w)
			return
		}
		p.show(w, http.StatusOK, "login.html", p.loginView(w, req, ""))
	}
}

func (p *Provider) postLogin(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := p.requests.of(r.PostFormValue("r"), cookie.read(r))
		if err != nil || req.Done() {
			p.showForeign(w)
			return
		}
		login := r.PostFormValue("login")
		who, halfway, err := p.accounts.authenticate(r.Context(), login, r.PostFormValue("password"))
		switch {
		case err != nil:
			p.showTyped(w, r, "login.html", p.loginView(w, req, shorten(login)), err)
		case halfway != nil:
			halfway.request, halfway.browser = req.id, cookie.read(r)
			p.show(w, http.StatusOK, "otp.html", p.otpView(w, *halfway, p.halves.add(*halfway)))
		default:
			p.finishLogin(w, r, req.id, who)
		}
	}
}

// finishLogin sends somebody who proved who they are back to the program.
func (p *Provider) finishLogin(w http.ResponseWriter, r *http.Request, request string, who identified) {
	if err := p.requests.finish(request, who); err != nil {
		p.showForeign(w)
		return
	}
	http.Redirect(w, r, p.base+callbackPath+"?id="+request, http.StatusSeeOther)
}

// otpView is the page that asks for a one-time code; on the way to a program, its form's redirects lead
// there.
func (p *Provider) otpView(w http.ResponseWriter, h half, handle string) view {
	if r, err := p.requests.get(h.request); err == nil {
		w.Header().Set("Content-Security-Policy", pagePolicy("'self' "+origin(r.redirect)))
	}
	return view{Title: "Votre code à six chiffres", Handle: handle}
}

// postOTP is the second half of a login, for the browser that began it and no other.
func (p *Provider) postOTP(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		handle, browser := r.PostFormValue("h"), cookie.read(r)
		h, err := p.halves.of(handle, browser)
		if err != nil {
			p.showForeign(w)
			return
		}
		who, err := p.accounts.prove(r.Context(), h, r.PostFormValue("otp"))
		if errors.Is(err, errHalf) || errors.Is(err, ErrNoAccount) {
			p.halves.end(handle)
			p.showForeign(w)
			return
		}
		if err != nil {
			p.showTyped(w, r, "otp.html", p.otpView(w, h, handle), err)
			return
		}
		p.halves.end(handle)
		if h.request != "" {
			p.finishLogin(w, r, h.request, who)
			return
		}
		p.claimDevice(w, r, h.userCode, view{Title: "Connecter un programme", Login: h.login}, who, browser)
	}
}

// showDevice ignores a code in the address: typing it is what makes a person look where it comes from.
func (p *Provider) showDevice(w http.ResponseWriter, _ *http.Request) {
	p.show(w, http.StatusOK, "device.html", view{Title: "Connecter un programme"})
}

func (p *Provider) postDevice(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := view{Title: "Connecter un programme", Login: shorten(r.PostFormValue("login"))}
		browser := cookie.ensure(w, r)
		who, halfway, err := p.accounts.authenticate(r.Context(), r.PostFormValue("login"), r.PostFormValue("password"))
		switch {
		case err != nil:
			p.showTyped(w, r, "device.html", v, err)
		case halfway != nil:
			halfway.userCode, halfway.browser = shorten(r.PostFormValue("code")), browser
			p.show(w, http.StatusOK, "otp.html", p.otpView(w, *halfway, p.halves.add(*halfway)))
		default:
			p.claimDevice(w, r, r.PostFormValue("code"), v, who, browser)
		}
	}
}

// claimDevice asks somebody who proved who they are whether they started the program.
func (p *Provider) claimDevice(w http.ResponseWriter, r *http.Request, userCode string, again view, who identified, browser [sha256.Size]byte) {
	handle, clientID, err := p.devices.claim(userCode, who, browser)
	if err != nil {
		p.showTyped(w, r, "device.html", again, err)
		return
	}
	p.show(w, http.StatusOK, "confirm.html", view{
		Title: "Confirmer", Handle: handle, Client: p.clients[clientID].Name, Name: who.name,
	})
}

func (p *Provider) postDeviceConfirm(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		agreed := r.PostFormValue("answer") == "yes"
		if err := p.devices.answer(r.PostFormValue("handle"), cookie.read(r), agreed); err != nil {
			p.showForeign(w)
			return
		}
		page := "refused.html"
		if agreed {
			page = "done.html"
		}
		p.show(w, http.StatusOK, page, view{Title: "C’est fait"})
	}
}

// shorten keeps what is shown again, or kept, within what can be a login or a code.
func shorten(s string) string {
	if len(s) > maxLogin {
		return ""
	}
	return s
}
