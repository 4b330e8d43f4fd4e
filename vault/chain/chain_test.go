package chain

import (
	"encoding/binary"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// recipients are real ones: an entry refuses any other.
var recipients = sync.OnceValue(func() []seal.Recipient {
	list := make([]seal.Recipient, 12)
	for i := range list {
		id, err := seal.NewIdentity()
		if err != nil {
			panic(err)
		}
		list[i] = id.Recipient()
	}
	return list
})

func to(i int) seal.Recipient { return recipients()[i] }

// id makes an id of any kind from a number, different for different numbers and
// spread like a random one.
func id[K ~[16]byte](n int) K {
	d := seal.DigestOf(binary.BigEndian.AppendUint64([]byte("id"), uint64(n)))
	return K(d[:16])
}

func digest(n int) seal.Digest {
	return seal.DigestOf(binary.BigEndian.AppendUint64([]byte("digest"), uint64(n)))
}

var (
	safeID     = id[vault.SafeID](1)
	trainingID = id[vault.SafeID](2)
	otherID    = id[vault.SafeID](2)
	sheet      = id[vault.WayID](10)
	escrow     = id[vault.WayID](11)
	openedAt   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

func key(epoch uint64) SealedKey {
	return SealedKey{Epoch: epoch, MasterEpoch: 1, Digest: digest(int(epoch)), Size: 4000}
}

func openingOps() []Op {
	return []Op{
		OpenSafe{Number: 1, Recipient: to(0)},
		AddWay{ID: sheet, Kind: WaySheet, Recipient: to(1), Keys: []SealedKey{key(1)}},
		AddWay{ID: escrow, Kind: WayEscrow, Recipient: to(2), Keys: []SealedKey{key(1)}},
		SetService{N: 1, MasterEpoch: 1, Digest: digest(3), Size: 2000},
	}
}

func stored(n int) seal.Stored {
	return seal.Stored{
		Size: seal.SegmentSize + 1, Digest: digest(n), HeaderSize: 1700, HeaderDigest: digest(n + 1),
		Segments: []seal.Digest{digest(n + 2), digest(n + 3)},
	}
}

// doc is a document in an object, memo one inside the entry; n makes the ids.
func doc(n int) AddDocument {
	return AddDocument{
		Document: id[vault.DocumentID](n), Epoch: 1, Object: id[vault.ObjectID](n + 1e6), Stored: stored(n),
		Description: slices.Repeat([]byte{byte(n)}, 2200), Depositor: id[[16]byte](n + 2e6),
	}
}

func memo(n int) AddDocument {
	d := doc(n)
	d.Object, d.Stored, d.Inline = vault.ObjectID{}, seal.Stored{}, slices.Repeat([]byte{byte(n)}, 3000)
	return d
}

func bundle(n int, kind BundleKind) AddBundle {
	b := AddBundle{
		ID: id[vault.BundleID](n), Kind: kind, Recipient: to(3),
		Key: BundleKey{Epoch: 1, Digest: digest(n), Size: 3000},
	}
	if kind == BundleConsent {
		b.Terms = terms(n)
	}
	return b
}

func terms(n int) Sealed { return Sealed{MasterEpoch: 1, Digest: digest(n), Size: 5000} }

// ask asks for the consent that bundle(n) would be.
func ask(n int) Ask { return Ask{Consent: id[vault.ConsentID](n), Terms: terms(n + 1e6)} }

func pieces(bundle, object int, docs ...int) AddPieces {
	p := AddPieces{
		Bundle: id[vault.BundleID](bundle), Object: id[vault.ObjectID](object), Digest: digest(object), Size: 3000,
	}
	for _, n := range docs {
		p.Documents = append(p.Documents, id[vault.DocumentID](n))
	}
	return p
}

// entryAfter is the next entry of a safe; its Prev is no true digest, which
// folding does not look at.
func entryAfter(s Safe, ops ...Op) Entry {
	e := Entry{
		Chain: SafeChain(safeID), Seq: s.Seq() + 1, Keeper: max(1, s.Keeper()),
		Time: openedAt.Add(time.Duration(s.Seq()) * time.Minute), Intent: 7 * s.Seq(), Ops: ops,
	}
	if e.Seq > 1 {
		e.Prev = digest(int(e.Seq))
	}
	return e
}

func mustApply(t testing.TB, s Safe, ops ...Op) Safe {
	t.Helper()
	next, err := s.Apply(entryAfter(s, ops...))
	if err != nil {
		t.Fatalf("entry %d: %v", s.Seq()+1, err)
	}
	return next
}

func openedSafe(t testing.TB) Safe {
	t.Helper()
	return mustApply(t, Safe{}, openingOps()...)
}

// A view is everything a state answers.
type view struct {
	ID         vault.SafeID
	Seq        uint64
	Keeper     uint64
	Erased     bool
	Complete   bool
	Epochs     []Epoch
	Ways       []Way
	Service    Service
	Documents  []Document
	Bundles    []Bundle
	Index      Bundle
	Pieces     [][]Pieces
	Frozen     bool
	Asks       []Asked
	Ended      []Ended
	Tail       uint64
	Summary    uint64
	SummaryDue bool
}

func look(s Safe) view {
	v := view{
		ID: s.ID(), Seq: s.Seq(), Keeper: s.Keeper(), Erased: s.Erased(), Complete: s.Complete(),
		Epochs: s.Epochs(), Ways: slices.Collect(s.Ways()),
		Documents: slices.Collect(s.Documents()), Bundles: slices.Collect(s.Bundles()),
		Frozen: s.Frozen(), Asks: slices.Collect(s.Asks()), Ended: slices.Collect(s.EndedConsents()),
		Tail: s.Tail(), Summary: s.Summary(), SummaryDue: s.SummaryDue(),
	}
	v.Service, _ = s.Service()
	v.Index, _ = s.Index()
	for _, b := range v.Bundles {
		v.Pieces = append(v.Pieces, slices.Collect(s.Pieces(b.ID)))
	}
	return v
}

// different compares what two states answer and what they remember of ended ids.
func different(a, b Safe) string {
	retired := func(s Safe) (ids []Retired) {
		for id, ended := range s.used.all() {
			if ended {
				ids = append(ids, id)
			}
		}
		return ids
	}
	return diffView(look(a), look(b)) + cmp.Diff(retired(a), retired(b))
}

func diffView(want, got view) string {
	if reflect.DeepEqual(want, got) { // much faster
		return ""
	}
	return cmp.Diff(want, got, cmp.Comparer(func(x, y seal.Recipient) bool { return x == y }))
}
