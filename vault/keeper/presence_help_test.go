package keeper_test

import (
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A seat is somebody's session together with the key of the client they sit at.
type seat struct {
	session.Principal
	key   *session.ClientKey
	token session.Token
}

// sit logs somebody in, with a second factor.
func sit(t testing.TB, h *vaulttest.House, subject string) seat {
	t.Helper()
	key := session.NewClientKey()
	token, who, err := h.Keeper.OpenSession(t.Context(), vault.OpenSession{
		Login: h.Desk.Login(t, subject, key), Client: key.Public(), Place: vault.PlaceOwn,
	})
	if err != nil {
		t.Fatal(err)
	}
	return seat{who, key, token}
}

// call authenticates one call with a token, as an API node does.
func (s seat) call(t testing.TB, h *vaulttest.House, token session.Token) (session.Principal, error) {
	t.Helper()
	const method = "/coffre.v1.SafeService/Anything"
	return h.Keeper.Authenticate(t.Context(), session.Credentials{
		Token: token, Proof: s.key.Prove(token, method, time.Now()), Method: method,
	}, "test")
}

const (
	rightPIN = "493817"
	wrongPIN = "271828"
)

// A front is a counter: an agent, a person with a PIN, a drawer that is
// entrusted and one that is not.
type front struct {
	*vaulttest.House
	worker    seat
	workerID  vault.AgentID
	structure vault.StructureID
	token     session.Token // of a visit under test
	opened    vault.OpenedSafe
	entrusted vault.DocumentID
	locked    vault.DocumentID
}

func newFront(t testing.TB) *front {
	t.Helper()
	f := &front{House: vaulttest.New(t)}
	f.structure, f.workerID = f.Structure, f.Agents[vaulttest.Worker]
	f.worker = sit(t, f.House, vaulttest.Worker)
	f.opened = f.OpenSafe(t, vaulttest.Person)
	owner := f.Unlocked(t, vaulttest.Person, f.opened)
	must(t, f.Keeper.SetPIN(t.Context(), owner, vault.SetPIN{Safe: f.opened.Safe, PIN: pinOf(t, rightPIN)}))
	receipts, err := f.Deposit(t.Context(), owner, f.opened.Safe,
		vaulttest.Paper{Title: "Quittance de loyer", Kind: "quittance-loyer", Body: vaulttest.Text("quittance", 500)},
		vaulttest.Paper{Title: "Avis d'impôt", Kind: "avis-imposition", Body: vaulttest.Text("avis", 500)})
	must(t, err)
	f.entrusted, f.locked = receipts[0].Document, receipts[1].Document
	_, err = f.Keeper.Entrust(t.Context(), owner, vault.Entrust{Safe: f.opened.Safe, Drawer: "logement", Agreement: "fr-1"})
	must(t, err)
	must(t, f.Keeper.CloseSession(t.Context(), owner))
	return f
}

// helped gives the worker and the reception a consent that asks for presence, to
// see what is in the drawer that is entrusted.
func (f *front) helped(t testing.TB) {
	t.Helper()
	owner := f.Unlocked(t, vaulttest.Person, f.opened)
	for subject, function := range map[string]vault.Function{
		vaulttest.Worker: vault.FunctionSocialWorker, vaulttest.Counter: vault.FunctionReception,
	} {
		terms := vault.Terms{
			Safe: f.opened.Safe, Agent: f.Agents[subject], Function: function, Purpose: purpose,
			Precise: "Remplir le dossier ensemble", Posture: vault.PostureWith, Actions: vault.ActionSee,
			Scope: vault.Scope{Drawers: []papers.Drawer{"logement"}}, Language: "fr",
			From: time.Now(), Until: time.Now().Add(31 * 24 * time.Hour),
		}
		shown, err := f.Keeper.ShowConsent(t.Context(), owner, terms)
		must(t, err)
		must(t, second(f.Keeper.GiveConsent(t.Context(), owner, vault.GiveConsent{
			Safe: f.opened.Safe, Terms: terms, Shown: shown.Digest, Giving: vault.Giving{
				Method: vault.MethodSession, Company: vault.CompanyAlone, Protection: vault.ProtectionNone,
			},
		})))
	}
	must(t, f.Keeper.CloseSession(t.Context(), owner))
}

// proof is what a person types; empty digits for no PIN.
func (f *front) proof(t testing.TB, digits string, sheet bool) (p vault.Proof) {
	t.Helper()
	if digits != "" {
		p.PIN = pinOf(t, digits)
	}
	if sheet {
		p.Code = f.opened.Code
	}
	return p
}

// visit opens a counter session on the worker's screen and answers its caller.
func (f *front) visit(t testing.TB, p vault.Proof) (session.Principal, vault.Visit) {
	t.Helper()
	v, err := f.Keeper.OpenCounter(t.Context(), f.worker.Principal, vault.OpenCounter{Safe: f.opened.Safe, Proof: p})
	must(t, err)
	who, err := f.worker.call(t, f.House, v.Token)
	must(t, err)
	return who, v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
