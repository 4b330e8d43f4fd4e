package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// The objects of a consent lie with its bundle. Their names end in the start of
// their digest: what a failed try left behind is in nobody's way, and an older
// key never has the name of a newer one.

func termsKey(s vault.SafeID, id vault.ConsentID, t chain.Sealed) storage.Key {
	return consentPrefix(s, id) + storage.Key("t."+number(t.MasterEpoch)+"."+t.Digest.String()[:digestInName])
}

func consentKeyKey(s vault.SafeID, id vault.ConsentID, key chain.BundleKey) storage.Key {
	return consentPrefix(s, id) + storage.Key("k."+number(key.Epoch)+"."+key.Digest.String()[:digestInName])
}

func consentPrefix(s vault.SafeID, id vault.ConsentID) storage.Key {
	return safePrefix(s) + storage.Key("b/"+id.String()+"/")
}

const digestInName = 16

func termsBinding(s vault.SafeID, id vault.ConsentID, stage string, master uint64) seal.Binding {
	return seal.Bind(seal.KindTerms, s.String(), id.String(), stage, number(master))
}

func consentBindings(s vault.SafeID, id vault.ConsentID, agent vault.AgentID, master uint64) (outer, inner seal.Binding) {
	return seal.Bind(seal.KindBundleKey, s.String(), id.String(), number(master)),
		seal.Bind(seal.KindBundleKeyInner, s.String(), id.String(), agent.String())
}

// putTerms seals what a request or a consent says to the master, to escrow A and
// to the person, and stores it.
func (k *Keeper) putTerms(ctx context.Context, s *safe, a agreement) (chain.Sealed, error) {
	plain, err := a.marshal()
	if err != nil {
		return chain.Sealed{}, err
	}
	master := k.secrets.MasterEpoch
	c, err := seal.Seal(plain, termsBinding(s.id, a.id, a.stage(), master), append(k.toMaster(), s.now().Epoch().Recipient)...)
	if err != nil {
		return chain.Sealed{}, fmt.Errorf("terms: %w", err)
	}
	t := chain.Sealed{MasterEpoch: master, Digest: c.Digest(), Size: c.Size()}
	if err := k.bucket.Put(ctx, termsKey(s.id, a.id, t), c); err != nil {
		return chain.Sealed{}, fromBucket(err)
	}
	s.remember(t.Digest, a)
	return t, nil
}

// readTerms opens what a request or a consent says. Terms that speak of another
// consent or another safe than the entry that names them were planted.
func (k *Keeper) readTerms(ctx context.Context, s *safe, id vault.ConsentID, t chain.Sealed, stage string) (agreement, error) {
	master, err := k.master(t.MasterEpoch)
	if err != nil {
		return agreement{}, fmt.Errorf("terms: %w", err)
	}
	raw, err := k.small(ctx, termsKey(s.id, id, t), t.Digest)
	if err != nil {
		return agreement{}, err
	}
	plain, err := master.Open(raw, termsBinding(s.id, id, stage, t.MasterEpoch))
	if err != nil {
		return agreement{}, fromSeal(err)
	}
	a, err := parseAgreement(plain.Reveal())
	if err != nil {
		return agreement{}, fromSeal(err)
	}
	if a.id != id || a.terms.Safe != s.id || a.stage() != stage {
		return agreement{}, fmt.Errorf("%w: terms of another consent", vault.ErrTampered)
	}
	return a, nil
}

// termsOf answers what a consent or a request of a safe says, ended ones
// included as long as the chain keeps them. It is opened once for each loaded
// safe.
func (k *Keeper) termsOf(ctx context.Context, s *safe, id vault.ConsentID) (agreement, error) {
	return k.termsIn(ctx, s, s.now(), id)
}

// termsIn is termsOf in another state of the safe.
func (k *Keeper) termsIn(ctx context.Context, s *safe, state chain.Safe, id vault.ConsentID) (agreement, error) {
	sealed, stage, ok := sealedTerms(state, id)
	if !ok {
		return agreement{}, vault.ErrNotFound
	}
	if a, ok := s.remembered(sealed.Digest); ok && a.id == id {
		return a, nil
	}
	a, err := k.readTerms(ctx, s, id, sealed, stage)
	if err == nil {
		s.remember(sealed.Digest, a)
	}
	return a, err
}

// sealedTerms is where a state of a safe says that the terms of a consent are.
func sealedTerms(state chain.Safe, id vault.ConsentID) (t chain.Sealed, stage string, ok bool) {
	if b, ok := state.Bundle(vault.BundleID(id)); ok {
		return b.Terms, stageGiven, b.Kind == chain.BundleConsent
	}
	if asked, ok := state.Ask(id); ok {
		return asked.Terms, stageAsked, true
	}
	past, ok := state.EndedConsent(id)
	if past.Given {
		return past.Terms, stageGiven, ok
	}
	return past.Terms, stageAsked, ok
}

// remember keeps opened terms with the loaded safe.
func (s *safe) remember(d seal.Digest, a agreement) {
	s.termsMu.Lock()
	defer s.termsMu.Unlock()
	if s.terms == nil {
		s.terms = map[seal.Digest]agreement{}
	}
	s.terms[d] = a
}

