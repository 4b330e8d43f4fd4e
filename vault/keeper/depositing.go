package keeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/consent"
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
	if !act.Safe.IsZero() && !act.Address.IsZero() {
		return vault.DepositTicket{}, &vault.InvalidError{Field: "header.safe", Rule: "le coffre ou une adresse de dépôt, et un seul des deux"}
	}
	d := deed{who: who, act: vault.ActDeposit, safe: act.Safe, address: act.Address}
	if !act.Address.IsZero() {
		if err := k.admit(ctx, who); err != nil {
			return vault.DepositTicket{}, err
		}
		var err error
		if d.safe, err = k.at(ctx, act.Address); err != nil {
			return vault.DepositTicket{}, err
		}
	}
	w, err := k.begin(ctx, d)
	if err != nil {
		return vault.DepositTicket{}, err
	}
	var earlier []receiptJSON
	found, err := w.answered(act.Request, depositBody(act), &earlier)
	if err == nil && found {
		var receipts []vault.Receipt
		if receipts, err = parseReceipts(earlier); err == nil {
			return vault.DepositTicket{Receipts: receipts}, w.end(ctx, nil, detail{Reason: answeredBefore})
		}
	}
	if err != nil {
		return vault.DepositTicket{}, w.end(ctx, err, detail{})
	}
	id, err := k.tickets.put(who.Session(), &ticket{warrant: w, act: act, until: time.Now().Add(ticketLife)})
	if err != nil {
		return vault.DepositTicket{}, w.end(ctx, err, detail{})
	}
	return vault.DepositTicket{ID: id}, nil
}

func depositBody(act vault.BeginDeposit) [32]byte {
	return mac([]byte("coffre/deposit/v1"), act.Safe.String(), act.Address.String())
}

