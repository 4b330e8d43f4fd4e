package keeper

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

type entrustAnswer struct {
	Documents int `json:"documents"`
}

// Entrust seals the file keys of one drawer for the service. See [vault.Keeper].
func (k *Keeper) Entrust(ctx context.Context, who session.Principal, act vault.Entrust) (int, error) {
	note := detail{Text: versionOf(act.Agreement)}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActEntrust, safe: act.Safe, note: note})
	if err != nil {
		return 0, err
	}
	body := mac([]byte("coffre/entrust/v1"), act.Safe.String(), string(act.Drawer), act.Agreement+act.Until.String())
	var earlier entrustAnswer
	if found, err := w.answered(act.Request, body, &earlier); found || err != nil {
		return earlier.Documents, w.end(ctx, err, detail{})
	}
	w.safe.changing.Lock()
	defer w.safe.changing.Unlock()
	c, n, err := k.entrustChange(ctx, w, act)
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, entrustAnswer{n})
	}
	if err != nil {
		return 0, w.end(ctx, err, detail{})
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return 0, err
	}
	return n, nil
}

// entrustChange makes the operations of an agreement and says how many papers
// it covers now. The caller holds the safe's changing lock.
func (k *Keeper) entrustChange(ctx context.Context, w *warrant, act vault.Entrust) (*change, int, error) {
	if err := checkVersion("agreement_version", act.Agreement); err != nil {
		return nil, 0, err
	}
	if err := w.safe.settled(); err != nil {
		return nil, 0, err
	}
	docs, err := k.inDrawer(ctx, w, act.Drawer)
	if err != nil {
		return nil, 0, err
	}
	record, c := w.safe.current(), &change{}
	if old, ok := record.drawer(act.Drawer); ok { // agreed to before: what was is replaced
		c.ops = append(c.ops, chain.EndBundle{Bundle: old.bundle})
		record.entrust = without(record.entrust, old.bundle)
	}
	e := entrusted{vault.NewBundleID(), act.Drawer, act.Agreement, time.Now().UTC().Truncate(time.Second), act.Until == vault.EntrustHandover}
	w.result.Bundle, w.result.Count = e.bundle.String(), uint64(len(docs))
	return c, len(docs), k.newBundle(ctx, w, c, record, e, docs)
}

