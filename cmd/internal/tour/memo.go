package tour

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// What stands in the memos of the tour. All of it is plainly invented, and a
// marker: nothing stored may say it.
const (
	notebookLogin  = "identifiant-fictif-3817"
	notebookSecret = "Mirabelle-Fictive-3817"
	mailboxLogin   = "boite.fictive.4620@exemple.invalid"
	mailboxSecret  = "Tonnerre-Fictif-4620"
	changedSecret  = "Giroflee-Fictive-5931"
	revealReason   = "Declarer les revenus avec la personne, motif fictif 7702"
)

// notebook: a line of an office notebook goes blind into the person's safe, marked
// as seen.
func (s *story) notebook(ctx context.Context) (string, error) {
	for _, text := range []string{notebookLogin, mailboxLogin, notebookSecret, mailboxSecret, changedSecret, revealReason} {
		s.mark("text of a memo", text)
	}
	g := &s.guest
	g.book = vault.NewNotebookID().String()
	id, err := s.putMemo(ctx, s.counter, "caf", notebookLogin, notebookSecret, true)
	if err != nil {
		return "", err
	}
	g.notebook = id
	_, err = s.reveal(ctx, s.counter, id)
	if err := refusedFor(err, "NOT_FOUND", "seeing again what was put in blind"); err != nil {
		return "", err
	}
	if err := s.toChange(ctx, id); err != nil {
		return "", err
	}
	if err := s.destroyNotebook(ctx); err != nil {
		return "", err
	}
	return "a line of an office notebook went blind into the safe: who put it in cannot see it again, and it stands first in the person's list of what to change; two agents signed the notebook's destruction, and the person is told of it", nil
}

// destroyNotebook: one agent declares it, another saw it; the statement is printed,
// and the person reads when the notebook was destroyed.
func (s *story) destroyNotebook(ctx context.Context) error {
	sign := coffrev1.DestroyNotebookRequest_builder{
		RequestId: client.NewRequest(), Notebook: &s.guest.book, Moved: new(int32(1)), Left: new(int32(1)),
		Date: new(time.Now().UTC().Format(time.DateOnly)), Place: new("broyeur de l'accueil, lieu fictif"),
	}.Build()
	_, err := client.Repeat(ctx, s.counter, s.counter.Memos.DestroyNotebook, sign)
	approval, err := awaited(err)
	if err != nil {
		return fmt.Errorf("one agent alone signs: %w", err)
	}
	if err := s.approve(ctx, s.colleague, approval); err != nil {
		return fmt.Errorf("the second agent: %w", err)
	}
	sign.SetApproval(approval)
	if _, err := client.Repeat(ctx, s.counter, s.counter.Memos.DestroyNotebook, sign); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	list, err := client.Repeat(ctx, s.manager, s.manager.Memos.ListNotebooks, &coffrev1.ListNotebooksRequest{})
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	n := slices.DeleteFunc(list.GetNotebooks(), func(n *coffrev1.Notebook) bool { return n.GetNotebook() != s.guest.book }) // another tour has its own
	if len(n) != 1 || n[0].GetAgent() == n[0].GetWitness() || n[0].GetWitness() == "" {
		return differ("notebooks that two agents signed for", len(n), 1)
	}
	made, err := client.Repeat(ctx, s.counter, s.counter.Memos.PrintNotebook, coffrev1.PrintNotebookRequest_builder{Notebook: &s.guest.book}.Build())
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	if err := s.page("constat-de-destruction-"+s.guest.safe, made); err != nil {
		return err
	}
	return s.toldOfNotebook(ctx)
}

// toldOfNotebook checks that the person reads which day the notebook was destroyed.
func (s *story) toldOfNotebook(ctx context.Context) error {
	g := &s.guest
	told, err := client.Repeat(ctx, g.home, g.home.Prints.ListNotices, coffrev1.ListNoticesRequest_builder{Safe: &g.safe}.Build())
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for _, n := range told.GetNotices() {
		if n.GetKind() == coffrev1.NoticeKind_NOTICE_KIND_NOTEBOOK && n.HasUntilTime() && len(n.GetDocuments()) == 1 {
			return nil
		}
	}
	return errors.New("the person is not told that the notebook with their password was destroyed")
}

// memo: the person writes their mailbox down, first of all; a list shows logins
// and no secret.
func (s *story) memo(ctx context.Context) (string, error) {
	g := &s.guest
	id, err := s.putMemo(ctx, g.home, "messagerie", mailboxLogin, mailboxSecret, false)
	if err != nil {
		return "", err
	}
	g.mailbox = id
	logins := map[string]string{}
	for d, err := range g.home.List(ctx, g.safe, "identifiants") {
		if err != nil {
			return "", err
		}
		logins[d.GetDocument()] = d.GetDescription().GetMemo().GetLogin()
	}
	if len(logins) != 2 || logins[id] != mailboxLogin || logins[g.notebook] != notebookLogin {
		return "", differ("memos in the list", len(logins), 2)
	}
	shown, err := s.reveal(ctx, g.home, id)
	if err != nil {
		return "", err
	}
	if shown.GetSecret() != mailboxSecret {
		return "", errors.New("the person is shown another secret than they wrote down")
	}
	if err := s.toChange(ctx, g.notebook); err != nil {
		return "", err
	}
	return "the person wrote their mailbox down; the list shows two logins and no secret, and only they see the secret", nil
}

