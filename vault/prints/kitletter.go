package prints

import (
	"cmp"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A KitLetter tells the person that two of their recovery sheets were shown, so
// that they can stop the opening before its delay is over. It says that the delay is
// a rule and no lock, as the sheets do.
type KitLetter struct {
	Letterhead
	By      string // the agent on whose screen; empty for the person's own login
	Opening vault.KitOpening
}

// lay answers [ErrDiscreet] of a discreet safe: the letter goes by post.
func (l KitLetter) lay() (page, error) {
	if l.discreet() {
		return page{}, ErrDiscreet
	}
	who, due := cmp.Or(l.By, string(texts.KitLetterOwn)), l.moment(l.Opening.Due)
	return l.page(texts.KitLetterTitle,
		block{Lines: plain(texts.KitLetterWhat, texts.KitRule)},
		block{Fields: []field{
			{Label: texts.KitLetterWhen, Value: l.moment(l.Opening.Since)}, {Label: texts.KitLetterWho, Value: who},
			{Label: texts.KitLetterDue, Value: due}, {Label: texts.KitLetterUntil, Value: l.moment(l.Opening.Expires)},
		}},
		block{Heading: texts.LetterDo, Items: []string{ // with the date: there are two above
			texts.KitLetterYes.With("due", due), texts.KitLetterNo.With("due", due), string(texts.KitLetterFreeze),
		}},
	), nil
}
