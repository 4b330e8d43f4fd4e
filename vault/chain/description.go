package chain

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault/seal"
)

// MaxDescription bounds the encoding of a description, in bytes, so that sealed
// it stays below MaxSealedDescription.
const MaxDescription = 4 << 10

// ErrDescription is wrapped when a description is out of its bounds or bytes are
// not those of one. The text names the field, never its value.
var ErrDescription = errors.New("not a description")

// descriptionVersion is the version of the encoding.
const descriptionVersion = 1

// A Description is what a sealed description holds: what the person reads of a
// paper. It never stands in clear in an entry, and whatever prints it prints
// "[redacted]". Texts are UTF-8 without control characters; empty or zero means
// not said. The bound of each field is in the .proto file.
type Description struct {
	Title        string
	FileName     string
	Drawer       string      // code
	Kind         string      // code
	Type         string      // media type
	Size         int64       // true size in bytes
	Digest       seal.Digest // of the true content
	DocumentDate string      // YYYY-MM-DD, YYYY-MM or YYYY, as the paper says
	Expires      string      // YYYY-MM-DD
	Whose        string
	Original     string // where the paper original is
	Depositor    string
	Function     string
	Structure    string
	Channel      string    // code
	Received     time.Time // whole seconds
	Memo         *Memo     // of a memo only
}

// Bounds of the texts of a description, in bytes.
const (
	maxTitle    = 800 // 200 characters of any script; a place as well
	maxWhose    = 400 // 100 characters
	maxLine     = 512
	maxFileName = 255
	maxCode     = 64
	maxType     = 127
)

// Marshal gives the one encoding of the description, to be sealed. Errors wrap
// [ErrDescription].
func (d Description) Marshal() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	b := chainv1.Description_builder{
		Version: descriptionVersion,
		Title:   d.Title, FileName: d.FileName, Drawer: d.Drawer, Kind: d.Kind, Type: d.Type,
		Size: d.Size, Digest: digestBytes(d.Digest),
		DocumentDate: d.DocumentDate, Expires: d.Expires, Whose: d.Whose, Original: d.Original,
		Depositor: d.Depositor, Function: d.Function, Structure: d.Structure, Channel: d.Channel,
	}
	if !d.Received.IsZero() {
		b.Received = d.Received.Unix()
	}
	if d.Memo != nil {
		b.Memo = d.Memo.encode()
	}
	raw, err := canonical(b.Build())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDescription, err)
	}
	if len(raw) > MaxDescription {
		return nil, fmt.Errorf("%w: too long together", ErrDescription)
	}
	return raw, nil
}

// ParseDescription reads what [Description.Marshal] gave, and nothing else;
// errors wrap [ErrDescription].
func ParseDescription(plain []byte) (Description, error) {
	if len(plain) > MaxDescription {
		return Description{}, fmt.Errorf("%w: %d bytes", ErrDescription, len(plain))
	}
	m := new(chainv1.Description)
	if err := proto.Unmarshal(plain, m); err != nil {
		return Description{}, fmt.Errorf("%w: encoding", ErrDescription) // the cause could quote the text
	}
	if m.GetVersion() != descriptionVersion {
		return Description{}, fmt.Errorf("%w: %w", ErrDescription, &VersionError{Version: m.GetVersion()})
	}
	d := Description{
		Title: m.GetTitle(), FileName: m.GetFileName(), Drawer: m.GetDrawer(), Kind: m.GetKind(), Type: m.GetType(),
		Size: m.GetSize(), DocumentDate: m.GetDocumentDate(), Expires: m.GetExpires(),
		Whose: m.GetWhose(), Original: m.GetOriginal(), Depositor: m.GetDepositor(), Function: m.GetFunction(),
		Structure: m.GetStructure(), Channel: m.GetChannel(),
	}
	if len(m.GetDigest()) == len(d.Digest) {
		d.Digest = seal.Digest(m.GetDigest())
	}
	if m.GetReceived() != 0 {
		d.Received = time.Unix(m.GetReceived(), 0).UTC()
	}
	if m.HasMemo() {
		d.Memo = decodeMemo(m.GetMemo())
	}
	again, err := d.Marshal()
	if err != nil {
		return Description{}, err
	}
	if !bytes.Equal(again, plain) {
		return Description{}, fmt.Errorf("%w: not in canonical form", ErrDescription)
	}
	return d, nil
}

func (d Description) check() error {
	if err := checkTexts([]boundedText{
		{"title", d.Title, maxTitle}, {"file name", d.FileName, maxFileName},
		{"drawer", d.Drawer, maxCode}, {"kind", d.Kind, maxCode}, {"type", d.Type, maxType},
		{"whose", d.Whose, maxWhose}, {"original", d.Original, maxTitle}, {"depositor", d.Depositor, maxLine},
		{"function", d.Function, maxCode}, {"structure", d.Structure, maxLine}, {"channel", d.Channel, maxCode},
	}); err != nil {
		return err
	}
	if !isDate(d.DocumentDate, time.DateOnly, "2006-01", "2006") {
		return fmt.Errorf("%w: document date", ErrDescription)
	}
	if !isDate(d.Expires, time.DateOnly) {
		return fmt.Errorf("%w: expires", ErrDescription)
	}
	if d.Size < 0 {
		return fmt.Errorf("%w: size", ErrDescription)
	}
	if !d.Received.IsZero() && !wholeSecond(d.Received) {
		return fmt.Errorf("%w: received", ErrDescription)
	}
	if d.Memo != nil {
		return d.Memo.check()
	}
	return nil
}

// A boundedText is one text of a description: its name, and its bound in bytes.
type boundedText struct {
	name, text string
	limit      int
}

func checkTexts(all []boundedText) error {
	for _, f := range all {
		if len(f.text) > f.limit || !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, unicode.IsControl) {
			return fmt.Errorf("%w: %s", ErrDescription, f.name)
		}
	}
	return nil
}

const redacted = "[redacted]"

// String redacts.
func (d Description) String() string { return redacted }

// GoString redacts.
func (d Description) GoString() string { return redacted }

// Format redacts, whatever the verb.
func (d Description) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue redacts.
func (d Description) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts, and with it JSON.
func (d Description) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// isDate reports whether a date is not said, or written in one of the layouts.
func isDate(text string, layouts ...string) bool {
	return text == "" || slices.ContainsFunc(layouts, func(layout string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	})
}
