package authtest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
)

func TestPrincipalIsARealOne(t *testing.T) {
	t.Parallel()
	a, b := authtest.Principal(t, "lea"), authtest.Principal(t, "lea")
	if a.IsZero() || a.User().Subject() != "lea" || a.Session() == b.Session() {
		t.Error("not a principal of its own")
	}
}

func TestDeskWorksInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := authtest.NewDesk(t)
		v := d.Open(t, "lea")
		time.Sleep(14 * time.Minute)
		if p, err := d.Sessions.Authenticate(t.Context(), v.Credentials("/m")); err != nil || p != v.Principal {
			t.Error(err)
		}
		time.Sleep(15 * time.Minute)
		if err := d.Sessions.Live(v.Principal); !errors.Is(err, session.ErrNoSession) {
			t.Error(err)
		}
	})
}

func TestIssuerMakesNothingUpForOthers(t *testing.T) {
	t.Parallel()
	d, other := authtest.NewDesk(t), authtest.NewBubbleIssuer(t)
	raw := other.Token(t, authtest.Claims{"iss": d.Issuer.URL()})
	if _, err := d.Party.Verify(t.Context(), raw, "nonce-of-a-test"); !errors.Is(err, auth.ErrUnauthenticated) {
		t.Error(err)
	}
}

func TestStoreKeepsCopies(t *testing.T) {
	t.Parallel()
	m := authtest.NewMemoryStore()
	rec := []byte{1}
	if err := m.Put(t.Context(), [32]byte{9}, rec, time.Now()); err != nil {
		t.Fatal(err)
	}
	rec[0] = 2
	if got, err := m.Get(t.Context(), [32]byte{9}); err != nil || got[0] != 1 {
		t.Errorf("%v %v", got, err)
	}
	if _, err := m.Get(t.Context(), [32]byte{8}); !errors.Is(err, session.ErrNoRecord) {
		t.Error(err)
	}
	n := 0
	for st, err := range m.All(t.Context()) {
		if err != nil || st.ID != [32]byte{9} {
			t.Errorf("%v %v", st, err)
		}
		n++
	}
	if err := m.Delete(t.Context(), [32]byte{9}); err != nil || n != 1 || m.Len() != 0 {
		t.Errorf("%d, then %d: %v", n, m.Len(), err)
	}
}
