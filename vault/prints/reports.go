package prints

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A Summary is what the person takes home from a côte-à-côte session.
type Summary struct {
	Letterhead
	Done    vault.Summary
	Purpose string   // label of the démarche
	Next    []string // what is left to do, as agreed
}

func (s Summary) lay() (page, error) {
	d, after := s.Done, texts.SummaryClosed.With()
	if !d.ComeBack.IsZero() {
		after = texts.SummaryComeBack.With("until", s.moment(d.ComeBack))
	}
	blocks := []block{
		{
			Lines: []string{texts.SummaryWhen.With(
				"day", texts.Day(d.Began, s.Zone), "from", texts.Clock(d.Began, s.Zone), "until", texts.Clock(d.Ended, s.Zone))},
			Fields: []field{
				{Label: texts.SummaryFor, Value: s.Purpose}, {Label: texts.SummaryHow, Value: string(texts.PostureName(d.Posture))},
				{Label: texts.SummaryWith, Value: s.with()},
				{Label: texts.SummaryOpened, Value: strconv.Itoa(d.Opened)}, {Label: texts.SummaryDeposited, Value: strconv.Itoa(d.Deposited)},
			},
		},
		{Heading: texts.SummaryAfter, Lines: []string{after, string(texts.SummaryKeeps)}},
	}
	if len(s.Next) > 0 {
		blocks = append(blocks, block{Heading: texts.SummaryNext, Items: s.Next})
	}
	return s.page(texts.SummaryTitle, blocks...), nil
}

// with names the agent; in a discreet safe's page nobody is named.
func (s Summary) with() string {
	if s.discreet() {
		return texts.Who(vault.Line{Actor: vault.ActorAgent})
	}
	return texts.Who(vault.Line{Actor: vault.ActorAgent, AgentName: s.Done.Agent, Function: s.Done.Function, Structure: s.Done.Structure})
}

// A Journal is *Qui a vu mes papiers*: an extract of a safe's journal, in order.
type Journal struct {
	Letterhead
	From, Until time.Time
	Lines       []vault.Line
	Older       int                       // lines of the span that did not fit
	Purposes    map[papers.Purpose]string // labels
}

// lay puts the lines in order. Titles are printed where the lines have them.
func (j Journal) lay() (page, error) {
	period := texts.JournalFrom.With("from", texts.Day(j.From, j.Zone), "until", texts.Day(j.Until, j.Zone))
	if len(j.Lines) == 0 {
		return j.page(texts.JournalTitle, block{Lines: []string{period, string(texts.JournalNone)}}), nil
	}
	t := &table{Caption: texts.JournalTable, Heads: []texts.Label{
		texts.JournalWhen, texts.JournalWho, texts.JournalWhat, texts.JournalWhich, texts.JournalWhy, texts.JournalPresent,
	}}
	first, last := j.Lines[0].Position, j.Lines[0].Position
	for _, l := range j.Lines {
		first, last = min(first, l.Position), max(last, l.Position)
		t.Rows = append(t.Rows, j.row(l))
	}
	above := []string{period, string(texts.JournalAll)}
	if j.Older > 0 {
		above = append(above, texts.JournalOlder.With("count", strconv.Itoa(j.Older)))
	}
	return j.page(texts.JournalTitle,
		block{Lines: above},
		block{Class: "long", Table: t},
		block{Heading: texts.JournalCheck, Lines: []string{texts.JournalPosition.With(
			"first", strconv.FormatUint(first, 10), "last", strconv.FormatUint(last, 10))}},
	), nil
}

func (j Journal) row(l vault.Line) []string {
	if j.discreet() {
		l.AgentName, l.Structure = "", ""
	}
	present := "–"
	if l.Presence || l.Actor == vault.ActorOwner || l.Actor == vault.ActorVisit {
		present = string(texts.JournalYes)
	}
	when := texts.Day(l.Time, j.Zone) + ", " + texts.Clock(l.Time, j.Zone)
	return []string{
		when, texts.Who(l), l.Nature.Marked(deed(l)), which(l.Documents), orDash(j.Purposes[l.Purpose]), present,
	}
}

