package prints

import (
	"errors"
	"strconv"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A Destroyed is the statement that an office notebook was destroyed (constat de
// destruction): counts, a day, a place, and places for the two who sign. It names no
// person whose password stood in it.
type Destroyed struct {
	Letterhead
	SIRET    string
	Notebook vault.Notebook
}

func (d Destroyed) lay() (page, error) {
	n := d.Notebook
	day, err := time.Parse(time.DateOnly, n.Day)
	if err != nil || n.ID.IsZero() || n.Signed.IsZero() {
		return page{}, errors.New("print: a notebook that nobody signed for")
	}
	return d.page(texts.DestroyedTitle,
		block{
			Lines: []string{texts.DestroyedWhat.With("day", texts.Day(day, time.UTC)), string(texts.DestroyedCounts)},
			Fields: []field{
				{Label: texts.DestroyedMoved, Value: strconv.Itoa(n.Moved)}, {Label: texts.DestroyedLeft, Value: strconv.Itoa(n.Left)},
				{Label: texts.DestroyedPlace, Value: n.Place},
				{Label: texts.DestroyedNumber, Value: n.ID.String(), As: exact},
				{Label: texts.DestroyedSIRET, Value: d.SIRET},
			},
		},
		block{
			Heading: texts.DestroyedSaid,
			Lines:   plain(texts.DestroyedBoth, texts.DestroyedNoCopy),
			Signs: []sign{
				{Label: texts.DestroyedBy, Name: n.AgentName}, {Label: texts.DestroyedSeenBy, Name: n.WitnessName},
			},
		},
		block{Heading: texts.DestroyedNext, Items: plain(texts.DestroyedChange, texts.DestroyedKeep)},
		block{Lines: []string{texts.DestroyedRecorded.With("when", texts.Moment(n.Signed, d.Zone))}},
	), nil
}
