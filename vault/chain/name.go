package chain

import (
	"fmt"
	"strings"

	"github.com/coffre-fort/coffre/vault"
)

// A Name says which chain an entry belongs to. It is part of the signed bytes,
// so that an entry of one chain never fits another. The zero Name names none.
type Name string

// VaultChain is the vault's own chain.
const VaultChain Name = "v"

const (
	safePrefix      = "s/"
	structurePrefix = "r/"
)

// SafeChain names the chain of a safe.
func SafeChain(id vault.SafeID) Name { return Name(safePrefix + id.String()) }

// StructureChain names the chain of a structure.
func StructureChain(id vault.StructureID) Name { return Name(structurePrefix + id.String()) }

// ParseName reads the name of a chain of this version; errors wrap
// [ErrMalformed].
func ParseName(s string) (Name, error) {
	n := Name(s)
	_, safe := n.Safe()
	if _, structure := n.Structure(); safe || structure || n == VaultChain {
		return n, nil
	}
	return "", malformed("chain name")
}

// Safe gives the safe whose chain is named, if it is the chain of a safe.
func (n Name) Safe() (vault.SafeID, bool) {
	text, ok := strings.CutPrefix(string(n), safePrefix)
	if !ok {
		return vault.SafeID{}, false
	}
	id, err := vault.ParseSafeID(text)
	return id, err == nil
}

// Structure gives the structure whose chain is named, if it is the chain of a
// structure.
func (n Name) Structure() (vault.StructureID, bool) {
	text, ok := strings.CutPrefix(string(n), structurePrefix)
	if !ok {
		return vault.StructureID{}, false
	}
	id, err := vault.ParseStructureID(text)
	return id, err == nil
}

// Prefix is where the entries of the chain lie in the bucket: every key of
// [Name.Key] begins with it, and nothing else does.
func (n Name) Prefix() string { return "v1/" + string(n) + "/m/" }

// Key is the bucket key of one entry. Numbers are written as 16 lower-case
// hexadecimal digits: all of uint64 fits, and the order of the keys is the
// order of the numbers, so that a listing starts anywhere and ends at the head.
func (n Name) Key(seq uint64) string { return fmt.Sprintf("%s%016x", n.Prefix(), seq) }
