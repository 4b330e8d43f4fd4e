package vault

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault/papers"
)

// Limits of relays. They are stated in the .proto comments too.
const (
	MaxRelayText = 500                 // characters that say what is to be done
	MaxRelays    = 20                  // relays of one safe that wait or are under way
	RelayDays    = 182                 // days a relay may be due in, at most
	RelayNotice  = 2                   // working days nobody takes it, before the alarm
	RelayKept    = 31 * 24 * time.Hour // it is shown so long after its end
	RelayLate    = 31 * 24 * time.Hour // nobody does it for so long after its day: it is over
)

// A RelayKeeper is the part of a [Keeper] that hands tasks from one agent to
// another (N13): it carries the task and never a key. Whoever takes one opens
// nothing with it, and asks the person for a consent of their own.
type RelayKeeper interface {
	// SendRelay hands a task about a safe to a colleague, or to whoever has a
	// function in the sender's structure.
	SendRelay(ctx context.Context, who session.Principal, act SendRelay) (RelayID, error)
	// TakeRelay acknowledges one: the first agent takes it, any other is
	// [ErrTaken].
	TakeRelay(ctx context.Context, who session.Principal, act OnRelay) error
	// FinishRelay says that it is done: by who took it, or by the sender while
	// nobody did.
	FinishRelay(ctx context.Context, who session.Principal, act OnRelay) error
	// ReturnRelay gives it back: who took it cannot do it.
	ReturnRelay(ctx context.Context, who session.Principal, act OnRelay) error
	// ForbidRelays is the person's no. It takes away.
	ForbidRelays(ctx context.Context, who session.Principal, act OnRelay) error
	// AllowRelays lets relays be sent again.
	AllowRelays(ctx context.Context, who session.Principal, act AllowRelays) error
	// Relays lists the relays of a safe, for the person, or those the caller has
	// to do with.
	Relays(ctx context.Context, who session.Principal, act ListRelays) (RelayList, error)
}

// SendRelay hands over a task: to one agent, or to a function.
type SendRelay struct {
	Request  RequestID
	Safe     SafeID
	Agent    AgentID  // or
	Function Function // exactly one of both
	Purpose  papers.Purpose
	Posture  Posture
	Text     string    // what is to be done, 1 to MaxRelayText characters
	Due      time.Time // after now, at most RelayDays away
	Alarm    time.Time // zero: after RelayNotice working days; never later than Due
}

// OnRelay is an act on one relay. The person who forbids leaves Relay zero to
// forbid every one, now and later.
type OnRelay struct {
	Request RequestID
	Safe    SafeID
	Relay   RelayID
}

// AllowRelays ends the person's no to every relay.
type AllowRelays struct {
	Request RequestID
	Safe    SafeID
}

// ListRelays asks for a page: of one safe's relays, or with the zero id of those
// that the caller has to do with. At most Limit, from 1 to [MaxPage], after one.
type ListRelays struct {
	Safe  SafeID
	After RelayID // the last of the page before; zero for the first page
	Limit int
}

// A RelayList is a page of relays: those that nobody took in time first, then by
// their day.
type RelayList struct {
	Relays []Relay
	// Forbidden says that the person wants no relays. It is said to them only.
	Forbidden bool
}

// A RelayState is where a relay is in its life.
type RelayState uint8

// The states. Their numbers are stored and never change.
const (
	_ RelayState = iota
	RelaySent
	RelayTaken
	RelayReturned // by who took it, or because they left: it waits again
	RelayDone
	RelayEnded // by the person, a freeze, or because its day was long ago
)

// String is the state's code.
func (s RelayState) String() string {
	names := [...]string{"unknown", "sent", "taken", "returned", "done", "ended"}
	if int(s) < len(names) {
		return names[s]
	}
	return names[0]
}

// Waits reports whether somebody has to take it.
func (s RelayState) Waits() bool { return s == RelaySent || s == RelayReturned }

// Open reports whether it is neither done nor over.
func (s RelayState) Open() bool { return s.Waits() || s == RelayTaken }

// A Relay is a task on its way from one agent to another.
type Relay struct {
	ID    RelayID
	State RelayState
	// Alarm says that nobody took it in time. Of a relay that stands in the access
	// manager's list for that reason alone, safe, name, purpose and text are
	// empty: they see that a task waits, and not whose.
	Alarm    bool
	Safe     SafeID
	Name     string // from the register; empty in discreet mode, or where the safe stays out of it
	Purpose  papers.Purpose
	Posture  Posture
	Text     string
	Sender   AgentID
	From     string   // the sender's name; in discreet mode the person is told no name
	Agent    AgentID  // to whom; zero where it is to a function, or to anybody
	To       string   // their name
	Function Function // to which function; zero where it is to one agent, or to anybody
	Taker    AgentID
	TakenBy  string
	Due      time.Time
	AlarmAt  time.Time // when the alarm begins
	Sent     time.Time
	Since    time.Time // of the state
	Ended    EndReason // of one that ended; zero for one that was done
}

// IsRelayText reports whether a text may say what is to be done: up to
// MaxRelayText characters in lines, not only blanks, and nothing else that
// controls a screen.
func IsRelayText(s string) bool {
	control := func(c rune) bool { return c != '\n' && !unicode.IsGraphic(c) }
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= MaxRelayText && strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, control)
}
