package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// RenewSheet prints a new code sheet; the old ones end in the same entry. See
// [vault.LockKeeper].
func (k *Keeper) RenewSheet(ctx context.Context, who session.Principal, act vault.RenewSheet) (vault.NewSheet, error) {
	defer k.recall(ctx)
	w, err := k.begin(ctx, deed{who: who, act: vault.ActRenewSheet, safe: act.Safe})
	if err != nil {
		return vault.NewSheet{}, err
	}
	body := mac([]byte("coffre/renew-sheet/v1"), act.Safe.String())
	return k.reprint(ctx, w, reprint{
		request: act.Request, body: body,
		shown: []seal.Code{act.Proof.Code},
		open:  func() (proved, error) { return k.provedOrUnlocked(ctx, w, act.Proof, act.Approval, body) },
		ends:  isSheet,
		edit:  func(*serviceRecord) {},
	})
}

func isSheet(way chain.Way) bool { return way.Kind == chain.WaySheet }

// provedOrUnlocked answers the safe's identities, and by which way in: from the
// person's own unlocked session, or by what is proved in an agent's.
func (k *Keeper) provedOrUnlocked(ctx context.Context, w *warrant, p vault.Proof, approval vault.ApprovalID, body [32]byte) (proved, error) {
	if w.standing.Owner {
		return k.unlockedHere(w)
	}
	out, err := k.prove(ctx, w, p, approval, body)
	if err == nil && len(out.ids) == 0 {
		err = vault.ErrNeedsSheet
	}
	return out, err
}

// openHere answers the identities of a safe that is unlocked, all of it, in the
// caller's session.
func (k *Keeper) openHere(w *warrant) (identities, error) {
	out, err := k.unlockedHere(w)
	return out.ids, err
}

// unlockedHere is openHere with the way in by which the safe was opened.
func (k *Keeper) unlockedHere(w *warrant) (out proved, err error) {
	o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe)
	switch {
	case !ok:
		return out, vault.ErrLocked
	case len(o.ids) == 0:
		return out, vault.ErrNeedsSheet
	}
	out.ids = o.ids
	out.way, err = vault.ParseWayID(o.way)
	return out, err
}

// A reprint is a new code sheet and what goes with it.
type reprint struct {
	request vault.RequestID
	body    [32]byte
	shown   []seal.Code // the sheets that are typed with it, by which a retry is told
	open    func() (proved, error)
	first   []chain.Op           // operations that stand before the new way in
	ends    func(chain.Way) bool // the ways in that the new one replaces
	edit    func(*serviceRecord)
	kit     kitOpening // that it finishes; zero for none
}

// sheetAnswer is what a retry finds: everything but the code.
type sheetAnswer struct {
	Sheet string `json:"sheet"`
}

// reprint ends the warrant.
func (k *Keeper) reprint(ctx context.Context, w *warrant, r reprint) (vault.NewSheet, error) {
	var earlier sheetAnswer
	found, err := w.answered(r.request, r.body, &earlier)
	if found && err == nil {
		sheet, err := k.retell(ctx, w, earlier.Sheet, r.shown)
		return sheet, w.end(ctx, err, w.result)
	}
	var by proved
	if err == nil {
		by, err = r.open()
	}
	if err != nil {
		return vault.NewSheet{}, w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, sheet, err := k.reprintChange(ctx, w, r, by)
	if err == nil {
		c.answer, err = w.newAnswer(r.request, r.body, sheetAnswer{sheet.Sheet.String()})
	}
	if err != nil {
		return vault.NewSheet{}, w.end(ctx, err, detail{})
	}
	k.printed.keep(w.deed.who.Session(), sheet)
	c.failed = func() { k.printed.drop(sheet.Sheet) }
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return vault.NewSheet{}, err
	}
	return sheet, nil
}

// retell tells a new sheet again to whoever asked for it: to the session that did,
// and later, or elsewhere, by the sheets that it was asked for with.
func (k *Keeper) retell(ctx context.Context, w *warrant, sheet string, shown []seal.Code) (told vault.NewSheet, err error) {
	told.Sheet, told.Code, err = k.printed.again(w.deed.who.Session(), sheet)
	if errors.Is(err, vault.ErrSheetGone) {
		return k.tellSpare(ctx, w, sheet, shown)
	}
	return told, err
}

