package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
)

// A Keeper holds the keys, decides, and writes the trail: the only code that
// does (package keeper). It is an interface because it is a trust boundary: API
// nodes are untrusted callers, and may run in another process.
//
// Every method authenticates the principal's session again, decides, records
// the intent durably, acts, records the outcome, and only then answers. A
// refusal is recorded too. When the trail cannot be written every method fails
// with [ErrTrail] and nothing is revealed or changed. Whatever the caller may
// not know about is [ErrNotFound]. Methods are safe for concurrent use.
type Keeper interface {
	// Authenticate turns the credentials of one call into a principal. A
	// failure is counted in the trail, one leaf a minute and network prefix.
	Authenticate(ctx context.Context, c session.Credentials, network string) (session.Principal, error)
	// OpenSession exchanges a verified login for a session.
	OpenSession(ctx context.Context, act OpenSession) (session.Token, session.Principal, error)
	// RefuseLogin records a login that was not accepted.
	RefuseLogin(ctx context.Context, network string) error
	// CloseSession ends a session and forgets what it unlocked.
	CloseSession(ctx context.Context, who session.Principal) error
	// Live says whether the session still counts; long calls ask per chunk.
	Live(who session.Principal) error

	// OpenSafe creates a locked safe; the code leaves here once.
	OpenSafe(ctx context.Context, who session.Principal, act OpenSafe) (OpenedSafe, error)
	// OwnedSafes names the safes of the principal's login.
	OwnedSafes(ctx context.Context, who session.Principal) ([]OwnedSafe, error)
	// Unlock opens a safe for one session. The guess is in the trail before it
	// is compared.
	Unlock(ctx context.Context, who session.Principal, act Unlock) error
	// Lock forgets a safe's identity in this session, at once.
	Lock(ctx context.Context, who session.Principal, safe SafeID) error
	// Entrust seals the file keys of one drawer for the service. It answers how
	// many papers that covers now.
	Entrust(ctx context.Context, who session.Principal, act Entrust) (int, error)
	// TakeBack ends that; it holds from the moment the intent is on disk.
	TakeBack(ctx context.Context, who session.Principal, act TakeBack) error

	// BeginDeposit records the intent to deposit.
	BeginDeposit(ctx context.Context, who session.Principal, act BeginDeposit) (DepositTicket, error)
	// Place says where the next content of a ticket goes.
	Place(ctx context.Context, who session.Principal, ticket ReleaseID, act Deposit) (Slot, error)
	// CommitDeposit puts the contents, one for each slot in order, into the
	// chain: one entry for all.
	CommitDeposit(ctx context.Context, who session.Principal, ticket ReleaseID, contents []Content) ([]Receipt, error)
	// AbandonDeposit records that nothing came of it.
	AbandonDeposit(ctx context.Context, who session.Principal, ticket ReleaseID, out Outcome) error

	// Release answers the file key of one document, and what to check.
	Release(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Release, error)
	// Continue says whether a release still holds; it is asked before every
	// chunk, so that access ends when the session, the lock or the consent does.
	Continue(ctx context.Context, id ReleaseID) error
	// Conclude records how a release or an inspection ended.
	Conclude(ctx context.Context, id ReleaseID, out Outcome, read int64) error
	// Inspect answers what an integrity check needs: no key.
	Inspect(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Inspection, error)

	// Metadata answers the technical facts of one document.
	Metadata(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Technical, error)
	// List answers documents of an unlocked safe, oldest first.
	List(ctx context.Context, who session.Principal, act List) ([]Document, error)
	// Count answers how many documents there are.
	Count(ctx context.Context, who session.Principal, safe SafeID) (int, error)
	// Change replaces a description.
	Change(ctx context.Context, who session.Principal, act Change) error
	// Destroy makes a document unreadable for good.
	Destroy(ctx context.Context, who session.Principal, act Destroy) error

	AgentKeeper
	ConsentKeeper
	PresenceKeeper
	LockKeeper

	// Journal answers the lines about one safe, from the n-th on.
	Journal(ctx context.Context, who session.Principal, act ReadJournal) ([]Line, error)
	// Checkpoint answers the newest signed checkpoint.
	Checkpoint(ctx context.Context, who session.Principal) (Checkpoint, error)
	// ProveInclusion proves leaves of one safe's journal, all of them or none.
	ProveInclusion(ctx context.Context, who session.Principal, safe SafeID, positions []uint64, size uint64) ([]Inclusion, error)
	// ProveConsistency proves that a tree extends an older one.
	ProveConsistency(ctx context.Context, who session.Principal, old, size uint64) ([][32]byte, error)
	// Healthy says whether the trail can be written and the bucket answers.
	Healthy(ctx context.Context) error
}

