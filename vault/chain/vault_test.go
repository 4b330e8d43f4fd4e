package chain

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

func vaultEntry(v Vault, keeper uint64, ops ...Op) Entry {
	e := Entry{
		Chain: VaultChain, Seq: v.Seq() + 1, Keeper: keeper, Ops: ops,
		Time: openedAt.Add(time.Duration(v.Seq()) * time.Hour),
	}
	if e.Seq > 1 {
		e.Prev = digest(int(e.Seq))
	}
	return e
}

func mustGrow(t testing.TB, v Vault, keeper uint64, ops ...Op) Vault {
	t.Helper()
	next, err := v.Apply(vaultEntry(v, keeper, ops...))
	if err != nil {
		t.Fatalf("vault entry %d: %v", v.Seq()+1, err)
	}
	return next
}

func verifyKey(n int) seal.VerifyKey { return seal.VerifyKey(digest(900 + n)) }

func TestVaultSaysWhoSignsAndToWhomIsSealed(t *testing.T) {
	t.Parallel()
	g := genesis()
	v := mustGrow(t, Vault{}, 0, g)
	if v.Realm() != RealmDev || v.Genesis() != g.SigningKey || v.Keeper() != 0 || v.Master() != g.Master ||
		v.Escrow(EscrowA) != g.EscrowA || v.Escrow(EscrowB) != g.EscrowB || !v.Escrow(0).IsZero() || v.Anchor() != nil {
		t.Errorf("after genesis: %+v", v)
	}
	v = mustGrow(t, v, 1, Start{Number: 1})
	v = mustGrow(t, v, 1, AddSigningKey{Key: verifyKey(1)}, NoteAnchor{Checkpoint: []byte("tree")})
	v = mustGrow(t, v, 4, Start{Number: 4}, EndSigningKey{Key: g.SigningKey}, AddSigningKey{Key: verifyKey(2)})
	v = mustGrow(t, v, 4, AddMaster{Epoch: 2, Recipient: to(3)}, SetEscrow{Holder: EscrowB, Recipient: to(4)})
	for keeper, want := range map[uint64][]seal.VerifyKey{
		0: {g.SigningKey}, 1: {g.SigningKey, verifyKey(1)}, 3: {g.SigningKey, verifyKey(1)},
		4: {verifyKey(1), verifyKey(2)}, 5: nil,
	} {
		if got := v.KeysAt(keeper); !slices.Equal(got, want) {
			t.Errorf("keys of keeper %d: %v", keeper, got)
		}
	}
	if !slices.Equal(v.Keys(), v.KeysAt(4)) || v.Keeper() != 4 {
		t.Errorf("keys: %v", v.Keys())
	}
	for epoch, want := range map[uint64]time.Time{0: {}, 1: openedAt, 2: openedAt.Add(4 * time.Hour), 3: {}} {
		if got := v.MasterSince(epoch); !got.Equal(want) {
			t.Errorf("master %d since %v, want %v", epoch, got, want)
		}
	}
	if v.Master().Epoch != 2 || len(v.Masters()) != 2 || v.Escrow(EscrowB) != to(4) || v.Escrow(EscrowA) != g.EscrowA {
		t.Errorf("recipients: %+v", v)
	}
	v = mustGrow(t, v, 4, EndMaster{Epoch: 1})
	if m := v.Masters(); len(m) != 1 || m[0].Epoch != 2 {
		t.Errorf("masters: %+v", m)
	}
	if string(v.Anchor()) != "tree" {
		t.Errorf("anchor: %q", v.Anchor())
	}
	v = mustGrow(t, v, 4, AddStructure{ID: structureID})
	v = mustGrow(t, v, 4, AddStructure{ID: id[vault.StructureID](4)})
	if got := v.Structures(); !slices.Equal(got, []vault.StructureID{structureID, id[vault.StructureID](4)}) {
		t.Errorf("structures: %v", got)
	}
	if (Vault{}).Structures() != nil || (Vault{}).Keys() != nil || !(Vault{}).Master().Recipient.IsZero() || (Vault{}).Masters() != nil {
		t.Error("the zero vault lists something")
	}
}

