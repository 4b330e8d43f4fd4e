package keeper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// kindMemo is the kind of paper that a memo is, and with it its drawer.
const kindMemo papers.Kind = "memo-identifiant"

// What the trail says of memos that came, or of one that got a new secret.
const (
	codeMemos  = "memos"
	codeSecret = "secret"
	// codeUnseen is of the person's word that nobody looked at the counter.
	codeUnseen = "unseen"
	// codeAnswered is of a retry, which puts nothing in.
	codeAnswered = "answered"
)

// PutMemos puts memos into a safe. See [vault.MemoKeeper].
func (k *Keeper) PutMemos(ctx context.Context, who session.Principal, act vault.PutMemos) ([]vault.DocumentID, error) {
	w, err := k.begin(ctx, deed{who: who, act: vault.ActDeposit, safe: act.Safe, note: detail{Code: codeMemos}})
	if err != nil {
		return nil, err
	}
	if n := len(act.Memos); n == 0 || n > vault.MaxMemos {
		return nil, w.end(ctx, invalid("memos", "de 1 à 100 mémos"), detail{})
	}
	// Nothing of a memo stands in what a retry is compared with: a digest of a
	// secret, or of a NIR, is one that can be guessed (L-40).
	body := mac([]byte("coffre/put-memos/v1"), act.Safe.String(), strconv.Itoa(len(act.Memos)))
	var before []string
	if found, err := w.answered(act.Request, body, &before); found || err != nil {
		ids, parseErr := documentIDs(before)
		return ids, w.end(ctx, errors.Join(err, parseErr), detail{Reason: answeredBefore})
	}
	w.safe.changing.RLock() // the bundles that memos join must not be replaced meanwhile
	defer w.safe.changing.RUnlock()
	c, arrived, err := k.memosChange(ctx, w, act)
	ids := make([]vault.DocumentID, len(arrived))
	for i, a := range arrived {
		ids[i] = a.id
	}
	if err == nil {
		c.answer, err = w.newAnswer(act.Request, body, w.result.Documents)
	}
	if err == nil {
		err = k.findRoom(w, leastTaken, ids...)
	}
	if err != nil {
		return nil, w.end(ctx, err, detail{})
	}
	c.landed = func() { k.onTheWay.forget(act.Safe, ids...) }
	c.failed = c.landed
	if c.answer != nil && !act.Notebook.IsZero() {
		c.answer.kept = linesKept
	}
	if err := k.settle(ctx, w, w.safe, c); err != nil {
		return nil, err
	}
	return ids, nil
}

const answeredBefore = "answered before"

func documentIDs(all []string) ([]vault.DocumentID, error) {
	ids := make([]vault.DocumentID, len(all))
	for i, text := range all {
		id, err := vault.ParseDocumentID(text)
		if err != nil {
			return nil, fmt.Errorf("answer: %w", err)
		}
		ids[i] = id
	}
	return ids, nil
}