// revealOnce: with a consent that names one memo an agent sees its secret, once
// and with a reason; the person changes it, and the consent shows nothing more.
func (s *story) revealOnce(ctx context.Context) (string, error) {
	g := &s.guest
	if err := s.letReveal(ctx, g.notebook); err != nil {
		return "", err
	}
	opened, err := client.Once(ctx, s.colleague, s.colleague.Memos.OpenMemo, coffrev1.OpenMemoRequest_builder{Safe: &g.safe, Document: &g.notebook, Reason: new(revealReason)}.Build())
	if err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	see := coffrev1.ViewMemoRequest_builder{View: new(opened.GetView())}.Build()
	shown, err := client.Once(ctx, s.colleague, s.colleague.Memos.ViewMemo, see)
	if err != nil {
		return "", fmt.Errorf("view: %w", err)
	}
	if shown.GetSecret() != notebookSecret {
		return "", errors.New("the agent is shown another secret")
	}
	_, err = client.Once(ctx, s.colleague, s.colleague.Memos.ViewMemo, see)
	if err := refusedFor(err, "VIEWED", "seeing it a second time"); err != nil {
		return "", err
	}
	_, err = s.reveal(ctx, s.colleague, g.mailbox)
	if err := refusedFor(err, "NOT_FOUND", "seeing a memo that is not named"); err != nil {
		return "", err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Memos.ChangeMemo, coffrev1.ChangeMemoRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Document: &g.notebook, Secret: new(changedSecret), Tested: new(true),
	}.Build())
	if err != nil {
		return "", fmt.Errorf("change: %w", err)
	}
	if err := s.toChange(ctx); err != nil {
		return "", err
	}
	if _, err := s.reveal(ctx, s.colleague, g.notebook); err == nil {
		return "", errors.New("the consent shows the secret that came after it")
	}
	return "a consent that names one memo showed its secret once, with a reason; a second look was refused and told; the person changed it, nothing is left to change, and the consent does not show the new one", nil
}

// letReveal is the person's consent for the colleague to see one secret.
func (s *story) letReveal(ctx context.Context, memo string) error {
	g := &s.guest
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_NONE)
	terms.SetAgent(s.cfg.People.Colleague.Agent.String())
	terms.SetActions([]coffrev1.Action{coffrev1.Action_ACTION_SEE, coffrev1.Action_ACTION_REVEAL})
	terms.SetScope(coffrev1.Scope_builder{Documents: []string{memo}}.Build())
	shown, err := client.Repeat(ctx, g.home, g.home.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &g.safe, Terms: terms}.Build())
	if err != nil {
		return err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(),
		Giving: freely(coffrev1.Method_METHOD_SESSION, ""),
	}.Build())
	return err
}

func (s *story) putMemo(ctx context.Context, who *client.Client, body, login, secret string, notebook bool) (string, error) {
	put, err := client.Repeat(ctx, who, who.Memos.PutMemos, coffrev1.PutMemosRequest_builder{
		RequestId: client.NewRequest(), Safe: &s.guest.safe, Notebook: &s.guest.book, Memos: []*coffrev1.NewMemo{coffrev1.NewMemo_builder{
			Memo: coffrev1.Memo_builder{Body: &body, Login: &login, FromNotebook: &notebook}.Build(), Secret: &secret,
		}.Build()},
	}.Build())
	if err != nil {
		return "", fmt.Errorf("memo: %w", err)
	}
	return put.GetDocuments()[0], nil
}

// reveal opens a memo and sees it.
func (s *story) reveal(ctx context.Context, who *client.Client, memo string) (*coffrev1.ViewMemoResponse, error) {
	opened, err := client.Once(ctx, who, who.Memos.OpenMemo, coffrev1.OpenMemoRequest_builder{Safe: &s.guest.safe, Document: &memo, Reason: new(revealReason)}.Build())
	if err != nil {
		return nil, err
	}
	return client.Once(ctx, who, who.Memos.ViewMemo, coffrev1.ViewMemoRequest_builder{View: new(opened.GetView())}.Build())
}

// toChange checks that the person's list of what to change is these memos.
func (s *story) toChange(ctx context.Context, want ...string) error {
	g := &s.guest
	list, err := client.Repeat(ctx, g.home, g.home.Memos.ListToChange, coffrev1.ListToChangeRequest_builder{Safe: &g.safe}.Build())
	if err != nil {
		return fmt.Errorf("to change: %w", err)
	}
	if len(list.GetMemos()) != len(want) {
		return differ("memos to change", len(list.GetMemos()), len(want))
	}
	for i, m := range list.GetMemos() {
		if m.GetDocument() != want[i] {
			return differ("memo to change", m.GetDocument(), want[i])
		}
	}
	return nil
}
