package tour

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/vault"
)

// A Person of the tour has an account at the local provider. Nobody of that name
// exists.
type Person struct {
	Name     string
	Login    string
	Password localop.Password
	Subject  string // at the issuer
	// Functions are those of an agent; nobody else has any.
	Functions vault.FunctionSet
	Agent     vault.AgentID
	// OTP is an agent's second factor.
	OTP localop.OTPSecret
}

// IsAgent reports whether the person works for the structure.
func (p Person) IsAgent() bool { return p.Functions != 0 }

// People play the tour.
type People struct {
	// Issuer is the address of the local provider.
	Issuer string
	// Structure is where the agents work.
	Structure vault.StructureID
	// Counter is at the reception, Worker and Colleague are social workers, Leader
	// leads workshops, Manager looks after the accesses, Civic is a volontaire en
	// service civique.
	Counter, Worker, Colleague, Leader, Manager, Civic Person
	// Owner has the safe; Stranger has nothing to do with it. Guest has a safe of
	// their own, opened at the counter, and takes a login later.
	Owner, Stranger, Guest Person
}

// The structure of the tour. The number is well formed, and of no establishment.
const (
	StructureName  = "CCAS fictif"
	StructureSIRET = "99999999800019"
)

// Cast answers the people before they have accounts.
func Cast() People {
	agent := func(name, login string, f vault.Function) Person {
		return Person{Name: name, Login: login, Functions: vault.NewFunctionSet(f)}
	}
	return People{
		Counter:   agent("Agente Fictive du Guichet", "guichet-fictif", vault.FunctionReception),
		Worker:    agent("Travailleuse Fictive Trois", "travailleuse-fictive", vault.FunctionSocialWorker),
		Colleague: agent("Travailleur Fictif Quatre", "travailleur-fictif", vault.FunctionSocialWorker),
		Leader:    agent("Animatrice Fictive Cinq", "animatrice-fictive", vault.FunctionWorkshopLeader),
		Manager:   agent("Responsable Fictive Six", "responsable-fictive", vault.FunctionAccessManager),
		Civic:     agent("Volontaire Fictif Sept", "volontaire-fictif", vault.FunctionCivicService),
		Owner:     Person{Name: "Personne Fictive Un", Login: "personne-fictive"},
		Stranger:  Person{Name: "Inconnue Fictive Deux", Login: "inconnue-fictive"},
		Guest:     Person{Name: "Personne Fictive Huit", Login: "personne-huit"},
	}
}

// A Role is one part of the tour and who plays it.
type Role struct {
	Part string
	*Person
}

// Roles answers every part, the access manager's first among the agents.
func (p *People) Roles() []Role {
	return []Role{
		{"manager", &p.Manager}, {"counter", &p.Counter}, {"worker", &p.Worker}, {"colleague", &p.Colleague},
		{"leader", &p.Leader}, {"civic", &p.Civic}, {"owner", &p.Owner}, {"stranger", &p.Stranger},
		{"guest", &p.Guest},
	}
}

// The file of the people: it lies with the prints, where names and passwords of
// fictitious people may be read.
type peopleFile struct {
	Note      string                `json:"note"`
	Issuer    string                `json:"issuer"`
	Structure string                `json:"structure"`
	People    map[string]personFile `json:"people"` // by role
}

type personFile struct {
	Name     string `json:"name"`
	Login    string `json:"login"`
	Password string `json:"password"`
	Subject  string `json:"subject"`
	Agent    *agent `json:"agent,omitempty"`
}

type agent struct {
	ID        string   `json:"id"`
	Functions []string `json:"functions"`
	OTP       string   `json:"otp"`     // to be typed into an authenticator application
	OTPAuth   string   `json:"otpauth"` // to be scanned
}

func (p Person) file() personFile {
	f := personFile{Name: p.Name, Login: p.Login, Password: p.Password.Reveal(), Subject: p.Subject}
	if p.IsAgent() {
		f.Agent = &agent{ID: p.Agent.String(), OTP: p.OTP.Reveal(), OTPAuth: p.OTP.URI("Coffre (DEV)", p.Login)}
		for _, one := range p.Functions.All() {
			f.Agent.Functions = append(f.Agent.Functions, one.String())
		}
	}
	return f
}

func (f personFile) person() (Person, error) {
	p := Person{Name: f.Name, Login: f.Login, Subject: f.Subject}
	var err error
	if p.Password, err = localop.NewPassword(f.Password); err != nil {
		return Person{}, fmt.Errorf("people: %w", err)
	}
	if f.Agent == nil {
		return p, nil
	}
	if p.Agent, err = vault.ParseAgentID(f.Agent.ID); err != nil {
		return Person{}, fmt.Errorf("people: %w", err)
	}
	if p.OTP, err = localop.ParseOTPSecret(f.Agent.OTP); err != nil {
		return Person{}, fmt.Errorf("people: %w", err)
	}
	for _, code := range f.Agent.Functions {
		one, err := vault.ParseFunction(code)
		if err != nil {
			return Person{}, fmt.Errorf("people: %w", err)
		}
		p.Functions |= vault.NewFunctionSet(one)
	}
	return p, nil
}

// Write keeps the people in a new file that only its owner can read.
func (p People) Write(path string) error {
	f := peopleFile{
		Note:   "Personnes et structure fictives d'un service de développement. Rien ici n'est réel.",
		Issuer: p.Issuer, Structure: p.Structure.String(), People: map[string]personFile{},
	}
	for _, r := range p.Roles() {
		f.People[r.Part] = r.file()
	}
	raw, err := json.MarshalIndent(f, "", "  ")
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
	if p.Structure, err = vault.ParseStructureID(f.Structure); err != nil {
		return People{}, fmt.Errorf("people: %w", err)
	}
	for _, r := range p.Roles() {
		if *r.Person, err = f.People[r.Part].person(); err != nil {
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
