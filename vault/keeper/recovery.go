package keeper

import (
	"context"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// AskRecovery puts a safe whose sheet is lost into the queue of the holder of
// escrow B: the person is at the counter, and two agents say so. The new sheet
// is printed at once and opens nothing until the holder's answer is imported;
// one that was asked for before is void. See [vault.LockKeeper].
func (k *Keeper) AskRecovery(ctx context.Context, who session.Principal, act vault.AskRecovery) (vault.NewSheet, error) {
	d := deed{who: who, act: vault.ActAskRecovery, safe: act.Safe}
	if act.Kit == vault.KitOutOfReach {
		d.note.Code = codeKitOutOfReach
	}
	w, err := k.begin(ctx, d)
	if err != nil {
		return vault.NewSheet{}, err
	}
	body := mac([]byte("coffre/ask-recovery/v1"), act.Safe.String(), number(uint64(act.Kit)))
	return k.askHolder(ctx, w, act.Request, act.Approval, body, func() error {
		switch {
		case w.ownLogin(): // two agents are there as well, of whom one is here
			return vault.ErrDenied
		case !w.safe.current().kit.isZero() && act.Kit != vault.KitOutOfReach:
			return vault.ErrKitFirst
		}
		return nil
	})
}

// codeKitOutOfReach says in the journal why a recovery kit did not come first.
const codeKitOutOfReach = "kit-out-of-reach"

// askHolder puts a safe into the queue and ends the warrant; may says who asks.
func (k *Keeper) askHolder(ctx context.Context, w *warrant, id vault.RequestID, approval vault.ApprovalID, body [32]byte, may func() error) (vault.NewSheet, error) {
	var earlier sheetAnswer
	if found, err := w.answered(id, body, &earlier); found || err != nil {
		var sheet vault.NewSheet
		if err == nil {
			sheet.Sheet, sheet.Code, err = k.printed.again(w.deed.who.Session(), earlier.Sheet)
		}
		return sheet, w.end(ctx, err, detail{})
	}
	err := may()
	if _, ok := w.safe.escrowWay(); err == nil && !ok {
		err = vault.ErrNeedsSheet // the person refused this way: nobody opens the safe without a sheet
	}
	if err == nil {
		err = k.approved(ctx, w, approval, body)
	}
	if err != nil {
		return vault.NewSheet{}, w.end(ctx, err, w.result)
	}
	sheet, waits, err := k.drawRecovery(ctx, w)
	if err != nil {
		return vault.NewSheet{}, w.end(ctx, err, detail{})
	}
	w.result.Way = sheet.Sheet.String()
	k.printed.keep(w.deed.who.Session(), sheet)
	err = k.editWith(ctx, w, id, body, sheetAnswer{sheet.Sheet.String()}, func(r *serviceRecord) error {
		r.recovery = waits
		return k.queueRecovery(w.deed.safe)
	})
	if err != nil {
		return vault.NewSheet{}, err
	}
	return sheet, nil
}

func (s *safe) escrowWay() (chain.Way, bool) {
	ways := s.ways()
	i := slices.IndexFunc(ways, func(way chain.Way) bool { return way.Kind == chain.WayEscrow })
	if i < 0 {
		return chain.Way{}, false
	}
	return ways[i], true
}

// drawRecovery draws the sheet that will open the safe again.
func (k *Keeper) drawRecovery(ctx context.Context, w *warrant) (vault.NewSheet, recovering, error) {
	code, err := seal.NewCode()
	if err != nil {
		return vault.NewSheet{}, recovering{}, err
	}
	sheet := vault.NewSheet{Sheet: vault.NewWayID(), Code: code}
	holder, err := k.derive(ctx, code, sheet.Sheet)
	if err != nil {
		return sheet, recovering{}, err
	}
	return sheet, recovering{sheet.Sheet, holder.Recipient(), k.screen(w), time.Now().UTC().Truncate(time.Second)}, nil
}

// queueRecovery notes in the state file that a safe waits; it counts only while
// the safe's own record says the same.
func (k *Keeper) queueRecovery(id vault.SafeID) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bRecovery).Put(id[:], []byte{1}) })
}

// queued answers the safes that may wait for a recovery.
func (k *Keeper) queued() (ids []vault.SafeID, err error) {
	err = k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bRecovery).ForEach(func(key, _ []byte) error {
			ids = append(ids, vault.SafeID(key))
			return nil
		})
	})
	return ids, err
}

func (k *Keeper) unqueue(id vault.SafeID) error {
	return k.state.update(func(tx *bolt.Tx) error { return tx.Bucket(bRecovery).Delete(id[:]) })
}
