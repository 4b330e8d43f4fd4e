package vault

import (
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault/seal"
)

// RenewSheet prints a new code sheet and ends the others. In the person's own
// unlocked session, or in an agent's with the old sheet and what it needs
// beside it.
type RenewSheet struct {
	Request  RequestID
	Safe     SafeID
	Proof    Proof
	Approval ApprovalID
}

// A NewSheet leaves the keeper once, to be printed.
type NewSheet struct {
	Sheet WayID
	Code  seal.Code
}

// ActivateLogin links the person's login to their safe: the login's own session
// asks, with the sheet; an identity match is confirmed by the agent who
// approves, who is never the one who printed the sheet alone.
type ActivateLogin struct {
	Request  RequestID
	Safe     SafeID
	Code     seal.Code
	Approval ApprovalID
}

// RelinkLogin links another login after the first was lost: counter, two
// agents, delay and notice. It is asked again, with the same approval, when the
// delay is over. Asked by the person with no login, it ends what waits.
type RelinkLogin struct {
	Request  RequestID
	Safe     SafeID
	Login    auth.UserID
	Approval ApprovalID
}

// AskRecovery asks the holder of escrow B to open a safe whose code sheet is
// lost: the person at the counter, two agents. The new sheet is printed at once
// and opens nothing until the holder's answer is in. A recovery kit comes first.
type AskRecovery struct {
	Request  RequestID
	Safe     SafeID
	Approval ApprovalID
	Kit      KitLoss
}

// A KitLoss says what became of a recovery kit. The zero KitLoss is that nobody
// asked.
type KitLoss uint8

// KitOutOfReach says that the person cannot bring two of its sheets.
const KitOutOfReach KitLoss = 1

// MaxPassword bounds the password of a local account, in bytes.
const MaxPassword = 256

// ResetPassword sets a new password for the local account that is linked to a
// safe, by code sheet and PIN, without an agent and without a session.
type ResetPassword struct {
	Safe     SafeID
	Proof    Proof
	Password seal.Secret // as typed, at most MaxPassword bytes
}

// Freeze stops everything at once: the person, or any agent on their word.
// Deposits go on. No delay, no notice.
type Freeze struct {
	Request RequestID
	Safe    SafeID
}

// Unfreeze opens again: the person present with the sheet, two agents, a new
// sheet; phones, recovery sheets and the PIN are void. Without the sheet, which
// may be why the person froze, the holder of escrow B is asked: the new sheet
// opens, and unfreezes, when they have answered.
type Unfreeze struct {
	Request  RequestID
	Safe     SafeID
	Proof    Proof
	Approval ApprovalID
}

// ShutOut shuts an agent or a whole structure out of one safe, silently.
type ShutOut struct {
	Request   RequestID
	Safe      SafeID
	Agent     AgentID     // or
	Structure StructureID // exactly one of both
}

// SetDiscreet turns discreet mode on or off: neutral names, no notice, no
// register. Turned on it ends the recovery kit, of whose opening nobody would be
// told any more, unless the person keeps it knowing that.
type SetDiscreet struct {
	Request  RequestID
	Safe     SafeID
	Discreet Discretion
	Kit      DiscreetKit
}

// A DiscreetSet is what turning discreet mode on or off did beside that.
type DiscreetSet struct {
	KitEnded bool // the recovery sheets open nothing any more
}

// Discretion is whether a safe shows itself.
type Discretion uint8

// The discretions. The zero value is refused where one is asked for.
const (
	_ Discretion = iota
	DiscretionNormal
	DiscretionDiscreet
)
