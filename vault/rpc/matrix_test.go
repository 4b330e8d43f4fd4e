package rpc_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A personage is somebody who calls in the matrix.
type personage struct {
	name string
	visitor
	function vault.Function // zero for nobody's agent, and for one who may not act
}

// A cast is everybody, and what they call about.
type cast struct {
	*service
	all      []personage
	own      ids // of the person: a safe of the structure, a consent to the social worker
	ours     ids // another person's, of the same structure, without any consent
	foreign  ids // another person's, of another structure
	observer visitor
	before   int // leaves, at the last count
}

const partner = "partenaire-fictive"

// newCast sets the stage: every function with a second factor, one without, one
// who left, one whose structure has no access manager any more, the person in
// their own login and at the counter, and somebody who is nobody.
func newCast(t *testing.T) *cast {
	t.Helper()
	c := &cast{service: newService(t)}
	late := c.lateStructure(t)
	c.house.FoundAnother(t, partner)
	own := c.safe(t, vaulttest.Counter, vaulttest.Person)
	ours := c.safe(t, vaulttest.Counter, "tierce-fictive")
	foreign := c.safe(t, partner, "autre-fictive")
	c.own, c.ours, c.foreign = own.ids, ours.ids, foreign.ids
	c.own.agent = c.house.Agents[vaulttest.Worker].String()
	c.own.consent = c.consent(t, own, c.own.agent)
	c.ours.agent = c.house.Agents[vaulttest.Leader].String()
	c.foreign.agent = c.self(t, partner).GetAgent().GetAgent()
	c.foreign.structure = c.self(t, partner).GetAgent().GetStructure()
	c.foreign.consent = c.consent(t, foreign, c.foreign.agent)
	c.foreign.approval = c.waiting(t)
	c.own.cycle, c.foreign.cycle = c.cycle(t, vaulttest.Worker), c.cycle(t, partner)
	c.own.relay, c.foreign.relay = c.relay(t, own.safe, vaulttest.Worker), c.relay(t, foreign.safe, partner)
	must(t, call(t.Context(), coffrev1.NewLockServiceClient(own.who).ShutOut, coffrev1.ShutOutRequest_builder{
		RequestId: requestID(), Safe: &own.safe, Agent: new(c.house.Agents[vaulttest.Leader].String()),
	}.Build()))
	c.end(t, vaulttest.Colleague)
	time.Sleep(35 * time.Minute) // the last access manager of the late structure is over

	c.all = c.agents(t)
	suspended, _ := c.login(t, late)
	alone, _ := c.login(t, vaulttest.Leader, "pwd")
	left, _ := c.login(t, vaulttest.Colleague)
	stranger, _ := c.login(t, vaulttest.Stranger)
	person, _ := c.login(t, vaulttest.Person)
	must(t, call(t.Context(), coffrev1.NewSessionServiceClient(person).Unlock, coffrev1.UnlockRequest_builder{Safe: &own.safe, Code: &own.code}.Build()))
	c.all = append(
		c.all,
		personage{name: "suspended", visitor: suspended},
		personage{name: "without a second factor", visitor: alone},
		personage{name: "who left", visitor: left},
		personage{name: "stranger", visitor: stranger},
		personage{name: "person", visitor: person},
		personage{name: "person at the counter", visitor: c.visit(t, own)},
	)
	c.observer, _ = c.login(t, vaulttest.DPO)
	c.leaves(t)
	return c
}

// agents log in, one of each function.
func (c *cast) agents(t *testing.T) (all []personage) {
	t.Helper()
	team := vaulttest.Team()
	delete(team, vaulttest.Colleague)
	for _, subject := range slices.Sorted(maps.Keys(team)) {
		who, _ := c.login(t, subject)
		all = append(all, personage{team[subject].String(), who, team[subject]})
	}
	return all
}

// lateStructure begins a structure whose only access manager is about to end,
// and answers another agent of it.
func (c *cast) lateStructure(t *testing.T) string {
	t.Helper()
	agent := func(subject string, f vault.Function, d time.Duration) vault.NewAgent {
		return vault.NewAgent{
			Login: c.house.Desk.Issuer.User(t, subject), Name: subject, Functions: vault.NewFunctionSet(f),
			Until: time.Now().Add(d).UTC().Truncate(time.Second),
		}
	}
	_, _, err := c.house.Keeper.AddStructure(t.Context(), vault.AddStructure{
		SIRET: "73282932000074", Name: "Association-Exemple",
		Manager: agent("directrice-fictive", vault.FunctionAccessManager, 30*time.Minute),
		Agents:  []vault.NewAgent{agent("attente-fictive", vault.FunctionSocialWorker, 100*24*time.Hour)},
	})
	must(t, err)
	return "attente-fictive"
}

