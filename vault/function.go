package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Function is what somebody does for a structure. The zero Function allows
// nothing. What each may do is the table of package consent.
type Function uint8

// The functions. Their numbers are stored and never change.
const (
	_ Function = iota
	FunctionSocialWorker
	FunctionWorkshopLeader
	FunctionReception
	FunctionCivicService // volontaire en service civique
	FunctionVolunteer    // bénévole, pair-aidant
	FunctionAccessManager
	FunctionDPO
)

// ErrFunction is wrapped when a code names no function.
var ErrFunction = errors.New("not a function")

// Functions answers every function there is.
func Functions() []Function {
	return []Function{
		FunctionSocialWorker, FunctionWorkshopLeader, FunctionReception, FunctionCivicService,
		FunctionVolunteer, FunctionAccessManager, FunctionDPO,
	}
}

// String is the function's code.
func (f Function) String() string {
	switch f {
	case FunctionSocialWorker:
		return "social-worker"
	case FunctionWorkshopLeader:
		return "workshop-leader"
	case FunctionReception:
		return "reception"
	case FunctionCivicService:
		return "civic-service"
	case FunctionVolunteer:
		return "volunteer"
	case FunctionAccessManager:
		return "access-manager"
	case FunctionDPO:
		return "dpo"
	default:
		return "none"
	}
}

// ParseFunction reads a code; the error wraps [ErrFunction].
func ParseFunction(s string) (Function, error) {
	for _, f := range Functions() {
		if f.String() == s {
			return f, nil
		}
	}
	return 0, fmt.Errorf("%w: %d characters", ErrFunction, len(s))
}

// A FunctionSet is the functions of one agent.
type FunctionSet uint16

// NewFunctionSet makes a set.
func NewFunctionSet(fs ...Function) (s FunctionSet) {
	for _, f := range fs {
		s |= 1 << f
	}
	return s
}

// Has reports whether f is in the set.
func (s FunctionSet) Has(f Function) bool { return f != 0 && s&(1<<f) != 0 }

// All answers the functions of the set.
func (s FunctionSet) All() []Function {
	return slices.DeleteFunc(Functions(), func(f Function) bool { return !s.Has(f) })
}

// String lists the codes.
func (s FunctionSet) String() string {
	var codes []string
	for _, f := range s.All() {
		codes = append(codes, f.String())
	}
	return strings.Join(codes, " ")
}
