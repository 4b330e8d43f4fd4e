package rpc

import (
	"bytes"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// Whatever a secret is to be changed for, it has its line on the page of a handover:
// without a page the person would be told nothing of one that is done.
func TestEverySecretToChangeIsOnThePage(t *testing.T) {
	t.Parallel()
	kinds, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &handoverService{kinds: kinds}
	for want, e := range map[string]vault.Exposed{
		"Agent Fictif":               {By: []vault.Exposure{{Agent: vault.NewAgentID(), AgentName: "Agent Fictif"}}},
		"Au guichet : Agent Bis.":    {By: []vault.Exposure{{Agent: vault.NewAgentID(), AgentName: "Agent Bis", AtCounter: true}}},
		string(texts.ChangeNotebook): {Notebook: true},
		string(texts.ChangeLost):     {Lost: true},
	} {
		page, err := prints.HTML(prints.ToChange{Letterhead: letterhead("", 0), Memos: []prints.MemoToChange{s.toChange(e)}})
		if err != nil || !bytes.Contains(page, []byte(want)) {
			t.Errorf("%q is not on the page: %v", want, err)
		}
	}
}
