package keeper

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
)

// limitsJSON is what is counted of one agent or partner program, as the state
// file keeps it, so that a restart gives nobody another hour's worth. Times are
// in Unix milliseconds.
type limitsJSON struct {
	Seen  []seenJSON `json:"seen,omitempty"`
	Since int64      `json:"since,omitempty"`
	ByPIN []string   `json:"by_pin,omitempty"` // safes
	Other bool       `json:"other,omitempty"`
}

type seenJSON struct {
	Kind    vault.AnomalyKind `json:"kind"`
	Address string            `json:"address,omitempty"`
	At      []int64           `json:"at"`
}

func (j limitsJSON) isZero() bool { return len(j.Seen) == 0 && j.Since == 0 }

// changed answers what is counted now of the agents of whom that changed since
// it was last asked; a zero value of one of whom nothing is.
func (l *limits) changed() map[vault.AgentID]limitsJSON {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[vault.AgentID]limitsJSON{}
	for agent := range l.dirty {
		all[agent] = limitsJSON{}
	}
	clear(l.dirty)
	for key, seen := range l.seen {
		j, ok := all[key.agent]
		if !ok || len(seen) == 0 {
			continue
		}
		s := seenJSON{Kind: key.kind, Address: idText(key.address)}
		for _, at := range seen {
			s.At = append(s.At, at.UnixMilli())
		}
		j.Seen = append(j.Seen, s)
		all[key.agent] = j
	}
	for agent, p := range l.proved {
		j, ok := all[agent]
		if !ok {
			continue
		}
		j.Since, j.Other = p.since.UnixMilli(), p.other
		for safe := range p.byPIN {
			j.ByPIN = append(j.ByPIN, safe.String())
		}
		slices.Sort(j.ByPIN)
		all[agent] = j
	}
	return all
}

// again counts what was counted before a restart.
func (l *limits) again(agent vault.AgentID, j limitsJSON) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var p idParser
	for _, s := range j.Seen {
		key := limitKey{agent: agent, kind: s.Kind, address: parseID(&p, s.Address, vault.ParseAddressID)}
		for _, at := range s.At {
			l.seen[key] = append(l.seen[key], time.UnixMilli(at))
		}
	}
	if j.Since != 0 {
		proved := &provings{since: time.UnixMilli(j.Since), byPIN: map[vault.SafeID]bool{}, other: j.Other}
		for _, text := range j.ByPIN {
			proved.byPIN[parseID(&p, text, vault.ParseSafeID)] = true
		}
		l.proved[agent] = proved
	}
	return p.err
}

// mark has an agent's row written again.
func (l *limits) mark(agents map[vault.AgentID]limitsJSON) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for agent := range agents {
		l.dirty[agent] = true
	}
}

func countedRow(agent []byte) string { return fmt.Sprintf("counted/%x", agent) }

// keepLimits writes what is counted of agents to the state file. It runs every
// half minute and at a stop: what is opened waits for no disk because of it, and
// a crash forgets half a minute.
func (k *Keeper) keepLimits() error {
	all := k.limits.changed()
	if len(all) == 0 {
		return nil
	}
	rows := map[vault.AgentID][]byte{}
	for agent, j := range all {
		if j.isZero() {
			rows[agent] = nil
			continue
		}
		plain, err := json.Marshal(j)
		if err != nil {
			return fmt.Errorf("limits: %w", err)
		}
		if rows[agent], err = k.state.seal(plain, countedRow(agent[:])); err != nil {
			return err
		}
	}
	err := k.state.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bCounted)
		for agent, row := range rows {
			var err error
			if row == nil {
				err = b.Delete(agent[:])
			} else {
				err = b.Put(agent[:], row)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.limits.mark(all)
	}
	return err
}

// loadLimits reads what was counted before this start.
func (k *Keeper) loadLimits() error {
	return k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bCounted).ForEach(func(agent, raw []byte) error {
			plain, err := k.state.open(raw, countedRow(agent))
			if err != nil {
				return err
			}
			var j limitsJSON
			if err := json.Unmarshal(plain, &j); err != nil {
				return fmt.Errorf("limits: %w", err)
			}
			return k.limits.again(vault.AgentID(agent), j)
		})
	})
}