func (s *safe) remembered(d seal.Digest) (agreement, bool) {
	s.termsMu.Lock()
	defer s.termsMu.Unlock()
	a, ok := s.terms[d]
	return a, ok
}

// agreements answers the consents of a safe that no recorded intent ended, not
// those that are only asked for. Dates are for whoever reads them.
func (k *Keeper) agreements(ctx context.Context, s *safe) ([]agreement, error) {
	state := s.now()
	var all []agreement
	for b := range state.Bundles() {
		id := vault.ConsentID(b.ID)
		if b.Kind != chain.BundleConsent || !s.live(id) {
			continue
		}
		a, err := k.termsOf(ctx, s, id)
		if errors.Is(err, vault.ErrNotFound) {
			continue // it ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// sealConsent makes the identity of a new consent's bundle and seals it to one
// agent, inside the master.
func (k *Keeper) sealConsent(ctx context.Context, s *safe, id vault.ConsentID, identity *seal.Identity, to vault.AgentID) (chain.BundleKey, error) {
	agent, ok := k.agentBy(to)
	if !ok {
		return chain.BundleKey{}, vault.ErrNotFound
	}
	master := k.secrets.MasterEpoch
	outer, inner := consentBindings(s.id, id, to, master)
	c, err := seal.SealNested(identity.Text(), inner, agent.recipient, outer, k.secrets.Master.Recipient())
	if err != nil {
		return chain.BundleKey{}, fmt.Errorf("consent: %w", err)
	}
	key := chain.BundleKey{Epoch: master, Digest: c.Digest(), Size: c.Size()}
	return key, fromBucket(k.bucket.Put(ctx, consentKeyKey(s.id, id, key), c))
}

// consentIdentity opens the bundle of a consent with the key of the agent it is
// sealed to: the one it names, or whoever replaced them.
func (k *Keeper) consentIdentity(ctx context.Context, s *safe, b chain.Bundle, a agreement) (*seal.Identity, error) {
	master, err := k.master(b.Key.Epoch)
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	raw, err := k.small(ctx, consentKeyKey(s.id, a.id, b.Key), b.Key.Digest)
	if err != nil {
		return nil, err
	}
	line := k.line(a.terms)
	for _, agent := range slices.Backward(line) { // the newest first
		holder, err := k.agentIdentity(ctx, agent)
		if err != nil {
			return nil, err
		}
		outer, inner := consentBindings(s.id, a.id, agent, b.Key.Epoch)
		text, err := seal.OpenNested(raw, outer, master, inner, holder)
		if err != nil && len(line) > 1 {
			continue
		}
		if err != nil {
			return nil, fromSeal(err)
		}
		identity, err := seal.ParseIdentityFor(text, b.Recipient)
		text.Wipe()
		return identity, fromSeal(err)
	}
	return nil, fmt.Errorf("%w: a consent that nobody's key opens", vault.ErrTampered)
}

// consentPieces opens pieces of a consent: of these documents, or of all; of two
// for one document the later counts.
func (k *Keeper) consentPieces(ctx context.Context, s *safe, a agreement, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	state := s.now()
	b, ok := state.Bundle(vault.BundleID(a.id))
	if !ok {
		return nil, vault.ErrNotFound
	}
	if len(docs) > 0 && !hasPieces(state, b.ID, docs) {
		return nil, nil
	}
	identity, err := k.consentIdentity(ctx, s, b, a)
	if err != nil {
		return nil, err
	}
	return k.openPieces(ctx, s.id, state, b.ID, identity, docs...)
}

// consentBundle makes the operations of a consent that covers exactly these
// papers: each piece has a file key only if contents may be opened. What it
// stores are orphans until its entry is written.
func (k *Keeper) consentBundle(ctx context.Context, w *warrant, a agreement, docs []described) ([]chain.Op, error) {
	if err := w.check(a.terms.Safe); err != nil {
		return nil, err
	}
	identity, err := seal.NewIdentity()
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	add := chain.AddBundle{ID: vault.BundleID(a.id), Kind: chain.BundleConsent, Recipient: identity.Recipient()}
	if add.Key, err = k.sealConsent(ctx, w.safe, a.id, identity, a.terms.Agent); err != nil {
		return nil, err
	}
	if add.Terms, err = k.putTerms(ctx, w.safe, a); err != nil {
		return nil, err
	}
	pieces, err := k.consentOps(ctx, w.safe.id, a, identity.Recipient(), docs)
	return append([]chain.Op{add}, pieces...), err
}

// consentOps adds pieces to a consent's bundle; it needs the recipient only.
func (k *Keeper) consentOps(ctx context.Context, safe vault.SafeID, a agreement, to seal.Recipient, docs []described) (ops []chain.Op, err error) {
	in := make([]described, len(docs))
	for i, d := range docs {
		in[i] = a.piece(d)
	}
	for part := range slices.Chunk(in, piecesPerObject) {
		op, err := k.putPieces(ctx, safe, vault.BundleID(a.id), to, part)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// instant is a time as terms and rows hold it.
func instant() time.Time { return time.Now().UTC().Truncate(time.Second) }
