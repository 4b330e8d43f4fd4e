package keeper

import (
	"sync"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// invited are the invitations that were answered a moment ago, in memory only: a
// code is kept nowhere else.
type invited struct {
	mu sync.Mutex
	m  map[[32]byte]invitedBefore
}

// An invitedBefore is what a retry of one request is told, in the session that
// asked.
type invitedBefore struct {
	session session.ID
	act     vault.InviteAccount
	made    vault.InvitedAccount
	until   time.Time
}

func (i *invited) keep(key [32]byte, b invitedBefore) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.m[key] = b
}

func (i *invited) again(key [32]byte) (invitedBefore, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b, ok := i.m[key]
	return b, ok && time.Now().Before(b.until)
}

func (i *invited) sweep() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for key, b := range i.m {
		if !time.Now().Before(b.until) {
			delete(i.m, key)
		}
	}
}
