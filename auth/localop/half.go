package localop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"
)

// maxHalves bounds the logins of which the password was right and the code is awaited.
const maxHalves = 10_000

var (
	// errOTP is the one answer to a wrong code, a used code and a locked account.
	errOTP  = errors.New("localop: one-time code is wrong")
	errHalf = errors.New("localop: unknown or expired half login")
	// errEnded says that what somebody logged in with does not hold any more.
	errEnded = errors.New("localop: the account was renewed or shut since")
)

// identified is somebody who proved all that their account asks for. Only accounts makes one; the zero
// value is nobody, and is refused where a login ends.
type identified struct {
	subject string
	name    string
	methods []string // RFC 8176

	login string
	hash  string // of the password that was right
}

// proved is the person of an account who proved it by these methods.
func (a account) proved(methods ...string) identified {
	return identified{subject: a.Subject, name: a.Name, methods: methods, login: a.Login, hash: a.Hash}
}

// still is errEnded where what somebody logged in with was set anew since, or their account was shut: a
// login under way ends with it.
func (s *accounts) still(ctx context.Context, who identified) error {
	rec, err := s.load(ctx, who.login)
	if errors.Is(err, ErrNoAccount) {
		return errEnded
	}
	if err != nil {
		return err
	}
	shut, err := s.shut(ctx, rec)
	if err == nil && (shut || rec.Hash != who.hash || rec.Subject != who.subject) {
		err = errEnded
	}
	return err
}

// half is somebody whose password was right and whose account asks for a one-time code as well. It opens
// nothing.
type half struct {
	login   string
	hash    string            // of the password that was right
	browser [sha256.Size]byte // hash of the cookie of the browser that it was typed in
	expires time.Time

	request  string // the login under way, else
	userCode string // what was typed on the device page
}

// halves are the half logins, in memory: they live as long as a login under way. Safe for concurrent use.
type halves struct {
	mu sync.Mutex
	by map[string]half // by handle
}

func newHalves() *halves { return &halves{by: make(map[string]half)} }

// add keeps a half login and gives it the handle that its page carries.
func (s *halves) add(h half) (handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.expires = time.Now().Add(requestLife)
	s.makeRoom()
	handle = rand.Text()
	s.by[handle] = h
	return handle
}

// makeRoom drops what is over and, if need be, the one that is nearest its end. The caller holds mu.
func (s *halves) makeRoom() {
	if len(s.by) < maxHalves {
		return
	}
	now, oldest := time.Now(), ""
	for handle, h := range s.by {
		if !now.Before(h.expires) {
			delete(s.by, handle)
		} else if oldest == "" || h.expires.Before(s.by[oldest].expires) {
			oldest = handle
		}
	}
	if len(s.by) >= maxHalves {
		delete(s.by, oldest)
	}
}

// of returns the half login of a handle if it was begun by this browser.
func (s *halves) of(handle string, browser [sha256.Size]byte) (half, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.by[handle]
	if !ok || !time.Now().Before(h.expires) || subtle.ConstantTimeCompare(h.browser[:], browser[:]) != 1 {
		return half{}, errHalf
	}
	return h, nil
}

// end forgets a half login that became a whole one, or can no longer.
func (s *halves) end(handle string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, handle)
}
