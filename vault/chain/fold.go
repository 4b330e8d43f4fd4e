package chain

import (
	"bytes"
	"slices"
	"time"
)

// safeOp is an operation that a safe's chain takes; it changes s in place, which
// is a copy that nobody else holds.
type safeOp interface {
	foldSafe(s *Safe, e Entry) error
}

// The operations of a safe's chain.
var _ = []safeOp{
	OpenSafe{}, AddWay{}, EndWay{}, ReKeyWay{}, SetService{}, AddDocument{}, Describe{}, Reseal{}, Destroy{},
	AddBundle{}, ReKeyBundle{}, AddPieces{}, EndPieces{}, EndBundle{}, TurnEpoch{}, Summary{}, EraseSafe{}, Void{},
	Ask{}, EndAsk{}, ReKeyTerms{}, ForgetTerms{}, Freeze{}, Unfreeze{},
}

// Apply gives the state after e, which must be the next entry of this chain; of
// the zero Safe it is the first entry, or the first of a summary. The receiver
// stays what it was, also on error.
//
// Errors: [*SwapError], [*GapError], [*LowerKeeperError], [ErrErased], [ErrCut],
// those of [Entry.Marshal], and [*OpError] with the rule that was broken.
func (s Safe) Apply(e Entry) (Safe, error) {
	if err := e.check(); err != nil {
		return Safe{}, err
	}
	if err := s.admit(e); err != nil {
		return Safe{}, err
	}
	next := s
	next.id, _ = e.Chain.Safe()
	next.seq, next.keeper = e.Seq, e.Keeper
	next.tail++
	next.cut = s.cut || s.id.IsZero() && e.Seq > 1
	if _, ok := e.Ops[0].(Summary); !ok {
		next.run = nil
	}
	for i, o := range e.Ops {
		so, ok := o.(safeOp)
		if !ok {
			return Safe{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: ErrWrongChain}
		}
		if err := next.allow(i, o); err != nil {
			return Safe{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
		if err := so.foldSafe(&next, e); err != nil {
			return Safe{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
	}
	if next.Complete() && len(next.epochs) > 0 && next.ways.len() == 0 {
		return Safe{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: len(e.Ops) - 1, Err: ErrLast}
	}
	return next, nil
}

// admit checks what stands outside the operations.
func (s Safe) admit(e Entry) error {
	if _, ok := e.Chain.Safe(); !ok {
		return &SwapError{Want: s.chain(), WantSeq: s.seq + 1, Found: e.Chain, FoundSeq: e.Seq}
	}
	if s.id.IsZero() {
		if e.Seq == 1 || beginsSummary(e) {
			return nil
		}
		return &GapError{Chain: e.Chain, Seq: 1, Found: e.Seq}
	}
	if err := e.continues(s.chain(), s.seq); err != nil {
		return err
	}
	if s.erased {
		return ErrErased
	}
	if e.Keeper < s.keeper {
		return &LowerKeeperError{Chain: e.Chain, Seq: e.Seq, Known: s.keeper, Found: e.Keeper}
	}
	if _, ok := e.Ops[0].(Summary); !ok && !s.Complete() {
		return ErrCut
	}
	return nil
}

func (s Safe) chain() Name {
	if s.id.IsZero() {
		return ""
	}
	return SafeChain(s.id)
}

func beginsSummary(e Entry) bool {
	o, ok := e.Ops[0].(Summary)
	return ok && o.Part == 1 && e.Seq > 1
}

// allow says which operation may come before the safe is open, and that it is
// opened once.
func (s *Safe) allow(index int, o Op) error {
	opened := len(s.epochs) > 0
	switch o.(type) {
	case OpenSafe:
		if opened || index != 0 {
			return ErrOrder
		}
	case Void, Summary: // a summary looks after itself
	default:
		if !opened {
			return ErrOrder
		}
	}
	return nil
}

// take marks an id as used.
func (s *Safe) take(ids ...[16]byte) error {
	for _, id := range ids {
		if s.used.has(id) {
			return ErrReused
		}
		s.used = s.used.with(id, false)
	}
	return nil
}

// retire marks ids as ended: they never come back.
func (s *Safe) retire(ids ...[16]byte) {
	for _, id := range ids {
		if id != ([16]byte{}) {
			s.used = s.used.with(id, true)
		}
	}
}

func (s *Safe) nextOrder() uint64 {
	s.order++
	return s.order
}

func (s *Safe) current(epoch uint64) error {
	if epoch != s.Epoch().Number {
		return ErrEpoch
	}
	return nil
}

func (o OpenSafe) foldSafe(s *Safe, _ Entry) error {
	s.epochs, s.nature = []Epoch{{Number: o.Number, Recipient: o.Recipient}}, o.Nature
	return nil
}

func (o TurnEpoch) foldSafe(s *Safe, _ Entry) error {
	if o.Epoch != s.Epoch().Number+1 {
		return ErrEpoch
	}
	if len(s.epochs) >= MaxKeys {
		return ErrFull
	}
	if slices.ContainsFunc(s.epochs, func(x Epoch) bool { return x.Recipient == o.Recipient }) {
		return ErrReused
	}
	if len(o.Keys) != s.ways.len() { // each is looked up below, and they ascend
		return ErrUnknown
	}
	for _, k := range o.Keys {
		w, ok := s.ways.get(k.Way)
		if !ok {
			return ErrUnknown
		}
		w = w.clone()
		w.Keys = append(w.Keys, k.Key)
		s.ways = s.ways.with(k.Way, w)
	}
	s.epochs = append(slices.Clip(s.epochs), Epoch{Number: o.Epoch, Recipient: o.Recipient})
	return nil
}

func (o AddWay) foldSafe(s *Safe, _ Entry) error {
	if s.training() && o.Kind != WaySheet {
		return ErrNature
	}
	w := Way(o).clone()
	newest := w.Keys[len(w.Keys)-1].Epoch
	if newest != s.Epoch().Number {
		return ErrEpoch
	}
	if s.ways.len() >= MaxKeys {
		return ErrFull
	}
	if err := s.take(w.ID); err != nil {
		return err
	}
	s.ways = s.ways.with(w.ID, w)
	return nil
}

func (o EndWay) foldSafe(s *Safe, _ Entry) error {
	if !s.ways.has(o.Way) {
		return ErrUnknown
	}
	s.ways = s.ways.without(o.Way)
	s.retire(o.Way)
	return nil
}

func (o ReKeyWay) foldSafe(s *Safe, _ Entry) error {
	w, ok := s.ways.get(o.Way)
	if !ok {
		return ErrUnknown
	}
	w = w.clone()
	for _, k := range o.Keys {
		i := slices.IndexFunc(w.Keys, func(old SealedKey) bool { return old.Epoch == k.Epoch })
		if i < 0 || k.MasterEpoch < w.Keys[i].MasterEpoch {
			return ErrEpoch
		}
		w.Keys[i] = k
	}
	s.ways = s.ways.with(o.Way, w)
	return nil
}

func (o SetService) foldSafe(s *Safe, _ Entry) error {
	if o.N <= s.service.N {
		return ErrNumber
	}
	if o.MasterEpoch < s.service.MasterEpoch {
		return ErrEpoch
	}
	s.service = Service(o)
	return nil
}

func (EraseSafe) foldSafe(s *Safe, _ Entry) error {
	*s = Safe{id: s.id, seq: s.seq, keeper: s.keeper, erased: true}
	return nil
}

func (Void) foldSafe(*Safe, Entry) error { return nil }

func (x Way) clone() Way {
	x.Keys = slices.Clone(x.Keys)
	return x
}

func (x Document) clone() Document {
	x.Inline = bytes.Clone(x.Inline)
	x.Description = bytes.Clone(x.Description)
	x.Stored.Segments = slices.Clone(x.Stored.Segments)
	return x
}

func (x Pieces) clone() Pieces {
	x.Documents = slices.Clone(x.Documents)
	return x
}

// second is a time as an entry carries it, without zone or monotonic clock.
func second(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }
