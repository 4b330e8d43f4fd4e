package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Authenticate turns the credentials of one call into a principal. See
// [vault.Keeper].
func (k *Keeper) Authenticate(ctx context.Context, c session.Credentials, network string) (session.Principal, error) {
	if err := k.fit(); err != nil {
		return session.Principal{}, err
	}
	p, err := k.sessions.Authenticate(ctx, c)
	if errors.Is(err, auth.ErrUnauthenticated) {
		return session.Principal{}, errors.Join(err, k.countStranger(ctx, vault.ActUnauthenticated, network))
	}
	return p, err
}

// OpenSession exchanges a verified login for a session. See [vault.Keeper].
func (k *Keeper) OpenSession(ctx context.Context, act vault.OpenSession) (session.Token, session.Principal, error) {
	if err := k.fit(); err != nil {
		return session.Token{}, session.Principal{}, err
	}
	login, err := k.loginOf(act)
	if err != nil {
		return session.Token{}, session.Principal{}, err
	}
	if login.IsZero() {
		return session.Token{}, session.Principal{}, errors.Join(auth.ErrUnauthenticated, k.countStranger(ctx, vault.ActLogin, noLogin))
	}
	u := login.User()
	raw, err := k.sealDetail(nil, detailOf(login), vault.ActLogin, audit.StageIntent)
	if err != nil {
		return session.Token{}, session.Principal{}, err
	}
	pending, err := k.trail.Begin(ctx, audit.Record{Op: audit.Op(vault.ActLogin), Subjects: []audit.TagKey{k.loginTag(u)}, Detail: raw})
	if err != nil {
		return session.Token{}, session.Principal{}, fromTrail(err)
	}
	open := k.sessions.OpenShared
	if act.Place == vault.PlaceOwn {
		open = k.sessions.Open
	}
	token, who, err := session.Token{}, session.Principal{}, k.employed(login)
	if err == nil {
		token, who, err = open(ctx, login, act.Client)
	}
	result, note := audit.ResultDone, detail{Session: fmt.Sprintf("%x", who.Session())}
	if err != nil {
		result, note = audit.ResultRefused, detail{Reason: "login refused"}
	}
	raw, sealErr := k.sealDetail(nil, note, vault.ActLogin, audit.StageOutcome)
	endErr := fromTrail(pending.End(context.WithoutCancel(ctx), result, raw))
	if endErr != nil && err == nil { // unrecorded: it must not be used
		return session.Token{}, session.Principal{}, errors.Join(endErr, k.sessions.Revoke(ctx, who))
	}
	return token, who, errors.Join(err, sealErr, endErr)
}

// detailOf is who logs in, and how strongly, as the issuer said it (L-05). What
// it says is bounded: the words are the issuer's.
func detailOf(l auth.Login) detail {
	n := detail{Issuer: l.User().Issuer(), Subject: l.User().Subject(), ACR: clip(l.ACR())}
	for i, method := range l.AMR() {
		if i < maxMethods {
			n.AMR = append(n.AMR, clip(method))
		}
	}
	return n
}

// maxMethods and maxClass bound what is kept of an issuer's words.
const (
	maxMethods = 8
	maxClass   = 64 // bytes
)

func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxClass)], "")
}

// employed refuses an agent whose issuer says that they work for another
// establishment than their structure, or is asked and does not say (L-78).
// Nobody else has an employer here, and nobody becomes an agent by one.
func (k *Keeper) employed(l auth.Login) error {
	e := l.Employer()
	f, ok := k.agentOf(l.User())
	if !e.Asked || !ok || f.state == vault.AgentEnded {
		return nil
	}
	k.roster.mu.RLock()
	defer k.roster.mu.RUnlock()
	if k.roster.structures[f.structure].record.siret.String() != strings.ReplaceAll(e.SIRET, " ", "") {
		return fmt.Errorf("%w: the issuer names another establishment than the agent's", session.ErrLogin)
	}
	return nil
}

// noLogin stands for the network of a call that brought no login at all.
const noLogin = "no login"

// RefuseLogin records a login that was not accepted. See [vault.Keeper].
func (k *Keeper) RefuseLogin(ctx context.Context, network string) error {
	if err := k.fit(); err != nil {
		return err
	}
	return k.countStranger(ctx, vault.ActLogin, network)
}

// CloseSession ends a session. See [vault.Keeper].
func (k *Keeper) CloseSession(ctx context.Context, who session.Principal) error {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActLogout})
	if err != nil {
		return err
	}
	return w.end(ctx, k.sessions.Revoke(ctx, who), detail{})
}

// Live says whether the session still counts. See [vault.Keeper].
func (k *Keeper) Live(who session.Principal) error {
	if who.IsZero() {
		return auth.ErrUnauthenticated
	}
	return k.sessions.Live(who)
}

// sessionEnded forgets what an ended session had in memory.
func (k *Keeper) sessionEnded(id session.ID) {
	k.unlocked.dropSession(id)
	k.printed.dropSession(id)
	k.prepares.forget(id)
	k.guests.drop(id)
	k.presences.dropSession(id)
	k.sides.dropSession(id)
	k.fresh.dropSession(id)
}

// strangers counts calls without a session: one leaf a minute and network
// prefix, so that a flood of them does not become a flood of leaves.
type strangers struct {
	mu   sync.Mutex
	seen map[string]*visits
}

type visits struct {
	since time.Time
	count uint64 // since the last leaf
}

const (
	strangerLeaf = time.Minute
	maxStrangers = 1024 // networks told apart at once; the others count together
	otherNetwork = "other"
)

func (k *Keeper) countStranger(ctx context.Context, act vault.Act, network string) error {
	count, due := k.strangers.count(act.String()+" "+network, time.Now())
	if !due {
		return nil
	}
	return k.serviceFact(ctx, act, audit.ResultRefused, detail{Reason: network, Count: count})
}

// count answers how many visits a leaf stands for, and whether it is due.
func (s *strangers) count(from string, now time.Time) (uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.seen[from]
	if !ok && len(s.seen) >= maxStrangers {
		for old, v := range s.seen {
			if now.Sub(v.since) >= strangerLeaf && v.count == 0 {
				delete(s.seen, old)
			}
		}
		if len(s.seen) >= maxStrangers {
			from = otherNetwork
			v, ok = s.seen[from]
		}
	}
	if !ok {
		s.seen[from] = &visits{since: now}
		return 1, true
	}
	v.count++
	if now.Sub(v.since) < strangerLeaf {
		return 0, false
	}
	n := v.count
	v.since, v.count = now, 0
	return n, true
}
