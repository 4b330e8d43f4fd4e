package prints

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A LostCopy says what to do about one copy of a digital passport that is lost:
// what stood on it, and nothing else.
type LostCopy struct {
	Letterhead
	Number string // of the copy
	Memos  []LostMemo
	Access []Help // without access to an account
}

// A LostMemo is one body on the lost copy.
type LostMemo struct {
	Body      string // empty: it is no more in the safe
	Discloses vault.Disclosure
	Codes     bool // it has other secrets beside the password
	Changed   bool // no secret that stands there is one of today
}

// lay puts the list in the order of the copy. What to change holds no secret, so
// that this page may lie open.
func (l LostCopy) lay() (page, error) {
	t := &table{
		Caption: texts.CopyTable, Heads: []texts.Label{texts.CopyBody, texts.CopyThere, texts.CopyDo, texts.CopyTick},
		parts: []float64{28, 28, 34, 10},
	}
	for _, m := range l.Memos {
		there, do := m.words()
		body := m.Body
		if body == "" {
			body = string(texts.CopyGone)
		}
		t.Rows = append(t.Rows, []string{body, string(there), string(do), ""})
	}
	about := block{Fields: []field{{Label: texts.CopyWhich, Value: l.Number, As: verbatim}}, After: plain(texts.PassportEnds, texts.CopyOpens)}
	if l.discreet() { // its copies have no address
		about.After = plain(texts.CopyOpens)
	}
	blocks := []block{about, {Class: "long", Table: t, After: plain(texts.CopyFirst)}}
	if len(l.Access) > 0 {
		blocks = append(blocks, block{Class: "long", Heading: texts.CopyHow, Fields: helps(l.Access)})
	}
	return l.page(texts.CopyTitle, blocks...), nil
}

// words say what stood there and what to do about it.
func (m LostMemo) words() (there, do texts.Label) {
	there, do = texts.CopyLogin, texts.CopyWatch
	switch m.Discloses {
	case vault.DiscloseHint:
		there, do = texts.CopyHint, texts.CopyChange // whoever reads a hint may guess
	case vault.DiscloseSecret:
		there, do = texts.CopySecret, texts.CopyChange
		if m.Codes {
			there, do = texts.CopyCodes, texts.CopyRenew
		}
	case vault.DiscloseLogin:
		return there, do
	}
	if m.Changed {
		do = texts.CopyChanged
	}
	return there, do
}
