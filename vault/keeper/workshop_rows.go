package keeper

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// inWorkshops answers every safe that stands in cycles, and in which.
func (k *Keeper) inWorkshops() (all map[vault.SafeID][]vault.CycleID, err error) {
	all = map[vault.SafeID][]vault.CycleID{}
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bWorkshop).ForEach(func(key, _ []byte) error {
			ids, err := k.cyclesRow(tx, vault.SafeID(key))
			all[vault.SafeID(key)] = ids
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return all, nil
}

// cyclesRow are the cycles in whose index a safe stands.
func (k *Keeper) cyclesRow(tx *bolt.Tx, safe vault.SafeID) (ids []vault.CycleID, err error) {
	raw := tx.Bucket(bWorkshop).Get(safe[:])
	if raw == nil {
		return nil, nil
	}
	plain, err := k.state.open(raw, workshopRowName(safe))
	if err != nil {
		return nil, err
	}
	var p idParser
	for text := range strings.FieldsSeq(string(plain)) {
		ids = append(ids, parseID(&p, text, vault.ParseCycleID))
	}
	return ids, p.err
}

// cyclesText is what a row holds.
func cyclesText(ids []vault.CycleID) []byte {
	var text []string
	for _, id := range ids {
		text = append(text, id.String())
	}
	return []byte(strings.Join(text, " "))
}

// indexWorkshop brings the rows of a safe in line with a service record; where
// nothing changed nothing is written.
func (k *Keeper) indexWorkshop(safe vault.SafeID, r serviceRecord) error {
	var old []vault.CycleID
	err := k.state.view(func(tx *bolt.Tx) (err error) {
		old, err = k.cyclesRow(tx, safe)
		return err
	})
	now := r.cycles()
	if err != nil || slices.Equal(old, now) {
		return err
	}
	sealed, err := k.state.seal(cyclesText(now), workshopRowName(safe))
	if err != nil {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error {
		one, all := tx.Bucket(bWorkshop), tx.Bucket(bWorkshops)
		errs := []error{one.Put(safe[:], sealed)}
		if len(now) == 0 {
			errs = append(errs, one.Delete(safe[:]))
		}
		for _, id := range old {
			errs = append(errs, all.Delete(append(k.participantsKey(id), safe[:]...)))
		}
		for _, id := range now {
			errs = append(errs, all.Put(append(k.participantsKey(id), safe[:]...), []byte{1}))
		}
		return errors.Join(errs...)
	})
}
