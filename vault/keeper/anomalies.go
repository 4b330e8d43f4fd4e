package keeper

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// anomalyKept is how long an access manager is told of what was unusual.
const anomalyKept = 31 * 24 * time.Hour

// anomalyJSON is a row: agent ‖ kind → sealed. It says that something was
// unusual, how often, since when, and never how much somebody did.
type anomalyJSON struct {
	Count int   `json:"count"`
	Since int64 `json:"since"`
	Last  int64 `json:"last"`
}

// Anomalies answers what the access manager should ask about, newest first. See
// [vault.AgentKeeper].
func (k *Keeper) Anomalies(ctx context.Context, who session.Principal) ([]vault.Anomaly, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActAnomalies})
	if err != nil {
		return nil, err
	}
	all, err := k.anomalies(w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return all, w.endLater(audit.ResultDone, detail{Count: uint64(len(all))})
}

func (k *Keeper) anomalies(w *warrant) ([]vault.Anomaly, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	var all []vault.Anomaly
	now := k.now()
	err := k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bAnomaly).ForEach(func(key, raw []byte) error {
			a := vault.Anomaly{Agent: vault.AgentID(key[:16]), Kind: vault.AnomalyKind(key[16])}
			if f, ok := k.agentBy(a.Agent); !ok || f.structure != w.standing.Agent.Structure {
				return nil
			}
			j, err := k.openAnomaly(key, raw)
			if err != nil || now.Sub(time.Unix(j.Last, 0)) >= anomalyKept {
				return err
			}
			a.Count, a.Since = j.Count, time.Unix(j.Since, 0)
			all = append(all, a)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	slices.SortFunc(all, func(a, b vault.Anomaly) int {
		return cmp.Or(b.Since.Compare(a.Since), slices.Compare(a.Agent[:], b.Agent[:]), cmp.Compare(a.Kind, b.Kind))
	})
	return all, nil
}

func anomalyRow(key []byte) string { return fmt.Sprintf("anomaly/%x", key) }

func (k *Keeper) openAnomaly(key, raw []byte) (j anomalyJSON, err error) {
	plain, err := k.state.open(raw, anomalyRow(key))
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal(plain, &j); err != nil {
		return j, fmt.Errorf("anomaly: %w", err)
	}
	return j, nil
}

// anomaly remembers that something was unusual, once an hour at most. That it
// cannot be remembered stops nobody: the trail has every try.
func (k *Keeper) anomaly(agent vault.AgentID, kind vault.AnomalyKind) {
	key, now := append(bytes.Clone(agent[:]), byte(kind)), k.now()
	var failed error
	err := k.state.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bAnomaly)
		var row []byte
		if row, failed = k.oneMore(key, bytes.Clone(b.Get(key)), now); row == nil {
			return nil
		}
		return b.Put(key, row)
	})
	if err = errors.Join(err, failed); err != nil {
		k.log.WarnContext(k.closing, "an anomaly is not remembered", slog.Any("error", err))
	}
}

// oneMore is the row after one more time; nil within the hour of the last.
func (k *Keeper) oneMore(key, raw []byte, now time.Time) ([]byte, error) {
	var j anomalyJSON
	if raw != nil {
		var err error
		if j, err = k.openAnomaly(key, raw); err != nil {
			return nil, err
		}
	}
	switch last := time.Unix(j.Last, 0); {
	case now.Sub(last) >= anomalyKept:
		j = anomalyJSON{Since: now.Unix()}
	case now.Sub(last) < limitSpan:
		return nil, nil
	}
	j.Count, j.Last = j.Count+1, now.Unix()
	plain, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("anomaly: %w", err)
	}
	return k.state.seal(plain, anomalyRow(key))
}
