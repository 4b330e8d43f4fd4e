package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/papers"
)

// ReadJournal asks for a page of the journal, From the n-th line on.
type ReadJournal struct {
	Safe  SafeID
	From  uint64
	Limit int
}

// An Outcome says how something that was tried ended.
type Outcome uint8

// The outcomes. The zero Outcome says that nobody said.
const (
	OutcomeUnknown Outcome = iota
	OutcomeDone
	OutcomeRefused
	OutcomeFailed
	OutcomeOpen
)

// An Actor is who tried something, as the person reads it.
type Actor uint8

// The actors of the spine.
const (
	ActorService Actor = iota
	ActorOwner
	ActorAgent
	ActorStranger
	ActorVisit // the person, in a counter session
	ActorPartner
)

// A Line is one line of a safe's journal.
type Line struct {
	Time       time.Time
	Act        Act
	Actor      Actor
	ActorLogin string  // issuer and subject, for the person to ask about; of a discreet safe the person's alone
	Documents  []Named // several for a batch deposit
	Outcome    Outcome
	Position   uint64
	Entry      uint64 // of the safe's chain, that it wrote; 0 for none
	// Agent is who acted, or in a counter session who vouched; AgentName, Function
	// and Structure say who that is, as the register of agents has it. The names
	// of a discreet safe's journal are empty.
	Agent     AgentID
	AgentName string
	Function  Function
	Structure string
	// Approver is the second agent who agreed, and About the agent whom the act was
	// about: to whom a task was handed, whose consent ended. Zero for nobody.
	Approver     AgentID
	ApproverName string
	About        AgentID
	AboutName    string
	Consent      ConsentID // under which the agent acted; zero for none
	Purpose      papers.Purpose
	Posture      Posture // how the agent helped, by that consent; zero where the act rests on none
	Presence     bool    // the person's presence was proved
	Why          string  // what an agent said they needed a secret for
	Copy         int     // which copy of the digital passport; 0 for none
	Detail       string  // what an act was about, in a code: an end reason, a method
	Nature       Nature  // of the safe: a line of an exercise says so
	Slot         int     // which secret of a memo: zero for the password
}

// A Named is a document as a journal names it. Title is filled in only while
// the safe is unlocked in the reader's session.
type Named struct {
	ID    DocumentID
	Title string
}

// A Checkpoint is the trail's newest signed checkpoint.
type Checkpoint struct {
	Note        []byte
	VerifierKey string
}

// Inclusion proves that a leaf stands in a tree (RFC 6962 §2.1.1).
type Inclusion struct {
	Position uint64
	Leaf     []byte
	Hashes   [][32]byte
}
