package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/seal"
)

// openingAnswer is what a retry of OpenSafe finds: everything but the code.
type openingAnswer struct {
	Safe    string `json:"safe"`
	Sheet   string `json:"sheet"`
	Address string `json:"address"`
}

// OpenSafe creates a locked safe, after the service information was given
// (L-11). See [vault.Keeper].
func (k *Keeper) OpenSafe(ctx context.Context, who session.Principal, act vault.OpenSafe) (vault.OpenedSafe, error) {
	s, opened, err := k.drawSafe(act)
	if err != nil {
		return vault.OpenedSafe{}, err
	}
	w, err := k.beginOpening(ctx, who, s, vault.ActOpenSafe, detail{Text: versionOf(act.Information), Way: opened.Sheet.String(), Address: opened.Address.String()})
	if err != nil {
		return vault.OpenedSafe{}, err
	}
	body := k.openingBody(act)
	var earlier openingAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		if err == nil {
			opened, err = k.openedBefore(who, earlier)
		}
		return opened, w.end(ctx, err, detail{})
	}
	c, err := k.openingChange(ctx, w, act, opened)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, openingAnswer{opened.Safe.String(), opened.Sheet.String(), opened.Address.String()})
	}
	if err != nil {
		return vault.OpenedSafe{}, w.end(ctx, err, detail{})
	}
	k.printed.keep(who.Session(), vault.NewSheet{Sheet: opened.Sheet, Code: opened.Code})
	c.failed = func() { k.disown(s); k.printed.drop(opened.Sheet) }
	k.unpin(k.keep(s)) // the warrant holds a pin already
	if err := k.settle(ctx, w, s, c); err != nil {
		return vault.OpenedSafe{}, err
	}
	return opened, nil
}

// openingBody stands for all that was asked; the PIN is in it as worth nothing
// without the pepper.
func (k *Keeper) openingBody(act vault.OpenSafe) [32]byte {
	return mac(k.pseudonyms, "open-safe", act.Owner.Issuer(), act.Owner.Subject(), act.Information,
		act.Entry.Name, act.Entry.Birth, act.Entry.Language, string(act.PIN.Reveal()), number(uint64(act.Discretion)),
		fmt.Sprintf("%q", act.Entrust), act.Agreement+act.Until.String())
}

// openedBefore answers a safe whose opening was answered a moment ago, sheet
// included, to the session that asked; later the sheet's text is gone.
func (k *Keeper) openedBefore(who session.Principal, a openingAnswer) (o vault.OpenedSafe, err error) {
	if o.Sheet, o.Code, err = k.printed.again(who.Session(), a.Sheet); err != nil {
		return vault.OpenedSafe{}, err
	}
	var p idParser
	o.Safe, o.Address = parseID(&p, a.Safe, vault.ParseSafeID), parseID(&p, a.Address, vault.ParseAddressID)
	return o, p.err
}

// openingChange makes the first entry of a safe.
func (k *Keeper) openingChange(ctx context.Context, w *warrant, act vault.OpenSafe, opened vault.OpenedSafe) (*change, error) {
	if err := checkOpening(act, w.deed.who.User()); err != nil {
		return nil, err
	}
	r, agent := &w.safe.service, w.standing.Agent
	r.home, r.opener, r.printers = agent.Structure, agent.ID, k.onScreen(w)
	if !act.PIN.IsZero() {
		pin, err := k.newPIN(w.safe.id, act.PIN, storedPIN{})
		if err != nil {
			return nil, err
		}
		r.pin = pin
	}
	if err := k.entrustAtOpening(w, act); err != nil {
		return nil, err
	}
	c := &change{service: r}
	ops, err := k.buildSafe(ctx, w, opened)
	if err != nil {
		return nil, err
	}
	c.ops = ops
	return c, k.linkRecord(w.safe.id, *r)
}

// entrustAtOpening notes the drawers that the person entrusted when they were
// asked, one by one. Their bundles are empty: papers join them as they arrive.
func (k *Keeper) entrustAtOpening(w *warrant, act vault.OpenSafe) error {
	if len(act.Entrust) == 0 {
		return nil
	}
	if err := checkVersion("agreement_version", act.Agreement); err != nil {
		return err
	}
	if act.PIN.IsZero() {
		return invalid("pin", "un PIN : sans lui le service ne peut pas aider quand la feuille n'est pas là")
	}
	r := &w.safe.service
	for _, drawer := range act.Entrust {
		_, twice := r.drawer(drawer)
		if _, err := k.kinds.DrawerInfo(drawer); err != nil || twice {
			return invalid("entrusted_drawers", "des tiroirs du catalogue, chacun une fois")
		}
		r.entrust = append(r.entrust, entrusted{vault.NewBundleID(), drawer, act.Agreement, instant(), act.Until == vault.EntrustHandover})
	}
	w.result.Count = uint64(len(r.entrust))
	return nil
}

