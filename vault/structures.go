package vault

import (
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// Limits of structures and agents. They are stated in the .proto comments too.
const (
	MaxName       = 100                      // characters in the name of a person, an agent or a structure
	MaxReason     = 500                      // characters of a written reason
	AgentIdle     = 182 * 24 * time.Hour     // without use for so long an agent is suspended
	MaxTenure     = 2 * 366 * 24 * time.Hour // an agent's end date lies within, and is renewed
	ApprovalDelay = 48 * time.Hour           // replaces the second agent where there is one agent only
	ApprovalLife  = 7 * 24 * time.Hour       // an act that nobody approved for so long is asked anew
	FindLimit     = 5                        // answers to a search of the register, at most
)

// AddStructure begins a structure. It is the operator's act, by a command.
type AddStructure struct {
	SIRET   string // 14 digits with their check
	Name    string
	Manager NewAgent // its first access manager
	// Agents begin with it: a first access manager alone would wait two days for
	// each of them, because nobody else could approve.
	Agents []NewAgent
}

// NewAgent is somebody on their way to become an agent.
type NewAgent struct {
	Login     auth.UserID
	Name      string // as people at the counter know them
	Functions FunctionSet
	Until     time.Time // mandatory end of the function, a day's last instant
}

// EnrolAgent gives somebody functions in the access manager's structure. It
// needs a second agent.
type EnrolAgent struct {
	Request  RequestID
	Agent    NewAgent
	Approval ApprovalID // zero the first time
}

// ChangeAgent changes functions, name or end date. It needs a second agent when
// it adds a function or moves the end later.
type ChangeAgent struct {
	Request   RequestID
	Agent     AgentID
	Name      string
	Functions FunctionSet
	Until     time.Time
	Approval  ApprovalID
}

// EndAgent ends an agent's every right, at once.
type EndAgent struct {
	Request RequestID
	Agent   AgentID
}

// AssignSuccessor names who replaces an agent in one function: consents that
// said so go on with the successor.
type AssignSuccessor struct {
	Request   RequestID
	Agent     AgentID
	Function  Function
	Successor AgentID
}
