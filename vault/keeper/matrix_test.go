package keeper_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// The callers of the matrix.
type caller string

const (
	nobody     caller = "zero principal"
	ended      caller = "ended session"
	stranger   caller = "stranger"
	counter    caller = "counter"
	locked     caller = "owner, locked"
	open       caller = "owner, unlocked"
	fresh      caller = "depositor, fresh"
	stale      caller = "depositor, ten minutes later"
	otherOwner caller = "owner of another safe"
	visit      caller = "person at the counter"
	worker     caller = "social worker"
	leader     caller = "workshop leader"
	manager    caller = "access manager"
	civic      caller = "volontaire en service civique"
	volunteer  caller = "bénévole"
	dpo        caller = "DPO"
)

// target is what a call of the matrix is about.
type target struct {
	name string
	safe vault.SafeID
	doc  vault.DocumentID
}

// A row says what one method of the keeper answers to whom. May lists the
// callers who are answered, of the safe in question.
type row struct {
	method string
	try    func(ctx context.Context, m *matrix, who session.Principal, on target) error
	may    []caller
	// locked is what the owner of a locked safe is told; else not found.
	locked error
	// service says that the act concerns no safe: denied tells those who may not.
	service bool
	denied  error
	// step says that the call is a step of an act that another call records.
	step bool
	// loose says that the call names nothing there is: whoever may try it is told
	// apart by the intent in the trail, whatever comes of it.
	loose bool
	// guess says that what is tried is a code: it has leaves of its own.
	guess bool
	// abroad are those who may, of a safe that their structure has nothing to do
	// with.
	abroad []caller
}

func (r row) anywhere(who []caller) row {
	r.abroad = who
	return r
}

func (r row) whenLocked(told error) row {
	r.locked = told
	return r
}

type matrix struct {
	*vaulttest.House
	who       map[caller]session.Principal
	opened    vault.OpenedSafe
	stale     vault.DocumentID
	other     vault.OpenedSafe // somebody else's, opened by another structure
	spares    map[string]vault.SafeID
	wrongCode seal.Code
}

var (
	all = []caller{
		stranger, counter, locked, open, fresh, stale, otherOwner, visit, worker, leader, manager, civic, volunteer, dpo,
	}
	wrong     = "titre"
	depositor = []caller{locked, open, fresh, visit}
)

func rows() []row {
	return slices.Concat(serviceRows(), stepRows(), officeRows(), safeRows(), documentRows(), memoRows(), registerRows(), consentRows(), relayRows(), workshopRows(), trainingRows(), presenceRows(), printRows(), lockRows())
}

// spare is a safe of the same person that may be frozen.
func (m *matrix) spare(on target) vault.SafeID {
	if id, ok := m.spares[on.name]; ok {
		return id
	}
	return on.safe
}

// serviceRows are the methods that concern no safe.
func serviceRows() []row {
	return []row{
		{method: "Authenticate", step: true, try: func(ctx context.Context, m *matrix, _ session.Principal, _ target) error {
			return nil // without a session: TestStrangersAreCounted
		}, service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "OpenSession", step: true, try: func(context.Context, *matrix, session.Principal, target) error { return nil },
			service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "RefuseLogin", step: true, try: func(context.Context, *matrix, session.Principal, target) error { return nil },
			service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "Healthy", step: true, try: func(ctx context.Context, m *matrix, _ session.Principal, _ target) error {
			return m.Keeper.Healthy(ctx)
		}, service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "Live", step: true, try: func(_ context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.Live(who)
		}, service: true, may: all},
		{method: "CloseSession", try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return nil // TestLogoutForgetsEverything
		}, service: true, step: true, may: append([]caller{nobody, ended}, all...)},
		{method: "OpenSafe", try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.OpenSafe(ctx, who, vault.OpenSafe{Request: vault.NewRequestID(), Information: "1"}))
		}, service: true, may: frontline, denied: vault.ErrDenied},
		{method: "OwnedSafes", try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.OwnedSafes(ctx, who))
		}, service: true, may: all},
		{method: "Checkpoint", try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Checkpoint(ctx, who))
		}, service: true, may: all},
		{method: "ProveConsistency", try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.ProveConsistency(ctx, who, 1, 2))
		}, service: true, may: all},
	}
}

