package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// ticketLife is how long a deposit may take from intent to entry. It is far
// below the day after which the sweeper takes objects without an entry.
const ticketLife = 30 * time.Minute

// A ticket is a deposit under way.
type ticket struct {
	warrant *warrant
	act     vault.BeginDeposit
	until   time.Time

	mu    sync.Mutex
	slots []placed
	over  bool
}

type placed struct {
	slot vault.Slot
	item vault.Deposit
}

// BeginDeposit records the intent to deposit. See [vault.Keeper].
func (k *Keeper) BeginDeposit(ctx context.Context, who session.Principal, act vault.BeginDeposit) (vault.DepositTicket, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDeposit, safe: act.Safe})
	if err != nil {
		return vault.DepositTicket{}, err
	}
	var earlier []receiptJSON
	found, err := k.answered(who, vault.ActDeposit, act.Request, depositBody(act), &earlier)
	if err == nil && found {
		var receipts []vault.Receipt
		if receipts, err = parseReceipts(earlier); err == nil {
			return vault.DepositTicket{Receipts: receipts}, w.end(ctx, nil, detail{Reason: "answered before"})
		}
	}
	if err != nil {
		return vault.DepositTicket{}, w.end(ctx, err, detail{})
	}
	t := &ticket{warrant: w, act: act, until: time.Now().Add(ticketLife)}
	id := vault.NewReleaseID()
	k.tickets.put(id, t)
	return vault.DepositTicket{ID: id}, nil
}

func depositBody(act vault.BeginDeposit) [32]byte {
	return mac([]byte("coffre/deposit/v1"), act.Safe.String())
}

// ticket answers a ticket of this session that still holds.
func (k *Keeper) ticket(who session.Principal, id vault.ReleaseID) (*ticket, error) {
	if err := k.Live(who); err != nil {
		return nil, err
	}
	t, ok := k.tickets.get(id)
	if !ok || t.warrant.deed.who.Session() != who.Session() || time.Now().After(t.until) {
		return nil, vault.ErrTicket
	}
	return t, nil
}

// Place says where the next content goes. See [vault.Keeper].
func (k *Keeper) Place(_ context.Context, who session.Principal, id vault.ReleaseID, item vault.Deposit) (vault.Slot, error) {
	t, err := k.ticket(who, id)
	if err != nil {
		return vault.Slot{}, err
	}
	if item.Description.Drawer, err = k.drawer(item.Description); err != nil {
		return vault.Slot{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return vault.Slot{}, vault.ErrTicket
	case len(t.slots) == vault.MaxBatch:
		return vault.Slot{}, &vault.InvalidError{Field: "header", Rule: "au plus 100 documents à la fois"}
	}
	state, _ := t.warrant.safe.now()
	doc, obj := vault.NewDocumentID(), vault.NewObjectID()
	slot := vault.Slot{
		Document: doc, Object: obj, Key: objectKey(t.act.Safe, obj),
		Recipient:     state.Epoch().Recipient,
		Binding:       contentBinding(t.act.Safe, doc, obj),
		InlineBinding: inlineBinding(t.act.Safe, doc),
	}
	t.slots = append(t.slots, placed{slot, item})
	return slot, nil
}

// drawer is where a paper of this kind lies; what nobody has sorted lies in
// "à trier". A drawer that was named counts where the kind says nothing.
func (k *Keeper) drawer(d vault.Description) (papers.Drawer, error) {
	if d.Kind == "" && d.Drawer != "" {
		if _, err := k.kinds.DrawerInfo(d.Drawer); err != nil {
			return "", &vault.InvalidError{Field: "description.drawer", Rule: "un tiroir du catalogue"}
		}
		return d.Drawer, nil
	}
	drawer, err := k.kinds.Drawer(d.Kind)
	if err != nil {
		return "", &vault.InvalidError{Field: "description.kind", Rule: "un type de papier du catalogue"}
	}
	return drawer, nil
}

// CommitDeposit puts the contents into the chain. See [vault.Keeper].
func (k *Keeper) CommitDeposit(ctx context.Context, who session.Principal, id vault.ReleaseID, contents []vault.Content) ([]vault.Receipt, error) {
	t, err := k.ticket(who, id)
	if err != nil {
		return nil, err
	}
	if !t.close() {
		return nil, vault.ErrTicket
	}
	k.tickets.drop(id)
	w := t.warrant
	if len(contents) != len(t.slots) || len(contents) == 0 {
		return nil, w.end(ctx, &vault.InvalidError{Field: "header", Rule: "au moins un document"}, detail{})
	}
	c, receipts, docs, err := k.depositChange(ctx, t, contents)
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	w.result.Documents = docs
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return nil, err
	}
	return receipts, nil
}

func (t *ticket) close() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.over
	t.over = true
	return !was
}

