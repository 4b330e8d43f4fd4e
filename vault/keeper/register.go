package keeper

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// The register of a structure is found by rows of MACs: one for each word of a
// name, with the birth date and the structure in it. Nobody without the pepper
// can list it or try a name out, and what it leads to is checked against the
// safe's own record.

// SetRegister changes a safe's entry in the register. See [vault.AgentKeeper].
func (k *Keeper) SetRegister(ctx context.Context, who session.Principal, act vault.SetRegister) error {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRegister, safe: act.Safe})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/register/v1"), act.Safe.String(), act.Entry.Name, act.Entry.Birth, act.Entry.Language)
	return k.editService(ctx, w, act.Request, body, func(r *serviceRecord) error {
		if err := checkRegister(*r, act.Entry); err != nil {
			return err
		}
		r.entry = act.Entry
		return nil
	})
}

// editService changes the service record of the deed's safe and ends the
// warrant.
func (k *Keeper) editService(ctx context.Context, w *warrant, request vault.RequestID, body [32]byte, edit func(*serviceRecord) error) error {
	return k.editServiceAs(ctx, w, request, body, &struct{}{}, struct{}{}, edit)
}

// editServiceAs is editService for a request that is answered with something:
// earlier is filled in when an earlier try was.
func (k *Keeper) editServiceAs(ctx context.Context, w *warrant, request vault.RequestID, body [32]byte, earlier, answer any, edit func(*serviceRecord) error) error {
	if found, err := w.answered(request, body, earlier); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	before := w.safe.record()
	record := w.safe.current()
	c := &change{}
	err := errors.Join(w.check(w.deed.safe), w.safe.settled())
	if err == nil {
		err = edit(&record)
	}
	if err == nil {
		err = k.findable(w.deed.safe, record)
	}
	if err == nil {
		err = k.renewService(ctx, w, c, record)
	}
	if err == nil {
		c.answer, err = w.newAnswer(request, body, answer)
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return err
	}
	return k.unfindable(w.deed.safe, before, record)
}

// checkRegister checks what is to stand in the register for a safe; the zero
// entry takes it out.
func checkRegister(r serviceRecord, e vault.RegisterEntry) error {
	switch {
	case e == vault.RegisterEntry{}:
		return nil
	case r.discreet():
		return &vault.InvalidError{Field: "entry", Rule: "rien : un coffre discret n'est dans aucun registre"}
	case r.home.IsZero():
		return &vault.InvalidError{Field: "entry", Rule: "rien : ce coffre n'est celui d'aucune structure"}
	}
	return checkEntry(e)
}

func (k *Keeper) registerPrefix(structure vault.StructureID, birth, token string) []byte {
	m := mac(k.pseudonyms, "register", structure.String(), birth, token)
	return m[:]
}

// registerRows are the rows that lead to a safe; none for a safe that is in no
// register.
func (k *Keeper) registerRows(id vault.SafeID, r serviceRecord) (rows [][]byte) {
	if r.entry == (vault.RegisterEntry{}) || r.discreet() || r.home.IsZero() {
		return nil
	}
	for _, token := range directory.Tokens(r.entry.Name) {
		rows = append(rows, append(k.registerPrefix(r.home, r.entry.Birth, token), id[:]...))
	}
	return rows
}

func (k *Keeper) addressKey(id vault.AddressID) []byte {
	m := mac(k.pseudonyms, "address", id.String())
	return m[:]
}

// findable lets a safe be found by what a record says. The rows count only while
// the safe's own record says the same, so they are written before it.
func (k *Keeper) findable(id vault.SafeID, r serviceRecord) error {
	rows := k.registerRows(id, r)
	if len(rows) == 0 && len(r.addresses) == 0 {
		return nil
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, row := range rows {
			if err := tx.Bucket(bRegister).Put(row, []byte{1}); err != nil {
				return err
			}
		}
		for _, a := range r.addresses {
			if err := tx.Bucket(bAddress).Put(k.addressKey(a.id), addressee{id, a.partner}.row()); err != nil {
				return err
			}
		}
		return nil
	})
}

