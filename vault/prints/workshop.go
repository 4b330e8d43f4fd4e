package prints

import (
	"time"

	"github.com/coffre-fort/coffre/vault/texts"
)

// A Bring is the slip *Que dois-je ramener ?*: what to bring for one démarche. It
// names papers, and says nothing of what is in them.
type Bring struct {
	Letterhead
	Purpose string    // label of the démarche
	When    time.Time // of the appointment; zero: none yet
	Where   string    // empty: not said
	Lines   []BringLine
	Notes   []string // whole sentences
	Source  string   // where the list comes from, where it has to be checked; else empty
}

// A BringLine is one paper to bring.
type BringLine struct {
	Paper string
	Whose string // empty: the person's
	Note  string // how old it may be, whom to ask
}

func (s Bring) lay() (page, error) {
	about := block{Fields: []field{{Label: texts.BringFor, Value: s.Purpose}}}
	if !s.When.IsZero() {
		about.Fields = append(about.Fields, field{Label: texts.BringWhen, Value: s.moment(s.When)})
	}
	if s.Where != "" && !s.discreet() {
		about.Fields = append(about.Fields, field{Label: texts.BringWhere, Value: s.Where})
	}
	if len(s.Lines) == 0 {
		about.After = plain(texts.BringNothing)
		return s.page(texts.BringTitle, about), nil
	}
	t := &table{
		Caption: texts.BringTable, Heads: []texts.Label{texts.BringPaper, texts.BringWhose, texts.BringKnow, texts.BringHave},
		parts: []float64{36, 18, 36, 10},
	}
	for _, l := range s.Lines {
		t.Rows = append(t.Rows, []string{l.Paper, orDash(l.Whose), orDash(l.Note), ""})
	}
	below := append(plain(texts.BringCross, texts.BringNone), s.Notes...)
	if s.Source != "" {
		below = append(below, texts.BringSource.With("source", s.Source))
	}
	return s.page(texts.BringTitle, about, block{Class: "long", Table: t}, block{Lines: below}), nil
}

// A Certificate says that somebody took part in a cycle of workshops. It is for
// that person alone: nothing of it leaves the cycle for anybody else.
type Certificate struct {
	Letterhead
	Person   string
	Cycle    string
	Place    string
	Leader   string
	Sessions []time.Time // those the person was at
	Done     []string    // as agreed with the person
}

// lay answers [ErrDiscreet] of a discreet safe: a certificate is nothing without
// names.
func (c Certificate) lay() (page, error) {
	if c.discreet() {
		return page{}, ErrDiscreet
	}
	var days []string
	for _, s := range c.Sessions {
		days = append(days, texts.Day(s, c.Zone))
	}
	about := []field{{Label: texts.CertificateName, Value: c.Person}, {Label: texts.CertificateCycle, Value: c.Cycle}}
	if c.Place != "" {
		about = append(about, field{Label: texts.CertificatePlace, Value: c.Place})
	}
	blocks := []block{
		{Lines: plain(texts.CertificateWhat), Fields: about},
		{Heading: texts.CertificateSessions, Items: days},
	}
	if len(c.Done) > 0 {
		blocks = append(blocks, block{Heading: texts.CertificateDone, Items: c.Done})
	}
	blocks = append(blocks, block{Lines: plain(texts.CertificateFor), Signs: []sign{{texts.CertificateLeader, c.Leader}}})
	return c.page(texts.CertificateTitle, blocks...), nil
}
