package keeper

import (
	"context"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// openingAnswer is what a retry of OpenSafe finds: everything but the code.
type openingAnswer struct {
	Safe  string `json:"safe"`
	Sheet string `json:"sheet"`
}

// OpenSafe creates a locked safe. See [vault.Keeper].
func (k *Keeper) OpenSafe(ctx context.Context, who session.Principal, act vault.OpenSafe) (vault.OpenedSafe, error) {
	body := mac([]byte("coffre/open-safe/v1"), act.Owner.Issuer(), act.Owner.Subject(), act.Information)
	s, opened, err := k.newSafe(act)
	if err != nil {
		return vault.OpenedSafe{}, err
	}
	w, err := k.beginOpening(ctx, who, s, detail{Text: act.Information, Way: opened.Sheet.String()})
	if err != nil {
		return vault.OpenedSafe{}, err
	}
	var earlier openingAnswer
	found, err := k.answered(who, vault.ActOpenSafe, act.Request, body, &earlier)
	if found {
		err = vault.ErrSheetGone // the text left once, with the answer that was lost
	}
	if err != nil {
		return vault.OpenedSafe{}, w.end(ctx, err, detail{})
	}
	c := &change{service: &s.service}
	c.answer, err = k.newAnswer(who, vault.ActOpenSafe, act.Request, body, openingAnswer{opened.Safe.String(), opened.Sheet.String()})
	if err == nil {
		c.ops, err = k.buildSafe(ctx, s, opened)
	}
	if err == nil {
		err = k.linkOwner(s)
	}
	if err != nil {
		return vault.OpenedSafe{}, w.end(ctx, err, detail{})
	}
	k.keep(s)
	if err := k.settle(ctx, w, s, c); err != nil {
		return vault.OpenedSafe{}, err
	}
	return opened, nil
}

// newSafe draws what a new safe needs, in memory only.
func (k *Keeper) newSafe(act vault.OpenSafe) (*safe, vault.OpenedSafe, error) {
	code, err := seal.NewCode()
	if err != nil {
		return nil, vault.OpenedSafe{}, fmt.Errorf("code sheet: %w", err)
	}
	journal, err := seal.NewJournalKey()
	if err != nil {
		return nil, vault.OpenedSafe{}, fmt.Errorf("journal key: %w", err)
	}
	s := &safe{id: vault.NewSafeID(), taken: map[[16]byte]bool{}}
	s.service = serviceRecord{owner: act.Owner, journal: journal, informed: act.Information}
	return s, vault.OpenedSafe{Safe: s.id, Sheet: vault.NewWayID(), Code: code}, nil
}

// beginOpening decides and records the opening of a safe that does not exist
// yet: the decision is about the service, the record already stands in the new
// safe's journal.
func (k *Keeper) beginOpening(ctx context.Context, who session.Principal, s *safe, note detail) (*warrant, error) {
	d := deed{who: who, act: vault.ActOpenSafe, note: note}
	if err := k.Live(who); err != nil {
		return nil, err
	}
	if err := k.clock.check(k.trail.LastTime()); err != nil {
		return nil, err
	}
	st := consent.Standing{Counter: k.counter[who.User()]}
	permit, reason := consent.Decide(who, st, consent.Request{Act: d.act, Safe: s.id})
	if reason != 0 {
		return nil, k.refuse(ctx, d, nil, st, reason)
	}
	d.safe = s.id
	rec, err := k.describe(d, s, st, audit.StageIntent)
	if err != nil {
		return nil, err
	}
	w := &warrant{keeper: k, deed: d, permit: permit, safe: s, standing: st}
	if w.pending, err = k.trail.Begin(ctx, rec); err != nil {
		return nil, fromTrail(err)
	}
	return w, nil
}

// buildSafe writes the sealed objects of a new safe. They are orphans until
// the entry made of the answered operations is written.
func (k *Keeper) buildSafe(ctx context.Context, s *safe, opened vault.OpenedSafe) ([]chain.Op, error) {
	const epoch = 1
	identity, err := seal.NewIdentity()
	if err != nil {
		return nil, fmt.Errorf("safe identity: %w", err)
	}
	sheet, err := k.derive(ctx, opened.Code, opened.Sheet)
	if err != nil {
		return nil, err
	}
	state := k.vaultState()
	ops := make([]chain.Op, 4)
	ops[0] = chain.OpenSafe{Number: epoch, Recipient: identity.Recipient()}
	var g errgroup.Group
	g.Go(func() (err error) {
		ops[1], err = k.putWay(ctx, s.id, chain.WaySheet, opened.Sheet, epoch, identity, sheet.Recipient())
		return err
	})
	g.Go(func() (err error) {
		ops[2], err = k.putWay(ctx, s.id, chain.WayEscrow, vault.NewWayID(), epoch, identity, state.Escrow(chain.EscrowB))
		return err
	})
	g.Go(func() (err error) {
		ops[3], err = k.putService(ctx, s.id, 0, s.service)
		return err
	})
	return ops, g.Wait()
}

// putWay seals the safe identity once for one way in: to the way inside, to the
// master and escrow A outside.
func (k *Keeper) putWay(ctx context.Context, s vault.SafeID, kind chain.WayKind, way vault.WayID, epoch uint64, identity *seal.Identity, to seal.Recipient) (chain.AddWay, error) {
	master := k.secrets.MasterEpoch
	outer, inner := wayBindings(s, epoch, way, master)
	c, err := seal.SealNested(identity.Text(), inner, to, outer, k.secrets.Master.Recipient(), k.vaultState().Escrow(chain.EscrowA))
	if err != nil {
		return chain.AddWay{}, fmt.Errorf("way in: %w", err)
	}
	if err := k.bucket.Put(ctx, wayKey(s, epoch, way, master), c); err != nil {
		return chain.AddWay{}, fromBucket(err)
	}
	return chain.AddWay{ID: way, Kind: kind, Recipient: to, Keys: []chain.SealedKey{
		{Epoch: epoch, MasterEpoch: master, Digest: c.Digest(), Size: c.Size()},
	}}, nil
}

// linkOwner lets the owner's login find the safe. The link counts only while
// the safe's own record says the same.
func (k *Keeper) linkOwner(s *safe) error {
	if s.service.owner.IsZero() {
		return nil
	}
	p := k.pseudonym("owner", s.service.owner)
	return k.state.update(func(tx *bolt.Tx) error {
		return tx.Bucket(bOwner).Put(append(p[:], s.id[:]...), []byte{1})
	})
}

// OwnedSafes names the safes of a login. See [vault.Keeper].
func (k *Keeper) OwnedSafes(ctx context.Context, who session.Principal) ([]vault.OwnedSafe, error) {
	if err := k.Live(who); err != nil {
		return nil, err
	}
	p := k.pseudonym("owner", who.User())
	var ids []vault.SafeID
	err := k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bOwner).Cursor()
		for key, _ := c.Seek(p[:]); len(key) == len(p)+16 && [32]byte(key[:32]) == p; key, _ = c.Next() {
			ids = append(ids, vault.SafeID(key[32:]))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	var owned []vault.OwnedSafe
	for _, id := range ids {
		s, err := k.safe(ctx, id)
		if errors.Is(err, vault.ErrNotFound) {
			continue // linked, and its opening never came true
		}
		if err != nil {
			return nil, err
		}
		if s.record().owner == who.User() {
			owned = append(owned, vault.OwnedSafe{Safe: id, Unlocked: k.unlocked.has(who.Session(), id)})
		}
	}
	return owned, nil
}

// settle commits a change and records how it ended, whether the caller still
// waits for it or not.
func (k *Keeper) settle(ctx context.Context, w *warrant, s *safe, c *change) error {
	ended := make(chan error, 1)
	c.settled = func(head chain.Head, err error) {
		note := w.result
		if err == nil {
			note.Seq, note.Head = head.Seq, head.Digest.String()
		}
		ended <- w.end(context.WithoutCancel(ctx), err, note)
	}
	switch err := k.commit(ctx, w, s, c); {
	case isClosed(c.done):
		return <-ended
	case c.done == nil: // never queued: nobody else will end it
		return w.end(ctx, err, detail{})
	case err == nil:
		return nil // it takes away, and holds; its outcome follows its entry
	default:
		return err // undecided: the outcome is recorded when it is known
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return c != nil
	default:
		return false
	}
}
