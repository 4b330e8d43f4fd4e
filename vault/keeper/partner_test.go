package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// addressFor makes an address of a safe for a partner program, at the counter.
func addressFor(t testing.TB, h *vaulttest.House, safe vault.SafeID, p vaulttest.Program) vault.AddressID {
	t.Helper()
	id, err := h.Keeper.IssueAddress(t.Context(), h.Login(t, vaulttest.Counter), vault.IssueAddress{
		Request: vault.NewRequestID(), Safe: safe, Partner: p.ID,
	})
	must(t, err)
	return id
}

// sends deposits one paper at an address.
func sends(t testing.TB, h *vaulttest.House, who session.Principal, at vault.AddressID, all ...vaulttest.Paper) ([]vault.Receipt, error) {
	t.Helper()
	if len(all) == 0 {
		all = []vaulttest.Paper{{Title: "attestation", Body: []byte("attestation")}}
	}
	return h.DepositAs(t.Context(), who, vault.BeginDeposit{Request: vault.NewRequestID(), Address: at}, all...)
}

func isRefused(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// L-02, L-44, L-60: a partner program deposits at its address; the person reads
// which one put what in; its receipt does not say whose safe it is.
func TestAPartnerProgramDepositsAtItsAddress(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	p := h.Program(t, "Organisme-Exemple")
	at := addressFor(t, h, opened.Safe, p)
	receipts, err := sends(t, h, h.LoginProgram(t, p), at, vaulttest.Paper{Title: "un", Body: []byte("un")}, vaulttest.Paper{Title: "deux", Kind: "attestation-caf", Body: []byte("deux")})
	must(t, err)
	for _, r := range receipts {
		if !r.Safe.IsZero() || r.Address != at || strings.Contains(string(r.Signed), opened.Safe.String()) || !strings.Contains(string(r.Signed), "\naddress "+at.String()+"\n") {
			t.Errorf("receipt %+v\n%s", r, r.Signed)
		}
	}
	who := h.Unlocked(t, vaulttest.Person, opened)
	docs, err := h.Keeper.List(t.Context(), who, vault.List{Safe: opened.Safe, Limit: 10})
	must(t, err)
	for i, want := range []struct {
		kind   papers.Kind
		drawer papers.Drawer
	}{{"", "a-trier"}, {"attestation-caf", "ressources"}} {
		if d := docs[i].Description; d.Kind != want.kind || d.Drawer != want.drawer || docs[i].ID != receipts[i].Document {
			t.Errorf("the paper %d is %+v", i, d)
		}
	}
	l := lastOf(t, h, opened.Safe, vault.ActDeposit)
	if l.Actor != vault.ActorPartner || l.AgentName != "Organisme-Exemple" || len(l.Documents) != 2 || l.Outcome != vault.OutcomeDone {
		t.Errorf("the journal says %+v", l)
	}
	tech, err := h.Keeper.Metadata(t.Context(), who, opened.Safe, docs[0].ID)
	if err != nil || tech.Depositor == "" {
		t.Errorf("technical metadata %+v, %v", tech, err)
	}
	view, err := h.Keeper.View(t.Context(), who, opened.Safe)
	must(t, err)
	if a := view.Addresses[len(view.Addresses)-1]; a.Address != at || a.Partner != p.ID || a.PartnerName != "Organisme-Exemple" || a.Label != a.PartnerName {
		t.Errorf("the address reads %+v", a)
	}
}

// What leads nowhere for this program is one answer, whether it is an address of
// nobody, of a copy, of another program, one that ended, or of a person who shut
// the structure out. A frozen or discreet safe takes deposits as any other: an
// answer that changed would say that it is.
func TestAnAddressIsForOnePartnerAndWhileItLives(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened, other := h.OpenSafe(t, vaulttest.Person), h.OpenSafe(t, "autre-fictive")
	p, rival := h.Program(t, "Organisme-Exemple"), h.Program(t, "Organisme-Rival")
	at, theirs, away := addressFor(t, h, opened.Safe, p), addressFor(t, h, opened.Safe, rival), addressFor(t, h, other.Safe, p)
	who, person := h.LoginProgram(t, p), h.Login(t, "autre-fictive")
	must(t, h.Keeper.ShutOut(t.Context(), person, vault.ShutOut{Request: vault.NewRequestID(), Safe: other.Safe, Structure: h.Structure}))
	before := h.Keeper.Flush(t)
	tries := map[string]vault.BeginDeposit{
		"nobody's": {Address: vault.NewAddressID()}, "a copy's": {Address: opened.Address}, "another program's": {Address: theirs},
		"of whoever shut out": {Address: away}, "by the safe's id": {Safe: opened.Safe},
	}
	for what, act := range tries {
		act.Request = vault.NewRequestID()
		_, err := h.DepositAs(t.Context(), who, act, vaulttest.Paper{Title: "x", Body: []byte("x")})
		isRefused(t, what, err, vault.ErrNotFound)
	}
	leaves := h.Keeper.Leaves(t, before)
	for _, l := range leaves {
		if l.Stage != audit.StageFact || vault.Act(l.Op) != vault.ActDeposit {
			t.Errorf("a refusal is the leaf %+v", l)
		}
	}
	if len(leaves) != len(tries) {
		t.Errorf("%d leaves for %d refusals", len(leaves), len(tries))
	}
	must(t, second(sends(t, h, who, at)))
	owner := h.Unlocked(t, vaulttest.Person, opened)
	must(t, second(h.Keeper.SetDiscreet(t.Context(), owner, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: opened.Safe, Discreet: vault.DiscretionDiscreet})))
	must(t, second(sends(t, h, who, at)))
	if l := lastOf(t, h, opened.Safe, vault.ActDeposit); l.AgentName != "" || l.Structure != "" {
		t.Errorf("a discreet safe's journal names %+v", l)
	}
	must(t, h.Keeper.Freeze(t.Context(), owner, vault.Freeze{Request: vault.NewRequestID(), Safe: opened.Safe}))
	must(t, second(sends(t, h, who, at)))
	// By the counter, of the frozen safe: nothing but deposits goes on; of an
	// unfrozen one the person ends it.
	p2 := addressFor(t, h, h.OpenSafe(t, vaulttest.Person).Safe, p)
	must(t, second(sends(t, h, who, p2)))
}