// stepRows are the steps of acts that other calls record, with an id nobody has.
func stepRows() []row {
	return []row{
		{method: "Place", step: true, try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return ticketless(second(m.Keeper.Place(ctx, who, vault.NewReleaseID(), vault.Deposit{})))
		}, service: true, may: all},
		{method: "CommitDeposit", step: true, try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return ticketless(second(m.Keeper.CommitDeposit(ctx, who, vault.NewReleaseID(), nil)))
		}, service: true, may: all},
		{method: "AbandonDeposit", step: true, try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return ticketless(m.Keeper.AbandonDeposit(ctx, who, vault.NewReleaseID(), vault.OutcomeFailed))
		}, service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "Continue", step: true, try: func(ctx context.Context, m *matrix, _ session.Principal, _ target) error {
			return ticketless(second(m.Keeper.Continue(ctx, vault.NewReleaseID())))
		}, service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "GiveBack", step: true, try: func(_ context.Context, m *matrix, _ session.Principal, _ target) error {
			m.Keeper.GiveBack(vault.NewReleaseID()) // of nothing: nobody is told, and nothing ends
			return nil
		}, service: true, may: append([]caller{nobody, ended}, all...)},
		{method: "Conclude", step: true, try: func(ctx context.Context, m *matrix, _ session.Principal, _ target) error {
			return ticketless(m.Keeper.Conclude(ctx, vault.NewReleaseID(), vault.OutcomeDone, 0))
		}, service: true, may: append([]caller{nobody, ended}, all...)},
	}
}

// safeRows are the methods about a whole safe.
func safeRows() []row {
	return []row{
		{method: "Unlock", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			err := m.Keeper.Unlock(ctx, who, vault.Unlock{Safe: on.safe, Code: m.opened.Code})
			m.Keeper.Relock(m.who[locked], m.opened.Safe)
			return err
		}, may: person},
		{method: "Lock", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.Lock(ctx, who, on.safe)
		}, may: person},
		{method: "Entrust", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Entrust(ctx, who, vault.Entrust{Request: vault.NewRequestID(), Safe: on.safe, Drawer: "logement", Agreement: "1"}))
		}, may: []caller{open, visit}, locked: vault.ErrLocked},
		{method: "TakeBack", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.TakeBack(ctx, who, vault.TakeBack{Request: vault.NewRequestID(), Safe: on.safe, Drawer: "logement"})
		}, may: person},
		{method: "BeginDeposit", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			ticket, err := m.Keeper.BeginDeposit(ctx, who, vault.BeginDeposit{Safe: on.safe})
			if err != nil {
				return err
			}
			return m.Keeper.AbandonDeposit(ctx, who, ticket.ID, vault.OutcomeFailed)
		}, may: and(person, depositing), abroad: depositing},
	}
}

// documentRows are the methods about what lies in a safe.
func documentRows() []row {
	change := func(ctx context.Context, m *matrix, who session.Principal, on target) error {
		return m.Keeper.Change(ctx, who, vault.Change{Request: vault.NewRequestID(), Safe: on.safe, Document: on.doc, Title: &wrong})
	}
	return []row{
		{method: "Release", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			rel, err := m.Keeper.Release(ctx, who, on.safe, on.doc)
			if err != nil {
				return err
			}
			return m.Keeper.Conclude(ctx, rel.ID, vault.OutcomeDone, 1)
		}, may: []caller{open, visit}, locked: vault.ErrLocked},
		{method: "Inspect", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			in, err := m.Keeper.Inspect(ctx, who, on.safe, on.doc)
			if err != nil {
				return err
			}
			return m.Keeper.Conclude(ctx, in.ID, vault.OutcomeDone, 0)
		}, may: depositor},
		{method: "Metadata", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Metadata(ctx, who, on.safe, on.doc))
		}, may: depositor},
		{method: "List", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			if on.safe.IsZero() {
				on.safe = vault.NewSafeID() // of no safe, it is OwnedSafes
			}
			return second(m.Keeper.List(ctx, who, vault.List{Safe: on.safe, Limit: 10}))
		}, may: []caller{open, visit}, locked: vault.ErrLocked},
		{method: "Count", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Count(ctx, who, on.safe))
		}, may: person},
		{method: "Change", try: change, may: []caller{open, visit, fresh}, locked: vault.ErrLocked},
		{method: "Destroy", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.Destroy(ctx, who, vault.Destroy{Request: vault.NewRequestID(), Safe: on.safe, Document: on.doc})
		}, may: []caller{open, visit, fresh}, locked: vault.ErrLocked},
		{method: "Journal", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Journal(ctx, who, vault.ReadJournal{Safe: on.safe, Limit: 10}))
		}, may: person},
		{method: "ProveInclusion", try: func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			_, err := m.Keeper.ProveInclusion(ctx, who, on.safe, []uint64{1 << 40}, 1)
			if errors.Is(err, vault.ErrNotFound) && (who == m.who[locked] || who == m.who[open] || who == m.who[visit]) && on.safe == m.opened.Safe {
				return nil // permitted, and there is no such leaf
			}
			return err
		}, may: person},
	}
}

