package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
)

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
	// SetDiscreet turns discreet mode on or off, and says whether the recovery kit
	// ended with it.
	SetDiscreet(ctx context.Context, who session.Principal, act SetDiscreet) (DiscreetSet, error)
	// AddPhone makes a phone a way in.
	AddPhone(ctx context.Context, who session.Principal, act AddPhone) (WayID, error)
	// RemoveWay ends a way in. It takes away.
	RemoveWay(ctx context.Context, who session.Principal, act RemoveWay) error
	// Ways lists the ways in.
	Ways(ctx context.Context, who session.Principal, safe SafeID) ([]WayIn, error)
}
