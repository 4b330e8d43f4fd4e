package prints

import (
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// Two dates stand on the letter: until which one the person can say no is said with it.
func TestTheLetterAboutAKitNamesTheDateToSayNo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	page, err := HTML(KitLetter{
		Letterhead: Letterhead{Structure: "CCAS", Printed: at, Discretion: vault.DiscretionNormal},
		Opening:    vault.KitOpening{Since: at, Due: at.AddDate(0, 0, 2), Expires: at.AddDate(0, 0, 8)},
	})
	if err != nil || !strings.Contains(string(page), "appelez avant le 24 novembre 2026") {
		t.Errorf("%v: %s", err, page)
	}
}
