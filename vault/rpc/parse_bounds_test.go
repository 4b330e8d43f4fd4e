package rpc_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Whoever sends a great many faults is not told of each: nobody needs a session to
// ask for a general list, and an answer must not be many times what was asked.
func TestAnAnswerTellsOfSomeFaultsOnly(t *testing.T) {
	t.Parallel()
	s := newService(t)
	faults := func(err error) int {
		t.Helper()
		if reason(t, err) != "INVALID_REQUEST" {
			t.Fatalf("answered %v", err)
		}
		return len(detail[*errdetails.BadRequest](err).GetFieldViolations())
	}
	household := make([]*coffrev1.HouseholdMember, 20_000)
	for i := range household {
		household[i] = &coffrev1.HouseholdMember{}
	}
	err := call(t.Context(), coffrev1.NewPapersServiceClient(s.nobody()).GetGeneralList, coffrev1.GetGeneralListRequest_builder{
		Purpose: new("rsa"), Members: household,
	}.Build())
	if n := faults(err); n != 1 {
		t.Errorf("a household of %d people has %d faults", len(household), n)
	}
	who, _ := s.login(t, vaulttest.Worker)
	x := never()
	terms := termsFor(x)
	terms.SetActions(make([]coffrev1.Action, 20_000))
	err = call(t.Context(), coffrev1.NewConsentServiceClient(who).ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &x.safe, Terms: terms}.Build())
	if n := faults(err); n > 200 {
		t.Errorf("told of %d faults", n)
	}
}
