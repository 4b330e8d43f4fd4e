package keeper

import (
	"context"
	"strings"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
)

const safesPrefix = storage.Key("v1/s/")

// storedSafes lists the safes that the bucket has anything of, and the names
// below its folder of safes that are no safe's.
func (k *Keeper) storedSafes(ctx context.Context) (ids []vault.SafeID, strays []storage.Key, err error) {
	found := stored{}
	for after, more := safesPrefix, true; more && err == nil; {
		after, more, err = k.listSafes(ctx, after, &found)
	}
	return found.ids, found.strays, err
}

// stored is what a listing of all safes found so far.
type stored struct {
	ids    []vault.SafeID
	strays []storage.Key
}

// skipsAfter is how many objects of one safe are listed before the listing
// begins anew behind it. A bucket answers about as many at once, and a listing
// that begins anew costs it all the names before: both beginning anew for each
// safe and reading all of a safe of many objects would be too dear.
const skipsAfter = 1000

// listSafes goes on with a listing, and answers where it has to begin anew, if
// it has to.
func (k *Keeper) listSafes(ctx context.Context, after storage.Key, found *stored) (storage.Key, bool, error) {
	last, objects := "", 0
	for info, err := range k.bucket.List(ctx, safesPrefix, after) {
		if err != nil {
			return "", false, fromBucket(err)
		}
		name, _, below := strings.Cut(string(info.Key[len(safesPrefix):]), "/")
		if below && name == last {
			if objects++; objects > skipsAfter {
				return safesPrefix + storage.Key(name+"0"), true, nil // just after everything below "<id>/"
			}
			continue
		}
		id, err := vault.ParseSafeID(name)
		if err != nil || !below {
			found.strays = append(found.strays, info.Key)
			continue
		}
		found.ids, last, objects = append(found.ids, id), name, 1
	}
	return "", false, nil
}
