package keeper

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// kitAnswer is what a retry finds: everything but the codes.
type kitAnswer struct {
	Kit    string   `json:"kit"`
	Sheets []string `json:"sheets"`
}

// MakeKit prints three recovery sheets; the kit before them ends in the same
// entry. See [vault.KitKeeper].
func (k *Keeper) MakeKit(ctx context.Context, who session.Principal, act vault.MakeKit) (vault.NewKit, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActMakeKit, safe: act.Safe})
	if err != nil {
		return vault.NewKit{}, err
	}
	body := mac([]byte("coffre/make-kit/v1"), act.Safe.String(), number(uint64(act.Discreet)))
	var earlier kitAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		made := vault.NewKit{}
		if err == nil {
			made, err = k.kitAgain(who.Session(), earlier)
		}
		return made, w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, made, err := k.kitChange(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, answerOf(made))
	}
	if err != nil {
		return vault.NewKit{}, w.end(ctx, err, detail{})
	}
	k.printed.keepKit(who.Session(), made)
	c.failed = func() { k.printed.dropKit(made) }
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return vault.NewKit{}, err
	}
	return made, nil
}

// kitChange makes the entry of a new kit. The caller holds the safe's changing
// lock.
func (k *Keeper) kitChange(ctx context.Context, w *warrant, act vault.MakeKit) (*change, vault.NewKit, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, vault.NewKit{}, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, vault.NewKit{}, err
	}
	record := w.safe.current()
	if record.discreet() && act.Discreet != vault.DiscreetKitAnyway {
		return nil, vault.NewKit{}, vault.ErrDiscreet
	}
	ids, err := k.openHere(w)
	if err != nil {
		return nil, vault.NewKit{}, err
	}
	made, holders, err := k.drawKit(ctx)
	if err != nil {
		return nil, made, err
	}
	c := &change{}
	for i, outer := range holders {
		for _, inner := range holders[i+1:] {
			way := chain.Way{ID: vault.NewWayID(), Kind: chain.WayRecovery, Recipient: outer, Inner: inner}
			op, err := k.putWay(ctx, act.Safe, way, ids)
			if err != nil {
				return nil, made, err
			}
			c.ops = append(c.ops, op)
			record = record.note(way.ID, "")
		}
	}
	for _, old := range w.safe.kitWays() {
		c.ops = append(c.ops, chain.EndWay{Way: old.ID})
	}
	record.kit, record.kitOpening = k.kitOf(w, made), kitOpening{}
	return c, made, k.renewService(ctx, w, c, record)
}

// drawKit draws three sheets and derives what is sealed to.
func (k *Keeper) drawKit(ctx context.Context) (made vault.NewKit, holders [vault.KitSheets]seal.Recipient, err error) {
	made = vault.NewKit{Kit: vault.NewKitID(), Delay: k.kitDelay}
	for i := range made.Sheets {
		code, err := seal.NewCode()
		if err != nil {
			return made, holders, fmt.Errorf("recovery sheet: %w", err)
		}
		made.Sheets[i] = vault.KitSheet{Sheet: vault.NewKitSheetID(), Holder: vault.KitPerson + vault.KitHolder(i), Code: code}
		holder, err := k.deriveAt(ctx, code, made.Sheets[i].Sheet.String())
		if err != nil {
			return made, holders, err
		}
		holders[i] = holder.Recipient()
	}
	return made, holders, nil
}

// kitOf is what the record says of a kit that was just drawn.
func (k *Keeper) kitOf(w *warrant, made vault.NewKit) kit {
	record := kit{id: made.Kit, since: instant()}
	for i, s := range made.Sheets {
		record.sheets[i] = s.Sheet
	}
	if saw := k.onScreen(w); len(saw) > 0 {
		record.printer = saw[0]
	}
	return record
}

func answerOf(made vault.NewKit) kitAnswer {
	a := kitAnswer{Kit: made.Kit.String()}
	for _, s := range made.Sheets {
		a.Sheets = append(a.Sheets, s.Sheet.String())
	}
	return a
}

// kitAgain answers a kit whose answer was lost to the session that asked for it.
func (k *Keeper) kitAgain(s session.ID, earlier kitAnswer) (made vault.NewKit, err error) {
	var p idParser
	made = vault.NewKit{Kit: parseID(&p, earlier.Kit, vault.ParseKitID), Delay: k.kitDelay}
	if p.err != nil || len(earlier.Sheets) != vault.KitSheets {
		return vault.NewKit{}, vault.ErrSheetGone
	}
	for i, text := range earlier.Sheets {
		id, code, err := k.printed.again(s, text)
		if err != nil {
			return vault.NewKit{}, err
		}
		made.Sheets[i] = vault.KitSheet{Sheet: vault.KitSheetID(id), Holder: vault.KitPerson + vault.KitHolder(i), Code: code}
	}
	return made, nil
}

// keepKit remembers each sheet of a kit as any other that was just made.
func (p *printed) keepKit(s session.ID, made vault.NewKit) {
	for _, sheet := range made.Sheets {
		p.keep(s, vault.NewSheet{Sheet: vault.WayID(sheet.Sheet), Code: sheet.Code})
	}
}

func (p *printed) dropKit(made vault.NewKit) {
	for _, sheet := range made.Sheets {
		p.drop(vault.WayID(sheet.Sheet))
	}
}
