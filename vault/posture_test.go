package vault_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// The code of a posture stands in the trail: it is read as it was written, and
// what is no code is none.
func TestThePostureIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for want, code := range map[vault.Posture]string{vault.PostureTrain: "train", vault.PostureWith: "with", vault.PostureInStead: "in-stead"} {
		got, err := vault.ParsePosture(code)
		if err != nil || got != want || got.String() != code {
			t.Errorf("%q: %v, %v", code, got, err)
		}
	}
	for _, code := range []string{"", "unknown", "In-Stead", "1"} {
		if got, err := vault.ParsePosture(code); err == nil {
			t.Errorf("%q is %v", code, got)
		}
	}
}