// An agent who may deposit finds the safe by an address, too, and gets the
// receipt of what they named.
func TestAnAgentDepositsAtAnAddress(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	r, err := sends(t, h, h.Login(t, vaulttest.Civic), opened.Address)
	if err != nil || r[0].Address != opened.Address || !r[0].Safe.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
	for subject, want := range map[string]error{vaulttest.Volunteer: vault.ErrNotFound, vaulttest.DPO: vault.ErrNotFound, vaulttest.Stranger: vault.ErrNotFound} {
		_, err := sends(t, h, h.Login(t, subject), opened.Address)
		isRefused(t, subject, err, want)
	}
	_, err = sends(t, h, h.Login(t, vaulttest.Counter), vault.NewAddressID())
	isRefused(t, "nobody's address", err, vault.ErrNotFound)
	_, err = h.DepositAs(t.Context(), h.Login(t, vaulttest.Counter), vault.BeginDeposit{Request: vault.NewRequestID(), Safe: opened.Safe, Address: opened.Address})
	if !isInvalid(err) {
		t.Errorf("both: %v", err)
	}
}

// Whatever ends an address or a program ends it at once, between the beginning
// of a deposit and its end, too.
func TestADepositEndsWithItsAddress(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		now  func(t *testing.T, h *vaulttest.House, p vaulttest.Program, safe vault.SafeID, at vault.AddressID)
		want error
	}{
		"the person ends the address": {func(t *testing.T, h *vaulttest.House, _ vaulttest.Program, safe vault.SafeID, at vault.AddressID) {
			must(t, h.Keeper.RevokeAddress(t.Context(), h.Login(t, vaulttest.Person), vault.RevokeAddress{Request: vault.NewRequestID(), Safe: safe, Address: at}))
		}, vault.ErrNotFound},
		"the access manager ends the program": {func(t *testing.T, h *vaulttest.House, p vaulttest.Program, _ vault.SafeID, _ vault.AddressID) {
			must(t, second(h.Keeper.EndAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.EndAgent{Request: vault.NewRequestID(), Agent: vault.AgentID(p.ID)})))
		}, auth.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vaulttest.New(t)
			opened := h.OpenSafe(t, vaulttest.Person)
			p := h.Program(t, "Organisme-Exemple")
			at := addressFor(t, h, opened.Safe, p)
			who := h.LoginProgram(t, p)
			ticket, err := h.Keeper.BeginDeposit(t.Context(), who, vault.BeginDeposit{Request: vault.NewRequestID(), Address: at})
			must(t, err)
			item := vault.Deposit{MediaType: vault.MediaText, Size: 1}
			must(t, second(h.Keeper.Place(t.Context(), who, ticket.ID, item)))
			end.now(t, h, p, opened.Safe, at)
			isRefused(t, "the next paper", second(h.Keeper.Place(t.Context(), who, ticket.ID, item)), end.want)
			isRefused(t, "the commit", second(h.Keeper.CommitDeposit(t.Context(), who, ticket.ID, make([]vault.Content, 1))), end.want)
			if docs, err := h.Keeper.Count(t.Context(), h.Login(t, vaulttest.Person), opened.Safe); err != nil || docs != 0 {
				t.Errorf("%d documents, %v", docs, err)
			}
			h.Crash(t)
			if _, err := h.TryProgram(t, p); name != "the person ends the address" && !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("it comes back after a crash: %v", err)
			}
		})
	}
}

