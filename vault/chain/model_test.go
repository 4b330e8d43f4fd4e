package chain

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A model is what a safe is, written without any regard for cost.
type model struct {
	epoch   uint64
	turned  map[any]bool
	used    map[[16]byte]bool
	order   []vault.DocumentID
	docs    map[vault.DocumentID]AddDocument
	labels  map[vault.DocumentID]uint64
	ways    map[vault.WayID]map[uint64]uint64 // epoch → master epoch
	bundles map[vault.BundleID]AddBundle
	pieces  map[vault.BundleID][]AddPieces
	service SetService
	frozen  bool
	asks    []Ask
	ended   []Ended // without the entry
}

func (m model) clone() model {
	m.turned, m.used, m.docs = maps.Clone(m.turned), maps.Clone(m.used), maps.Clone(m.docs)
	m.labels, m.bundles, m.pieces = maps.Clone(m.labels), maps.Clone(m.bundles), maps.Clone(m.pieces)
	m.order, m.asks, m.ended = slices.Clone(m.order), slices.Clone(m.asks), slices.Clone(m.ended)
	ways := map[vault.WayID]map[uint64]uint64{}
	for k, v := range m.ways {
		ways[k] = maps.Clone(v)
	}
	m.ways = ways
	for k, v := range m.pieces {
		m.pieces[k] = slices.Clone(v)
	}
	return m
}

// fresh takes ids and says whether all were new.
func (m *model) fresh(ids ...[16]byte) bool {
	for _, id := range ids {
		if m.used[id] {
			return false
		}
		if id != ([16]byte{}) {
			m.used[id] = true
		}
	}
	return true
}

func (m *model) hasIndex() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(m.bundles)), func(b AddBundle) bool { return b.Kind == BundleIndex })
}

// apply changes the model and says whether it may.
func (m *model) apply(op Op) bool {
	switch o := op.(type) {
	case OpenSafe:
		m.epoch = 1
		m.turned[o.Recipient] = true
		return true
	case AddWay:
		m.ways[o.ID] = map[uint64]uint64{}
		for _, k := range o.Keys {
			m.ways[o.ID][k.Epoch] = k.MasterEpoch
		}
		return o.Keys[len(o.Keys)-1].Epoch == m.epoch && m.fresh(o.ID)
	case EndWay:
		_, ok := m.ways[o.Way]
		delete(m.ways, o.Way)
		return ok
	case ReKeyWay:
		ok := true
		for _, k := range o.Keys {
			old, has := m.ways[o.Way][k.Epoch]
			ok = ok && has && k.MasterEpoch >= old
			if has {
				m.ways[o.Way][k.Epoch] = k.MasterEpoch
			}
		}
		return ok
	case SetService:
		ok := o.N > m.service.N && o.MasterEpoch >= m.service.MasterEpoch
		m.service = o
		return ok
	case TurnEpoch:
		ok := o.Epoch == m.epoch+1 && !m.turned[o.Recipient] && len(o.Keys) == len(m.ways)
		m.epoch, m.turned[o.Recipient] = o.Epoch, true
		for _, k := range o.Keys {
			if m.ways[k.Way] == nil {
				return false
			}
			m.ways[k.Way][o.Epoch] = k.Key.MasterEpoch
		}
		return ok
	}
	return m.applyContent(op)
}

