package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// withdrawMidRead: the person ends a consent while the worker's download runs,
// and the download ends with it.
func (s *story) withdrawMidRead(ctx context.Context) (string, error) {
	g := &s.guest
	bill := g.papers[guestBill]
	line := &slowLine{after: len(bill.content) / 8, free: make(chan struct{})}
	c, err := client.New(client.Config{Address: s.cfg.Address, CAFile: s.cfg.CAFile, Dial: line.dial})
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }() // everything was answered
	reader := &interrupted{then: func() error {
		defer close(line.free)
		_, err := client.Repeat(ctx, g.home, g.home.Consents.WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{
			RequestId: client.NewRequest(), Safe: &g.safe, Consent: &s.backAgain,
		}.Build())
		return err
	}}
	_, err = c.As(s.workerLogin.Credentials).GetTo(ctx, g.safe, bill.id, io.Discard, reader.progress)
	switch {
	case reader.err != nil:
		return "", fmt.Errorf("withdraw: %w", reader.err)
	case err == nil:
		return "", errors.New("the download went on to its end after the consent was withdrawn")
	case refusedFor(err, "CONSENT_ENDED", "") != nil:
		return "", fmt.Errorf("the download ended otherwise: %w", err)
	case !reader.done || reader.read >= int64(len(bill.content)):
		return "", differ("bytes read when the consent ended", reader.read, "some and not all")
	}
	return fmt.Sprintf("the person withdrew while the worker was reading: the download stopped in the middle; %d of %d bytes had come", reader.read, len(bill.content)), nil
}

// interrupted reads, and does something once after the first bytes.
type interrupted struct {
	read int64
	then func() error
	done bool
	err  error
}

// progress is called as bytes arrive.
func (i *interrupted) progress(n int64) {
	i.read += n
	if !i.done {
		i.done, i.err = true, i.then()
	}
}

// agentRefused: what ended stays ended. The worker is told why, a colleague
// nothing.
func (s *story) agentRefused(ctx context.Context) (string, error) {
	g := &s.guest
	_, err := s.worker.GetTo(ctx, g.safe, g.papers[guestBill].id, io.Discard, nil)
	if err := refusedFor(err, "CONSENT_ENDED", "reading after the withdrawal"); err != nil {
		return "", err
	}
	if e, _ := errors.AsType[*client.Error](err); e.Facts["why"] != "withdrawn" {
		return "", differ("why the consent ended", e.Facts["why"], "withdrawn")
	}
	_, err = s.colleague.GetTo(ctx, g.safe, g.papers[guestBill].id, io.Discard, nil)
	if err := refusedFor(err, "NOT_FOUND", "reading by a colleague"); err != nil {
		return "", err
	}
	if _, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF]); err != nil {
		return "", fmt.Errorf("the other consent: %w", err)
	}
	if err := s.whoLooked(ctx); err != nil {
		return "", err
	}
	return "the worker was told that the person withdrew; to a colleague there is no such paper; the other consent goes on", nil
}

// freeze: any agent stops everything on the person's word; papers still go in.
// Two agents and the sheet open again, with a new sheet.
func (s *story) freeze(ctx context.Context) (string, error) {
	g := &s.guest
	_, err := client.Repeat(ctx, s.colleague, s.colleague.Locks.Freeze, coffrev1.FreezeRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe}.Build())
	if err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, g.home, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "SAFE_FROZEN", "reading in a frozen safe"); err != nil {
		return "", err
	}
	if err := s.visit(ctx, g.code, coffrev1.Reach_REACH_ALL); err == nil {
		return "", errors.New("sheet and PIN opened a frozen safe")
	}
	if _, err = s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF]); err == nil {
		return "", errors.New("a consent outlived the freeze")
	}
	late := *g.papers[guestBill]
	late.name, late.title = "arrivee-tardive.png", "Papier fictif arrivé tard 8351"
	if err := s.putFor(ctx, s.counter, g.safe, []*paper{&late}, "gel"); err != nil {
		return "", fmt.Errorf("deposit: %w", err)
	}
	g.papers = append(g.papers, &late)
	ask := coffrev1.UnfreezeRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Proof: coffrev1.Proof_builder{Code: &g.code, Pin: new(guestPIN)}.Build(),
	}.Build()
	open := func() (*coffrev1.UnfreezeResponse, error) {
		return client.Once(ctx, s.worker, s.worker.Locks.Unfreeze, ask)
	}
	_, err = open()
	approval, err := awaited(err)
	if err != nil {
		return "", err
	}
	if err := s.approve(ctx, s.colleague, approval); err != nil {
		return "", err
	}
	ask.SetApproval(approval)
	opened, err := open()
	if err != nil {
		return "", fmt.Errorf("unfreeze: %w", err)
	}
	g.sheet, g.code = opened.GetSheet(), opened.GetCode()
	s.mark("a sheet's code", g.code)
	if err := g.home.Unlock(ctx, g.safe, g.code); err != nil {
		return "", fmt.Errorf("unlock: %w", err)
	}
	if err := s.sees(ctx, g.home, g.papers...); err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF])
	if err == nil {
		return "", errors.New("a consent came back after the freeze")
	}
	return "on the person's word a colleague froze the safe: login, sheet, PIN and consents stopped at once, a paper still went in; the sheet and two agents opened it again, with a new sheet and without the consents", nil
}

