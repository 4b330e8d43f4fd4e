package keeper

import (
	"math"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// puts is what a journal says of secrets and of paper: which secrets are those of
// today, and which copies were printed before they were put in. The entries say so:
// times are whole seconds, and an intent may wait for another act.
type puts struct {
	secrets map[vault.DocumentID]*putSlots
	copies  map[int]uint64 // the entry of a copy's print
}

// putSlots are the lines that put the newest secrets of one memo in, as far as they
// are known.
type putSlots [vault.MaxOthers + 1]vault.Line

// everySlot are those that a memo can have.
func everySlot() (all []uint32) {
	for slot := range len(putSlots{}) {
		all = append(all, uint32(slot))
	}
	return all
}

func putsOf(lines []vault.Line) puts {
	p := puts{map[vault.DocumentID]*putSlots{}, map[int]uint64{}}
	for _, l := range lines {
		switch {
		case l.Outcome != vault.OutcomeDone:
		case setsSecret(l):
			for _, doc := range l.Documents {
				p.put(doc.ID, l)
			}
		case l.Act == vault.ActPrintPassport && l.Entry != 0: // a retry writes none
			p.copies[l.Copy] = l.Entry
		}
	}
	return p
}

// put notes one line: a memo arrives with whatever secrets it has, and later each is
// changed alone.
func (p puts) put(doc vault.DocumentID, l vault.Line) {
	slots := p.secrets[doc]
	if slots == nil {
		slots = &putSlots{}
		p.secrets[doc] = slots
	}
	for slot := range slots {
		if l.Act == vault.ActDeposit || slot == l.Slot {
			slots[slot] = l
		}
	}
}

// since reports whether a secret was put into a slot, or taken out of it, after a copy
// was printed. Of a copy whose print never got its outcome the times are compared.
func (p puts) since(doc vault.DocumentID, slot uint32, c passportCopy) bool {
	slots := p.secrets[doc]
	if slots == nil || slots[slot].Entry == 0 && slots[slot].Time.IsZero() {
		return false
	}
	if at := p.copies[c.number]; at != 0 {
		return slots[slot].Entry > at
	}
	return slots[slot].Time.After(c.since)
}

// changed reports whether no secret of a memo that stands on a copy is the one of
// today; of a memo without any, whether the password is not.
func (p puts) changed(m copiedMemo, c passportCopy) bool {
	slots := m.slots()
	if len(slots) == 0 {
		slots = []uint32{passwordSlot}
	}
	return !slices.ContainsFunc(slots, func(slot uint32) bool { return !p.since(m.document, slot, c) })
}

// outdated reports whether a print now would show a secret that the copy does not.
func (c passportCopy) outdated(put puts) bool {
	return slices.ContainsFunc(c.memos, func(m copiedMemo) bool {
		return m.discloses == vault.DiscloseSecret && slices.ContainsFunc(everySlot(), func(slot uint32) bool { return put.since(m.document, slot, c) })
	})
}

// copyNumber is the copy that a detail names; 0 for none.
func copyNumber(n detail) int { return int(min(n.Copy, math.MaxInt32)) }
