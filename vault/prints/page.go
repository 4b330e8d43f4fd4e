package prints

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints/pdf"
	"github.com/coffre-fort/coffre/vault/texts"
)

//go:embed page.html
var pageHTML string

// A Letterhead is what stands on every page.
type Letterhead struct {
	Structure string
	Printed   time.Time
	// Discretion of the safe that the page is about: a discreet page shows neither
	// what it is nor who made it.
	Discretion vault.Discretion
	// Nature of the safe that the page is about: every page of an exercise says that
	// it is one.
	Nature vault.Nature
	// Zone is where the dates are read; nil is metropolitan France.
	Zone *time.Location
}

func (h Letterhead) discreet() bool { return h.Discretion == vault.DiscretionDiscreet }

// A page is one printed document, as the template reads it.
type page struct {
	Title     string
	Mark      string // at the head of every page; empty for none
	Structure string
	Date      string
	Made      time.Time
	Paper     pdf.Paper
	Words     words
	Blocks    []block
}

// words are the labels of the template itself.
type words struct{ Structure, Dated, Date, Signature texts.Label }

// A block is one part of a page. What is empty is not shown.
type block struct {
	ID      string
	Heading texts.Label
	Class   string // of the style sheet: "cut", "card", "page"; on paper: "cover", "pocket", "leaf", "back"
	Lines   []string
	Items   []string
	Steps   []string // in order
	Code    []string // groups of characters
	Square  *square
	Fields  []field
	Table   *table
	Box     texts.Label // to tick
	Signs   []sign
	After   []string // sentences below all that
	// running comes again, on paper, where a part without a heading goes on.
	running string
}

type field struct {
	Label texts.Label
	Value string
	As    value
}

// A value says how it is shown.
type value int

const (
	text     value = iota
	exact          // characters to copy one by one, in groups
	copied         // the same, without groups: an address
	verbatim       // the same, with nothing between them: a password
)

// Exact, Copied and Verbatim are for the template.
func (f field) Exact() bool    { return f.As == exact }
func (f field) Copied() bool   { return f.As == copied }
func (f field) Verbatim() bool { return f.As == verbatim }

type table struct {
	Caption texts.Label
	Heads   []texts.Label
	Rows    [][]string
	parts   []float64 // widths of the columns on paper; nil: as the style sheet says
	copied  int       // the column of characters to copy one by one; 0: none
}

// Copied is for the template: the first column names its row.
func (t *table) Copied(column int) bool { return column > 0 && column == t.copied }

type sign struct {
	Label texts.Label
	Name  string
}

// page begins a document. A discreet one has a title that says nothing.
func (h Letterhead) page(title texts.Label, blocks ...block) page {
	p := page{
		Title: string(title), Structure: h.Structure, Date: texts.Day(h.Printed, h.Zone), Made: h.Printed, Paper: pdf.A4, Blocks: blocks,
		Words: words{texts.PageStructure, texts.PageDated, texts.MandateDate, texts.MandateSignature},
	}
	if h.discreet() {
		p.Title, p.Structure = string(texts.PageNeutral), ""
	}
	if h.Nature == vault.NatureTraining {
		p.Title, p.Mark = h.Nature.Marked(p.Title), vault.TrainingMark
	}
	return p
}

// render makes the bytes of a page.
func (p page) render() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"group": groups}).Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	for i := range p.Blocks {
		p.Blocks[i].ID = fmt.Sprintf("part-%d", i+1)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return bytes.Map(seen, b.Bytes()), nil
}

// seen takes out what would turn the text around it, or hide in it: a page of another
// script needs none of that, for each value has its own direction. The joiners of such
// scripts stay.
func seen(r rune) rune {
	if unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
		return -1
	}
	return r
}

// groups parts characters that people copy into fours, so that a line can break.
func groups(s string) []string {
	var out []string
	for part := range strings.FieldsSeq(s) {
		for len(part) > 4 {
			out, part = append(out, part[:4]), part[4:]
		}
		out = append(out, part)
	}
	return out
}

// plain turns sentences into lines.
func plain(all ...texts.Sentence) (out []string) {
	for _, s := range all {
		out = append(out, string(s))
	}
	return out
}
