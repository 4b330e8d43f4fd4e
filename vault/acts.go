package vault

import (
	"crypto/ed25519"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Limits of the spine. They are stated in the .proto comments as well.
const (
	MaxDocument    = 100 << 20 // bytes in one document, unless the operator says less
	MaxSafe        = 10 << 30  // bytes that one safe holds, as they are stored, unless the operator says otherwise
	MaxBatch       = 100       // documents in one batch deposit
	MaxTitle       = 200       // characters
	MaxFileName    = 255       // bytes
	MaxWhose       = 100       // characters
	MaxPlace       = 200       // characters
	MaxVersionText = 64        // bytes in the version of a text shown to a person
	MaxPage        = 1000      // lines or documents in one page
)

// OpenSession is a verified login on its way to become a session, or a partner
// program's assertion, which the keeper verifies: it knows the key.
type OpenSession struct {
	Login auth.Login
	// Assertion is instead of Login. Its jti must be the nonce of Client and Salt.
	Assertion auth.Assertion
	Salt      []byte
	Client    ed25519.PublicKey
	Place     Place
}

// A Place is where the person sits. The zero Place is the careful one: a
// computer that others use afterwards, with the shorter idle limit.
type Place uint8

// The places.
const (
	PlaceShared Place = iota
	PlaceOwn
)

// OpenSafe opens a safe at the counter. It is locked from the start.
type OpenSafe struct {
	Request     RequestID
	Owner       auth.UserID // zero for a person without a login
	Information string      // version of the service information given before (L-11)
	// Entry puts the safe into the structure's register; the zero entry keeps it
	// out. A discreet safe has none.
	Entry      RegisterEntry
	PIN        PIN        // zero: the person chose none
	Discretion Discretion // zero: normal
	// Entrust are the drawers with which the person agreed, one by one, that the
	// service may help with their PIN when the sheet is not there; none unless they
	// said so. It takes a PIN, and Agreement, the version of the text they agreed to.
	Entrust   []papers.Drawer
	Agreement string
	// Until is how long that holds; zero is until the person takes it back.
	Until EntrustTerm
}

// OpenedSafe is what leaves the keeper when a safe is opened.
type OpenedSafe struct {
	Safe  SafeID
	Sheet WayID
	// Code is to be printed for the person; it is kept nowhere.
	Code seal.Code
	// Address is to be printed beside it.
	Address AddressID
}

// OwnedSafe is a safe as its owner sees it before opening anything.
type OwnedSafe struct {
	Safe     SafeID
	Unlocked bool
}

// Unlock opens a safe's identity in one session: with the code sheet, or with a
// trusted phone and the PIN.
type Unlock struct {
	Safe SafeID
	Code seal.Code
	// Phone is the identity that a trusted phone keeps, instead of a code. It
	// opens nothing without the PIN, which is compared first.
	Phone *seal.Identity
	PIN   PIN
}

// Entrust records the person's express agreement for one drawer.
type Entrust struct {
	Request   RequestID
	Safe      SafeID
	Drawer    papers.Drawer
	Agreement string // version of the text agreed to
	Until     EntrustTerm
}

// An EntrustTerm is what ends an agreement for a drawer beside the person's word.
type EntrustTerm uint8

// The terms. By the zero one an agreement holds until the person takes it back.
const (
	EntrustTaken    EntrustTerm = iota
	EntrustHandover             // also the handover at the end of a workshop
)

// String is the term's code; empty for the zero one.
func (t EntrustTerm) String() string {
	if t == EntrustHandover {
		return "handover"
	}
	return ""
}

// TakeBack ends the agreement for one drawer.
type TakeBack struct {
	Request RequestID
	Safe    SafeID
	Drawer  papers.Drawer
}
