package chain

import (
	"math/rand/v2"
	"slices"

	"github.com/coffre-fort/coffre/vault"
)

// A chooser draws operations that often make sense and often do not: ids come
// from a small stock, whatever they name, and epochs lie near the current one.
type chooser struct {
	rnd   *rand.Rand
	stock int
}

func choose(rnd *rand.Rand) chooser { return chooser{rnd: rnd, stock: 400} }

func drawID[K ~[16]byte](c chooser) K { return id[K](1000 + c.rnd.IntN(c.stock)) }

func (c chooser) near(n uint64) uint64 {
	if c.rnd.IntN(8) > 0 || n == 0 {
		return max(n, 1)
	}
	return max(1, n-1+uint64(c.rnd.IntN(3)))
}

func (c chooser) sealed() []byte {
	return slices.Repeat([]byte{byte(c.rnd.IntN(256))}, 1+c.rnd.IntN(40))
}

// live draws the id of something that is there, or any.
func live[K ~[16]byte, V any](c chooser, t table[K, V]) K {
	if c.rnd.IntN(10) == 0 || t.len() == 0 {
		return drawID[K](c)
	}
	n := c.rnd.IntN(t.len())
	for k := range t.all() {
		if n == 0 {
			return k
		}
		n--
	}
	return K{}
}

func (c chooser) key(epoch uint64) SealedKey {
	return SealedKey{Epoch: epoch, MasterEpoch: 1 + uint64(c.rnd.IntN(2)), Digest: digest(c.rnd.IntN(9)), Size: 1}
}

func (c chooser) content() (o Reseal) {
	if c.rnd.IntN(2) == 0 {
		o.Inline = c.sealed()
	} else {
		o.Object, o.Stored = drawID[vault.ObjectID](c), stored(c.rnd.IntN(9))
	}
	o.Description = c.sealed()
	return o
}

func (c chooser) op(s Safe) Op {
	epoch := c.near(s.Epoch().Number)
	switch c.rnd.IntN(27) {
	case 0:
		return c.way(epoch)
	case 1:
		return EndWay{Way: live(c, s.ways)}
	case 2:
		return ReKeyWay{Way: live(c, s.ways), Keys: []SealedKey{c.key(epoch)}}
	case 3:
		return SetService{N: s.service.N + uint64(c.rnd.IntN(3)), MasterEpoch: 1 + uint64(c.rnd.IntN(2)), Digest: digest(1), Size: 1}
	case 4, 5, 6, 7, 8:
		o := c.content()
		return AddDocument{
			Document: drawID[vault.DocumentID](c), Epoch: epoch, Object: o.Object, Stored: o.Stored, Inline: o.Inline,
			Description: o.Description,
		}
	case 9:
		return Describe{Document: live(c, s.docs), Epoch: epoch, Description: c.sealed()}
	case 10:
		o := c.content()
		o.Document, o.Epoch = live(c, s.docs), epoch
		return o
	case 11, 12:
		return Destroy{Document: live(c, s.docs)}
	case 13, 14:
		return c.bundle(s, epoch)
	case 15:
		return ReKeyBundle{Bundle: live(c, s.bundles), Key: BundleKey{Epoch: epoch, Digest: digest(2), Size: 2}}
	case 16, 17:
		return c.pieces(s)
	case 18:
		b := live(c, s.bundles)
		state, _ := s.bundles.get(b)
		if c.rnd.IntN(3) == 0 {
			o := EndBundle{Bundle: b}
			if (state.Kind == BundleConsent) != (c.rnd.IntN(8) == 0) {
				o.Why = c.why()
			}
			return o
		}
		return EndPieces{Bundle: b, Object: live(c, state.pieces)}
	case 19:
		return c.turn(s)
	}
	return c.consent(s)
}

func (c chooser) bundle(s Safe, epoch uint64) Op {
	b := AddBundle{
		ID: drawID[vault.BundleID](c), Kind: BundleIndex + BundleKind(c.rnd.IntN(3)), Recipient: to(3),
		Key: BundleKey{Epoch: epoch, Digest: digest(1), Size: 1},
	}
	if c.rnd.IntN(3) == 0 { // often the answer to a request
		b.ID = vault.BundleID(live(c, s.asks))
	}
	if b.Kind == BundleConsent {
		b.Terms = c.terms()
	}
	return b
}

func (c chooser) terms() Sealed {
	return Sealed{MasterEpoch: 1 + uint64(c.rnd.IntN(2)), Digest: digest(c.rnd.IntN(9)), Size: 1}
}

func (c chooser) why() vault.EndReason {
	return 1 + vault.EndReason(c.rnd.IntN(int(vault.EndedCycle)))
}

// consent draws what becomes of requests and consents, and freezes.
func (c chooser) consent(s Safe) Op {
	switch c.rnd.IntN(8) {
	case 0, 1, 2:
		return Ask{Consent: drawID[vault.ConsentID](c), Terms: c.terms()}
	case 3:
		return EndAsk{Consent: live(c, s.asks), Why: c.why()}
	case 4:
		known := []vault.ConsentID{live(c, s.asks), vault.ConsentID(live(c, s.bundles)), live(c, s.ended)}
		return ReKeyTerms{Consent: known[c.rnd.IntN(len(known))], Terms: c.terms()}
	case 5:
		return ForgetTerms{Consent: live(c, s.ended)}
	}
	if s.frozen || c.rnd.IntN(8) == 0 {
		return Unfreeze{}
	}
	if c.rnd.IntN(4) > 0 {
		return Ask{Consent: drawID[vault.ConsentID](c), Terms: c.terms()}
	}
	return Freeze{}
}

func (c chooser) way(epoch uint64) Op {
	w := AddWay{ID: drawID[vault.WayID](c), Kind: WayPhone, Recipient: to(4)}
	if c.rnd.IntN(2) == 0 {
		w.Kind, w.Inner = WayRecovery, to(5)
	}
	for n := uint64(1); n <= epoch; n++ {
		w.Keys = append(w.Keys, c.key(n))
	}
	return w
}

func (c chooser) pieces(s Safe) Op {
	p := AddPieces{Bundle: live(c, s.bundles), Object: drawID[vault.ObjectID](c), Digest: digest(1), Size: 1}
	for range 1 + c.rnd.IntN(3) {
		if d := live(c, s.docs); !slices.Contains(p.Documents, d) {
			p.Documents = append(p.Documents, d)
		}
	}
	return p
}

func (c chooser) turn(s Safe) Op {
	if c.rnd.IntN(3) > 0 || s.ways.len() == 0 {
		return c.way(s.Epoch().Number)
	}
	o := turnFor(s, 5+c.rnd.IntN(7))
	if c.rnd.IntN(4) == 0 {
		o.Keys = o.Keys[:1]
	}
	return o
}

// grow folds n random entries onto a safe, skipping those it refuses, and gives
// all that were taken.
func (c chooser) grow(s Safe, n int) (Safe, []Entry) {
	var taken []Entry
	for range n {
		var ops []Op
		for range 1 + c.rnd.IntN(3) {
			ops = append(ops, c.op(s))
		}
		e := entryAfter(s, ops...)
		if next, err := s.Apply(e); err == nil {
			s, taken = next, append(taken, e)
		}
	}
	return s, taken
}
