package chain

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// everyOp has each operation at least once, with every field set.
func everyOp() []Op {
	item := func(o AddDocument) Document {
		return Document{
			ID: o.Document, Epoch: 1, Object: o.Object, Stored: o.Stored, Inline: o.Inline, DescriptionEpoch: 2,
			Description: o.Description, Depositor: o.Depositor, Seq: 4, Time: openedAt,
		}
	}
	anew := doc(21)
	return []Op{
		OpenSafe{Number: 1, Recipient: to(0), Nature: vault.NatureTraining},
		AddWay{ID: sheet, Kind: WaySheet, Recipient: to(1), Keys: []SealedKey{key(1), key(2)}},
		AddWay{ID: sheet, Kind: WayRecovery, Recipient: to(1), Inner: to(2), Keys: []SealedKey{key(1)}},
		EndWay{Way: sheet},
		ReKeyWay{Way: sheet, Keys: []SealedKey{key(1)}},
		SetService{N: 2, MasterEpoch: 1, Digest: digest(1), Size: 900},
		doc(20), memo(22),
		Describe{Document: anew.Document, Epoch: 1, Description: []byte("sealed")},
		Reseal{Document: anew.Document, Epoch: 2, Object: anew.Object, Stored: anew.Stored, Description: anew.Description},
		Reseal{Document: anew.Document, Epoch: 2, Inline: []byte("sealed"), Description: anew.Description},
		Destroy{Document: anew.Document},
		bundle(30, BundleConsent),
		ReKeyBundle{Bundle: id[vault.BundleID](30), Key: BundleKey{Epoch: 2, Digest: digest(2), Size: 1}},
		pieces(30, 31, 20, 22),
		EndPieces{Bundle: id[vault.BundleID](30), Object: id[vault.ObjectID](31)},
		EndBundle{Bundle: id[vault.BundleID](30), Why: vault.EndedWithdrawn},
		bundle(32, BundleIndex),
		ask(33),
		EndAsk{Consent: id[vault.ConsentID](33), Why: vault.EndedExpired},
		ReKeyTerms{Consent: id[vault.ConsentID](30), Terms: Sealed{MasterEpoch: 2, Digest: digest(5), Size: 6}},
		ForgetTerms{Consent: id[vault.ConsentID](33)},
		Freeze{}, Unfreeze{},
		TurnEpoch{Epoch: 2, Recipient: to(4), Keys: []WayKey{{Way: sheet, Key: key(2)}}},
		Summary{Part: 1, Parts: 2, Items: []Item{
			Epoch{Number: 1, Recipient: to(0)},
			Way{ID: sheet, Kind: WaySheet, Recipient: to(1), Keys: []SealedKey{key(1)}},
			Way{ID: escrow, Kind: WayRecovery, Recipient: to(1), Inner: to(2), Keys: []SealedKey{key(1)}},
			Service{N: 2, MasterEpoch: 1, Digest: digest(1), Size: 900},
			Training{}, Frozen{}, item(doc(20)), item(memo(22)),
			Asked{Consent: id[vault.ConsentID](33), Terms: terms(33), Seq: 6, Time: openedAt},
			Bundle(bundle(30, BundleConsent)), Pieces(pieces(30, 31, 20)),
			Ended{Consent: id[vault.ConsentID](34), Terms: terms(34), Why: vault.EndedRefused, Seq: 7, Time: openedAt},
			Ended{Consent: id[vault.ConsentID](35), Terms: terms(35), Why: vault.EndedByDate, Given: true, Seq: 8, Time: openedAt},
			Retired(id[[16]byte](99)),
		}},
		EraseSafe{}, Void{},
		genesis(),
		Start{Number: 3},
		AddSigningKey{Key: seal.VerifyKey(digest(7))},
		EndSigningKey{Key: seal.VerifyKey(digest(7))},
		AddMaster{Epoch: 2, Recipient: to(5)},
		EndMaster{Epoch: 1},
		SetEscrow{Holder: EscrowB, Recipient: to(6)},
		NoteAnchor{Checkpoint: []byte("origin\n1\nhash\n")},
		AddStructure{ID: structureID},
		OpenStructure{Record: record(1)},
		SetStructure{Record: record(2)},
		agent(50, 4),
		SetAgent{ID: id[vault.AgentID](50), Record: record(2)},
		EndAgent{ID: id[vault.AgentID](50)},
		DropAgentKey{ID: id[vault.AgentID](50)},
		ReKeyAgent{ID: id[vault.AgentID](50), Key: SealedAgentKey(record(2))},
		NameSuccessor{Agent: id[vault.AgentID](50), Function: vault.FunctionDPO, Successor: id[vault.AgentID](51)},
		OpenCycle{ID: id[vault.CycleID](52), Record: record(1)},
		SetCycle{ID: id[vault.CycleID](52), Record: record(2)},
		EndCycle{ID: id[vault.CycleID](52)},
	}
}

