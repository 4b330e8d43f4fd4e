package keeper

import (
	"context"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// An exercise is what the service record of a safe for exercises holds beside
// the usual: the safe's own identity. There is nobody whose papers it could open.
// The zero value is a person's safe.
type exercise struct {
	identity     *seal.Identity
	since, until time.Time
}

func (e exercise) isZero() bool { return e.identity == nil }

// trainingAnswer is what a retry of OpenTraining finds: everything but the code.
type trainingAnswer struct {
	Safe  string `json:"safe"`
	Sheet string `json:"sheet"`
	Until int64  `json:"until"`
}

// OpenTraining creates a safe for exercises. See [vault.TrainingKeeper].
func (k *Keeper) OpenTraining(ctx context.Context, who session.Principal, act vault.OpenTraining) (vault.OpenedTraining, error) {
	s, opened, err := drawTraining()
	if err != nil {
		return vault.OpenedTraining{}, err
	}
	w, err := k.beginOpening(ctx, who, s, vault.ActOpenTraining, detail{Way: opened.Sheet.String()})
	if err != nil {
		return vault.OpenedTraining{}, err
	}
	body := mac(k.pseudonyms, "open-training")
	var earlier trainingAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		if err == nil {
			opened, err = k.trainingOpenedBefore(who, earlier)
		}
		return opened, w.end(ctx, err, detail{})
	}
	c, err := k.trainingChange(ctx, w, opened)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, trainingAnswer{opened.Safe.String(), opened.Sheet.String(), opened.Until.Unix()})
	}
	if err != nil {
		return vault.OpenedTraining{}, w.end(ctx, err, detail{})
	}
	k.printed.keep(who.Session(), vault.NewSheet{Sheet: opened.Sheet, Code: opened.Code})
	c.failed = func() { k.disown(s); k.printed.drop(opened.Sheet); k.neverOpened(ctx, s.id) }
	k.unpin(k.keep(s)) // the warrant holds a pin already
	if err := k.settle(ctx, w, s, c); err != nil {
		return vault.OpenedTraining{}, err
	}
	return opened, nil
}

func (k *Keeper) trainingOpenedBefore(who session.Principal, a trainingAnswer) (o vault.OpenedTraining, err error) {
	if o.Sheet, o.Code, err = k.printed.again(who.Session(), a.Sheet); err != nil {
		return vault.OpenedTraining{}, err
	}
	o.Until = time.Unix(a.Until, 0)
	o.Safe, err = vault.ParseSafeID(a.Safe)
	return o, err
}

// drawTraining draws what a new safe for exercises needs, in memory only. It has
// no address, no owner and no line in a register, and nothing here could give it
// one.
func drawTraining() (*safe, vault.OpenedTraining, error) {
	code, err := seal.NewCode()
	if err != nil {
		return nil, vault.OpenedTraining{}, fmt.Errorf("code sheet: %w", err)
	}
	journal, err := seal.NewJournalKey()
	if err != nil {
		return nil, vault.OpenedTraining{}, fmt.Errorf("journal key: %w", err)
	}
	s := newSafe(vault.NewSafeID())
	s.pins = 1 // its warrant's
	since := instant()
	s.service = serviceRecord{journal: journal, training: exercise{since: since, until: since.Add(vault.TrainingLife)}}
	return s, vault.OpenedTraining{Safe: s.id, Sheet: vault.NewWayID(), Code: code, Until: s.service.training.until}, nil
}

// trainingChange makes the first entry of a safe for exercises: one sheet, and
// the service record. Escrow B holds no way into it.
func (k *Keeper) trainingChange(ctx context.Context, w *warrant, opened vault.OpenedTraining) (*change, error) {
	if err := w.check(opened.Safe); err != nil {
		return nil, err
	}
	agent := w.standing.Agent
	if all, err := k.trainings(agent.Structure); err != nil || len(all) >= vault.MaxTrainings {
		if err == nil {
			err = vault.ErrLimit
		}
		return nil, err
	}
	identity, err := seal.NewIdentity()
	if err != nil {
		return nil, fmt.Errorf("safe identity: %w", err)
	}
	sheet, err := k.derive(ctx, opened.Code, opened.Sheet)
	if err != nil {
		return nil, err
	}
	const epoch = 1
	r := &w.safe.service
	r.home, r.opener, r.training.identity = agent.Structure, agent.ID, identity
	way, err := k.putWay(ctx, opened.Safe, chain.Way{ID: opened.Sheet, Kind: chain.WaySheet, Recipient: sheet.Recipient()}, identities{epoch: identity})
	if err != nil {
		return nil, err
	}
	service, err := k.putService(ctx, opened.Safe, 0, *r)
	if err != nil {
		return nil, err
	}
	open := chain.OpenSafe{Number: epoch, Recipient: identity.Recipient(), Nature: vault.NatureTraining}
	c := &change{service: r, ops: []chain.Op{open, way, service}}
	return c, k.putTraining(training{opened.Safe, agent.Structure, opened.Until})
}

// exerciseMeans opens everything in a safe for exercises, for whoever was
// permitted to try something there; false for a person's safe.
func (k *Keeper) exerciseMeans(w *warrant) (*opened, bool) {
	e, state := w.safe.record().training, w.safe.now()
	if state.Nature() != vault.NatureTraining || e.isZero() || e.identity.Recipient() != state.Epoch().Recipient {
		return nil, false
	}
	return newOpened("", identities{state.Epoch().Number: e.identity}), true
}