// checkOpening checks what is said of a new safe. Nobody opens one for their
// own login: whoever prints a sheet is not the one it is for.
func checkOpening(act vault.OpenSafe, agent auth.UserID) error {
	if err := checkVersion("information_version", act.Information); err != nil {
		return err
	}
	switch {
	case act.Owner == agent:
		return vault.ErrDenied
	case act.Entry == vault.RegisterEntry{}:
		return nil
	case act.Discretion == vault.DiscretionDiscreet:
		return &vault.InvalidError{Field: "entry", Rule: "rien : un coffre discret n'est dans aucun registre"}
	}
	return checkEntry(act.Entry)
}

// checkEntry checks a line of the register: a name and a birth date as written.
func checkEntry(e vault.RegisterEntry) error {
	invalid := func(field, rule string) error { return &vault.InvalidError{Field: field, Rule: rule} }
	switch {
	case directory.CheckName(e.Name, vault.MaxName) != nil:
		return invalid("entry.name", "le nom tel qu'il est écrit, 100 caractères au plus")
	case directory.CheckBirth(e.Birth) != nil:
		return invalid("entry.birth", "la date de naissance telle qu'elle est écrite, AAAA-MM-JJ")
	}
	if len(e.Language) > maxTag || strings.ContainsFunc(e.Language, notInTag) {
		return invalid("entry.language", "un code de langue, par exemple fr")
	}
	return nil
}

// maxTag bounds a language tag, in bytes (RFC 5646 §4.4.1).
const maxTag = 35

func notInTag(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}

// checkVersion bounds the version of a text that was shown to a person.
func checkVersion(field, version string) error {
	if version == "" || len(version) > vault.MaxVersionText {
		return &vault.InvalidError{Field: field, Rule: "la version du texte montré, 64 caractères au plus"}
	}
	return nil
}

// versionOf is a version as the trail may hold it, before it was checked.
func versionOf(version string) string { return version[:min(len(version), vault.MaxVersionText)] }

// drawSafe draws what a new safe needs, in memory only.
func (k *Keeper) drawSafe(act vault.OpenSafe) (*safe, vault.OpenedSafe, error) {
	code, err := seal.NewCode()
	if err != nil {
		return nil, vault.OpenedSafe{}, fmt.Errorf("code sheet: %w", err)
	}
	journal, err := seal.NewJournalKey()
	if err != nil {
		return nil, vault.OpenedSafe{}, fmt.Errorf("journal key: %w", err)
	}
	s := newSafe(vault.NewSafeID())
	s.pins = 1 // its warrant's
	opened := vault.OpenedSafe{Safe: s.id, Sheet: vault.NewWayID(), Code: code, Address: vault.NewAddressID()}
	s.service = serviceRecord{
		owner: act.Owner, journal: journal, informed: act.Information, entry: act.Entry, discretion: act.Discretion,
		addresses: []address{{id: opened.Address, since: time.Now().UTC().Truncate(time.Second)}},
	}
	s.service = s.service.note(opened.Sheet, "")
	return s, opened, nil
}

// beginOpening decides and records the opening of a safe that does not exist
// yet: the decision is about the service, the record already stands in the new
// safe's journal.
func (k *Keeper) beginOpening(ctx context.Context, who session.Principal, s *safe, act vault.Act, note detail) (*warrant, error) {
	if err := k.admit(ctx, who); err != nil {
		return nil, err
	}
	d := deed{who: who, act: act, note: note}
	st, err := k.anywhere(who)
	if err != nil {
		return nil, err
	}
	permit, reason := consent.Decide(who, st, consent.Request{Act: d.act, Safe: s.id})
	if reason != 0 {
		return nil, k.refuse(ctx, d, nil, st, reason)
	}
	d.safe = s.id
	return k.record(ctx, &warrant{keeper: k, deed: d, permit: permit, safe: s, standing: st})
}

