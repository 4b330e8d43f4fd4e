package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/renameio/v2"

	"github.com/coffre-fort/coffre/auth/session"
)

// A Store is the folder where a user's programs keep their session and the last
// checkpoint they saw of each service. The folder and its files can be read by
// their owner only, and each file is replaced whole or not at all.
type Store struct {
	// Dir is the folder; it is made when something is kept.
	Dir string
}

// A Saved session is what a login left behind.
type Saved struct {
	Address string
	CAFile  string // absolute, or empty
	Expires time.Time
	Safes   []string // the safes that the login owns
	// Counter is the person's session that was opened in this one; zero without.
	Counter Counter
	Credentials
}

// A Counter session is a person's own, on the screen of the agent in whose
// session it was opened, and ends with that one.
type Counter struct {
	Safe    string
	Expires time.Time
	Credentials
}

// AsPerson answers the counter session as a session of its own. Without one, or
// with one that has run out, the error is of [ClassLogin].
func (s Saved) AsPerson() (Saved, error) {
	if s.Counter.IsZero() || !time.Now().Before(s.Counter.Expires) {
		return Saved{}, &Error{
			Class: ClassLogin, Reason: "NO_VISIT",
			Sentence: "Aucune session de guichet n'est ouverte, ou elle est terminée : ouvrez-la avec la personne, par « coffre visit ».",
		}
	}
	return Saved{
		Address: s.Address, CAFile: s.CAFile, Expires: s.Counter.Expires,
		Safes: []string{s.Counter.Safe}, Credentials: s.Counter.Credentials,
	}, nil
}

// The file of a [Saved] session. Token and key together are the session: this
// is the only place where they are written.
type savedFile struct {
	Server     string    `json:"server"`
	CAFile     string    `json:"caFile,omitempty"`
	Token      string    `json:"sessionToken"`
	ClientKey  string    `json:"clientKey"`
	ExpireTime time.Time `json:"expireTime"`
	Safes      []string  `json:"safes"`

	Counter *counterFile `json:"counter,omitempty"`
}

type counterFile struct {
	Safe       string    `json:"safe"`
	Token      string    `json:"sessionToken"` // proved with the key beside
	ExpireTime time.Time `json:"expireTime"`
}

// SessionFile is where the session is kept.
func (s Store) SessionFile() string { return filepath.Join(s.Dir, "session.json") }

// Save keeps a session, in place of the one before.
func (s Store) Save(saved Saved) error {
	if saved.IsZero() {
		return errors.New("client: no session to save")
	}
	f := savedFile{
		Server:     saved.Address,
		CAFile:     saved.CAFile,
		Token:      saved.token.Reveal(),
		ClientKey:  saved.key.Text(),
		ExpireTime: saved.Expires,
		Safes:      saved.Safes,
	}
	if c := saved.Counter; !c.IsZero() {
		f.Counter = &counterFile{Safe: c.Safe, Token: c.token.Reveal(), ExpireTime: c.Expires}
	}
	return s.write(s.SessionFile(), f)
}

// Load reads the session. Without one, or with one that has run out, the error
// is of [ClassLogin]; what is known of one that has run out comes with it.
func (s Store) Load() (Saved, error) {
	var f savedFile
	err := s.read(s.SessionFile(), &f)
	if errors.Is(err, fs.ErrNotExist) {
		return Saved{}, &Error{Class: ClassLogin, Reason: "NO_SESSION", Sentence: sentenceLogin, Err: err}
	}
	if err != nil {
		return Saved{}, err
	}
	token, errToken := session.ParseToken(f.Token)
	key, errKey := session.ParseClientKey(f.ClientKey)
	if err := errors.Join(errToken, errKey); err != nil {
		return Saved{}, unreadable(s.SessionFile(), err)
	}
	saved := Saved{Address: f.Server, CAFile: f.CAFile, Expires: f.ExpireTime, Safes: f.Safes}
	if !time.Now().Before(f.ExpireTime) {
		return saved, &Error{Class: ClassLogin, Reason: "SESSION_EXPIRED", Sentence: sentenceLogin}
	}
	saved.Credentials = NewCredentials(token, key)
	if c := f.Counter; c != nil {
		cred, err := saved.Visit(c.Token)
		if err != nil {
			return Saved{}, unreadable(s.SessionFile(), err)
		}
		saved.Counter = Counter{Safe: c.Safe, Expires: c.ExpireTime, Credentials: cred}
	}
	return saved, nil
}

// Forget removes the session; it is no error when there is none.
func (s Store) Forget() error {
	err := os.Remove(s.SessionFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return FileError("effacer", s.SessionFile(), err)
	}
	return nil
}

func (s Store) write(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("client: encode: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return FileError("écrire", path, err)
	}
	if err := renameio.WriteFile(path, append(raw, '\n'), 0o600, renameio.IgnoreUmask()); err != nil {
		return FileError("écrire", path, err)
	}
	return nil
}

// maxKept bounds a file of the store, in bytes.
const maxKept = 64 << 10

func (s Store) read(path string, v any) error {
	info, err := os.Lstat(path)
	if err != nil {
		return FileError("lire", path, err)
	}
	// Windows has no such bits; the folder lies in the user's own profile.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return &Error{
			Class:    ClassLogin,
			Reason:   "FILE_MODE",
			Sentence: fmt.Sprintf("Le fichier %s peut être lu par d'autres que vous et n'est pas utilisé : effacez-le, puis connectez-vous avec « coffre login ».", Printable(path)),
		}
	}
	if !info.Mode().IsRegular() || info.Size() > maxKept {
		return unreadable(path, errors.New("not a regular file of moderate size"))
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return FileError("lire", path, err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return unreadable(path, err)
	}
	return nil
}

func unreadable(path string, cause error) *Error {
	return &Error{
		Class:    ClassLogin,
		Reason:   "FILE_CONTENT",
		Sentence: fmt.Sprintf("Le fichier %s est abîmé : effacez-le, puis connectez-vous avec « coffre login ».", Printable(path)),
		Err:      cause,
	}
}
