package keeper

import (
	"math"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// puts is what a journal says of secrets and of paper: which secret is the one of
// today, and which copies were printed before it was put in. The entries say so:
// times are whole seconds, and an intent may wait for another act.
type puts struct {
	secrets map[vault.DocumentID]vault.Line // that put the newest one in, as far as it is known
	copies  map[int]uint64                  // the entry of a copy's print
}

func putsOf(lines []vault.Line) puts {
	p := puts{map[vault.DocumentID]vault.Line{}, map[int]uint64{}}
	for _, l := range lines {
		switch {
		case l.Outcome != vault.OutcomeDone:
		case setsSecret(l) && l.Slot == passwordSlot: // the one that a copy shows
			for _, doc := range l.Documents {
				p.secrets[doc.ID] = l
			}
		case l.Act == vault.ActPrintPassport && l.Entry != 0: // a retry writes none
			p.copies[l.Copy] = l.Entry
		}
	}
	return p
}

// changed reports whether the secret of a memo is not the one that stands on a
// copy. Of a copy whose print never got its outcome the times are compared.
func (p puts) changed(doc vault.DocumentID, c passportCopy) bool {
	put, known := p.secrets[doc]
	if at := p.copies[c.number]; at != 0 {
		return known && put.Entry > at
	}
	return known && put.Time.After(c.since)
}

// outdated reports whether a secret stands on a copy that is not the one of today.
func (c passportCopy) outdated(put puts) bool {
	return slices.ContainsFunc(c.memos, func(m copiedMemo) bool { return m.discloses == vault.DiscloseSecret && put.changed(m.document, c) })
}

// copyNumber is the copy that a detail names; 0 for none.
func copyNumber(n detail) int { return int(min(n.Copy, math.MaxInt32)) }