func TestRulesOfTheVault(t *testing.T) {
	t.Parallel()
	g := genesis()
	v := mustGrow(t, mustGrow(t, Vault{}, 0, g), 2, Start{Number: 2})
	v = mustGrow(t, v, 2, AddMaster{Epoch: 2, Recipient: to(3)}, EndMaster{Epoch: 1})
	for name, c := range map[string]struct {
		keeper uint64
		ops    []Op
		want   error
	}{
		"genesis again":         {2, []Op{g}, ErrOrder},
		"operation of a safe":   {2, []Op{doc(1)}, ErrWrongChain},
		"erasure":               {2, []Op{EraseSafe{}}, ErrWrongChain},
		"start again":           {2, []Op{Start{Number: 2}}, ErrNumber},
		"start later in entry":  {3, []Op{AddSigningKey{Key: verifyKey(1)}, Start{Number: 3}}, ErrOrder},
		"start by another":      {4, []Op{Start{Number: 3}}, ErrNumber},
		"keeper never started":  {3, []Op{Void{}}, ErrNumber},
		"key listed":            {2, []Op{AddSigningKey{Key: g.SigningKey}}, ErrReused},
		"key ended":             {3, []Op{Start{Number: 3}, AddSigningKey{Key: verifyKey(1)}, EndSigningKey{Key: verifyKey(1)}, AddSigningKey{Key: verifyKey(1)}}, ErrReused},
		"end without start":     {2, []Op{AddSigningKey{Key: verifyKey(1)}, EndSigningKey{Key: g.SigningKey}}, ErrOrder},
		"end of unknown key":    {3, []Op{Start{Number: 3}, EndSigningKey{Key: verifyKey(1)}}, ErrUnknown},
		"end of the last key":   {3, []Op{Start{Number: 3}, EndSigningKey{Key: g.SigningKey}}, ErrLast},
		"master out of turn":    {2, []Op{AddMaster{Epoch: 4, Recipient: to(5)}}, ErrEpoch},
		"master again":          {2, []Op{AddMaster{Epoch: 3, Recipient: to(3)}}, ErrReused},
		"end of current master": {2, []Op{EndMaster{Epoch: 2}}, ErrLast},
		"end of ended master":   {2, []Op{EndMaster{Epoch: 1}}, ErrUnknown},
		"end of unknown master": {2, []Op{EndMaster{Epoch: 3}}, ErrUnknown},
		"structure again":       {2, []Op{AddStructure{ID: structureID}, AddStructure{ID: structureID}}, ErrReused},
		"structure opened here": {2, []Op{OpenStructure{Record: record(1)}}, ErrWrongChain},
		"escrow of the other":   {2, []Op{SetEscrow{Holder: EscrowA, Recipient: g.EscrowB}}, ErrReused},
	} {
		if _, err := v.Apply(vaultEntry(v, c.keeper, c.ops...)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, op := range map[string]Op{"start": Start{Number: 1}, "void": Void{}} {
		if _, err := (Vault{}).Apply(vaultEntry(Vault{}, 0, op)); !errors.Is(err, ErrOrder) {
			t.Errorf("first is a %s: %v", name, err)
		}
	}
	_, err := v.Apply(vaultEntry(v, 1, Void{}))
	if low, ok := errors.AsType[*LowerKeeperError](err); !ok || low.Known != 2 || low.Found != 1 {
		t.Errorf("lower keeper: %v", err)
	}
	late := vaultEntry(v, 2, Void{})
	late.Seq++
	if _, err := v.Apply(late); !isGap(err) {
		t.Errorf("gap: %v", err)
	}
	safe := entryAfter(openedSafe(t), Void{})
	safe.Seq = v.Seq() + 1
	if _, err := v.Apply(safe); !isSwap(err) {
		t.Errorf("entry of a safe: %v", err)
	}
}

// Escrow A or the master together with B opens everything: they are different
// keys, and a genesis that says otherwise is refused.
func TestGenesisNamesThreeDifferentHolders(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Genesis){
		"no realm":      func(g *Genesis) { g.Realm = 0 },
		"unknown realm": func(g *Genesis) { g.Realm = 3 },
		"no key":        func(g *Genesis) { g.SigningKey = seal.VerifyKey{} },
		"no master":     func(g *Genesis) { g.Master = Master{} },
		"epoch 2":       func(g *Genesis) { g.Master.Epoch = 2 },
		"no escrow":     func(g *Genesis) { g.EscrowA = seal.Recipient{} },
		"one escrow":    func(g *Genesis) { g.EscrowA = g.EscrowB },
		"A is master":   func(g *Genesis) { g.EscrowA = g.Master.Recipient },
		"B is master":   func(g *Genesis) { g.EscrowB = g.Master.Recipient },
	} {
		g := genesis()
		change(&g)
		if _, err := (Vault{}).Apply(vaultEntry(Vault{}, 0, g)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVaultsShareNothingThatChanges(t *testing.T) {
	t.Parallel()
	v := mustGrow(t, mustGrow(t, Vault{}, 0, genesis()), 1, Start{Number: 1})
	a := mustGrow(t, v, 2, Start{Number: 2}, AddSigningKey{Key: verifyKey(1)}, EndSigningKey{Key: v.Genesis()}, AddMaster{Epoch: 2, Recipient: to(3)})
	b := mustGrow(t, v, 1, AddSigningKey{Key: verifyKey(2)}, AddMaster{Epoch: 2, Recipient: to(4)}, NoteAnchor{Checkpoint: []byte("tree")}, AddStructure{ID: structureID})
	clear(b.Anchor())
	clear(b.Structures())
	clear(b.Masters())
	clear(b.Keys())
	if len(v.Keys()) != 1 || v.Master().Epoch != 1 || a.Master().Recipient != to(3) || b.Master().Recipient != to(4) ||
		len(a.Keys()) != 1 || len(b.Keys()) != 2 || len(a.Structures()) != 0 || b.Structures()[0] != structureID || string(b.Anchor()) != "tree" {
		t.Errorf("they share: %+v\n%+v\n%+v", v, a, b)
	}
}
