package chain

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// vectors is testdata/vectors.json: four whole chains, for another
// implementation to read and to fold.
type vectors struct {
	About       string
	SigningKeys []string // private, for these vectors only
	Recipients  []string
	Entries     []vector
	Description descriptionVector
}

type vector struct {
	About  string
	Key    string // where it lies
	Signed []byte // as stored
	Digest string // of Signed
}

type descriptionVector struct {
	Title, Drawer, Kind string
	Size, Received      int64
	Plain               []byte
}

// vaultVectorOps are the operations of the vault's chain, entry by entry, after
// the keys and recipients of the vectors.
func vaultVectorOps(first, second seal.VerifyKey, r []seal.Recipient) [][]Op {
	return [][]Op{
		{Genesis{Realm: RealmDev, SigningKey: first, Master: Master{Epoch: 1, Recipient: r[0]}, EscrowA: r[1], EscrowB: r[2]}},
		{Start{Number: 1}},
		{Start{Number: 2}, AddSigningKey{Key: second}, EndSigningKey{Key: first}, NoteAnchor{Checkpoint: []byte("test\n0\n\n")}},
		{AddStructure{ID: structureID}},
	}
}

// structureVectorOps are those of a structure's chain.
func structureVectorOps(r []seal.Recipient) [][]Op {
	one, two := agent(20, 0), agent(21, 0)
	one.Recipient, two.Recipient = r[3], r[4]
	return [][]Op{
		{OpenStructure{Record: record(1)}, one, two},
		{
			SetStructure{Record: record(2)}, SetAgent{ID: two.ID, Record: record(2)}, ReKeyAgent{ID: one.ID, Key: SealedAgentKey(record(2))},
			NameSuccessor{Agent: one.ID, Function: vault.FunctionSocialWorker, Successor: two.ID},
		},
		{EndAgent{ID: one.ID}},
		{Void{}},
		{DropAgentKey{ID: one.ID}},
		{OpenCycle{ID: id[vault.CycleID](30), Record: record(1)}},
		{SetCycle{ID: id[vault.CycleID](30), Record: record(2)}},
		{EndCycle{ID: id[vault.CycleID](30)}},
	}
}

// safeVectorOps are those of a safe's chain; nil stands for a summary.
func safeVectorOps(r []seal.Recipient) [][]Op {
	way := func(way vault.WayID, kind WayKind, to seal.Recipient) AddWay {
		return AddWay{ID: way, Kind: kind, Recipient: to, Keys: []SealedKey{key(1)}}
	}
	paper, secret := doc(1), memo(2)
	paper.Description, secret.Description, secret.Inline = []byte("sealed 1"), []byte("sealed 2"), []byte("sealed content")
	index := AddBundle{ID: id[vault.BundleID](3), Kind: BundleIndex, Recipient: r[4], Key: BundleKey{Epoch: 1, Digest: digest(3), Size: 3000}}
	given := AddBundle{
		ID: id[vault.BundleID](5), Kind: BundleConsent, Recipient: r[0], Key: BundleKey{Epoch: 1, Digest: digest(5), Size: 6000}, Terms: terms(5),
	}
	consent := vault.ConsentID(given.ID)
	return [][]Op{
		{
			OpenSafe{Number: 1, Recipient: r[3]}, way(sheet, WaySheet, r[5]), way(escrow, WayEscrow, r[2]),
			SetService{N: 1, MasterEpoch: 1, Digest: digest(4), Size: 2000},
		},
		{paper, secret, index, pieces(3, 4, 1, 2)},
		{Describe{Document: paper.Document, Epoch: 1, Description: []byte("sealed 3")}, Destroy{Document: secret.Document}},
		{ask(5), ask(6), ask(7)},
		{given, pieces(5, 8, 1), EndAsk{Consent: ask(6).Consent, Why: vault.EndedRefused}},
		nil,
		{Void{}},
		{ReKeyTerms{Consent: consent, Terms: Sealed{MasterEpoch: 2, Digest: digest(6), Size: 5000}}, Freeze{}},
		nil,
		{Unfreeze{}, ForgetTerms{Consent: ask(7).Consent}},
		{EndPieces{Bundle: index.ID, Object: id[vault.ObjectID](4)}, EndBundle{Bundle: index.ID}, EndWay{Way: escrow}},
		{AddWay{ID: id[vault.WayID](9), Kind: WayRecovery, Recipient: r[0], Inner: r[1], Keys: []SealedKey{key(1)}}},
		{EraseSafe{}},
	}
}

