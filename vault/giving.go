package vault

import (
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Method is how an agreement was expressed.
type Method uint8

// The methods. The zero Method is refused. Numbers are stored.
const (
	_               Method = iota
	MethodSession          // in the person's own session
	MethodCounter          // in a counter session
	MethodOral             // said, before a named witness or interpreter
	MethodPictogram        // shown with pictograms, before a named witness or interpreter
)

// Company says who else was there when the person agreed. The zero value is
// refused.
type Company uint8

// The companies. Numbers are stored.
const (
	_ Company = iota
	CompanyAlone
	CompanyWanted
)

// Protection says what the person answered about tutelle or curatelle (L-87).
// The zero value is refused.
type Protection uint8

// The protections. Numbers are stored.
const (
	_ Protection = iota
	ProtectionNone
	ProtectionAssisted    // curatelle: the person agrees, assisted
	ProtectionRepresented // tutelle: the representative agrees too, named as witness
)

// Giving is how an agreement was expressed.
type Giving struct {
	Method     Method
	Witness    string // named witness or interpreter; empty in the person's own session
	Company    Company
	Protection Protection
}

// Proof is what the person typed or showed, on whatever screen. At most one
// guess of each is compared in a call, and each is a leaf of the trail first.
type Proof struct {
	Code seal.Code // zero: no sheet
	PIN  PIN       // zero: none
}
