package vault

import (
	"time"

	"github.com/coffre-fort/coffre/auth"
)

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

// ReadDeparture asks for a page of the report of an agent who left: at most
// Limit lines, from 1 to [MaxPage], of the safes that come after one of them.
type ReadDeparture struct {
	Agent AgentID
	After SafeID // Next of the page before; zero for the first page
	Limit int
}

// A DepartureReport says what an agent leaves behind: people and counts, never
// a title. What is counted in all stands in every page.
type DepartureReport struct {
	Agent     Agent
	Structure string // how theirs is called
	Safes     []DepartureLine
	Next      SafeID // after which the next page begins; zero when there is none
	Ended     int    // consents that ended
	Replaced  int    // consents that name a successor and wait for one
	Relays    int    // tasks they had, or that waited for them: now anybody's in the structure
}

// A DepartureLine is one safe in a departure report.
type DepartureLine struct {
	Safe     SafeID
	Name     string // from the register; empty where the safe stays out of it
	Openings int    // papers opened, each opening counted
	Reveals  int    // secrets seen, and those that the person saw or printed on their screen
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
	Notebook  *Notebook // what the second agent saw destroyed; nil for other acts
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
	_                 AnomalyKind = iota
	AnomalyOpenings               // the hourly limit of openings was reached
	AnomalyRefusals               // many refused tries
	AnomalyPIN                    // many wrong PINs typed in this agent's sessions
	AnomalyPresence               // presence was always proved by PIN, for many safes
	AnomalySearches               // the limit of searches was reached
	AnomalyDeposits               // a partner program reached its limit at one address
	AnomalySecondView             // a secret that was shown once was asked for again
)
