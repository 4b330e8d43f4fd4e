package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A copyAnswer is what a retry of a print is answered from.
type copyAnswer struct {
	Copy int `json:"copy"`
}

// PrintPassport prints one copy of a digital passport. The memos whose secret is
// printed stand in the intent; the copy counts before its page leaves. See
// [vault.PassportKeeper].
func (k *Keeper) PrintPassport(ctx context.Context, who session.Principal, act vault.PrintPassport) (vault.PassportPrint, error) {
	d := deed{who: who, act: vault.ActPrintPassport, safe: act.Safe, docs: secretsOf(act.Memos), note: detail{Code: act.Form.String()}}
	w, err := k.begin(ctx, d)
	if err != nil {
		return vault.PassportPrint{}, err
	}
	body := passportBody(act)
	var earlier copyAnswer
	if _, err := w.answered(act.Request, body, &earlier); err != nil {
		return vault.PassportPrint{}, w.end(ctx, err, detail{})
	}
	k.pinned(act.Safe) // what was opened is looked at once more after the warrant ended
	defer k.unpin(w.safe)
	// No memo may change, and no other copy be made, until this one counts.
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	lent := vault.NewReleaseID()
	defer k.leases.giveBack(lent)
	p, err := k.passportPage(ctx, w, lent, act)
	if err != nil {
		return vault.PassportPrint{}, w.end(ctx, err, detail{})
	}
	if earlier.Copy != 0 {
		return k.printedBefore(ctx, w, p, earlier.Copy)
	}
	if err := k.newCopy(ctx, w, act, body, &p); err != nil {
		return vault.PassportPrint{}, err
	}
	if err := k.stillLent(ctx, w, lent); err != nil {
		return vault.PassportPrint{}, err // the copy counts, and nobody has it
	}
	return p, nil
}

// secretsOf are the memos whose secret is printed.
func secretsOf(all []vault.MemoChoice) (docs []vault.DocumentID) {
	for _, m := range all {
		if m.Discloses == vault.DiscloseSecret {
			docs = append(docs, m.Document)
		}
	}
	return docs
}

func passportBody(act vault.PrintPassport) [32]byte {
	parts := []string{act.Safe.String(), act.Form.String(), act.Name}
	for _, m := range act.Memos {
		parts = append(parts, m.Document.String(), m.Discloses.String())
	}
	return mac([]byte("coffre/print-passport/v1"), parts...)
}

// stillLent decides again what secrets were opened for: writing the copy takes as
// long as the bucket does, and nothing is shown after somebody was told that it
// is over.
func (k *Keeper) stillLent(ctx context.Context, w *warrant, lent vault.ReleaseID) error {
	k.leases.put(lent, w)
	if err := k.Live(w.deed.who); err != nil {
		return err
	}
	_, err := k.decideNow(ctx, w)
	return err
}

// passportPage opens what was chosen of each memo, and nothing else.
func (k *Keeper) passportPage(ctx context.Context, w *warrant, lent vault.ReleaseID, act vault.PrintPassport) (p vault.PassportPrint, err error) {
	if err := errors.Join(w.check(act.Safe), checkPassport(act)); err != nil {
		return p, err
	}
	if err := k.stillLent(ctx, w, lent); err != nil {
		return p, err
	}
	m, err := k.means(ctx, w)
	if err != nil {
		return p, err
	}
	r := w.safe.current()
	p = vault.PassportPrint{Form: act.Form, Person: act.Name, Discretion: shownAs(r)}
	if !r.discreet() {
		p.Structure = k.structureName(r.home)
		if p.Person == "" {
			p.Person = r.entry.Name
		}
	}
	for i, c := range act.Memos {
		one, err := k.printedMemo(ctx, w, m, c)
		if err != nil {
			return vault.PassportPrint{}, inList("memos", i, err)
		}
		p.Memos = append(p.Memos, one)
	}
	return p, nil
}

func checkPassport(act vault.PrintPassport) error {
	switch {
	case act.Form == 0:
		return invalid("form", "une forme de la liste")
	case len(act.Memos) == 0 || len(act.Memos) > vault.MaxCopiedMemos:
		return invalid("memos", "de 1 à 60 mémos")
	case act.Name != "" && directory.CheckName(act.Name, vault.MaxName) != nil:
		return invalid("name", "un nom de 100 caractères au plus")
	}
	seen := map[vault.DocumentID]bool{}
	for _, m := range act.Memos {
		if seen[m.Document] || m.Discloses > vault.DiscloseSecret {
			return invalid("memos", "chaque mémo une fois, et ce qui en est imprimé")
		}
		seen[m.Document] = true
	}
	return nil
}

// printedMemo opens one memo as far as was chosen.
func (k *Keeper) printedMemo(ctx context.Context, w *warrant, m means, c vault.MemoChoice) (vault.PrintedMemo, error) {
	d, err := w.safe.document(c.Document)
	if err != nil {
		return vault.PrintedMemo{}, err
	}
	full, err := m.describe(d)
	if err != nil {
		return vault.PrintedMemo{}, err
	}
	if full.Memo == nil {
		return vault.PrintedMemo{}, vault.ErrMemo
	}
	one := vault.PrintedMemo{Memo: k.chosen(*fromMemo(full.Memo), c.Discloses), Discloses: c.Discloses}
	if c.Discloses == vault.DiscloseSecret {
		one.Secret, err = k.printedSecret(ctx, w, m, d)
	}
	return one, err
}

