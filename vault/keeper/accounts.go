package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
)

// Accounts are the accounts of a local provider. It answers an error that wraps
// [vault.ErrNotFound] for a login that is not one of its own, or not an agent's, and
// an [*vault.InvalidError] for a kind of account that is not offered.
type Accounts interface {
	// Invite begins an account.
	Invite(ctx context.Context, act vault.InviteAccount) (vault.InvitedAccount, error)
	// Reissue ends what an agent's account logs in with, and answers a new code.
	Reissue(ctx context.Context, login auth.UserID) (vault.InvitedAccount, error)
	// Sweep ends what nobody uses: see [AccountSweep].
	Sweep(ctx context.Context, by AccountSweep) error
}

// OnInvite says who keeps local accounts. Without it there are none. It is called
// before anything is served.
func (k *Keeper) OnInvite(a Accounts) { k.accounts.set(a) }

// IsAgent reports whether a login is an agent who did not leave: the local provider
// lets nobody else in with an agent's account.
func (k *Keeper) IsAgent(u auth.UserID) bool {
	f, ok := k.agentOf(u)
	return ok && f.state != vault.AgentEnded
}

var (
	errNoAccounts = &vault.InvalidError{Field: "kind", Rule: "un compte que ce service propose : demandez à son responsable"}
	// errNotAgents is one answer for a login of another issuer and for a person's.
	errNotAgents = &vault.InvalidError{Field: "agent", Rule: "un agent qui se connecte avec un compte de ce service"}
)

// InviteAccount begins a local account. See [vault.AgentKeeper].
func (k *Keeper) InviteAccount(ctx context.Context, who session.Principal, act vault.InviteAccount) (vault.InvitedAccount, error) {
	what := vault.ActInvitePerson
	if act.Kind == vault.AccountAgent {
		what = vault.ActInviteAgent
	}
	w, err := k.begin(ctx, k.deedOf(who, what, detail{}))
	if err != nil {
		return vault.InvitedAccount{}, err
	}
	var made vault.InvitedAccount
	if err = w.check(vault.SafeID{}); err == nil {
		made, err = k.inviteOnce(ctx, w, act)
	}
	w.result.Code = made.Login.Subject()
	return made, w.end(ctx, err, w.result)
}

// inviteOnce is invite for a request that may come again: its code is remembered,
// in memory, as long as the text of a sheet is.
func (k *Keeper) inviteOnce(ctx context.Context, w *warrant, act vault.InviteAccount) (vault.InvitedAccount, error) {
	if act.Request.IsZero() {
		return k.invite(ctx, act)
	}
	key := k.requestKey(w.deed.who, act.Request)
	if !k.requests.take(key) {
		return vault.InvitedAccount{}, fmt.Errorf("%w: the earlier try is under way", vault.ErrUnavailable)
	}
	w.request = key
	if before, found := k.invited.again(key); found {
		if before.session != w.deed.who.Session() || before.act != act {
			return vault.InvitedAccount{}, vault.ErrConflict
		}
		return before.made, nil
	}
	made, err := k.invite(ctx, act)
	if err == nil {
		k.invited.keep(key, invitedBefore{w.deed.who.Session(), act, made, time.Now().Add(printedLife)})
	}
	return made, err
}

func (k *Keeper) invite(ctx context.Context, act vault.InviteAccount) (vault.InvitedAccount, error) {
	if err := directory.CheckName(act.Name, vault.MaxName); err != nil {
		return vault.InvitedAccount{}, &vault.InvalidError{Field: "name", Rule: "un nom de 100 caractères au plus"}
	}
	accounts := k.accounts.get()
	if accounts == nil {
		return vault.InvitedAccount{}, errNoAccounts
	}
	return accounts.Invite(ctx, act)
}

// ReissueAccount gives an agent a new code for their local account. See
// [vault.AgentKeeper].
func (k *Keeper) ReissueAccount(ctx context.Context, who session.Principal, act vault.ReissueAccount) (vault.InvitedAccount, error) {
	defer k.recall(ctx)
	w, err := k.begin(ctx, k.deedOf(who, vault.ActReissueAccount, detail{AboutAgent: act.Agent.String()}))
	if err != nil {
		return vault.InvitedAccount{}, err
	}
	made, err := k.reissue(ctx, w, act)
	return made, w.end(ctx, err, w.result)
}

func (k *Keeper) reissue(ctx context.Context, w *warrant, act vault.ReissueAccount) (vault.InvitedAccount, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return vault.InvitedAccount{}, err
	}
	f, _, err := k.ofStructure(act.Agent, w.deed.structure)
	if err != nil {
		return vault.InvitedAccount{}, err
	}
	// The agent it is about is not the second one: whoever has their telephone might be.
	if err := k.approved(ctx, w, act.Approval, mac([]byte("coffre/reissue-account/v1"), act.Agent.String()), act.Agent); err != nil {
		return vault.InvitedAccount{}, err
	}
	return k.reissued(ctx, f.login)
}

// reissued ends what a login is logged in with, and its sessions. A login that a
// safe is linked to is its person's, whatever else it is: only sheet and PIN set its
// password anew.
func (k *Keeper) reissued(ctx context.Context, login auth.UserID) (made vault.InvitedAccount, err error) {
	accounts := k.accounts.get()
	if accounts == nil {
		return made, errNoAccounts
	}
	owned, err := k.safesOf(ctx, login)
	if err != nil {
		return made, err
	}
	if len(owned) > 0 {
		return made, errNotAgents
	}
	// Before, because a crash would keep it from being done after; and after, for what
	// was opened in between.
	if err := k.sessions.RevokeUser(context.WithoutCancel(ctx), login); err != nil {
		return made, err
	}
	made, err = accounts.Reissue(ctx, login)
	if errors.Is(err, vault.ErrNotFound) {
		err = errNotAgents
	}
	return made, errors.Join(err, k.sessions.RevokeUser(context.WithoutCancel(ctx), login))
}

// InviteFirst is the operator's InviteAccount, by a command: for a first access
// manager. It stands in every journal.
func (k *Keeper) InviteFirst(ctx context.Context, act vault.InviteAccount) (made vault.InvitedAccount, err error) {
	err = k.operate(ctx, vault.StructureID{}, vault.ActInviteAgent, detail{}, func(audit.Position) (chain.Head, error) {
		var err error
		made, err = k.invite(ctx, act)
		return chain.Head{}, err
	})
	return made, err
}

// ReissueLast is the operator's ReissueAccount, by a command: for an access manager
// whom no colleague can help. It stands in every journal.
func (k *Keeper) ReissueLast(ctx context.Context, login auth.UserID) (made vault.InvitedAccount, err error) {
	defer k.recall(ctx)
	f, _ := k.agentOf(login)
	n := detail{}
	if !f.id.IsZero() {
		n.AboutAgent = f.id.String()
	}
	err = k.operate(ctx, f.structure, vault.ActReissueAccount, n, func(audit.Position) (chain.Head, error) {
		var err error
		made, err = k.reissued(ctx, login)
		return chain.Head{}, err
	})
	return made, err
}
