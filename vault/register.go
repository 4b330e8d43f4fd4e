package vault

import (
	"time"
)

// A RegisterEntry is how a structure finds a safe again. Sealed at rest.
type RegisterEntry struct {
	Name     string // as written; "NOM Prénom"
	Birth    string // as written on the identity paper: YYYY-MM-DD, parts may be 00
	Language string // BCP 47, such as "fr", "ar", "ps"
}

// SetRegister puts a safe into the register, corrects it, or with the zero
// entry takes it out.
type SetRegister struct {
	Request RequestID
	Safe    SafeID
	Entry   RegisterEntry
}

// FindSafe searches the register by name and birth date together, or by an
// address. Each search is recorded.
type FindSafe struct {
	Name    string
	Birth   string
	Address AddressID // instead of both
}

// A FoundSafe is one answer. Found by an address it has an id and nothing else.
type FoundSafe struct {
	Safe  SafeID
	Entry RegisterEntry
}

// IssueAddress makes a new address for one copy, or for one partner program.
type IssueAddress struct {
	Request RequestID
	Safe    SafeID
	Label   string // whom it is for, at most MaxName characters
	// Partner is the only partner program that may deposit at it; zero for a copy,
	// at which none may.
	Partner PartnerID
}

// RevokeAddress ends one.
type RevokeAddress struct {
	Request RequestID
	Safe    SafeID
	Address AddressID
}

// A CircleMember is one helper of a safe: who helps, for what, until when.
type CircleMember struct {
	Agent     AgentID
	Name      string
	Structure string
	Function  Function
	Referent  bool // the person's named worker
	Purposes  []string
	Until     time.Time // of the last consent
}

// A Circle is who helps one person.
type Circle struct {
	Members []CircleMember
	Shared  bool // the helpers see one another
}

// SetReferent names the person's first contact, or nobody, and says whether the
// helpers see one another.
type SetReferent struct {
	Request  RequestID
	Safe     SafeID
	Referent AgentID
	Shared   bool
}
