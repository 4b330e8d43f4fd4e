package vaulttest

import (
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// The people of a test, by their subject at the issuer. All plainly invented.
const (
	Counter  = "guichet-fictif" // at the reception
	Person   = "personne-fictive"
	Stranger = "inconnue-fictive"

	Worker    = "travailleuse-fictive"
	Colleague = "travailleur-fictif" // another social worker
	Leader    = "animatrice-fictive"
	Manager   = "responsable-fictive"
	Civic     = "volontaire-fictif"
	Volunteer = "benevole-fictive"
	DPO       = "dpo-fictive"
)

// StructureName is what the structure of a House is called.
const StructureName = "CCAS de Ville-Exemple"

// Both are well formed, and of no establishment.
const (
	siret      = "99999999800019"
	otherSIRET = "12345678200010"
)

// Team are the agents of a House's structure, and what each does.
func Team() map[string]vault.Function {
	return map[string]vault.Function{
		Counter: vault.FunctionReception, Worker: vault.FunctionSocialWorker, Colleague: vault.FunctionSocialWorker,
		Leader: vault.FunctionWorkshopLeader, Manager: vault.FunctionAccessManager, Civic: vault.FunctionCivicService,
		Volunteer: vault.FunctionVolunteer, DPO: vault.FunctionDPO,
	}
}

// tenure is how long everybody of a House stays: less than a civic service.
const tenure = 180 * 24 * time.Hour

// found begins the structure, with everybody who works there.
func (h *House) found(t testing.TB) {
	t.Helper()
	act := vault.AddStructure{SIRET: siret, Name: StructureName, Manager: h.agent(t, Manager)}
	subjects := []string{Manager}
	for subject := range Team() {
		if subject != Manager {
			subjects, act.Agents = append(subjects, subject), append(act.Agents, h.agent(t, subject))
		}
	}
	id, agents, err := h.Keeper.AddStructure(t.Context(), act)
	must(t, err)
	h.Structure, h.Agents = id, map[string]vault.AgentID{}
	for i, subject := range subjects {
		h.Agents[subject] = agents[i]
	}
}

func (h *House) agent(t testing.TB, subject string) vault.NewAgent {
	t.Helper()
	return vault.NewAgent{
		Login: h.Desk.Issuer.User(t, subject), Name: subject, Functions: vault.NewFunctionSet(Team()[subject]),
		Until: time.Now().Add(tenure).UTC().Truncate(24 * time.Hour),
	}
}

// FoundAnother begins a second structure, where one agent does everything there
// is to do.
func (h *House) FoundAnother(t testing.TB, subject string) {
	t.Helper()
	agent := h.agent(t, subject)
	agent.Functions = vault.NewFunctionSet(vault.FunctionAccessManager, vault.FunctionReception, vault.FunctionSocialWorker)
	_, _, err := h.Keeper.AddStructure(t.Context(), vault.AddStructure{SIRET: otherSIRET, Name: "Partenaire-Exemple", Manager: agent})
	must(t, err)
}

// A Seat is somebody's session together with the key of the client they sit at.
type Seat struct {
	session.Principal
	Key *session.ClientKey
}

// Sit logs somebody in, with a second factor.
func (h *House) Sit(t testing.TB, subject string) Seat {
	t.Helper()
	return h.SitWith(t, subject, "pwd", "otp")
}

// SitWith logs somebody in by the named methods (RFC 8176).
func (h *House) SitWith(t testing.TB, subject string, methods ...string) Seat {
	t.Helper()
	key := session.NewClientKey()
	_, who, err := h.Keeper.OpenSession(t.Context(), vault.OpenSession{
		Login: h.Desk.LoginWith(t, subject, key, methods...), Client: key.Public(), Place: vault.PlaceOwn,
	})
	must(t, err)
	return Seat{who, key}
}

// Login is Sit for who needs no more than the session.
func (h *House) Login(t testing.TB, subject string) session.Principal {
	t.Helper()
	return h.Sit(t, subject).Principal
}

// Visit opens a counter session on somebody's screen, and answers who calls in
// it.
func (h *House) Visit(t testing.TB, on Seat, act vault.OpenCounter) session.Principal {
	t.Helper()
	v, err := h.Keeper.OpenCounter(t.Context(), on.Principal, act)
	must(t, err)
	return h.Guest(t, on, v)
}

// Guest is the person in a counter session that was opened on a seat.
func (h *House) Guest(t testing.TB, on Seat, v vault.Visit) session.Principal {
	t.Helper()
	const method = "/coffre.v1.SessionService/CloseSession"
	who, err := h.Keeper.Authenticate(t.Context(), session.Credentials{
		Token: v.Token, Proof: on.Key.Prove(v.Token, method, time.Now()), Method: method,
	}, "127.0.0.0/8")
	must(t, err)
	return who
}

// PIN is the PIN that the people of a House choose.
func PIN(t testing.TB) vault.PIN {
	t.Helper()
	p, err := vault.ParsePIN("493817")
	must(t, err)
	return p
}
