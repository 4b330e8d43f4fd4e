package rpc_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A retried act is one that a client sends again because it lost the answer.
type retried struct {
	name string
	// send sends it with a request id; other asks for something else with it.
	send  func(ctx context.Context, id string) (proto.Message, error)
	other func(ctx context.Context, id string) (proto.Message, error) // nil: there is nothing else to ask for
}

// said makes an answer and an error of a call's.
func said[M proto.Message](m M, err error) (proto.Message, error) { return m, err }

// L-01 and the API's promise: the same request id is answered like the first
// time, and with another request it is refused.
func TestARetryOfAnyChangeIsAnsweredLikeTheFirst(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	counter, _ := s.login(t, vaulttest.Counter)
	manager := s.approving(t)
	safe := opened.GetSafe()
	for _, r := range append(s.registerRetries(counter, who, safe), append(s.lockRetries(counter, who, safe), s.agentRetries(manager)...)...) {
		id := vault.NewRequestID().String()
		first, err := r.send(t.Context(), id)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		second, err := r.send(t.Context(), id)
		if err != nil || !proto.Equal(first, second) {
			t.Errorf("%s again: %v, %v", r.name, second, err)
		}
		if r.other == nil {
			continue
		}
		if _, err := r.other(t.Context(), id); reason(t, err) != "REQUEST_ID_REUSED" {
			t.Errorf("%s, then something else: %v", r.name, err)
		}
	}
}

// The text of a sheet is for the printer of one session: another one asking with
// the same id is told that it is gone.
func TestASheetIsPrintedInOneSession(t *testing.T) {
	t.Parallel()
	s := newService(t)
	first, _ := s.login(t, vaulttest.Counter)
	second, _ := s.login(t, vaulttest.Counter)
	req := coffrev1.OpenSafeRequest_builder{RequestId: requestID(), InformationVersion: new(texts.Version)}.Build()
	_, err := coffrev1.NewSafeServiceClient(first).OpenSafe(t.Context(), req)
	must(t, err)
	if _, err := coffrev1.NewSafeServiceClient(second).OpenSafe(t.Context(), req); reason(t, err) != "SHEET_GONE" {
		t.Errorf("in another session: %v", err)
	}
}

func (s *service) registerRetries(counter, who visitor, safe string) []retried {
	register := coffrev1.NewRegisterServiceClient(counter)
	entry := func(name string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			e := coffrev1.RegisterEntry_builder{Name: &name, BirthDate: new("1980-02-00"), Language: new("fr")}.Build()
			return said(register.SetRegister(ctx, coffrev1.SetRegisterRequest_builder{RequestId: &id, Safe: &safe, Entry: e}.Build()))
		}
	}
	address := func(label string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(register.IssueAddress(ctx, coffrev1.IssueAddressRequest_builder{RequestId: &id, Safe: &safe, Label: &label}.Build()))
		}
	}
	referent := func(shared bool) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(coffrev1.NewRegisterServiceClient(who).SetReferent(ctx, coffrev1.SetReferentRequest_builder{
				RequestId: &id, Safe: &safe, Agent: new(s.house.Agents[vaulttest.Worker].String()), Shared: &shared,
			}.Build()))
		}
	}
	return []retried{
		{"register", entry("ESSAI Personne"), entry("ESSAI Autre")},
		{"address", address("pour la CAF"), address("pour la CPAM")},
		{"referent", referent(true), referent(false)},
		{"open a safe", func(ctx context.Context, id string) (proto.Message, error) {
			return said(coffrev1.NewSafeServiceClient(counter).OpenSafe(ctx, coffrev1.OpenSafeRequest_builder{RequestId: &id, InformationVersion: new(texts.Version)}.Build()))
		}, nil},
	}
}

func (s *service) lockRetries(counter, who visitor, safe string) []retried {
	lock := coffrev1.NewLockServiceClient(who)
	shutOut := func(subject string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(lock.ShutOut(ctx, coffrev1.ShutOutRequest_builder{RequestId: &id, Safe: &safe, Agent: new(s.house.Agents[subject].String())}.Build()))
		}
	}
	pin := func(digits string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(coffrev1.NewPresenceServiceClient(who).SetPin(ctx, coffrev1.SetPinRequest_builder{RequestId: &id, Safe: &safe, Pin: &digits}.Build()))
		}
	}
	phone := func(label string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(lock.AddPhone(ctx, coffrev1.AddPhoneRequest_builder{RequestId: &id, Safe: &safe, Recipient: &phoneRecipient, Label: &label}.Build()))
		}
	}
	discreet := func(d coffrev1.Discretion) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(lock.SetDiscreet(ctx, coffrev1.SetDiscreetRequest_builder{RequestId: &id, Safe: &safe, Discretion: &d}.Build()))
		}
	}
	return []retried{
		{"shut out", shutOut(vaulttest.Leader), shutOut(vaulttest.Civic)},
		{"PIN", pin("493817"), pin("204857")},
		{"phone", phone("mon téléphone"), phone("un autre")},
		{"sheet", func(ctx context.Context, id string) (proto.Message, error) {
			return said(lock.RenewSheet(ctx, coffrev1.RenewSheetRequest_builder{RequestId: &id, Safe: &safe}.Build()))
		}, nil},
		{"discretion", discreet(coffrev1.Discretion_DISCRETION_DISCREET), discreet(coffrev1.Discretion_DISCRETION_NORMAL)},
		{"freeze", func(ctx context.Context, id string) (proto.Message, error) {
			return said(coffrev1.NewLockServiceClient(counter).Freeze(ctx, coffrev1.FreezeRequest_builder{RequestId: &id, Safe: &safe}.Build()))
		}, nil},
	}
}

// approving is a manager's session whose enrolments a colleague approves when
// they are first asked for.
func (s *service) approving(t *testing.T) func(ctx context.Context, req *coffrev1.EnrolAgentRequest) (*coffrev1.EnrolAgentResponse, error) {
	t.Helper()
	manager, _ := s.login(t, vaulttest.Manager)
	second, _ := s.login(t, vaulttest.Worker)
	approvals := map[string]string{}
	return func(ctx context.Context, req *coffrev1.EnrolAgentRequest) (*coffrev1.EnrolAgentResponse, error) {
		enrol := coffrev1.NewStructureServiceClient(manager).EnrolAgent
		if approval, ok := approvals[req.GetName()]; ok {
			req.SetApproval(approval)
			return enrol(ctx, req)
		}
		_, err := enrol(ctx, req)
		if reason(t, err) != "APPROVAL_NEEDED" {
			return nil, err
		}
		approval := metadataOf(err)["approval"]
		if err := call(ctx, coffrev1.NewStructureServiceClient(second).Approve, coffrev1.ApproveRequest_builder{Approval: &approval}.Build()); err != nil {
			return nil, err
		}
		approvals[req.GetName()] = approval
		req.SetApproval(approval)
		return enrol(ctx, req)
	}
}

func (s *service) agentRetries(enrol func(context.Context, *coffrev1.EnrolAgentRequest) (*coffrev1.EnrolAgentResponse, error)) []retried {
	login, until := nobodysLogin(), nextMonth()
	agent := func(name string) func(context.Context, string) (proto.Message, error) {
		return func(ctx context.Context, id string) (proto.Message, error) {
			return said(enrol(ctx, coffrev1.EnrolAgentRequest_builder{
				RequestId: &id, Login: login, Name: &name, Functions: []string{"reception"}, UntilTime: until,
			}.Build()))
		}
	}
	return []retried{{"agent", agent("NOUVELLE Agente"), nil}}
}
