package tour

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// The partner body of the tour. The number is well formed, and of no
// establishment.
const (
	partnerName  = "Organisme Fictif Neuf"
	partnerSIRET = "12345678200010"
)

// partner: a partner body's program puts a paper in at an address, is not told
// whose safe that is, and can do nothing else; the person reads who it was, and
// ends the address.
func (s *story) partner(ctx context.Context) (string, error) {
	g := &s.guest
	program, id, err := s.registerPartner(ctx)
	if err != nil {
		return "", err
	}
	issued, err := client.Repeat(ctx, g.home, g.home.Register.IssueAddress, coffrev1.IssueAddressRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Partner: &id,
	}.Build())
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	at, paper := issued.GetAddress(), *g.papers[guestBill]
	paper.name, paper.title = "attestation-partenaire.png", "Papier fictif d'un partenaire 6274"
	receipts, err := program.PutAt(ctx, at, []client.Upload{paper.upload()}, nil)
	if err != nil {
		return "", fmt.Errorf("deposit: %w", err)
	}
	if strings.Contains(receipts[0].String(), g.safe) {
		return "", errors.New("the partner's receipt says whose safe it is")
	}
	paper.id = receipts[0].GetDocument()
	_, err = s.readFrom(ctx, program, g.safe, &paper)
	if err := refusedFor(err, "NOT_FOUND", "reading by a partner program"); err != nil {
		return "", err
	}
	if _, err := s.readFrom(ctx, g.home, g.safe, &paper); err != nil {
		return "", err
	}
	g.papers = append(g.papers, &paper)
	if err := s.namesPartner(ctx); err != nil {
		return "", err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Register.RevokeAddress, coffrev1.RevokeAddressRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Address: &at,
	}.Build())
	if err != nil {
		return "", fmt.Errorf("end the address: %w", err)
	}
	_, err = program.PutAt(ctx, at, []client.Upload{paper.upload()}, nil)
	if err := refusedFor(err, "NOT_FOUND", "a deposit at an address that ended"); err != nil {
		return "", err
	}
	return "a partner body's program, registered by two agents, put a paper in at an address and could do nothing else; its receipt does not say whose safe it is, the person reads who it was, and ended the address", nil
}

// registerPartner registers a program with a new key, and logs it in.
func (s *story) registerPartner(ctx context.Context) (*client.Client, string, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, "", fmt.Errorf("key: %w", err)
	}
	key, err := auth.NewPartnerKey(public)
	if err != nil {
		return nil, "", fmt.Errorf("key: %w", err)
	}
	ask := coffrev1.RegisterPartnerRequest_builder{
		RequestId: client.NewRequest(), Name: new(partnerName), Siret: new(partnerSIRET), PublicKey: key.Bytes(),
		UntilTime: timestamppb.New(time.Now().UTC().Truncate(24 * time.Hour).Add(100 * 24 * time.Hour)),
	}.Build()
	register := func() (*coffrev1.RegisterPartnerResponse, error) {
		return client.Repeat(ctx, s.manager, s.manager.Partners.RegisterPartner, ask)
	}
	_, err = register()
	approval, err := awaited(err)
	if err != nil {
		return nil, "", err
	}
	if err := s.approve(ctx, s.colleague, approval); err != nil {
		return nil, "", err
	}
	ask.SetApproval(approval)
	made, err := register()
	if err != nil {
		return nil, "", fmt.Errorf("register: %w", err)
	}
	session, err := s.anyone.LoginProgram(ctx, client.Program{ID: made.GetPartner(), Key: private})
	if err != nil {
		return nil, "", fmt.Errorf("login: %w", err)
	}
	token, err := sessionToken(session)
	if err != nil {
		return nil, "", err
	}
	s.mark("session token", token)
	return s.anyone.As(session.Credentials), made.GetPartner(), nil
}

// namesPartner checks that the person reads which program put something in.
func (s *story) namesPartner(ctx context.Context) error {
	for line, err := range s.guest.home.Journal(ctx, s.guest.safe) {
		if err != nil {
			return err
		}
		if line.GetActor() == "partner" && line.GetAgentName() == partnerName && line.GetAct() == "deposit" {
			return nil
		}
	}
	return errors.New("the person's journal does not name the partner")
}