// ticketless makes the expected refusal of a random ticket a yes.
func ticketless(err error) error {
	if errors.Is(err, vault.ErrTicket) {
		return nil
	}
	return err
}

// want is the one answer that a caller gets to a row about a target.
func (r row) want(who caller, on string) error {
	may := func(c caller) bool { return slices.Contains(r.may, c) }
	switch {
	case r.service && may(who):
		return nil
	case who == nobody || who == ended:
		return auth.ErrUnauthenticated
	case r.service:
		return r.denied
	case on == "foreign" && slices.Contains(r.abroad, who):
		return nil
	case on == "foreign" && who == otherOwner && r.locked != nil:
		return r.locked // it is theirs, and locked
	case on == "foreign" && who == otherOwner && may(locked):
		return errOwn
	case on != "own":
		return vault.ErrNotFound
	case may(who):
		return nil
	case who == locked && r.locked != nil:
		return r.locked
	default:
		return vault.ErrNotFound
	}
}

// errOwn stands for whatever an owner is told of a document or drawer that is
// not there: the matrix is about others.
var errOwn = errors.New("their own safe")

// Every method × every caller × every kind of target gives one answer and leaves
// one intent with its outcome, or one fact: refusals too (L-03, L-46). Calls
// whose session is over are counted, one leaf a minute.
func TestEveryMethodAnswersEveryCallerAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMatrix(t)
		listed := map[string]bool{}
		for _, r := range rows() {
			listed[r.method] = true
			for who := range m.who {
				for _, on := range m.targets(t, r, who) {
					m.cell(t, r, who, on)
				}
			}
		}
		methods := reflect.TypeFor[vault.Keeper]()
		for method := range methods.Methods() {
			if !listed[method.Name] {
				t.Errorf("method %s has no row", method.Name)
			}
		}
	})
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	h := vaulttest.New(t)
	m := &matrix{House: h, opened: h.OpenSafeAt(t, vaulttest.Counter, vaulttest.Person, vault.OpenSafe{PIN: vaulttest.PIN(t)})}
	h.FoundAnother(t, "autre-guichet")
	m.other = h.OpenSafeAt(t, "autre-guichet", "autre-fictive", vault.OpenSafe{})
	m.spares = map[string]vault.SafeID{
		"own": h.OpenSafe(t, vaulttest.Person).Safe, "foreign": h.OpenSafeAt(t, "autre-guichet", "autre-fictive", vault.OpenSafe{}).Safe,
	}
	m.wrongCode = otherCode(t)
	m.who = map[caller]session.Principal{nobody: {}, stale: h.Login(t, vaulttest.Counter)}
	m.stale = m.deposit(t, m.who[stale])
	gone := h.Login(t, vaulttest.Person)
	if err := h.Keeper.CloseSession(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Minute)
	m.who[ended] = gone
	for c, subject := range map[caller]string{
		stranger: vaulttest.Stranger, counter: vaulttest.Counter, fresh: vaulttest.Counter,
		locked: vaulttest.Person, otherOwner: "autre-fictive", worker: vaulttest.Worker, leader: vaulttest.Leader,
		manager: vaulttest.Manager, civic: vaulttest.Civic, volunteer: vaulttest.Volunteer, dpo: vaulttest.DPO,
	} {
		m.who[c] = h.Login(t, subject)
	}
	m.comeIn(t)
	return m
}