func (m *model) applyContent(op Op) bool {
	switch o := op.(type) {
	case AddDocument:
		m.docs[o.Document], m.labels[o.Document] = o, o.Epoch
		m.order = append(m.order, o.Document)
		return o.Epoch == m.epoch && m.fresh(o.Document, o.Object)
	case Describe:
		d, ok := m.docs[o.Document]
		d.Description = o.Description
		m.docs[o.Document], m.labels[o.Document] = d, o.Epoch
		return ok && o.Epoch == m.epoch
	case Reseal:
		d, ok := m.docs[o.Document]
		d.Epoch, d.Object, d.Stored, d.Inline, d.Description = o.Epoch, o.Object, o.Stored, o.Inline, o.Description
		m.docs[o.Document], m.labels[o.Document] = d, o.Epoch
		return ok && o.Epoch == m.epoch && m.fresh(o.Object)
	case Destroy:
		_, ok := m.docs[o.Document]
		delete(m.docs, o.Document)
		m.order = slices.DeleteFunc(m.order, func(d vault.DocumentID) bool { return d == o.Document })
		return ok
	case AddBundle:
		ok := o.Kind != BundleIndex || !m.hasIndex() && o.Key.Epoch == m.epoch
		ok = ok && (o.Kind != BundleConsent || !m.frozen)
		m.bundles[o.ID] = o
		return ok && (o.Kind == BundleConsent && m.answer(vault.ConsentID(o.ID)) || m.fresh(o.ID))
	case ReKeyBundle:
		b, ok := m.bundles[o.Bundle]
		ok = ok && o.Key.Epoch >= b.Key.Epoch && (b.Kind != BundleIndex || o.Key.Epoch <= m.epoch)
		b.Key = o.Key
		m.bundles[o.Bundle] = b
		return ok
	case AddPieces:
		_, ok := m.bundles[o.Bundle]
		for _, d := range o.Documents {
			_, has := m.docs[d]
			ok = ok && has
		}
		m.pieces[o.Bundle] = append(m.pieces[o.Bundle], o)
		return ok && m.fresh(o.Object)
	case EndPieces:
		n := len(m.pieces[o.Bundle])
		m.pieces[o.Bundle] = slices.DeleteFunc(m.pieces[o.Bundle], func(p AddPieces) bool { return p.Object == o.Object })
		return len(m.pieces[o.Bundle]) < n
	case EndBundle:
		b, ok := m.bundles[o.Bundle]
		m.end(b, o.Why)
		return ok && (b.Kind == BundleConsent) == (o.Why != 0)
	}
	return m.applyConsent(op)
}

// answer removes a request, and says whether there was one.
func (m *model) answer(id vault.ConsentID) bool {
	n := len(m.asks)
	m.asks = slices.DeleteFunc(m.asks, func(a Ask) bool { return a.Consent == id })
	return len(m.asks) < n
}

func (m *model) end(b AddBundle, why vault.EndReason) {
	delete(m.bundles, b.ID)
	delete(m.pieces, b.ID)
	if b.Kind == BundleConsent {
		m.ended = append(m.ended, Ended{Consent: vault.ConsentID(b.ID), Terms: b.Terms, Why: why, Given: true})
	}
}

func (m *model) applyConsent(op Op) bool {
	switch o := op.(type) {
	case Ask:
		m.asks = append(m.asks, o)
		return !m.frozen && m.fresh(o.Consent)
	case EndAsk:
		for _, a := range m.asks {
			if a.Consent == o.Consent {
				m.ended = append(m.ended, Ended{Consent: a.Consent, Terms: a.Terms, Why: o.Why})
			}
		}
		return m.answer(o.Consent)
	case ReKeyTerms:
		return m.reKey(o)
	case ForgetTerms:
		n := len(m.ended)
		m.ended = slices.DeleteFunc(m.ended, func(x Ended) bool { return x.Consent == o.Consent })
		return len(m.ended) < n
	case Freeze:
		ids := slices.SortedFunc(maps.Keys(m.bundles), func(a, b vault.BundleID) int { return bytes.Compare(a[:], b[:]) })
		for _, id := range ids {
			if b := m.bundles[id]; b.Kind == BundleConsent {
				m.end(b, vault.EndedFreeze)
			}
		}
		for _, a := range m.asks {
			m.ended = append(m.ended, Ended{Consent: a.Consent, Terms: a.Terms, Why: vault.EndedFreeze})
		}
		m.asks, m.frozen = nil, true
		return true
	case Unfreeze:
		was := m.frozen
		m.frozen = false
		return was
	}
	return false
}

func (m *model) reKey(o ReKeyTerms) bool {
	for i, a := range m.asks {
		if a.Consent == o.Consent {
			m.asks[i].Terms = o.Terms
			return o.Terms.MasterEpoch >= a.Terms.MasterEpoch
		}
	}
	for i, x := range m.ended {
		if x.Consent == o.Consent {
			m.ended[i].Terms = o.Terms
			return o.Terms.MasterEpoch >= x.Terms.MasterEpoch
		}
	}
	b := m.bundles[vault.BundleID(o.Consent)]
	if b.Kind != BundleConsent {
		return false
	}
	old := b.Terms
	b.Terms = o.Terms
	m.bundles[b.ID] = b
	return o.Terms.MasterEpoch >= old.MasterEpoch
}

