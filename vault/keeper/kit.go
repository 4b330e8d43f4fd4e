package keeper

import (
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A kit is what the service knows of three recovery sheets. Their ways in stand
// in the chain, one for each pair, and the kit counts while they do: a pair is
// found by the recipients that its two codes give. The zero kit is none.
type kit struct {
	id      vault.KitID
	sheets  [vault.KitSheets]vault.KitSheetID
	printer vault.AgentID // on whose screen it was printed; zero for nobody's
	since   time.Time
	// used is when the last one opened the safe, while no other was made.
	used time.Time
}

func (k kit) isZero() bool { return k.id.IsZero() }

// A kitOpening is an opening by two sheets that waits for its delay. Nothing is
// open meanwhile: the sheets are shown again. The zero value is none.
type kitOpening struct {
	since, due time.Time
	asked      vault.AgentID // on whose screen; zero for the person's own login
}

func (o kitOpening) isZero() bool { return o.since.IsZero() }

func (o kitOpening) expires() time.Time { return o.due.Add(vault.KitOpenLife) }

// waits reports whether an opening is there and not forgotten.
func (o kitOpening) waits(now time.Time) bool { return !o.isZero() && now.Before(o.expires()) }

func (o kitOpening) view() vault.KitOpening {
	if o.isZero() {
		return vault.KitOpening{}
	}
	return vault.KitOpening{Since: o.since, Due: o.due, Expires: o.expires()}
}

// ready refuses what may not be finished now.
func (o kitOpening) ready(now time.Time) error {
	switch {
	case !o.waits(now):
		return vault.ErrKitClosed
	case now.Before(o.due):
		return vault.ErrKitWaits
	default:
		return nil
	}
}

// withoutKit is the record once the ways of a kit ended.
func (r serviceRecord) withoutKit() serviceRecord {
	r.kit, r.kitOpening = kit{used: r.kit.used}, kitOpening{}
	return r
}

// kitWays are the ways in of a safe's kit, as far as nobody took them away.
func (s *safe) kitWays() []chain.Way {
	return slices.DeleteFunc(s.ways(), func(way chain.Way) bool { return !isRecovery(way) })
}

func isRecovery(way chain.Way) bool { return way.Kind == chain.WayRecovery }

// sheetOrKit are the ways in that a new code sheet replaces where the kit ends too.
func sheetOrKit(way chain.Way) bool { return isSheet(way) || isRecovery(way) }

// pairOf is the way in that two sheets open, in either order.
func pairOf(ways []chain.Way, one, other seal.Recipient) (chain.Way, bool) {
	i := slices.IndexFunc(ways, func(way chain.Way) bool {
		return way.Recipient == one && way.Inner == other || way.Recipient == other && way.Inner == one
	})
	if i < 0 {
		return chain.Way{}, false
	}
	return ways[i], true
}

// kitView is what the person, or an agent at the counter, is told of a kit.
func (k *Keeper) kitView(r serviceRecord) vault.KitView {
	v := vault.KitView{Since: r.kit.since, Used: r.kit.used}
	if r.kitOpening.waits(k.now()) {
		v.Opening, v.AskedBy = r.kitOpening.view(), r.kitOpening.asked
		v.Asked, _ = k.agentName(v.AskedBy)
	}
	return v
}
