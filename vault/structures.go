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
	MaxAgentsPage = 1000
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

// An AgentState is whether an agent may act.
type AgentState uint8

// The states. The zero AgentState is nobody's.
const (
	_ AgentState = iota
	AgentActive
	AgentSuspended // six months without use, or no access manager is left
	AgentEnded
)

// An Agent is one agent as colleagues see them.
type Agent struct {
	ID        AgentID
	Structure StructureID
	Name      string
	Functions FunctionSet
	Until     time.Time
	State     AgentState
	Login     auth.UserID // for the access manager only
	LastUse   time.Time   // to the day
}

// Self is what the caller is.
type Self struct {
	Agents []SelfAgent
	// Visit is the safe of a counter session; zero otherwise.
	Visit SafeID
}

// SelfAgent is one function the caller has, in one structure.
type SelfAgent struct {
	Agent
	StructureName string
	SIRET         string
}

// A DepartureReport says what an agent leaves behind: people and counts, never
// a title.
type DepartureReport struct {
	Agent    Agent
	Safes    []DepartureLine
	Ended    int // consents that ended
	Replaced int // consents that name a successor and wait for one
}

// A DepartureLine is one safe in a departure report.
type DepartureLine struct {
	Safe     SafeID
	Name     string // from the register; empty where the safe stays out of it
	Openings int    // papers opened, each opening counted
	Reveals  int    // secrets seen
	Consents int    // consents the agent had
}

// An Approval is an act that waits for a second agent.
type Approval struct {
	ID        ApprovalID
	Act       Act
	Safe      SafeID  // zero where it concerns none
	Asked     AgentID // who asked
	AskedName string
	At        time.Time
	NotBefore time.Time // end of the delay that replaces a second agent; zero otherwise
	Approved  bool
}

// Anomaly is something the access manager should ask about. It never counts
// work done (L-55).
type Anomaly struct {
	Agent AgentID
	Kind  AnomalyKind
	Count int
	Since time.Time
}

// An AnomalyKind is what is unusual.
type AnomalyKind uint8

// The kinds of anomaly.
const (
	_               AnomalyKind = iota
	AnomalyOpenings             // the hourly limit of openings was reached
	AnomalyRefusals             // many refused tries
	AnomalyPIN                  // many wrong PINs typed in this agent's sessions
	AnomalyPresence             // presence was always proved by PIN, for many safes
	AnomalySearches             // the limit of searches was reached
)

// A RegisterEntry is how a structure finds a safe again. Sealed at rest.
type RegisterEntry struct {
	Name     string // as written; "NOM Prénom"
	Birth    string // as written on the identity paper: YYYY-MM-DD, parts may be 00
	Language string // BCP 47, such as "fr", "ar", "ps"
}

// SetRegister puts a safe into the register, corrects it, or with the zero
// entry takes it out.
type SetRegister struct {
	Request RequestID
	Safe    SafeID
	Entry   RegisterEntry
}

// FindSafe searches the register by name and birth date together, or by an
// address. Each search is recorded.
type FindSafe struct {
	Name    string
	Birth   string
	Address AddressID // instead of both
}

// A FoundSafe is one answer. Found by an address it has an id and nothing else.
type FoundSafe struct {
	Safe  SafeID
	Entry RegisterEntry
}

// IssueAddress makes a new address for one copy or partner.
type IssueAddress struct {
	Request RequestID
	Safe    SafeID
	Label   string // whom it is for, at most MaxName characters
}

// RevokeAddress ends one.
type RevokeAddress struct {
	Request RequestID
	Safe    SafeID
	Address AddressID
}

// A CircleMember is one helper of a safe: who helps, for what, until when.
type CircleMember struct {
	Agent     AgentID
	Name      string
	Structure string
	Function  Function
	Referent  bool // the person's named worker
	Purposes  []string
	Until     time.Time // of the last consent
}

// A Circle is who helps one person.
type Circle struct {
	Members []CircleMember
	Shared  bool // the helpers see one another
}

// SetReferent names the person's first contact, or nobody, and says whether the
// helpers see one another.
type SetReferent struct {
	Request  RequestID
	Safe     SafeID
	Referent AgentID
	Shared   bool
}
