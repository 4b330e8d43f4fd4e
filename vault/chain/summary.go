package chain

import (
	"bytes"
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"
)

// itemOverhead is what an item costs in its summary beside itself (tag and
// length), and entryOverhead what an entry costs beside its items: fixed fields,
// the longest chain name, tags and lengths, generously.
const (
	itemOverhead  = 5
	entryOverhead = 512
)

// A summaryRun is a summary of which some parts are still to come. It is never
// changed: each part makes another one.
type summaryRun struct {
	known bool   // there was a state before it, which it must repeat
	first uint64 // entry of its first part
	part  int    // the last part that came
	parts int
	items []Item // known: what is still to come; else: what came
}

// items is the live state in the order of a summary.
func (s Safe) items() []Item {
	items := make([]Item, 0, 2*s.used.len())
	for _, x := range s.epochs {
		items = append(items, x)
	}
	if s.training() {
		items = append(items, Training{})
	}
	for _, w := range s.ways.all() {
		items = append(items, w)
	}
	if service, ok := s.Service(); ok {
		items = append(items, service)
	}
	if s.frozen {
		items = append(items, Frozen{})
	}
	for _, d := range inOrder(s.docs) {
		items = append(items, d)
	}
	for _, x := range inOrder(s.asks) {
		items = append(items, x)
	}
	for _, b := range s.bundles.all() {
		items = append(items, b.Bundle)
		for _, p := range inOrder(b.pieces) {
			items = append(items, p)
		}
	}
	for _, x := range inOrder(s.ended) {
		items = append(items, x)
	}
	for id, ended := range s.used.all() {
		if ended {
			items = append(items, Retired(id))
		}
	}
	return items
}

// Summarise gives the operations of a summary of this state, each for an entry
// of its own, to be written one after the other with nothing in between. It
// needs no key: what is sealed is copied as it is. A summary that was left
// unfinished counts for nothing and is begun again. The state must be open,
// whole and not erased, else [ErrOrder].
func (s Safe) Summarise() ([]Summary, error) {
	if len(s.epochs) == 0 || s.erased || !s.Complete() {
		return nil, ErrOrder
	}
	var parts []Summary
	room := 0
	for _, item := range s.items() {
		size := proto.Size(item.encode()) + itemOverhead
		if size > room {
			parts = append(parts, Summary{Part: len(parts) + 1})
			room = MaxPayload - entryOverhead
		}
		if size > room {
			return nil, fmt.Errorf("%w: one item of %d bytes", ErrTooLarge, size)
		}
		room -= size
		last := &parts[len(parts)-1]
		last.Items = append(last.Items, cloneItem(item))
	}
	if len(parts) > MaxParts {
		return nil, fmt.Errorf("%w: a summary of %d parts", ErrTooLarge, len(parts))
	}
	for i := range parts {
		parts[i].Parts = len(parts)
	}
	return parts, nil
}

func cloneItem(item Item) Item {
	switch x := item.(type) {
	case Way:
		return x.clone()
	case Document:
		return x.clone()
	case Pieces:
		return x.clone()
	}
	return item
}

func (o Summary) foldSafe(s *Safe, e Entry) error {
	run, err := o.begin(s, e)
	if err != nil {
		return err
	}
	run.part = o.Part
	if run.known {
		if run.items, err = o.repeats(run.items); err != nil {
			return err
		}
	} else {
		for _, item := range o.Items {
			run.items = append(run.items, cloneItem(item))
		}
	}
	s.run = &run
	if run.part < run.parts {
		return nil
	}
	return run.finish(s)
}

// begin gives the run that this part goes on with, or begins.
func (o Summary) begin(s *Safe, e Entry) (summaryRun, error) {
	if s.run != nil && o.Part == s.run.part+1 && o.Parts == s.run.parts {
		run := *s.run
		run.items = run.items[:len(run.items):len(run.items)]
		return run, nil
	}
	// A state that began in a summary cannot go on when another one begins: the
	// first was left unfinished.
	if s.run != nil && !s.Complete() {
		return summaryRun{}, ErrCut
	}
	if o.Part != 1 {
		return summaryRun{}, ErrOrder
	}
	run := summaryRun{known: s.Complete(), first: e.Seq, parts: o.Parts}
	if run.known {
		run.items = s.items()
	}
	return run, nil
}

// repeats compares the items of a part with what the state says comes next, and
// gives what comes after.
func (o Summary) repeats(want []Item) ([]Item, error) {
	if len(o.Items) > len(want) {
		return nil, ErrSummary
	}
	for i, item := range o.Items {
		if same, err := sameItem(item, want[i]); err != nil || !same {
			return nil, errSummary(err)
		}
	}
	return want[len(o.Items):], nil
}

// sameItem compares what would be written. Equal values are the fast case;
// an absent slice also equals an empty one.
func sameItem(a, b Item) (bool, error) {
	if reflect.DeepEqual(a, b) {
		return true, nil
	}
	x, err := canonical(a.encode())
	if err != nil {
		return false, err
	}
	y, err := canonical(b.encode())
	return bytes.Equal(x, y), err
}

func errSummary(err error) error {
	if err == nil {
		return ErrSummary
	}
	return fmt.Errorf("%w: %w", ErrSummary, err)
}

// finish makes the complete summary the beginning of the tail.
func (r summaryRun) finish(s *Safe) error {
	if r.known && len(r.items) > 0 {
		return ErrSummary
	}
	if !r.known {
		if err := s.rebuild(r.items, r.first); err != nil {
			return err
		}
	}
	s.run, s.tail, s.summary = nil, 0, r.first
	return nil
}
