package vault

import (
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A ShutOutEntry is one who is shut out.
type ShutOutEntry struct {
	Agent     AgentID
	Structure StructureID
	Name      string
	Since     time.Time
}

// AddPhone makes a phone a way in: its secret opens with the PIN only.
type AddPhone struct {
	Request   RequestID
	Safe      SafeID
	Recipient seal.Recipient // of the identity that the phone keeps
	Label     string
}

// RemoveWay ends a way in.
type RemoveWay struct {
	Request RequestID
	Safe    SafeID
	Way     WayID
}

// A WayIn is one way into a safe, as the person sees it.
type WayIn struct {
	ID    WayID
	Kind  WayInKind
	Label string
	Since time.Time
}

// A WayInKind is what a way in is held by.
type WayInKind uint8

// The kinds of ways in.
const (
	_ WayInKind = iota
	WaySheet
	WayEscrow
	WayPhone
	WayRecovery
)

// SafeView is what the person, or an agent for whom the safe exists, sees of
// the safe itself.
type SafeView struct {
	Safe       SafeID
	Nature     Nature
	Frozen     bool
	HasPIN     bool
	HasLogin   bool
	Discreet   bool
	RenewSheet bool // a new sheet is due
	// Recovery says that a request waits for the holder of escrow B.
	Recovery bool
	// Kit is what there is of a recovery kit.
	Kit KitView
	// Relink is when another login replaces the linked one; zero for none. The
	// person can still say no.
	Relink      time.Time
	Information string
	Entrusted   []string // drawers
	ShutOut     []ShutOutEntry
	Addresses   []AddressView
	Handovers   []HandoverView
}

// An AddressView is one address of a safe.
type AddressView struct {
	Address     AddressID
	Label       string
	Since       time.Time
	Partner     PartnerID // whom it was made for; zero for a copy
	PartnerName string
}