// A program's session opens with its registered key, now, for this client, and
// ends with the key.
func TestAPartnerProgramLogsInWithItsKey(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	p := h.Program(t, "Organisme-Exemple")
	_, stolen, err := ed25519.GenerateKey(nil)
	must(t, err)
	_, err = h.TryProgram(t, vaulttest.Program{ID: p.ID, Key: stolen})
	isRefused(t, "another key", err, auth.ErrUnauthenticated)
	_, err = h.TryProgram(t, vaulttest.Program{ID: vault.NewPartnerID(), Key: p.Key})
	isRefused(t, "nobody's id", err, auth.ErrUnauthenticated)
	_, err = h.TryProgram(t, vaulttest.Program{ID: vault.PartnerID(h.Agents[vaulttest.Worker]), Key: p.Key})
	isRefused(t, "an agent's id", err, auth.ErrUnauthenticated)

	mine, yours, salt := session.NewClientKey(), session.NewClientKey(), bytes.Repeat([]byte{1}, session.NonceSaltSize)
	raw, err := auth.SignAssertion(p.Key, p.ID.String(), vaulttest.Audience, session.Nonce(mine.Public(), salt))
	must(t, err)
	assertion, err := auth.ReadAssertion(raw)
	must(t, err)
	open := func(key *session.ClientKey) (session.Principal, error) {
		_, who, err := h.Keeper.OpenSession(t.Context(), vault.OpenSession{Assertion: assertion, Salt: salt, Client: key.Public()})
		return who, err
	}
	_, err = open(yours)
	isRefused(t, "another client's", err, auth.ErrUnauthenticated)
	who, err := open(mine)
	must(t, err)
	_, err = open(mine)
	isRefused(t, "replayed", err, auth.ErrUnauthenticated)
	h.Crash(t)
	_, err = open(mine)
	isRefused(t, "replayed after a crash", err, auth.ErrUnauthenticated)

	// A new key ends what the old one opened.
	id, err := h.RegisterProgram(t, vault.RegisterPartner{Partner: p.ID, Name: "Nouveau nom", Key: vaulttest.PartnerKey(t, stolen), Until: time.Now().AddDate(0, 3, 0)})
	if err != nil || id != p.ID {
		t.Fatal(err)
	}
	isRefused(t, "a session of before", h.Keeper.Live(who), auth.ErrUnauthenticated)
	_, err = h.TryProgram(t, p)
	isRefused(t, "the old key", err, auth.ErrUnauthenticated)
	p.Key = stolen
	h.LoginProgram(t, p)
}

