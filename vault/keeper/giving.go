package keeper

import (
	"context"
	"fmt"
	"strconv"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// GiveConsent records the person's agreement to an exact text, and seals the
// pieces it names. See [vault.ConsentKeeper].
func (k *Keeper) GiveConsent(ctx context.Context, who session.Principal, act vault.GiveConsent) (vault.Consent, error) {
	id := act.Consent
	if id.IsZero() {
		id = vault.NewConsentID()
		act.Terms.Safe = act.Safe
	}
	note := consentNote(id, act.Terms)
	note.Code = act.Giving.Method.String()
	w, err := k.begin(ctx, deed{who: who, act: vault.ActGiveConsent, safe: act.Safe, note: note})
	if err != nil {
		return vault.Consent{}, err
	}
	body := giveBody("coffre/give-consent/v1", act.Consent, act.Shown, act.Giving)
	return k.agreeing(ctx, w, act.Request, body, func(c *change) (agreement, error) {
		a, err := k.agreed(ctx, w, act)
		if err != nil {
			return a, err
		}
		a.id, a.giving, a.given = id, act.Giving, instant()
		w.agreed(a)
		src, err := k.source(ctx, w, a, act.Proof, act.Approval, body)
		if err != nil {
			return a, err
		}
		a.unproved, a.whole = src.unproved, src.own != nil
		docs, err := k.today(ctx, w, a, src)
		if err != nil {
			return a, err
		}
		w.result.Count = uint64(len(docs))
		return a, k.seal(ctx, w, c, a, src, docs)
	})
}

// agreed checks what the person agrees to: an open request as it was shown, or
// an offer of their own.
func (k *Keeper) agreed(ctx context.Context, w *warrant, act vault.GiveConsent) (a agreement, err error) {
	if act.Consent.IsZero() {
		a, err = k.offer(w, act.Terms)
	} else {
		a, err = k.askedOf(ctx, w, act.Consent)
	}
	if err == nil {
		err = k.checkGiving(w, a, act.Giving)
	}
	if err == nil && a.shown.Digest != act.Shown {
		err = vault.ErrTextChanged
	}
	return a, err
}

// seal adds an agreement to a change. A sheet that was shown on an agent's screen
// is due for a new one. By agreeing of their own accord the person lets an agent
// help again from whom they had the safe: the one they name, and nobody by replacing
// somebody else.
func (k *Keeper) seal(ctx context.Context, w *warrant, c *change, a agreement, src source, docs []described) error {
	ops, err := k.consentBundle(ctx, w, a, docs)
	if err != nil {
		return err
	}
	c.ops = append(c.ops, ops...)
	record, again := w.safe.current().letAgain(a.terms.Agent, instant())
	if !again || !w.person() || k.holder(a.terms) != a.terms.Agent {
		return k.dueSheet(ctx, w, c, src.screen)
	}
	record.renewSheet = record.renewSheet || src.screen
	return k.renewService(ctx, w, c, record)
}

// askedOf answers an open request that is still to be answered.
func (k *Keeper) askedOf(ctx context.Context, w *warrant, id vault.ConsentID) (agreement, error) {
	if err := w.check(w.deed.safe); err != nil {
		return agreement{}, err
	}
	state, taken := w.safe.together()
	if _, ok := state.Ask(id); !ok || taken(id) != 0 {
		return agreement{}, vault.ErrNotFound
	}
	a, err := k.termsOf(ctx, w.safe, id)
	if err != nil {
		return agreement{}, err
	}
	agent, ok := k.agentBy(a.terms.Agent)
	switch {
	case !w.person() && a.terms.Agent != w.standing.Agent.ID:
		return agreement{}, vault.ErrNotFound
	case !k.now().Before(newRow(a, a.terms.Agent).expires()):
		return agreement{}, fmt.Errorf("%w: the request is over", vault.ErrNotFound)
	case !ok || agent.state != vault.AgentActive || !agent.functions.Has(a.terms.Function), k.checkCycle(w, a.terms, false) != nil:
		return agreement{}, fmt.Errorf("%w: the agent asked for nothing any more", vault.ErrNotFound)
	}
	return a, nil
}

// checkGiving holds how an agreement was expressed against where it was: in the
// person's own session, in a counter session, or aloud before a named witness in
// the session of the agent it names.
func (k *Keeper) checkGiving(w *warrant, a agreement, g vault.Giving) error {
	aloud := g.Method == vault.MethodOral || g.Method == vault.MethodPictogram
	right := aloud
	switch {
	case w.standing.Visit:
		right = aloud || g.Method == vault.MethodCounter
	case w.standing.Owner:
		right = g.Method == vault.MethodSession
	}
	named := aloud || g.Protection == vault.ProtectionRepresented
	switch {
	case !right:
		return invalid("giving.method", "la façon dont la personne a dit oui, ici")
	case g.Witness != "" && !plainText(g.Witness, 1, vault.MaxName):
		return invalid("giving.witness", "un nom de 100 caractères au plus")
	case named && g.Witness == "":
		return invalid("giving.witness", "le nom du témoin, de l'interprète ou du représentant")
	case g.Company < vault.CompanyAlone || g.Company > vault.CompanyWanted:
		return invalid("giving.company", "si la personne était seule, ou voulait cette compagnie")
	case g.Protection < vault.ProtectionNone || g.Protection > vault.ProtectionRepresented: // L-87
		return invalid("giving.protection", "ce que la personne a dit d'une tutelle ou d'une curatelle")
	case a.terms.Safe != w.deed.safe:
		return vault.ErrNotFound
	}
	return nil
}

// giveBody stands for all of an agreement but ids of tries and approvals: what a
// second agent approves is this one. The digest is of all its terms.
func giveBody(what string, id vault.ConsentID, shown seal.Digest, g vault.Giving) [32]byte {
	return mac([]byte(what), id.String(), shown.String(), g.Witness, strconv.Itoa(int(g.Method)), strconv.Itoa(int(g.Company)),
		strconv.Itoa(int(g.Protection)))
}
