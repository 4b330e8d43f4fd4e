package prints

import (
	"errors"
	"net/url"
	"strings"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// errNoCode is a caller's mistake: a sheet without a code locks somebody out.
var errNoCode = errors.New("print: a code sheet without its code")

// A CodeSheet is the key to a safe, printed for the person: a page and a card
// for the pocket, each with the code as text and as a QR code. It bears no name
// and no number of the safe: whoever finds it learns nothing.
type CodeSheet struct {
	Letterhead
	Sheet   vault.WayID
	Code    vault.Code
	Address vault.AddressID // zero: none is printed
}

// lay puts the sheet in order. Its bytes hold the code: they are printed once and kept
// nowhere. A discreet sheet has the code and no explanation.
func (s CodeSheet) lay() (page, error) {
	if s.Code.IsZero() {
		return page{}, errNoCode
	}
	printed := string(s.Code.Printed().Reveal())
	square, err := newSquare(texts.SheetScan, printed)
	if err != nil {
		return page{}, err
	}
	if s.discreet() {
		square.Label = texts.PageNeutral
	}
	code := strings.Split(printed, "-")
	card := block{Heading: texts.CardTitle, Class: "card", Code: code, Square: square}
	if s.discreet() {
		card.Heading = texts.PageNeutral
		return s.page(texts.SheetTitle, block{Code: code, Square: square, Fields: s.number()[:1]}, card), nil
	}
	return s.page(texts.SheetTitle,
		block{Heading: texts.SheetCode, Lines: plain(texts.SheetWhat), Code: code, Square: square, After: plain(texts.SheetZero)},
		block{Heading: texts.SheetHow, Items: plain(texts.SheetType, texts.SheetWithPIN, texts.SheetNobody)},
		block{Heading: texts.SheetKeep, Items: plain(texts.SheetSafePlace, texts.SheetNoName, texts.SheetCardPlace)},
		block{Heading: texts.SheetLostHead, Items: plain(texts.SheetTellUs, texts.SheetWithout)},
		block{Fields: s.number(), After: s.depositing()},
		card,
	), nil
}

func (s CodeSheet) number() []field {
	fields := []field{{Label: texts.SheetNumber, Value: s.Sheet.String(), As: exact}}
	if !s.Address.IsZero() {
		fields = append(fields, field{Label: texts.SheetAddress, Value: s.Address.String(), As: exact})
	}
	return fields
}

func (s CodeSheet) depositing() []string {
	if s.Address.IsZero() {
		return nil
	}
	return plain(texts.SheetForDeposit)
}

// An ActivationSlip says how a person links a login to their safe. It bears no
// code: that is on the code sheet, which the person already has.
type ActivationSlip struct {
	Letterhead
	Portal *url.URL // the service's public address
	Safe   vault.SafeID
}

func (a ActivationSlip) lay() (page, error) {
	address, err := under(a.Portal, "activer", a.Safe.String())
	if err != nil {
		return page{}, err
	}
	square, err := newSquare(texts.SlipScan, address)
	if err != nil {
		return page{}, err
	}
	return a.page(texts.SlipTitle,
		block{Lines: plain(texts.SlipWhat)},
		block{Heading: texts.SlipSteps, Steps: plain(texts.SlipOpen, texts.SlipLogin, texts.SlipCode, texts.SlipAgent)},
		block{Heading: texts.SlipPage, Square: square, Fields: []field{
			{Label: texts.PageAddress, Value: address, As: copied}, {Label: texts.SlipSafe, Value: a.Safe.String(), As: exact},
		}},
		block{Heading: texts.SlipHelp, Lines: plain(texts.SlipCounter, texts.SlipNoCode)},
	), nil
}

// An AddressSlip hands one address of a safe to whoever deposits with it: a
// partner, a relative. It bears no name of the person.
type AddressSlip struct {
	Letterhead
	Portal  *url.URL // the service's public address
	Address vault.AddressID
	For     string // whom it is meant for
}

// lay puts the slip in order. A discreet one bears the address alone.
func (a AddressSlip) lay() (page, error) {
	text := a.Address.String()
	fields := []field{{Label: texts.AddressCode, Value: text, As: exact}}
	if a.discreet() {
		return a.page(texts.AddressTitle, block{Fields: fields}), nil
	}
	address, err := under(a.Portal, "d", text)
	if err != nil {
		return page{}, err
	}
	square, err := newSquare(texts.AddressScan, address)
	if err != nil {
		return page{}, err
	}
	fields = append(fields, field{Label: texts.PageAddress, Value: address, As: copied})
	if a.For != "" {
		fields = append([]field{{Label: texts.AddressFor, Value: a.For}}, fields...)
	}
	return a.page(texts.AddressTitle, block{
		Lines: plain(texts.AddressWhat, texts.AddressGive), Square: square, Fields: fields, After: plain(texts.AddressClose),
	}), nil
}

// An Information is the service information, to take home (L-11).
type Information struct {
	Letterhead
	Text    string // paragraphs, parted by an empty line
	Version string
	Digest  string // of the text, in hexadecimal
}

func (i Information) lay() (page, error) {
	return i.page(texts.InformationTitle,
		block{Class: "long", Lines: strings.Split(i.Text, "\n\n")},
		block{Fields: []field{
			{Label: texts.InformationVersion, Value: i.Version}, {Label: texts.InformationDigest, Value: i.Digest, As: exact},
		}},
	), nil
}

// under is an address below the service's own. Only https pages are printed:
// whoever follows them must reach the service and nobody else.
func under(public *url.URL, path ...string) (string, error) {
	if public == nil || public.Scheme != "https" || public.Host == "" || public.User != nil {
		return "", errors.New("print: the public address is not an https address")
	}
	return public.JoinPath(path...).String(), nil
}
