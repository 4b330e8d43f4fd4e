package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A destruction takes its paper out of the bundles it is in. When one of them
// ends before its entry is made, at whatever instant, the paper is destroyed all
// the same: whoever was told so never sees it again.
func TestAPaperIsDestroyedWhateverEndsMeanwhile(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *helped, c vault.ConsentID) error{
		"its consent": func(t *testing.T, s *helped, c vault.ConsentID) error {
			return s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Request: vault.NewRequestID(), Safe: s.opened.Safe, Consent: c})
		},
		"its drawer is taken back": func(t *testing.T, s *helped, _ vault.ConsentID) error {
			return s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "banque"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for at := time.Duration(0); at < 5*time.Second; at += time.Second / 2 {
				synctest.Test(t, func(t *testing.T) {
					s := newHelped(t)
					c := s.give(t, func(x *vault.Terms) {
						x.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs["rib"], s.docs["bail"]}}
					})
					s.Bucket.Slow(time.Second)
					done := make(chan error, 1)
					go func() {
						done <- s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: s.docs["rib"]})
					}()
					time.Sleep(at + time.Millisecond)
					ended := make(chan error, 1)
					go func() { ended <- end(t, s, c.ID) }()
					must(t, <-done)
					must(t, <-ended)
					s.Bucket.Slow(0)
					for range 2 {
						if err := s.readErr(s.person, "rib"); !errors.Is(err, vault.ErrNotFound) {
							t.Errorf("%s %v after a destruction began: the paper is read: %v", name, at, err)
						}
						s.Restart(t)
						s.person = s.Unlocked(t, vaulttest.Person, s.opened)
					}
				})
			}
		})
	}
}
