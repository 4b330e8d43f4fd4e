package chain

import "github.com/coffre-fort/coffre/vault/seal"

// structureOp is an operation that a structure's chain takes; it changes s in
// place, which is a copy that nobody else holds.
type structureOp interface {
	foldStructure(s *Structure) error
}

// The operations of a structure's chain.
var _ = []structureOp{
	OpenStructure{}, SetStructure{}, AddAgent{}, SetAgent{}, EndAgent{}, DropAgentKey{}, ReKeyAgent{}, NameSuccessor{},
	OpenCycle{}, SetCycle{}, EndCycle{}, Void{},
}

// Apply gives the state after e, which must be the next entry of this chain; of
// the zero Structure it is the first. The receiver stays what it was, also on
// error.
//
// Errors: [*SwapError], [*GapError], [*LowerKeeperError], those of
// [Entry.Marshal], and [*OpError] with the rule that was broken.
func (s Structure) Apply(e Entry) (Structure, error) {
	if err := e.check(); err != nil {
		return Structure{}, err
	}
	if err := s.admit(e); err != nil {
		return Structure{}, err
	}
	next := s
	next.id, _ = e.Chain.Structure()
	next.seq, next.keeper, next.time = e.Seq, e.Keeper, second(e.Time)
	for i, o := range e.Ops {
		so, ok := o.(structureOp)
		if !ok {
			return Structure{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: ErrWrongChain}
		}
		if err := next.allow(i, o); err != nil {
			return Structure{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
		if err := so.foldStructure(&next); err != nil {
			return Structure{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
	}
	return next, nil
}

// admit checks what stands outside the operations.
func (s Structure) admit(e Entry) error {
	if _, ok := e.Chain.Structure(); !ok {
		return &SwapError{Want: s.chain(), WantSeq: s.seq + 1, Found: e.Chain, FoundSeq: e.Seq}
	}
	want := s.chain()
	if want == "" {
		want = e.Chain
	}
	if err := e.continues(want, s.seq); err != nil {
		return err
	}
	if e.Keeper < s.keeper {
		return &LowerKeeperError{Chain: e.Chain, Seq: e.Seq, Known: s.keeper, Found: e.Keeper}
	}
	return nil
}

func (s Structure) chain() Name {
	if s.id.IsZero() {
		return ""
	}
	return StructureChain(s.id)
}

// allow says that a structure is opened once and first; only a void may come
// before.
func (s *Structure) allow(index int, o Op) error {
	_, opened := s.Record()
	switch o.(type) {
	case OpenStructure:
		if opened || index != 0 {
			return ErrOrder
		}
	case Void:
	default:
		if !opened {
			return ErrOrder
		}
	}
	return nil
}

// follows checks that r comes after the record before: its number goes up, its
// master epoch not down.
func (r Record) follows(old Record) error {
	switch {
	case r.N <= old.N:
		return ErrNumber
	case r.MasterEpoch < old.MasterEpoch:
		return ErrEpoch
	}
	return nil
}

func (o OpenStructure) foldStructure(s *Structure) error {
	s.record = o.Record
	return nil
}

func (o SetStructure) foldStructure(s *Structure) error {
	if err := o.Record.follows(s.record); err != nil {
		return err
	}
	s.record = o.Record
	return nil
}

func (o AddAgent) foldStructure(s *Structure) error {
	to := seal.DigestOf(o.Recipient.Bytes())
	key := [16]byte(to[:16])
	if s.agents.has(o.ID) || s.recipients.has(key) {
		return ErrReused
	}
	s.order++
	s.recipients = s.recipients.with(key, struct{}{})
	a := Agent{ID: o.ID, Recipient: o.Recipient, Key: o.Key, Record: o.Record}
	s.agents = s.agents.with(o.ID, ordered[Agent]{order: s.order, thing: a})
	return nil
}

func (o SetAgent) foldStructure(s *Structure) error {
	a, ok := s.agents.get(o.ID)
	if !ok {
		return ErrUnknown
	}
	if err := o.Record.follows(a.thing.Record); err != nil {
		return err
	}
	a.thing.Record = o.Record
	s.agents = s.agents.with(o.ID, a)
	return nil
}

func (o EndAgent) foldStructure(s *Structure) error {
	a, ok := s.agents.get(o.ID)
	if !ok || a.thing.Ended {
		return ErrUnknown
	}
	a.thing.Ended = true
	s.agents = s.agents.with(o.ID, a)
	return nil
}

func (o DropAgentKey) foldStructure(s *Structure) error {
	a, ok := s.agents.get(o.ID)
	switch {
	case !ok || a.thing.Key.N == 0:
		return ErrUnknown
	case !a.thing.Ended:
		return ErrOrder
	}
	a.thing.Key = SealedAgentKey{}
	s.agents = s.agents.with(o.ID, a)
	return nil
}

func (o ReKeyAgent) foldStructure(s *Structure) error {
	a, ok := s.agents.get(o.ID)
	if !ok || a.thing.Key.N == 0 {
		return ErrUnknown
	}
	if err := Record(o.Key).follows(Record(a.thing.Key)); err != nil {
		return err
	}
	a.thing.Key = o.Key
	s.agents = s.agents.with(o.ID, a)
	return nil
}

func (o NameSuccessor) foldStructure(s *Structure) error {
	successor, ok := s.agents.get(o.Successor)
	if !ok || successor.thing.Ended || !s.agents.has(o.Agent) {
		return ErrUnknown
	}
	before, _ := s.successors.get(o.Agent)
	named := succession{o.Function: o.Successor}
	for f, id := range before {
		if f != o.Function {
			named[f] = id
		}
	}
	s.successors = s.successors.with(o.Agent, named)
	return nil
}

func (Void) foldStructure(*Structure) error { return nil }
