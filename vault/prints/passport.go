package prints

import (
	"errors"
	"net/url"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints/pdf"
	"github.com/coffre-fort/coffre/vault/texts"
)

// paperOf is what a form is printed on.
func paperOf(f vault.PassportForm) (pdf.Paper, bool) {
	switch f {
	case vault.PassportFolded:
		return pdf.Folded, true
	case vault.PassportBooklet:
		return pdf.Booklet, true
	case vault.PassportCards:
		return pdf.Cards, true
	default:
		return 0, false
	}
}

// A Secret is what a password or a code is kept in until it is printed.
type Secret interface{ Reveal() []byte }

// An Identifier is one number or name by which a body knows the person.
type Identifier struct{ Label, Value string }

// A PassportMemo is one body in a digital passport.
type PassportMemo struct {
	Body        string // as people call it
	Identifiers []Identifier
	With        string // the FranceConnect provider that is used; empty: none
	Discloses   vault.Disclosure
	Hint        string
	// Secret is nil unless it is printed, and Others are the other secrets of the memo,
	// each under its name. With any other choice the page is refused.
	Secret Secret
	Others []LabelledSecret
	// Without says that the account has no password.
	Without bool
}

// A LabelledSecret is a secret beside a password: the code of a telephone line.
type LabelledSecret struct {
	Label  string
	Secret Secret
}

// A Help is what to do about one body.
type Help struct{ Body, Say string }

// A Passport is the digital passport (passeport numérique) on paper: the person's
// identifiers, and of each password what they chose. Its number and its address
// are references of this copy, and open nothing.
type Passport struct {
	Letterhead
	Form    vault.PassportForm
	Person  string // as they want to be called
	Number  string // of this copy
	Cycle   string // the workshop where it was made; empty: none
	Portal  *url.URL
	Address vault.AddressID // of this copy
	Memos   []PassportMemo
	// Traps and Access are printed where there is room, in a booklet: what to beware
	// of, as whole sentences, and what to do without access to an account.
	Traps  []string
	Access []Help
}

// errNotChosen is a caller's mistake: nobody asked for that secret on paper.
var errNotChosen = errors.New("print: a secret that was not chosen")

func (p Passport) lay() (page, error) {
	paper, ok := paperOf(p.Form)
	if !ok {
		return page{}, errors.New("print: a digital passport of no form")
	}
	cover, err := p.cover()
	if err != nil {
		return page{}, err
	}
	blocks := []block{cover}
	for i, m := range p.Memos {
		b, err := m.block()
		if err != nil {
			return page{}, err
		}
		if i == 0 {
			b.Class = "leaf"
		}
		blocks = append(blocks, b)
	}
	laid := p.page(texts.PassportTitle, append(append(blocks, p.know()...), p.back())...)
	laid.Paper, laid.Blocks[0].running = paper, laid.Title
	return laid, nil
}

// cover says whose it is and leads to the address of this copy. That of a discreet
// safe leads nowhere.
func (p Passport) cover() (block, error) {
	class := "cover"
	if p.Form == vault.PassportCards {
		class = "pocket"
	}
	b := block{Class: class}
	if p.Person != "" {
		b.Fields = append(b.Fields, field{Label: texts.PassportName, Value: p.Person})
	}
	if p.Cycle != "" && p.Form != vault.PassportCards && !p.discreet() {
		b.Fields = append(b.Fields, field{Label: texts.PassportCycle, Value: p.Cycle})
	}
	b.Fields = append(b.Fields, field{Label: texts.PassportNumber, Value: p.Number, As: verbatim})
	if p.discreet() || p.Nature == vault.NatureTraining && p.Address.IsZero() { // an exercise has none
		return b, nil
	}
	address, err := under(p.Portal, "d", p.Address.String())
	if err != nil {
		return block{}, err
	}
	if p.Address.IsZero() {
		return block{}, errors.New("print: a digital passport without its address")
	}
	if b.Square, err = newSquare(texts.PassportScan, address); err != nil {
		return block{}, err
	}
	where := field{Label: texts.PageAddress, Value: address, As: copied}
	if p.Form == vault.PassportCards { // no room for more
		where = field{Label: texts.SheetAddress, Value: p.Address.String(), As: copied}
	}
	b.Fields = append(b.Fields, where)
	return b, nil
}

func (m PassportMemo) block() (block, error) {
	b := block{Heading: texts.Label(m.Body)}
	for _, i := range m.Identifiers {
		b.Fields = append(b.Fields, field{Label: texts.Label(i.Label), Value: i.Value, As: verbatim})
	}
	if m.With != "" {
		b.Fields = append(b.Fields, field{Label: texts.PassportWith, Value: m.With})
	}
	if (m.Secret != nil || len(m.Others) > 0) && m.Discloses != vault.DiscloseSecret {
		return block{}, errNotChosen
	}
	switch {
	case m.Without:
	case m.Discloses == vault.DiscloseSecret && m.Secret != nil:
		b.Fields = append(b.Fields, field{Label: texts.PassportSecret, Value: string(m.Secret.Reveal()), As: verbatim})
	default:
		b.Fields = append(b.Fields, field{Label: texts.PassportSecret, Value: string(texts.PassportInSafe)})
	}
	for _, o := range m.Others {
		b.Fields = append(b.Fields, field{Label: texts.Label(o.Label), Value: string(o.Secret.Reveal()), As: verbatim})
	}
	if m.Hint != "" && m.Discloses != vault.DiscloseLogin {
		b.Fields = append(b.Fields, field{Label: texts.PassportHint, Value: m.Hint})
	}
	return b, nil
}

// know says what to beware of. A folded sheet and a card have no room for it.
func (p Passport) know() []block {
	if p.Form != vault.PassportBooklet {
		return nil
	}
	traps := append(plain(texts.PassportCard, texts.PassportPhone, texts.PassportFalse), p.Traps...)
	all := []block{{Heading: texts.PassportKnow, Items: traps}}
	if len(p.Access) > 0 {
		all = append(all, block{Class: "long", Heading: texts.PassportAccess, Fields: helps(p.Access)})
	}
	return all
}

func helps(all []Help) (out []field) {
	for _, h := range all {
		out = append(out, field{Label: texts.Label(h.Body), Value: h.Say})
	}
	return out
}

// back says what to do when the paper is lost.
func (p Passport) back() block {
	b := block{
		Heading: texts.PassportLost, Class: "back", Items: plain(texts.PassportTell, texts.PassportChange),
		After: plain(texts.PassportMine, texts.PassportZero),
	}
	if !p.discreet() {
		b.Items = plain(texts.PassportTell, texts.PassportCloses, texts.PassportChange)
		b.After = append(plain(texts.PassportOpens), b.After...)
	}
	return b
}
