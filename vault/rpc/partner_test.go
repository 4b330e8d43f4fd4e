package rpc_test

import (
	"crypto/ed25519"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// programKey is the public key of a partner program that never logs in.
var programKey = func() auth.PartnerKey {
	key, err := auth.NewPartnerKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		panic(err)
	}
	return key
}()

// assertion asks for a session of a partner program.
func assertion(t *testing.T, p vaulttest.Program, key *session.ClientKey, audience string) *coffrev1.OpenSessionRequest {
	t.Helper()
	salt := make([]byte, session.NonceSaltSize)
	raw, err := auth.SignAssertion(p.Key, p.ID.String(), audience, session.Nonce(key.Public(), salt))
	must(t, err)
	return coffrev1.OpenSessionRequest_builder{Assertion: &raw, ClientPublicKey: key.Public(), NonceSalt: salt}.Build()
}

// program logs a partner program in.
func (s *service) program(t *testing.T, p vaulttest.Program) visitor {
	t.Helper()
	key := session.NewClientKey()
	answer, err := coffrev1.NewSessionServiceClient(s.conn).OpenSession(t.Context(), assertion(t, p, key, vaulttest.Audience))
	must(t, err)
	if len(answer.GetSafes()) != 0 {
		t.Errorf("a program owns %v", answer.GetSafes())
	}
	token, err := session.ParseToken(answer.GetSessionToken())
	must(t, err)
	return visitor{conn: s.conn, token: token, key: key}
}

// L-06: every method × a partner program gets one answer, in the same words of
// what is there and of what never was, and is recorded.
func TestAPartnerProgramIsRefusedAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCast(t)
		p := c.house.Program(t, "Organisme-Exemple")
		open := []string{
			coffrev1.TrailService_Checkpoint_FullMethodName, coffrev1.TrailService_ProveConsistency_FullMethodName,
			coffrev1.SessionService_CloseSession_FullMethodName,
		}
		open = append(open, unrecorded...)
		for _, method := range slices.Sorted(maps.Keys(attempts)) {
			want := "NOT_FOUND"
			switch {
			case slices.Contains(open, method):
				continue // TestAPartnerProgramDeposits
			case method == coffrev1.LockService_ActivateLogin_FullMethodName:
				want = "CODE_REFUSED" // of a safe that never was, too
			}
			c.observer, _ = c.login(t, vaulttest.DPO)
			who := personage{name: "partner program", visitor: c.program(t, p)}
			c.leaves(t)
			none := c.try(t, method, who, never())
			if none.reason != want || none.leaves != 1 {
				t.Errorf("%s: %s with %d leaves", short(method), none.reason, none.leaves)
			}
			c.same(t, method, who, "the person's", none, c.try(t, method, who, c.own))
			time.Sleep(10 * time.Minute) // fewer than twenty refusals an hour
		}
	})
}

