package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A scene is a safe with two papers, one of them in an entrusted drawer, and
// its owner's unlocked session.
type scene struct {
	*vaulttest.House
	opened vault.OpenedSafe
	person session.Principal
	kept   []kept
}

type kept struct {
	doc  vault.DocumentID
	body []byte
}

const entrustedKind = papers.Kind("bail") // lies in logement

func newScene(t *testing.T) *scene {
	t.Helper()
	h := vaulttest.New(t)
	s := &scene{House: h, opened: h.OpenSafe(t, vaulttest.Person)}
	s.person = h.Unlocked(t, vaulttest.Person, s.opened)
	for i, p := range []vaulttest.Paper{
		{Title: "libre", Body: vaulttest.Text("libre", 5000)},
		{Title: "confié", Kind: entrustedKind, Body: vaulttest.Text("confié", 6000)},
	} {
		r, err := h.Deposit(t.Context(), s.person, s.opened.Safe, p)
		if err != nil {
			t.Fatalf("paper %d: %v", i, err)
		}
		s.kept = append(s.kept, kept{r[0].Document, p.Body})
	}
	if _, err := h.Keeper.Entrust(t.Context(), s.person, vault.Entrust{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "logement", Agreement: "1",
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// again logs the owner in and unlocks after a restart: unlocks never survive.
func (s *scene) again(t *testing.T) {
	t.Helper()
	if err := second(s.Keeper.List(t.Context(), s.person, vault.List{Safe: s.opened.Safe, Limit: 1})); err == nil {
		t.Error("an unlock survived a restart")
	}
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
}

// titles lists the safe and reads every paper of it to its end.
func (s *scene) titles(t *testing.T) map[string]vault.DocumentID {
	t.Helper()
	docs, err := s.Keeper.List(t.Context(), s.person, vault.List{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	titles := map[string]vault.DocumentID{}
	for _, d := range docs {
		b, err := s.Read(t.Context(), s.person, s.opened.Safe, d.ID, 0)
		if err != nil || seal.DigestOf(b) != d.SHA256 {
			t.Errorf("%q does not read back: %v", d.Description.Title, err)
		}
		if _, twice := titles[d.Description.Title]; twice {
			t.Errorf("%q is there twice", d.Description.Title)
		}
		titles[d.Description.Title] = d.ID
	}
	return titles
}

// sound checks what must hold after anything: the bucket agrees with the signed
// entries, the trail with itself and with the second place.
func (s *scene) sound(t *testing.T) {
	t.Helper()
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
}

func verifyTrail(t *testing.T, h *vaulttest.House) {
	t.Helper()
	h.Stop(t)
	v, err := h.Config.Secrets.Signing.Public().NoteVerifier(keeper.Origin(h.Config.Genesis))
	if err != nil {
		t.Fatal(err)
	}
	var known [][]byte
	for info, err := range h.Anchors.List(t.Context(), "v1/anchors/", "") {
		if err != nil {
			t.Fatal(err)
		}
		b, err := h.Anchors.Get(t.Context(), info.Key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		known = append(known, b)
	}
	if _, err := audit.Verify(t.Context(), h.Config.TrailPath, v, known...); err != nil {
		t.Errorf("trail: %v", err)
	}
	h.Start(t)
}

// An attempt is one write of the matrix below: what is tried, and how to see
// afterwards whether it happened.
type attempt struct {
	name string
	// writes is how many writes to the bucket it makes.
	writes int
	// takes says that it takes away: it holds from its recorded intent.
	takes    bool
	try      func(ctx context.Context, s *scene, id vault.RequestID) error
	happened func(t *testing.T, s *scene) bool
}

func attempts() []attempt {
	title := "nouveau titre"
	drawer := papers.Drawer("banque")
	return []attempt{
		{"deposit", 2, false, func(ctx context.Context, s *scene, id vault.RequestID) error {
			_, err := s.DepositAs(ctx, s.person, vault.BeginDeposit{Request: id, Safe: s.opened.Safe},
				vaulttest.Paper{Title: "déposé", Body: vaulttest.Text("déposé", 9000)})
			return err
		}, func(t *testing.T, s *scene) bool { return !s.titles(t)["déposé"].IsZero() }},
		{"deposit inline into an entrusted drawer", 2, false, func(ctx context.Context, s *scene, id vault.RequestID) error {
			_, err := s.DepositAs(ctx, s.person, vault.BeginDeposit{Request: id, Safe: s.opened.Safe},
				vaulttest.Paper{Title: "petit", Kind: entrustedKind, Body: []byte("petit")})
			return err
		}, func(t *testing.T, s *scene) bool { return !s.titles(t)["petit"].IsZero() }},
		{"rename", 1, false, func(ctx context.Context, s *scene, id vault.RequestID) error {
			return s.Keeper.Change(ctx, s.person, vault.Change{Request: id, Safe: s.opened.Safe, Document: s.kept[0].doc, Title: &title})
		}, func(t *testing.T, s *scene) bool { return !s.titles(t)[title].IsZero() }},
		{"move out of an entrusted drawer", 3, false, func(ctx context.Context, s *scene, id vault.RequestID) error {
			return s.Keeper.Change(ctx, s.person, vault.Change{Request: id, Safe: s.opened.Safe, Document: s.kept[1].doc, Drawer: &drawer})
		}, func(t *testing.T, s *scene) bool { return !s.isEntrusted(t, s.kept[1].doc) }},
		{"entrust", 4, false, func(ctx context.Context, s *scene, id vault.RequestID) error {
			_, err := s.Keeper.Entrust(ctx, s.person, vault.Entrust{Request: id, Safe: s.opened.Safe, Drawer: papers.Unsorted, Agreement: "1"})
			return err
		}, func(t *testing.T, s *scene) bool { return s.isEntrusted(t, s.kept[0].doc) }},
		{"take back", 1, true, func(ctx context.Context, s *scene, id vault.RequestID) error {
			return s.Keeper.TakeBack(ctx, s.person, vault.TakeBack{Request: id, Safe: s.opened.Safe, Drawer: "logement"})
		}, func(t *testing.T, s *scene) bool { return !s.isEntrusted(t, s.kept[1].doc) }},
		{"destroy", 3, true, func(ctx context.Context, s *scene, id vault.RequestID) error {
			return s.Keeper.Destroy(ctx, s.person, vault.Destroy{Request: id, Safe: s.opened.Safe, Document: s.kept[1].doc})
		}, func(t *testing.T, s *scene) bool {
			_, err := s.Read(t.Context(), s.person, s.opened.Safe, s.kept[1].doc, 0)
			return errors.Is(err, vault.ErrNotFound)
		}},
	}
}

func (s *scene) isEntrusted(t *testing.T, doc vault.DocumentID) bool {
	t.Helper()
	docs, err := s.Keeper.List(t.Context(), s.person, vault.List{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	for _, d := range docs {
		if d.ID == doc {
			return d.Entrusted
		}
	}
	return false
}

// Every write × every way it can go wrong × restart: what was acknowledged is
// there, what was refused for good never comes, what takes away stays taken, a
// retry of the same request does not act twice, and the verifiers agree.
func TestEveryWriteSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*scene, *testing.T){
		"power cut": func(s *scene, t *testing.T) { s.Crash(t) },
		"two power cuts": func(s *scene, t *testing.T) {
			s.PowerCut(t)
			s.Bucket.SetRule(func(op storagetest.Op, k storage.Key) storagetest.Fault {
				if op == storagetest.OpCommit && strings.HasPrefix(string(k), "v1/s/") {
					return storagetest.NotApplied // the second start gets no further either
				}
				return storagetest.None
			})
			_ = s.TryStart(t.Context())
			if s.Keeper == nil {
				s.Bucket.SetRule(nil)
				s.Start(t)
				return
			}
			s.Crash(t)
		},
		"stop": func(s *scene, t *testing.T) { s.Restart(t) },
	}
	for _, a := range attempts() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				for way, restart := range ways {
					// What a stop leaves behind depends on the entry alone.
					if way == "two power cuts" && !a.takes || way != "power cut" && nth < a.writes-1 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/write %d/%s", a.name, name, nth+1, way), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { oneFault(t, a, fault, nth, restart) })
					})
				}
			}
		}
	}
}

// oneFault makes the n-th write of an attempt, and all after it, fail; then the
// keeper is restarted, and what was under way arrives late.
func oneFault(t *testing.T, a attempt, fault storagetest.Fault, nth int, restart func(*scene, *testing.T)) {
	s := newScene(t)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t.Context(), s, request)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && err != nil {
		t.Errorf("what takes away was refused by the bucket: %v", err)
	}
	if a.takes && !a.happened(t, s) {
		t.Error("what was taken away is there before the restart")
	}
	late := s.Bucket
	restart(s, t)
	late.Land(t.Context())
	s.again(t)
	happened := a.happened(t, s)
	if err == nil && !happened {
		t.Error("acknowledged, and lost")
	}
	if again := a.try(t.Context(), s, request); again != nil && !a.takes {
		t.Errorf("the retry failed: %v", again)
	}
	if !a.happened(t, s) {
		t.Error("the retry did not do it")
	}
	for _, k := range s.kept {
		got, err := s.Read(t.Context(), s.person, s.opened.Safe, k.doc, 0)
		if err == nil && !bytes.Equal(got, k.body) || err != nil && !(a.name == "destroy" && k.doc == s.kept[1].doc) {
			t.Errorf("a paper from before: %v", err)
		}
	}
	late.Land(t.Context())
	synctest.Wait()
	time.Sleep(time.Minute) // what takes away has its entry written by now
	s.sound(t)
	s.again(t)
	if !a.happened(t, s) {
		t.Error("it did not survive a stop in good order")
	}
}