// says compares a state with the model.
func (m *model) says(s Safe) error {
	i := 0
	for d := range s.Documents() {
		want := m.docs[d.ID]
		if i >= len(m.order) || d.ID != m.order[i] || d.Object != want.Object || d.Epoch != want.Epoch ||
			d.DescriptionEpoch != m.labels[d.ID] ||
			!slices.Equal(d.Description, want.Description) || !slices.Equal(d.Inline, want.Inline) {
			return fmt.Errorf("document %d is %s", i, d.ID)
		}
		i++
	}
	if i != len(m.order) || s.Len() != i {
		return fmt.Errorf("%d documents, want %d", i, len(m.order))
	}
	if service, _ := s.Service(); service != Service(m.service) || s.Epoch().Number != m.epoch {
		return fmt.Errorf("service %d, epoch %d", service.N, s.Epoch().Number)
	}
	for w := range s.Ways() {
		if len(w.Keys) != len(m.ways[w.ID]) {
			return fmt.Errorf("way %s has %d keys", w.ID, len(w.Keys))
		}
		for _, k := range w.Keys {
			if m.ways[w.ID][k.Epoch] != k.MasterEpoch {
				return fmt.Errorf("way %s epoch %d", w.ID, k.Epoch)
			}
		}
	}
	for b := range s.Bundles() {
		if b != Bundle(m.bundles[b.ID]) {
			return fmt.Errorf("bundle %s", b.ID)
		}
		j := 0
		for p := range s.Pieces(b.ID) {
			if j >= len(m.pieces[b.ID]) || p.Object != m.pieces[b.ID][j].Object {
				return fmt.Errorf("pieces %d of bundle %s", j, b.ID)
			}
			j++
		}
		if j != len(m.pieces[b.ID]) {
			return fmt.Errorf("bundle %s has %d pieces", b.ID, j)
		}
	}
	if s.ways.len() != len(m.ways) || s.bundles.len() != len(m.bundles) || s.used.len() != len(m.used) {
		return fmt.Errorf("%d ways, %d bundles, %d ids", s.ways.len(), s.bundles.len(), s.used.len())
	}
	if _, ok := s.Index(); ok != m.hasIndex() {
		return fmt.Errorf("index %v", ok)
	}
	return m.saysConsents(s)
}

func (m *model) saysConsents(s Safe) error {
	var asks []Ask
	for a := range s.Asks() {
		asks = append(asks, Ask{a.Consent, a.Terms})
	}
	var ended []Ended
	for x := range s.EndedConsents() {
		x.Seq, x.Time = 0, time.Time{}
		ended = append(ended, x)
	}
	if s.Frozen() != m.frozen || !slices.Equal(asks, m.asks) || !slices.Equal(ended, m.ended) {
		return fmt.Errorf("frozen %v, %d asked, %d ended: want %v, %d, %d", s.Frozen(), len(asks), len(ended), m.frozen, len(m.asks), len(m.ended))
	}
	return nil
}

// Random entries are taken and refused, and change a safe, as the model says.
func TestSafeBehavesLikeItsModel(t *testing.T) {
	t.Parallel()
	taken, refused := 0, 0
	for seed := range uint64(12) {
		c := choose(rand.New(rand.NewPCG(seed, 7)))
		s := openedSafe(t)
		m := model{
			turned: map[any]bool{}, used: map[[16]byte]bool{}, docs: map[vault.DocumentID]AddDocument{},
			labels: map[vault.DocumentID]uint64{}, ways: map[vault.WayID]map[uint64]uint64{},
			bundles: map[vault.BundleID]AddBundle{}, pieces: map[vault.BundleID][]AddPieces{},
		}
		for _, op := range openingOps() {
			m.apply(op)
		}
		for range 250 {
			ops := []Op{c.op(s)}
			if c.rnd.IntN(3) == 0 {
				ops = append(ops, c.op(s))
			}
			e := entryAfter(s, ops...)
			if e.check() != nil {
				continue // says nothing about folding
			}
			want, after := true, m.clone()
			for _, op := range ops {
				want = want && after.apply(op)
			}
			want = want && len(after.ways) > 0
			next, err := s.Apply(e)
			if (err == nil) != want {
				t.Fatalf("seed %d entry %d %+v: %v, the model says %v", seed, e.Seq, ops, err, want)
			}
			if !want {
				refused++
				continue
			}
			s, m = next, after
			taken++
			if err := m.says(s); err != nil {
				t.Fatalf("seed %d entry %d: %v", seed, e.Seq, err)
			}
		}
	}
	if taken < 500 || refused < 500 {
		t.Errorf("%d entries taken and %d refused", taken, refused)
	}
}
