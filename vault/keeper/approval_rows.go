package keeper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
)

// Rows of what waits: id → sealed JSON.

type waitingJSON struct {
	Act       uint16   `json:"act"`
	Safe      string   `json:"safe,omitempty"`
	Structure string   `json:"structure"`
	Asker     string   `json:"asker,omitempty"`
	At        int64    `json:"at"`
	NotBefore int64    `json:"not_before,omitempty"`
	Body      []byte   `json:"body"`
	Never     []string `json:"never,omitempty"`
	Approver  string   `json:"approver,omitempty"`

	Notebook *notebookJSON `json:"notebook,omitempty"`
}

func waitingRow(id vault.ApprovalID) string { return "approval/" + id.String() }

func (k *Keeper) putWaiting(a waiting) error {
	row, err := k.sealWaiting(a)
	if err != nil {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bApproval).Put(a.id[:], row) })
}

func (k *Keeper) sealWaiting(a waiting) ([]byte, error) {
	j := waitingJSON{Act: uint16(a.act), Structure: a.structure.String(), At: a.at.Unix(), Body: a.body[:]}
	if !a.safe.IsZero() {
		j.Safe = a.safe.String()
	}
	if !a.asker.IsZero() {
		j.Asker = a.asker.String()
	}
	if !a.approver.IsZero() {
		j.Approver = a.approver.String()
	}
	if !a.notBefore.IsZero() {
		j.NotBefore = a.notBefore.Unix()
	}
	if a.notebook != nil {
		j.Notebook = new(toNotebook(*a.notebook))
	}
	for _, id := range a.never {
		if !id.IsZero() {
			j.Never = append(j.Never, id.String())
		}
	}
	plain, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("approval: %w", err)
	}
	return k.state.seal(plain, waitingRow(a.id))
}

// waiting reads one row; [vault.ErrNotFound] when there is none.
func (k *Keeper) waiting(id vault.ApprovalID) (waiting, error) {
	var raw []byte
	err := k.state.view(func(tx *bolt.Tx) error { raw = bytes.Clone(tx.Bucket(bApproval).Get(id[:])); return nil })
	switch {
	case err != nil:
		return waiting{}, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	case raw == nil:
		return waiting{}, vault.ErrNotFound
	}
	return k.openWaiting(id, raw)
}

func (k *Keeper) openWaiting(id vault.ApprovalID, raw []byte) (a waiting, err error) {
	plain, err := k.state.open(raw, waitingRow(id))
	if err != nil {
		return a, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	var j waitingJSON
	if err := json.Unmarshal(plain, &j); err != nil {
		return a, fmt.Errorf("approval: %w", err)
	}
	a = waiting{id: id, act: vault.Act(j.Act), at: time.Unix(j.At, 0)}
	if len(j.Body) != len(a.body) {
		return a, errors.New("approval: body")
	}
	a.body = [32]byte(j.Body)
	if j.NotBefore != 0 {
		a.notBefore = time.Unix(j.NotBefore, 0)
	}
	var errs []error
	read(&errs, &a.safe, j.Safe, vault.ParseSafeID)
	read(&errs, &a.structure, j.Structure, vault.ParseStructureID)
	read(&errs, &a.asker, j.Asker, vault.ParseAgentID)
	read(&errs, &a.approver, j.Approver, vault.ParseAgentID)
	for _, text := range j.Never {
		var never vault.AgentID
		read(&errs, &never, text, vault.ParseAgentID)
		a.never = append(a.never, never)
	}
	if j.Notebook != nil {
		n, err := fromNotebook(*j.Notebook)
		a.notebook, errs = &n, append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return a, fmt.Errorf("approval: %w", err)
	}
	return a, nil
}

// read parses one id that may be left out.
func read[T any](errs *[]error, to *T, text string, parse func(string) (T, error)) {
	if text == "" {
		return
	}
	v, err := parse(text)
	*errs, *to = append(*errs, err), v
}

func (k *Keeper) allWaiting() (all []waiting, err error) {
	rows := map[vault.ApprovalID][]byte{}
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bApproval).ForEach(func(id, raw []byte) error {
			rows[vault.ApprovalID(id)] = bytes.Clone(raw)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	for id, raw := range rows {
		a, err := k.openWaiting(id, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// spend takes a row away, for exactly one caller.
func (k *Keeper) spend(id vault.ApprovalID) error {
	found := false
	err := k.state.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bApproval)
		found = b.Get(id[:]) != nil
		return b.Delete(id[:])
	})
	if err == nil && !found {
		return vault.ErrNotFound
	}
	return err
}

// approve notes who approved; the first counts.
func (k *Keeper) approve(id vault.ApprovalID, by vault.AgentID) error {
	failed := vault.ErrNotFound
	err := k.state.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bApproval)
		raw := bytes.Clone(b.Get(id[:]))
		if raw == nil {
			return nil
		}
		var row []byte
		if row, failed = k.approvedRow(id, raw, by); row == nil {
			return nil
		}
		return b.Put(id[:], row)
	})
	return errors.Join(err, failed)
}

// approvedRow is a row with its approver; nil for one that has one already.
func (k *Keeper) approvedRow(id vault.ApprovalID, raw []byte, by vault.AgentID) ([]byte, error) {
	a, err := k.openWaiting(id, raw)
	if err != nil || !a.approver.IsZero() {
		return nil, err
	}
	a.approver = by
	return k.sealWaiting(a)
}

// expireWaiting deletes what nobody approved in time.
func (k *Keeper) expireWaiting() error {
	all, err := k.allWaiting()
	if err != nil {
		return err
	}
	now := k.now()
	all = slices.DeleteFunc(all, func(a waiting) bool { return !a.over(now) })
	if len(all) == 0 {
		return nil
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, a := range all {
			if err := tx.Bucket(bApproval).Delete(a.id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}
