package prints_test

import (
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// The copies of a discreet safe have no address: of a lost one nothing is said to be
// closed.
func TestALostCopyWithoutAnAddressClosesNone(t *testing.T) {
	t.Parallel()
	for discretion, closes := range map[vault.Discretion]bool{vault.DiscretionNormal: true, vault.DiscretionDiscreet: false} {
		said := heard(t, document(t, all(t, names(), discretion)["copy-lost"]))
		if strings.Contains(said, string(texts.PassportEnds)) != closes || !strings.Contains(said, string(texts.CopyOpens)) {
			t.Errorf("discretion %d: %s", discretion, said)
		}
	}
}