// deed says what was done, and that it was in the person's place (L-75).
func deed(l vault.Line) string {
	if place := texts.Place(l); place != "" {
		return texts.Deed(l.Act, l.Outcome) + " " + place
	}
	return texts.Deed(l.Act, l.Outcome)
}

// maxTitles and maxTitle bound the titles in one cell, and the characters of
// one: a page stays one, whatever papers are called.
const (
	maxTitles = 3
	maxTitle  = 80
)

func shorten(title string) string {
	if all := []rune(title); len(all) > maxTitle {
		return string(all[:maxTitle-1]) + "…"
	}
	return title
}

// which names the papers as far as their titles are known, else counts them.
func which(all []vault.Named) string {
	var titles []string
	for _, d := range all {
		if d.Title != "" {
			titles = append(titles, shorten(d.Title))
		}
	}
	if more := len(titles) - maxTitles; len(titles) == len(all) && more > 0 {
		return strings.Join(titles[:maxTitles], " ; ") + ". " + texts.JournalMore.With("count", strconv.Itoa(more))
	}
	if len(titles) == len(all) {
		return orDash(strings.Join(titles, " ; "))
	}
	if len(all) == 1 {
		return string(texts.JournalOne)
	}
	return texts.JournalPapers.With("count", strconv.Itoa(len(all)))
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// A Departure is the report of an agent who left: people and counts, never a
// title, and never a figure about the work done (L-55).
type Departure struct {
	Letterhead
	Report vault.DepartureReport
}

func (d Departure) lay() (page, error) {
	r := d.Report
	blocks := []block{{
		Lines: plain(texts.DepartureWhat, texts.DepartureUse),
		Fields: []field{{Label: texts.DepartureOf, Value: texts.Who(vault.Line{
			Actor: vault.ActorAgent, AgentName: r.Agent.Name, Structure: d.Structure,
		})}},
	}}
	if len(r.Safes) == 0 {
		blocks = append(blocks, block{Lines: plain(texts.DepartureNobody)})
		return d.page(texts.DepartureTitle, blocks...), nil
	}
	t := &table{Caption: texts.DeparturePeople, Heads: []texts.Label{texts.DepartureSafe, texts.DepartureOpenings, texts.DepartureReveals, texts.DepartureConsents}}
	for _, l := range r.Safes {
		name := l.Name
		if name == "" {
			name = string(texts.DepartureNoName)
		}
		t.Rows = append(t.Rows, []string{name, strconv.Itoa(l.Openings), strconv.Itoa(l.Reveals), strconv.Itoa(l.Consents)})
	}
	blocks = append(blocks,
		block{Class: "long", Table: t},
		block{Heading: texts.DepartureTotals, Fields: []field{
			{Label: texts.DepartureEnded, Value: strconv.Itoa(r.Ended)}, {Label: texts.DepartureReplaced, Value: strconv.Itoa(r.Replaced)},
		}},
	)
	return d.page(texts.DepartureTitle, blocks...), nil
}

// ErrDiscreet says that what names somebody is not made for a discreet safe.
var ErrDiscreet = fmt.Errorf("print: %w", vault.ErrDiscreet)

// A Letter tells the person that something waits 48 hours where one agent works
// alone, so that they can stop it.
type Letter struct {
	Letterhead
	Asked     vault.Act
	By        string // the agent
	At        time.Time
	NotBefore time.Time
}

// lay answers [ErrDiscreet] of a discreet safe: the letter goes by post.
func (l Letter) lay() (page, error) {
	if l.discreet() {
		return page{}, ErrDiscreet
	}
	return l.page(texts.LetterTitle,
		block{Lines: plain(texts.LetterWhat)},
		block{Fields: []field{
			{Label: texts.LetterAsked, Value: texts.Act(l.Asked)}, {Label: texts.LetterWho, Value: l.By},
			{Label: texts.LetterWhen, Value: l.moment(l.At)}, {Label: texts.LetterNot, Value: l.moment(l.NotBefore)},
		}},
		block{Heading: texts.LetterDo, Items: plain(texts.LetterYes, texts.LetterNo, texts.LetterFreeze)},
	), nil
}
