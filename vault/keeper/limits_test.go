package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What an agent did within the hour counts after a restart as well, and after a
// crash but for the last half minute: nobody gets another hour's worth by it. An
// hour later nothing of it is kept (L-55).
func TestALimitSurvivesARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		reads := func(n int) (err error) {
			who := h.Login(t, vaulttest.Worker)
			for range n {
				if err = p.read(t, h, who); err != nil {
					return err
				}
			}
			return nil
		}
		must(t, reads(10))
		h.Restart(t)
		must(t, reads(10))
		time.Sleep(31 * time.Second)
		h.Crash(t)
		must(t, reads(10))
		h.Restart(t)
		if err := reads(1); !errors.Is(err, vault.ErrLimit) {
			t.Errorf("the thirty-first paper, after three restarts: %v", err)
		}
		time.Sleep(time.Hour)
		must(t, reads(30))
		time.Sleep(time.Hour + time.Minute)
		if n := h.Keeper.Counted(t); n != 0 {
			t.Errorf("of %d agents it is kept what they did an hour ago", n)
		}
	})
}

// L-46: what a partner program deposited at each address, and what it was refused,
// counts after a restart as well.
func TestAPartnersLimitSurvivesARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		opened, another := h.OpenSafe(t, vaulttest.Person), h.OpenSafe(t, "autre-fictive")
		p := h.Program(t, "Organisme-Exemple")
		at, other := addressFor(t, h, opened.Safe, p), addressFor(t, h, another.Safe, p)
		batch := make([]vaulttest.Paper, vault.PartnerDocuments/2)
		for i := range batch {
			batch[i] = vaulttest.Paper{Title: "un", Body: []byte("un")}
		}
		must(t, second(sends(t, h, h.LoginProgram(t, p), at, batch...)))
		h.Restart(t)
		must(t, second(sends(t, h, h.LoginProgram(t, p), at, batch...)))
		time.Sleep(31 * time.Second)
		h.Crash(t)
		isRefused(t, "one too many", second(sends(t, h, h.LoginProgram(t, p), at)), vault.ErrLimit)
		must(t, second(sends(t, h, h.LoginProgram(t, p), other)))
		who := h.LoginProgram(t, p)
		for range vault.PartnerMisses {
			isRefused(t, "a guess", second(sends(t, h, who, vault.NewAddressID())), vault.ErrNotFound)
		}
		h.Restart(t)
		isRefused(t, "after twenty guesses", second(sends(t, h, h.LoginProgram(t, p), other)), vault.ErrLimit)
		time.Sleep(time.Hour)
		must(t, second(sends(t, h, h.LoginProgram(t, p), at)))
	})
}

// Presence that is only ever proved by PIN, in ten safes, is told to the access
// manager: somebody may keep the PINs they see typed. Once otherwise, it is not.
func TestPresenceByPINAloneIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		var safes []vault.OpenedSafe
		for range 10 {
			o := h.OpenSafeAt(t, vaulttest.Counter, vaulttest.Person, vault.OpenSafe{PIN: vaulttest.PIN(t)})
			owner := h.Unlocked(t, vaulttest.Person, o)
			must(t, second(h.Deposit(t.Context(), owner, o.Safe, vaulttest.Paper{Title: "bail", Kind: entrustedKind, Body: []byte("bail")})))
			for _, subject := range []string{vaulttest.Worker, vaulttest.Colleague} {
				consentTo(t, h, owner, o.Safe, h.Agents[subject], vault.ReplacementNone)
			}
			safes = append(safes, o)
		}
		told := func() (all []vault.AgentID) {
			list, err := h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
			must(t, err)
			for _, a := range list {
				if a.Kind == vault.AnomalyPresence {
					all = append(all, a.Agent)
				}
			}
			return all
		}
		prove := func(subject string, proof vault.Proof, safes ...vault.OpenedSafe) {
			who := h.Login(t, subject)
			for _, o := range safes {
				must(t, second(h.Keeper.ProvePresence(t.Context(), who, vault.ProvePresence{Safe: o.Safe, Proof: proof})))
			}
		}
		byPIN := vault.Proof{PIN: vaulttest.PIN(t)}
		prove(vaulttest.Colleague, vault.Proof{PIN: byPIN.PIN, Code: safes[0].Code}, safes[0])
		prove(vaulttest.Colleague, byPIN, safes...)
		prove(vaulttest.Worker, byPIN, safes[:9]...)
		prove(vaulttest.Worker, byPIN, safes[:9]...) // the same people again
		if all := told(); len(all) != 0 {
			t.Errorf("told of %v too early", all)
		}
		h.Restart(t)
		prove(vaulttest.Worker, byPIN, safes[9])
		if all := told(); len(all) != 1 || all[0] != h.Agents[vaulttest.Worker] {
			t.Errorf("told of %v", all)
		}
	})
}
