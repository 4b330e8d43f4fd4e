package keeper

import (
	"slices"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A memo keeps a password and a few other secrets, each in a slot of its record:
// the trail says which one was seen by the slot, for a label is in the person's
// words.
const passwordSlot = 0

var errOthers = invalid("label", "trois autres secrets au plus, chacun avec son nom")

// slotOf is where the secret with a label lies in a memo, or would lie.
func slotOf(m chain.Memo, label string) (slot uint32, known bool, err error) {
	if label == "" {
		return passwordSlot, true, nil
	}
	free := uint32(1)
	for _, o := range m.Others { // in the order of their slots
		if o.Label == label {
			return o.Slot, true, nil
		}
		if o.Slot == free {
			free++
		}
	}
	if free > vault.MaxOthers || !isLabel(label) {
		return 0, false, errOthers
	}
	return free, false, nil
}

func isLabel(s string) bool { return plainText(s, 1, vault.MaxOtherLabel) }

// isOtherSecret bounds a secret beside the password: a code, never a sentence.
func isOtherSecret(s string) bool {
	return s != "" && len(s) <= vault.MaxOtherSecret && isSecretText([]byte(s))
}

// withSecret notes in what is known of a memo that a secret was put into a slot on
// a day, or, with an empty day, taken out of it. Nobody but who put it in has seen
// it yet.
func withSecret(m chain.Memo, slot uint32, label, day string) chain.Memo {
	if slot == passwordSlot {
		m.Changed, m.Tested, m.Seen = day, "", false
	} else {
		m.Others = slices.DeleteFunc(slices.Clone(m.Others), func(o chain.MemoSecret) bool { return o.Slot == slot })
		if day != "" {
			at, _ := slices.BinarySearchFunc(m.Others, slot, func(o chain.MemoSecret, slot uint32) int { return int(o.Slot) - int(slot) })
			m.Others = slices.Insert(m.Others, at, chain.MemoSecret{Slot: slot, Label: label, Changed: day})
		}
		if len(m.Others) == 0 {
			m.Others = nil
		}
	}
	if !m.Seen && !slices.ContainsFunc(m.Others, func(o chain.MemoSecret) bool { return o.Seen }) {
		m.Notebook = vault.NotebookID{}
	}
	return m
}

// next is the record after a secret was put into a slot on a day: the one before
// is kept once, since a body may not have taken the new one. Of another secret that
// is taken away nothing stays.
func (m memoJSON) next(slot uint32, label string, secret seal.Secret, day, by string) memoJSON {
	n := memoJSON{Secret: m.Secret, Former: m.Former, Others: slices.Clone(m.Others), Changes: slices.Clone(m.Changes)}
	if slot == passwordSlot {
		n.Secret = string(secret.Reveal())
		if m.Secret != "" {
			n.Former = m.Secret
		}
	} else {
		n.setOther(memoOther{Slot: slot, Label: label, Secret: string(secret.Reveal())})
	}
	if slot != passwordSlot && secret.IsZero() {
		n.Changes = slices.DeleteFunc(n.Changes, func(c memoChanged) bool { return c.Slot == slot })
	} else {
		n.Changes = append(n.Changes[max(0, len(n.Changes)-vault.MaxMemoChanges+1):], memoChanged{Day: day, By: by, Slot: slot})
	}
	n.Version = n.version()
	n.shorten()
	return n
}

// shorten lets a record fit in its entry: the oldest changes go first, then secrets
// that are not the ones any more. What counts always fits.
func (m *memoJSON) shorten() {
	for len(m.Changes) > 1 && m.tooLong() {
		m.Changes = m.Changes[1:]
	}
	for i := range m.Others {
		if m.tooLong() {
			m.Others[i].Former = ""
		}
	}
	if m.tooLong() {
		m.Former = ""
	}
}

func (m *memoJSON) tooLong() bool {
	raw, err := encodeMemo(*m)
	defer clear(raw)
	return err == nil && len(raw) > seal.MaxInlinePlain
}

// setOther puts another secret into its place, or takes an empty one out.
func (m *memoJSON) setOther(o memoOther) {
	at, found := slices.BinarySearchFunc(m.Others, o.Slot, func(x memoOther, slot uint32) int { return int(x.Slot) - int(slot) })
	switch {
	case found && o.Secret == "":
		m.Others = slices.Delete(m.Others, at, at+1)
	case found:
		o.Former = m.Others[at].Secret
		m.Others[at] = o
	case o.Secret != "":
		m.Others = slices.Insert(m.Others, at, o)
	}
}

// shown is what a view shows of the secret in one slot; the one before it only
// where that was asked for.
func (m memoJSON) shown(of vault.Memo, slot uint32, former bool) vault.MemoSecret {
	one := memoOther{Secret: m.Secret, Former: m.Former}
	if at := slices.IndexFunc(m.Others, func(o memoOther) bool { return o.Slot == slot }); slot != passwordSlot && at >= 0 {
		one = m.Others[at]
	} else if slot != passwordSlot {
		one = memoOther{}
	}
	s := vault.MemoSecret{Memo: of, Label: one.Label, Secret: seal.NewSecret([]byte(one.Secret))}
	if former {
		s.Former = seal.NewSecret([]byte(one.Former))
	}
	for _, c := range m.Changes {
		if c.Slot == slot {
			s.Changes = append(s.Changes, vault.MemoChange{Day: c.Day, By: c.By})
		}
	}
	return s
}
