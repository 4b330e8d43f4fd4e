package keeper

import (
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// rebuildStructures reads every structure from the bucket alone and holds it
// against the newest entry that the trail says was written: a bucket that is
// behind would bring back agents who left.
func (k *Keeper) rebuildStructures(ctx context.Context) error {
	for _, id := range k.vaultState().Structures() {
		top, err := k.headInTrail(ctx, k.structureTag(id), k.journal)
		if err != nil {
			return err
		}
		if err := k.loadStructure(ctx, id, top); err != nil {
			return fmt.Errorf("structure %s: %w", id, err)
		}
		s, err := k.structureOf(id)
		if err != nil {
			return err
		}
		if err := k.confirmNow(s.is, confirmation{head: s.end()}); err != nil {
			return err
		}
	}
	return k.rebuildUse(ctx)
}

// rebuildUse finds the day of each agent's last use in their own journal. What
// somebody did while they were suspended for want of use was no use.
func (k *Keeper) rebuildUse(ctx context.Context) error {
	used := map[vault.AgentID]time.Time{}
	k.roster.mu.RLock()
	agents := make([]*agent, 0, len(k.roster.agents))
	for _, a := range k.roster.agents {
		agents = append(agents, a)
	}
	k.roster.mu.RUnlock()
	for _, a := range agents {
		last := a.record.since
		for e, err := range k.trail.Journal(ctx, k.loginTag(a.record.login), 0) {
			if err != nil {
				return fromTrail(err)
			}
			if e.Stage == audit.StageIntent && isUse(vault.Act(e.Op)) && e.Time.After(last) && !directory.Dormant(last, e.Time) {
				last = directory.Day(e.Time)
				used[a.chain.ID] = last
			}
		}
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for id, day := range used {
			if err := tx.Bucket(bUse).Put(id[:], u64(uint64(day.Unix()))); err != nil {
				return err
			}
		}
		return nil
	})
}

// isUse reports whether an act shows that an agent works: coming and going does
// not.
func isUse(act vault.Act) bool {
	return act != vault.ActLogin && act != vault.ActLogout && act != vault.ActSelf
}

// rebuildOpened finds in a safe's journal which agents opened its papers, or had its
// secrets on their screen.
func (k *Keeper) rebuildOpened(ctx context.Context, s *safe) error {
	agents := map[vault.AgentID]bool{}
	for e, err := range k.trail.Journal(ctx, s.service.tagKey(), 0) {
		if err != nil {
			return fromTrail(err)
		}
		act := vault.Act(e.Op)
		if e.Stage != audit.StageIntent || e.Detail == nil || act != vault.ActRead && !showsSecrets(act) {
			continue
		}
		n, err := openDetail(s.service.journal, e.Detail, act, e.Stage)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", e.Position, err)
		}
		if id, err := vault.ParseAgentID(n.Agent); err == nil {
			agents[id] = true
		}
	}
	if len(agents) == 0 {
		return nil
	}
	return k.state.update(func(tx *bolt.Tx) error {
		var errs []error
		for id := range agents {
			errs = append(errs, tx.Bucket(bOpened).Put(k.openedRow(id, s.id), []byte{1}))
		}
		return errors.Join(errs...)
	})
}
