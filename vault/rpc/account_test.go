package rpc

import (
	"strings"
	"testing"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func TestAnInvitationSaysWhomItIsFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    coffrev1.AccountKind
		name    string
		refused string
	}{
		{coffrev1.AccountKind_ACCOUNT_KIND_PERSON, "Personne Fictive", ""},
		{coffrev1.AccountKind_ACCOUNT_KIND_AGENT, "Agent Fictif", ""},
		{0, "Agent Fictif", "kind"},
		{7, "Agent Fictif", "kind"},
		{coffrev1.AccountKind_ACCOUNT_KIND_AGENT, "", "name"},
		{coffrev1.AccountKind_ACCOUNT_KIND_AGENT, "deux\nlignes", "name"},
		{coffrev1.AccountKind_ACCOUNT_KIND_AGENT, strings.Repeat("a", vault.MaxName+1), "name"},
	} {
		_, err := parseInviteAccount(coffrev1.InviteAccountRequest_builder{RequestId: new(vault.NewRequestID().String()), Kind: &c.kind, Name: &c.name}.Build())
		if got := strings.Join(refused(t, err), " "); got != c.refused {
			t.Errorf("%v %q: refuses %q, want %q", c.kind, c.name, got, c.refused)
		}
	}
}
