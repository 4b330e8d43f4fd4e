package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
)

// A Keeper holds the keys, decides, and writes the trail: the only code that
// does (package keeper). It is an interface because it is a trust boundary: API
// nodes are untrusted callers, and may run in another process.
//
// Every method authenticates the principal's session again, decides, records
// the intent durably, acts, records the outcome, and only then answers. A
// refusal is recorded too. When the trail cannot be written every method fails
// with [ErrTrail] and nothing is revealed or changed. Whatever the caller may
// not know about is [ErrNotFound]. Methods are safe for concurrent use.
type Keeper interface {
	// Authenticate turns the credentials of one call into a principal. A
	// failure is counted in the trail, one leaf a minute and network prefix.
	Authenticate(ctx context.Context, c session.Credentials, network string) (session.Principal, error)
	// OpenSession exchanges a verified login, or a partner program's assertion, for
	// a session. An assertion that does not verify is recorded by RefuseLogin.
	OpenSession(ctx context.Context, act OpenSession) (session.Token, session.Principal, error)
	// RefuseLogin records a login that was not accepted.
	RefuseLogin(ctx context.Context, network string) error
	// CloseSession ends a session and forgets what it unlocked.
	CloseSession(ctx context.Context, who session.Principal) error
	// Live says whether the session still counts; long calls ask per chunk.
	Live(who session.Principal) error

	// OpenSafe creates a locked safe; the code leaves here once.
	OpenSafe(ctx context.Context, who session.Principal, act OpenSafe) (OpenedSafe, error)
	// OwnedSafes names the safes of the principal's login.
	OwnedSafes(ctx context.Context, who session.Principal) ([]OwnedSafe, error)
	// Unlock opens a safe for one session. The guess is in the trail before it
	// is compared.
	Unlock(ctx context.Context, who session.Principal, act Unlock) error
	// Lock forgets a safe's identity in this session, at once.
	Lock(ctx context.Context, who session.Principal, safe SafeID) error
	// Entrust seals the file keys of one drawer for the service. It answers how
	// many papers that covers now.
	Entrust(ctx context.Context, who session.Principal, act Entrust) (int, error)
	// TakeBack ends that; it holds from the moment the intent is on disk.
	TakeBack(ctx context.Context, who session.Principal, act TakeBack) error

	// BeginDeposit records the intent to deposit.
	BeginDeposit(ctx context.Context, who session.Principal, act BeginDeposit) (DepositTicket, error)
	// Place says where the next content of a ticket goes.
	Place(ctx context.Context, who session.Principal, ticket ReleaseID, act Deposit) (Slot, error)
	// CommitDeposit puts the contents, one for each slot in order, into the
	// chain: one entry for all.
	CommitDeposit(ctx context.Context, who session.Principal, ticket ReleaseID, contents []Content) ([]Receipt, error)
	// AbandonDeposit records that nothing came of it.
	AbandonDeposit(ctx context.Context, who session.Principal, ticket ReleaseID, out Outcome) error

	// Release answers the file key of one document, and what to check.
	Release(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Release, error)
	// Continue leases one more step of a release: until that moment, at most
	// [LeaseTime] away, the caller may decrypt, and what it decrypted may leave it.
	// It is asked for every chunk, so that access ends when the session, the lock,
	// the agent or the consent does. The release has no other lease from then on.
	// until has a monotonic reading of this machine; elsewhere only how far off it
	// was when the question was sent counts.
	Continue(ctx context.Context, id ReleaseID) (until time.Time, err error)
	// GiveBack ends the lease of a release early: its caller decrypts nothing more
	// before it is leased another. An act that takes away answers only when the
	// leases it ends are given back or have run out.
	GiveBack(id ReleaseID)
	// Conclude records how a release or an inspection ended.
	Conclude(ctx context.Context, id ReleaseID, out Outcome, read int64) error
	// Inspect answers what an integrity check needs: no key.
	Inspect(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Inspection, error)

	// Metadata answers the technical facts of one document.
	Metadata(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Technical, error)
	// List answers documents of an unlocked safe, oldest first.
	List(ctx context.Context, who session.Principal, act List) ([]Document, error)
	// Count answers how many documents there are.
	Count(ctx context.Context, who session.Principal, safe SafeID) (int, error)
	// Change replaces a description.
	Change(ctx context.Context, who session.Principal, act Change) error
	// Destroy makes a document unreadable for good.
	Destroy(ctx context.Context, who session.Principal, act Destroy) error

	AgentKeeper
	ConsentKeeper
	PresenceKeeper
	LockKeeper
	PrintKeeper
	RelayKeeper
	WorkshopKeeper
	MemoKeeper
	PaperKeeper
	PassportKeeper
	TrainingKeeper
	HandoverKeeper
	KitKeeper

	// Journal answers the lines about one safe, from the n-th on.
	Journal(ctx context.Context, who session.Principal, act ReadJournal) ([]Line, error)
	// Checkpoint answers the newest signed checkpoint.
	Checkpoint(ctx context.Context, who session.Principal) (Checkpoint, error)
	// ProveInclusion proves leaves of one safe's journal, all of them or none.
	ProveInclusion(ctx context.Context, who session.Principal, safe SafeID, positions []uint64, size uint64) ([]Inclusion, error)
	// ProveConsistency proves that a tree extends an older one.
	ProveConsistency(ctx context.Context, who session.Principal, old, size uint64) ([][32]byte, error)
	// Healthy says whether the trail can be written and the bucket answers.
	Healthy(ctx context.Context) error
}

// LeaseTime is how long a lease lasts at most (see [Keeper] Continue), and so how
// long an act that takes away waits at most for whoever reads. A chunk is
// decrypted in a few milliseconds.
const LeaseTime = time.Second

// MaxInline bounds a sealed content that travels inside its entry, in bytes.
const MaxInline = 4 << 10

// A MediaType is the type found in a document's first bytes. The zero MediaType
// is refused.
type MediaType string

// The media types accepted (papers.md §3.1, and plain text for notes).
const (
	MediaPDF  MediaType = "application/pdf"
	MediaJPEG MediaType = "image/jpeg"
	MediaPNG  MediaType = "image/png"
	MediaHEIC MediaType = "image/heic"
	MediaText MediaType = "text/plain"
	// MediaMemo is the record of a memo's secret (vault/keeper/FORMAT.md): made by
	// the keeper, never accepted in a deposit.
	MediaMemo MediaType = "application/vnd.coffre.memo+json"
)
