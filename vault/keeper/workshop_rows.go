package keeper

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
)

// The index by which the participants of a cycle are found without opening every
// safe follows from the service records: which safe stands in which cycle, and
// nothing of what is known there.

func workshopRowName(id vault.SafeID) string { return fmt.Sprintf("workshop/%x", id[:]) }

// participantsKey leads to the participants of a cycle.
func (k *Keeper) participantsKey(id vault.CycleID) []byte {
	m := mac(k.pseudonyms, "workshop", id.String())
	return m[:]
}

// participantsOf answers the safes that stand in a cycle, by their ids.
func (k *Keeper) participantsOf(id vault.CycleID) (safes []vault.SafeID, err error) {
	prefix := k.participantsKey(id)
	err = k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bWorkshops).Cursor()
		for key, _ := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = c.Next() {
			safes = append(safes, vault.SafeID(key[len(prefix):]))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return safes, nil
}

// inWorkshops answers every safe that stands in a cycle, and in which.
func (k *Keeper) inWorkshops() (all map[vault.SafeID]vault.CycleID, err error) {
	all = map[vault.SafeID]vault.CycleID{}
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bWorkshop).ForEach(func(key, _ []byte) error {
			id, err := k.cycleRow(tx, vault.SafeID(key))
			all[vault.SafeID(key)] = id
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return all, nil
}

// cycleRow is the cycle in whose index a safe stands; zero for none.
func (k *Keeper) cycleRow(tx *bolt.Tx, safe vault.SafeID) (vault.CycleID, error) {
	raw := tx.Bucket(bWorkshop).Get(safe[:])
	if raw == nil {
		return vault.CycleID{}, nil
	}
	plain, err := k.state.open(raw, workshopRowName(safe))
	if err != nil {
		return vault.CycleID{}, err
	}
	return vault.ParseCycleID(string(plain))
}

// indexWorkshop brings the rows of a safe in line with a service record; where
// nothing changed nothing is written.
func (k *Keeper) indexWorkshop(safe vault.SafeID, r serviceRecord) error {
	var old vault.CycleID
	err := k.state.view(func(tx *bolt.Tx) (err error) {
		old, err = k.cycleRow(tx, safe)
		return err
	})
	now := r.cycle.cycle
	if err != nil || old == now {
		return err
	}
	sealed, err := k.state.seal([]byte(now.String()), workshopRowName(safe))
	if err != nil {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error {
		one, all := tx.Bucket(bWorkshop), tx.Bucket(bWorkshops)
		if !old.IsZero() {
			if err := all.Delete(append(k.participantsKey(old), safe[:]...)); err != nil {
				return err
			}
		}
		if now.IsZero() {
			return one.Delete(safe[:])
		}
		return errors.Join(one.Put(safe[:], sealed), all.Put(append(k.participantsKey(now), safe[:]...), []byte{1}))
	})
}