// chosen is what a memo says, as far as it is printed: a number that opens
// something is printed with the secret only, and one that is never written down
// not at all.
func (k *Keeper) chosen(m vault.Memo, d vault.Disclosure) vault.Memo {
	if d == vault.DiscloseLogin {
		m.Hint = ""
	}
	info, err := k.kinds.Body(papers.Body(m.Body))
	if err != nil {
		return m // it has no fields that the catalogue knows
	}
	m.Numbers = slices.DeleteFunc(m.Numbers, func(n vault.MemoNumber) bool {
		f, err := info.Field(n.Name)
		return err == nil && (f.Never || f.Secret && d != vault.DiscloseSecret)
	})
	return m
}

func (k *Keeper) printedSecret(ctx context.Context, w *warrant, m means, d chain.Document) (seal.Secret, error) {
	if err := w.check(w.deed.safe); err != nil {
		return seal.Secret{}, err
	}
	key, binding, err := m.fileKey(ctx, d)
	if err != nil {
		return seal.Secret{}, err
	}
	record, err := openRecord(d.Inline, key, binding)
	if err != nil {
		return seal.Secret{}, err
	}
	return seal.NewSecret([]byte(record.Secret)), nil
}

// newCopy writes one more copy into the record and ends the warrant.
func (k *Keeper) newCopy(ctx context.Context, w *warrant, act vault.PrintPassport, body [32]byte, p *vault.PassportPrint) error {
	record, c := w.safe.current(), &change{}
	one, err := record.addCopy(act, k.visited(w), time.Now())
	if err == nil {
		err = w.safe.settled()
	}
	if err == nil {
		err = k.findable(act.Safe, record)
	}
	if err == nil {
		err = k.renewService(ctx, w, c, record)
	}
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, copyAnswer{one.number})
	}
	if err != nil {
		return w.end(ctx, err, detail{})
	}
	p.Number, p.Address = vault.CopyNumber{Passport: record.passport.number, Copy: one.number}, one.address
	w.result.Copy, w.result.Address = uint64(one.number), idText(one.address)
	return k.settle(ctx, w, w.safe, c)
}

// visited is the agent on whose screen a deed is done; zero for the person's own.
func (k *Keeper) visited(w *warrant) vault.AgentID {
	v, _ := k.guests.get(w.deed.who.Session())
	return v.agent
}

// printedBefore answers a retry with the copy that there is. One that was lost
// since is not printed again, nor one whose secrets are not those of today: what
// is opened now would be on a paper of which the list of a loss says otherwise.
func (k *Keeper) printedBefore(ctx context.Context, w *warrant, p vault.PassportPrint, number int) (vault.PassportPrint, error) {
	record := w.safe.current()
	lines, err := k.linesOf(ctx, record.tagKey(), record.journal)
	if err != nil {
		return vault.PassportPrint{}, w.end(ctx, err, detail{})
	}
	one, there := record.passport.copyOf(number)
	if !there || !one.lost.IsZero() || one.outdated(putsOf(lines)) {
		return vault.PassportPrint{}, w.end(ctx, vault.ErrNotFound, detail{})
	}
	p.Number, p.Address = vault.CopyNumber{Passport: record.passport.number, Copy: number}, one.address
	return p, w.end(ctx, nil, detail{Copy: uint64(number)})
}

// addCopy puts one more copy into the record, with an address of its own unless the
// safe is discreet.
func (r *serviceRecord) addCopy(act vault.PrintPassport, by vault.AgentID, now time.Time) (passportCopy, error) {
	if r.passport.live() >= vault.MaxCopies {
		return passportCopy{}, invalid("copies", "au plus 20 copies : signalez celles qui sont perdues")
	}
	r.givePassportNumber(now)
	copies := r.passport.forgotten()
	one := passportCopy{number: 1, form: act.Form, since: now.UTC().Truncate(time.Second), by: by}
	if n := len(copies); n > 0 {
		one.number = copies[n-1].number + 1
	}
	for _, m := range act.Memos {
		one.memos = append(one.memos, copiedMemo{m.Document, m.Discloses})
	}
	if !r.discreet() {
		if len(r.addresses) >= maxAddresses {
			return passportCopy{}, invalid("copies", "au plus 64 adresses par coffre : fermez celles qui ne servent plus")
		}
		one.address = vault.NewAddressID()
		label := fmt.Sprintf("passeport numérique, copie %d", one.number)
		r.addresses = append(slices.Clone(r.addresses), address{id: one.address, label: label, since: one.since})
	}
	r.passport.copies = append(copies, one)
	return one, nil
}

// forgotten are the copies without the lost ones that are not remembered.
func (p passport) forgotten() []passportCopy {
	over := len(p.copies) - p.live() - vault.MaxLostCopies
	return slices.DeleteFunc(slices.Clone(p.copies), func(c passportCopy) bool {
		if c.lost.IsZero() || over <= 0 {
			return false
		}
		over--
		return true
	})
}
