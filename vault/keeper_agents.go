package vault

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
)

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
	// EndAgent ends every right of an agent, or of a partner program, whose id goes
	// as an agent's. It takes away: it holds from the
	// moment the intent is on disk. Per-safe entries follow in a sweep.
	EndAgent(ctx context.Context, who session.Principal, act EndAgent) (DepartureReport, error)
	// InviteAccount begins a local account: for an agent by access managers only, for
	// a person by whoever opens safes.
	InviteAccount(ctx context.Context, who session.Principal, act InviteAccount) (InvitedAccount, error)
	// ReissueAccount gives an agent a new code for their local account; access
	// managers only, with a second agent.
	ReissueAccount(ctx context.Context, who session.Principal, act ReissueAccount) (InvitedAccount, error)
	// AssignSuccessor lets consents that said so go on with the successor.
	AssignSuccessor(ctx context.Context, who session.Principal, act AssignSuccessor) (int, error)
	// Agents lists the structure's agents.
	Agents(ctx context.Context, who session.Principal) ([]Agent, error)
	// DepartureReport answers a page of the report of an agent who left.
	DepartureReport(ctx context.Context, who session.Principal, act ReadDeparture) (DepartureReport, error)
	// Anomalies answers what the access manager should ask about.
	Anomalies(ctx context.Context, who session.Principal) ([]Anomaly, error)
	// StructureReport answers counts of the whole structure; access managers only.
	StructureReport(ctx context.Context, who session.Principal) (StructureReport, error)

	// RegisterPartner lets a partner program deposit, or replaces what is known of
	// one; access managers only.
	RegisterPartner(ctx context.Context, who session.Principal, act RegisterPartner) (PartnerID, error)
	// Partners lists the partner programs: those of the caller's structure, ended
	// ones included, and whoever else may have an address made for them.
	Partners(ctx context.Context, who session.Principal) ([]Partner, error)

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
	// WithdrawAll ends all of one agent, or of a safe. It takes away, like
	// WithdrawConsent, and does not say what there was.
	WithdrawAll(ctx context.Context, who session.Principal, act WithdrawAll) error
	// WidenConsent adds papers, by the person's own unlocked session.
	WidenConsent(ctx context.Context, who session.Principal, act WidenConsent) (Consent, error)
	// RenewConsent makes a new consent of the same papers.
	RenewConsent(ctx context.Context, who session.Principal, act RenewConsent) (Consent, error)
	// Consents lists the requests and consents of a safe, newest first: all of
	// them for the person, their own for an agent.
	Consents(ctx context.Context, who session.Principal, safe SafeID) ([]Consent, error)
	// Helped is the caller's home list: whom they help, for what, until when.
	Helped(ctx context.Context, who session.Principal, act ListHelped) ([]Helped, error)
}
