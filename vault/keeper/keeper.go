package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/note"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Keeper is the one active keeper of a vault. It is safe for concurrent use.
type Keeper struct {
	secrets  Secrets
	masters  masters
	bucket   storage.Bucket
	anchors  storage.Bucket
	log      *slog.Logger
	kinds    *papers.Catalogue
	hosting  Hosting
	verifier note.Verifier
	longest  int // days that a consent may last
	codes    seal.CodeCost

	journal    seal.JournalKey // details and tags of what concerns no safe
	pseudonyms []byte
	pins       []byte // key of what typed PINs are compared with
	pages      []byte // key of the codes on printed pages
	asks       []byte // key of what is remembered of requests

	trail    *audit.Log
	state    *state
	sessions *session.Sessions
	clock    clock
	start    uint64 // the number of this keeper's start
	vault    atomic.Pointer[chain.Vault]
	end      vaultEnd

	gate   gate
	halted fault // for good: another keeper, or another history
	ahead  fault // while the clock is ahead of the bucket's, and nobody confirmed it

	safesMu sync.Mutex
	safes   map[vault.SafeID]*safe
	// maxSafes bounds them, but for those that are in use.
	maxSafes int

	takings    takings // marked since the start
	unfinished unfinished

	confirmedMu sync.Mutex
	confirmed   map[chainID]confirmation

	kitDelay time.Duration // of two recovery sheets
	// openings and searches are how many of them an agent has in an hour; departures
	// holds one while a sweep of them is due.
	openings, searches int
	audience           string // of assertions; empty accepts none
	departures         chan struct{}

	rotation  rotation
	roster    roster
	limits    limits
	unlocked  unlocked
	printed   printed
	passwords Passwords // nil without a local provider
	accounts  localAccounts
	invited   invited
	locals    locals
	guests    guests
	presences presences
	prepares  prepares
	sides     sides
	seats     seats
	fresh     fresh
	tickets   registry[*ticket]
	onTheWay  onTheWay
	most      int64 // bytes that one safe holds
	releases  registry[*release]
	views     registry[*view]
	leases    leases
	strangers strangers
	checks    checks
	requests  requests
	hashes    chan struct{} // one place for each Argon2id hash that may run
	anchored  anchored

	closing context.Context //nolint:containedctx // the keeper's own life, for its own goroutines
	stop    context.CancelFunc
	work    sync.WaitGroup
}

var _ vault.Keeper = (*Keeper)(nil)

// The errors of a start.
var (
	// ErrNoVault: the bucket holds no vault; run the init command.
	ErrNoVault = errors.New("keeper: the bucket holds no vault")
	// ErrOtherVault: secrets, realm and bucket do not belong together.
	ErrOtherVault = errors.New("keeper: the bucket belongs to another vault, or the secrets do")
	// ErrTrailCut: the trail ends before something that is known of it.
	ErrTrailCut = errors.New("keeper: the trail was cut or replaced")
	// ErrNoState: the state file is new and the vault is not; rebuild it.
	ErrNoState = errors.New("keeper: the state file is missing, rebuild it")
)

// Open starts the keeper: it checks trail, anchors, state and vault chain
// against each other, takes the next keeper number, settles what a crash left
// undecided, and only then answers. The caller closes it.
func Open(ctx context.Context, cfg Config) (*Keeper, error) {
	k, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	if err := k.begins(ctx, cfg); err != nil {
		return nil, errors.Join(err, k.shut())
	}
	return k, nil
}

