package rpc_test

import (
	"slices"
	"testing"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A list read page by page is the whole list, and a token is good for the caller
// and the list that it was answered for.
func TestAListIsReadByPagesOfItsCaller(t *testing.T) {
	t.Parallel()
	s := newService(t)
	manager, _ := s.login(t, vaulttest.Manager)
	client := coffrev1.NewStructureServiceClient(manager)
	whole, err := client.ListAgents(t.Context(), &coffrev1.ListAgentsRequest{})
	must(t, err)
	if len(whole.GetAgents()) != len(vaulttest.Team()) || whole.GetNextPageToken() != "" {
		t.Fatalf("%d agents, then %q", len(whole.GetAgents()), whole.GetNextPageToken())
	}
	var ids, walked []string
	for _, a := range whole.GetAgents() {
		ids = append(ids, a.GetAgent())
	}
	req := coffrev1.ListAgentsRequest_builder{PageSize: new(int32(3))}.Build()
	var tokens []string
	for {
		page, err := client.ListAgents(t.Context(), req)
		must(t, err)
		if len(page.GetAgents()) > 3 {
			t.Fatalf("%d agents on a page of three", len(page.GetAgents()))
		}
		for _, a := range page.GetAgents() {
			walked = append(walked, a.GetAgent())
		}
		if page.GetNextPageToken() == "" {
			break
		}
		tokens = append(tokens, page.GetNextPageToken())
		req.SetPageToken(page.GetNextPageToken())
	}
	if !slices.Equal(walked, ids) || len(tokens) < 2 {
		t.Errorf("by pages %v, whole %v", walked, ids)
	}

	// The manager in another session goes on; nobody else does, and no other list.
	again, _ := s.login(t, vaulttest.Manager)
	_, err = coffrev1.NewStructureServiceClient(again).ListAgents(t.Context(), req)
	must(t, err)
	worker, _ := s.login(t, vaulttest.Worker)
	_, err = coffrev1.NewStructureServiceClient(worker).ListAgents(t.Context(), req)
	if got := reason(t, err); got != "PAGE_TOKEN_INVALID" {
		t.Errorf("a colleague with the manager's token: %v", err)
	}
	for name, ask := range map[string]func() error{
		"approvals": func() error {
			_, err := client.ListApprovals(t.Context(), coffrev1.ListApprovalsRequest_builder{PageToken: &tokens[0]}.Build())
			return err
		},
		"helped": func() error {
			_, err := coffrev1.NewConsentServiceClient(manager).ListHelped(t.Context(), coffrev1.ListHelpedRequest_builder{PageToken: &tokens[0]}.Build())
			return err
		},
		"anomalies": func() error {
			_, err := client.ListAnomalies(t.Context(), coffrev1.ListAnomaliesRequest_builder{PageToken: &tokens[0]}.Build())
			return err
		},
	} {
		if got := reason(t, ask()); got != "PAGE_TOKEN_INVALID" {
			t.Errorf("the token of another list is good for %s: %s", name, got)
		}
	}
}
