package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// Limits of workshops. They are stated in the .proto comments too.
const (
	MaxCycles       = 100 // cycles of a structure that are not over
	MaxParticipants = 60  // people in one cycle
	MaxEarlier      = 8   // earlier parts of one person that are kept
)

// A WorkshopKeeper is the part of a [Keeper] that knows the cycles of workshops
// and who takes part in them. What is known of a person's part leaves the cycle
// for nobody: its leader reads it while they lead, and the person; no colleague,
// no access manager and no report does.
type WorkshopKeeper interface {
	// OpenCycle opens a cycle, led by the caller or by a colleague who may lead.
	OpenCycle(ctx context.Context, who session.Principal, act OpenCycle) (CycleID, error)
	// ChangeCycle moves a cycle that is not over: its leader only.
	ChangeCycle(ctx context.Context, who session.Principal, act ChangeCycle) error
	// ChangeLeader gives a cycle to another leader: its leader, or an access
	// manager. It takes away: consents that the cycle bounds end with it, unless
	// they go on with whoever was named to replace their agent.
	ChangeLeader(ctx context.Context, who session.Principal, act ChangeLeader) error
	// EndCycle ends a cycle before its last day, or cancels it: its leader, or an
	// access manager. It takes away: consents that the cycle bounds end with it.
	EndCycle(ctx context.Context, who session.Principal, act OnCycle) error
	// Cycles lists the cycles of the caller's structure, those that last first.
	Cycles(ctx context.Context, who session.Principal, act ListCycles) ([]Cycle, error)

	// JoinCycle lets the person take part, from their own session, or by the leader
	// on their word; at any session, as often as they come back.
	JoinCycle(ctx context.Context, who session.Principal, act OnCycle) error
	// LeaveCycle lets them drop out: they, or an agent of the structure on their
	// word. It takes away: consents that the cycle bounds end with it, and nothing
	// else changes for the safe.
	LeaveCycle(ctx context.Context, who session.Principal, act OnCycle) error
	// NoteAttendance notes whether the person was at a session: the leader only.
	NoteAttendance(ctx context.Context, who session.Principal, act NoteAttendance) error
	// NoteProgress notes how far they are: the leader only.
	NoteProgress(ctx context.Context, who session.Principal, act NoteProgress) error
	// Participants lists who takes part: the leader only. It is a line in the journal
	// of everybody on the list.
	Participants(ctx context.Context, who session.Principal, cycle CycleID) ([]Participant, error)
	// Participation answers the person's own part, with those in earlier cycles.
	Participation(ctx context.Context, who session.Principal, safe SafeID) (Participant, error)
	// Certificate answers what stands on a certificate: for the person only.
	Certificate(ctx context.Context, who session.Principal, act PrintCertificate) (CertificatePrint, error)
}

// OpenCycle opens a cycle of workshops. Leader is zero for the caller.
type OpenCycle struct {
	Request RequestID
	Leader  AgentID
	Plan    workshop.Cycle
}

// ChangeCycle puts another plan in the place of a cycle's.
type ChangeCycle struct {
	Request RequestID
	Cycle   CycleID
	Plan    workshop.Cycle
}

// ChangeLeader names who leads a cycle from now on.
type ChangeLeader struct {
	Request RequestID
	Cycle   CycleID
	Leader  AgentID
}

// OnCycle is an act about a cycle, or about one person's part in it.
type OnCycle struct {
	Request RequestID
	Safe    SafeID // whose part; zero for the cycle itself
	Cycle   CycleID
	Word    Word // how the person said it to the agent who does it
}

// ListCycles asks for a page: at most Limit cycles, from 1 to [MaxPage], after
// the one of an id.
type ListCycles struct {
	After CycleID // the last of the page before; zero for the first page
	Limit int
}

// NoteAttendance marks one session, numbered from 1. Elsewhere is the cycle of
// the same structure in which it was caught up.
type NoteAttendance struct {
	Request    RequestID
	Safe       SafeID
	Cycle      CycleID
	Session    int
	Attendance workshop.Attendance
	Elsewhere  CycleID
}

// NoteProgress says how far a person is, instead of what was said before.
type NoteProgress struct {
	Request  RequestID
	Safe     SafeID
	Cycle    CycleID
	Progress workshop.Progress
}

// A Cycle is a cycle of workshops as the agents of its structure see it.
type Cycle struct {
	ID         CycleID
	Structure  StructureID
	Leader     AgentID // who leads it now; zero when nobody does
	LeaderName string
	Plan       workshop.Cycle
	Ended      time.Time // when it was ended, or its last day was over; zero while it lasts
}

// A Participant is a person's part in a cycle. Who dropped out, and whose safe
// was handed over to them, has only that and since when, for the leader.
type Participant struct {
	Safe  SafeID
	Name  string // from the register, as agents see it; empty in discreet mode, and for the person
	Cycle Cycle
	Part  workshop.Participation
	// Until is when what is known of it is deleted; zero while the cycle lasts.
	Until time.Time
	// Earlier are the person's parts in cycles before this one, the newest first: at
	// most [MaxEarlier], none of them deleted yet. They have no Earlier themselves,
	// and for the leader there are none.
	Earlier []Participant
}

// PrintCertificate asks for a certificate of a cycle: zero for the newest in which
// the person was at a session.
type PrintCertificate struct {
	Safe  SafeID
	Cycle CycleID
}

// A CertificatePrint is what stands on a certificate of participation.
type CertificatePrint struct {
	Person    string // as the register has it; empty where they are in none
	Structure string
	Cycle     Cycle
	Part      workshop.Participation
}