// unfindable deletes the rows that led to a safe and do not any more.
func (k *Keeper) unfindable(id vault.SafeID, before, after serviceRecord) error {
	still := map[string]bool{}
	for _, row := range k.registerRows(id, after) {
		still[string(row)] = true
	}
	var gone [][]byte
	for _, row := range k.registerRows(id, before) {
		if !still[string(row)] {
			gone = append(gone, row)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, row := range gone {
			if err := tx.Bucket(bRegister).Delete(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// FindSafe searches the register of the caller's structure by name and birth
// date together, or finds one safe by an address. A person reads in their
// journal that they were looked for. See [vault.AgentKeeper].
func (k *Keeper) FindSafe(ctx context.Context, who session.Principal, act vault.FindSafe) ([]vault.FoundSafe, error) {
	n := detail{Code: "name"}
	if !act.Address.IsZero() {
		n = detail{Code: "address"}
	}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActFindSafe, note: n})
	if err != nil {
		return nil, err
	}
	found, err := k.find(ctx, w, act)
	return found, w.end(ctx, err, detail{Count: uint64(len(found))})
}

func (k *Keeper) find(ctx context.Context, w *warrant, act vault.FindSafe) ([]vault.FoundSafe, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	byName, byAddress := act.Name != "" || act.Birth != "", !act.Address.IsZero()
	switch {
	case byName == byAddress:
		return nil, &vault.InvalidError{Field: "name", Rule: "un nom et une date de naissance, ou une adresse de dépôt"}
	case byAddress:
		return k.findByAddress(ctx, w, act.Address)
	}
	asked := directory.Tokens(act.Name)
	if directory.CheckName(act.Name, vault.MaxName) != nil || len(asked) == 0 {
		return nil, &vault.InvalidError{Field: "name", Rule: "un nom de 100 caractères au plus"}
	}
	if err := directory.CheckBirth(act.Birth); err != nil {
		return nil, &vault.InvalidError{Field: "birth", Rule: "une date AAAA-MM-JJ comme sur la pièce d'identité, 00 pour ce qui n'y est pas"}
	}
	structure := w.standing.Agent.Structure
	ids, err := k.registered(structure, act.Birth, asked)
	if err != nil {
		return nil, err
	}
	return k.foundAmong(ctx, w, ids, func(r serviceRecord) (vault.RegisterEntry, bool) {
		return r.entry, r.home == structure && !r.discreet() && r.entry.Birth == act.Birth && directory.Covers(directory.Tokens(r.entry.Name), asked)
	})
}

// registered answers the safes that have a row for every word asked for.
func (k *Keeper) registered(structure vault.StructureID, birth string, asked []string) ([]vault.SafeID, error) {
	count := map[vault.SafeID]int{}
	err := k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bRegister).Cursor()
		for _, token := range asked {
			prefix := k.registerPrefix(structure, birth, token)
			for key, _ := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = c.Next() {
				count[vault.SafeID(key[len(prefix):])]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	maps.DeleteFunc(count, func(_ vault.SafeID, n int) bool { return n < len(asked) })
	return slices.SortedFunc(maps.Keys(count), func(a, b vault.SafeID) int { return slices.Compare(a[:], b[:]) }), nil
}

// findByAddress answers an id and nothing else.
func (k *Keeper) findByAddress(ctx context.Context, w *warrant, id vault.AddressID) ([]vault.FoundSafe, error) {
	to, err := k.addresseeOf(id)
	if err != nil || to.safe.IsZero() {
		return nil, err
	}
	return k.foundAmong(ctx, w, []vault.SafeID{to.safe}, func(r serviceRecord) (vault.RegisterEntry, bool) {
		return vault.RegisterEntry{}, slices.ContainsFunc(r.addresses, func(a address) bool { return a.id == id })
	})
}

// foundAmong answers those safes whose own record says so, of people who did not
// shut the caller out, and lets each read of it.
func (k *Keeper) foundAmong(ctx context.Context, w *warrant, ids []vault.SafeID, is func(serviceRecord) (vault.RegisterEntry, bool)) ([]vault.FoundSafe, error) {
	var found []vault.FoundSafe
	agent := w.standing.Agent
	for _, id := range ids {
		s, err := k.safe(ctx, id)
		if errors.Is(err, vault.ErrNotFound) {
			continue // its opening never came true, or it was erased
		}
		if err != nil {
			return nil, err
		}
		r := s.current()
		entry, ok := is(r)
		if ok = ok && !r.shuts(agent.ID, agent.Structure); ok {
			err = k.factOf(ctx, w, s, vault.ActFindSafe, w.deed.note)
		}
		k.unpin(s)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, vault.FoundSafe{Safe: id, Entry: entry})
		}
		if len(found) == vault.FindLimit {
			break
		}
	}
	slices.SortFunc(found, func(a, b vault.FoundSafe) int { return cmp.Compare(a.Entry.Name, b.Entry.Name) })
	return found, nil
}