// An AgentKeeper is the part of a [Keeper] that knows structures, agents and
// the register. What needs a second agent and has none yet is answered with an
// [*ApprovalError].
type AgentKeeper interface {
	// Self says what the caller is.
	Self(ctx context.Context, who session.Principal) (Self, error)
	// EnrolAgent gives somebody functions; access managers only.
	EnrolAgent(ctx context.Context, who session.Principal, act EnrolAgent) (AgentID, error)
	// ChangeAgent changes functions, name or end; access managers only.
	ChangeAgent(ctx context.Context, who session.Principal, act ChangeAgent) error
	// EndAgent ends every right of an agent. It takes away: it holds from the
	// moment the intent is on disk. Per-safe entries follow in a sweep.
	EndAgent(ctx context.Context, who session.Principal, act EndAgent) (DepartureReport, error)
	// AssignSuccessor lets consents that said so go on with the successor.
	AssignSuccessor(ctx context.Context, who session.Principal, act AssignSuccessor) (int, error)
	// Agents lists the structure's agents.
	Agents(ctx context.Context, who session.Principal) ([]Agent, error)
	// DepartureReport answers the report of an agent who left.
	DepartureReport(ctx context.Context, who session.Principal, agent AgentID) (DepartureReport, error)
	// Anomalies answers what the access manager should ask about.
	Anomalies(ctx context.Context, who session.Principal) ([]Anomaly, error)

	// Approvals lists the acts that wait for a second agent of the structure.
	Approvals(ctx context.Context, who session.Principal) ([]Approval, error)
	// Approve is the second agent's yes; Decline the no.
	Approve(ctx context.Context, who session.Principal, id ApprovalID) error
	// Decline refuses an act that waits.
	Decline(ctx context.Context, who session.Principal, id ApprovalID) error

	// FindSafe searches by name and birth date together, or by address; it
	// answers at most [FindLimit].
	FindSafe(ctx context.Context, who session.Principal, act FindSafe) ([]FoundSafe, error)
	// SetRegister changes a safe's entry in the register.
	SetRegister(ctx context.Context, who session.Principal, act SetRegister) error
	// IssueAddress makes a new address of a safe.
	IssueAddress(ctx context.Context, who session.Principal, act IssueAddress) (AddressID, error)
	// RevokeAddress ends one. It takes away.
	RevokeAddress(ctx context.Context, who session.Principal, act RevokeAddress) error
	// Circle says who helps the person.
	Circle(ctx context.Context, who session.Principal, safe SafeID) (Circle, error)
	// SetReferent names the person's first contact.
	SetReferent(ctx context.Context, who session.Principal, act SetReferent) error
}

// A ConsentKeeper is the part of a [Keeper] that keeps consents.
type ConsentKeeper interface {
	// ShowConsent renders the exact text of terms, for the screen and for
	// printing, before anybody agrees.
	ShowConsent(ctx context.Context, who session.Principal, terms Terms) (Shown, error)
	// AskConsent records an agent's request.
	AskConsent(ctx context.Context, who session.Principal, act AskConsent) (Consent, error)
	// GiveConsent records the person's agreement and seals the pieces.
	GiveConsent(ctx context.Context, who session.Principal, act GiveConsent) (Consent, error)
	// RefuseConsent refuses a request. It takes away.
	RefuseConsent(ctx context.Context, who session.Principal, act EndConsent) error
	// WithdrawConsent ends a consent. It takes away: it holds from the moment its
	// intent is on disk, whatever the bucket says.
	WithdrawConsent(ctx context.Context, who session.Principal, act EndConsent) error
	// WidenConsent adds papers, by the person's own unlocked session.
	WidenConsent(ctx context.Context, who session.Principal, act WidenConsent) (Consent, error)
	// RenewConsent makes a new consent of the same papers.
	RenewConsent(ctx context.Context, who session.Principal, act RenewConsent) (Consent, error)
	// Consents lists the requests and consents of a safe, newest first: all of
	// them for the person, their own for an agent.
	Consents(ctx context.Context, who session.Principal, safe SafeID) ([]Consent, error)
	// Helped is the caller's home list: whom they help, for what, until when.
	Helped(ctx context.Context, who session.Principal) ([]Helped, error)
}