// depositChange makes the operations and receipts of a deposit.
func (k *Keeper) depositChange(ctx context.Context, t *ticket, contents []vault.Content) (*change, []vault.Receipt, []string, error) {
	w, now := t.warrant, time.Now().UTC().Truncate(time.Second)
	state, _ := w.safe.now()
	epoch := state.Epoch()
	c := &change{}
	var receipts []vault.Receipt
	var docs []string
	var arrived []described
	for i, content := range contents {
		slot, item := t.slots[i].slot, t.slots[i].item
		if slot.Recipient != epoch.Recipient {
			// The safe turned to a new epoch meanwhile: what was sealed to the
			// old one is deposited again.
			return nil, nil, nil, fmt.Errorf("%w: the safe's key was turned", vault.ErrUnavailable)
		}
		if content.Facts.PlainSize != item.Size || len(content.Inline) > vault.MaxInline {
			return nil, nil, nil, vault.ErrSize
		}
		full := k.describeNew(w, item, content.Facts, now)
		sealed, err := sealDescription(t.act.Safe, slot.Document, full, epoch.Recipient)
		if err != nil {
			return nil, nil, nil, err
		}
		add := chain.AddDocument{
			Document: slot.Document, Epoch: epoch.Number, Description: sealed,
			Depositor: k.depositor(t.act.Safe, w.deed.who.User()), Inline: content.Inline,
		}
		if content.Inline == nil {
			add.Object, add.Stored = slot.Object, content.Facts.Stored
		}
		c.ops = append(c.ops, add)
		arrived = append(arrived, described{slot.Document, full, content.Facts.FileKey})
		docs = append(docs, slot.Document.String())
		receipt, err := k.receipt(t.act.Safe, slot.Document, content.Facts, now)
		if err != nil {
			return nil, nil, nil, err
		}
		receipts = append(receipts, receipt)
	}
	// A paper that arrives in an entrusted drawer is what the person agreed to.
	joined, err := k.joinEntrusted(ctx, w, arrived)
	if err != nil {
		return nil, nil, nil, err
	}
	c.ops = append(c.ops, joined...)
	c.answer, err = k.newAnswer(w.deed.who, vault.ActDeposit, t.act.Request, depositBody(t.act), storedReceipts(receipts))
	for i := range receipts {
		k.fresh.put(w.deed.who.Session(), t.act.Safe, t.slots[i].slot.Document, arrived[i].description)
	}
	return c, receipts, docs, err
}

// describeNew makes the complete description of a new document (L-02: who put
// it in, in which function, when; the digest of what was received).
func (k *Keeper) describeNew(w *warrant, item vault.Deposit, f seal.Facts, now time.Time) chain.Description {
	d := toChain(item.Description)
	if d.Title == "" {
		d.Title = d.FileName
	}
	u := w.deed.who.User()
	d.Type, d.Size, d.Digest, d.Received = string(item.MediaType), f.PlainSize, f.PlainDigest, now
	d.Depositor, d.Function = u.Issuer()+" "+u.Subject(), actorOf(w.standing)
	return d
}

// AbandonDeposit records that nothing came of a deposit. See [vault.Keeper].
func (k *Keeper) AbandonDeposit(ctx context.Context, who session.Principal, id vault.ReleaseID, out vault.Outcome) error {
	t, ok := k.tickets.get(id)
	if !ok || t.warrant.deed.who.Session() != who.Session() || !t.close() {
		return vault.ErrTicket
	}
	k.tickets.drop(id)
	result := audit.ResultFailed
	if out == vault.OutcomeRefused {
		result = audit.ResultRefused
	}
	raw, err := t.warrant.outcome(detail{})
	return errors.Join(err, fromTrail(t.warrant.pending.End(context.WithoutCancel(ctx), result, raw)))
}

// expireTickets ends deposits that nobody finished.
func (k *Keeper) expireTickets() {
	for id, t := range k.tickets.all() {
		if time.Now().After(t.until) && t.close() {
			k.tickets.drop(id)
			_ = t.warrant.endLater(audit.ResultFailed, detail{Reason: "expired"}) // only sealing can fail, and then the leaf has no detail
		}
	}
}

// fresh remembers what a session deposited, so that a wrong deposit can be put
// right for ten minutes while nobody has read it.
type fresh struct {
	mu   sync.Mutex
	docs map[vault.DocumentID]freshDoc
}

type freshDoc struct {
	session     session.ID
	safe        vault.SafeID
	at          time.Time
	description chain.Description
}

const freshFor = 10 * time.Minute

func (f *fresh) put(s session.ID, safe vault.SafeID, doc vault.DocumentID, d chain.Description) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, old := range f.docs {
		if time.Since(old.at) >= freshFor {
			delete(f.docs, id)
		}
	}
	f.docs[doc] = freshDoc{s, safe, time.Now(), d}
}

func (f *fresh) get(s session.ID, safe vault.SafeID, doc vault.DocumentID) (chain.Description, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.docs[doc]
	ok = ok && d.session == s && d.safe == safe && time.Since(d.at) < freshFor
	return d.description, ok
}

func (f *fresh) has(s session.ID, safe vault.SafeID, doc vault.DocumentID) bool {
	_, ok := f.get(s, safe, doc)
	return ok
}

// drop forgets a document: it was read, or described anew, or is gone.
func (f *fresh) drop(doc vault.DocumentID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.docs, doc)
}

// dropSession forgets what a session deposited.
func (f *fresh) dropSession(s session.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, d := range f.docs {
		if d.session == s {
			delete(f.docs, id)
		}
	}
}

// registry keeps what is under way by its random id.
type registry[T any] struct {
	mu sync.Mutex
	m  map[vault.ReleaseID]T
}

func (r *registry[T]) put(id vault.ReleaseID, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.m[id] = v
}

func (r *registry[T]) get(id vault.ReleaseID) (v T, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok = r.m[id]
	return v, ok
}

func (r *registry[T]) drop(id vault.ReleaseID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.m, id)
}

func (r *registry[T]) all() map[vault.ReleaseID]T {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(map[vault.ReleaseID]T, len(r.m))
	for id, v := range r.m {
		all[id] = v
	}
	return all
}