// An ownSafe is a safe with something of everything in it.
type ownSafe struct {
	ids
	code string
	who  visitor
}

const pinOfAll = "493817"

func (c *cast) safe(t *testing.T, agent, owner string) ownSafe {
	t.Helper()
	at, _ := c.login(t, agent)
	u := c.house.Desk.Issuer.User(t, owner)
	opened, err := coffrev1.NewSafeServiceClient(at).OpenSafe(t.Context(), coffrev1.OpenSafeRequest_builder{
		RequestId: requestID(), OwnerIssuer: new(u.Issuer()), OwnerSubject: new(u.Subject()), InformationVersion: new(texts.Version), Pin: new(pinOfAll),
	}.Build())
	must(t, err)
	s := ownSafe{ids: never(), code: opened.GetCode()}
	s.safe, s.address, s.way = opened.GetSafe(), opened.GetAddress(), opened.GetSheet()
	s.who, _ = c.login(t, owner)
	must(t, call(t.Context(), coffrev1.NewSessionServiceClient(s.who).Unlock, coffrev1.UnlockRequest_builder{Safe: &s.safe, Code: &s.code}.Build()))
	receipt, err := deposit(t.Context(), s.who, *requestID(), s.safe, paper{title: "Quittance", body: []byte("bonjour " + owner)})
	must(t, err)
	s.doc = receipt.GetDocument()
	return s
}

func (c *cast) self(t *testing.T, subject string) *coffrev1.SelfAgent {
	t.Helper()
	who, _ := c.login(t, subject)
	self, err := coffrev1.NewStructureServiceClient(who).GetSelf(t.Context(), &coffrev1.GetSelfRequest{})
	must(t, err)
	return self.GetAgents()[0]
}

// consent is given by the person to a social worker, to read the one document there
// is.
func (c *cast) consent(t *testing.T, s ownSafe, agent string) string {
	t.Helper()
	return c.consentAs(t, s, agent, vault.FunctionSocialWorker)
}

func (c *cast) consentAs(t *testing.T, s ownSafe, agent string, as vault.Function) string {
	t.Helper()
	x := s.ids
	x.agent = agent
	terms := termsFor(x)
	terms.SetFunction(as.String())
	terms.SetScope(coffrev1.Scope_builder{Documents: []string{s.doc}}.Build())
	terms.SetPresence(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT)
	client := coffrev1.NewConsentServiceClient(s.who)
	shown, err := client.ShowConsent(t.Context(), coffrev1.ShowConsentRequest_builder{Safe: &s.safe, Terms: terms}.Build())
	must(t, err)
	giving := alone()
	giving.SetMethod(coffrev1.Method_METHOD_SESSION)
	given, err := client.GiveConsent(t.Context(), coffrev1.GiveConsentRequest_builder{
		RequestId: requestID(), Safe: &s.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(), Giving: giving,
	}.Build())
	must(t, err)
	return given.GetConsent().GetConsent()
}

// cycle is one that an agent leads.
func (c *cast) cycle(t *testing.T, subject string) string {
	t.Helper()
	who, _ := c.login(t, subject)
	opened, err := coffrev1.NewWorkshopServiceClient(who).OpenCycle(t.Context(), coffrev1.OpenCycleRequest_builder{RequestId: requestID(), Plan: fourSessions()}.Build())
	must(t, err)
	return opened.GetCycle()
}

// relay is sent to whoever is at the reception.
func (c *cast) relay(t *testing.T, safe, subject string) string {
	t.Helper()
	who, _ := c.login(t, subject)
	sent, err := coffrev1.NewRelayServiceClient(who).SendRelay(t.Context(), coffrev1.SendRelayRequest_builder{
		RequestId: requestID(), Safe: &safe, Function: new("reception"), Purpose: new("rsa"), Posture: new(coffrev1.Posture_POSTURE_WITH),
		Text: new("Rappeler la CAF"), DueTime: nextMonth(),
	}.Build())
	must(t, err)
	return sent.GetRelay()
}

