package keeper

import (
	"context"
	"sync"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// An AccountSweep is what whoever keeps local accounts asks and tells when it ends
// those that nobody uses.
type AccountSweep struct {
	// Standing says what a login is to the service.
	Standing func(ctx context.Context, login auth.UserID) (AccountStanding, error)
	// Record writes down why something ends. It is called before, and with an error
	// nothing ends.
	Record func(ctx context.Context, login auth.UserID, why AccountEnd) error
}

// An AccountStanding says what a login is to the service. The zero value is nobody.
type AccountStanding uint8

// The standings.
const (
	AccountUnknown AccountStanding = iota
	AccountInPost                  // an agent, or whom a safe is linked to
	AccountIdle                    // an agent whom six months without use suspended
	AccountLeft                    // an agent who was ended
)

// An AccountEnd says why a local account, or an invitation, ended.
type AccountEnd string

// The reasons, as they stand in details.
const (
	AccountEndUnclaimed AccountEnd = "unclaimed"
	AccountEndIdle      AccountEnd = "idle"
	AccountEndLeft      AccountEnd = "left"
)

// localAccounts is who keeps local accounts. The keeper is at work before it is
// known, and its own goroutine asks.
type localAccounts struct {
	mu  sync.Mutex
	who Accounts // nil without one
}

func (l *localAccounts) set(a Accounts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.who = a
}

func (l *localAccounts) get() Accounts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.who
}

// sweepAccounts lets the local accounts that nobody uses end, as functions do.
func (k *Keeper) sweepAccounts(ctx context.Context) error {
	accounts := k.accounts.get()
	if accounts == nil {
		return nil
	}
	return accounts.Sweep(ctx, AccountSweep{Standing: k.accountStanding, Record: k.recordAccountEnd})
}

// accountStanding says what a login is. Whose date alone is over may be renewed,
// and keeps the account, as their consents are kept; a login that a safe is linked
// to is its person's, whatever else it was.
func (k *Keeper) accountStanding(_ context.Context, login auth.UserID) (AccountStanding, error) {
	linked, err := k.linkedTo(login)
	if err != nil || len(linked) > 0 {
		return AccountInPost, err
	}
	f, ok := k.agentOf(login)
	switch {
	case !ok:
		return AccountUnknown, nil
	case k.left(f.id):
		return AccountLeft, nil
	case directory.Dormant(f.lastUse, k.now()):
		return AccountIdle, nil
	}
	return AccountInPost, nil
}

// recordAccountEnd is the service's own act. It stands in the journal of the login
// and in that of the agent's structure, and in nobody else's.
func (k *Keeper) recordAccountEnd(ctx context.Context, login auth.UserID, why AccountEnd) error {
	n := detail{Actor: actorService, Issuer: login.Issuer(), Subject: login.Subject(), Code: string(why)}
	subjects := []audit.TagKey{k.loginTag(login)}
	if f, ok := k.agentOf(login); ok {
		n.AboutAgent = f.id.String()
		subjects = append(subjects, k.structureTag(f.structure))
	}
	raw, err := k.sealDetail(nil, n, vault.ActEndAccount, audit.StageFact)
	if err != nil {
		return err
	}
	_, err = k.trail.Note(ctx, audit.Record{Op: audit.Op(vault.ActEndAccount), Subjects: subjects, Detail: raw}, audit.ResultDone)
	return fromTrail(err)
}
