package tour

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// relayText is what the worker asks the colleague to do. It is a marker: nothing
// stored may say it.
const relayText = "Relais fictif 5093 : rappeler l'organisme avant la fin du mois"

// relay: the worker hands a task to a colleague, who takes it. It moved no key,
// and the person reads in the journal who handed what démarche to whom.
func (s *story) relay(ctx context.Context) (string, error) {
	g := &s.guest
	s.mark("text of a relay", relayText)
	colleague := s.cfg.People.Colleague.Agent.String()
	sent, err := client.Repeat(ctx, s.worker, s.worker.Relays.SendRelay, coffrev1.SendRelayRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Agent: &colleague, Purpose: new("rsa"),
		Posture: new(coffrev1.Posture_POSTURE_WITH), Text: new(relayText),
		DueTime: timestamppb.New(time.Now().Truncate(time.Second).Add(10 * 24 * time.Hour)),
	}.Build())
	if err != nil {
		return "", err
	}
	if err := s.relayIs(ctx, s.colleague, sent.GetRelay(), coffrev1.RelayState_RELAY_STATE_SENT); err != nil {
		return "", err
	}
	_, err = client.Repeat(ctx, s.colleague, s.colleague.Relays.TakeRelay, coffrev1.TakeRelayRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Relay: new(sent.GetRelay()),
	}.Build())
	if err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, s.colleague, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "NOT_FOUND", "reading on a relay alone"); err != nil {
		return "", err
	}
	if err := s.relayIs(ctx, s.worker, sent.GetRelay(), coffrev1.RelayState_RELAY_STATE_TAKEN); err != nil {
		return "", err
	}
	people := s.cfg.People
	if err := s.told(ctx, map[string]string{"send-relay": people.Worker.Name, "take-relay": people.Colleague.Name}); err != nil {
		return "", err
	}
	return "the worker handed a task to a colleague, who took it and still could read nothing; the person reads both in the journal", nil
}

// relayIs checks that somebody's list has the one relay, and in what state.
func (s *story) relayIs(ctx context.Context, c *client.Client, id string, want coffrev1.RelayState) error {
	list, err := client.Repeat(ctx, c, c.Relays.ListRelays, &coffrev1.ListRelaysRequest{})
	if err != nil {
		return err
	}
	for _, r := range list.GetRelays() {
		if r.GetRelay() != id {
			continue
		}
		if r.GetState() != want || r.GetText() != relayText || r.GetSafe() != s.guest.safe {
			return differ("the relay", r.GetState(), want)
		}
		return nil
	}
	return errors.New("the relay is in no list")
}

// told checks that the person's journal says of these acts who did them.
func (s *story) told(ctx context.Context, acts map[string]string) error {
	for line, err := range s.guest.home.Journal(ctx, s.guest.safe) {
		if err != nil {
			return err
		}
		if who, waits := acts[line.GetAct()]; waits && line.GetAgentName() == who && line.GetOutcome() == coffrev1.JournalLine_OUTCOME_DONE {
			delete(acts, line.GetAct())
		}
	}
	for act := range acts {
		return &missingLineError{act}
	}
	return nil
}
