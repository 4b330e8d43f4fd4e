package keeper

import (
	"bytes"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/directory"
)

// noteUse remembers, before a deed is recorded, the day of an agent's last use, and
// on whose screen a safe's papers or secrets are opened: that finds the journals a
// departure report is made from. Rows are written once a day, and once a safe;
// without them nothing is opened.
func (k *Keeper) noteUse(w *warrant) error {
	if v, ok := k.guests.get(w.deed.who.Session()); ok && w.standing.Visit { // the act is the person's
		if !showsSecrets(w.deed.act) {
			return nil
		}
		return k.writeUse(w, v.agent, time.Time{})
	}
	agent := w.standing.Agent
	if !w.standing.Partner.IsZero() { // whoever is addressed may act
		agent = consent.Agent{ID: vault.AgentID(w.standing.Partner), State: vault.AgentActive}
	}
	if agent.ID.IsZero() || agent.State != vault.AgentActive || !isUse(w.deed.act) {
		return nil
	}
	return k.writeUse(w, agent.ID, directory.Day(k.now()))
}

// writeUse writes the rows of one deed that are not there yet. Of a day that is zero
// there is none: the agent did nothing themselves.
func (k *Keeper) writeUse(w *warrant, agent vault.AgentID, day time.Time) error {
	opens := (w.deed.act == vault.ActRead || showsSecrets(w.deed.act)) && w.standing.Nature == vault.NaturePerson
	k.roster.mu.RLock()
	used := day.IsZero() || k.roster.used[agent].Equal(day)
	opened := !opens || k.roster.opened[agent][w.deed.safe]
	k.roster.mu.RUnlock()
	if used && opened {
		return nil
	}
	err := k.state.update(func(tx *bolt.Tx) error {
		if !opened {
			if err := tx.Bucket(bOpened).Put(k.openedRow(agent, w.deed.safe), []byte{1}); err != nil {
				return err
			}
		}
		if used {
			return nil
		}
		return tx.Bucket(bUse).Put(agent[:], u64(uint64(day.Unix())))
	})
	if err != nil {
		return err
	}
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	if !day.IsZero() {
		k.roster.used[agent] = day
	}
	if !opened {
		if k.roster.opened[agent] == nil {
			k.roster.opened[agent] = map[vault.SafeID]bool{}
		}
		k.roster.opened[agent][w.deed.safe] = true
	}
	return nil
}

func (k *Keeper) openedPrefix(id vault.AgentID) []byte {
	m := mac(k.pseudonyms, "opened", id.String())
	return m[:]
}

func (k *Keeper) openedRow(id vault.AgentID, safe vault.SafeID) []byte {
	return append(k.openedPrefix(id), safe[:]...)
}

// openedBy answers the safes whose papers an agent ever opened, and those whose
// secrets were on their screen.
func (k *Keeper) openedBy(id vault.AgentID) (map[vault.SafeID]bool, error) {
	all, prefix := map[vault.SafeID]bool{}, k.openedPrefix(id)
	err := k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bOpened).Cursor()
		for key, _ := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = c.Next() {
			all[vault.SafeID(key[len(prefix):])] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return all, nil
}

// loadUse reads the days of last use.
func (k *Keeper) loadUse() error {
	k.roster.mu.Lock()
	defer k.roster.mu.Unlock()
	return k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bUse).ForEach(func(id, day []byte) error {
			k.roster.used[vault.AgentID(id)] = time.Unix(int64(readU64(day)), 0).UTC()
			return nil
		})
	})
}
