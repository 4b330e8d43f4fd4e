package rpc_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-11, L-13: anybody is told what the service is, and what exactly they were
// told is named when a safe is opened.
func TestAnybodyIsToldWhatTheServiceIs(t *testing.T) {
	t.Parallel()
	s := newService(t)
	told, err := coffrev1.NewInformationServiceClient(s.nobody()).GetServiceInformation(t.Context(), &coffrev1.GetServiceInformationRequest{})
	must(t, err)
	if sum := sha256.Sum256([]byte(told.GetText())); string(sum[:]) != string(told.GetSha256()) {
		t.Errorf("told %v", told)
	}
	if strings.Count(told.GetText(), "\n\n") < 5 || strings.Contains(told.GetText(), "{") || told.GetLanguage() != "fr-FR" {
		t.Errorf("told %q in %s", told.GetText(), told.GetLanguage())
	}
	counter, _ := s.login(t, vaulttest.Counter)
	_, err = coffrev1.NewSafeServiceClient(counter).OpenSafe(t.Context(), coffrev1.OpenSafeRequest_builder{
		RequestId: requestID(), InformationVersion: new(told.GetVersion()),
	}.Build())
	must(t, err)
}

// Without a session a password is reset by sheet and PIN. Whoever has not the
// sheet cannot tell a safe from none, however often they try; each try of a safe
// that is there is in the trail.
func TestResettingAPasswordTellsNobodyAnything(t *testing.T) {
	t.Parallel()
	s := newService(t)
	_, opened := s.open(t, vaulttest.Person)
	c := &cast{service: s}
	c.observer, _ = s.login(t, vaulttest.DPO)
	c.leaves(t)
	reset := func(safe, code string) error {
		return call(t.Context(), coffrev1.NewLockServiceClient(s.nobody()).ResetPassword, coffrev1.ResetPasswordRequest_builder{
			Safe: &safe, Proof: coffrev1.Proof_builder{Code: &code, Pin: &wrongPIN}.Build(), Password: new("un nouveau mot de passe"),
		}.Build())
	}
	if got := reason(t, reset(opened.GetSafe(), opened.GetCode())); got != "PIN_REFUSED" {
		t.Errorf("with the sheet: %s", got)
	}
	c.leaves(t)
	none := anonymous(t, reset(vault.NewSafeID().String(), wrongCode))
	for n := range 8 {
		if some := anonymous(t, reset(opened.GetSafe(), wrongCode)); !proto.Equal(none, some) {
			t.Errorf("the %d. try tells a safe from none: %v", n+1, some)
		}
		if c.leaves(t) < 1 {
			t.Errorf("the %d. try is not recorded", n+1)
		}
	}
}
