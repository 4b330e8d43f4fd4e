package chain

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// Each case is one entry that the state before it does not allow.
func TestRulesOfASafe(t *testing.T) {
	t.Parallel()
	index := bundle(40, BundleIndex)
	before := mustApply(t, openedSafe(t), doc(1), memo(2), doc(3), index, bundle(41, BundleConsent), pieces(41, 42, 1))
	before = mustApply(t, before, Destroy{Document: doc(3).Document})
	with := func(o AddDocument, change func(*AddDocument)) AddDocument { change(&o); return o }
	way := func(n int, keys ...SealedKey) AddWay {
		return AddWay{ID: id[vault.WayID](n), Kind: WayPhone, Recipient: to(4), Keys: keys}
	}
	turn := func(epoch uint64, keys ...WayKey) TurnEpoch {
		return TurnEpoch{Epoch: epoch, Recipient: to(5), Keys: keys}
	}
	all := []WayKey{{Way: sheet, Key: key(2)}, {Way: escrow, Key: key(2)}}
	if string(sheet[:]) > string(escrow[:]) {
		all[0], all[1] = all[1], all[0]
	}
	other := all[1]
	other.Way = id[vault.WayID](77)
	same := turn(2, all...)
	same.Recipient = to(0)
	lower := key(1)
	lower.MasterEpoch = 2
	for name, c := range map[string]struct {
		ops  []Op
		want error
	}{
		"open twice":                {[]Op{OpenSafe{Number: 1, Recipient: to(0)}}, ErrOrder},
		"operation of the vault":    {[]Op{Start{Number: 1}}, ErrWrongChain},
		"way with a used id":        {[]Op{way(10, key(1))}, ErrReused},
		"way with a document's id":  {[]Op{way(1, key(1))}, ErrReused},
		"way of a later epoch":      {[]Op{way(12, key(2))}, ErrEpoch},
		"end of an unknown way":     {[]Op{EndWay{Way: id[vault.WayID](12)}}, ErrUnknown},
		"end of every way":          {[]Op{EndWay{Way: sheet}, EndWay{Way: escrow}}, ErrLast},
		"rekey an unknown way":      {[]Op{ReKeyWay{Way: id[vault.WayID](12), Keys: []SealedKey{key(1)}}}, ErrUnknown},
		"rekey an epoch it has not": {[]Op{ReKeyWay{Way: sheet, Keys: []SealedKey{key(2)}}}, ErrEpoch},
		"rekey to an older master":  {[]Op{ReKeyWay{Way: sheet, Keys: []SealedKey{lower}}, ReKeyWay{Way: sheet, Keys: []SealedKey{key(1)}}}, ErrEpoch},
		"service record again":      {[]Op{SetService{N: 1, MasterEpoch: 1, Digest: digest(1), Size: 1}}, ErrNumber},
		"service of older master": {[]Op{
			SetService{N: 2, MasterEpoch: 2, Digest: digest(1), Size: 1}, SetService{N: 3, MasterEpoch: 1, Digest: digest(1), Size: 1},
		}, ErrEpoch},
		"document again":             {[]Op{doc(1)}, ErrReused},
		"document after its end":     {[]Op{doc(3)}, ErrReused},
		"object again":               {[]Op{with(doc(4), func(o *AddDocument) { o.Object = doc(1).Object })}, ErrReused},
		"object after its end":       {[]Op{with(doc(4), func(o *AddDocument) { o.Object = doc(3).Object })}, ErrReused},
		"document twice in an entry": {[]Op{doc(4), doc(4)}, ErrReused},
		"document of another epoch":  {[]Op{with(doc(4), func(o *AddDocument) { o.Epoch = 2 })}, ErrEpoch},
		"describe unknown":           {[]Op{Describe{Document: doc(4).Document, Epoch: 1, Description: []byte("x")}}, ErrUnknown},
		"describe destroyed":         {[]Op{Describe{Document: doc(3).Document, Epoch: 1, Description: []byte("x")}}, ErrUnknown},
		"describe in another epoch":  {[]Op{Describe{Document: doc(1).Document, Epoch: 2, Description: []byte("x")}}, ErrEpoch},
		"reseal unknown":             {[]Op{Reseal{Document: doc(4).Document, Epoch: 1, Inline: []byte("x"), Description: []byte("x")}}, ErrUnknown},
		"reseal in another epoch":    {[]Op{Reseal{Document: doc(1).Document, Epoch: 2, Inline: []byte("x"), Description: []byte("x")}}, ErrEpoch},
		"reseal to its own object":   {[]Op{Reseal{Document: doc(1).Document, Epoch: 1, Object: doc(1).Object, Stored: stored(1), Description: []byte("x")}}, ErrReused},
		"destroy unknown":            {[]Op{Destroy{Document: doc(4).Document}}, ErrUnknown},
		"destroy twice":              {[]Op{Destroy{Document: doc(1).Document}, Destroy{Document: doc(1).Document}}, ErrUnknown},
		"second index":               {[]Op{bundle(43, BundleIndex)}, ErrReused},
		"index of another epoch":     {[]Op{EndBundle{Bundle: index.ID}, with2(bundle(43, BundleIndex), 2)}, ErrEpoch},
		"bundle again":               {[]Op{bundle(41, BundleConsent)}, ErrReused},
		"bundle after its end":       {[]Op{EndBundle{Bundle: index.ID}, index}, ErrReused},
		"rekey an unknown bundle":    {[]Op{ReKeyBundle{Bundle: id[vault.BundleID](44), Key: index.Key}}, ErrUnknown},
		"rekey bundle to older": {[]Op{
			ReKeyBundle{Bundle: id[vault.BundleID](41), Key: with2(index, 3).Key}, ReKeyBundle{Bundle: id[vault.BundleID](41), Key: index.Key},
		}, ErrEpoch},
		"rekey index to no epoch":    {[]Op{ReKeyBundle{Bundle: index.ID, Key: with2(index, 2).Key}}, ErrEpoch},
		"pieces of unknown bundle":   {[]Op{pieces(44, 45, 1)}, ErrUnknown},
		"pieces of unknown document": {[]Op{pieces(41, 45, 1, 4)}, ErrUnknown},
		"pieces of destroyed":        {[]Op{pieces(41, 45, 3)}, ErrUnknown},
		"pieces again":               {[]Op{pieces(41, 42, 1)}, ErrReused},
		"end unknown pieces":         {[]Op{EndPieces{Bundle: id[vault.BundleID](41), Object: id[vault.ObjectID](45)}}, ErrUnknown},
		"end pieces of another":      {[]Op{EndPieces{Bundle: index.ID, Object: id[vault.ObjectID](42)}}, ErrUnknown},
		"end a consent, no reason":   {[]Op{EndBundle{Bundle: id[vault.BundleID](41)}}, ErrReason},
		"end an index for a reason":  {[]Op{EndBundle{Bundle: index.ID, Why: vault.EndedByDate}}, ErrReason},
		"end unknown bundle":         {[]Op{EndBundle{Bundle: id[vault.BundleID](44)}}, ErrUnknown},
		"turn to the same epoch":     {[]Op{turnTo3(all)}, ErrEpoch},
		"turn to an old recipient":   {[]Op{same}, ErrReused},
		"turn without a way":         {[]Op{turn(2, all[0])}, ErrUnknown},
		"turn for another way":       {[]Op{sorted(turn(2, all[0], other))}, ErrUnknown},
		"second part first":          {[]Op{Summary{Part: 2, Parts: 2, Items: everySummary().Items}}, ErrOrder},
		"summary of something else":  {[]Op{everySummary()}, ErrSummary},
	} {
		_, err := before.Apply(entryAfter(before, c.ops...))
		bad, ok := errors.AsType[*OpError](err)
		if !errors.Is(err, c.want) || !ok || bad.Index != len(c.ops)-1 || bad.Seq != before.Seq()+1 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func with2(b AddBundle, epoch uint64) AddBundle {
	b.Key.Epoch = epoch
	return b
}

func turnTo3(keys []WayKey) TurnEpoch {
	o := TurnEpoch{Epoch: 3, Recipient: to(5)}
	for _, k := range keys {
		k.Key.Epoch = 3
		o.Keys = append(o.Keys, k)
	}
	return o
}

func sorted(o TurnEpoch) TurnEpoch {
	if string(o.Keys[0].Way[:]) > string(o.Keys[1].Way[:]) {
		o.Keys[0], o.Keys[1] = o.Keys[1], o.Keys[0]
	}
	return o
}

// The first entry opens the safe and adds a way in; only a void may come before.
func TestFirstEntryOpensTheSafe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ops  []Op
		want error
	}{
		"something else":   {[]Op{doc(1)}, ErrOrder},
		"opening second":   {append([]Op{doc(1)}, openingOps()...), ErrOrder},
		"opened twice":     {[]Op{openingOps()[0], openingOps()[0]}, ErrOrder},
		"no way in":        {openingOps()[:1], ErrLast},
		"erasure":          {[]Op{EraseSafe{}}, ErrOrder},
		"a summary":        {[]Op{everySummary()}, ErrSummary},
		"vault operations": {[]Op{genesis()}, ErrWrongChain},
	} {
		if _, err := (Safe{}).Apply(entryAfter(Safe{}, c.ops...)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	s := mustApply(t, Safe{}, Void{})
	s = mustApply(t, s, openingOps()...)
	if s.Epoch().Number != 1 || s.Tail() != 2 {
		t.Errorf("opened after a void: %+v", look(s))
	}
}

// An entry is applied whole or not at all.
func TestRefusedEntryChangesNothing(t *testing.T) {
	t.Parallel()
	s := mustApply(t, openedSafe(t), doc(1))
	before := look(s)
	got, err := s.Apply(entryAfter(s, doc(2), Destroy{Document: doc(1).Document}, doc(2)))
	if !errors.Is(err, ErrReused) {
		t.Fatal(err)
	}
	if got.Seq() != 0 || got.Len() != 0 {
		t.Errorf("a refused entry gives a state: %+v", look(got))
	}
	if s.Len() != len(before.Documents) || s.Seq() != before.Seq {
		t.Errorf("a refused entry changed the state before it")
	}
}

func TestNothingFollowsAnErasure(t *testing.T) {
	t.Parallel()
	s := mustApply(t, mustApply(t, openedSafe(t), doc(1)), EraseSafe{})
	if !s.Erased() || s.Len() != 0 || s.ways.len() != 0 || s.used.len() != 0 || s.SummaryDue() {
		t.Errorf("after the erasure: %+v", look(s))
	}
	for _, op := range []Op{doc(2), Void{}, EraseSafe{}, everySummary(), openingOps()[0]} {
		if _, err := s.Apply(entryAfter(s, op)); !errors.Is(err, ErrErased) {
			t.Errorf("%T: %v", op, err)
		}
	}
	if _, err := s.Summarise(); !errors.Is(err, ErrOrder) {
		t.Errorf("summary of an erased safe: %v", err)
	}
}

// A lower keeper number after a higher one is invalid.
func TestLowerKeeperIsRefused(t *testing.T) {
	t.Parallel()
	s := openedSafe(t)
	e := entryAfter(s, doc(1))
	e.Keeper = 3
	s, err := s.Apply(e)
	if err != nil || s.Keeper() != 3 {
		t.Fatal(s.Keeper(), err)
	}
	for _, ops := range [][]Op{{doc(2)}, {Void{}}, {EraseSafe{}}} {
		e = entryAfter(s, ops...)
		e.Keeper = 2
		_, err = s.Apply(e)
		if low, ok := errors.AsType[*LowerKeeperError](err); !ok || low.Known != 3 || low.Found != 2 || low.Seq != 3 {
			t.Errorf("%T: %v", ops[0], err)
		}
	}
}

func TestApplyTakesOnlyTheNextEntryOfItsChain(t *testing.T) {
	t.Parallel()
	s := openedSafe(t)
	next := entryAfter(s, doc(1))
	change := func(f func(*Entry)) Entry {
		e := next
		f(&e)
		return e
	}
	for name, c := range map[string]struct {
		e    Entry
		swap bool
	}{
		"another safe": {change(func(e *Entry) { e.Chain = SafeChain(otherID) }), true},
		"the vault":    {change(func(e *Entry) { e.Chain = VaultChain }), true},
		"same number":  {change(func(e *Entry) { e.Seq, e.Prev = 1, digest(0) }), true},
		"later number": {change(func(e *Entry) { e.Seq = 3 }), false},
	} {
		if c.e.Seq == 1 {
			c.e.Prev = [32]byte{}
		}
		_, err := s.Apply(c.e)
		_, swap := errors.AsType[*SwapError](err)
		_, gap := errors.AsType[*GapError](err)
		if swap != c.swap || gap == c.swap {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Safe{}).Apply(next); err == nil {
		t.Error("a chain began with its second entry")
	}
	if _, err := s.Apply(Entry{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("zero entry: %v", err)
	}
}

// What a state answers, and what was given to it, are nobody else's.
func TestStatesShareNothingThatChanges(t *testing.T) {
	t.Parallel()
	s := openedSafe(t)
	d, m := doc(1), memo(2)
	p := pieces(40, 41, 1, 2)
	later := mustApply(t, s, d, m, bundle(40, BundleConsent), p)
	want := look(later)

	clear(d.Description)
	clear(d.Stored.Segments)
	clear(m.Inline)
	clear(p.Documents)
	for got := range later.Documents() {
		clear(got.Description)
		clear(got.Inline)
		clear(got.Stored.Segments)
	}
	for got := range later.Ways() {
		clear(got.Keys)
	}
	for got := range later.Pieces(id[vault.BundleID](40)) {
		clear(got.Documents)
	}
	one, _ := later.Document(d.Document)
	clear(one.Description)
	way, _ := later.Way(sheet)
	clear(way.Keys)
	clear(later.Epochs())
	parts, err := later.Summarise()
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range parts[0].Items {
		if x, ok := item.(Document); ok {
			clear(x.Description)
		}
	}

	// Two continuations of one state do not meet.
	a := mustApply(t, later, Destroy{Document: d.Document}, EndWay{Way: escrow})
	b := mustApply(t, later, doc(5), turnFor(later, 2))
	if a.Len() != 1 || b.Len() != 3 || s.Len() != 0 || len(later.Epochs()) != 1 {
		t.Errorf("states share: %d %d %d %d", a.Len(), b.Len(), s.Len(), later.Len())
	}
	if diff := diffView(want, look(later)); diff != "" {
		t.Errorf("the state changed (-want +got):\n%s", diff)
	}
}

// turnFor turns a safe to a new epoch for all its ways.
func turnFor(s Safe, recipient int) TurnEpoch {
	n := s.Epoch().Number + 1
	o := TurnEpoch{Epoch: n, Recipient: to(recipient)}
	for w := range s.Ways() {
		o.Keys = append(o.Keys, WayKey{Way: w.ID, Key: key(n)})
	}
	return o
}

// A new epoch is for what comes after; what was there stays in its own.
func TestTurnOfTheEpoch(t *testing.T) {
	t.Parallel()
	s := mustApply(t, openedSafe(t), doc(1))
	s = mustApply(t, s, turnFor(s, 5))
	if s.Epoch().Number != 2 || s.Epoch().Recipient != to(5) || len(s.Epochs()) != 2 {
		t.Fatalf("epochs: %+v", s.Epochs())
	}
	if w, _ := s.Way(sheet); len(w.Keys) != 2 {
		t.Errorf("keys of the sheet: %+v", w.Keys)
	}
	s = mustApply(t, s, Describe{Document: doc(1).Document, Epoch: 2, Description: []byte("sealed again")})
	d, _ := s.Document(doc(1).Document)
	if d.Epoch != 1 || d.DescriptionEpoch != 2 {
		t.Errorf("epochs of the document: %d and %d", d.Epoch, d.DescriptionEpoch)
	}
	s = mustApply(t, s, Reseal{Document: d.ID, Epoch: 2, Inline: []byte("sealed"), Description: []byte("sealed")})
	d, _ = s.Document(d.ID)
	if d.Epoch != 2 || !d.Object.IsZero() || d.Seq != 2 || !d.Time.Equal(openedAt.Add(60e9)) {
		t.Errorf("document sealed anew: %+v", d)
	}
	if ended, _ := s.used.get(doc(1).Object); !ended {
		t.Error("the older object may come back")
	}
}
