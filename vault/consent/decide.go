package consent

import (
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// A verdict is an answer with what it rests on.
type verdict struct {
	reason Reason // 0 is yes
	grant  Grant  // that permits, or that ended
}

// Decide answers one request. A caller without any right learns nothing: what
// they may not know about does not exist ([Unknown]).
func Decide(who session.Principal, s Standing, r Request) (Permit, Reason) {
	if who.IsZero() {
		return Permit{}, Unknown
	}
	v := answer(s, r)
	if v.reason != 0 {
		return Permit{}, v.reason
	}
	return Permit{session: who.Session(), request: r, consent: v.grant.Consent}, 0
}

// Unidentified answers the two requests that come without a session: somebody
// who lost the password of a local account sets a new one, and proves with sheet
// and PIN who they are; and whoever holds a printed page asks whether it still
// counts.
func Unidentified(s Standing, r Request) (Permit, Reason) {
	if r.Act != vault.ActResetPassword && r.Act != vault.ActCheckPage || r.Safe.IsZero() || !r.Document.IsZero() || !s.Exists || s.Frozen || s.Nature != vault.NaturePerson {
		return Permit{}, Unknown
	}
	return Permit{nobody: true, request: r}, 0
}

// Explain is the error to answer a refusal with, for the standing and the
// request that were refused: as [Reason.Err], and for a consent that ended an
// [*vault.EndedError] that names it.
func Explain(s Standing, r Request, why Reason) error {
	if why != Ended {
		return why.Err()
	}
	g := answer(s, r).grant
	reason, at := g.end(s.Now)
	return &vault.EndedError{Consent: g.Consent, Why: reason, At: at}
}

// answer weighs what the caller is: the person, a partner program, an agent.
// Whoever is the person and may try the act as such is told why not as the
// person.
func answer(s Standing, r Request) verdict {
	u := ruleOf(r.Act)
	switch {
	case !s.Partner.IsZero():
		return s.asPartner(r, u)
	case u.anyone:
		return verdict{}
	case r.Act == vault.ActList && r.Safe.IsZero() && r.Document.IsZero():
		return verdict{} // of one's own safes
	case u.office != nobody && (u.agent == nobody || r.Safe.IsZero()):
		return s.inOffice(u)
	case r.Safe.IsZero():
		return verdict{reason: Unknown}
	case s.Nature != vault.NaturePerson:
		return s.inExercise(r.Act)
	}
	mine := s.asPerson(u)
	if mine == 0 {
		return verdict{}
	}
	v := s.asAgent(u)
	if v.reason != 0 && mine != Unknown {
		return verdict{reason: mine}
	}
	return v
}

// asPerson answers the person in their own session: their login, or a counter
// session. Unknown where they are not, or where the act is none of a person's.
func (s Standing) asPerson(u rule) Reason {
	switch {
	case !s.Exists:
		return Unknown
	case u.claim && !s.Visit && !s.Frozen:
		return 0 // whoever logged in may try to make this safe theirs
	case !s.Owner && !s.Visit:
		return Unknown
	case u.person == never && !(u.deposited && s.Deposited):
		return Unknown
	case s.Frozen && !u.frozen:
		return Frozen
	case u.deposited && s.Deposited:
		return 0 // a wrong deposit can be put right while it is fresh and unread
	}
	if why := s.reached(u.person); why != 0 {
		return why
	}
	if u.fresh && !s.Fresh {
		return StepUp
	}
	return 0
}

// reached says whether the person's session has open what an act needs.
func (s Standing) reached(n need) Reason {
	switch {
	case n == anyReach, n == inVisit && s.Visit:
		return 0
	case n == never, n == inVisit:
		return Unknown
	case s.Reach == vault.ReachAll:
		return 0
	case s.Reach == vault.ReachEntrusted:
		if n == someReach || n == paperReach && s.Entrusted {
			return 0
		}
		return NeedsSheet
	default:
		return Locked
	}
}

// asPartner answers a partner program: whatever it may not do is to it as if it
// had never been. A frozen safe takes deposits like any other, so that nothing
// tells it from one that is not.
func (s Standing) asPartner(r Request, u rule) verdict {
	deposits := u.agent == deposits && s.Exists && s.Nature == vault.NaturePerson && s.Addressed && !r.Safe.IsZero() && Partner().Deposit == AtAddress
	if deposits || u.program {
		return verdict{}
	}
	return verdict{reason: Unknown}
}