// waiting asks for something that needs a second agent, in the other structure.
func (c *cast) waiting(t *testing.T) string {
	t.Helper()
	who, _ := c.login(t, partner)
	err := attempts[coffrev1.StructureService_EnrolAgent_FullMethodName].try(t.Context(), who, never())
	if got := reason(t, err); got != "APPROVAL_NEEDED" {
		t.Fatalf("an enrolment without a second agent: %v", err)
	}
	return metadataOf(err)["approval"]
}

func (c *cast) end(t *testing.T, subject string) {
	t.Helper()
	manager, _ := c.login(t, vaulttest.Manager)
	must(t, call(t.Context(), coffrev1.NewStructureServiceClient(manager).EndAgent, coffrev1.EndAgentRequest_builder{
		RequestId: requestID(), Agent: new(c.house.Agents[subject].String()),
	}.Build()))
}

// visit opens a counter session of the person on a social worker's screen.
func (c *cast) visit(t *testing.T, s ownSafe) visitor {
	t.Helper()
	worker, _ := c.login(t, vaulttest.Worker)
	opened, err := coffrev1.NewPresenceServiceClient(worker).OpenCounter(t.Context(), coffrev1.OpenCounterRequest_builder{
		Safe: &s.safe, Proof: coffrev1.Proof_builder{Code: &s.code, Pin: new(pinOfAll)}.Build(),
	}.Build())
	must(t, err)
	token, err := session.ParseToken(opened.GetSessionToken())
	must(t, err)
	return visitor{conn: c.conn, token: token, key: worker.key}
}

// leaves is how many leaves the trail got since it was last asked. Asking is two
// of them, which are not counted: the checkpoint is made between them.
func (c *cast) leaves(t *testing.T) int {
	t.Helper()
	var n int
	answer, err := coffrev1.NewTrailServiceClient(c.observer).Checkpoint(t.Context(), &coffrev1.CheckpointRequest{})
	must(t, err)
	var origin string
	if _, err := fmt.Sscanf(string(answer.GetCheckpoint()), "%s\n%d\n", &origin, &n); err != nil {
		t.Fatal(err)
	}
	grown := n - c.before - 2
	c.before = n
	return grown
}

// An answered is what one call came to.
type answered struct {
	reason string
	words  string // the whole answer, of a refusal all but its request id
	leaves int
}

func (c *cast) try(t *testing.T, method string, who personage, x ids) answered {
	t.Helper()
	var reply []byte
	who.reply = &reply
	err := attempts[method].try(t.Context(), who.visitor, x)
	got := answered{reason: reason(t, err), words: string(reply), leaves: c.leaves(t)}
	if err != nil {
		spokenOf(t, method, err)
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(anonymous(t, err))
		must(t, err)
		got.words = string(raw)
	}
	return got
}

// spokenOf checks that what a refusal calls a field is one of the request.
func spokenOf(t *testing.T, method string, err error) {
	t.Helper()
	for _, v := range detail[*errdetails.BadRequest](err).GetFieldViolations() {
		found, lookup := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method[1:], "/", ".")))
		must(t, lookup)
		message := found.(protoreflect.MethodDescriptor).Input()
		for name := range strings.SplitSeq(v.GetField(), ".") {
			f := message.Fields().ByName(protoreflect.Name(name))
			if f == nil {
				t.Errorf("%s has no field %s", short(method), v.GetField())
				break
			}
			message = f.Message()
		}
	}
}

