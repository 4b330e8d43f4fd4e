package texts

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the people who read live in one place, wherever the program runs
	"unicode"

	"github.com/coffre-fort/coffre/vault"
)

// An Accord is what the text of a consent is made of (*mon accord*): the names
// and labels that the terms have as ids and codes.
type Accord struct {
	Agent, Structure string
	Function         vault.Function
	Replacement      vault.Replacement
	Purpose, Body    string // label of the démarche, and who decides
	Precise          string
	Posture          vault.Posture
	Reason           string // of "je fais"
	Actions          vault.Action
	Documents        int      // papers chosen one by one
	Kinds, Drawers   []string // labels
	Arrivals         vault.Arrivals
	Presence         vault.Presence
	// From and Until are both zero for a côte-à-côte session, which lasts while the
	// two are together.
	From, Until time.Time
	// Cycle is what the workshops are called that bound it; empty for none.
	Cycle string
	// PersonSigns says that nobody signs in the person's place (L-86).
	PersonSigns bool
	// Language is BCP 47; where there are no sentences of it, French is read.
	Language string
	// Zone is where the dates are read; nil is metropolitan France.
	Zone *time.Location
}

// Consent is the exact text that a person is shown before agreeing, and the
// version of its sentences. The same facts make the same bytes. Its parts are
// parted by an empty line: first a heading of one line, then sentences, one a
// line; a line that begins with "– " is an item of a list. [Outline] reads it.
//
// It says who, for what, how, what may be done, with which papers, until when,
// that it can be taken back at any time and how, and the person's rights (L-70,
// L-71, L-86, L-87).
func Consent(a Accord) (text, version string) {
	s := sentencesOf(a.Language)
	fill := strings.NewReplacer( // once over, so that a name is never read as a mark
		"{agent}", oneLine(a.Agent), "{structure}", oneLine(a.Structure), "{function}", s.Functions[a.Function],
		"{purpose}", oneLine(a.Purpose), "{body}", oneLine(a.Body), "{precise}", oneLine(a.Precise), "{reason}", oneLine(a.Reason),
		"{cycle}", oneLine(a.Cycle), "{from}", s.moment(a.From, a.Zone), "{until}", s.moment(a.Until, a.Zone),
	)
	var b strings.Builder
	b.WriteString(s.Title)
	for _, p := range s.parts(a) {
		b.WriteString("\n\n" + p[0])
		for _, line := range p[1:] {
			b.WriteString("\n" + fill.Replace(line))
		}
	}
	b.WriteString("\n")
	return b.String(), s.Version
}

// Languages lists the languages that a consent can be shown in (BCP 47). A
// translation is one more value like [french], written by somebody who speaks
// the language: nobody is shown sentences that a machine made.
func Languages() (all []string) {
	for _, s := range translations() {
		all = append(all, s.Language)
	}
	return all
}

// translations are the languages there are sentences of, French first.
func translations() []sentences { return []sentences{french()} }

// sentencesOf answers the sentences of a language, or of its base where there
// are none of its region; French where there are none at all.
func sentencesOf(language string) sentences {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	for _, wanted := range []string{strings.ToLower(language), base} {
		for _, s := range translations() {
			if s.Language == wanted {
				return s
			}
		}
	}
	return french()
}

// parts are the headings of the text, each with its lines.
func (s sentences) parts(a Accord) [][]string {
	who := []string{s.Who, s.Allow, s.Place}
	if a.Replacement == vault.ReplacementSuccessor {
		who = append(who, s.Successor...)
	} else {
		who = append(who, s.OneAgent)
	}
	why := []string{s.Why, s.Purpose}
	if a.Body != "" {
		why = append(why, s.Body)
	}
	why = append(why, s.Precise)
	if a.PersonSigns {
		why = append(why, s.PersonSigns...)
	}
	how := append([]string{s.How}, s.Postures[a.Posture]...)
	may := []string{s.May}
	for _, action := range vault.Actions() {
		if a.Actions.Has(action) {
			may = append(may, item+s.Actions[action])
		}
	}
	may = append(may, s.NothingElse)
	may = append(may, s.Presences[a.Presence]...)
	until := append([]string{s.When, s.Begins, s.Ends}, s.Stops...)
	if a.Cycle != "" {
		until = append(until, s.Cycle...)
		if a.Replacement != vault.ReplacementSuccessor {
			until = append(until, s.OtherLeader)
		}
	}
	if a.From.IsZero() && a.Until.IsZero() {
		until = append([]string{s.When}, s.Beside...)
	}
	return [][]string{
		who, why, how, may, s.papers(a), until,
		append([]string{s.TakeBack}, s.Withdrawal...),
		append([]string{s.Rights}, s.MyRights...),
	}
}

const item = "– "

func (s sentences) papers(a Accord) []string {
	lines := []string{s.Papers}
	switch {
	case a.Documents == 1:
		lines = append(lines, item+s.OnePaper)
	case a.Documents > 1:
		lines = append(lines, item+strings.ReplaceAll(s.SomePapers, "{count}", strconv.Itoa(a.Documents)))
	}
	for _, kind := range a.Kinds {
		lines = append(lines, item+s.Kind+harmless(kind))
	}
	for _, drawer := range a.Drawers {
		lines = append(lines, item+s.Drawer+harmless(drawer))
	}
	return append(lines, s.Arrivals[a.Arrivals]...)
}

// harmless takes out of a label what would be read as a mark to fill in.
func harmless(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(oneLine(s)) }

// oneLine keeps what somebody typed from making lines of its own: a consent says
// nothing that was not asked.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// moment writes an instant as people say it. Midnight belongs to the day before:
// an agreement "until the 29th at midnight" is over when the 30th begins.
func (s sentences) moment(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = Metropolitan()
	}
	t = t.In(zone)
	at := s.Midnight
	if t.Hour() == 0 && t.Minute() == 0 {
		t = t.AddDate(0, 0, -1)
	} else {
		at = strings.NewReplacer("{hour}", strconv.Itoa(t.Hour()), "{minute}", t.Format("04")).Replace(s.Hour)
	}
	return s.day(t) + at
}

func (s sentences) day(t time.Time) string {
	number := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		number = s.First
	}
	return strings.NewReplacer("{day}", number, "{month}", s.Months[t.Month()-1], "{year}", strconv.Itoa(t.Year())).Replace(s.Date)
}

// Day writes a day in French as people say it, in zone; nil is metropolitan
// France.
func Day(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = Metropolitan()
	}
	return french().day(t.In(zone))
}

// Moment writes a day and an hour in French as people say them, in zone; nil is
// metropolitan France.
func Moment(t time.Time, zone *time.Location) string { return french().moment(t, zone) }

// Metropolitan is the time of metropolitan France.
func Metropolitan() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil { // it is built in
		return time.UTC
	}
	return zone
}

// A Part is one part of a consent's text.
type Part struct {
	Heading string
	Lines   []string // sentences
	Items   []string // of a list, after the first line
}

// Outline reads the text of a consent: its title and its parts. It reads any
// text and loses no line of it.
func Outline(text string) (title string, parts []Part) {
	title, rest, _ := strings.Cut(text, "\n")
	for block := range strings.SplitSeq(strings.Trim(rest, "\n"), "\n\n") {
		var p Part
		for i, line := range strings.Split(block, "\n") {
			switch text, listed := strings.CutPrefix(line, item); {
			case i == 0:
				p.Heading = line
			case listed:
				p.Items = append(p.Items, text)
			default:
				p.Lines = append(p.Lines, line)
			}
		}
		parts = append(parts, p)
	}
	return title, parts
}