// prepare makes a keeper that has its secrets and its state, and nothing else.
func prepare(cfg Config) (*Keeper, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	k := &Keeper{
		secrets: cfg.Secrets, masters: masters{former: formerByEpoch(cfg.Secrets)}, bucket: cfg.Bucket, anchors: cfg.Anchors, log: cfg.Log, kinds: cfg.Kinds, hosting: cfg.Hosting,
		longest: cfg.ConsentDays, codes: cfg.CodeCost,
		safes: map[vault.SafeID]*safe{}, maxSafes: maxSafes, confirmed: map[chainID]confirmation{},
		roster:   newRoster(),
		limits:   newLimits(),
		openings: cfg.Openings, searches: cfg.Searches, kitDelay: cfg.KitDelay, most: cfg.SafeBytes, audience: cfg.Audience,
		departures: make(chan struct{}, 1),
		unlocked:   unlocked{idle: cfg.UnlockIdle, open: map[place]*opened{}},
		printed:    printed{m: map[string]printedSheet{}},
		invited:    invited{m: map[[32]byte]invitedBefore{}},
		guests:     guests{open: map[session.ID]visit{}},
		presences:  presences{proved: map[place]presence{}, asked: map[place]question{}},
		prepares:   prepares{m: map[vault.SafeID]prepared{}},
		sides:      sides{open: map[place]*sideBySide{}},
		seats:      seats{held: map[*seat]bool{}},
		fresh:      fresh{docs: map[vault.DocumentID]freshDoc{}},
		tickets:    newRegistry[*ticket](),
		onTheWay:   onTheWay{to: map[vault.SafeID]map[vault.DocumentID]int64{}},
		takings:    takings{marked: map[vault.SafeID]bool{}},
		unfinished: unfinished{safes: map[vault.SafeID]bool{}},
		releases:   newRegistry[*release](),
		views:      newRegistry[*view](),
		leases:     leases{out: map[vault.ReleaseID]lease{}},
		strangers:  strangers{seen: map[string]*visits{}},
		checks:     checks{seen: map[string]int{}},
		requests:   requests{under: map[[32]byte]bool{}},
		hashes:     make(chan struct{}, hashesAtOnce),
	}
	k.closing, k.stop = context.WithCancel(context.Background()) //nolint:forbidigo // the keeper's own life, which outlasts the call that opened it
	k.vault.Store(&chain.Vault{})
	k.clock.begin(time.Now(), 0)
	var err error
	if k.verifier, err = cfg.Secrets.Signing.Public().NoteVerifier(Origin(cfg.Genesis)); err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	if k.pseudonyms, err = derive(cfg.Secrets.Pepper, forPseudonyms); err != nil {
		return nil, err
	}
	if k.pins, err = derive(cfg.Secrets.Pepper, forPINs); err != nil {
		return nil, err
	}
	if k.pages, err = derive(cfg.Secrets.Pepper, forPages); err != nil {
		return nil, err
	}
	if k.asks, err = derive(cfg.Secrets.Pepper, forRequests); err != nil {
		return nil, err
	}
	key, err := derive(cfg.Secrets.Pepper, forJournal)
	if err != nil {
		return nil, err
	}
	if k.journal, err = seal.ParseJournalKey(seal.NewSecret(key)); err != nil {
		return nil, fmt.Errorf("service journal: %w", err)
	}
	if key, err = derive(cfg.Secrets.Pepper, forState); err != nil {
		return nil, err
	}
	k.state, err = openState(cfg.StatePath, key)
	return k, err
}

// Origin is the name of a vault's trail in its checkpoints: it follows from the
// vault chain's first signing key, so that two vaults never share one.
func Origin(genesis seal.VerifyKey) string {
	return "coffre-trail/" + seal.DigestOf(genesis[:]).String()[:16]
}

// VerifierKey is the key that checks checkpoints, in the form of
// golang.org/x/mod/sumdb/note.
func (k *Keeper) VerifierKey() string {
	return VerifierKey(k.verifier.Name(), k.secrets.Signing.Public())
}

// VerifierKey writes a key in the form of golang.org/x/mod/sumdb/note.
func VerifierKey(origin string, key seal.VerifyKey) string {
	text, err := note.NewEd25519VerifierKey(origin, key[:])
	if err != nil {
		return "" // only a name or a key of the wrong form, and both are ours
	}
	return text
}

func (k *Keeper) vaultState() chain.Vault { return *k.vault.Load() }

// known is what is known of a chain, confirmations not yet written included.
func (k *Keeper) known(id chainID) (known, error) {
	n, err := k.state.known(id)
	k.confirmedMu.Lock()
	defer k.confirmedMu.Unlock()
	if c, ok := k.confirmed[id]; ok {
		n.confirmed, n.summary = c.head, c.summary
	}
	return n, err
}

// flush makes the confirmed heads durable, so that a start after a good stop
// has nothing to settle.
func (k *Keeper) flush() error {
	confirmed := k.takeConfirmed()
	position := k.trail.Size()
	return k.state.update(func(tx *bolt.Tx) error {
		if err := tx.Bucket(bMeta).Put(metaPosition, u64(position)); err != nil {
			return err
		}
		return putConfirmed(tx, confirmed)
	})
}

func (k *Keeper) shut() error {
	k.stop()
	k.work.Wait()
	var errs []error
	if k.sessions != nil {
		errs = append(errs, k.sessions.Close())
	}
	if k.trail != nil {
		errs = append(errs, k.trail.Close())
	}
	return errors.Join(append(errs, k.state.Close())...)
}

// Healthy says whether the trail can be written and the bucket answers. See
// [vault.Keeper].
func (k *Keeper) Healthy(ctx context.Context) error {
	if err := k.fit(); err != nil {
		return err
	}
	if _, _, err := k.bucket.Clock(ctx); err != nil {
		return fromBucket(err)
	}
	return nil
}
