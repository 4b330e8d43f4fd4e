package tour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// terms are what the worker asks for: to see and to read papers of some kinds,
// for one démarche.
func (s *story) terms(presence coffrev1.PresenceDemand, replacement coffrev1.Replacement, kinds ...string) *coffrev1.Terms {
	function, purpose, language := "social-worker", "rsa", "fr"
	precise, posture := "Remplir la demande de RSA en ligne avec vous.", coffrev1.Posture_POSTURE_WITH
	now := time.Now().Truncate(time.Second)
	return coffrev1.Terms_builder{
		Agent: &s.agent, Function: &function, Replacement: &replacement, Purpose: &purpose, Precise: &precise,
		Posture: &posture, Actions: []coffrev1.Action{coffrev1.Action_ACTION_SEE, coffrev1.Action_ACTION_READ},
		Scope: coffrev1.Scope_builder{Kinds: kinds}.Build(), Presence: &presence,
		FromTime: timestamppb.New(now), UntilTime: timestamppb.New(now.Add(7 * 24 * time.Hour)), Language: &language,
	}.Build()
}

// freely is how somebody agrees who is alone, without tutelle or curatelle.
func freely(method coffrev1.Method, witness string) *coffrev1.Giving {
	alone, protection := coffrev1.Company_COMPANY_ALONE, coffrev1.Protection_PROTECTION_NONE
	return coffrev1.Giving_builder{Method: &method, Witness: &witness, Company: &alone, Protection: &protection}.Build()
}

// request: the worker asks; nothing is granted by asking.
func (s *story) request(ctx context.Context) (string, error) {
	g := &s.guest
	asked, err := client.Repeat(ctx, s.worker, s.worker.Consents.AskConsent, coffrev1.AskConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe,
		Terms: s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NEEDED, coffrev1.Replacement_REPLACEMENT_NONE, g.papers[guestCAF].kind),
	}.Build())
	if err != nil {
		return "", err
	}
	s.consent = asked.GetConsent()
	if s.consent.GetState() != coffrev1.ConsentState_CONSENT_STATE_ASKED || s.consent.GetShown().GetText() == "" {
		return "", errors.New("the request has no text, or is more than a request")
	}
	_, err = s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "NOT_FOUND", "reading on a request alone"); err != nil {
		return "", err
	}
	return "the worker asked to read one kind of paper, for one démarche, for seven days; until the person says yes nothing is to be seen", nil
}

// give is the person's yes in their own session, to exactly the text shown.
func (s *story) give(ctx context.Context) (string, error) {
	g := &s.guest
	ask := coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Consent: new(s.consent.GetConsent()),
		ShownDigest: make([]byte, 32), Giving: freely(coffrev1.Method_METHOD_SESSION, ""),
	}.Build()
	_, err := client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, ask)
	if err := refusedFor(err, "TEXT_CHANGED", "agreeing to another text"); err != nil {
		return "", err
	}
	listed, err := client.Repeat(ctx, g.home, g.home.Consents.ListConsents, coffrev1.ListConsentsRequest_builder{Safe: &g.safe}.Build())
	if err != nil {
		return "", err
	}
	if len(listed.GetConsents()) != 1 {
		return "", differ("requests shown to the person", len(listed.GetConsents()), 1)
	}
	ask.SetRequestId(*client.NewRequest())
	ask.SetShownDigest(listed.GetConsents()[0].GetShown().GetDigest())
	given, err := client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, ask)
	if err != nil {
		return "", err
	}
	if c := given.GetConsent(); c.GetState() != coffrev1.ConsentState_CONSENT_STATE_LIVE || c.GetDocuments() != 1 {
		return "", errors.New("the consent is not live, or covers something else than one paper")
	}
	helped, err := client.Repeat(ctx, s.worker, s.worker.Consents.ListHelped, &coffrev1.ListHelpedRequest{})
	if err != nil {
		return "", err
	}
	if len(helped.GetHelped()) != 1 || helped.GetHelped()[0].GetSafe() != g.safe || helped.GetHelped()[0].GetName() != g.name {
		return "", errors.New("the worker's home list does not show the person")
	}
	if err := s.takeHome(ctx, given.GetConsent().GetConsent()); err != nil {
		return "", err
	}
	return "the person read the text in their own session and agreed to it, and to no other; it covers one paper; receipt, mandate and slip are printed", nil
}

// presence: this consent asks for the person to be there, so without them it
// opens nothing.
func (s *story) presence(ctx context.Context) (string, error) {
	g := &s.guest
	_, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "PRESENCE_NEEDED", "reading without the person"); err != nil {
		return "", err
	}
	prove := func(pin string) (*coffrev1.ProvePresenceResponse, error) {
		return client.Once(ctx, s.worker, s.worker.Presence.ProvePresence, coffrev1.ProvePresenceRequest_builder{
			Safe: &g.safe, Proof: coffrev1.Proof_builder{Pin: &pin}.Build(),
		}.Build())
	}
	_, err = prove("739104")
	if err := refusedFor(err, "PIN_REFUSED", "a wrong PIN"); err != nil {
		return "", err
	}
	proved, err := prove(guestPIN)
	if err != nil {
		return "", err
	}
	if left := time.Until(proved.GetExpireTime().AsTime()); left <= 0 || left > 45*time.Minute {
		return "", differ("presence ends in", left, "at most 45 minutes")
	}
	return "without the person the consent opened nothing; with their PIN it does, for 45 minutes, in this session", nil
}