// trainingVectorOps are those of a safe for exercises; nil stands for a summary.
func trainingVectorOps(r []seal.Recipient) [][]Op {
	paper := doc(1)
	paper.Description = []byte("sealed 1")
	return [][]Op{
		{
			OpenSafe{Number: 1, Recipient: r[3], Nature: vault.NatureTraining},
			AddWay{ID: sheet, Kind: WaySheet, Recipient: r[5], Keys: []SealedKey{key(1)}},
			SetService{N: 1, MasterEpoch: 1, Digest: digest(4), Size: 2000},
		},
		{paper},
		nil,
		{EraseSafe{}},
	}
}

// writeVectors makes the vectors anew from their keys and recipients.
func writeVectors(t *testing.T, v vectors) vectors {
	t.Helper()
	var keys []*seal.SigningKey
	for _, text := range v.SigningKeys {
		k, err := seal.ParseSigningKey(seal.NewSecret([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	var to []seal.Recipient
	for _, text := range v.Recipients {
		r, err := seal.ParseRecipient(text)
		if err != nil {
			t.Fatal(err)
		}
		to = append(to, r)
	}
	v.Entries = nil
	w := newWriter(t, keys[0], VaultChain)
	for i, ops := range vaultVectorOps(keys[0].Public(), keys[1].Public(), to) {
		w.write(min(2, uint64(i)), ops...)
		v.Entries = append(v.Entries, vectorOf(w, ops))
		if i == 2 {
			w.key = keys[1]
		}
	}
	w = newWriter(t, keys[1], StructureChain(structureID))
	for _, ops := range structureVectorOps(to) {
		w.write(2, ops...)
		v.Entries = append(v.Entries, vectorOf(w, ops))
	}
	v.Entries = append(v.Entries, safeVectors(t, SafeChain(safeID), safeVectorOps(to), keys)...)
	v.Entries = append(v.Entries, safeVectors(t, SafeChain(trainingID), trainingVectorOps(to), keys)...)
	d := Description{Title: "Avis d'imposition", Drawer: "impots", Kind: "avis-imposition", Size: 4, Received: openedAt}
	plain, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	v.Description = descriptionVector{
		Title: d.Title, Drawer: d.Drawer, Kind: d.Kind, Size: d.Size, Received: d.Received.Unix(), Plain: plain,
	}
	return v
}

// safeVectors writes the chain of a safe, from its first summary on with the
// second key.
func safeVectors(t *testing.T, name Name, all [][]Op, keys []*seal.SigningKey) (entries []vector) {
	t.Helper()
	w := newWriter(t, keys[0], name)
	keeper := uint64(1)
	for _, ops := range all {
		if ops == nil {
			ops = []Op{mustSummarise(t, w.fold)[0]}
			w.key, keeper = keys[1], 2
		}
		w.write(keeper, ops...)
		entries = append(entries, vectorOf(w, ops))
	}
	return entries
}

func vectorOf(w *writer, ops []Op) vector {
	var about []string
	for _, op := range ops {
		about = append(about, string(op.encode().ProtoReflect().WhichOneof(op.encode().ProtoReflect().Descriptor().Oneofs().Get(0)).Name()))
	}
	seq := w.head().Seq
	return vector{
		About: strings.Join(about, ", "), Key: w.name.Key(seq), Signed: w.shelf[seq], Digest: w.head().Digest.String(),
	}
}

// The vectors are what this package writes: signing is deterministic, so every
// byte is compared. When the format has a new version, the new file is among
// the artifacts of this test (go test -artifacts).
func TestVectors(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "vectors.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file vectors
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(writeVectors(t, file), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if again = append(again, '\n'); !bytes.Equal(again, raw) {
		out := filepath.Join(t.ArtifactDir(), "vectors.json")
		if err := os.WriteFile(out, again, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s differs from what is written now: %s", path, out)
	}
}

// The vectors fold to what FORMAT.md says of them.
func TestVectorsFold(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file vectors
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	first, err := seal.ParseSigningKey(seal.NewSecret([]byte(file.SigningKeys[0])))
	if err != nil {
		t.Fatal(err)
	}
	shelves := map[string]shelf{}
	for _, e := range file.Entries {
		at := strings.LastIndexByte(e.Key, '/') + 1
		b := shelves[e.Key[:at]]
		if b == nil {
			b = shelf{}
			shelves[e.Key[:at]] = b
		}
		b[uint64(len(b)+1)] = e.Signed
		if seal.DigestOf(e.Signed).String() != e.Digest {
			t.Errorf("%s: digest", e.Key)
		}
	}
	v, _, err := ReplayVault(t.Context(), shelves[VaultChain.Prefix()].fetch, first.Public(), Head{})
	if err != nil || v.Keeper() != 2 || v.Realm() != RealmDev || len(v.Keys()) != 1 || !slices.Equal(v.Structures(), []vault.StructureID{structureID}) {
		t.Fatalf("vault: %+v %v", v, err)
	}
	r, _, err := ReplayStructure(t.Context(), shelves[StructureChain(structureID).Prefix()].fetch, structureID, v, Known{})
	if err != nil || r.Seq() != 8 || r.Len() != 2 {
		t.Fatalf("structure: %+v %v", r, err)
	}
	if c, ok := r.Cycle(id[vault.CycleID](30)); !ok || c.Record != record(2) || c.Ended.IsZero() {
		t.Errorf("cycle: %+v", c)
	}
	if got, ok := r.Holder(id[vault.AgentID](20), vault.FunctionSocialWorker); !ok || got != id[vault.AgentID](21) {
		t.Errorf("successor: %v", got)
	}
	b := shelves[SafeChain(safeID).Prefix()]
	s, head, err := ReplaySafe(t.Context(), b.fetch, safeID, v, Known{})
	if err != nil || head.Seq != 13 || !s.Erased() {
		t.Fatalf("safe: %+v %v", look(s), err)
	}
	at := func(seq uint64) Safe {
		maps.DeleteFunc(b, func(n uint64, _ []byte) bool { return n > seq })
		s, _, err := ReplaySafe(t.Context(), b.fetch, safeID, v, Known{})
		if err != nil {
			t.Fatalf("safe at entry %d: %v", seq, err)
		}
		return s
	}
	if pair, ok := at(12).Way(id[vault.WayID](9)); !ok || pair.Kind != WayRecovery || pair.Inner.IsZero() {
		t.Errorf("pair of recovery sheets: %+v", pair)
	}
	if s = at(10); s.Frozen() || s.ended.len() != 2 || s.asks.len() != 0 || s.Summary() != 9 {
		t.Fatalf("safe at entry 10: %+v", look(s))
	}
	if s = at(9); !s.Frozen() || s.ended.len() != 3 || s.bundles.len() != 1 || s.Tail() != 0 {
		t.Fatalf("safe at entry 9: %+v", look(s))
	}
	if s = at(7); s.Len() != 1 || s.Summary() != 6 || s.Tail() != 1 || s.bundles.len() != 2 || s.asks.len() != 1 {
		t.Fatalf("safe at entry 7: %+v", look(s))
	}
	if d, _ := s.Document(doc(1).Document); string(d.Description) != "sealed 3" || d.Seq != 2 {
		t.Errorf("document: %+v", d)
	}
	exercise := shelves[SafeChain(trainingID).Prefix()]
	if s, _, err = ReplaySafe(t.Context(), exercise.fetch, trainingID, v, Known{}); err != nil || !s.Erased() {
		t.Fatalf("safe for exercises: %+v %v", look(s), err)
	}
	delete(exercise, 4)
	s, _, err = ReplaySafe(t.Context(), exercise.fetch, trainingID, v, Known{Summary: 3})
	if err != nil || s.Nature() != vault.NatureTraining || s.Len() != 1 {
		t.Fatalf("safe for exercises from its summary: %+v %v", look(s), err)
	}
	d, err := ParseDescription(file.Description.Plain)
	if err != nil || d.Title != file.Description.Title || d.Received.Unix() != file.Description.Received {
		t.Errorf("description: %v", err)
	}
}

// The example that FORMAT.md takes apart is an entry.
func TestFormatExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- example -->\n```\n")
	block, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	var text strings.Builder
	for line := range strings.Lines(block) {
		bytes, _, _ := strings.Cut(line, "  ")
		text.WriteString(strings.ReplaceAll(strings.TrimSpace(bytes), " ", ""))
	}
	raw, err := hex.DecodeString(text.String())
	if err != nil {
		t.Fatal(err)
	}
	e, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := e.Ops[0].(Void); !ok || e.Chain != VaultChain || e.Seq != 2 || e.Keeper != 1 || e.Intent != 300 {
		t.Errorf("the example is %+v", e)
	}
}