// Registering asks for a second agent and for everything that makes a program
// answerable; only this structure's is changed, and never into an agent.
func TestRegisteringAPartnerProgram(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	p := h.Program(t, "Organisme-Exemple")
	good := vault.RegisterPartner{Name: "Organisme-Exemple", SIRET: "73282932000074", Key: vaulttest.PartnerKey(t, p.Key), Until: time.Now().AddDate(0, 3, 0)}
	for what, edit := range map[string]func(*vault.RegisterPartner){
		"no name": func(a *vault.RegisterPartner) { a.Name = "" }, "two lines": func(a *vault.RegisterPartner) { a.Name = "a\nb" },
		"no key": func(a *vault.RegisterPartner) { a.Key = auth.PartnerKey{} }, "no SIRET": func(a *vault.RegisterPartner) { a.SIRET = "12345678900000" },
		"no end": func(a *vault.RegisterPartner) { a.Until = time.Time{} }, "an end in three years": func(a *vault.RegisterPartner) { a.Until = time.Now().AddDate(3, 0, 0) },
		"another body's": func(a *vault.RegisterPartner) { a.Partner = p.ID },
	} {
		act := good
		edit(&act)
		if _, err := h.RegisterProgram(t, act); !isInvalid(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, id := range map[string]vault.PartnerID{"nobody": vault.NewPartnerID(), "an agent": vault.PartnerID(h.Agents[vaulttest.Worker])} {
		act := good
		act.Partner = id
		_, err := h.RegisterProgram(t, act)
		isRefused(t, what, err, vault.ErrNotFound)
	}
	manager := h.Login(t, vaulttest.Manager)
	err := h.Keeper.ChangeAgent(t.Context(), manager, vault.ChangeAgent{
		Request: vault.NewRequestID(), Agent: vault.AgentID(p.ID), Name: "agent", Functions: vault.NewFunctionSet(vault.FunctionSocialWorker), Until: time.Now().AddDate(0, 3, 0),
	})
	isRefused(t, "made an agent", err, vault.ErrNotFound)
	agents, err := h.Keeper.Agents(t.Context(), manager)
	must(t, err)
	for _, a := range agents {
		if a.ID == vault.AgentID(p.ID) {
			t.Error("it stands among the agents")
		}
	}
	h.FoundAnother(t, "ailleurs-fictif")
	for subject, want := range map[string]bool{vaulttest.Manager: true, vaulttest.Counter: true, "ailleurs-fictif": false, vaulttest.Person: false} {
		all, err := h.Keeper.Partners(t.Context(), h.Login(t, subject))
		if err != nil || len(all) != 1 || all[0].ID != p.ID || all[0].Name != "Organisme-Exemple" || all[0].StructureName != vaulttest.StructureName || all[0].Key.IsZero() == want {
			t.Errorf("%s reads %+v, %v", subject, all, err)
		}
	}
	must(t, second(h.Keeper.EndAgent(t.Context(), manager, vault.EndAgent{Request: vault.NewRequestID(), Agent: vault.AgentID(p.ID)})))
	if all, err := h.Keeper.Partners(t.Context(), h.Login(t, vaulttest.Person)); err != nil || len(all) != 0 {
		t.Errorf("a person is offered %+v, %v", all, err)
	}
	if all, err := h.Keeper.Partners(t.Context(), manager); err != nil || len(all) != 1 || all[0].State != vault.AgentEnded {
		t.Errorf("the access manager reads %+v, %v", all, err)
	}
}

// One program has one address of a safe.
func TestAPartnerProgramHasOneAddressOfASafe(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	p := h.Program(t, "Organisme-Exemple")
	person := h.Login(t, vaulttest.Person)
	issue := func(id vault.PartnerID, label string) (vault.AddressID, error) {
		return h.Keeper.IssueAddress(t.Context(), person, vault.IssueAddress{Request: vault.NewRequestID(), Safe: opened.Safe, Partner: id, Label: label})
	}
	at, err := issue(p.ID, "ma caisse")
	must(t, err)
	for what, id := range map[string]vault.PartnerID{"a second one": p.ID, "nobody": vault.NewPartnerID(), "an agent": vault.PartnerID(h.Agents[vaulttest.Worker])} {
		if _, err := issue(id, ""); !isInvalid(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, h.Keeper.RevokeAddress(t.Context(), person, vault.RevokeAddress{Request: vault.NewRequestID(), Safe: opened.Safe, Address: at}))
	_, err = sends(t, h, h.LoginProgram(t, p), at)
	isRefused(t, "the address of before", err, vault.ErrNotFound)
	at, err = issue(p.ID, "")
	must(t, err)
	must(t, second(sends(t, h, h.LoginProgram(t, p), at)))
}

// L-46: how much and how often is bounded, refusals are recorded, and the access
// manager is told; guessing addresses ends in an hour of refusals.
func TestAPartnerProgramIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		opened, another := h.OpenSafe(t, vaulttest.Person), h.OpenSafe(t, "autre-fictive")
		p := h.Program(t, "Organisme-Exemple")
		at, other := addressFor(t, h, opened.Safe, p), addressFor(t, h, another.Safe, p)
		who := h.LoginProgram(t, p)
		_, err := sends(t, h, who, at, vaulttest.Paper{Title: "grand", Body: vaulttest.Text("grand", vault.MaxPartnerDocument+1)})
		isRefused(t, "too large", err, vault.ErrTooLarge)
		one := vaulttest.Paper{Title: "un", Body: []byte("un")}
		batch := make([]vaulttest.Paper, vault.PartnerDocuments)
		for i := range batch {
			batch[i] = one
		}
		must(t, second(sends(t, h, who, at, batch...)))
		_, err = sends(t, h, who, at, one)
		isRefused(t, "one too many", err, vault.ErrLimit)
		if l := lastOf(t, h, opened.Safe, vault.ActDeposit); l.Outcome != vault.OutcomeRefused {
			t.Errorf("the journal says %+v", l)
		}
		must(t, second(sends(t, h, who, other, one)))
		for range vault.PartnerMisses {
			_, err = sends(t, h, who, vault.NewAddressID())
			isRefused(t, "a guess", err, vault.ErrNotFound)
		}
		_, err = sends(t, h, who, other, one)
		isRefused(t, "after twenty guesses", err, vault.ErrLimit)
		kinds := map[vault.AnomalyKind]bool{}
		told, err := h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
		must(t, err)
		for _, a := range told {
			kinds[a.Kind] = a.Agent == vault.AgentID(p.ID)
		}
		if !kinds[vault.AnomalyDeposits] || !kinds[vault.AnomalyRefusals] {
			t.Errorf("the access manager is told %+v", told)
		}
		time.Sleep(time.Hour)
		must(t, second(sends(t, h, h.LoginProgram(t, p), at, one)))
	})
}

