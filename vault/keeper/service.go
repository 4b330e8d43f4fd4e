package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
// It is a value: whoever changes a list clones it first.
type serviceRecord struct {
	// base is the number of the stored record that this one is made of; it is not
	// stored.
	base     uint64
	owner    auth.UserID // zero: nobody's login is linked
	journal  seal.JournalKey
	entrust  []entrusted
	informed string            // version of the service information acknowledged (L-11)
	home     vault.StructureID // the structure that opened the safe
	opener   vault.AgentID     // and its agent
	pin      storedPIN
	entry    vault.RegisterEntry // zero: in no register
	// discretion is zero for a safe that shows itself like any other.
	discretion vault.Discretion
	addresses  []address
	referent   vault.AgentID // the person's first contact; zero for nobody
	shared     bool          // the helpers see one another
	shutOut    []shutOut
	// printers printed or rendered the live code sheets: none of them counts as
	// the second agent beside a sheet.
	printers   []vault.AgentID
	renewSheet bool // a new sheet is due: the code was typed in an agent's session
	ways       []wayNote
	kit        kit        // three recovery sheets
	kitOpening kitOpening // two of them, shown and waiting
	recovery   recovering // a lost sheet that waits for the holder of escrow B
	relink     relinking  // another login that will replace the owner's
	relays     []relay    // tasks that agents hand to one another, oldest first
	noRelays   time.Time  // since when the person wants none; zero while they do not mind
	training   exercise   // of a safe for exercises; zero for a person's
	passport   passport   // zero: none was handed over, and none is on paper
	dues       []due      // days on which something falls due, soonest first
	handed     []handed   // handovers that were, oldest first, and the one that waits

	// cycle is the person's part in a cycle of workshops, the last one they joined;
	// earlier are those in cycles before it, the newest first.
	cycle   participation
	earlier []participation
}

// entrusted is the person's agreement for one drawer.
type entrusted struct {
	bundle    vault.BundleID
	drawer    papers.Drawer
	agreement string
	since     time.Time
	handover  bool // a handover ends it
}

// A storedPIN is what a typed PIN is compared with; the zero storedPIN is none.
// It is worth nothing without the pepper.
type storedPIN struct {
	mac   [32]byte
	since time.Time
}

func (p storedPIN) isZero() bool { return p.since.IsZero() }

// An address is one of the safe's public references.
type address struct {
	id      vault.AddressID
	label   string
	since   time.Time
	partner vault.PartnerID // who deposits at it; zero for a printed copy
}

// A shutOut is an agent or a structure that the person shut out.
type shutOut struct {
	agent     vault.AgentID
	structure vault.StructureID
	since     time.Time
}

// A wayNote is what is known of a way in beside the chain, where the way itself
// stands; it counts while that does.
type wayNote struct {
	way   vault.WayID
	label string // what the person calls a trusted phone
	since time.Time
}

// recovering is a request to the holder of escrow B. The sheet is printed and in
// the person's hand; it becomes a way in by the holder's answer. The zero value
// is none.
type recovering struct {
	sheet     vault.WayID
	recipient seal.Recipient // of the sheet
	printer   vault.AgentID
	since     time.Time
}

func (r recovering) isZero() bool { return r.sheet.IsZero() }

// relinking is a login that replaces the owner's, once two agents agreed and the
// delay is over. The zero value is none.
type relinking struct {
	login    auth.UserID
	approval vault.ApprovalID // that was spent for it
	due      time.Time
}

func (r relinking) isZero() bool { return r.login.IsZero() }

func (r serviceRecord) tagKey() audit.TagKey { return audit.TagKey(r.journal.TagKey()) }

func (r serviceRecord) discreet() bool { return r.discretion == vault.DiscretionDiscreet }

func (r serviceRecord) drawer(d papers.Drawer) (entrusted, bool) {
	for _, e := range r.entrust {
		if e.drawer == d {
			return e, true
		}
	}
	return entrusted{}, false
}

// shuts reports whether an agent is a stranger to this safe, whatever their
// function lets them: the person shut them out, or has the safe from them.
func (r serviceRecord) shuts(agent vault.AgentID, structure vault.StructureID) bool {
	return r.bans(agent, structure) || r.handedBy(agent)
}

// bans reports whether the person shut this agent out, or all of its structure.
func (r serviceRecord) bans(agent vault.AgentID, structure vault.StructureID) bool {
	return slices.ContainsFunc(r.shutOut, func(o shutOut) bool {
		return !o.agent.IsZero() && o.agent == agent || !o.structure.IsZero() && o.structure == structure
	})
}

// readService opens the newest service record of a safe.
func (k *Keeper) readService(ctx context.Context, s *safe) (serviceRecord, error) {
	named, ok := s.state.Service()
	if !ok {
		return serviceRecord{}, fmt.Errorf("%w: no service record", vault.ErrTampered)
	}
	return k.serviceAt(ctx, s.id, named)
}

// serviceAt opens the service record that an entry names.
func (k *Keeper) serviceAt(ctx context.Context, id vault.SafeID, named chain.Service) (serviceRecord, error) {
	master, err := k.master(named.MasterEpoch)
	if err != nil {
		return serviceRecord{}, fmt.Errorf("service record: %w", err)
	}
	raw, err := k.small(ctx, serviceKey(id, named.N), named.Digest)
	if err != nil {
		return serviceRecord{}, err
	}
	plain, err := master.Open(raw, serviceBinding(id, named.N))
	if err != nil {
		return serviceRecord{}, fromSeal(err)
	}
	r, err := parseService(plain.Reveal())
	r.base = named.N
	return r, err
}

// putService writes a new service record and answers the operation that makes
// it count. Until its entry is written it is an orphan; the number of an orphan
// is passed over. The caller holds the safe's changing lock.
func (k *Keeper) putService(ctx context.Context, id vault.SafeID, after uint64, r serviceRecord) (chain.SetService, error) {
	plain, err := r.marshal()
	if err == nil {
		_, err = parseService(plain) // never written, what could not be read again
	}
	if err != nil {
		return chain.SetService{}, err
	}
	for n := after + 1; ; n++ {
		c, err := seal.Seal(plain, serviceBinding(id, n), k.toMaster()...)
		if err != nil {
			return chain.SetService{}, fmt.Errorf("service record: %w", err)
		}
		err = k.bucket.Put(ctx, serviceKey(id, n), c)
		if errors.Is(err, storage.ErrUndecided) {
			if _, lost := k.small(ctx, serviceKey(id, n), c.Digest()); lost == nil {
				err = nil // only the answer got lost: no second record for one act
			}
		}
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
