package keeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// A relayRow is one line of the index by which an agent finds relays without
// opening every safe of the structure. It follows from the service records; text,
// purpose and name stand there and nowhere else.
type relayRow struct {
	safe vault.SafeID
	relay
	discreet bool
}

// relayRowJSON is the sealed value of a row (FORMAT.md): who has to do with it,
// where it is, and when.
type relayRowJSON struct {
	Structure string `json:"structure"`
	Sender    string `json:"sender"`
	To        string `json:"to,omitempty"`
	Function  string `json:"function,omitempty"`
	Taker     string `json:"taker,omitempty"`
	Left      string `json:"left,omitempty"`
	State     uint8  `json:"state"`
	Due       int64  `json:"due"`
	Alarm     int64  `json:"alarm"`
	Rang      bool   `json:"rang,omitempty"`
	Since     int64  `json:"since"`
	Discreet  bool   `json:"discreet,omitempty"`
}

func (r relayRow) key() []byte { return append(bytes.Clone(r.safe[:]), r.id[:]...) }

func (r relayRow) marshal() ([]byte, error) {
	j := r.json()
	b, err := json.Marshal(relayRowJSON{
		Structure: j.Structure, Sender: j.Sender, To: j.To, Function: j.Function, Taker: j.Taker, Left: j.Left,
		State: j.State, Due: j.Due, Alarm: j.Alarm, Rang: j.Rang, Since: j.Since, Discreet: r.discreet,
	})
	if err != nil {
		return nil, fmt.Errorf("row of a relay: %w", err)
	}
	return b, nil
}

func parseRelayRow(key, plain []byte) (relayRow, error) {
	var j relayRowJSON
	if err := json.Unmarshal(plain, &j); err != nil {
		return relayRow{}, fmt.Errorf("row of a relay: %w", err)
	}
	var p idParser
	r := relayRow{safe: vault.SafeID(key[:16]), discreet: j.Discreet}
	r.relay = relayJSON{
		ID: vault.RelayID(key[16:32]).String(), Structure: j.Structure, Sender: j.Sender, To: j.To, Function: j.Function,
		Taker: j.Taker, Left: j.Left, State: j.State, Due: j.Due, Alarm: j.Alarm, Rang: j.Rang, Since: j.Since,
	}.relay(&p)
	if p.err != nil {
		return relayRow{}, fmt.Errorf("row of a relay: %w", p.err)
	}
	return r, nil
}

func relayRowName(key []byte) string { return fmt.Sprintf("relay/%x", key) }

// relaysKey leads to the relays of a structure.
func (k *Keeper) relaysKey(structure vault.StructureID) []byte {
	m := mac(k.pseudonyms, "relays", structure.String())
	return m[:]
}

// relayRows reads the rows whose key, after skip bytes, stands in a bucket under a
// prefix.
func (k *Keeper) relayRows(bucket, prefix []byte, skip int) (rows []relayRow, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		for at, _ := c.Seek(prefix); at != nil && bytes.HasPrefix(at, prefix); at, _ = c.Next() {
			key := at[skip:]
			raw := tx.Bucket(bRelay).Get(key)
			if raw == nil {
				continue
			}
			plain, err := k.state.open(raw, relayRowName(key))
			if err != nil {
				return err
			}
			r, err := parseRelayRow(key, plain)
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return rows, nil
}

// relaysOf answers the rows of one structure.
func (k *Keeper) relaysOf(structure vault.StructureID) ([]relayRow, error) {
	prefix := k.relaysKey(structure)
	return k.relayRows(bRelays, prefix, len(prefix))
}

// indexRelays brings the rows of a safe's relays in line with a service record;
// where nothing changed nothing is written.
func (k *Keeper) indexRelays(id vault.SafeID, r serviceRecord) error {
	old, err := k.relayRows(bRelay, id[:], 0)
	if err != nil {
		return err
	}
	want := make([]relayRow, len(r.relays))
	for i, one := range r.relays {
		want[i] = relayRow{safe: id, relay: one.bare(), discreet: r.discreet()}
	}
	gone := slices.DeleteFunc(slices.Clone(old), func(o relayRow) bool {
		return slices.ContainsFunc(want, func(w relayRow) bool { return w.id == o.id })
	})
	put := slices.DeleteFunc(want, func(w relayRow) bool { return slices.Contains(old, w) })
	if len(put) == 0 && len(gone) == 0 {
		return nil
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, row := range gone {
			key := row.key()
			err := errors.Join(tx.Bucket(bRelay).Delete(key), tx.Bucket(bRelays).Delete(append(k.relaysKey(row.structure), key...)))
			if err != nil {
				return err
			}
		}
		for _, row := range put {
			if err := k.putRelayRow(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// bare is the relay as a row has it.
func (r relay) bare() relay {
	r.text, r.purpose, r.posture, r.why, r.sent = "", "", 0, 0, time.Unix(0, 0).UTC()
	return r
}

func (k *Keeper) putRelayRow(tx *bolt.Tx, row relayRow) error {
	plain, err := row.marshal()
	if err != nil {
		return err
	}
	key := row.key()
	sealed, err := k.state.seal(plain, relayRowName(key))
	if err != nil {
		return err
	}
	if err := tx.Bucket(bRelay).Put(key, sealed); err != nil {
		return err
	}
	return tx.Bucket(bRelays).Put(append(k.relaysKey(row.structure), key...), []byte{1})
}

// indexService brings what is found by the service record in line with an entry
// that is in the bucket, before anybody is told.
func (k *Keeper) indexService(s *safe, group []*change, ops []chain.Op) {
	var err error
	for _, op := range ops {
		if _, erased := op.(chain.EraseSafe); erased {
			err = errors.Join(k.indexRelays(s.id, serviceRecord{}), k.indexWorkshop(s.id, serviceRecord{}))
		}
	}
	for _, c := range group {
		if c.service != nil {
			err = errors.Join(err, k.indexRelays(s.id, *c.service), k.indexWorkshop(s.id, *c.service))
		}
	}
	if err != nil {
		k.log.ErrorContext(context.WithoutCancel(k.closing), "the index of relays and workshops is behind until the safe is read again", slog.Any("error", err))
	}
}