// ticket answers a ticket of this session that still holds.
func (k *Keeper) ticket(who session.Principal, id vault.ReleaseID) (*ticket, error) {
	if err := k.fit(); err != nil {
		return nil, err
	}
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
	if err := t.warrant.check(t.warrant.deed.safe); err != nil {
		return vault.Slot{}, err
	}
	if item.Description.Drawer, err = k.drawer(item.Description); err != nil {
		return vault.Slot{}, err
	}
	if err := checkItem(item); err != nil {
		return vault.Slot{}, err
	}
	if err := k.admitPaper(t.warrant, item.Size); err != nil {
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
	safe, state := t.warrant.deed.safe, t.warrant.safe.now()
	doc, obj := vault.NewDocumentID(), vault.NewObjectID()
	if err := k.findRoom(t.warrant, seal.ContentSize(item.Size), doc); err != nil {
		return vault.Slot{}, err
	}
	slot := vault.Slot{
		Document: doc, Object: obj, Key: objectKey(safe, obj),
		Recipient:     state.Epoch().Recipient,
		Binding:       contentBinding(safe, doc, obj),
		InlineBinding: inlineBinding(safe, doc),
	}
	t.slots = append(t.slots, placed{slot, item})
	return slot, nil
}

// checkItem bounds what a caller says of one document. The types are the ones
// that a reader shows; no other may ever be answered to one.
func checkItem(item vault.Deposit) error {
	switch {
	case item.Size < 1:
		return vault.ErrEmpty
	case item.Size > vault.MaxDocument:
		return vault.ErrTooLarge
	}
	switch item.MediaType {
	case vault.MediaPDF, vault.MediaJPEG, vault.MediaPNG, vault.MediaHEIC, vault.MediaText:
	default:
		return vault.ErrMediaType
	}
	return checkDescription(toChain(item.Description))
}

// checkDescription refuses a description that could not be sealed, without
// repeating what is wrong with it.
func checkDescription(d chain.Description) error {
	if _, err := d.Marshal(); err != nil {
		return &vault.InvalidError{Field: "description", Rule: "des textes lisibles, dans les limites"}
	}
	return nil
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
	info, err := k.kinds.KindInfo(d.Kind)
	switch {
	case d.Kind == "":
		return papers.Unsorted, nil
	case err != nil:
		return "", &vault.InvalidError{Field: "description.kind", Rule: "un type de papier du catalogue"}
	case info.Health && k.hosting != HostingHealth:
		return "", vault.ErrHosting // L-41, L-83; what nobody sorted is not known
	}
	return info.Drawer, nil
}

// CommitDeposit puts the contents into the chain. See [vault.Keeper].
//
// The facts are the word of the API node that sealed the content. It has seen
// the plaintext, so it can say what it likes of this one document: another
// digest or size, a key that does not open it, an object it never stored. All
// of that harms the depositor's own paper and nothing else: ids, names and
// recipient were drawn here, and whoever opens the paper checks every segment
// and the true digest, and is told that it was altered.
func (k *Keeper) CommitDeposit(ctx context.Context, who session.Principal, id vault.ReleaseID, contents []vault.Content) ([]vault.Receipt, error) {
	t, err := k.ticket(who, id)
	if err != nil {
		return nil, err
	}
	if !t.close() {
		return nil, vault.ErrTicket
	}
	k.tickets.take(id)
	w := t.warrant
	if len(contents) != len(t.slots) || len(contents) == 0 {
		k.cleared(t)
		return nil, w.end(ctx, &vault.InvalidError{Field: "header", Rule: "au moins un document"}, detail{})
	}
	var renew bool
	defer func() { // when the lock is given back
		if renew {
			k.renewDues(ctx, who, w.deed.safe)
		}
	}()
	w.safe.changing.RLock() // the bundles that papers join must not be replaced meanwhile
	defer w.safe.changing.RUnlock()
	c, receipts, err := k.depositChange(ctx, t, contents)
	if err != nil {
		k.cleared(t)
		return nil, w.end(ctx, err, detail{})
	}
	c.landed = func() { k.onTheWay.forget(w.deed.safe, t.documents()...) }
	c.failed = c.landed // what was stored, the sweeper takes: only it asks the chain
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return nil, err
	}
	renew = slices.ContainsFunc(t.slots, func(p placed) bool { return k.reminds(p.item.Description) })
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
func (k *Keeper) depositChange(ctx context.Context, t *ticket, contents []vault.Content) (*change, []vault.Receipt, error) {
	w, now := t.warrant, time.Now().UTC().Truncate(time.Second)
	safe := w.deed.safe
	if err := errors.Join(w.check(safe), k.stillAddressed(w)); err != nil {
		return nil, nil, err
	}
	epoch, c := w.safe.now().Epoch(), &change{origin: k.origin(w)}
	var receipts []vault.Receipt
	var arrived []described
	for i, content := range contents {
		slot, item := t.slots[i].slot, t.slots[i].item
		if err := checkContent(content, slot, item, epoch); err != nil {
			return nil, nil, err
		}
		full := k.describeNew(w, item, content.Facts, now)
		sealed, err := sealDescription(safe, slot.Document, full, epoch.Recipient)
		if err != nil {
			return nil, nil, err
		}
		add := chain.AddDocument{
			Document: slot.Document, Epoch: epoch.Number, Description: sealed,
			Depositor: k.depositor(safe, w.deed.who.User()), Inline: content.Inline,
		}
		if content.Inline == nil {
			add.Object, add.Stored = slot.Object, content.Facts.Stored
		}
		c.ops = append(c.ops, add)
		arrived = append(arrived, described{slot.Document, full, content.Facts.FileKey})
		w.result.Documents = append(w.result.Documents, slot.Document.String())
		receipt, err := k.receipt(t.act, slot.Document, content.Facts, now)
		if err != nil {
			return nil, nil, err
		}
		receipts = append(receipts, receipt)
	}
	// A paper that arrives in an entrusted drawer, or where a consent says "and
	// what arrives", is what the person agreed to.
	joined, err := k.joinEntrusted(ctx, w, arrived)
	if err != nil {
		return nil, nil, err
	}
	c.ops = append(c.ops, joined...)
	if joined, err = k.joinConsents(ctx, w, arrived); err != nil {
		return nil, nil, err
	}
	c.ops = append(c.ops, joined...)
	c.answer, err = w.newAnswer(t.act.Request, depositBody(t.act), storedReceipts(receipts))
	for _, a := range arrived {
		k.fresh.put(w.deed.who.Session(), safe, a.id, a.description)
	}
	return c, receipts, err
}

// checkContent holds what was stored against what was announced.
func checkContent(c vault.Content, slot vault.Slot, item vault.Deposit, epoch chain.Epoch) error {
	switch {
	case slot.Recipient != epoch.Recipient:
		// The safe turned to a new epoch meanwhile: what was sealed to the old one
		// is deposited again.
		return fmt.Errorf("%w: the safe's key was turned", vault.ErrUnavailable)
	case c.Facts.PlainSize != item.Size, len(c.Inline) > vault.MaxInline, c.Facts.FileKey.IsZero():
		return vault.ErrSize
	}
	return nil
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
	d.Depositor, d.Function = strings.TrimSpace(u.Issuer()+" "+u.Subject()), depositorOf(w.standing)
	if w.safe.record().discreet() {
		return d
	}
	if id := w.standing.Partner; !id.IsZero() {
		d.Structure, _ = k.agentName(vault.AgentID(id)) // the body it came from
	} else {
		_, d.Structure = k.agentName(w.standing.Agent.ID)
	}
	return d
}

// depositorOf is the function of a depositor: an agent's, or what they are to
// the safe.
func depositorOf(st consent.Standing) string {
	if actor := actorOf(st); actor != actorAgent {
		return actor
	}
	return functionOf(st, vault.ConsentID{}).String()
}

// AbandonDeposit records that nothing came of a deposit. See [vault.Keeper].
func (k *Keeper) AbandonDeposit(ctx context.Context, who session.Principal, id vault.ReleaseID, out vault.Outcome) error {
	t, ok := k.tickets.get(id)
	if !ok || t.warrant.deed.who.Session() != who.Session() || !t.close() {
		return vault.ErrTicket
	}
	k.tickets.take(id)
	k.onTheWay.forget(t.warrant.deed.safe, t.documents()...)
	result := audit.ResultFailed
	if out == vault.OutcomeRefused {
		result = audit.ResultRefused
	}
	return t.warrant.close(ctx, result, detail{})
}

// expire ends deposits and readings that nobody goes on with.
func (k *Keeper) expire() {
	for id, e := range k.tickets.all() {
		if time.Now().After(e.value.until) && e.value.close() {
			k.tickets.take(id)
			k.cleared(e.value)
			k.giveUp(e.value.warrant, "expired")
		}
	}
	k.expireViews(time.Now())
	for id, e := range k.releases.all() {
		if time.Since(e.value.lastUse()) < releaseIdle {
			continue
		}
		if r, ok := k.releases.take(id); ok {
			k.giveUp(r.warrant, "expired")
		}
	}
}

// endAll ends what waits for its caller: the keeper stops.
func (k *Keeper) endAll() {
	for id, e := range k.tickets.all() {
		if e.value.close() {
			k.tickets.take(id)
			k.giveUp(e.value.warrant, "the keeper stops")
		}
	}
	k.endViews()
	for id := range k.releases.all() {
		if r, ok := k.releases.take(id); ok {
			k.giveUp(r.warrant, "the keeper stops")
		}
	}
}

func (k *Keeper) giveUp(w *warrant, why string) {
	_ = w.endLater(audit.ResultFailed, detail{Reason: why}) // only sealing can fail, and then the leaf has no detail
}
