package keeper

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A passport is the digital passport of a safe: its number, and which copies of
// it are on paper. The zero passport is none. It is a value, like the record that
// it stands in.
type passport struct {
	number vault.PassportNumber
	since  time.Time
	copies []passportCopy // oldest first
}

// A passportCopy is one copy on paper.
type passportCopy struct {
	number  int             // in the order of printing, from 1; never given twice
	address vault.AddressID // of this copy; zero for that of a discreet safe
	form    vault.PassportForm
	since   time.Time
	by      vault.AgentID // on whose screen it was printed; zero for the person's own
	memos   []copiedMemo
	lost    time.Time // since when the person misses it; zero while they have it
}

// A copiedMemo is a memo that stands on a copy.
type copiedMemo struct {
	document  vault.DocumentID
	discloses vault.Disclosure
	others    []uint32 // slots of the other secrets that stand there, ascending
}

// slots are those of the secrets that stand on a copy: none where the secret was not
// chosen.
func (m copiedMemo) slots() []uint32 {
	if m.discloses != vault.DiscloseSecret {
		return nil
	}
	return append([]uint32{passwordSlot}, m.others...)
}

func (m copiedMemo) check() error {
	last := uint32(passwordSlot)
	for _, slot := range m.others {
		if slot <= last || slot > vault.MaxOthers || m.discloses != vault.DiscloseSecret {
			return errPassport
		}
		last = slot
	}
	if m.document.IsZero() {
		return errPassport
	}
	return nil
}

// givePassportNumber gives a safe's digital passport its number, and leaves the
// one that it has.
func (r *serviceRecord) givePassportNumber(now time.Time) {
	if r.passport.number.IsZero() {
		r.passport.number, r.passport.since = vault.NewPassportNumber(), now.UTC().Truncate(time.Second)
	}
}

// copyOf answers one copy.
func (p passport) copyOf(number int) (passportCopy, bool) {
	i, ok := p.place(number)
	if !ok {
		return passportCopy{}, false
	}
	return p.copies[i], true
}

func (p passport) place(number int) (int, bool) {
	return slices.BinarySearchFunc(p.copies, number, func(c passportCopy, n int) int { return cmp.Compare(c.number, n) })
}

// printed are the slots of the secrets of a memo that one copy shows; all there can
// be of a copy that is not remembered.
func (p passport) printed(number int, doc vault.DocumentID) []uint32 {
	c, there := p.copyOf(number)
	if !there {
		return everySlot()
	}
	for _, m := range c.memos {
		if m.document == doc {
			return m.slots()
		}
	}
	return nil
}

// live is how many copies are not lost.
func (p passport) live() (n int) {
	for _, c := range p.copies {
		if c.lost.IsZero() {
			n++
		}
	}
	return n
}

var errPassport = errors.New("digital passport")

// check refuses what no act writes.
func (p passport) check() error {
	if p.number.IsZero() != p.since.IsZero() || p.number.IsZero() && len(p.copies) > 0 || len(p.copies) > vault.MaxCopies+vault.MaxLostCopies {
		return errPassport
	}
	last := 0
	for _, c := range p.copies {
		if c.number <= last || c.form == 0 || c.since.IsZero() || len(c.memos) == 0 || len(c.memos) > vault.MaxCopiedMemos {
			return errPassport
		}
		last = c.number
		if slices.ContainsFunc(c.memos, func(m copiedMemo) bool { return m.check() != nil }) {
			return errPassport
		}
	}
	return nil
}