// Who may know of a safe that they have no consent in, by what the function
// allows (deploy/docs/functions.md): of any safe, or of one of the structure.
var (
	anywhere = map[string]func(consent.Row) bool{
		coffrev1.ConsentService_GiveConsent_FullMethodName:      opens,
		coffrev1.PresenceService_EndSideBySide_FullMethodName:   leads,
		coffrev1.DocumentService_Deposit_FullMethodName:         deposits,
		coffrev1.DocumentService_DepositBatch_FullMethodName:    deposits,
		coffrev1.MemoService_PutMemos_FullMethodName:            deposits,
		coffrev1.RegisterService_FindSafe_FullMethodName:        deposits,
		coffrev1.ConsentService_ShowConsent_FullMethodName:      mayBeGiven,
		coffrev1.ConsentService_AskConsent_FullMethodName:       mayBeGiven,
		coffrev1.ConsentService_ListConsents_FullMethodName:     mayBeGiven,
		coffrev1.PrintService_PrintConsent_FullMethodName:       mayBeGiven,
		coffrev1.PresenceService_OpenCounter_FullMethodName:     opens,
		coffrev1.PresenceService_StartSideBySide_FullMethodName: leads,
		coffrev1.LockService_RenewSheet_FullMethodName:          opens,
		coffrev1.LockService_Freeze_FullMethodName:              meetsPeople,
		coffrev1.WorkshopService_JoinCycle_FullMethodName:       opens,
	}
	within = map[string]func(consent.Row) bool{
		coffrev1.ConsentService_RenewConsent_FullMethodName:     opens,
		coffrev1.LockService_Unfreeze_FullMethodName:            opens,
		coffrev1.ConsentService_WithdrawConsent_FullMethodName:  meetsPeople,
		coffrev1.ConsentService_WithdrawConsents_FullMethodName: meetsPeople,
		coffrev1.RelayService_ForbidRelays_FullMethodName:       meetsPeople,
		coffrev1.PassportService_ListCopies_FullMethodName:      meetsPeople,
		coffrev1.PassportService_LoseCopy_FullMethodName:        meetsPeople,
		coffrev1.RegisterService_SetRegister_FullMethodName:     opens,
		coffrev1.RegisterService_IssueAddress_FullMethodName:    opens,
		coffrev1.RegisterService_RevokeAddress_FullMethodName:   opens,
		coffrev1.PresenceService_SetPin_FullMethodName:          opens,
		coffrev1.LockService_GetSafe_FullMethodName:             opens,
		coffrev1.LockService_RelinkLogin_FullMethodName:         opens,
		coffrev1.LockService_AskRecovery_FullMethodName:         opens,
		coffrev1.RecoveryService_OpenKit_FullMethodName:         opens,
		coffrev1.RecoveryService_FinishKit_FullMethodName:       opens,
		coffrev1.RecoveryService_CancelKit_FullMethodName:       meetsPeople,

		// Colleagues.
		coffrev1.StructureService_ChangeAgent_FullMethodName:        manages,
		coffrev1.StructureService_EndAgent_FullMethodName:           manages,
		coffrev1.StructureService_ReissueAccount_FullMethodName:     manages,
		coffrev1.StructureService_GetDepartureReport_FullMethodName: manages,
		coffrev1.PrintService_PrintDeparture_FullMethodName:         manages,
	}
)

// mayKnow reports whether somebody may tell what is there from what never was.
func (p personage) mayKnow(method string, tables ...map[string]func(consent.Row) bool) bool {
	for _, row := range consent.Functions() {
		for _, table := range tables {
			if allowed := table[method]; p.function != 0 && row.Function == p.function && allowed != nil && allowed(row) {
				return true
			}
		}
	}
	return false
}

// L-06, L-16, L-22: every method × everybody × ids of others. What somebody may
// not know about is answered like what never was, in the same words, and
// recorded with as many leaves.
func TestEverybodyGetsOneAnswerAboutWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, told := newCast(t), map[string]bool{}
		for _, method := range slices.Sorted(maps.Keys(attempts)) {
			if attempts[method].on == 0 {
				continue
			}
			for _, who := range c.all {
				none := c.try(t, method, who, never())
				c.recorded(t, method, who, "what never was", none)
				for _, other := range []struct {
					name string
					ids  ids
					free bool
				}{
					{"another structure's", c.foreign, who.mayKnow(method, anywhere)},
					{"another person's", c.ours, who.mayKnow(method, anywhere, within)},
				} {
					switch {
					case !other.free:
						c.same(t, method, who, other.name, none, c.try(t, method, who, other.ids))
					case !slices.Contains(ending, method): // what it ends is still asked about
						told[method] = told[method] || c.try(t, method, who, other.ids) != none
					}
				}
				if who.function == vault.FunctionWorkshopLeader {
					own := c.own
					own.cycle = never().cycle // a colleague's cycle is no secret, and of no safe
					c.same(t, method, who, "a safe that shut them out", none, c.try(t, method, who, own))
				}
			}
		}
		for _, table := range []map[string]func(consent.Row) bool{anywhere, within} {
			for method := range table {
				if !told[method] && !slices.Contains(ending, method) {
					t.Errorf("%s tells nobody of a safe: its row says too much", short(method))
				}
			}
		}
	})
}

