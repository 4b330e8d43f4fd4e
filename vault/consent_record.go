package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// ConsentRecordSchema names the form of a [ConsentRecord].
const ConsentRecordSchema = "ISO/IEC TS 27560:2023 coffre/1"

// A ConsentRecord is a consent with the parts that ISO/IEC TS 27560 asks of a
// record and its receipt (L-59). It holds no direct identifier of the person, of
// a witness or of a paper, so that it can be shown to whoever checks it (L-60):
// the person appears under a pseudonym of their own for each record.
//
// Codes are those of the API; whoever renders it puts them into words.
type ConsentRecord struct {
	Record    string // its id
	Schema    string
	Principal string // the person: a pseudonym, another one in each record

	Purposes   []papers.Purpose
	Basis      string          // codes: the authorisation of CPCE L.103 4°, or a mandate
	Categories []papers.Drawer // of personal data, where drawers are named
	Kinds      []papers.Kind
	Papers     int // named one by one
	Processing []string
	Posture    Posture

	Controller string   // the structure
	Recipients []string // the agent, in their function, and whoever may replace them
	Method     string   // how it was collected
	Witnessed  bool
	Company    Company
	Protection Protection

	Storage    string // code: sealed, where the safe lies
	Retention  string // code: what is kept after the end
	Withdrawal string // code: one step, anywhere, or by any agent of the structure
	Rights     []string

	Text        Digest // of the exact text that was shown, and of its terms
	TextVersion string
	Language    string

	Event      string // what happened last: asked, given, or the reason of the end
	EventTime  time.Time
	EventState ConsentState
	Entity     string // who caused it: agent, person, service
	ValidFrom  time.Time
	ValidUntil time.Time
}

// Bases of a consent.
const (
	BasisAuthorisation = "cpce-l103"
	BasisMandate       = "mandate"
)

// Record puts a consent, as the person or the agent named sees it, into the
// parts of ISO/IEC TS 27560.
func (c Consent) Record() ConsentRecord {
	t := c.Terms
	r := ConsentRecord{
		Record: c.ID.String(), Schema: ConsentRecordSchema, Principal: principalOf(c.ID, t.Safe),
		Purposes: []papers.Purpose{t.Purpose}, Basis: BasisAuthorisation, Categories: t.Scope.Drawers, Kinds: t.Scope.Kinds,
		Papers: len(t.Scope.Documents), Posture: t.Posture,
		Controller: c.Structure, Recipients: []string{c.AgentName + ", " + t.Function.String()},
		Method: c.Giving.Method.String(), Witnessed: c.Giving.Witness != "", Company: c.Giving.Company, Protection: c.Giving.Protection,
		Storage: "sealed-in-safe", Retention: "terms-five-years", Withdrawal: "one-step-anywhere",
		Rights: []string{"access", "withdraw", "portability", "erasure", "complaint"},
		Text:   c.Shown.Digest, TextVersion: c.Shown.Version, Language: t.Language,
		EventState: c.State, ValidFrom: t.From, ValidUntil: t.Until,
	}
	if t.Posture == PostureInStead {
		r.Basis = BasisMandate
	}
	if t.Replacement == ReplacementSuccessor {
		r.Recipients = append(r.Recipients, "successor")
	}
	for _, a := range Actions() {
		if t.Actions.Has(a) {
			r.Processing = append(r.Processing, a.String())
		}
	}
	r.Event, r.EventTime, r.Entity = c.lastEvent()
	return r
}

// lastEvent is what happened last to a consent, when, and who caused it.
func (c Consent) lastEvent() (event string, at time.Time, entity string) {
	switch {
	case c.State == ConsentEnded && (c.Ended == EndedByDate || c.Ended == EndedExpired):
		return c.Ended.String(), c.EndedAt, "service"
	case c.State == ConsentEnded && (c.Ended == EndedDeparture || c.Ended == EndedCycle):
		return c.Ended.String(), c.EndedAt, "structure"
	case c.State == ConsentEnded:
		return c.Ended.String(), c.EndedAt, "person"
	case c.Given.IsZero():
		return "asked", c.Asked, "agent"
	default:
		return "given", c.Given, "person"
	}
}

// principalOf is the person's pseudonym in one record: whoever has two records
// cannot tell that they are of one person.
func principalOf(id ConsentID, safe SafeID) string {
	h := sha256.New()
	_, _ = h.Write([]byte("coffre/record-principal/v1")) // a hash never fails
	_, _ = h.Write(id[:])
	_, _ = h.Write(safe[:])
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// String is the method's code.
func (m Method) String() string {
	switch m {
	case MethodSession:
		return "session"
	case MethodCounter:
		return "counter"
	case MethodOral:
		return "oral"
	case MethodPictogram:
		return "pictogram"
	default:
		return "none"
	}
}