// agentLeaves: the access manager ends an agent in one act. The report says whom
// they helped and how often, never what they read.
func (s *story) agentLeaves(ctx context.Context) (string, error) {
	g := &s.guest
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_SUCCESSOR, g.papers[guestCAF].kind)
	shown, err := client.Repeat(ctx, g.home, g.home.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &g.safe, Terms: terms}.Build())
	if err != nil {
		return "", err
	}
	given, err := client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(),
		Giving: freely(coffrev1.Method_METHOD_SESSION, ""),
	}.Build())
	if err != nil {
		return "", err
	}
	s.consent = given.GetConsent()
	if _, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF]); err != nil {
		return "", err
	}
	if s.manager, _, err = s.logIn(ctx, s.cfg.People.Manager); err != nil {
		return "", err
	}
	left, err := client.Repeat(ctx, s.manager, s.manager.Structures.EndAgent, coffrev1.EndAgentRequest_builder{RequestId: client.NewRequest(), Agent: &s.agent}.Build())
	if err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "SESSION_INVALID", "reading after leaving"); err != nil {
		return "", err
	}
	report := left.GetReport()
	if len(report.GetLines()) != 1 || report.GetLines()[0].GetSafe() != g.safe || report.GetWaiting() != 1 {
		return "", errors.New("the departure report is not the one person, with one consent that waits for a successor")
	}
	// What the agent opened, as the story has it: one paper four times over, and
	// one side by side, once after, and once until it was withdrawn.
	if n := report.GetLines()[0].GetOpenings(); n != agentOpenings {
		return "", differ("openings in the departure report", n, agentOpenings)
	}
	return fmt.Sprintf("the worker left in one act: their session ended at once, the report names one person and %d openings, and one consent waits for a successor", agentOpenings), nil
}

// agentOpenings is how often the worker opened a paper of the guest's: the
// attestation with the person there, beside the other consent and before
// leaving; the bill side by side, coming back, and until the withdrawal.
const agentOpenings = 6

// successor: who replaces the worker goes on with the consents that said so,
// without the sheet; the person reads all of it in the journal.
func (s *story) successor(ctx context.Context) (string, error) {
	g := &s.guest
	colleague, function := s.cfg.People.Colleague.Agent.String(), socialWorker
	named, err := client.Repeat(ctx, s.manager, s.manager.Structures.AssignSuccessor, coffrev1.AssignSuccessorRequest_builder{
		RequestId: client.NewRequest(), Agent: &s.agent, Function: &function, Successor: &colleague,
	}.Build())
	if err != nil {
		return "", err
	}
	if named.GetConsents() != 1 {
		return "", differ("consents that go on", named.GetConsents(), 1)
	}
	if _, err := s.readFrom(ctx, s.colleague, g.safe, g.papers[guestCAF]); err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, s.colleague, g.safe, g.papers[guestCard])
	if err := refusedFor(err, "NOT_FOUND", "reading more than the consent says"); err != nil {
		return "", err
	}
	lines, err := s.guestJournal(ctx)
	// Each safe gets its own line of the succession after the act, one by one.
	for range 40 {
		if e, ok := errors.AsType[*missingLineError](err); !ok || e.act != "assign-successor" {
			break
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			return "", ctx.Err()
		}
		lines, err = s.guestJournal(ctx)
	}
	if err != nil {
		return "", err
	}
	if err := s.enrolAnew(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("the successor went on with the one consent that said so; the person's journal tells all of it in %d lines, with the agents' names", lines), nil
}

// A missingLineError names an act that the person's journal lacks.
type missingLineError struct{ act string }

// Error names the act.
func (e *missingLineError) Error() string { return "the person's journal has no line for " + e.act }

// guestJournal checks that the person reads of everything that was done, and of
// everybody who did it. It answers how many lines there are.
func (s *story) guestJournal(ctx context.Context) (int, error) {
	acts, agents, lines := map[string]bool{}, map[string]bool{}, 0
	for line, err := range s.guest.home.Journal(ctx, s.guest.safe) {
		if err != nil {
			return 0, err
		}
		acts[line.GetAct()], agents[line.GetAgentName()] = true, true
		if line.GetSentence() == "" {
			return 0, fmt.Errorf("line %d has no sentence", lines)
		}
		lines++
	}
	for _, one := range []Person{s.cfg.People.Counter, s.cfg.People.Worker, s.cfg.People.Colleague} {
		if !agents[one.Name] {
			return 0, errors.New("the person's journal does not name an agent who acted")
		}
	}
	for _, act := range []string{
		"open-safe", "deposit", "open-counter", "read", "entrust", "renew-sheet", "activate-login", "ask-consent", "give-consent",
		"prove-presence", "start-side-by-side", "end-side-by-side", "withdraw-consent", "freeze", "unfreeze", "assign-successor",
	} {
		if !acts[act] {
			return 0, &missingLineError{act}
		}
	}
	return lines, nil
}

const socialWorker = "social-worker"

// enrolAnew gives the worker who left a function again: they are another agent
// then. It takes two agents.
func (s *story) enrolAnew(ctx context.Context) error {
	p := s.cfg.People.Worker
	ask := coffrev1.EnrolAgentRequest_builder{
		RequestId: client.NewRequest(), Name: &p.Name, Functions: []string{socialWorker},
		Login:     coffrev1.Login_builder{Issuer: &s.cfg.People.Issuer, Subject: &p.Subject}.Build(),
		UntilTime: timestamppb.New(time.Now().UTC().Truncate(24 * time.Hour).Add(100 * 24 * time.Hour)),
	}.Build()
	enrol := func() (*coffrev1.EnrolAgentResponse, error) {
		return client.Repeat(ctx, s.manager, s.manager.Structures.EnrolAgent, ask)
	}
	_, err := enrol()
	approval, err := awaited(err)
	if err != nil {
		return err
	}
	if err := s.approve(ctx, s.colleague, approval); err != nil {
		return err
	}
	ask.SetApproval(approval)
	enrolled, err := enrol()
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	if enrolled.GetAgent() == s.agent {
		return errors.New("an agent who left came back as the same agent")
	}
	return nil
}
