package keeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/directory"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A structureRecord is what the service knows of a structure: class "service".
type structureRecord struct {
	siret directory.SIRET
	name  string
	// notebooks are the office notebooks whose destruction two agents signed, oldest
	// first.
	notebooks []vault.Notebook
}

// An agentRecord is what the service knows of an agent: class "service". Who
// they are stands nowhere else; the structure's chain holds random ids only.
type agentRecord struct {
	login     auth.UserID
	name      string
	functions vault.FunctionSet
	until     time.Time
	// since is the day from which six months without use count: that of the
	// enrolment, or the last on which an access manager confirmed the agent.
	since time.Time
	// civic is when the civic-service function was given; zero without it.
	civic time.Time
	// program is set for a partner program, which has no function.
	program program
}

// A program is what makes an agent of the structure's chain a partner program;
// the zero program is nobody's.
type program struct {
	siret directory.SIRET // of the body that runs it
	key   auth.PartnerKey
}

func (p program) isZero() bool { return p.key.IsZero() }

// The stored forms (FORMAT.md).
type structureJSON struct {
	Version int    `json:"v"`
	SIRET   string `json:"siret"`
	Name    string `json:"name"`

	Notebooks []notebookJSON `json:"notebooks,omitempty"`
}

type agentJSON struct {
	Version   int      `json:"v"`
	Issuer    string   `json:"issuer"`
	Subject   string   `json:"subject"`
	Name      string   `json:"name"`
	Functions []string `json:"functions,omitempty"`
	Until     int64    `json:"until"`
	Since     int64    `json:"since"`
	Civic     int64    `json:"civic,omitempty"`

	Program *programJSON `json:"program,omitempty"`
}

type programJSON struct {
	SIRET string `json:"siret"`
	Key   []byte `json:"key"`
}

func (r structureRecord) marshal() ([]byte, error) {
	return marshalRecord(structureJSON{Version: 1, SIRET: r.siret.String(), Name: r.name, Notebooks: toNotebooks(r.notebooks)})
}

func marshalRecord(j any) ([]byte, error) {
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return b, nil
}

func parseStructureRecord(plain []byte) (r structureRecord, err error) {
	var j structureJSON
	if err := parseRecord(plain, &j); err != nil {
		return r, err
	}
	if j.Version != 1 {
		return r, fmt.Errorf("structure record of version %d", j.Version)
	}
	r.name = j.Name
	if r.siret, err = directory.ParseSIRET(j.SIRET); err != nil {
		return structureRecord{}, fmt.Errorf("structure record: %w", err)
	}
	if r.notebooks, err = fromNotebooks(j.Notebooks); err != nil {
		return structureRecord{}, fmt.Errorf("structure record: %w", err)
	}
	return r, sameRecord(plain, r.marshal)
}

// sameRecord refuses another form of the same fields.
func sameRecord(plain []byte, marshal func() ([]byte, error)) error {
	b, err := marshal()
	if err == nil && !bytes.Equal(b, plain) {
		err = errors.New("record is not in the form it is written in")
	}
	return err
}

func parseRecord(plain []byte, j any) error {
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(j); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

func (r agentRecord) marshal() ([]byte, error) {
	j := agentJSON{
		Version: 1, Issuer: r.login.Issuer(), Subject: r.login.Subject(), Name: r.name,
		Until: r.until.Unix(), Since: r.since.Unix(), Civic: unixOf(r.civic),
	}
	for _, f := range r.functions.All() {
		j.Functions = append(j.Functions, f.String())
	}
	if !r.program.isZero() {
		j.Program = &programJSON{r.program.siret.String(), r.program.key.Bytes()}
	}
	return marshalRecord(j)
}

func parseAgentRecord(plain []byte) (r agentRecord, err error) {
	var j agentJSON
	if err := parseRecord(plain, &j); err != nil {
		return r, err
	}
	if j.Version != 1 {
		return r, fmt.Errorf("agent record of version %d", j.Version)
	}
	r = agentRecord{name: j.Name, until: timeOf(j.Until), since: timeOf(j.Since), civic: timeOf(j.Civic)}
	if r.login, err = auth.RestoreUserID(j.Issuer, j.Subject); err != nil {
		return agentRecord{}, fmt.Errorf("agent record: %w", err)
	}
	if r.program, err = j.Program.parse(); err != nil {
		return agentRecord{}, fmt.Errorf("agent record: %w", err)
	}
	if r.login.IsPartner() == r.program.isZero() || !r.program.isZero() && len(j.Functions) > 0 {
		return agentRecord{}, errors.New("agent record: of a partner program, or of an agent, and not of both")
	}
	for _, text := range j.Functions {
		f, err := vault.ParseFunction(text)
		if err != nil {
			return agentRecord{}, fmt.Errorf("agent record: %w", err)
		}
		r.functions |= vault.NewFunctionSet(f)
	}
	return r, sameRecord(plain, r.marshal)
}

func (j *programJSON) parse() (p program, err error) {
	if j == nil {
		return program{}, nil
	}
	if p.siret, err = directory.ParseSIRET(j.SIRET); err != nil {
		return program{}, fmt.Errorf("program: %w", err)
	}
	if p.key, err = auth.ParsePartnerKey(j.Key); err != nil {
		return program{}, fmt.Errorf("program: %w", err)
	}
	return p, nil
}

// Where they lie, and what they are bound to.

func structureRecordKey(id vault.StructureID, n uint64) storage.Key {
	return storage.Key("v1/r/" + id.String() + "/p/" + number(n))
}

func agentPrefix(id vault.AgentID) storage.Key { return storage.Key("v1/a/" + id.String() + "/") }

func agentRecordKey(id vault.AgentID, n uint64) storage.Key {
	return agentPrefix(id) + storage.Key("p/"+number(n))
}

func agentKeyKey(id vault.AgentID, n, master uint64) storage.Key {
	return agentPrefix(id) + storage.Key("k/"+number(n)+"."+number(master))
}

func structureRecordBinding(id vault.StructureID, n uint64) seal.Binding {
	return seal.Bind(seal.KindService, "structure", id.String(), number(n))
}

func agentRecordBinding(id vault.AgentID, n uint64) seal.Binding {
	return seal.Bind(seal.KindService, "agent", id.String(), number(n))
}

func agentKeyBinding(id vault.AgentID, n, master uint64) seal.Binding {
	return seal.Bind(seal.KindAgent, id.String(), number(n), number(master))
}

// putRecord seals a record to the master and escrow A under the next free number, and answers
// what names it in an entry. Until that entry is written it is an orphan; the
// number of an orphan is passed over.
func (k *Keeper) putRecord(ctx context.Context, plain []byte, after uint64, key func(uint64) storage.Key, bind func(uint64) seal.Binding) (chain.Record, error) {
	for n := after + 1; ; n++ {
		c, err := seal.Seal(plain, bind(n), k.toMaster()...)
		if err != nil {
			return chain.Record{}, fmt.Errorf("record: %w", err)
		}
		err = k.bucket.Put(ctx, key(n), c)
		if errors.Is(err, storage.ErrExist) && n < after+maxOrphans {
			continue
		}
		if err != nil {
			return chain.Record{}, fromBucket(err)
		}
		return chain.Record{N: n, MasterEpoch: k.secrets.MasterEpoch, Digest: c.Digest(), Size: c.Size()}, nil
	}
}

// openRecord reads what an entry names.
func (k *Keeper) openRecord(ctx context.Context, r chain.Record, key storage.Key, bind seal.Binding) (seal.Secret, error) {
	master, err := k.master(r.MasterEpoch)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("record: %w", err)
	}
	raw, err := k.small(ctx, key, r.Digest)
	if err != nil {
		return seal.Secret{}, err
	}
	plain, err := master.Open(raw, bind)
	return plain, fromSeal(err)
}

