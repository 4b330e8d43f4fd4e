package prints

import (
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault/prints/pdf"
)

// A Format is how a document is made.
type Format int

// The formats.
const (
	// FormatAny is PDF, and HTML where a name has characters that the embedded
	// fonts cannot set.
	FormatAny Format = iota
	FormatPDF
	FormatHTML
)

// ErrScript says that a document has characters that only a browser can set: it
// is made as HTML.
var ErrScript = fmt.Errorf("print: %w", pdf.ErrScript)

// Settable answers [ErrScript] for a text that has to be printed by a browser.
func Settable(text string) error {
	err := pdf.Settable(text)
	if errors.Is(err, pdf.ErrScript) {
		return ErrScript
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// A Made is one document, as the bytes of a file. It may hold a code or a
// password: it is handed over and kept nowhere.
type Made struct {
	Format Format // FormatPDF or FormatHTML
	Bytes  []byte
}

// A Page is one of the documents of this package.
type Page interface {
	// lay puts its parts in order.
	lay() (page, error)
}

var (
	_ Page = CodeSheet{}
	_ Page = ActivationSlip{}
	_ Page = AddressSlip{}
	_ Page = Information{}
	_ Page = Receipt{}
	_ Page = Mandate{}
	_ Page = Withdrawal{}
	_ Page = Summary{}
	_ Page = Journal{}
	_ Page = Departure{}
	_ Page = Letter{}
	_ Page = KitLetter{}
	_ Page = Passport{}
	_ Page = LostCopy{}
	_ Page = Bring{}
	_ Page = Certificate{}
	_ Page = RecoverySheet{}
	_ Page = ToChange{}
	_ Page = Destroyed{}
)

// Make makes a document in a format. It answers [ErrScript] where PDF is asked
// for and cannot be, and [ErrDiscreet] for what is not made of a discreet safe.
func Make(p Page, f Format) (Made, error) {
	laid, err := p.lay()
	if err != nil {
		return Made{}, err
	}
	switch f {
	case FormatPDF, FormatAny:
		b, err := laid.paged()
		if f == FormatAny && errors.Is(err, ErrScript) {
			return Make(p, FormatHTML)
		}
		return made(FormatPDF, b, err)
	case FormatHTML:
		b, err := laid.render()
		return made(FormatHTML, b, err)
	default:
		return Made{}, errors.New("print: an unknown format")
	}
}

func made(f Format, b []byte, err error) (Made, error) {
	if err != nil {
		return Made{}, err
	}
	return Made{f, b}, nil
}

// HTML makes a page for a browser.
func HTML(p Page) ([]byte, error) {
	m, err := Make(p, FormatHTML)
	return m.Bytes, err
}

// PDF makes a document for a printer.
func PDF(p Page) ([]byte, error) {
	m, err := Make(p, FormatPDF)
	return m.Bytes, err
}
