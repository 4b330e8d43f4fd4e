package keeper

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// How long the code of a new sheet can be told again by what was in the person's
// hand. The old sheet may be replaced because somebody else has it: minutes, for a
// keeper that comes back. Whoever brought two recovery sheets has nothing else.
const (
	spareBySheet = 30 * time.Minute
	spareByKit   = answersKept
)

// A spare is the code of a new sheet, sealed to what opened the safe when the old
// sheet ended: that sheet, or two recovery sheets. A keeper that dies before it
// answered takes the memory of [printed] along; whoever asked asks again with the
// same request id, shows the same sheets, and is told the same code. It lies in the
// state file only, so that no copy of the bucket ever has it, until the new code is
// first used or the time is over. The zero spare tells nothing.
type spare struct {
	sheet  vault.WayID      // the new one
	by     vault.WayID      // the way in whose sheets were shown; it ended
	salts  []string         // numbers of the sheets that its codes may stand on
	to     []seal.Recipient // of the codes, outermost first
	code   []byte           // sealed to each of them in turn
	expire time.Time
}

// spareJSON is a spare in the state file, beside its end (FORMAT.md).
type spareJSON struct {
	Sheet string   `json:"sheet"`
	By    string   `json:"by"`
	Salts []string `json:"salts"`
	To    []string `json:"to"`
	Code  []byte   `json:"code"`
}

func spareBinding(id vault.SafeID, sheet vault.WayID, layer int) seal.Binding {
	return seal.Bind(seal.KindService, id.String(), "spare", sheet.String(), number(uint64(layer)))
}

// newSpare is the row of a new sheet's spare; nil where what opened the safe goes on
// opening it, or is no sheet.
func (k *Keeper) newSpare(s *safe, sheet vault.NewSheet, by vault.WayID, ends func(chain.Way) bool) ([]byte, error) {
	way, ok := s.now().Way(by)
	if !ok || !ends(way) {
		return nil, nil
	}
	one := spare{sheet: sheet.Sheet, by: by}
	switch way.Kind {
	case chain.WaySheet:
		one.salts, one.to, one.expire = []string{by.String()}, []seal.Recipient{way.Recipient}, k.now().Add(spareBySheet)
	case chain.WayRecovery:
		for _, id := range s.current().kit.sheets {
			one.salts = append(one.salts, id.String())
		}
		one.to, one.expire = []seal.Recipient{way.Recipient, way.Inner}, k.now().Add(spareByKit)
	default:
		return nil, nil
	}
	one.code = sheet.Code.Printed().Reveal()
	for i, to := range slices.Backward(one.to) {
		c, err := seal.Seal(one.code, spareBinding(s.id, one.sheet, i), to)
		if err != nil {
			return nil, fmt.Errorf("spare: %w", err)
		}
		one.code = c.Bytes()
	}
	return k.spareRow(s.id, one)
}

func (k *Keeper) spareRow(id vault.SafeID, one spare) ([]byte, error) {
	j := spareJSON{Sheet: one.sheet.String(), By: one.by.String(), Salts: one.salts, Code: one.code}
	for _, to := range one.to {
		j.To = append(j.To, to.String())
	}
	plain, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("spare: %w", err)
	}
	sealed, err := k.state.seal(plain, "spare/"+id.String())
	return append(u64(uint64(one.expire.Unix())), sealed...), err
}

// spareOf answers the spare of a safe's newest sheet; the zero spare for none.
func (k *Keeper) spareOf(id vault.SafeID) (one spare, err error) {
	var row []byte
	err = k.state.view(func(tx *bolt.Tx) error {
		row = slices.Clone(tx.Bucket(bSpare).Get(id[:]))
		return nil
	})
	if err != nil || len(row) < 8 || !k.now().Before(timeOf(int64(readU64(row[:8])))) {
		return one, err
	}
	plain, err := k.state.open(row[8:], "spare/"+id.String())
	if err != nil {
		return one, err
	}
	var j spareJSON
	if err := json.Unmarshal(plain, &j); err != nil {
		return one, fmt.Errorf("spare: %w", err)
	}
	var p idParser
	one = spare{sheet: parseID(&p, j.Sheet, vault.ParseWayID), by: parseID(&p, j.By, vault.ParseWayID), salts: j.Salts, code: j.Code}
	for _, to := range j.To {
		one.to = append(one.to, parseID(&p, to, seal.ParseRecipient))
	}
	return one, p.err
}

// tellSpare compares what is shown with what a spare was sealed to, as any guess,
// and opens it. It is [vault.ErrSheetGone] where there is none, or where the new
// sheet has ended since, and on the screen of an agent who is not among those known
// to have seen it: they would pass for somebody who had not.
func (k *Keeper) tellSpare(ctx context.Context, w *warrant, sheet string, shown []seal.Code) (told vault.NewSheet, err error) {
	one, err := k.spareOf(w.safe.id)
	if err != nil {
		return told, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	if one.sheet.String() != sheet || w.safe.opensBy(sheet) != nil || slices.ContainsFunc(shown, seal.Code.IsZero) || len(shown) != len(one.to) {
		return told, vault.ErrSheetGone
	}
	if !k.screen(w).IsZero() && !k.printer(w) {
		return told, vault.ErrSheetGone
	}
	kind := guessSheet
	if len(shown) > 1 {
		kind = guessKit
	}
	err = k.try(ctx, w, kind, func() (detail, error) {
		if err := k.guess(w.safe.id); err != nil {
			return detail{Reason: notCompared}, err
		}
		code, err := k.openSpare(ctx, w.safe.id, one, shown)
		if err != nil {
			return detail{}, err
		}
		told = vault.NewSheet{Sheet: one.sheet, Code: code}
		return detail{Way: one.by.String()}, k.guessed(w.safe.id)
	})
	if err != nil {
		return vault.NewSheet{}, err
	}
	w.result.Way = sheet
	return told, nil
}

// openSpare tries each code on each sheet, always all of them.
func (k *Keeper) openSpare(ctx context.Context, id vault.SafeID, one spare, shown []seal.Code) (seal.Code, error) {
	held := make([]*seal.Identity, len(one.to))
	for _, code := range shown {
		for _, salt := range one.salts {
			typed, err := k.deriveAt(ctx, code, salt)
			if err != nil {
				return seal.Code{}, err
			}
			if i := slices.Index(one.to, typed.Recipient()); i >= 0 {
				held[i] = typed
			}
		}
	}
	if slices.Contains(held, nil) {
		return seal.Code{}, vault.ErrCode
	}
	text := one.code
	for i, holder := range held {
		opened, err := holder.Open(text, spareBinding(id, one.sheet, i))
		if err != nil {
			return seal.Code{}, fromSeal(err)
		}
		text = opened.Reveal()
	}
	code, err := seal.ParseCode(string(text))
	if err != nil {
		return seal.Code{}, fmt.Errorf("%w: spare: %w", vault.ErrTampered, err)
	}
	return code, nil
}

// expireSpares deletes the spares that tell nothing any more.
func (k *Keeper) expireSpares() error {
	now, over := uint64(k.now().Unix()), [][]byte(nil)
	err := k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bSpare).ForEach(func(key, row []byte) error {
			if len(row) < 8 || readU64(row[:8]) <= now {
				over = append(over, slices.Clone(key))
			}
			return nil
		})
	})
	if err != nil || len(over) == 0 {
		return err
	}
	return k.state.update(func(tx *bolt.Tx) error {
		for _, key := range over {
			if err := tx.Bucket(bSpare).Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