// inDrawer opens what an unlocked session needs to hand over: description and
// file key of each paper of one drawer.
func (k *Keeper) inDrawer(ctx context.Context, w *warrant, drawer papers.Drawer) ([]described, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	if _, err := k.kinds.DrawerInfo(drawer); err != nil {
		return nil, &vault.InvalidError{Field: "drawer", Rule: "un tiroir du catalogue"}
	}
	o, ok := k.unlocked.get(w.deed.who.Session(), w.deed.safe)
	if !ok || o.reach() != vault.ReachAll {
		return nil, vault.ErrLocked
	}
	var docs []chain.Document
	var in []described
	for d := range w.safe.documents() {
		full, err := k.describedIn(o, w.deed.safe, d)
		if err != nil {
			return nil, err
		}
		if papers.Drawer(full.Drawer) == drawer {
			docs, in = append(docs, d), append(in, described{id: d.ID, description: full})
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, d := range docs {
		g.Go(func() (err error) {
			in[i].key, _, err = k.fileKey(ctx, o.ids, w.deed.safe, d)
			return err
		})
	}
	return in, g.Wait()
}

// newBundle adds to c a bundle with these papers, and the service record that
// says which drawer it is for.
func (k *Keeper) newBundle(ctx context.Context, w *warrant, c *change, record serviceRecord, e entrusted, docs []described) error {
	id := w.deed.safe
	if err := w.check(id); err != nil {
		return err
	}
	add, err := k.sealBundle(ctx, id, e)
	if err != nil {
		return err
	}
	c.ops = append(c.ops, add)
	for part := range slices.Chunk(docs, piecesPerObject) {
		op, err := k.putPieces(ctx, id, e.bundle, add.Recipient, part)
		if err != nil {
			return err
		}
		c.ops = append(c.ops, op)
	}
	record.entrust = append(slices.Clone(record.entrust), e)
	return k.renewService(ctx, w, c, record)
}

// sealBundle stores the key of an entrusted bundle without papers, and answers the
// operation that adds it.
func (k *Keeper) sealBundle(ctx context.Context, id vault.SafeID, e entrusted) (add chain.AddBundle, err error) {
	master := k.secrets.MasterEpoch
	identity, err := seal.NewIdentity()
	if err != nil {
		return add, fmt.Errorf("bundle: %w", err)
	}
	key, err := seal.Seal(identity.Text().Reveal(), bundleKeyBinding(id, e.bundle, master), k.toMaster()...)
	if err != nil {
		return add, fmt.Errorf("bundle: %w", err)
	}
	return chain.AddBundle{
		ID: e.bundle, Kind: chain.BundleEntrusted, Recipient: identity.Recipient(),
		Key: chain.BundleKey{Epoch: master, Digest: key.Digest(), Size: key.Size()},
	}, fromBucket(k.bucket.Put(ctx, bundleKeyKey(id, e.bundle, master), key))
}

// renewService adds a new service record to c.
func (k *Keeper) renewService(ctx context.Context, w *warrant, c *change, record serviceRecord) error {
	state := w.safe.now()
	last, _ := state.Service()
	op, err := k.putService(ctx, w.deed.safe, last.N, record)
	if err != nil {
		return err
	}
	c.ops, c.service = append(c.ops, op), &record
	return nil
}

// piecesPerObject keeps one object of pieces below what seals as one value.
const piecesPerObject = 200

func (k *Keeper) putPieces(ctx context.Context, safe vault.SafeID, bundle vault.BundleID, to seal.Recipient, docs []described) (chain.AddPieces, error) {
	obj := vault.NewObjectID()
	op := chain.AddPieces{Bundle: bundle, Object: obj}
	pieces := make([]seal.Piece, len(docs))
	for i, d := range docs {
		plain, err := d.description.Marshal()
		if err != nil {
			return op, fmt.Errorf("pieces: %w", err)
		}
		pieces[i] = seal.Piece{Document: d.id.String(), Description: plain, FileKey: d.key}
		op.Documents = append(op.Documents, d.id)
	}
	sealed, err := seal.SealPieces(pieces, piecesBinding(safe, bundle, obj), to)
	if err != nil {
		return op, fmt.Errorf("pieces: %w", err)
	}
	if err := k.bucket.Put(ctx, piecesKey(safe, bundle, obj), sealed); err != nil {
		return op, fromBucket(err)
	}
	op.Digest, op.Size = sealed.Digest(), sealed.Size()
	return op, nil
}

// joinEntrusted answers the operations by which papers join the bundles of the
// drawers they lie in. It needs the bundles' recipients only.
func (k *Keeper) joinEntrusted(ctx context.Context, w *warrant, docs []described) ([]chain.Op, error) {
	if err := w.check(w.deed.safe); err != nil {
		return nil, err
	}
	state := w.safe.now()
	var ops []chain.Op
	for _, e := range w.safe.current().entrust {
		var in []described
		for _, d := range docs {
			if papers.Drawer(d.description.Drawer) == e.drawer && !d.key.IsZero() {
				in = append(in, d)
			}
		}
		b, ok := state.Bundle(e.bundle)
		if len(in) == 0 || !ok {
			continue
		}
		op, err := k.putPieces(ctx, w.deed.safe, e.bundle, b.Recipient, in)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// bundleIdentity opens an entrusted bundle: the service may, that is what the
// person agreed to.
func (k *Keeper) bundleIdentity(ctx context.Context, safe vault.SafeID, b chain.Bundle) (*seal.Identity, error) {
	master, err := k.master(b.Key.Epoch)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	raw, err := k.small(ctx, bundleKeyKey(safe, b.ID, b.Key.Epoch), b.Key.Digest)
	if err != nil {
		return nil, err
	}
	text, err := master.Open(raw, bundleKeyBinding(safe, b.ID, b.Key.Epoch))
	if err != nil {
		return nil, fromSeal(err)
	}
	identity, err := seal.ParseIdentityFor(text, b.Recipient)
	return identity, fromSeal(err)
}

// pieces opens pieces of an entrusted bundle: of these documents, or of all.
func (k *Keeper) pieces(ctx context.Context, safe vault.SafeID, state chain.Safe, b chain.Bundle, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	if len(docs) > 0 && !hasPieces(state, b.ID, docs) {
		return nil, nil
	}
	identity, err := k.bundleIdentity(ctx, safe, b)
	if err != nil {
		return nil, err
	}
	return k.openPieces(ctx, safe, state, b.ID, identity, docs...)
}

func hasPieces(state chain.Safe, bundle vault.BundleID, docs []vault.DocumentID) bool {
	for p := range state.Pieces(bundle) {
		if anyOf(p.Documents, docs) {
			return true
		}
	}
	return false
}

func anyOf(all, some []vault.DocumentID) bool {
	return slices.ContainsFunc(some, func(id vault.DocumentID) bool { return slices.Contains(all, id) })
}

// openPieces opens pieces with the identity of their bundle: of these documents,
// or of all. Of two for one document the later counts.
func (k *Keeper) openPieces(ctx context.Context, safe vault.SafeID, state chain.Safe, bundle vault.BundleID, identity *seal.Identity, docs ...vault.DocumentID) (map[vault.DocumentID]described, error) {
	var objects []chain.Pieces
	for p := range state.Pieces(bundle) {
		if len(docs) == 0 || anyOf(p.Documents, docs) {
			objects = append(objects, p)
		}
	}
	opened, err := k.openObjects(ctx, safe, bundle, objects, identity)
	if err != nil {
		return nil, err
	}
	all := map[vault.DocumentID]described{}
	for _, piece := range slices.Concat(opened...) {
		if len(docs) == 0 || slices.Contains(docs, piece.id) {
			all[piece.id] = piece
		}
	}
	return all, nil
}

// openObjects opens objects of pieces, several at once.
func (k *Keeper) openObjects(ctx context.Context, safe vault.SafeID, bundle vault.BundleID, objects []chain.Pieces, identity *seal.Identity) ([][]described, error) {
	opened := make([][]described, len(objects))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range objects {
		g.Go(func() (err error) {
			opened[i], err = k.openObject(ctx, safe, bundle, p, identity)
			return err
		})
	}
	return opened, g.Wait()
}

// openObject opens one object of pieces.
func (k *Keeper) openObject(ctx context.Context, safe vault.SafeID, bundle vault.BundleID, p chain.Pieces, identity *seal.Identity) (all []described, err error) {
	raw, err := k.small(ctx, piecesKey(safe, bundle, p.Object), p.Digest)
	if err != nil {
		return nil, err
	}
	pieces, err := identity.OpenPieces(raw, piecesBinding(safe, bundle, p.Object))
	if err != nil {
		return nil, fromSeal(err)
	}
	for _, piece := range pieces {
		doc, err := vault.ParseDocumentID(piece.Document)
		if err != nil {
			return nil, fromSeal(err)
		}
		full, err := chain.ParseDescription(piece.Description)
		if err != nil {
			return nil, fromSeal(err)
		}
		all = append(all, described{doc, full, piece.FileKey})
	}
	return all, nil
}

// leaveEntrusted takes one paper out of a drawer's bundle: a new bundle with the
// others replaces it. It needs no secret of the person.
func (k *Keeper) leaveEntrusted(ctx context.Context, w *warrant, c *change, drawer papers.Drawer, doc vault.DocumentID) error {
	record := w.safe.current()
	old, ok := record.drawer(drawer)
	if !ok {
		return nil
	}
	state := w.safe.now()
	b, ok := state.Bundle(old.bundle)
	if !ok {
		return nil
	}
	all, err := k.pieces(ctx, w.deed.safe, state, b)
	if err != nil {
		return err
	}
	delete(all, doc)
	var stay []described
	for d := range w.safe.documents() {
		if piece, ok := all[d.ID]; ok {
			stay = append(stay, piece)
		}
	}
	c.ops = append(c.ops, chain.EndBundle{Bundle: old.bundle})
	record.entrust = without(record.entrust, old.bundle)
	next := old
	next.bundle = vault.NewBundleID()
	return k.newBundle(ctx, w, c, record, next, stay)
}

// leaveAll takes a paper that is destroyed out of the bundles it may be in. That
// the bucket does not answer, or that another change is under way, must not stop
// a destruction: the file key that stays behind then opens an object that is
// gone, and the next change of that bundle leaves it out.
func (k *Keeper) leaveAll(ctx context.Context, w *warrant, c *change, doc vault.DocumentID) {
	if w.safe.settled() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state := w.safe.now()
	for _, e := range w.safe.current().entrust {
		if !hasPieces(state, e.bundle, []vault.DocumentID{doc}) {
			continue
		}
		k.leaveOr(ctx, c, func(try *change) error { return k.leaveEntrusted(ctx, w, try, e.drawer, doc) })
		break
	}
	k.leaveOr(ctx, c, func(try *change) error { return k.leaveConsents(ctx, w, try, doc, nil) })
}

// leaveOr adds to c what leave does, all of it or nothing.
func (k *Keeper) leaveOr(ctx context.Context, c *change, leave func(*change) error) {
	try := *c
	try.ops = slices.Clone(c.ops)
	if err := leave(&try); err != nil {
		k.log.WarnContext(ctx, "a destroyed paper stays listed in a bundle", slog.Any("error", err))
		return
	}
	*c = try
}

// pieceKey is the file key of a paper that stays in a bundle, from the piece
// that is there; zero when there is none.
func (k *Keeper) pieceKey(ctx context.Context, w *warrant, e entrusted, d chain.Document) (seal.FileKey, error) {
	state := w.safe.now()
	b, ok := state.Bundle(e.bundle)
	if !ok {
		return seal.FileKey{}, nil
	}
	all, err := k.pieces(ctx, w.deed.safe, state, b)
	return all[d.ID].key, err
}

func without(all []entrusted, bundle vault.BundleID) []entrusted {
	return slices.DeleteFunc(slices.Clone(all), func(e entrusted) bool { return e.bundle == bundle })
}

// TakeBack ends the agreement for one drawer: it holds from the moment its
// intent is on disk. Which bundle that is, is looked up when its entry is made.
// See [vault.Keeper].
func (k *Keeper) TakeBack(ctx context.Context, who session.Principal, act vault.TakeBack) error {
	defer k.recall(ctx)
	note := detail{Drawer: drawerOf(act.Drawer)}
	w, err := k.begin(ctx, deed{who: who, act: vault.ActTakeBack, safe: act.Safe, note: note})
	if err != nil {
		return err
	}
	body := mac([]byte("coffre/take-back/v1"), act.Safe.String(), string(act.Drawer))
	if found, err := w.answered(act.Request, body, &struct{}{}); found || err != nil {
		return w.end(ctx, err, detail{})
	}
	if _, ok := w.safe.current().drawer(act.Drawer); !ok {
		return w.end(ctx, vault.ErrNotFound, detail{})
	}
	c := &change{takes: &taking{drawer: act.Drawer, by: time.Now()}}
	c.failed = func() { w.safe.unhold(c.takes) }
	w.safe.hold(c.takes)
	if c.answer, err = w.newAnswer(act.Request, body, struct{}{}); err != nil {
		c.failed()
		return w.end(ctx, err, detail{})
	}
	return k.settle(ctx, w, w.safe, c)
}

// drawerOf is a drawer as the trail may hold it: one of the codes there are.
func drawerOf(d papers.Drawer) string {
	if _, err := papers.ParseDrawer(string(d)); err != nil {
		return ""
	}
	return string(d)
}
