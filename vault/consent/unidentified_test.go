package consent

import (
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Nobody without a session may try anything but setting a lost password anew
// and checking a printed page, and those permits are good for nothing else.
func TestWithoutASessionOnlyALostPasswordAndAPageAreTried(t *testing.T) {
	t.Parallel()
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	for act := range vault.Act(200) {
		for name, s := range map[string]Standing{"there": {Exists: true}, "frozen": {Exists: true, Frozen: true}, "not there": {}} {
			p, why := Unidentified(s, Request{Act: act, Safe: safe})
			if want := (act == vault.ActResetPassword || act == vault.ActCheckPage) && s.Exists && !s.Frozen; (why == 0) != want || p.Allows(act, safe, vault.DocumentID{}) != want {
				t.Errorf("%v, %s: reason %d", act, name, why)
			}
			if p.Allows(vault.ActRead, safe, doc) || p.Allows(act, vault.NewSafeID(), vault.DocumentID{}) {
				t.Errorf("%v, %s: the permit is good for more", act, name)
			}
		}
		if _, why := Decide(session.Principal{}, Standing{Exists: true, Owner: true}, Request{Act: act, Safe: safe}); why == 0 {
			t.Errorf("%v: nobody got a permit", act)
		}
	}
	for _, act := range []vault.Act{vault.ActResetPassword, vault.ActCheckPage} {
		if _, why := Unidentified(Standing{Exists: true}, Request{Act: act, Safe: safe, Document: doc}); why == 0 {
			t.Errorf("%v: about a paper", act)
		}
		if _, why := Unidentified(Standing{Exists: true}, Request{Act: act}); why == 0 {
			t.Errorf("%v: about no safe", act)
		}
	}
}
