package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// handover: on the last day of the workshop the safe becomes the person's alone. The
// old sheet ends only once the code was read off the new one; what others have seen
// is printed.
func (s *story) handover(ctx context.Context) (string, error) {
	g, leader := &s.guest, s.cfg.People.Colleague.Agent.String()
	if err := s.letReveal(ctx, g.mailbox); err != nil {
		return "", err
	}
	if _, err := s.reveal(ctx, s.colleague, g.mailbox); err != nil {
		return "", fmt.Errorf("the leader sees a secret: %w", err)
	}
	prepared, err := client.Once(ctx, g.home, g.home.Handovers.PrepareHandover, coffrev1.PrepareHandoverRequest_builder{Safe: &g.safe, Leader: &leader}.Build())
	if err != nil {
		return "", fmt.Errorf("prepare: %w", err)
	}
	s.mark("a sheet's code", prepared.GetCode())
	ask := coffrev1.HandoverRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Sheet: new(prepared.GetSheet()), Code: &g.code, Pin: new(guestPIN),
	}.Build()
	_, err = client.Once(ctx, g.home, g.home.Handovers.Handover, ask)
	if err := refusedFor(err, "CODE_REFUSED", "handing over without the new sheet in hand"); err != nil {
		return "", err
	}
	ask.SetCode(prepared.GetCode())
	done, err := client.Repeat(ctx, g.home, g.home.Handovers.Handover, ask)
	if err != nil {
		return "", err
	}
	old := g.code
	g.sheet, g.code = prepared.GetSheet(), prepared.GetCode()
	if done.GetLeader() != leader || done.GetPassportNumber() == "" || done.GetSessionEnded() {
		return "", errors.New("the answer of the handover is not whole")
	}
	if len(done.GetToChange()) != 1 || done.GetToChange()[0].GetDocument() != g.mailbox {
		return "", differ("memos to change", len(done.GetToChange()), 1)
	}
	if err := s.page("a-changer-"+g.safe, done); err != nil {
		return "", err
	}
	text := fmt.Sprintf("FEUILLE DE CODE (DEV : personne fictive)\n\nCode :     %s\nCoffre :   %s\nFeuille :  %s\nPasseport numérique : %s\n", g.code, g.safe, g.sheet, done.GetPassportNumber())
	if err := writeNew(filepath.Join(s.cfg.Prints, "feuille-remise-"+g.safe+".txt"), []byte(text)); err != nil {
		return "", err
	}
	if err := s.codeSheet("feuille-remise-"+g.safe, g.code, g.sheet, ""); err != nil {
		return "", err
	}
	if err := refusedFor(g.home.Unlock(ctx, g.safe, old), "CODE_REFUSED", "the sheet of before the handover"); err != nil {
		return "", err
	}
	for _, p := range g.papers[:guestLease] {
		if _, err := s.readFrom(ctx, g.home, g.safe, p); err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return fmt.Sprintf("the person read the code off the new sheet, and in one act the leader's consent, the old sheet and the old key ended; digital passport %s; one password that the leader saw is on paper, to be changed", done.GetPassportNumber()), nil
}

// leaderRefused: after the handover every call of the leader on the safe is answered
// as if it had never been, with the code and the PIN too.
func (s *story) leaderRefused(ctx context.Context) (string, error) {
	g := &s.guest
	proof := coffrev1.Proof_builder{Code: &g.code, Pin: new(guestPIN)}.Build()
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_NONE)
	terms.SetAgent(s.cfg.People.Colleague.Agent.String())
	doc, c := g.papers[guestCAF].id, s.colleague
	terms.SetScope(coffrev1.Scope_builder{Documents: []string{doc}}.Build())
	calls := []attempt{
		{"ask", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := client.Once(ctx, c, c.Consents.AskConsent, coffrev1.AskConsentRequest_builder{RequestId: client.NewRequest(), Safe: &safe, Terms: terms}.Build())
			return err
		}},
		{"reveal", func(ctx context.Context, c *client.Client, _ string) error {
			_, err := s.reveal(ctx, c, g.mailbox)
			return err
		}},
		{"put a memo in", func(ctx context.Context, c *client.Client, _ string) error {
			_, err := s.putMemo(ctx, c, "caf", notebookLogin, notebookSecret, true)
			return err
		}},
		{"counter session", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := client.Once(ctx, c, c.Presence.OpenCounter, coffrev1.OpenCounterRequest_builder{Safe: &safe, Proof: proof}.Build())
			return err
		}},
		{"presence", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := client.Once(ctx, c, c.Presence.ProvePresence, coffrev1.ProvePresenceRequest_builder{Safe: &safe, Proof: proof}.Build())
			return err
		}},
		{"view", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := client.Repeat(ctx, c, c.Locks.GetSafe, coffrev1.GetSafeRequest_builder{Safe: &safe}.Build())
			return err
		}},
		{"print", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := client.Repeat(ctx, c, c.Prints.PrintJournal, coffrev1.PrintJournalRequest_builder{Safe: &safe}.Build())
			return err
		}},
		{"read", func(ctx context.Context, c *client.Client, safe string) error {
			_, err := c.GetTo(ctx, safe, doc, io.Discard, nil)
			return err
		}},
	}
	calls = append(calls, s.attempts()...)
	for _, a := range calls {
		if err := refused(a.try(ctx, c, g.safe), client.ClassNotFound, a.act+" by the leader after the handover"); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d calls by the agent who handed the safe over, sheet and PIN among them: each answers that there is no such safe", len(calls)), nil
}