// memosChange makes the operations of memos that arrive: one entry for all, each
// secret inside it.
func (k *Keeper) memosChange(ctx context.Context, w *warrant, act vault.PutMemos) (*change, []described, error) {
	if err := w.check(act.Safe); err != nil {
		return nil, nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	epoch, c := w.safe.now().Epoch(), &change{}
	var arrived []described
	for i, m := range act.Memos {
		one, op, err := k.newMemo(w, m, act.Notebook, epoch, now)
		if err != nil {
			return nil, nil, inList("memos", i, err)
		}
		c.ops, arrived = append(c.ops, op), append(arrived, one)
		w.result.Documents = append(w.result.Documents, one.id.String())
	}
	for _, one := range arrived { // whoever mistyped puts it right
		k.fresh.put(w.deed.who.Session(), act.Safe, one.id, one.description)
	}
	entrusted, err := k.joinEntrusted(ctx, w, arrived)
	if err != nil {
		return nil, nil, err
	}
	joined, err := k.joinConsents(ctx, w, arrived)
	c.ops = append(append(c.ops, entrusted...), joined...)
	w.result.Code = codeMemos // whatever they joined: it says who knows these secrets
	return c, arrived, err
}

// inList says which of several was refused.
func inList(field string, i int, err error) error {
	if bad, ok := errors.AsType[*vault.InvalidError](err); ok {
		return &vault.InvalidError{Field: fmt.Sprintf("%s[%d].%s", field, i, bad.Field), Rule: bad.Rule}
	}
	return err
}

// newRecord is what is known of a memo that arrives, and the record of its secrets.
func newRecord(m vault.NewMemo, notebook vault.NotebookID, by, today string) (chain.Memo, memoJSON, error) {
	memo, record := toMemo(m.Memo), memoJSON{Version: memoVersion}
	memo.Tested, memo.Changed, memo.Seen, memo.Others = "", "", false, nil
	if !isSecretText(m.Secret.Reveal()) {
		return memo, record, errSecretText
	}
	if !m.Secret.IsZero() {
		memo = withSecret(memo, passwordSlot, "", today)
		record = record.next(passwordSlot, "", m.Secret, today, by)
	}
	for i, o := range m.Others {
		slot, twice, err := slotOf(memo, o.Label)
		switch {
		case err != nil || twice || o.Label == "":
			return memo, record, inList("others", i, errOthers)
		case !isOtherSecret(string(o.Secret.Reveal())):
			return memo, record, inList("others", i, errOtherText)
		}
		memo = withSecret(memo, slot, o.Label, today)
		record = record.next(slot, o.Label, o.Secret, today, by)
	}
	if m.FromNotebook {
		memo.Seen, memo.Notebook = true, notebook
		for i := range memo.Others {
			memo.Others[i].Seen = true
		}
	}
	return memo, record, nil
}

// newMemo seals one memo to the safe's public key: the login in its description,
// the secrets in its content.
func (k *Keeper) newMemo(w *warrant, m vault.NewMemo, notebook vault.NotebookID, epoch chain.Epoch, now time.Time) (described, chain.AddDocument, error) {
	id, safe := vault.NewDocumentID(), w.deed.safe
	memo, record, err := newRecord(m, notebook, depositorOf(w.standing), now.Format(time.DateOnly))
	if err != nil {
		return described{}, chain.AddDocument{}, err
	}
	title, err := k.titleOf(m.Memo)
	if err != nil {
		return described{}, chain.AddDocument{}, err
	}
	content, facts, err := sealRecord(safe, id, record, epoch)
	if err != nil {
		return described{}, chain.AddDocument{}, err
	}
	full := k.describeNew(w, vault.Deposit{
		MediaType: vault.MediaMemo, Description: vault.Description{Title: title, Kind: kindMemo, Whose: m.Whose},
	}, facts, now)
	drawer, err := k.kinds.Drawer(kindMemo)
	if err != nil {
		return described{}, chain.AddDocument{}, fmt.Errorf("memo: %w", err)
	}
	full.Drawer, full.Memo = string(drawer), &memo
	full = withoutTrace(full)
	if err := checkDescription(full); err != nil {
		return described{}, chain.AddDocument{}, err
	}
	sealed, err := sealDescription(safe, id, full, epoch.Recipient)
	if err != nil {
		return described{}, chain.AddDocument{}, err
	}
	return described{id, full, facts.FileKey}, chain.AddDocument{
		Document: id, Epoch: epoch.Number, Description: sealed, Inline: content,
		Depositor: k.depositor(safe, w.deed.who.User()),
	}, nil
}

// withoutTrace takes out of a description what would let whoever may see a login
// guess the secret beside it: its length and its digest.
func withoutTrace(d chain.Description) chain.Description {
	d.Size, d.Digest = 0, seal.Digest{}
	return d
}

// sealRecord seals the record of a secret for an entry.
func sealRecord(safe vault.SafeID, id vault.DocumentID, record memoJSON, epoch chain.Epoch) ([]byte, seal.Facts, error) {
	plain, err := encodeMemo(record)
	if err != nil {
		return nil, seal.Facts{}, fmt.Errorf("memo: %w", err)
	}
	defer clear(plain)
	content, facts, err := seal.SealInline(plain, inlineBinding(safe, id), epoch.Recipient)
	if err != nil {
		return nil, seal.Facts{}, fmt.Errorf("memo: %w", err)
	}
	return content.Bytes(), facts, nil
}

var errSecretText = invalid("secret", "une ligne de 256 octets au plus")

// titleOf is what a list shows of a memo, and refuses a body that the catalogue
// does not have: it has a name then.
func (k *Keeper) titleOf(m vault.Memo) (string, error) {
	if m.Body == "" {
		return m.Name, nil
	}
	body, err := k.kinds.Body(papers.Body(m.Body))
	if err != nil {
		return "", invalid("memo.body", "un organisme de la liste, ou un nom")
	}
	return cmp.Or(m.Name, body.Label), nil
}

func toMemo(m vault.Memo) chain.Memo {
	c := chain.Memo{
		Body: m.Body, Name: m.Name, Login: m.Login, Hint: m.Hint, Recovery: m.Recovery, Provider: m.Provider,
		Tested: m.Tested, Changed: m.Changed, Seen: m.Seen,
	}
	for _, n := range m.Numbers {
		c.Numbers = append(c.Numbers, chain.MemoNumber(n))
	}
	return c
}

// fromMemo is what a reader of a description sees of a memo; nil for a paper.
func fromMemo(c *chain.Memo) *vault.Memo {
	if c == nil {
		return nil
	}
	m := vault.Memo{
		Body: c.Body, Name: c.Name, Login: c.Login, Hint: c.Hint, Recovery: c.Recovery, Provider: c.Provider,
		Tested: c.Tested, Changed: c.Changed, Seen: c.Seen,
	}
	for _, n := range c.Numbers {
		m.Numbers = append(m.Numbers, vault.MemoNumber(n))
	}
	for _, o := range c.Others {
		m.Others = append(m.Others, vault.OtherSecret{Label: o.Label, Changed: o.Changed, Seen: o.Seen})
	}
	return &m
}