// A PresenceKeeper is the part of a [Keeper] that knows who is there.
type PresenceKeeper interface {
	// SetPIN chooses a PIN, typed by the person.
	SetPIN(ctx context.Context, who session.Principal, act SetPIN) error
	// OpenCounter opens the person's own session on the caller's screen.
	OpenCounter(ctx context.Context, who session.Principal, act OpenCounter) (Visit, error)
	// ExtendCounter gives a counter session another [PresenceTime], by the person's
	// PIN, with or without the sheet.
	ExtendCounter(ctx context.Context, who session.Principal, proof Proof) (Visit, error)
	// ProvePresence opens a safe to the caller's consents that ask for presence, by
	// the person's PIN or sheet. It is [ErrApprover] for a sheet alone on the screen
	// of an agent who printed it.
	ProvePresence(ctx context.Context, who session.Principal, act ProvePresence) (until time.Time, err error)
	// AskPresence answers a number for the agent's screen.
	AskPresence(ctx context.Context, who session.Principal, act AskPresence) (number string, err error)
	// GrantPresence is the person's yes, from their own session.
	GrantPresence(ctx context.Context, who session.Principal, act GrantPresence) error
	// StartSideBySide begins a côte-à-côte session.
	StartSideBySide(ctx context.Context, who session.Principal, act StartSideBySide) (SideBySide, error)
	// EndSideBySide ends it and answers the person's summary.
	EndSideBySide(ctx context.Context, who session.Principal, act EndSideBySide) (Summary, error)
}

// A LockKeeper is the part of a [Keeper] that looks after ways in, and shuts
// people out.
type LockKeeper interface {
	// View answers what a safe is, to the person or to an agent who may know.
	View(ctx context.Context, who session.Principal, safe SafeID) (SafeView, error)
	// RenewSheet prints a new code sheet and ends the others.
	RenewSheet(ctx context.Context, who session.Principal, act RenewSheet) (NewSheet, error)
	// ActivateLogin links the caller's login to their safe.
	ActivateLogin(ctx context.Context, who session.Principal, act ActivateLogin) error
	// RelinkLogin replaces a lost login.
	RelinkLogin(ctx context.Context, who session.Principal, act RelinkLogin) error
	// AskRecovery puts a safe whose sheet is lost into the queue of the holder of
	// escrow B.
	AskRecovery(ctx context.Context, who session.Principal, act AskRecovery) (NewSheet, error)
	// ResetPassword sets the password of a linked local account, by sheet and
	// PIN. It needs no session: network is where the call came from, for the trail.
	ResetPassword(ctx context.Context, network string, act ResetPassword) error
	// Freeze stops everything but deposits. It takes away.
	Freeze(ctx context.Context, who session.Principal, act Freeze) error
	// Unfreeze opens again, with a new sheet.
	Unfreeze(ctx context.Context, who session.Principal, act Unfreeze) (NewSheet, error)
	// ShutOut shuts an agent or a structure out, silently. It takes away.
	ShutOut(ctx context.Context, who session.Principal, act ShutOut) error
	// LetIn ends that.
	LetIn(ctx context.Context, who session.Principal, act ShutOut) error
	// SetDiscreet turns discreet mode on or off.
	SetDiscreet(ctx context.Context, who session.Principal, act SetDiscreet) error
	// AddPhone makes a phone a way in.
	AddPhone(ctx context.Context, who session.Principal, act AddPhone) (WayID, error)
	// RemoveWay ends a way in. It takes away.
	RemoveWay(ctx context.Context, who session.Principal, act RemoveWay) error
	// Ways lists the ways in.
	Ways(ctx context.Context, who session.Principal, safe SafeID) ([]WayIn, error)
}

// MaxInline bounds a sealed content that travels inside its entry, in bytes.
const MaxInline = 4 << 10

// A MediaType is the type found in a document's first bytes. The zero MediaType
// is refused.
type MediaType string

// The media types accepted (papers.md §3.1, and plain text for notes).
const (
	MediaPDF  MediaType = "application/pdf"
	MediaJPEG MediaType = "image/jpeg"
	MediaPNG  MediaType = "image/png"
	MediaHEIC MediaType = "image/heic"
	MediaText MediaType = "text/plain"
)