func (c *cast) recorded(t *testing.T, method string, who personage, about string, got answered) {
	t.Helper()
	if got.leaves < 1 {
		t.Errorf("%s by %s of %s is not recorded: %s", short(method), who.name, about, got.reason)
	}
	if got.reason == "INTERNAL" {
		t.Errorf("%s by %s of %s: %s", short(method), who.name, about, got.reason)
	}
}

func (c *cast) same(t *testing.T, method string, who personage, about string, none, some answered) {
	t.Helper()
	if method == coffrev1.LockService_ActivateLogin_FullMethodName {
		some.leaves, none.leaves = 0, 0 // only a safe that is there has guesses to count
	}
	if some != none {
		t.Errorf("%s by %s: %s with %d leaves of %s, %s with %d of what never was", short(method), who.name, some.reason, some.leaves, about, none.reason, none.leaves)
	}
}

func short(method string) string { return strings.TrimPrefix(method, "/coffre.v1.") }

// In one's own safe, what is another's is answered like what never was, whatever
// it is: a document, a consent, an address, a way in, an agent.
func TestInOnesOwnSafeWhatIsAnothersIsNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCast(t)
		pieces := map[naming]func(from ids) ids{
			onlyDocument: func(from ids) ids { x := c.own; x.doc = from.doc; return x },
			onlyConsent:  func(from ids) ids { x := c.own; x.consent = from.consent; return x },
			onlyAddress:  func(from ids) ids { x := c.own; x.address = from.address; return x },
			onlyRelay:    func(from ids) ids { x := c.own; x.relay = from.relay; return x },
			onlyWay:      func(from ids) ids { x := c.own; x.way = from.way; return x },
			onAgent:      func(from ids) ids { x := c.own; x.agent = from.agent; return x },
		}
		for _, method := range slices.Sorted(maps.Keys(attempts)) {
			for piece, with := range pieces {
				if on := attempts[method].on; on&onSafe == 0 || on&piece == 0 || publicly(method, piece) {
					continue
				}
				for _, who := range c.all {
					none := c.try(t, method, who, with(never()))
					c.recorded(t, method, who, "what never was, in the person's safe", none)
					c.same(t, method, who, "another's, in the person's safe", none, c.try(t, method, who, with(c.foreign)))
				}
			}
		}
	})
}

// publicly reports whether the person may name agents of any structure: whom
// they consent to, shut out or trust is theirs to say, and an id is random.
func publicly(method string, piece naming) bool {
	return piece == onAgent && method != coffrev1.RegisterService_SetReferent_FullMethodName
}

// ending are the methods that end what the others need, in this order.
var ending = []string{
	coffrev1.RelayService_ForbidRelays_FullMethodName,
	coffrev1.ConsentService_WithdrawConsent_FullMethodName,
	coffrev1.ConsentService_WithdrawConsents_FullMethodName,
	coffrev1.RegisterService_RevokeAddress_FullMethodName,
	coffrev1.DocumentService_Destroy_FullMethodName,
	coffrev1.LockService_RemoveWay_FullMethodName,
	coffrev1.LockService_ShutOut_FullMethodName,
	coffrev1.LockService_Freeze_FullMethodName,
	coffrev1.StructureService_EndAgent_FullMethodName,
	coffrev1.SessionService_Lock_FullMethodName,
	coffrev1.SessionService_CloseSession_FullMethodName,
}

// L-16, L-17: every method × everybody, of the person's own: whatever it comes to,
// it is one of the answers of the table, and it is recorded.
func TestWhateverIsTriedIsRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCast(t)
		methods := slices.DeleteFunc(slices.Sorted(maps.Keys(attempts)), func(m string) bool { return slices.Contains(ending, m) })
		for _, method := range append(methods, ending...) {
			for _, who := range c.all {
				got := c.try(t, method, who, c.own)
				switch {
				case got.reason == "SESSION_INVALID": // an act ended it: those are counted together
				case slices.Contains(unrecorded, method):
					if got.reason != "" || got.leaves != 0 {
						t.Errorf("%s by %s: %q with %d leaves", short(method), who.name, got.reason, got.leaves)
					}
				default:
					c.recorded(t, method, who, "the person's own", got)
				}
			}
		}
	})
}

// metadataOf is the ErrorInfo metadata of an error.
func metadataOf(err error) map[string]string {
	return detail[interface{ GetMetadata() map[string]string }](err).GetMetadata()
}
