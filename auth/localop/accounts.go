package localop

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	minLogin = 2
	maxLogin = 64
	maxName  = 120 // bytes
	// accountPrefix begins the names of accounts in the store; decoyName is nobody's.
	accountPrefix = "account."
	decoyName     = accountPrefix + "decoy"
	subjectPrefix = "subject."
)

var (
	// ErrAccount reports a login or display name out of bounds.
	ErrAccount = errors.New("localop: account refused")
	// ErrAccountExists says that the login is taken.
	ErrAccountExists = errors.New("localop: login is taken")
	// ErrNoAccount says that no account has that login.
	ErrNoAccount = errors.New("localop: no such account")

	// errCredentials is the one answer to a wrong login, a wrong password and a locked account.
	errCredentials = errors.New("localop: login or password is wrong")
	errRecord      = errors.New("localop: stored account is malformed")
)

// An Account is what is needed to add one.
type Account struct {
	// Login is what the person types: 2 to 64 of a-z, 0-9, dot, hyphen and underscore; capital letters
	// count as small ones. It is no e-mail address.
	Login string
	// Name is what the pages call the person: 1 to 120 bytes, one line.
	Name string
	// Password must be a real one.
	Password Password
}

// account is an Account as stored: FORMAT.md.
type account struct {
	Version int    `json:"version"`
	Login   string `json:"login"`
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Hash    string `json:"hash"`
	// Kind is empty for an account that was added with its password.
	Kind string `json:"kind,omitempty"`
	// Invite names the invitation by which the account is to be renewed: until then nobody logs in.
	Invite string `json:"invite,omitempty"`
	// Failed and LockedUntil (Unix seconds) are written once an account locks.
	Failed      int   `json:"failed,omitempty"`
	LockedUntil int64 `json:"locked_until,omitempty"`
	// OTP is the second factor, nil where there is none.
	OTP *otp `json:"otp,omitempty"`
}

// kind is whom the account is for.
func (a account) kind() Kind {
	if a.Kind == ForAgent.word() || a.Kind == "" && a.OTP != nil {
		return ForAgent
	}
	return ForPerson
}

// accounts are the local accounts. Safe for concurrent use.
type accounts struct {
	store   Store
	nameKey []byte
	admits  func(ctx context.Context, subject string) bool
	hasher  *hasher
	strikes *strikes
	invites *strikes // guesses at invitations: a flood of them displaces no account's

	writing sync.Mutex // one account is read and written at a time
}

func newAccounts(store Store, nameKey []byte, admits func(context.Context, string) bool) *accounts {
	return &accounts{store: store, nameKey: nameKey, admits: admits, hasher: newHasher(), strikes: newStrikes(), invites: newStrikes()}
}

// shut reports whether nobody logs in with an account now: it waits to be renewed, is an agent's who is
// none any more, or is not the one that its subject names, because somebody was interrupted as they made it
// and made another since.
func (s *accounts) shut(ctx context.Context, a account) (bool, error) {
	lies, err := s.store.Load(ctx, s.subjectName(a.Subject))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return true, fmt.Errorf("localop: load subject: %w", err)
	}
	return a.Invite != "" || string(lies) != a.Login ||
		a.Kind == ForAgent.word() && s.admits != nil && !s.admits(ctx, a.Subject), nil
}

// AddAccount adds an account and returns the subject it has in ID tokens: random, and never used again.
// The error wraps ErrAccount, ErrPassword, ErrAccountExists or that of the store.
func (p *Provider) AddAccount(ctx context.Context, a Account) (subject string, err error) {
	login, err := checkLogin(a.Login)
	if err != nil {
		return "", err
	}
	if err := checkName(a.Name); err != nil {
		return "", err
	}
	if a.Password == (Password{}) {
		return "", ErrPassword
	}
	hash, err := p.accounts.hasher.hash(ctx, a.Password)
	if err != nil {
		return "", err
	}
	s := p.accounts
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.load(ctx, login); !errors.Is(err, ErrNoAccount) {
		if err == nil {
			err = ErrAccountExists
		}
		return "", err
	}
	rec := account{Version: 1, Login: login, Name: a.Name, Subject: strings.ToLower(rand.Text()), Hash: hash}
	if err := s.store.Save(ctx, s.subjectName(rec.Subject), []byte(login)); err != nil {
		return "", fmt.Errorf("localop: save subject: %w", err)
	}
	return rec.Subject, s.save(ctx, rec)
}

// ResetPassword is SetPassword for the account that has this subject in its ID tokens. Who asks for it
// is for the caller to know.
func (p *Provider) ResetPassword(ctx context.Context, subject string, pw Password) error {
	login, err := p.accounts.store.Load(ctx, p.accounts.subjectName(subject))
	if errors.Is(err, ErrNotFound) {
		return ErrNoAccount
	}
	if err != nil {
		return fmt.Errorf("localop: load subject: %w", err)
	}
	return p.SetPassword(ctx, string(login), pw)
}

// SetPassword replaces the password of an account and ends its lock-out. The error wraps ErrNoAccount,
// ErrPassword or that of the store.
func (p *Provider) SetPassword(ctx context.Context, login string, pw Password) error {
	if pw == (Password{}) {
		return ErrPassword
	}
	login, err := checkLogin(login)
	if err != nil {
		return ErrNoAccount
	}
	hash, err := p.accounts.hasher.hash(ctx, pw)
	if err != nil {
		return err
	}
	s := p.accounts
	s.writing.Lock()
	defer s.writing.Unlock()
	rec, err := s.load(ctx, login)
	if err != nil {
		return err
	}
	rec.Hash, rec.Failed, rec.LockedUntil = hash, 0, 0
	if err := s.save(ctx, rec); err != nil {
		return err
	}
	s.strikes.forgive(s.name(login))
	return nil
}

