package localop

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPasswordCostsWhatItShould(t *testing.T) {
	t.Parallel()
	if hashMemory != 19*1024 || hashPasses != 2 || hashesAtOnce != 2 {
		t.Fatal("19 MiB, two passes, two at once")
	}
	h := newHasher()
	stored, err := h.hash(t.Context(), Password{text: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("stored as %s", stored)
	}
	for typed, want := range map[string]bool{testPassword: true, testPassword + "x": false, "": false} {
		if got, err := h.matches(t.Context(), stored, typed); err != nil || got != want {
			t.Errorf("%q: %v %v", typed, got, err)
		}
	}
	if got, err := h.matches(t.Context(), "", ""); err != nil || got {
		t.Errorf("nobody's password fits: %v", err)
	}
}

func TestStoredHashNeverChoosesItsCost(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("A", 43)
	for _, s := range []string{
		"$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + sum,
		"$argon2id$v=19$m=19456,t=2,p=1$AAAA$" + sum,
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + sum,
		"x",
	} {
		if _, err := newHasher().matches(t.Context(), s, "x"); !errors.Is(err, errHash) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestAtMostTwoHashesAtOnceAndABoundedQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		var leave []func()
		for range hashesAtOnce {
			l, err := h.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, l)
		}
		var wg sync.WaitGroup
		for range hashesWaiting {
			wg.Go(func() {
				if l, err := h.enter(t.Context()); err == nil {
					l()
				}
			})
		}
		synctest.Wait() // all of them wait
		if len(h.line) != cap(h.line) || len(h.slots) != hashesAtOnce {
			t.Errorf("%d at once, %d wait", len(h.slots), len(h.line))
		}
		if _, err := h.enter(t.Context()); !errors.Is(err, errBusy) {
			t.Errorf("beyond the queue: %v", err)
		}
		for _, l := range leave {
			l()
		}
		wg.Wait()
	})
}

func TestLockOutIsExponentialPerAccountAndWithTheSameWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		addAccount(t, p, "omar")
		b := newBrowser(t, p)
		id := b.begin()
		read := func(login, password string) string { // what the person reads, whichever request it is
			p := b.login(id, login, password)
			return fmt.Sprint(p.status, strings.NewReplacer(id, "ID", `"lee"`, `"lea"`).Replace(p.body))
		}
		wrong := read("lea", "wrong-password")
		if unknown := read("lee", "wrong-password"); wrong != unknown {
			t.Error("an unknown login reads otherwise than a wrong password")
		}
		for range freeGuesses - 1 {
			b.login(id, "lea", "wrong-password")
		}
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			if locked := read("lea", testPassword); locked != wrong {
				t.Fatal("a locked account reads otherwise than a wrong password")
			}
			time.Sleep(pause - time.Second)
			if got := b.login(id, "lea", testPassword); got.status != http.StatusUnauthorized {
				t.Fatalf("after %v: %d", pause-time.Second, got.status)
			}
			time.Sleep(2 * time.Second)
			b.login(id, "lea", "wrong-password") // locks again, for twice as long
			id = b.begin()                       // before the ten minutes of the other run out
		}
		if got := b.login(id, "omar", testPassword); got.status != http.StatusSeeOther {
			t.Errorf("somebody else's account is locked: %d", got.status)
		}
		time.Sleep(9 * time.Minute)
		id = b.begin()
		if got := b.login(id, "lea", testPassword); got.status != http.StatusSeeOther {
			t.Fatalf("after the lock-out: %d %s", got.status, got.body)
		}
		if rec, err := p.accounts.load(t.Context(), "lea"); err != nil || rec.Failed != 0 {
			t.Errorf("forgiven: %v %v", rec.Failed, err)
		}
	})
}

func TestLockOutSurvivesARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryStore()
		cfg := Config{Issuer: testIssuer, Store: store, Clients: testClients()}
		p, err := New(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		addAccount(t, p, "lea")
		for range freeGuesses {
			_, _, _ = p.accounts.authenticate(t.Context(), "lea", "wrong-password")
		}
		if p, err = New(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.accounts.authenticate(t.Context(), "lea", testPassword); !errors.Is(err, errCredentials) {
			t.Errorf("a restart unlocked the account: %v", err)
		}
		time.Sleep(firstLock)
		if _, _, err := p.accounts.authenticate(t.Context(), "lea", testPassword); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownLoginsCostTheStoreAsMuchAsKnownOnes(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	store := p.accounts.store.(*memoryStore)
	count := func(login string) int {
		before := store.saves
		for range freeGuesses + 3 {
			_, _, _ = p.accounts.authenticate(t.Context(), login, "wrong-password")
		}
		return store.saves - before
	}
	if known, unknown := count("lea"), count("nobody"); known != unknown || known != 1 {
		t.Errorf("%d writes for a known login, %d for an unknown one", known, unknown)
	}
	if len(store.values) != 4 { // keys, lea, her subject, decoy
		t.Errorf("%d values: guesses grow the store", len(store.values))
	}
}

func TestGuessesMadeAtTheSameMomentAllCount(t *testing.T) {
	t.Parallel()
	s := newStrikes()
	allowed := 0
	for range 50 { // none of them compared yet
		if v := s.guess("x", 0, time.Time{}); !v.locked {
			allowed++
		}
	}
	if allowed != freeGuesses {
		t.Errorf("%d guesses before the lock", allowed)
	}
}

func TestStrikesAreBounded(t *testing.T) {
	t.Parallel()
	s := newStrikes()
	for i := range maxStrikes + 500 {
		s.guess(fmt.Sprint(i), 0, time.Time{})
	}
	if len(s.by) > maxStrikes {
		t.Errorf("%d logins watched", len(s.by))
	}
}

func TestAccountsAreCheckedAndKeptOnce(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	good := Password{text: testPassword}
	for name, c := range map[string]struct {
		a    Account
		want error
	}{
		"taken":         {Account{"LEA", "Léa", good}, ErrAccountExists},
		"e-mail":        {Account{"lea@exemple.fr", "Léa", good}, ErrAccount},
		"short login":   {Account{"l", "Léa", good}, ErrAccount},
		"long login":    {Account{strings.Repeat("l", 65), "Léa", good}, ErrAccount},
		"no name":       {Account{"lee", "", good}, ErrAccount},
		"two-line name": {Account{"lee", "L\né", good}, ErrAccount},
		"no password":   {Account{"lee", "Lee", Password{}}, ErrPassword},
	} {
		if _, err := p.AddAccount(t.Context(), c.a); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, pw := range []string{"", "short", strings.Repeat("x", 257), "not\xfftext-at-all"} {
		if _, err := NewPassword(pw); !errors.Is(err, ErrPassword) {
			t.Errorf("password of %d bytes: %v", len(pw), err)
		}
	}
}

func TestSetPasswordReplacesAndUnlocks(t *testing.T) {
	t.Parallel()
	p, subject := newProvider(t)
	for range freeGuesses {
		_, _, _ = p.accounts.authenticate(t.Context(), "lea", "wrong-password")
	}
	pw := GeneratePassword()
	if err := p.SetPassword(t.Context(), "Lea", pw); err != nil {
		t.Fatal(err)
	}
	who, _, err := p.accounts.authenticate(t.Context(), "lea", pw.Reveal())
	if err != nil || who.subject != subject {
		t.Errorf("new password: %v", err)
	}
	if _, _, err := p.accounts.authenticate(t.Context(), "lea", testPassword); !errors.Is(err, errCredentials) {
		t.Errorf("old password: %v", err)
	}
	if err := p.SetPassword(t.Context(), "nobody", pw); !errors.Is(err, ErrNoAccount) {
		t.Errorf("nobody's password: %v", err)
	}
}

func TestResetPasswordFindsTheAccountByItsSubject(t *testing.T) {
	t.Parallel()
	p, subject := newProvider(t)
	if err := p.ResetPassword(t.Context(), "nobody", GeneratePassword()); !errors.Is(err, ErrNoAccount) {
		t.Errorf("a subject nobody has: %v", err)
	}
	if err := p.ResetPassword(t.Context(), subject, Password{}); !errors.Is(err, ErrPassword) {
		t.Errorf("no password: %v", err)
	}
	next := GeneratePassword()
	if err := p.ResetPassword(t.Context(), subject, next); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.accounts.authenticate(t.Context(), "lea", next.Reveal()); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if _, _, err := p.accounts.authenticate(t.Context(), "lea", testPassword); err == nil {
		t.Error("the old password still opens")
	}
}

func TestGeneratedPasswordsAreTypableAndDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 100 {
		s := GeneratePassword().Reveal()
		if _, err := NewPassword(s); err != nil || len(s) != 19 || strings.ContainsAny(s, "ilou") && strings.ContainsAny(s, "io") || seen[s] {
			t.Fatalf("%q: %v", s, err)
		}
		seen[s] = true
	}
}

func TestPasswordsNeverPrint(t *testing.T) {
	t.Parallel()
	p := Password{text: "canary-password"}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, p, &p, Account{Login: "x", Password: p})
	}
	j, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "p", p)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "p", p)
	if strings.Contains(out.String(), "canary") || strings.Contains(out.String(), fmt.Sprintf("%x", "canary")) {
		t.Errorf("printed: %s", out.String())
	}
}

func TestStoreNamesDoNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	a, _ := newProvider(t)
	b, _ := newProvider(t)
	if a.accounts.name("lea") == b.accounts.name("lea") {
		t.Error("the same login lies under the same name at two providers")
	}
	for name := range a.accounts.store.(*memoryStore).values {
		if strings.Contains(name, "lea") || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || len(name) > 80 {
			t.Errorf("name %q", name)
		}
	}
}

func TestBrokenStoreIsNoWrongPassword(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	b := newBrowser(t, p)
	id := b.begin()
	p.accounts.store.(*memoryStore).err = errors.New("disk")
	if got := b.login(id, "lea", testPassword); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "disk") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
