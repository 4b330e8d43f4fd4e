package vault

import (
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault/seal"
)

// An AccountKind says whom a local account is for: what it needs to log in. The
// zero AccountKind is nobody's.
type AccountKind uint8

// The kinds.
const (
	_             AccountKind = iota
	AccountPerson             // a password
	AccountAgent              // a password and one-time codes, while they are an agent
)

// InviteAccount begins a local account: whoever gets the code chooses login and
// password themselves. An account gives nothing by itself: a person's is linked to
// a safe by [ActivateLogin], an agent's gets functions by [EnrolAgent].
type InviteAccount struct {
	Request RequestID // zero for the operator's command
	Kind    AccountKind
	Name    string // as the pages will call them
}

// ReissueAccount gives an agent who lost password or telephone a new code for the
// same account. The old password and the old telephone end at once. It needs a
// second agent.
type ReissueAccount struct {
	Agent    AgentID
	Approval ApprovalID
}

// An InvitedAccount is an account on its way.
type InvitedAccount struct {
	// Login is what it will be: nobody can log in as it before the code is used.
	Login auth.UserID
	// Code is to be handed to its person. It is kept nowhere.
	Code  seal.Secret
	Until time.Time // when the code runs out
	Page  string    // where it is used
}