// buildSafe writes the sealed objects of a new safe. They are orphans until
// the entry made of the answered operations is written.
func (k *Keeper) buildSafe(ctx context.Context, w *warrant, opened vault.OpenedSafe) ([]chain.Op, error) {
	const epoch = 1
	s := w.safe
	if err := w.check(opened.Safe); err != nil {
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
	state := k.vaultState()
	ops := make([]chain.Op, 4)
	ops[0] = chain.OpenSafe{Number: epoch, Recipient: identity.Recipient()}
	var g errgroup.Group
	ids := identities{epoch: identity}
	g.Go(func() (err error) {
		ops[1], err = k.putWay(ctx, s.id, chain.Way{ID: opened.Sheet, Kind: chain.WaySheet, Recipient: sheet.Recipient()}, ids)
		return err
	})
	g.Go(func() (err error) {
		escrow := chain.Way{ID: vault.NewWayID(), Kind: chain.WayEscrow, Recipient: state.Escrow(chain.EscrowB)}
		ops[2], err = k.putWay(ctx, s.id, escrow, ids)
		return err
	})
	g.Go(func() (err error) {
		ops[3], err = k.putService(ctx, s.id, 0, s.service)
		return err
	})
	bundles := make([]chain.Op, len(s.service.entrust))
	for i, e := range s.service.entrust {
		g.Go(func() (err error) {
			bundles[i], err = k.sealBundle(ctx, s.id, e)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return append(ops, bundles...), nil
}

// linkRecord lets the owner's login, the register, its addresses, and the holder
// of escrow B who is waited for, find a safe. A link counts only while the safe's own record says the same.
func (k *Keeper) linkRecord(id vault.SafeID, r serviceRecord) error {
	if !r.recovery.isZero() {
		if err := k.queueRecovery(id); err != nil {
			return err
		}
	}
	return errors.Join(k.linkLogin(id, r.owner), k.findable(id, r))
}

// OwnedSafes names the safes of a login. It is recorded as a list of no safe in
// particular. See [vault.Keeper].
func (k *Keeper) OwnedSafes(ctx context.Context, who session.Principal) ([]vault.OwnedSafe, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActList})
	if err != nil {
		return nil, err
	}
	owned, err := k.owned(ctx, w)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	return owned, w.endLater(audit.ResultDone, detail{Count: uint64(len(owned))})
}

func (k *Keeper) owned(ctx context.Context, w *warrant) ([]vault.OwnedSafe, error) {
	if err := w.check(vault.SafeID{}); err != nil {
		return nil, err
	}
	who := w.deed.who
	if holder, ok := who.Visit(); ok {
		id := vault.SafeID(holder)
		return []vault.OwnedSafe{{Safe: id, Unlocked: k.unlocked.has(who.Session(), id)}}, nil
	}
	ids, err := k.safesOf(ctx, who.User())
	if err != nil {
		return nil, err
	}
	var owned []vault.OwnedSafe
	for _, id := range ids {
		owned = append(owned, vault.OwnedSafe{Safe: id, Unlocked: k.unlocked.has(who.Session(), id)})
	}
	return owned, nil
}

// safesOf are the safes of a login: those that it is linked to and whose own
// record says so.
func (k *Keeper) safesOf(ctx context.Context, u auth.UserID) (ids []vault.SafeID, err error) {
	linked, err := k.linkedTo(u)
	if err != nil {
		return nil, err
	}
	for _, id := range linked {
		s, err := k.safe(ctx, id)
		if errors.Is(err, vault.ErrNotFound) {
			continue // linked, and its opening never came true
		}
		if err != nil {
			return nil, err
		}
		if s.record().owner == u {
			ids = append(ids, id)
		}
		k.unpin(s)
	}
	return ids, nil
}

// linkedTo are the safes that a login is linked to, as far as the state knows.
func (k *Keeper) linkedTo(u auth.UserID) (ids []vault.SafeID, err error) {
	p := k.pseudonym("owner", u)
	err = k.state.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bOwner).Cursor()
		for key, _ := c.Seek(p[:]); len(key) == len(p)+16 && [32]byte(key[:32]) == p; key, _ = c.Next() {
			ids = append(ids, vault.SafeID(key[32:]))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return ids, nil
}

// linked reports whether a login is linked to a safe, as far as the state knows.
func (k *Keeper) linked(u auth.UserID, id vault.SafeID) (found bool, err error) {
	p := k.pseudonym("owner", u)
	err = k.state.view(func(tx *bolt.Tx) error {
		found = tx.Bucket(bOwner).Get(append(p[:], id[:]...)) != nil
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("%w: %w", vault.ErrUnavailable, err)
	}
	return found, nil
}