// A program is registered, gets an address, deposits, and ends, over the API.
func TestAPartnerProgramDeposits(t *testing.T) {
	t.Parallel()
	s := newService(t)
	owner, opened := s.open(t, vaulttest.Person)
	issuers, err := coffrev1.NewSessionServiceClient(s.conn).ListIssuers(t.Context(), &coffrev1.ListIssuersRequest{})
	if err != nil || issuers.GetAssertionAudience() != vaulttest.Audience {
		t.Errorf("assertions are made for %q, %v", issuers.GetAssertionAudience(), err)
	}
	p := s.house.Program(t, "Organisme-Exemple")
	listed, err := coffrev1.NewPartnerServiceClient(owner).ListPartners(t.Context(), &coffrev1.ListPartnersRequest{})
	if err != nil || len(listed.GetPartners()) != 1 || listed.GetPartners()[0].GetPartner() != p.ID.String() || len(listed.GetPartners()[0].GetPublicKey()) != 0 {
		t.Errorf("a person reads %v, %v", listed, err)
	}
	issued, err := coffrev1.NewRegisterServiceClient(owner).IssueAddress(t.Context(), coffrev1.IssueAddressRequest_builder{
		RequestId: requestID(), Safe: new(opened.GetSafe()), Partner: new(p.ID.String()),
	}.Build())
	must(t, err)
	at := issued.GetAddress()
	who := s.program(t, p)
	for _, method := range []string{coffrev1.TrailService_Checkpoint_FullMethodName, coffrev1.TrailService_ProveConsistency_FullMethodName} {
		must(t, attempts[method].try(t.Context(), who, never()))
	}
	body := []byte("attestation")
	stream, err := coffrev1.NewDocumentServiceClient(who).Deposit(t.Context())
	must(t, err)
	header := coffrev1.DepositHeader_builder{RequestId: requestID(), Address: &at, Size: new(int64(len(body))), Description: coffrev1.Description_builder{Title: new("Attestation")}.Build()}.Build()
	must(t, stream.Send(coffrev1.DepositRequest_builder{Header: header}.Build()))
	must(t, stream.Send(coffrev1.DepositRequest_builder{Chunk: body}.Build()))
	must(t, stream.Send(coffrev1.DepositRequest_builder{Sha256: paper{body: body}.digest()}.Build()))
	answer, err := stream.CloseAndRecv()
	must(t, err)
	if r := answer.GetReceipt(); r.GetSafe() != "" || r.GetAddress() != at || strings.Contains(answer.String(), opened.GetSafe()) {
		t.Errorf("the receipt says %v", r)
	}
	journal, err := coffrev1.NewTrailServiceClient(owner).ReadJournal(t.Context(), coffrev1.ReadJournalRequest_builder{Safe: new(opened.GetSafe()), PageSize: new(int32(100))}.Build())
	must(t, err)
	if !slices.ContainsFunc(journal.GetLines(), func(l *coffrev1.JournalLine) bool {
		return l.GetActor() == "partner" && l.GetAgentName() == "Organisme-Exemple" && l.GetAct() == "deposit" && l.GetDocuments()[0].GetTitle() == "Attestation"
	}) {
		t.Errorf("the journal says %v", journal)
	}
	manager, _ := s.login(t, vaulttest.Manager)
	must(t, call(t.Context(), coffrev1.NewStructureServiceClient(manager).EndAgent, coffrev1.EndAgentRequest_builder{RequestId: requestID(), Agent: new(p.ID.String())}.Build()))
	if err := attempts[coffrev1.TrailService_Checkpoint_FullMethodName].try(t.Context(), who, never()); reason(t, err) != "SESSION_INVALID" {
		t.Errorf("after its end: %v", err)
	}
}

// Whatever is wrong with an assertion is one refusal, and recorded; both ways in
// at once are none.
func TestAnAssertionThatDoesNotHold(t *testing.T) {
	t.Parallel()
	s := newService(t)
	p := s.house.Program(t, "Organisme-Exemple")
	_, other, err := ed25519.GenerateKey(nil)
	must(t, err)
	key := session.NewClientKey()
	sessions := coffrev1.NewSessionServiceClient(s.conn)
	good := assertion(t, p, key, vaulttest.Audience)
	bad := map[string]*coffrev1.OpenSessionRequest{
		"another audience": assertion(t, p, key, "https://autre.example"),
		"another key":      assertion(t, vaulttest.Program{ID: p.ID, Key: other}, key, vaulttest.Audience),
		"nothing":          coffrev1.OpenSessionRequest_builder{Assertion: new("..."), ClientPublicKey: key.Public(), NonceSalt: make([]byte, session.NonceSaltSize)}.Build(),
		"another client":   coffrev1.OpenSessionRequest_builder{Assertion: new(good.GetAssertion()), ClientPublicKey: session.NewClientKey().Public(), NonceSalt: good.GetNonceSalt()}.Build(),
	}
	for what, req := range bad {
		if _, err := sessions.OpenSession(t.Context(), req); reason(t, err) != "LOGIN_REFUSED" {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = sessions.OpenSession(t.Context(), good)
	must(t, err)
	if _, err = sessions.OpenSession(t.Context(), good); reason(t, err) != "LOGIN_REFUSED" {
		t.Errorf("replayed: %v", err)
	}
	both := s.request(t, vaulttest.Person, key)
	both.SetAssertion(good.GetAssertion())
	long := assertion(t, p, key, vaulttest.Audience)
	long.SetAssertion(strings.Repeat("x", 4097))
	for what, req := range map[string]*coffrev1.OpenSessionRequest{"both": both, "too long": long} {
		if _, err := sessions.OpenSession(t.Context(), req); reason(t, err) != "INVALID_REQUEST" {
			t.Errorf("%s: %v", what, err)
		}
	}
	registering := coffrev1.RegisterPartnerRequest_builder{
		RequestId: requestID(), Name: new("x"), Siret: new("73282932000074"), PublicKey: make([]byte, 300), UntilTime: timestamppb.New(time.Now().AddDate(0, 1, 0)),
	}.Build()
	manager, _ := s.login(t, vaulttest.Manager)
	if _, err := coffrev1.NewPartnerServiceClient(manager).RegisterPartner(t.Context(), registering); reason(t, err) != "INVALID_REQUEST" {
		t.Errorf("a key that is none: %v", err)
	}
}