// agentRead: the worker sees and reads the one paper, and no other.
func (s *story) agentRead(ctx context.Context) (string, error) {
	g := &s.guest
	if err := s.sees(ctx, s.worker, g.papers[guestCAF]); err != nil {
		return "", err
	}
	n, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestCAF])
	if err != nil {
		return "", err
	}
	for _, p := range g.papers[guestCard:] {
		_, err := s.readFrom(ctx, s.worker, g.safe, p)
		if err := refusedFor(err, "NOT_FOUND", "reading "+p.name); err != nil {
			return "", err
		}
	}
	_, err = s.readFrom(ctx, s.colleague, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "NOT_FOUND", "reading by a colleague"); err != nil {
		return "", err
	}
	return fmt.Sprintf("the worker read the paper, byte for byte as it went in; %d bytes; the three others, and a colleague's tries, were answered as if there were nothing", n), nil
}

// sheetForgotten: without the sheet the PIN opens what was entrusted, so that
// help can happen today.
func (s *story) sheetForgotten(ctx context.Context) (string, error) {
	g := &s.guest
	if err := s.visit(ctx, "", coffrev1.Reach_REACH_ENTRUSTED); err != nil {
		return "", err
	}
	if err := s.sees(ctx, g.visit, g.papers[guestBill], g.papers[guestLease]); err != nil {
		return "", err
	}
	if _, err := s.readFrom(ctx, g.visit, g.safe, g.papers[guestLease]); err != nil {
		return "", err
	}
	_, err := s.readFrom(ctx, g.visit, g.safe, g.papers[guestCard])
	if err := refusedFor(err, "SHEET_NEEDED", "reading by PIN what is not entrusted"); err != nil {
		return "", err
	}
	if err := g.visit.Logout(ctx); err != nil {
		return "", err
	}
	return "the sheet lay at home: with the PIN the two papers of the entrusted drawer could be read, and no other", nil
}

// comeBack: side by side the worker opens one paper, and at the end the person
// says yes to one question.
func (s *story) comeBack(ctx context.Context) (string, error) {
	g := &s.guest
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_NONE, g.papers[guestBill].kind)
	until := terms.GetUntilTime()
	terms.ClearFromTime()
	terms.ClearUntilTime()
	shown, err := s.show(ctx, terms)
	if err != nil {
		return "", err
	}
	giving := freely(coffrev1.Method_METHOD_ORAL, "Témoin Fictif Neuf")
	side, err := client.Once(ctx, s.worker, s.worker.Presence.StartSideBySide, coffrev1.StartSideBySideRequest_builder{
		Safe: &g.safe, Terms: terms, ShownDigest: shown, Giving: giving,
		Proof: coffrev1.Proof_builder{Code: &g.code, Pin: new(guestPIN)}.Build(),
	}.Build())
	if err != nil {
		return "", fmt.Errorf("start: %w", err)
	}
	if _, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestBill]); err != nil {
		return "", err
	}
	terms.SetFromTime(timestamppb.New(side.GetExpireTime().AsTime().Add(-45 * time.Minute)))
	terms.SetUntilTime(until)
	if shown, err = s.show(ctx, terms); err != nil {
		return "", err
	}
	end, err := client.Once(ctx, s.worker, s.worker.Presence.EndSideBySide, coffrev1.EndSideBySideRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, UntilTime: until, ShownDigest: shown, Giving: giving,
		Proof: coffrev1.Proof_builder{Pin: new(guestPIN)}.Build(),
	}.Build())
	if err != nil {
		return "", fmt.Errorf("end: %w", err)
	}
	if end.GetOpened() != 1 || end.GetConsent() == "" {
		return "", differ("papers opened side by side", end.GetOpened(), 1)
	}
	if _, err := s.readFrom(ctx, s.worker, g.safe, g.papers[guestBill]); err != nil {
		return "", fmt.Errorf("coming back: %w", err)
	}
	s.backAgain = end.GetConsent()
	if err := s.page("fait-ensemble-"+g.safe, end); err != nil {
		return "", err
	}
	return "side by side one paper was opened; at the end the person said until when the worker may come back to it, and they did", nil
}

// show answers the digest of the text of terms.
func (s *story) show(ctx context.Context, terms *coffrev1.Terms) ([]byte, error) {
	shown, err := client.Repeat(ctx, s.worker, s.worker.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &s.guest.safe, Terms: terms}.Build())
	if err != nil {
		return nil, fmt.Errorf("show: %w", err)
	}
	return shown.GetShown().GetDigest(), nil
}