// reprintChange makes the entry of a new sheet. The caller holds the safe's
// changing lock.
func (k *Keeper) reprintChange(ctx context.Context, w *warrant, r reprint, by proved) (*change, vault.NewSheet, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, vault.NewSheet{}, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, vault.NewSheet{}, err
	}
	code, err := seal.NewCode()
	if err != nil {
		return nil, vault.NewSheet{}, fmt.Errorf("code sheet: %w", err)
	}
	sheet := vault.NewSheet{Sheet: vault.NewWayID(), Code: code}
	holder, err := k.derive(ctx, code, sheet.Sheet)
	if err != nil {
		return nil, sheet, err
	}
	way, err := k.putWay(ctx, w.deed.safe, chain.Way{ID: sheet.Sheet, Kind: chain.WaySheet, Recipient: holder.Recipient()}, by.ids)
	if err != nil {
		return nil, sheet, err
	}
	kept, err := k.newSpare(w.safe, sheet, by.way, r.ends)
	if err != nil {
		return nil, sheet, err
	}
	c := &change{spare: kept, ops: append(slices.Clone(r.first), chain.Op(way)), kit: r.kit}
	var ended []string
	for _, old := range w.safe.ways() {
		if r.ends(old) {
			c.ops = append(c.ops, chain.EndWay{Way: old.ID})
			ended = append(ended, old.ID.String())
		}
	}
	// Whoever opened the safe by what ends now opens it again, elsewhere than here.
	k.unlocked.dropSafe(w.deed.safe, w.deed.who.Session(), ended...)
	record := w.safe.current()
	record.renewSheet, record.recovery, record.printers = false, recovering{}, k.onScreen(w)
	r.edit(&record)
	w.result.Way = sheet.Sheet.String()
	return c, sheet, k.renewService(ctx, w, c, record.note(sheet.Sheet, ""))
}

// onScreen names the agent on whose screen the caller's answers appear: they
// see the sheet. Nobody does in the person's own login.
func (k *Keeper) onScreen(w *warrant) []vault.AgentID {
	if agent := k.screen(w); !agent.IsZero() {
		return []vault.AgentID{agent}
	}
	return nil
}

// putWay seals each epoch of the safe identity once for one way in: to the way
// inside, to the master and escrow A outside. Its operation makes it count.
func (k *Keeper) putWay(ctx context.Context, s vault.SafeID, way chain.Way, ids identities) (chain.AddWay, error) {
	master := k.secrets.MasterEpoch
	way.Keys = make([]chain.SealedKey, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	for i, epoch := range ids.epochs() {
		g.Go(func() error {
			c, err := k.sealWay(s, epoch, way, ids[epoch])
			if err != nil {
				return err
			}
			way.Keys[i] = chain.SealedKey{Epoch: epoch, MasterEpoch: master, Digest: c.Digest(), Size: c.Size()}
			return fromBucket(k.bucket.Put(ctx, wayKey(s, epoch, way.ID, master), c))
		})
	}
	return chain.AddWay(way), g.Wait()
}

// sealWay seals one epoch of the safe identity for one way in. It needs nothing
// of its holders, so that a new epoch is sealed to every way there is.
func (k *Keeper) sealWay(s vault.SafeID, epoch uint64, way chain.Way, id *seal.Identity) (c *seal.Ciphertext, err error) {
	outer, inner := wayBindings(s, epoch, way.ID, k.secrets.MasterEpoch)
	if way.Kind == chain.WayRecovery {
		middle := middleBinding(s, epoch, way.ID)
		c, err = seal.SealPaired(id.Text(), inner, way.Inner, middle, way.Recipient, outer, k.toMaster()...)
	} else {
		c, err = seal.SealNested(id.Text(), inner, way.Recipient, outer, k.toMaster()...)
	}
	if err != nil {
		return nil, fmt.Errorf("way in: %w", err)
	}
	return c, nil
}

// printedLife is how long the text of a sheet can be asked for again.
const printedLife = 10 * time.Minute

// printed remembers the texts of sheets that were just made, in memory only: a
// sheet whose answer was lost has already ended the one before it, so the
// session that asked may ask once more.
type printed struct {
	mu sync.Mutex
	m  map[string]printedSheet
}

type printedSheet struct {
	session session.ID
	sheet   vault.NewSheet
	until   time.Time
}

func (p *printed) keep(s session.ID, sheet vault.NewSheet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m[sheet.Sheet.String()] = printedSheet{s, sheet, time.Now().Add(printedLife)}
}

// again answers a sheet to the session that asked for it, or
// [vault.ErrSheetGone].
func (p *printed) again(s session.ID, sheet string) (vault.WayID, seal.Code, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, ok := p.m[sheet]
	if !ok || kept.session != s || !time.Now().Before(kept.until) {
		return vault.WayID{}, seal.Code{}, vault.ErrSheetGone
	}
	return kept.sheet.Sheet, kept.sheet.Code, nil
}

func (p *printed) drop(sheet vault.WayID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.m, sheet.String())
}

func (p *printed) dropSession(s session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, kept := range p.m {
		if kept.session == s {
			delete(p.m, id)
		}
	}
}

func (p *printed) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for id, kept := range p.m {
		if !now.Before(kept.until) {
			delete(p.m, id)
		}
	}
}