// Six months without a deposit suspend a program, which the access manager wakes;
// its end date ends it; a deposit keeps it awake, and coming does not.
func TestAPartnerProgramSleepsAndEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		opened := h.OpenSafe(t, vaulttest.Person)
		answers := newAnswerable(t, h)
		p, idle := answers.register(t, "Organisme-Exemple"), answers.register(t, "Organisme-Endormi")
		at, err := h.Keeper.IssueAddress(t.Context(), h.Login(t, vaulttest.Person), vault.IssueAddress{Request: vault.NewRequestID(), Safe: opened.Safe, Partner: p.ID})
		must(t, err)
		later(t, h, 100*24*time.Hour)
		must(t, second(sends(t, h, h.LoginProgram(t, p), at)))
		h.LoginProgram(t, idle)
		answers.work(t)
		later(t, h, 90*24*time.Hour)
		h.LoginProgram(t, p)
		_, err = h.TryProgram(t, idle)
		isRefused(t, "after six months", err, auth.ErrUnauthenticated)
		_, err = answers.again(t, vault.RegisterPartner{Partner: idle.ID, Name: "Organisme-Endormi", Key: vaulttest.PartnerKey(t, idle.Key), Until: time.Now().AddDate(0, 6, 0)})
		must(t, err)
		h.LoginProgram(t, idle)
		later(t, h, 10*24*time.Hour)
		_, err = h.TryProgram(t, p)
		isRefused(t, "at its end", err, auth.ErrUnauthenticated)
	})
}

// answerable is a structure whose people stay longer than those of a House.
type answerable struct {
	*vaulttest.House
	until time.Time
}

const director, deputy = "directrice-fictive", "adjointe-fictive"