// comeIn opens the safe anew where the person is.
func (m *matrix) comeIn(t *testing.T) {
	t.Helper()
	m.who[open] = m.Unlocked(t, vaulttest.Person, m.opened)
	proof := vault.Proof{Code: m.opened.Code, PIN: vaulttest.PIN(t)}
	m.who[visit] = m.Visit(t, m.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: m.opened.Safe, Proof: proof})
}

func (m *matrix) deposit(t *testing.T, who session.Principal) vault.DocumentID {
	t.Helper()
	r, err := m.Deposit(t.Context(), who, m.opened.Safe, vaulttest.Paper{Title: "papier", Kind: entrustedKind, Body: []byte("papier")})
	if err != nil {
		t.Fatal(err)
	}
	return r[0].Document
}

func (m *matrix) targets(t *testing.T, r row, who caller) []target {
	t.Helper()
	own := target{"own", m.opened.Safe, m.stale}
	if r.service {
		return []target{own}
	}
	if who != stale && !r.loose {
		own.doc = m.deposit(t, m.who[fresh])
	}
	return []target{own, {"foreign", m.other.Safe, own.doc}, {"unknown", vault.NewSafeID(), vault.NewDocumentID()}, {"zero", vault.SafeID{}, vault.DocumentID{}}}
}

func (m *matrix) cell(t *testing.T, r row, who caller, on target) {
	t.Helper()
	if r.method == "TakeBack" && on.name == "own" {
		if _, err := m.Keeper.Entrust(t.Context(), m.who[open], vault.Entrust{Safe: on.safe, Drawer: "logement", Agreement: "1"}); err != nil {
			t.Fatal(err)
		}
	}
	before := m.Keeper.Flush(t)
	err := r.try(t.Context(), m, m.who[who], on)
	want := r.want(who, on.name)
	leaves := slices.DeleteFunc(m.Keeper.Leaves(t, before), func(l keeper.Leaf) bool {
		return vault.Act(l.Op) == vault.ActAskApproval // what waits for a second agent is a leaf of its own
	})
	tried := len(leaves) > 0 && leaves[0].Stage == audit.StageIntent
	switch {
	case r.loose && (want == nil || errors.Is(want, errOwn)):
		if !tried {
			t.Errorf("%s by %s on %s: %v, and never tried", r.method, who, on.name, err)
		}
	case !errors.Is(want, errOwn) && !errors.Is(err, want) || want == nil && err != nil:
		t.Errorf("%s by %s on %s: %v, want %v", r.method, who, on.name, err, want)
	case want != nil && tried && !errors.Is(want, errOwn):
		t.Errorf("%s by %s on %s: refused after it was permitted", r.method, who, on.name)
	}
	pairs := 0
	for _, l := range leaves {
		if l.Stage != audit.StageOutcome {
			pairs++
		}
	}
	shape := len(leaves) == 1 && leaves[0].Stage == audit.StageFact || len(leaves) == 2 && pairs == 1 && leaves[1].Of == leaves[0].Position
	switch {
	case r.step && (who == nobody || who == ended):
	case r.step && len(leaves) > 0:
		t.Errorf("%s by %s on %s: %d leaves for a step", r.method, who, on.name, len(leaves))
	case r.step, r.guess && who != nobody && who != ended:
	case who == nobody || who == ended:
		if len(leaves) > 1 {
			t.Errorf("%s by %s: %d leaves", r.method, who, len(leaves))
		}
	case !shape:
		t.Errorf("%s by %s on %s: %d leaves are not one act", r.method, who, on.name, len(leaves))
	}
	if (r.method == "Lock" || r.method == "RenewSheet") && err == nil {
		m.comeIn(t)
	}
}

// Acting functions refuse a warrant that proves nothing.
func TestZeroWarrantsAct(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	if did := s.Keeper.ZeroWarrants(t, s.opened.Safe); len(did) > 0 {
		t.Errorf("acted without a warrant: %v", did)
	}
}
