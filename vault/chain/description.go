package chain

import (
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A Description is what a sealed description holds: what the person reads of a
// paper. It never appears in clear in an entry, and prints as "[redacted]"
// whatever prints it. Texts are UTF-8 without control characters; empty, zero
// means not said. Each field's bound is in the .proto file.
type Description struct {
	Title        string
	FileName     string
	Drawer       string      // code
	Kind         string      // code
	Type         string      // media type
	Size         int64       // true size in bytes
	Digest       seal.Digest // of the true content
	DocumentDate string      // YYYY-MM-DD
	Expires      string      // YYYY-MM-DD
	Whose        string
	Original     string // where the paper original is
	Depositor    string
	Function     string
	Structure    string
	Channel      string    // code
	Received     time.Time // whole seconds
}

// Marshal gives the one encoding of the description, to be sealed. Errors wrap
// [ErrDescription].
func (d Description) Marshal() ([]byte, error) { panic("unfinished") }

// ParseDescription reads what [Description.Marshal] gave, and nothing else;
// errors wrap [ErrDescription].
func ParseDescription(plain []byte) (Description, error) { panic("unfinished") }