// authenticate checks what a person typed. Wrong login, wrong password and locked account take the same
// work and give the same errCredentials. Each guess counts before it is compared. Where the account asks
// for a one-time code as well, half is set and whole is nobody: prove goes on from there.
func (s *accounts) authenticate(ctx context.Context, typedLogin, typedPassword string) (whole identified, halfway *half, err error) {
	login, err := checkLogin(typedLogin)
	if err != nil {
		login = "?" // nobody's, and everybody's who types nonsense
	}
	if len(typedPassword) > maxPassword {
		typedPassword = ""
	}
	rec, err := s.load(ctx, login)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return identified{}, nil, err
	}
	known := err == nil
	shut, err := s.shut(ctx, rec) // asked of nobody's account as well
	if err != nil {
		return identified{}, nil, err
	}
	name := s.name(login)
	v := s.strikes.guess(name, rec.Failed, time.Unix(rec.LockedUntil, 0))
	stored := rec.Hash
	if v.locked || shut {
		stored = ""
	}
	ok, err := s.hasher.matches(ctx, stored, typedPassword)
	if err != nil {
		return identified{}, nil, err
	}
	if ok && rec.OTP != nil {
		// Not forgiven yet: whoever has the password must not have guesses at the code for nothing.
		s.strikes.takeBack(name, v)
		return identified{}, &half{login: login, hash: rec.Hash}, nil
	}
	if ok {
		s.strikes.forgive(name)
		return rec.proved("pwd"), nil, s.pardon(ctx, rec)
	}
	if v.locks {
		if err := s.lock(ctx, login, known, v); err != nil {
			return identified{}, nil, err
		}
	}
	return identified{}, nil, errCredentials
}

// lock writes a lock-out down, so that it survives a restart. For a login that nobody has, the same
// writing is done to no end: an answer that comes faster would tell.
func (s *accounts) lock(ctx context.Context, login string, known bool, v verdict) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	rec := account{Version: 1, Login: login, Name: "-", Subject: "-", Hash: hashPrefix()}
	if known {
		var err error
		if rec, err = s.load(ctx, login); err != nil {
			return err
		}
	}
	rec.Failed, rec.LockedUntil = v.failed, v.until.Unix()
	if known {
		return s.count(ctx, rec)
	}
	return s.put(ctx, decoyName, rec, s.store.SaveHere)
}

// pardon writes down that the person came in after a lock-out.
func (s *accounts) pardon(ctx context.Context, seen account) error {
	if seen.Failed == 0 {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	rec, err := s.load(ctx, seen.Login)
	if err != nil {
		return err
	}
	rec.Failed, rec.LockedUntil = 0, 0
	return s.count(ctx, rec)
}

// name is where an account lies in the store. It is keyed, so that names do not tell who has an account.
func (s *accounts) name(login string) string {
	return accountPrefix + s.keyed("coffre/account-name/v1", login)
}

// subjectName is where the login of a subject lies.
func (s *accounts) subjectName(subject string) string {
	return subjectPrefix + s.keyed("coffre/subject-name/v1", subject)
}

func (s *accounts) keyed(use, text string) string {
	m := hmac.New(sha256.New, s.nameKey)
	m.Write([]byte(use + "\x00" + text))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(m.Sum(nil)))
}

func (s *accounts) load(ctx context.Context, login string) (account, error) {
	b, err := s.store.Load(ctx, s.name(login))
	if errors.Is(err, ErrNotFound) {
		return account{}, ErrNoAccount
	}
	if err != nil {
		return account{}, fmt.Errorf("localop: load account: %w", err)
	}
	return parseAccount(b, login)
}

func parseAccount(b []byte, login string) (account, error) {
	var rec account
	if err := json.Unmarshal(b, &rec); err != nil {
		return account{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	if rec.Version != 1 || rec.Login != login || rec.Subject == "" || rec.Hash == "" || rec.Failed < 0 || !rec.OTP.valid() ||
		rec.Kind != "" && rec.Kind != ForPerson.word() && (rec.Kind != ForAgent.word() || rec.OTP == nil) {
		return account{}, errRecord
	}
	return rec, nil
}

func (s *accounts) save(ctx context.Context, rec account) error {
	return s.put(ctx, s.name(rec.Login), rec, s.store.Save)
}

// count saves an account of which nothing is new but what was counted.
func (s *accounts) count(ctx context.Context, rec account) error {
	return s.put(ctx, s.name(rec.Login), rec, s.store.SaveHere)
}

func (s *accounts) put(ctx context.Context, name string, rec account, save func(context.Context, string, []byte) error) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("localop: encode account: %w", err)
	}
	if err := save(ctx, name, b); err != nil {
		return fmt.Errorf("localop: save account: %w", err)
	}
	return nil
}

// checkLogin returns the one spelling of a login.
func checkLogin(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) < minLogin || len(s) > maxLogin {
		return "", fmt.Errorf("%w: login is not %d to %d characters", ErrAccount, minLogin, maxLogin)
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			b[i] = c - 'A' + 'a'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return "", fmt.Errorf("%w: login has a character that is not a-z, 0-9, dot, hyphen or underscore", ErrAccount)
		}
	}
	return string(b), nil
}

func checkName(s string) error {
	if s == "" || len(s) > maxName || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%w: name is not one line of 1 to %d bytes", ErrAccount, maxName)
	}
	return nil
}
