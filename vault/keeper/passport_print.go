package keeper

import (
	"cmp"
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
	p, memos, err := k.passportPage(ctx, w, lent, act)
	if err != nil {
		return vault.PassportPrint{}, w.end(ctx, err, detail{})
	}
	if earlier.Copy != 0 {
		return k.printedBefore(ctx, w, p, earlier.Copy)
	}
	if err := k.newCopy(ctx, w, act, memos, body, &p); err != nil {
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

// passportPage opens what was chosen of each memo, and nothing else. It answers what
// stands on the copy as well.
func (k *Keeper) passportPage(ctx context.Context, w *warrant, lent vault.ReleaseID, act vault.PrintPassport) (vault.PassportPrint, []copiedMemo, error) {
	if err := errors.Join(w.check(act.Safe), checkPassport(act)); err != nil {
		return vault.PassportPrint{}, nil, err
	}
	if err := k.stillLent(ctx, w, lent); err != nil {
		return vault.PassportPrint{}, nil, err
	}
	m, err := k.means(ctx, w)
	if err != nil {
		return vault.PassportPrint{}, nil, err
	}
	p, memos := k.passportCover(w, act), make([]copiedMemo, len(act.Memos))
	for i, c := range act.Memos {
		one, others, err := k.printedMemo(ctx, w, m, c)
		if err != nil {
			return vault.PassportPrint{}, nil, inList("memos", i, err)
		}
		p.Memos, memos[i] = append(p.Memos, one), copiedMemo{c.Document, c.Discloses, others}
	}
	return p, memos, nil
}

// passportCover is whose copy it is. That of a discreet safe says what the person had
// written on it, and no more.
func (k *Keeper) passportCover(w *warrant, act vault.PrintPassport) vault.PassportPrint {
	r := w.safe.current()
	p := vault.PassportPrint{Form: act.Form, Person: act.Name, Discretion: shownAs(r), Nature: w.safe.now().Nature()}
	if r.discreet() {
		return p
	}
	p.Structure, p.Person = k.structureName(r.home), cmp.Or(act.Name, r.entry.Name)
	for _, one := range r.parts() { // the last one first
		if part := k.ownPart(act.Safe, r, one); len(part.Part.Days()) > 0 { // as on a certificate
			p.Cycle = part.Cycle.Plan.Label
			break
		}
	}
	return p
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

// printedMemo opens one memo as far as was chosen, and answers the slots of its other
// secrets that are printed.
func (k *Keeper) printedMemo(ctx context.Context, w *warrant, m means, c vault.MemoChoice) (one vault.PrintedMemo, others []uint32, err error) {
	d, err := w.safe.document(c.Document)
	if err != nil {
		return one, nil, err
	}
	full, err := m.describe(d)
	if err != nil {
		return one, nil, err
	}
	if full.Memo == nil {
		return one, nil, vault.ErrMemo
	}
	one = vault.PrintedMemo{Memo: k.chosen(*fromMemo(full.Memo), c.Discloses), Discloses: c.Discloses}
	if c.Discloses != vault.DiscloseSecret {
		return one, nil, nil
	}
	record, err := k.printedRecord(ctx, w, m, d)
	if err != nil {
		return vault.PrintedMemo{}, nil, err
	}
	one.Secret = seal.NewSecret([]byte(record.Secret))
	for _, o := range record.Others {
		if !k.neverWritten(full.Memo.Body, o.Label) {
			one.Others = append(one.Others, vault.LabelledSecret{Label: o.Label, Secret: seal.NewSecret([]byte(o.Secret))})
			others = append(others, o.Slot)
		}
	}
	return one, others, nil
}

// chosen is what a memo says, as far as it is printed. A number that the catalogue
// does not know for an identifier may open something: it is printed with the secret
// only. What is never written down is not printed at all.
func (k *Keeper) chosen(m vault.Memo, d vault.Disclosure) vault.Memo {
	m.Recovery = "" // it has no place on a copy
	if d == vault.DiscloseLogin {
		m.Hint = ""
	}
	m.Numbers = slices.DeleteFunc(m.Numbers, func(n vault.MemoNumber) bool {
		f, known := k.memoField(m.Body, n.Name)
		return f.Never || d != vault.DiscloseSecret && (!known || f.Secret)
	})
	return m
}

// memoField is what the catalogue says of one thing written down about a body.
func (k *Keeper) memoField(body, name string) (f papers.FieldInfo, known bool) {
	info, err := k.kinds.Body(papers.Body(body))
	if err != nil {
		return f, false // one of the person's own, or no more
	}
	f, err = info.Field(name)
	return f, err == nil
}

func (k *Keeper) neverWritten(body, label string) bool {
	f, _ := k.memoField(body, label)
	return f.Never
}

// printedRecord opens the record of a memo's secrets.
func (k *Keeper) printedRecord(ctx context.Context, w *warrant, m means, d chain.Document) (memoJSON, error) {
	if err := w.check(w.deed.safe); err != nil {
		return memoJSON{}, err
	}
	key, binding, err := m.fileKey(ctx, d)
	if err != nil {
		return memoJSON{}, err
	}
	return openRecord(d.Inline, key, binding)
}

// newCopy writes one more copy into the record and ends the warrant.
func (k *Keeper) newCopy(ctx context.Context, w *warrant, act vault.PrintPassport, memos []copiedMemo, body [32]byte, p *vault.PassportPrint) error {
	record, c := w.safe.current(), &change{}
	one, err := record.addCopy(act.Form, memos, k.visited(w), time.Now())
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
// safe is discreet, or for exercises: nothing is deposited there from outside.
func (r *serviceRecord) addCopy(form vault.PassportForm, memos []copiedMemo, by vault.AgentID, now time.Time) (passportCopy, error) {
	if r.passport.live() >= vault.MaxCopies {
		return passportCopy{}, invalid("copies", "au plus 20 copies : signalez celles qui sont perdues")
	}
	r.givePassportNumber(now)
	copies := r.passport.forgotten()
	one := passportCopy{number: 1, form: form, since: now.UTC().Truncate(time.Second), by: by, memos: memos}
	if n := len(copies); n > 0 {
		one.number = copies[n-1].number + 1
	}
	if !r.discreet() && r.training.isZero() {
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