func genesis() Genesis {
	return Genesis{
		Realm: RealmDev, SigningKey: seal.VerifyKey(digest(8)), Master: Master{Epoch: 1, Recipient: to(7)},
		EscrowA: to(8), EscrowB: to(9),
	}
}

func entryWith(ops ...Op) Entry {
	return Entry{
		Chain: SafeChain(safeID), Seq: 5, Prev: digest(4), Keeper: 2, Time: openedAt, Intent: 12, Ops: ops,
	}
}

func TestEveryOperationReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	seen := map[int32]bool{}
	for _, op := range everyOp() {
		seen[int32(op.encode().WhichOperation())] = true
		e := entryWith(op)
		raw, err := e.Marshal()
		if err != nil {
			t.Fatalf("%T: %v", op, err)
		}
		got, err := Parse(raw)
		if err != nil {
			t.Fatalf("%T: %v", op, err)
		}
		if diff := cmp.Diff(e, got, cmp.Comparer(func(x, y seal.Recipient) bool { return x == y })); diff != "" {
			t.Errorf("%T (-want +got):\n%s", op, diff)
		}
	}
	fields := (&chainv1.Operation{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields().Len()
	if len(seen) != fields {
		t.Errorf("%d of %d operations are tried here", len(seen), fields)
	}
}

// No byte string but the one that Marshal gives reads as an entry.
func TestParseRefusesAnyOtherSpelling(t *testing.T) {
	t.Parallel()
	raw, err := entryWith(Destroy{Document: id[vault.DocumentID](1)}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(m *chainv1.Entry)) []byte {
		m := new(chainv1.Entry)
		if err := proto.Unmarshal(raw, m); err != nil {
			t.Fatal(err)
		}
		f(m)
		out, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	operation := func(m *chainv1.Operation) []byte {
		return edit(func(e *chainv1.Entry) { e.SetOperations([]*chainv1.Operation{m}) })
	}
	for name, bad := range map[string][]byte{
		"empty":               {},
		"not protobuf":        []byte("\xff\xff\xff"),
		"cut":                 raw[:len(raw)-1],
		"unknown field":       protowire.AppendVarint(protowire.AppendTag(slices.Clone(raw), 100, protowire.VarintType), 1),
		"zero value written":  append(protowire.AppendVarint(protowire.AppendTag(nil, 9, protowire.VarintType), 0), raw...),
		"long number":         bytes.Replace(raw, []byte{0x08, 0x01}, []byte{0x08, 0x81, 0x00}, 1),
		"field twice":         append(slices.Clone(raw[:2]), raw...),
		"another order":       append(slices.Clone(raw[2:]), raw[:2]...),
		"chain name":          edit(func(m *chainv1.Entry) { m.SetChain("x") }),
		"zero safe":           edit(func(m *chainv1.Entry) { m.SetChain("s/aaaaaaaaaaaaaaaaaaaaaaaaaa") }),
		"code signature":      edit(func(m *chainv1.Entry) { m.SetCodeSignature([]byte{1}) }),
		"short digest":        edit(func(m *chainv1.Entry) { m.SetPrev(make([]byte, 31)) }),
		"zero digest":         edit(func(m *chainv1.Entry) { m.SetPrev(make([]byte, 32)) }),
		"time before 1970":    edit(func(m *chainv1.Entry) { m.SetTime(-1) }),
		"time after 9999":     edit(func(m *chainv1.Entry) { m.SetTime(1 << 40) }),
		"no operation":        edit(func(m *chainv1.Entry) { m.SetOperations(nil) }),
		"empty operation":     operation(&chainv1.Operation{}),
		"short id":            operation(chainv1.Operation_builder{Destroy: chainv1.Destroy_builder{Document: []byte{1}}.Build()}.Build()),
		"nothing inside":      operation(chainv1.Operation_builder{AddDocument: &chainv1.AddDocument{}}.Build()),
		"two epochs":          operation(twoEpochs()),
		"terms of no size":    operation(chainv1.Operation_builder{Ask: chainv1.Ask_builder{Consent: make([]byte, 16)}.Build()}.Build()),
		"index, empty terms":  operation(emptyTerms()),
		"unknown reason":      operation(chainv1.Operation_builder{EndBundle: chainv1.EndBundle_builder{Bundle: slices.Repeat([]byte{1}, 16), Why: 13}.Build()}.Build()),
		"negative reason":     operation(chainv1.Operation_builder{EndBundle: chainv1.EndBundle_builder{Bundle: slices.Repeat([]byte{1}, 16), Why: -1}.Build()}.Build()),
		"unknown enum":        operation(chainv1.Operation_builder{Genesis: chainv1.Genesis_builder{Realm: 9}.Build()}.Build()),
		"negative enum":       operation(chainv1.Operation_builder{Genesis: chainv1.Genesis_builder{Realm: -1}.Build()}.Build()),
		"not a recipient":     operation(chainv1.Operation_builder{OpenSafe: chainv1.OpenSafe_builder{Epoch: chainv1.Epoch_builder{Number: 1, Recipient: []byte("age")}.Build()}.Build()}.Build()),
		"segments of no size": operation(oddSegments()),
	} {
		if _, err := Parse(bad); !errors.Is(err, ErrMalformed) && !isVersion(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(edit(func(m *chainv1.Entry) { m.SetVersion(2) })); !isVersion(err) {
		t.Errorf("version 2: %v", err)
	}
	if _, err := Parse(make([]byte, MaxPayload+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func isVersion(err error) bool {
	_, ok := errors.AsType[*VersionError](err)
	return ok
}

func twoEpochs() *chainv1.Operation {
	m := memo(1).encode()
	m.GetAddDocument().GetLabel().SetEpoch(2)
	return m
}

// emptyTerms writes the terms that an index has not as a message.
func emptyTerms() *chainv1.Operation {
	m := bundle(1, BundleIndex).encode()
	m.GetAddBundle().SetTerms(&chainv1.Sealed{})
	return m
}

func oddSegments() *chainv1.Operation {
	m := doc(1).encode()
	m.GetAddDocument().GetContent().GetStored().SetSegments(make([]byte, 33))
	return m
}

func TestEntryOutOfBoundsIsNotWritten(t *testing.T) {
	t.Parallel()
	ok := Destroy{Document: id[vault.DocumentID](1)}
	for name, change := range map[string]func(*Entry){
		"no chain":             func(e *Entry) { e.Chain = "" },
		"other chain":          func(e *Entry) { e.Chain = "r/x" },
		"number 0":             func(e *Entry) { e.Seq = 0 },
		"first with previous":  func(e *Entry) { e.Seq = 1 },
		"later without":        func(e *Entry) { e.Prev = seal.Digest{} },
		"keeper 0 in a safe":   func(e *Entry) { e.Keeper = 0 },
		"keeper 0, structure":  func(e *Entry) { e.Chain, e.Keeper = StructureChain(structureID), 0 },
		"no time":              func(e *Entry) { e.Time = time.Time{} },
		"parts of a second":    func(e *Entry) { e.Time = e.Time.Add(1) },
		"no operation":         func(e *Entry) { e.Ops = nil },
		"too many operations":  func(e *Entry) { e.Ops = slices.Repeat(e.Ops, MaxOps+1) },
		"nil operation":        func(e *Entry) { e.Ops = []Op{nil} },
		"pointer":              func(e *Entry) { e.Ops = []Op{&ok} },
		"nil pointer":          func(e *Entry) { e.Ops = []Op{(*Destroy)(nil)} },
		"erasure beside":       func(e *Entry) { e.Ops = []Op{EraseSafe{}, ok} },
		"void beside":          func(e *Entry) { e.Ops = []Op{ok, Void{}} },
		"summary beside":       func(e *Entry) { e.Ops = []Op{everySummary(), ok} },
		"genesis beside":       func(e *Entry) { e.Ops = []Op{genesis(), Start{Number: 1}} },
		"operation out of it":  func(e *Entry) { e.Ops = []Op{ok, Destroy{}} },
		"pointer in a summary": func(e *Entry) { e.Ops = []Op{Summary{Part: 1, Parts: 1, Items: []Item{&Epoch{}}}} },
		"nil in a summary":     func(e *Entry) { e.Ops = []Op{Summary{Part: 1, Parts: 1, Items: []Item{nil}}} },
	} {
		e := entryWith(ok)
		change(&e)
		if _, err := e.Marshal(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func everySummary() Summary {
	return Summary{Part: 1, Parts: 1, Items: []Item{Epoch{Number: 1, Recipient: to(0)}}}
}

// An entry goes to the bucket in one PUT of at most 1 MiB.
func TestEntryAboveOneMiBIsNotWritten(t *testing.T) {
	t.Parallel()
	k, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	for n := 150; n < MaxOps; n += 5 {
		var ops []Op
		for i := range n {
			ops = append(ops, memo(i))
		}
		signed, err := Sign(k, entryWith(ops...))
		if err != nil {
			if !errors.Is(err, ErrTooLarge) || n == 150 {
				t.Errorf("%d memos: %v", n, err)
			}
			return
		}
		if signed.Size() > MaxSigned {
			t.Fatalf("%d memos make %d bytes", n, signed.Size())
		}
	}
	t.Error("1024 memos fit")
}

func TestNamesAndKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []Name{VaultChain, SafeChain(safeID), StructureChain(structureID)} {
		if got, err := ParseName(string(n)); got != n || err != nil {
			t.Errorf("%q: %q, %v", n, got, err)
		}
	}
	if got, ok := SafeChain(safeID).Safe(); !ok || got != safeID {
		t.Errorf("safe of its chain: %v %v", got, ok)
	}
	for _, bad := range []string{"", "V", "s/", "s/x", "v/", "s/" + safeID.String() + "/m", "r/", "r/x", "r/aaaaaaaaaaaaaaaaaaaaaaaaaa", "a/" + safeID.String()} {
		if _, err := ParseName(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got, ok := StructureChain(structureID).Structure(); !ok || got != structureID {
		t.Errorf("structure of its chain: %v %v", got, ok)
	}
	if _, ok := SafeChain(safeID).Structure(); ok {
		t.Error("a safe's chain is a structure's")
	}
	if _, ok := StructureChain(structureID).Safe(); ok {
		t.Error("a structure's chain is a safe's")
	}
	if got, want := StructureChain(structureID).Key(1), "v1/r/"+structureID.String()+"/m/0000000000000001"; got != want {
		t.Error(got)
	}
	if got := VaultChain.Key(255); got != "v1/v/m/00000000000000ff" {
		t.Error(got)
	}
	if got, want := SafeChain(safeID).Key(1<<63), fmt.Sprintf("v1/s/%s/m/8000000000000000", safeID); got != want {
		t.Error(got)
	}
	if a, b := VaultChain.Key(15), VaultChain.Key(16); a >= b {
		t.Errorf("keys do not sort like numbers: %s %s", a, b)
	}
}
