package consent

import (
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// A Permit proves that one request was decided, and that the answer was yes.
// Only [Decide] and [Unidentified] make one that permits anything; the zero
// Permit refuses.
type Permit struct {
	session session.ID
	nobody  bool // no session: the act itself proves who, or needs nobody
	request Request
	consent vault.ConsentID
}

// Allows reports whether p was given for exactly this use. Acting functions ask
// it themselves, so that a permit cannot be carried to another act.
func (p Permit) Allows(act vault.Act, safe vault.SafeID, doc vault.DocumentID) bool {
	return (p.nobody || p.session != session.ID{}) && p.request.Act != 0 &&
		p.request == Request{act, safe, doc}
}

// Consent is the live consent that p rests on: the keys to use are those of its
// bundle and no others. Zero where p rests on none.
func (p Permit) Consent() vault.ConsentID { return p.consent }
