package tour

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/coffre-fort/coffre/auth/localop"
)

// A Person of the tour has an account at the local provider. Nobody of that name
// exists.
type Person struct {
	Name     string
	Login    string
	Password localop.Password
	Subject  string // at the issuer
}

// People play the tour.
type People struct {
	// Issuer is the address of the local provider.
	Issuer string
	// Counter opens safes and deposits; Owner has the safe; Stranger has nothing
	// to do with it.
	Counter, Owner, Stranger Person
}

// The file of the people: it lies with the prints, where names and passwords of
// fictitious people may be read.
type peopleFile struct {
	Note     string     `json:"note"`
	Issuer   string     `json:"issuer"`
	Counter  personFile `json:"counter"`
	Owner    personFile `json:"owner"`
	Stranger personFile `json:"stranger"`
}

type personFile struct {
	Name     string `json:"name"`
	Login    string `json:"login"`
	Password string `json:"password"`
	Subject  string `json:"subject"`
}

func (p Person) file() personFile {
	return personFile{p.Name, p.Login, p.Password.Reveal(), p.Subject}
}

func (f personFile) person() (Person, error) {
	pw, err := localop.NewPassword(f.Password)
	if err != nil {
		return Person{}, fmt.Errorf("people: %w", err)
	}
	return Person{f.Name, f.Login, pw, f.Subject}, nil
}

// Write keeps the people in a new file that only its owner can read.
func (p People) Write(path string) error {
	raw, err := json.MarshalIndent(peopleFile{
		Note:   "Personnes fictives d'un service de développement. Rien ici n'est réel.",
		Issuer: p.Issuer, Counter: p.Counter.file(), Owner: p.Owner.file(), Stranger: p.Stranger.file(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	return writeNew(path, append(raw, '\n'))
}

// ReadPeople reads what [People.Write] wrote.
func ReadPeople(path string) (People, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return People{}, fmt.Errorf("people: %w", err)
	}
	var f peopleFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return People{}, fmt.Errorf("people: %w", err)
	}
	p := People{Issuer: f.Issuer}
	for _, one := range []struct {
		to   *Person
		from personFile
	}{{&p.Counter, f.Counter}, {&p.Owner, f.Owner}, {&p.Stranger, f.Stranger}} {
		if *one.to, err = one.from.person(); err != nil {
			return People{}, err
		}
	}
	return p, nil
}

// writeNew writes a file that must not exist, for its owner's eyes.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if _, err := f.Write(content); err != nil {
		_ = f.Close() // the cause is the first error
		return fmt.Errorf("write: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
