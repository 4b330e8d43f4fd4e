package session

import (
	"time"

	"github.com/coffre-fort/coffre/auth"
)

const (
	// underWay is how long a login that was under way when its person's sessions were revoked might still
	// open one: at the login page, as a code, as an ID token, and some minutes more.
	underWay = 20 * time.Minute
	// maxRevoked bounds the people whose revocation is remembered.
	maxRevoked = 10_000
)

// revoked is when the sessions of a person were last revoked, for as long as a login from before might
// still open one. It is in memory: a restart forgets it. The caller holds Sessions.mu.
type revoked map[auth.UserID]time.Time

// note remembers a revocation. Of too many, the one that is nearest its end goes.
func (r revoked) note(u auth.UserID, now time.Time) {
	if u.IsZero() {
		return
	}
	r[u] = now
	if len(r) <= maxRevoked {
		return
	}
	oldest := u
	for who, at := range r {
		if elapsed(at, now) >= underWay {
			delete(r, who)
		} else if at.Before(r[oldest]) {
			oldest = who
		}
	}
	if len(r) > maxRevoked {
		delete(r, oldest)
	}
}

// covers reports whether somebody gave proof of who they are before their sessions were revoked, to the
// second, as issuers say it. An issuer that does not say when is read as long ago.
func (r revoked) covers(u auth.UserID, authTime, now time.Time) bool {
	at, ok := r[u]
	switch {
	case !ok:
		return false
	case elapsed(at, now) >= underWay:
		delete(r, u)
		return false
	}
	return authTime.Unix() < at.Unix()
}
