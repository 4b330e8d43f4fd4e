package keeper

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Where things lie (architecture: the bucket). A name says what kind of thing
// an object is and nothing about whom it concerns.

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func safePrefix(s vault.SafeID) storage.Key { return storage.Key("v1/s/" + s.String() + "/") }

func objectKey(s vault.SafeID, o vault.ObjectID) storage.Key {
	return safePrefix(s) + storage.Key("o/"+o.String())
}

func wayKey(s vault.SafeID, epoch uint64, w vault.WayID, master uint64) storage.Key {
	return safePrefix(s) + storage.Key("k/"+number(epoch)+"/"+w.String()+"."+number(master))
}

func serviceKey(s vault.SafeID, n uint64) storage.Key {
	return safePrefix(s) + storage.Key("p/"+number(n))
}

func bundleKeyKey(s vault.SafeID, b vault.BundleID, master uint64) storage.Key {
	return safePrefix(s) + storage.Key("b/"+b.String()+"/key."+number(master))
}

func piecesKey(s vault.SafeID, b vault.BundleID, o vault.ObjectID) storage.Key {
	return safePrefix(s) + storage.Key("b/"+b.String()+"/"+o.String())
}

const (
	anchorPrefix = storage.Key("v1/anchors/")
	leavesPrefix = storage.Key("v1/t/l/")
	detailPrefix = storage.Key("v1/t/d/")
)

func anchorKey(size uint64) storage.Key {
	return anchorPrefix + storage.Key(fmt.Sprintf("%016x", size))
}

func batchKey(prefix storage.Key, from, to uint64) storage.Key {
	return prefix + storage.Key(fmt.Sprintf("%016x-%016x", from, to))
}

// What things are bound to (vault/seal/FORMAT.md). An object that was moved to
// another name does not open there.

func contentBinding(s vault.SafeID, d vault.DocumentID, o vault.ObjectID) seal.Binding {
	return seal.Bind(seal.KindContent, s.String(), d.String(), o.String())
}

func inlineBinding(s vault.SafeID, d vault.DocumentID) seal.Binding {
	return seal.Bind(seal.KindInline, s.String(), d.String())
}

func descriptionBinding(s vault.SafeID, d vault.DocumentID) seal.Binding {
	return seal.Bind(seal.KindDescription, s.String(), d.String())
}

func wayBindings(s vault.SafeID, epoch uint64, w vault.WayID, master uint64) (outer, inner seal.Binding) {
	return seal.Bind(seal.KindWay, s.String(), number(epoch), w.String(), number(master)),
		seal.Bind(seal.KindWayInner, s.String(), number(epoch), w.String())
}

// middleBinding binds the layer of the first of two recovery sheets.
func middleBinding(s vault.SafeID, epoch uint64, w vault.WayID) seal.Binding {
	return seal.Bind(seal.KindWayMiddle, s.String(), number(epoch), w.String())
}

func serviceBinding(s vault.SafeID, n uint64) seal.Binding {
	return seal.Bind(seal.KindService, s.String(), number(n))
}

func bundleKeyBinding(s vault.SafeID, b vault.BundleID, master uint64) seal.Binding {
	return seal.Bind(seal.KindBundleKey, s.String(), b.String(), number(master))
}

func piecesBinding(s vault.SafeID, b vault.BundleID, o vault.ObjectID) seal.Binding {
	return seal.Bind(seal.KindPieces, s.String(), b.String(), o.String())
}

// pepperSize is how many bytes a pepper has at least.
const pepperSize = 32

// The keys that are derived from the pepper, each for one use.
const (
	forState      = "coffre/state/v1"
	forJournal    = "coffre/journal/v1"
	forPseudonyms = "coffre/pseudonym/v1"
	forPINs       = "coffre/pin/v1"
	forPages      = "coffre/page/v1"
	forRequests   = "coffre/requests/v1"
)

func derive(pepper seal.Secret, use string) ([]byte, error) {
	k, err := hkdf.Key(sha256.New, pepper.Reveal(), nil, use, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return k, nil
}

func mac(key []byte, parts ...string) [32]byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		// Length first, so that no two lists of parts are the same bytes.
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash never fails
	}
	return [32]byte(h.Sum(nil))
}

// pseudonym stands for a login where the login itself may not stand.
func (k *Keeper) pseudonym(use string, u auth.UserID) [32]byte {
	return mac(k.pseudonyms, use, u.Issuer(), u.Subject())
}

// depositor is the pseudonym of a depositor within one safe: the same for one
// depositor in one safe, unlinkable between two safes.
func (k *Keeper) depositor(s vault.SafeID, u auth.UserID) [16]byte {
	m := k.pseudonym("depositor/"+s.String(), u)
	return [16]byte(m[:16])
}
