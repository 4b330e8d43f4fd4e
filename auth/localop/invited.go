package localop

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

// errTwice says that a password was typed otherwise the second time.
var errTwice = errors.New("localop: the two passwords differ")

const invitationTitle = "Votre compte"

func (p *Provider) showInvitation(w http.ResponseWriter, _ *http.Request) {
	p.show(w, http.StatusOK, "invitation.html", view{Title: invitationTitle})
}

// postInvitation takes code, login and password: the code first, so that nobody without one learns which
// logins are taken.
func (p *Provider) postInvitation(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := view{Title: invitationTitle, Code: shorten(r.PostFormValue("code")), Login: shorten(r.PostFormValue("login"))}
		n, err := p.choose(r)
		if err != nil {
			p.showTyped(w, r, "invitation.html", v, err)
			return
		}
		if n.invitation.forAgent() {
			p.showSecret(w, r, v, enrolling{newcomer: n, secret: newOTPSecret(), browser: cookie.ensure(w, r)})
			return
		}
		p.settle(w, r, v, n)
	}
}

// choose reads what somebody with an invitation chose.
func (p *Provider) choose(r *http.Request) (n newcomer, err error) {
	if n.invitation, err = p.accounts.invited(r.Context(), r.PostFormValue("code")); err != nil {
		return n, err
	}
	if n.login = n.invitation.renews; n.login == "" {
		if n.login, err = checkLogin(r.PostFormValue("login")); err != nil {
			return n, err
		}
	}
	pw, err := NewPassword(r.PostFormValue("password"))
	switch {
	case err != nil:
		return n, err
	case pw.text != r.PostFormValue("again"):
		return n, errTwice
	}
	if err := p.accounts.free(r.Context(), n.login, n.invitation); err != nil {
		return n, err
	}
	n.hash, err = p.accounts.hasher.hash(r.Context(), pw)
	return n, err
}

// showSecret shows an agent the secret of their one-time codes, this once.
func (p *Provider) showSecret(w http.ResponseWriter, r *http.Request, again view, e enrolling) {
	handle, err := p.newcomers.add(e)
	if err != nil {
		p.showTyped(w, r, "invitation.html", again, err)
		return
	}
	p.show(w, http.StatusOK, "firstcode.html", p.secretView(r, handle, e))
}

func (p *Provider) secretView(r *http.Request, handle string, e enrolling) view {
	v := view{Title: "Vos codes à six chiffres", Handle: handle, Secret: grouped(e.secret.Reveal())}
	if p.square == nil {
		return v
	}
	side, dark, err := p.square(e.secret.URI(p.pages.Service, e.login))
	if err != nil { // it can be typed
		p.log.ErrorContext(r.Context(), "no QR code", slog.Any("error", err))
		return v
	}
	v.Side, v.Dark = side, dark
	return v
}

// postFirstCode is an agent's first one-time code, which shows that the secret arrived.
func (p *Provider) postFirstCode(cookie browserCookie) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		handle := r.PostFormValue("h")
		e, err := p.newcomers.prove(handle, cookie.read(r), r.PostFormValue("otp"))
		switch {
		case errors.Is(err, errOTP):
			p.showTyped(w, r, "firstcode.html", p.secretView(r, handle, e), err)
		case err != nil:
			p.showForeign(w)
		default:
			p.settle(w, r, view{Title: invitationTitle, Login: e.login}, e.newcomer)
		}
	}
}

// settle makes the account and says so.
func (p *Provider) settle(w http.ResponseWriter, r *http.Request, again view, n newcomer) {
	if err := p.accounts.settle(r.Context(), n); err != nil {
		p.showTyped(w, r, "invitation.html", again, err)
		return
	}
	p.show(w, http.StatusOK, "ready.html", view{Title: "C’est fait", Login: n.login})
}

// grouped is a text in groups of four.
func grouped(text string) string {
	var b strings.Builder
	for i, c := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
