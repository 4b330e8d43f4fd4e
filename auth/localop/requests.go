package localop

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// maxRequests bounds the logins under way.
const maxRequests = 10_000

var errRequest = errors.New("localop: unknown or expired login request")

// request is one login under way: from the program's authorization request to its code. What the program
// asked for is never changed; the rest is guarded by requests.mu.
type request struct {
	id          string
	clientID    string
	redirect    string
	state       string
	nonce       string
	challenge   string
	browser     [sha256.Size]byte // hash of the cookie of the browser that began it
	expires     time.Time
	who         identified // set when the person logged in
	authTime    time.Time
	codeWasMade bool
}

var _ op.AuthRequest = request{}

func (r request) GetID() string                      { return r.id }
func (r request) GetACR() string                     { return "" }
func (r request) GetAMR() []string                   { return r.who.methods }
func (r request) GetAudience() []string              { return []string{r.clientID} }
func (r request) GetAuthTime() time.Time             { return r.authTime }
func (r request) GetClientID() string                { return r.clientID }
func (r request) GetNonce() string                   { return r.nonce }
func (r request) GetRedirectURI() string             { return r.redirect }
func (r request) GetScopes() []string                { return []string{oidc.ScopeOpenID} }
func (r request) GetState() string                   { return r.state }
func (r request) GetSubject() string                 { return r.who.subject }
func (r request) Done() bool                         { return r.who.subject != "" }
func (r request) GetResponseType() oidc.ResponseType { return oidc.ResponseTypeCode }
func (r request) GetResponseMode() oidc.ResponseMode { return oidc.ResponseModeQuery }

func (r request) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.challenge, Method: oidc.CodeChallengeMethodS256}
}

// requests are the logins under way, in memory: they live minutes. Safe for concurrent use; what goes out
// are copies.
type requests struct {
	mu    sync.Mutex
	byID  map[string]*request
	codes map[[sha256.Size]byte]string // hash of a code → id of its request
}

func newRequests() *requests {
	return &requests{byID: make(map[string]*request), codes: make(map[[sha256.Size]byte]string)}
}

// begin keeps a new request and gives it its id.
func (s *requests) begin(r request) request {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom()
	r.id, r.expires = rand.Text(), time.Now().Add(requestLife)
	s.byID[r.id] = &r
	return r
}

// makeRoom drops what is over and, if need be, the login that is nearest its end and where nobody logged
// in yet: whoever floods the door must not keep it shut. The caller holds mu.
func (s *requests) makeRoom() {
	if len(s.byID) < maxRequests {
		return
	}
	now := time.Now()
	var oldest *request
	for id, r := range s.byID {
		if now.After(r.expires) {
			delete(s.byID, id)
			continue
		}
		if !r.Done() && (oldest == nil || r.expires.Before(oldest.expires)) {
			oldest = r
		}
	}
	if len(s.byID) >= maxRequests && oldest != nil {
		delete(s.byID, oldest.id)
	}
	for code, id := range s.codes {
		if s.byID[id] == nil {
			delete(s.codes, code)
		}
	}
}

// live returns the request of id; the caller holds mu.
func (s *requests) live(id string) (*request, error) {
	r := s.byID[id]
	if r == nil || !time.Now().Before(r.expires) {
		return nil, errRequest
	}
	return r, nil
}

func (s *requests) get(id string) (request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.live(id)
	if err != nil {
		return request{}, err
	}
	return *r, nil
}

// of returns the request of id if it was begun by this browser.
func (s *requests) of(id string, browser [sha256.Size]byte) (request, error) {
	r, err := s.get(id)
	if err != nil {
		return request{}, err
	}
	if subtle.ConstantTimeCompare(r.browser[:], browser[:]) != 1 {
		return request{}, errRequest
	}
	return r, nil
}

// finish says who logged in.
func (s *requests) finish(id string, who identified) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.live(id)
	if err != nil {
		return err
	}
	if r.Done() || who.subject == "" {
		return errRequest // a second person cannot take over a login
	}
	r.who, r.authTime = who, time.Now()
	return nil
}

// saveCode keeps the one code of a request.
func (s *requests) saveCode(id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.live(id)
	if err != nil {
		return err
	}
	if !r.Done() || r.codeWasMade {
		return errRequest
	}
	r.codeWasMade, r.expires = true, time.Now().Add(codeLife)
	s.codes[sha256.Sum256([]byte(code))] = id
	return nil
}

// redeem takes the request of a code away: whoever comes first has it, and nobody after. The library
// itself forgets a code only once it has made the tokens.
func (s *requests) redeem(code string) (request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := sha256.Sum256([]byte(code))
	id, ok := s.codes[h]
	if !ok {
		return request{}, errRequest
	}
	delete(s.codes, h)
	r, err := s.live(id)
	delete(s.byID, id)
	if err != nil {
		return request{}, err
	}
	return *r, nil
}
