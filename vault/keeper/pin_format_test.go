package keeper

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What FORMAT.md says of a PIN is what the code does.
func TestPINVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/pin.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Pepper string `json:"pepper"`
		Key    string `json:"key"`
		Safe   string `json:"safe"`
		PIN    string `json:"pin"`
		MAC    string `json:"mac"`
		Tries  string `json:"tries_row"` // three, of a PIN chosen at 1790000000
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	pepper, err := hex.DecodeString(v.Pepper)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{}
	if k.pins, err = derive(seal.NewSecret(pepper), forPINs); err != nil || hex.EncodeToString(k.pins) != v.Key {
		t.Errorf("key is %x: %v", k.pins, err)
	}
	safe, err := vault.ParseSafeID(v.Safe)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := vault.ParsePIN(v.PIN)
	if err != nil {
		t.Fatal(err)
	}
	typed := k.pinMAC(safe, pin)
	if got := hex.EncodeToString(typed[:]); got != v.MAC {
		t.Errorf("MAC is %s", got)
	}
	if got := hex.EncodeToString(tries{1790000000, 3}.row()); got != v.Tries {
		t.Errorf("row is %s", got)
	}
	stored := storedPIN{typed, time.Unix(1790000000, 0)}
	if !stored.matches(typed) || (storedPIN{mac: typed}).matches(typed) || stored.matches(k.pinMAC(vault.NewSafeID(), pin)) {
		t.Error("it matches too much, or too little")
	}
}

// What was counted against one PIN does not count against the next.
func TestCountersFollowThePIN(t *testing.T) {
	t.Parallel()
	old := storedPIN{since: time.Unix(1790000000, 0)}
	counted := tries{1790000000, 5}
	if counted.of(old.since).count != 5 || counted.of(old.since.Add(time.Second)).count != 0 {
		t.Error("what was counted against one PIN counts against another")
	}
}

// A window of time begins anew when it is over, and not before.
func TestTheWindowOfTheLimits(t *testing.T) {
	t.Parallel()
	n := tries{1790000000, 20}
	at := time.Unix(1790000000, 0)
	if n.within(agentWindow, at.Add(agentWindow-time.Second)).count != 20 {
		t.Error("too early")
	}
	if got := n.within(agentWindow, at.Add(agentWindow)); got != (tries{since: uint64(at.Add(agentWindow).Unix())}) {
		t.Errorf("too late: %v", got)
	}
}
