package localop

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	// deviceLife is how long a code on a device can be typed.
	deviceLife = 5 * time.Minute
	// pollEvery is what devices are told; pollLeast what is put up with.
	pollEvery = 2 * time.Second
	pollLeast = time.Second
	// maxDevices bounds the codes that are good at once, and with them what a guess can hit.
	maxDevices = 1000
	// codeGuesses is how many wrong codes an account may type in deviceLife.
	codeGuesses = 5
)

var (
	errUserCode = errors.New("localop: unknown or expired code")
	errGuesses  = errors.New("localop: too many wrong codes")
	errCrowded  = errors.New("localop: too many device logins at once")
)

// device is one device login under way, guarded by devices.mu.
type device struct {
	clientID string
	userCode string // without its hyphen
	nonce    string
	expires  time.Time
	polled   time.Time

	handle   string            // names the confirmation page, once somebody typed the code
	browser  [sha256.Size]byte // of that page
	who      identified        // who typed it
	typed    time.Time         // when they did
	answered bool
	agreed   bool
}

// devices are the device logins under way, in memory. Safe for concurrent use.
type devices struct {
	mu      sync.Mutex
	byCode  map[[sha256.Size]byte]*device // by hash of the device's own code
	guesses map[string]*codeGuess         // by subject
}

type codeGuess struct {
	wrong int
	since time.Time
}

func newDevices() *devices {
	return &devices{byCode: make(map[[sha256.Size]byte]*device), guesses: make(map[string]*codeGuess)}
}

// add keeps a new device login. It returns op.ErrDuplicateUserCode or errCrowded.
func (s *devices) add(deviceCode string, d device) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for h, old := range s.byCode {
		// A little longer than it lives, so that a device that polls late hears that its code ran out.
		if now.Sub(old.expires) > deviceLife {
			delete(s.byCode, h)
			continue
		}
		if old.userCode == d.userCode {
			return op.ErrDuplicateUserCode
		}
	}
	if len(s.byCode) >= maxDevices {
		return errCrowded
	}
	s.byCode[sha256.Sum256([]byte(deviceCode))] = &d
	return nil
}

// claim finds the device login of a typed code for somebody who proved who they are. It returns the
// handle of the confirmation page.
func (s *devices) claim(typed string, who identified, browser [sha256.Size]byte) (handle string, clientID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	g := s.guessesOf(who.subject, now)
	if g.wrong >= codeGuesses || who.subject == "" {
		return "", "", errGuesses
	}
	typed = normalUserCode(typed)
	for _, d := range s.byCode {
		if subtle.ConstantTimeCompare([]byte(d.userCode), []byte(typed)) != 1 || !now.Before(d.expires) || d.handle != "" {
			continue
		}
		d.handle, d.browser, d.who, d.typed = rand.Text(), browser, who, now
		return d.handle, d.clientID, nil
	}
	g.wrong++
	return "", "", errUserCode
}

// guessesOf counts the wrong codes of a subject; the caller holds mu.
func (s *devices) guessesOf(subject string, now time.Time) *codeGuess {
	for who, g := range s.guesses {
		if now.Sub(g.since) >= deviceLife {
			delete(s.guesses, who)
		}
	}
	g := s.guesses[subject]
	if g == nil {
		g = &codeGuess{since: now}
		s.guesses[subject] = g
	}
	return g
}

// answer is the person's yes or no on the confirmation page.
func (s *devices) answer(handle string, browser [sha256.Size]byte, agreed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.byCode {
		if d.handle == "" || d.handle != handle || subtle.ConstantTimeCompare(d.browser[:], browser[:]) != 1 {
			continue
		}
		if d.answered || !time.Now().Before(d.expires) {
			return errUserCode
		}
		d.answered, d.agreed = true, agreed
		return nil
	}
	return errUserCode
}

// poll is the device asking. It returns what the library is to make of it, and the device login once it
// may be redeemed, which happens once. slow says that the device asks too often.
func (s *devices) poll(clientID, deviceCode string) (st op.DeviceAuthorizationState, d *device, slow bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := sha256.Sum256([]byte(deviceCode))
	d = s.byCode[h]
	if d == nil || d.clientID != clientID {
		return st, nil, false, errUserCode
	}
	now := time.Now()
	if now.Sub(d.polled) < pollLeast {
		return st, nil, true, nil
	}
	d.polled = now
	st = op.DeviceAuthorizationState{
		ClientID: d.clientID,
		Audience: []string{d.clientID},
		Scopes:   []string{oidc.ScopeOpenID},
		Expires:  d.expires,
	}
	if !d.answered || !now.Before(d.expires) {
		return st, nil, false, nil
	}
	delete(s.byCode, h)
	if !d.agreed {
		st.Denied = true
		return st, nil, false, nil
	}
	st.Done, st.Subject, st.AuthTime, st.AMR = true, d.who.subject, d.typed, d.who.methods
	return st, d, false, nil
}

// normalUserCode drops what people add or leave out when they type a code.
func normalUserCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r
		default:
			return -1
		}
	}, s)
}
