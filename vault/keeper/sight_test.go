package keeper_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *helped) sight(t testing.TB, who session.Principal) vault.Sight {
	t.Helper()
	found, err := s.Keeper.Look(t.Context(), who, vault.Look{Safe: s.opened.Safe, Purpose: "rsa"})
	must(t, err)
	return found
}

// Of what nobody can see nobody says that it is missing: the person with the
// whole safe open knows every kind, an agent those of a consent that covers what
// arrives too, and whoever sees what is entrusted none.
func TestWhoeverSeesAllOfAKindKnowsWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	own := s.sight(t, s.person)
	if !own.Whole || len(own.Documents) != len(paperKinds) || len(own.Kinds) != len(s.Config.Kinds.EveryKind()) {
		t.Errorf("the person: whole %v, %d papers, %d kinds", own.Whole, len(own.Documents), len(own.Kinds))
	}
	s.give(t, func(x *vault.Terms) {
		x.Actions, x.Scope, x.Arrivals = vault.ActionSee, vault.Scope{Kinds: []papers.Kind{"rib", "bulletin-paie"}}, vault.ArrivalsToo
	})
	s.give(t, func(x *vault.Terms) {
		x.Actions, x.Scope = vault.ActionSee, vault.Scope{Drawers: []papers.Drawer{"logement"}}
	})
	seen := s.sight(t, s.worker) // see but not read
	if seen.Whole || len(seen.Documents) != 3 || !slices.Equal(slices.Sorted(slices.Values(seen.Kinds)), []papers.Kind{"bulletin-paie", "rib"}) {
		t.Errorf("a worker: whole %v, %d papers, kinds %q", seen.Whole, len(seen.Documents), seen.Kinds)
	}
	want(t, "a worker reads", second(s.Read(t.Context(), s.worker, s.opened.Safe, s.docs["rib"], 0)), vault.ErrDenied)
	want(t, "a colleague", second(s.Keeper.Look(t.Context(), s.Login(t, vaulttest.Leader), vault.Look{Safe: s.opened.Safe})), vault.ErrNotFound)

	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
	if got := s.sight(t, visit); got.Whole || len(got.Documents) != 1 || len(got.Kinds) != 0 {
		t.Errorf("with a PIN alone: whole %v, %d papers, kinds %q", got.Whole, len(got.Documents), got.Kinds)
	}
}

// A consent over a drawer, or one that was given while the safe was locked, does not
// show all there is of a kind: nothing is called missing by it.
func TestWhoSeesSomeOfAKindCallsNothingMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scope  vault.Scope
		locked bool
		kinds  int
	}{
		"a kind":              {scope: vault.Scope{Kinds: []papers.Kind{"rib"}}, kinds: 1},
		"its drawer":          {scope: vault.Scope{Drawers: []papers.Drawer{"banque"}}},
		"a kind, while shut":  {scope: vault.Scope{Kinds: []papers.Kind{"rib"}}, locked: true},
		"the drawer, as well": {scope: vault.Scope{Drawers: []papers.Drawer{"banque"}}, locked: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHelped(t)
			elsewhere := papers.Drawer("logement")
			must(t, s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs["rib"], Drawer: &elsewhere}))
			if c.locked {
				must(t, s.Keeper.Lock(t.Context(), s.person, s.opened.Safe))
			}
			given := s.give(t, func(x *vault.Terms) {
				x.Actions, x.Scope, x.Arrivals = vault.ActionSee, c.scope, vault.ArrivalsToo
			})
			s.Restart(t)
			s.worker = s.Login(t, vaulttest.Worker)
			seen := s.sight(t, s.worker)
			if len(seen.Kinds) != c.kinds || len(seen.Documents) != c.kinds {
				t.Errorf("%d papers, all of %q", len(seen.Documents), seen.Kinds)
			}
			if c.locked {
				return
			}
			s.person = s.Unlocked(t, vaulttest.Person, s.opened)
			must(t, second(s.renew(t, s.person, given, given.Terms.Until.Add(oneDay), vault.RenewConsent{Giving: inPerson})))
			if again := s.sight(t, s.worker); len(again.Kinds) != c.kinds {
				t.Errorf("renewed: all of %q", again.Kinds)
			}
		})
	}
}

// A diagnosis is the person's own: a consent over its drawer does not show it,
// now or when it arrives, and one that names the kind or the paper does.
func TestADrawerShowsNoDiagnosis(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]vault.Scope{
		"drawer": {Drawers: []papers.Drawer{"personnel"}},
		"kind":   {Kinds: []papers.Kind{papers.KindDiagnosis}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHelped(t)
			s.put(t, s.person, "photo")
			s.put(t, s.person, papers.KindDiagnosis)
			s.give(t, func(x *vault.Terms) { x.Scope, x.Arrivals = scope, vault.ArrivalsToo })
			s.put(t, s.person, papers.KindDiagnosis)
			n := 0
			for _, d := range s.sight(t, s.worker).Documents {
				if d.Description.Kind == papers.KindDiagnosis {
					n++
				}
			}
			if shown := name == "kind"; shown != (n == 2) || !shown && n != 0 {
				t.Errorf("a consent over the %s shows %d diagnoses", name, n)
			}
		})
	}
}

// The same paper twice is found by the person's own key alone: neither its digest
// nor two objects that are alike stand anywhere that the service can read.
func TestTwoPapersOfTheSameBytesShowNothingOfIt(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	body := []byte(strings.Repeat("deux fois la même chose ", 400))
	before := maps.Collect(s.Bucket.Snapshot().All())
	paper := vaulttest.Paper{Title: "double", Kind: "photo", Body: body}
	must(t, second(s.Deposit(t.Context(), s.person, s.opened.Safe, paper, paper)))
	seen := map[string]storage.Key{}
	for key, raw := range s.Bucket.Snapshot().All() {
		if _, there := before[key]; there {
			continue
		}
		for at := 0; at+64 <= len(raw); at += 64 {
			chunk := string(raw[at : at+64])
			if other, twice := seen[chunk]; twice && other != key {
				t.Fatalf("%s and %s share bytes", key, other)
			}
			seen[chunk] = key
		}
	}
	digest := seal.DigestOf(body)
	s.look(t, string(digest[:]), fmt.Sprintf("%x", digest), base64.StdEncoding.EncodeToString(digest[:]))
	n := 0
	for _, d := range s.sight(t, s.person).Documents {
		if d.SHA256 == digest {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the person finds %d", n)
	}
}
