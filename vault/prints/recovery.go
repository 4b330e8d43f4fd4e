package prints

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A RecoverySheet is one of three sheets of which two, together and after a
// delay, are a way back into a safe. It bears no name, and leads nowhere: its QR
// code is the code itself.
type RecoverySheet struct {
	Letterhead
	Holder vault.KitHolder
	Kit    string // the number that the three sheets share
	Number string // of this sheet
	Code   Secret // groups of characters, parted by hyphens
	Delay  time.Duration
}

func (s RecoverySheet) lay() (page, error) {
	if s.Code == nil || len(s.Code.Reveal()) == 0 {
		return page{}, errNoCode
	}
	said, ok := s.words()
	if !ok || s.Delay < time.Second {
		return page{}, errors.New("print: a recovery sheet for nobody, or without a delay")
	}
	printed := string(s.Code.Reveal())
	square, err := newSquare(texts.KitScan, printed)
	if err != nil {
		return page{}, err
	}
	code := strings.Split(printed, "-")
	number := []field{{Label: texts.KitNumber, Value: s.Number, As: exact}, {Label: texts.KitOf, Value: s.Kit, As: exact}}
	if s.discreet() {
		square.Label = texts.PageNeutral
		return s.page(texts.KitTitle, block{Code: code, Square: square, Fields: number}), nil
	}
	return s.page(texts.KitTitle,
		block{Heading: said.who, Lines: []string{string(texts.KitAlone), said.delay.With("delay", wait(s.Delay)), string(texts.KitRule)}},
		block{Heading: texts.KitCode, Code: code, Square: square, After: plain(texts.SheetZero)},
		block{Heading: texts.KitHow, Items: plain(said.bring, texts.KitAfter)},
		block{Heading: texts.KitKeep, Items: said.keep},
		block{Heading: texts.KitLost, Items: said.lost},
		block{Fields: number},
	), nil
}

// wait is a delay in words: whole hours, or seconds where the data is fictitious.
func wait(d time.Duration) string {
	if d < time.Hour {
		return strconv.Itoa(int(d.Seconds())) + " " + string(texts.KitSeconds)
	}
	return strconv.Itoa(int(d.Hours())) + " " + string(texts.KitHours)
}

// holderWords are what only the sheet of one holder says: the person reads *je*, and
// whoever keeps a sheet for them reads about them.
type holderWords struct {
	who          texts.Label
	delay, bring texts.Sentence
	keep, lost   []string
}

func (s RecoverySheet) words() (holderWords, bool) {
	switch s.Holder {
	case vault.KitPerson:
		return holderWords{texts.KitMine, texts.KitDelay, texts.KitBring, plain(texts.KitKeepMine, texts.KitKeepAway), plain(texts.KitLostTell)}, true
	case vault.KitRelative:
		keep := plain(texts.KitGiven, texts.KitAsked, texts.KitStranger)
		return holderWords{texts.KitRelative, texts.KitTheirs, texts.KitBringTheirs, keep, plain(texts.KitLostTellYou)}, true
	case vault.KitEnvelope:
		keep := plain(texts.KitClosed, texts.KitOpened)
		return holderWords{texts.KitEnvelope, texts.KitTheirs, texts.KitBringTheirs, keep, plain(texts.KitLostTellYou)}, true
	default:
		return holderWords{}, false
	}
}
