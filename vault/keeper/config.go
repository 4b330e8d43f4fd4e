package keeper

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Secrets are what a keeper is given at start, each from a file of its own. It
// prints as nothing: every part redacts itself.
type Secrets struct {
	// Master opens what the service may open; MasterEpoch is its number.
	Master      *seal.Identity
	MasterEpoch uint64
	// Former are the masters before, as far as the vault's chain does not say that
	// they were destroyed: something may still be sealed to them.
	Former []FormerMaster
	// Signing signs entries, checkpoints and receipts.
	Signing *seal.SigningKey
	// Pepper is 32 random bytes: keys of the state file and of pseudonyms are
	// derived from it. Losing it costs sessions and pseudonyms, never papers.
	Pepper seal.Secret
}

// A FormerMaster is a master that was replaced.
type FormerMaster struct {
	Epoch    uint64
	Identity *seal.Identity
}

// Config is what a keeper works with. Fields are required unless they say so.
type Config struct {
	Secrets Secrets
	// Bucket keeps chains, contents and sealed keys.
	Bucket storage.Bucket
	// Anchors is the second place: every checkpoint is copied there, create
	// only, and read back at start (L-57).
	Anchors storage.Bucket
	// TrailPath and StatePath name the two bbolt files. The state file can be
	// rebuilt; the trail cannot.
	TrailPath, StatePath string
	// Realm says whether the data is real. It must be the one the vault chain
	// was begun with: what `dev` made is never served.
	Realm chain.Realm
	// Genesis is the vault chain's first signing key, whose fingerprint stands
	// on the key card.
	Genesis seal.VerifyKey
	// Kinds says which drawer a kind of paper belongs to.
	Kinds *papers.Catalogue
	// Hosting is what the operator declared of the hosting. The zero value takes no
	// paper that tells of somebody's health.
	Hosting Hosting
	// ConsentDays is how long a consent may last: [vault.ConsentDays], the
	// default, to [vault.ConsentDaysLong]. What is longer than the default needs a
	// second agent.
	ConsentDays int
	// UnlockIdle is how long an unlocked safe may lie unused. Default 15 min.
	UnlockIdle time.Duration
	// Openings is how many papers an agent opens in an hour at most, over all
	// safes. Default 30. Searches is how often they search the register. Default
	// 60. Reaching either is shown to their access manager.
	Openings, Searches int
	// SafeBytes is how much one safe may hold, as it is stored, before it takes no
	// more papers. Default [vault.MaxSafe].
	SafeBytes int64
	// KitDelay is how long two recovery sheets wait before they open. Default
	// [vault.KitDelay]; less than [vault.KitDelayMin] is refused where data is real.
	KitDelay time.Duration
	// CodeCost is what a guess at a code sheet takes. Anything but the zero value
	// is refused where data is real.
	CodeCost seal.CodeCost
	// Audience is what the assertion of a partner program must be made for: the
	// address where people reach the service. Empty: no partner program logs in.
	Audience string
	// ClockRead, when set, is the time that an operator read elsewhere, a moment
	// ago, to confirm the machine's clock with: it takes the place of
	// [Keeper.ConfirmClock] where the clock keeps the keeper from starting.
	ClockRead time.Time
	// Sessions sets the limits of sessions; its Store is the keeper's own.
	Sessions session.Config
	// Log gets what an operator has to know. It never holds an id of a person.
	Log *slog.Logger
}

// A Hosting is what the operator declared of the place where papers lie.
type Hosting uint8

// The hostings.
const (
	HostingPlain  Hosting = iota
	HostingHealth         // may hold health data, as its operator says (L-41, L-83)
)

const defaultUnlockIdle = 15 * time.Minute

func (c *Config) check() error {
	missing := func(what string) error { return fmt.Errorf("keeper: %s is missing", what) }
	switch {
	case c.Secrets.Master == nil:
		return missing("the master identity")
	case c.Secrets.MasterEpoch == 0:
		return missing("the number of the master epoch")
	case slices.ContainsFunc(c.Secrets.Former, func(f FormerMaster) bool { return f.Identity == nil || f.Epoch == 0 }):
		return missing("a former master identity, or its epoch")
	case c.Secrets.Signing == nil:
		return missing("the signing key")
	case len(c.Secrets.Pepper.Reveal()) < pepperSize:
		return missing("the pepper")
	case c.Bucket == nil:
		return missing("the bucket")
	case c.Anchors == nil:
		return missing("the second place for checkpoints")
	case c.TrailPath == "" || c.StatePath == "":
		return missing("the path of the trail or of the state")
	case c.Realm == 0:
		return missing("the realm")
	case c.Genesis.IsZero():
		return missing("the first signing key's public half")
	case c.Kinds == nil:
		return missing("the catalogue of papers")
	case c.Hosting > HostingHealth:
		return fmt.Errorf("keeper: no hosting %d", c.Hosting)
	case c.Log == nil:
		return missing("the logger")
	case c.CodeCost != seal.CodeCostSheet && c.Realm != chain.RealmDev:
		return errors.New("keeper: sheets of real people are never cheap to guess")
	case c.Sessions.Store != nil:
		return errors.New("keeper: sessions are kept in the keeper's own state")
	case c.ConsentDays != 0 && (c.ConsentDays < vault.ConsentDays || c.ConsentDays > vault.ConsentDaysLong):
		return fmt.Errorf("keeper: consents of %d days, want %d to %d", c.ConsentDays, vault.ConsentDays, vault.ConsentDaysLong)
	case c.SafeBytes < 0:
		return errors.New("keeper: what a safe may hold is negative")
	case c.UnlockIdle < 0:
		return errors.New("keeper: the unlock idle limit is negative")
	case c.KitDelay < 0 || c.KitDelay != 0 && c.KitDelay < vault.KitDelayMin && c.Realm != chain.RealmDev:
		return fmt.Errorf("keeper: recovery sheets that open after %v, want %v at least", c.KitDelay, vault.KitDelayMin)
	case c.Openings < 0 || c.Searches < 0:
		return errors.New("keeper: a limit of openings or searches is negative")
	}
	if c.SafeBytes == 0 {
		c.SafeBytes = vault.MaxSafe
	}
	if c.KitDelay == 0 {
		c.KitDelay = vault.KitDelay
	}
	if c.Openings == 0 {
		c.Openings = defaultOpenings
	}
	if c.Searches == 0 {
		c.Searches = defaultSearches
	}
	if c.ConsentDays == 0 {
		c.ConsentDays = vault.ConsentDays
	}
	if c.UnlockIdle == 0 {
		c.UnlockIdle = defaultUnlockIdle
	}
	return nil
}
