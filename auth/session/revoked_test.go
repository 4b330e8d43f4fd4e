package session

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

func revokedUser(t *testing.T, n int) auth.UserID {
	t.Helper()
	u, err := auth.NewUserID("https://issuer.test", strconv.Itoa(n))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestRememberedRevocationsAreBoundedAndTheOldestGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := make(revoked)
		r.note(auth.UserID{}, time.Now())
		if len(r) != 0 {
			t.Error("nobody is remembered")
		}
		before := time.Now()
		for n := range maxRevoked + 1 {
			r.note(revokedUser(t, n), before.Add(time.Duration(n)*time.Millisecond))
		}
		time.Sleep(time.Minute)
		first, second := revokedUser(t, 0), revokedUser(t, 1)
		past := before.Add(-time.Second)
		if len(r) != maxRevoked || r.covers(first, past, time.Now()) || !r.covers(second, past, time.Now()) {
			t.Errorf("%d remembered", len(r))
		}
		time.Sleep(underWay)
		r.note(first, time.Now()) // one too many: whatever is over goes
		if len(r) != 1 || r.covers(second, past, time.Now()) {
			t.Errorf("%d remembered after their time", len(r))
		}
	})
}
