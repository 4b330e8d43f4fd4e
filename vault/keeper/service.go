package keeper

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A serviceRecord is what the running service knows of a safe: class "service",
// sealed to the master epoch, its digest in a signed entry. It holds no title.
type serviceRecord struct {
	owner    auth.UserID // zero: nobody's login is linked
	journal  seal.JournalKey
	entrust  []entrusted
	informed string // version of the service information acknowledged (L-11)
}

// entrusted is the person's agreement for one drawer.
type entrusted struct {
	bundle    vault.BundleID
	drawer    papers.Drawer
	agreement string
	since     time.Time
}

func (r serviceRecord) tagKey() audit.TagKey { return audit.TagKey(r.journal.TagKey()) }

func (r serviceRecord) drawer(d papers.Drawer) (entrusted, bool) {
	for _, e := range r.entrust {
		if e.drawer == d {
			return e, true
		}
	}
	return entrusted{}, false
}

// The stored form (FORMAT.md).
type serviceJSON struct {
	Version   int             `json:"v"`
	Issuer    string          `json:"issuer,omitempty"`
	Subject   string          `json:"subject,omitempty"`
	Journal   []byte          `json:"journal"`
	Informed  string          `json:"informed"`
	Entrusted []entrustedJSON `json:"entrusted,omitempty"`
}

type entrustedJSON struct {
	Bundle    string `json:"bundle"`
	Drawer    string `json:"drawer"`
	Agreement string `json:"agreement"`
	Since     int64  `json:"since"`
}

func (r serviceRecord) marshal() ([]byte, error) {
	j := serviceJSON{
		Version: 1, Issuer: r.owner.Issuer(), Subject: r.owner.Subject(),
		Journal: r.journal.Export().Reveal(), Informed: r.informed,
	}
	for _, e := range r.entrust {
		j.Entrusted = append(j.Entrusted, entrustedJSON{e.bundle.String(), string(e.drawer), e.agreement, e.since.Unix()})
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("service record: %w", err)
	}
	return b, nil
}

func parseService(plain []byte) (serviceRecord, error) {
	var j serviceJSON
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return serviceRecord{}, fmt.Errorf("service record: %w", err)
	}
	if j.Version != 1 {
		return serviceRecord{}, fmt.Errorf("service record of version %d", j.Version)
	}
	key, err := seal.ParseJournalKey(seal.NewSecret(j.Journal))
	if err != nil {
		return serviceRecord{}, fmt.Errorf("service record: %w", err)
	}
	r := serviceRecord{journal: key, informed: j.Informed}
	if j.Issuer != "" || j.Subject != "" {
		if r.owner, err = auth.NewUserID(j.Issuer, j.Subject); err != nil {
			return serviceRecord{}, fmt.Errorf("service record: %w", err)
		}
	}
	for _, e := range j.Entrusted {
		id, err := vault.ParseBundleID(e.Bundle)
		if err != nil {
			return serviceRecord{}, fmt.Errorf("service record: %w", err)
		}
		drawer, err := papers.ParseDrawer(e.Drawer)
		if err != nil {
			return serviceRecord{}, fmt.Errorf("service record: %w", err)
		}
		r.entrust = append(r.entrust, entrusted{id, drawer, e.Agreement, time.Unix(e.Since, 0)})
	}
	return r, nil
}

// readService opens the newest service record of a safe.
func (k *Keeper) readService(ctx context.Context, s *safe) (serviceRecord, error) {
	named, ok := s.state.Service()
	if !ok {
		return serviceRecord{}, fmt.Errorf("%w: no service record", vault.ErrTampered)
	}
	if named.MasterEpoch != k.secrets.MasterEpoch {
		return serviceRecord{}, fmt.Errorf("service record is sealed to master epoch %d: %w", named.MasterEpoch, seal.ErrNoKey)
	}
	raw, err := k.small(ctx, serviceKey(s.id, named.N), named.Digest)
	if err != nil {
		return serviceRecord{}, err
	}
	plain, err := k.secrets.Master.Open(raw, serviceBinding(s.id, named.N))
	if err != nil {
		return serviceRecord{}, fromSeal(err)
	}
	return parseService(plain.Reveal())
}

// putService writes a new service record and answers the operation that makes
// it count. Until its entry is written it is an orphan; the number of an orphan
// is passed over. The caller holds the safe's changing lock.
func (k *Keeper) putService(ctx context.Context, id vault.SafeID, after uint64, r serviceRecord) (chain.SetService, error) {
	plain, err := r.marshal()
	if err != nil {
		return chain.SetService{}, err
	}
	for n := after + 1; ; n++ {
		c, err := seal.Seal(plain, serviceBinding(id, n), k.secrets.Master.Recipient())
		if err != nil {
			return chain.SetService{}, fmt.Errorf("service record: %w", err)
		}
		err = k.bucket.Put(ctx, serviceKey(id, n), c)
		if errors.Is(err, storage.ErrExist) && n < after+maxOrphans {
			continue
		}
		if err != nil {
			return chain.SetService{}, fromBucket(err)
		}
		return chain.SetService{N: n, MasterEpoch: k.secrets.MasterEpoch, Digest: c.Digest(), Size: c.Size()}, nil
	}
}

// maxOrphans is how many service records without an entry are passed over.
const maxOrphans = 64
