package prints

import (
	"errors"
	"fmt"
	"strings"

	"github.com/coffre-fort/coffre/vault/prints/pdf"
	"github.com/coffre-fort/coffre/vault/texts"
)

// language is that of every sentence of package texts.
const language = "fr-FR"

// paged makes the PDF document of a page.
func (p page) paged() ([]byte, error) {
	d, err := pdf.New(pdf.Config{Title: p.Title, Language: language, Made: p.Made, Paper: p.Paper, Mark: p.Mark, GoesOn: string(texts.PageGoesOn)})
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	for _, l := range p.above() {
		d.Small(l)
	}
	d.Title(p.Title)
	for _, b := range p.Blocks {
		b.paged(d, p.Words)
	}
	return finished(d)
}

// above is what stands above the title: who made the document, and when. A narrow
// page has a line for each.
func (p page) above() []string {
	date := string(p.Words.Dated) + " " + p.Date
	who := string(p.Words.Structure) + " : " + p.Structure
	switch {
	case p.Structure == "" || p.Paper == pdf.Cards:
		return []string{date}
	case p.Paper == pdf.A4:
		return []string{who + " – " + date}
	default:
		return []string{who, date}
	}
}

func finished(d *pdf.Document) ([]byte, error) {
	b, err := d.Bytes()
	if errors.Is(err, pdf.ErrScript) {
		return nil, ErrScript
	}
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return b, nil
}

// is says whether a block has a class of the style sheet.
func (b block) is(class string) bool {
	for c := range strings.FieldsSeq(b.Class) {
		if c == class {
			return true
		}
	}
	return false
}

// paged sets one part, in the order of the HTML page.
func (b block) paged(d *pdf.Document, w words) {
	whole := func(d *pdf.Document) { d.Section(func(d *pdf.Document) { b.parts(d, w) }) }
	switch {
	case b.is("card"):
		d.Space(2)
		d.Card(b.card)
		return
	case b.is("page"), b.is("leaf"):
		d.Break()
	case b.is("back"):
		d.Last()
	case b.is("cover"):
		d.Section(b.cover)
		return
	case b.is("pocket"):
		d.Section(b.pocket)
		return
	case b.is("cut"):
		d.Cut()
	default:
		d.Space(2.5)
	}
	if b.is("long") {
		whole(d)
		return
	}
	d.Keep(whole)
}

func (b block) parts(d *pdf.Document, w words) {
	if b.Heading != "" {
		d.Heading(string(b.Heading))
	}
	for _, l := range b.Lines {
		d.Text(l)
	}
	if len(b.Items) > 0 {
		d.Items(b.Items)
	}
	if len(b.Steps) > 0 {
		d.Steps(b.Steps)
	}
	if len(b.Code) > 0 {
		d.Code(b.Code)
	}
	after := b.After
	if s := b.Square; s != nil && b.ends() {
		d.Figure(s.code, s.alt(), string(s.Label), after...)
		after = nil
	} else if s != nil {
		d.Figure(s.code, s.alt(), string(s.Label))
	}
	if len(b.Fields) > 0 {
		d.Pairs(pairs(b.Fields))
	}
	if t := b.Table; t != nil {
		d.Table(t.paged())
	}
	if b.Box != "" {
		d.Tick(string(b.Box))
	}
	if len(b.Signs) > 0 {
		d.Signs(signs(b.Signs, w))
	}
	for _, l := range after {
		d.Text(l)
	}
}

// ends says that sentences alone come after the square.
func (b block) ends() bool {
	return len(b.Fields) == 0 && b.Table == nil && b.Box == "" && len(b.Signs) == 0
}

// card sets a part on a card for the pocket: the code beside its square.
func (b block) card(d *pdf.Document) {
	d.Beside(b.Square.code, b.Square.alt(), func(d *pdf.Document) {
		d.Heading(string(b.Heading))
		d.Characters(b.Code)
		d.Small(string(b.Square.Label))
	})
}

// cover sets the first page of what is folded, bound or cut.
func (b block) cover(d *pdf.Document) {
	d.Running(b.running)
	if b.Square != nil {
		d.Center(b.Square.code, b.Square.alt(), string(b.Square.Label))
	}
	d.Pairs(pairs(b.Fields))
}

// pocket is the same on a card.
func (b block) pocket(d *pdf.Document) {
	d.Running(b.running)
	if b.Square == nil {
		d.Pairs(pairs(b.Fields))
		return
	}
	d.Beside(b.Square.code, b.Square.alt(), func(d *pdf.Document) {
		d.Small(string(b.Square.Label))
		d.Pairs(pairs(b.Fields))
	})
}

func pairs(all []field) (out []pdf.Pair) {
	for _, f := range all {
		p := pdf.Pair{Label: string(f.Label), Value: f.Value}
		switch f.As {
		case exact:
			p.As = pdf.Grouped
		case copied:
			p.As = pdf.Copied
		case verbatim:
			p.As = pdf.Verbatim
		case text:
		}
		out = append(out, p)
	}
	return out
}

// paged gives the columns the widths of the style sheet.
func (t *table) paged() pdf.Table {
	out := pdf.Table{Caption: string(t.Caption), Rows: t.Rows}
	for i := range t.Heads {
		as := pdf.Plain
		if t.Copied(i) {
			as = pdf.Copied
		}
		out.As = append(out.As, as)
	}
	for _, h := range t.Heads {
		out.Heads = append(out.Heads, string(h))
	}
	switch {
	case t.parts != nil:
		out.Parts = t.parts
	case len(t.Heads) == 6:
		out.Parts = []float64{15, 21, 16, 20, 18, 10}
	case len(t.Heads) == 4:
		out.Parts = []float64{46, 18, 18, 18}
	}
	return out
}

func signs(all []sign, w words) (out []pdf.Sign) {
	for _, s := range all {
		out = append(out, pdf.Sign{Label: string(s.Label), Name: s.Name, Lines: []string{string(w.Date) + " :", string(w.Signature) + " :"}})
	}
	return out
}

// alt says what the picture is, for whoever does not see it.
func (s *square) alt() string { return string(texts.SquareAlt) + " : " + string(s.Label) }
