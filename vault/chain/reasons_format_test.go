package chain

import (
	"fmt"
	"os"
	"strings"
	"testing"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
)

// Reasons are numbers for ever: FORMAT.md says what each of them means.
func TestTheFormatNamesEveryReason(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(raw)), " ")
	for n, name := range chainv1.EndReason_name {
		word := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "END_REASON_"), "_", " "))
		if said := fmt.Sprintf("%d %s", n, word); n != 0 && !strings.Contains(page, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
}