func (k *Keeper) putAgentRecord(ctx context.Context, id vault.AgentID, after uint64, r agentRecord) (chain.Record, error) {
	plain, err := r.marshal()
	if err == nil {
		_, err = parseAgentRecord(plain) // never written, what could not be read again
	}
	if err != nil {
		return chain.Record{}, err
	}
	return k.putRecord(ctx, plain, after,
		func(n uint64) storage.Key { return agentRecordKey(id, n) },
		func(n uint64) seal.Binding { return agentRecordBinding(id, n) })
}

func (k *Keeper) readAgentRecord(ctx context.Context, a chain.Agent) (agentRecord, error) {
	plain, err := k.openRecord(ctx, a.Record, agentRecordKey(a.ID, a.Record.N), agentRecordBinding(a.ID, a.Record.N))
	if err != nil {
		return agentRecord{}, err
	}
	return parseAgentRecord(plain.Reveal())
}

func (k *Keeper) putStructureRecord(ctx context.Context, id vault.StructureID, after uint64, r structureRecord) (chain.Record, error) {
	plain, err := r.marshal()
	if err == nil {
		_, err = parseStructureRecord(plain)
	}
	if err != nil {
		return chain.Record{}, err
	}
	return k.putRecord(ctx, plain, after,
		func(n uint64) storage.Key { return structureRecordKey(id, n) },
		func(n uint64) seal.Binding { return structureRecordBinding(id, n) })
}

func (k *Keeper) readStructureRecord(ctx context.Context, id vault.StructureID, r chain.Record) (structureRecord, error) {
	plain, err := k.openRecord(ctx, r, structureRecordKey(id, r.N), structureRecordBinding(id, r.N))
	if err != nil {
		return structureRecord{}, err
	}
	return parseStructureRecord(plain.Reveal())
}

// newAgent draws an agent's identity and puts it, and the record, into the
// bucket: orphans until the answered operation is written.
func (k *Keeper) newAgent(ctx context.Context, id vault.AgentID, r agentRecord) (chain.AddAgent, error) {
	identity, err := seal.NewIdentity()
	if err != nil {
		return chain.AddAgent{}, fmt.Errorf("agent: %w", err)
	}
	const first = 1
	master := k.secrets.MasterEpoch
	c, err := seal.Seal(identity.Text().Reveal(), agentKeyBinding(id, first, master), k.toMaster()...)
	if err != nil {
		return chain.AddAgent{}, fmt.Errorf("agent: %w", err)
	}
	if err := k.bucket.Put(ctx, agentKeyKey(id, first, master), c); err != nil {
		return chain.AddAgent{}, fromBucket(err)
	}
	record, err := k.putAgentRecord(ctx, id, 0, r)
	return chain.AddAgent{
		ID: id, Recipient: identity.Recipient(), Record: record,
		Key: chain.SealedAgentKey{N: first, MasterEpoch: master, Digest: c.Digest(), Size: c.Size()},
	}, err
}

// openAgentKey opens the identity of an agent as the chain names it. What opens
// must yield the recipient of the signed entry.
func (k *Keeper) openAgentKey(ctx context.Context, a chain.Agent) (*seal.Identity, error) {
	key := chain.Record(a.Key)
	if key.N == 0 {
		return nil, fmt.Errorf("agent's key was dropped: %w", seal.ErrNoKey)
	}
	text, err := k.openRecord(ctx, key, agentKeyKey(a.ID, key.N, key.MasterEpoch), agentKeyBinding(a.ID, key.N, key.MasterEpoch))
	if err != nil {
		return nil, err
	}
	identity, err := seal.ParseIdentityFor(text, a.Recipient)
	return identity, fromSeal(err)
}