func newAnswerable(t *testing.T, h *vaulttest.House) answerable {
	t.Helper()
	a := answerable{h, time.Now().AddDate(0, 0, 200).UTC().Truncate(time.Second)}
	agent := func(subject string, f vault.Function) vault.NewAgent {
		return vault.NewAgent{Login: h.Desk.Issuer.User(t, subject), Name: subject, Functions: vault.NewFunctionSet(f), Until: a.until.AddDate(0, 6, 0)}
	}
	_, _, err := h.Keeper.AddStructure(t.Context(), vault.AddStructure{
		SIRET: "73282932000074", Name: "Association-Exemple", Manager: agent(director, vault.FunctionAccessManager),
		Agents: []vault.NewAgent{agent(deputy, vault.FunctionSocialWorker)},
	})
	must(t, err)
	return a
}

// work is what keeps both of them awake.
func (a answerable) work(t *testing.T) {
	t.Helper()
	for _, subject := range []string{director, deputy} {
		must(t, second(a.Keeper.Agents(t.Context(), a.Login(t, subject))))
	}
}

func (a answerable) register(t *testing.T, name string) vaulttest.Program {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	id, err := a.again(t, vault.RegisterPartner{Name: name, Key: vaulttest.PartnerKey(t, key), Until: a.until})
	must(t, err)
	return vaulttest.Program{ID: id, Key: key}
}

// again registers with the second agent's approval.
func (a answerable) again(t *testing.T, act vault.RegisterPartner) (vault.PartnerID, error) {
	t.Helper()
	act.Request, act.SIRET = vault.NewRequestID(), "12345678200010"
	manager := a.Login(t, director)
	_, err := a.Keeper.RegisterPartner(t.Context(), manager, act)
	act.Approval = waits(t, err).Approval
	must(t, a.Keeper.Approve(t.Context(), a.Login(t, deputy), act.Approval))
	return a.Keeper.RegisterPartner(t.Context(), manager, act)
}

// A rebuild knows the programs and their addresses from the signed entries.
func TestARebuildKnowsThePartnerPrograms(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	p, gone := h.Program(t, "Organisme-Exemple"), h.Program(t, "Organisme-Parti")
	at := addressFor(t, h, opened.Safe, p)
	must(t, second(h.Keeper.EndAgent(t.Context(), h.Login(t, vaulttest.Manager), vault.EndAgent{Request: vault.NewRequestID(), Agent: vault.AgentID(gone.ID)})))
	h.Stop(t)
	must(t, os.Remove(h.Config.StatePath))
	must(t, second(keeper.Rebuild(t.Context(), h.Config)))
	h.Start(t)
	must(t, second(sends(t, h, h.LoginProgram(t, p), at)))
	_, err := h.TryProgram(t, gone)
	isRefused(t, "who left", err, auth.ErrUnauthenticated)
	if r, err := h.Keeper.VerifyBucket(t.Context()); err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// L-06: every method × a partner program: it deposits at its address, and looks
// at checkpoints. All else is one answer and one leaf, whatever it is about.
func TestAPartnerProgramGetsOneAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMatrix(t)
		p := m.Program(t, "Organisme-Exemple")
		open := map[string]bool{"Checkpoint": true, "ProveConsistency": true}
		none := map[string]bool{"NotebookPrint": true, "EndCycle": true, "ChangeLeader": true} // the leaf of their refusal tells
		for _, r := range rows() {
			if r.step {
				continue // steps of what it could not begin, and what needs no session
			}
			for _, on := range []target{{"own", m.opened.Safe, m.stale}, {"unknown", vault.NewSafeID(), vault.NewDocumentID()}} {
				who := m.LoginProgram(t, p)
				before := m.Keeper.Flush(t)
				err := r.try(t.Context(), m, who, on)
				leaves := m.Keeper.Leaves(t, before)
				switch {
				case open[r.method]:
					if err != nil {
						t.Errorf("%s: %v", r.method, err)
					}
				case r.method == "EndAgent", r.method == "ActivateLogin": // their rows make it no error
					if err != nil {
						t.Errorf("%s on %s: %v", r.method, on.name, err)
					}
				case !errors.Is(err, vault.ErrNotFound) && !(err == nil && none[r.method]):
					t.Errorf("%s on %s: %v", r.method, on.name, err)
				case len(leaves) != 1 || leaves[0].Stage != audit.StageFact:
					t.Errorf("%s on %s: %d leaves", r.method, on.name, len(leaves))
				}
				time.Sleep(15 * time.Minute) // fewer than twenty refusals an hour
			}
		}
	})
}
