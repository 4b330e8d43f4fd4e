package keeper_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// dated puts a paper in and writes its dates on it.
func (s *helped) dated(t testing.TB, kind papers.Kind, d vault.Description) vault.DocumentID {
	t.Helper()
	s.put(t, s.person, kind)
	d.Kind = kind
	must(t, s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs[string(kind)], All: &d}))
	return s.docs[string(kind)]
}

// inDays is the day so many days from now.
func inDays(n int) string { return time.Now().Add(time.Duration(n) * oneDay).Format(time.DateOnly) }

// N15: of what falls due the service keeps days and random ids, and nothing that
// says what: no title, kind or duty stands in a record, an object, the trail, the
// state or the log, for whoever has the master. The person is told a day, and
// reads in the unlocked safe what it is.
func TestOfWhatFallsDueTheServiceKeepsDaysAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		if len(s.Keeper.DuesOf(t, s.opened.Safe)) != 0 {
			t.Fatal("something falls due by papers without dates")
		}
		doc := s.dated(t, "titre-sejour", vault.Description{Title: "canari", ExpireDate: inDays(150)})
		days := s.Keeper.DuesOf(t, s.opened.Safe)
		if len(days) != 2 {
			t.Fatalf("%v, want the first and the last day of one thing", days)
		}
		s.look(t, "canari", "titre-sejour")
		found, err := s.Keeper.Dues(t.Context(), s.person, s.opened.Safe)
		must(t, err)
		i := slices.IndexFunc(found.All, func(d papers.Due) bool { return d.Duty == "titre-sejour" })
		if i < 0 || found.All[i].From.String() != days[0] || found.All[i].By.String() != days[1] {
			t.Errorf("the person is told %+v, the service keeps %v", found.All, days)
		}
		if n := s.told(t)[vault.NoticeDue]; len(n) != 1 || n[0].Until.Format(time.DateOnly) != days[0] || n[0].Documents != nil {
			t.Errorf("told of %+v", n)
		}
		must(t, s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: doc}))
		if days := s.Keeper.DuesOf(t, s.opened.Safe); len(days) != 0 {
			t.Errorf("%v stay of a paper that is gone", days)
		}
	})
}

// look opens all that somebody with everything but the person's keys can open,
// and finds none of these words.
func (s *helped) look(t *testing.T, words ...string) {
	t.Helper()
	a := loot{}
	for key, raw := range s.Bucket.Snapshot().All() {
		a[string(key)] = raw
	}
	a["trail"], a["state"] = read(t, s.Config.TrailPath), read(t, s.Config.StatePath)
	seen := a.openAll(t, s.Config.Secrets.Master)
	for _, word := range words {
		if anyContains(seen, []byte(word)) || strings.Contains(s.Log.String(), word) {
			t.Errorf("the operator reads %q", word)
		}
		for name, raw := range a {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%q stands in clear in %s", word, name)
			}
		}
		for _, l := range s.Keeper.Leaves(t, 0) {
			if strings.Contains(l.Opened, word) {
				t.Errorf("%q stands in the detail of leaf %d", word, l.Position)
			}
		}
	}
}

// Whoever lists what falls due while a paper changes does not put back the days
// from before: what is kept is of the papers as they are.
func TestAListThatIsLateKeepsNoOlderDays(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	doc := s.dated(t, "titre-sejour", vault.Description{Title: "titre", ExpireDate: inDays(150)})
	var after []string
	s.Keeper.LateDues(t, s.person, s.opened.Safe, func() {
		must(t, s.Keeper.Change(t.Context(), s.person, vault.Change{
			Safe: s.opened.Safe, Document: doc, All: &vault.Description{Title: "titre", Kind: "titre-sejour", ExpireDate: inDays(400)},
		}))
		after = s.Keeper.DuesOf(t, s.opened.Safe)
	})
	if got := s.Keeper.DuesOf(t, s.opened.Safe); len(after) != 2 || !slices.Equal(got, after) {
		t.Errorf("%v are kept, and the paper says %v", got, after)
	}
	s.Keeper.LateDues(t, s.person, s.opened.Safe, func() {
		must(t, s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: doc}))
	})
	if got := s.Keeper.DuesOf(t, s.opened.Safe); len(got) != 0 {
		t.Errorf("%v are kept of a paper that is gone", got)
	}
}

// A day keeps its id while it is one; what others see adds days and takes none
// away.
func TestAConsentAddsDaysAndTakesNoneAway(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.dated(t, "titre-sejour", vault.Description{Title: "titre", ExpireDate: inDays(150)})
	before, ids := s.Keeper.DuesOf(t, s.opened.Safe), s.Keeper.DueIDsOf(t, s.opened.Safe)
	s.give(t, func(x *vault.Terms) {
		x.Actions, x.Scope = vault.ActionSee|vault.ActionDescribe, vault.Scope{Drawers: []papers.Drawer{"identite"}}
	})
	want(t, "who only sees", second(s.Keeper.Dues(t.Context(), s.Login(t, vaulttest.Leader), s.opened.Safe)), vault.ErrNotFound)
	must(t, s.Keeper.Change(t.Context(), s.worker, vault.Change{
		Safe: s.opened.Safe, Document: s.docs["cni"], All: &vault.Description{Title: "carte", Kind: "cni", ExpireDate: inDays(200)},
	}))
	seen, err := s.Keeper.Dues(t.Context(), s.worker, s.opened.Safe)
	must(t, err)
	if slices.ContainsFunc(seen.All, func(d papers.Due) bool { return d.Duty == "titre-sejour" }) {
		t.Error("an agent is told of a paper that the consent does not show")
	}
	after := s.Keeper.DuesOf(t, s.opened.Safe)
	if len(after) != len(before)+2 || slices.ContainsFunc(before, func(d string) bool { return !slices.Contains(after, d) }) {
		t.Errorf("%v, before %v", after, before)
	}
	now := s.Keeper.DueIDsOf(t, s.opened.Safe)
	if slices.ContainsFunc(ids, func(id vault.DueID) bool { return !slices.Contains(now, id) }) {
		t.Errorf("ids %v, before %v", now, ids)
	}
}

// L-41, L-83: without a hosting that is declared for it no paper is taken under a
// kind that tells of health, put in or described; one that nobody sorted is not
// known to be any.
func TestPapersOnHealthNeedTheirHosting(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	paper := vaulttest.Paper{Title: "papier", Kind: "ordonnance", Body: []byte("ordonnance fictive")}
	want(t, "put in", second(s.Deposit(t.Context(), s.person, s.opened.Safe, paper)), vault.ErrHosting)
	as := vault.Description{Title: "papier", Kind: "notification-mdph"}
	want(t, "described", s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs[""], All: &as}), vault.ErrHosting)
	s.put(t, s.person, "attestation-droits")
	s.put(t, s.person, "carte-vitale")
	s.Stop(t)
	s.Config.Hosting = keeper.HostingHealth
	s.Start(t)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	if _, err := s.Deposit(t.Context(), s.person, s.opened.Safe, paper); err != nil {
		t.Errorf("with the hosting declared: %v", err)
	}
}
