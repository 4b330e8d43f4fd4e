package chain

import (
	"errors"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

func edited[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

// refusesAll checks that entries with these operations are neither written nor
// folded: every field has bounds.
func refusesAll(t *testing.T, ops map[string]Op) {
	t.Helper()
	for name, op := range ops {
		e := entryWith(op)
		if _, err := e.Marshal(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is written: %v", name, err)
		}
		if _, err := (Safe{}).Apply(e); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is folded: %v", name, err)
		}
		e.Chain = VaultChain
		if _, err := (Vault{}).Apply(e); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is folded into the vault: %v", name, err)
		}
		e.Chain = StructureChain(structureID)
		if _, err := (Structure{}).Apply(e); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is folded into a structure: %v", name, err)
		}
	}
}

func TestKeysOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	way := AddWay{ID: sheet, Kind: WaySheet, Recipient: to(1), Keys: []SealedKey{key(1), key(2)}}
	service := SetService{N: 1, MasterEpoch: 1, Digest: digest(1), Size: 1}
	refusesAll(t, map[string]Op{
		"first epoch 2":         OpenSafe{Number: 2, Recipient: to(0)},
		"no recipient":          OpenSafe{Number: 1},
		"of no known nature":    OpenSafe{Number: 1, Recipient: to(0), Nature: vault.NatureTraining + 1},
		"way without id":        edited(way, func(o *AddWay) { o.ID = vault.WayID{} }),
		"way of no kind":        edited(way, func(o *AddWay) { o.Kind = 0 }),
		"way of unknown kind":   edited(way, func(o *AddWay) { o.Kind = WayRecovery + 1 }),
		"sheet with a second":   edited(way, func(o *AddWay) { o.Inner = to(2) }),
		"recovery by one sheet": edited(way, func(o *AddWay) { o.Kind = WayRecovery }),
		"recovery by one twice": edited(way, func(o *AddWay) { o.Kind, o.Inner = WayRecovery, o.Recipient }),
		"way without recipient": edited(way, func(o *AddWay) { o.Recipient = seal.Recipient{} }),
		"way without key":       edited(way, func(o *AddWay) { o.Keys = nil }),
		"keys do not ascend":    edited(way, func(o *AddWay) { o.Keys = []SealedKey{key(2), key(1)} }),
		"key twice":             edited(way, func(o *AddWay) { o.Keys = []SealedKey{key(1), key(1)} }),
		"key of no epoch":       edited(way, func(o *AddWay) { o.Keys = []SealedKey{edited(key(1), func(k *SealedKey) { k.Epoch = 0 })} }),
		"key of no master":      edited(way, func(o *AddWay) { o.Keys = []SealedKey{edited(key(1), func(k *SealedKey) { k.MasterEpoch = 0 })} }),
		"key without digest":    edited(way, func(o *AddWay) { o.Keys = []SealedKey{edited(key(1), func(k *SealedKey) { k.Digest = seal.Digest{} })} }),
		"key without size":      edited(way, func(o *AddWay) { o.Keys = []SealedKey{edited(key(1), func(k *SealedKey) { k.Size = 0 })} }),
		"key too large":         edited(way, func(o *AddWay) { o.Keys = []SealedKey{edited(key(1), func(k *SealedKey) { k.Size = MaxSealed + 1 })} }),
		"end of no way":         EndWay{},
		"rekey of no way":       ReKeyWay{Keys: way.Keys},
		"rekey of nothing":      ReKeyWay{Way: sheet},
		"service 0":             edited(service, func(o *SetService) { o.N = 0 }),
		"service of no master":  edited(service, func(o *SetService) { o.MasterEpoch = 0 }),
		"service of no size":    edited(service, func(o *SetService) { o.Size = -1 }),
	})
}

func TestDocumentOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	object := func(change func(*seal.Stored)) AddDocument {
		return edited(doc(1), func(o *AddDocument) {
			o.Stored.Segments = slices.Clone(o.Stored.Segments)
			change(&o.Stored)
		})
	}
	refusesAll(t, map[string]Op{
		"document without id":      edited(doc(1), func(o *AddDocument) { o.Document = vault.DocumentID{} }),
		"document of no epoch":     edited(doc(1), func(o *AddDocument) { o.Epoch = 0 }),
		"neither object nor bytes": edited(memo(1), func(o *AddDocument) { o.Inline = nil }),
		"both object and bytes":    edited(doc(1), func(o *AddDocument) { o.Inline = []byte("x") }),
		"facts without object":     edited(memo(1), func(o *AddDocument) { o.Stored = stored(1) }),
		"large inside":             edited(memo(1), func(o *AddDocument) { o.Inline = make([]byte, seal.MaxInline+1) }),
		"no description":           edited(doc(1), func(o *AddDocument) { o.Description = nil }),
		"large description":        edited(doc(1), func(o *AddDocument) { o.Description = make([]byte, MaxSealedDescription+1) }),
		"object of no size":        object(func(st *seal.Stored) { *st = seal.Stored{} }),
		"negative size":            object(func(st *seal.Stored) { st.Size = -1 }),
		"size beyond segments":     object(func(st *seal.Stored) { st.Size = 3 * seal.SegmentSize }),
		"size below segments":      object(func(st *seal.Stored) { st.Size = seal.SegmentSize }),
		"no digest":                object(func(st *seal.Stored) { st.Digest = seal.Digest{} }),
		"no segment digest":        object(func(st *seal.Stored) { clear(st.Segments) }),
		"no header":                object(func(st *seal.Stored) { st.HeaderSize = 0 }),
		"large header":             object(func(st *seal.Stored) { st.HeaderSize = seal.HeaderLimit + 1 }),
		"no header digest":         object(func(st *seal.Stored) { st.HeaderDigest = seal.Digest{} }),
		"only a header": object(func(st *seal.Stored) {
			st.Size, st.HeaderSize, st.Segments = 1700, 1700, st.Segments[:1]
		}),
		"too large": object(func(st *seal.Stored) {
			st.Size = MaxContent + 1
			st.Segments = slices.Repeat([]seal.Digest{digest(1)}, MaxContent/seal.SegmentSize+1)
		}),
		"describe nothing":     Describe{Epoch: 1, Description: []byte("x")},
		"describe in no epoch": Describe{Document: doc(1).Document, Description: []byte("x")},
		"describe as nothing":  Describe{Document: doc(1).Document, Epoch: 1},
		"reseal nothing":       Reseal{Epoch: 1, Inline: []byte("x"), Description: []byte("x")},
		"reseal as nothing":    Reseal{Document: doc(1).Document, Epoch: 1, Description: []byte("x")},
		"destroy nothing":      Destroy{},
	})
}

func TestBundleOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	refusesAll(t, map[string]Op{
		"bundle without id":     edited(bundle(1, BundleIndex), func(o *AddBundle) { o.ID = vault.BundleID{} }),
		"bundle of no kind":     bundle(1, 0),
		"bundle of unknown":     bundle(1, BundleConsent+1),
		"consent without terms": edited(bundle(1, BundleConsent), func(o *AddBundle) { o.Terms = Sealed{} }),
		"terms of no master":    edited(bundle(1, BundleConsent), func(o *AddBundle) { o.Terms.MasterEpoch = 0 }),
		"terms of no digest":    edited(bundle(1, BundleConsent), func(o *AddBundle) { o.Terms.Digest = seal.Digest{} }),
		"terms too large":       edited(bundle(1, BundleConsent), func(o *AddBundle) { o.Terms.Size = MaxSealed + 1 }),
		"index with terms":      edited(bundle(1, BundleIndex), func(o *AddBundle) { o.Terms = terms(1) }),
		"entrusted with terms":  edited(bundle(1, BundleEntrusted), func(o *AddBundle) { o.Terms = terms(1) }),
		"ended for no reason":   EndBundle{Bundle: id[vault.BundleID](1), Why: vault.EndedCycle + 1},
		"request of nothing":    Ask{Terms: terms(1)},
		"request without terms": Ask{Consent: ask(1).Consent},
		"end of no request":     EndAsk{Why: vault.EndedRefused},
		"request ended for nil": EndAsk{Consent: ask(1).Consent},
		"request ended for any": EndAsk{Consent: ask(1).Consent, Why: vault.EndedCycle + 1},
		"terms for nothing":     ReKeyTerms{Terms: terms(1)},
		"no terms":              ReKeyTerms{Consent: ask(1).Consent},
		"forget nothing":        ForgetTerms{},
		"bundle to nobody":      edited(bundle(1, BundleIndex), func(o *AddBundle) { o.Recipient = seal.Recipient{} }),
		"bundle without key":    edited(bundle(1, BundleIndex), func(o *AddBundle) { o.Key = BundleKey{} }),
		"rekey of no bundle":    ReKeyBundle{Key: bundle(1, BundleIndex).Key},
		"pieces of no bundle":   edited(pieces(1, 2, 3), func(o *AddPieces) { o.Bundle = vault.BundleID{} }),
		"pieces in no object":   edited(pieces(1, 2, 3), func(o *AddPieces) { o.Object = vault.ObjectID{} }),
		"pieces without digest": edited(pieces(1, 2, 3), func(o *AddPieces) { o.Digest = seal.Digest{} }),
		"pieces of nothing":     pieces(1, 2),
		"pieces of it twice":    pieces(1, 2, 3, 4, 3),
		"pieces of no id":       edited(pieces(1, 2, 3), func(o *AddPieces) { o.Documents = make([]vault.DocumentID, 1) }),
		"too many pieces":       pieces(1, 2, make([]int, MaxPieces+1)...),
		"end pieces of nothing": EndPieces{Object: id[vault.ObjectID](1)},
		"end of no bundle":      EndBundle{},
	})
}

func TestRestOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	turn := TurnEpoch{Epoch: 2, Recipient: to(4), Keys: []WayKey{{Way: sheet, Key: key(2)}}}
	refusesAll(t, map[string]Op{
		"turn to epoch 1":    edited(turn, func(o *TurnEpoch) { o.Epoch = 1 }),
		"turn to nobody":     edited(turn, func(o *TurnEpoch) { o.Recipient = seal.Recipient{} }),
		"turn without keys":  edited(turn, func(o *TurnEpoch) { o.Keys = nil }),
		"turn for no way":    edited(turn, func(o *TurnEpoch) { o.Keys = []WayKey{{Key: key(2)}} }),
		"turn to two epochs": edited(turn, func(o *TurnEpoch) { o.Keys = []WayKey{{Way: sheet, Key: key(1)}} }),
		"turn twice a way":   edited(turn, func(o *TurnEpoch) { o.Keys = slices.Repeat(o.Keys, 2) }),

		"part 0":             Summary{Part: 0, Parts: 1, Items: everySummary().Items},
		"part beyond":        Summary{Part: 2, Parts: 1, Items: everySummary().Items},
		"too many parts":     Summary{Part: 1, Parts: MaxParts + 1, Items: everySummary().Items},
		"no items":           Summary{Part: 1, Parts: 1},
		"item out of bounds": Summary{Part: 1, Parts: 1, Items: []Item{Retired{}}},
		"request unborn":     Summary{Part: 1, Parts: 1, Items: []Item{Asked{Consent: ask(1).Consent, Terms: terms(1)}}},
		"end without reason": Summary{Part: 1, Parts: 1, Items: []Item{Ended{Consent: ask(1).Consent, Terms: terms(1), Seq: 1, Time: openedAt}}},
		"document unborn":    Summary{Part: 1, Parts: 1, Items: []Item{Document{ID: doc(1).Document}}},

		"start 0":             Start{},
		"no key added":        AddSigningKey{},
		"no key ended":        EndSigningKey{},
		"master 1 again":      AddMaster{Epoch: 1, Recipient: to(0)},
		"master to nobody":    AddMaster{Epoch: 2},
		"end of master 0":     EndMaster{},
		"escrow of nobody":    SetEscrow{Recipient: to(0)},
		"escrow to nobody":    SetEscrow{Holder: EscrowA},
		"no structure":        AddStructure{},
		"empty checkpoint":    NoteAnchor{},
		"too long checkpoint": NoteAnchor{Checkpoint: make([]byte, MaxCheckpoint+1)},
	})
}

func TestAgentOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	good := agent(1, 0)
	refusesAll(t, map[string]Op{
		"structure without record": OpenStructure{},
		"record 0":                 SetStructure{Record: edited(record(1), func(r *Record) { r.N = 0 })},
		"record of no master":      SetStructure{Record: edited(record(1), func(r *Record) { r.MasterEpoch = 0 })},
		"record without digest":    SetStructure{Record: edited(record(1), func(r *Record) { r.Digest = seal.Digest{} })},
		"record of no size":        SetStructure{Record: edited(record(1), func(r *Record) { r.Size = 0 })},
		"agent without id":         edited(good, func(o *AddAgent) { o.ID = vault.AgentID{} }),
		"agent without recipient":  edited(good, func(o *AddAgent) { o.Recipient = seal.Recipient{} }),
		"agent without key":        edited(good, func(o *AddAgent) { o.Key = SealedAgentKey{} }),
		"agent without record":     edited(good, func(o *AddAgent) { o.Record = Record{} }),
		"record of nobody":         SetAgent{Record: record(1)},
		"no record":                SetAgent{ID: good.ID},
		"end of nobody":            EndAgent{},
		"key of nobody dropped":    DropAgentKey{},
		"key for nobody":           ReKeyAgent{Key: good.Key},
		"no key":                   ReKeyAgent{ID: good.ID},
		"cycle without an id":      OpenCycle{Record: record(1)},
		"cycle without a record":   OpenCycle{ID: id[vault.CycleID](1)},
		"change of no cycle":       SetCycle{Record: record(1)},
		"change without a record":  SetCycle{ID: id[vault.CycleID](1)},
		"end of no cycle":          EndCycle{},
		"successor of nobody":      NameSuccessor{Function: vault.FunctionReception, Successor: good.ID},
		"nobody succeeds":          NameSuccessor{Function: vault.FunctionReception, Agent: good.ID},
		"successor of oneself":     NameSuccessor{Function: vault.FunctionReception, Agent: good.ID, Successor: good.ID},
		"in no function":           NameSuccessor{Agent: good.ID, Successor: agent(2, 0).ID},
		"in an unknown function":   NameSuccessor{Agent: good.ID, Successor: agent(2, 0).ID, Function: vault.FunctionDPO + 1},
	})
}

// What an operator reads says which chain and which entry, in one line.
func TestErrorsSayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"v ends at entry 3, entry 5 is known":                       &RollbackError{Chain: "v", Known: Head{Seq: 5}, Found: 3},
		"v has two entries 3":                                       &ForkError{Chain: "v", Seq: 3},
		"v has entry 5 but not 3":                                   &GapError{Chain: "v", Seq: 3, Found: 5},
		"v entry 3 is entry 2 of s/x":                               &SwapError{Want: "v", WantSeq: 3, Found: "s/x", FoundSeq: 2},
		"v entry 3 is by keeper 1 after keeper 2":                   &LowerKeeperError{Chain: "v", Seq: 3, Known: 2, Found: 1},
		"v entry 3 is not signed by a listed key: no entry":         &SignerError{Chain: "v", Seq: 3, Err: ErrNoEntry},
		"v entry 3: its key does not sign for keeper 9: no entry":   &SignerError{Chain: "v", Seq: 3, Keeper: 9, Listed: true, Err: ErrNoEntry},
		"v entry 3 operation 1: operation of another kind of chain": &OpError{Chain: "v", Seq: 3, Index: 1, Err: ErrWrongChain},
		"entry of version 2":                                        &VersionError{Version: 2},
		"not a description: entry of version 2":                     descriptionOfVersion(t, 2),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

func descriptionOfVersion(t *testing.T, n byte) error {
	t.Helper()
	_, err := ParseDescription([]byte{8, n})
	return err
}
