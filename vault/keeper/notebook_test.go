package keeper_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func burnt(id vault.NotebookID) vault.DestroyNotebook {
	return vault.DestroyNotebook{Request: vault.NewRequestID(), Notebook: vault.Notebook{
		ID: id, Moved: 14, Left: 1, Day: time.Now().UTC().Format(time.DateOnly), Place: "broyeur de l'accueil",
	}}
}

// asked declares a destruction, and answers what waits for the second agent.
func (s *helped) asked(t testing.TB, who session.Principal, act vault.DestroyNotebook) vault.ApprovalID {
	t.Helper()
	e, ok := errors.AsType[*vault.ApprovalError](s.Keeper.DestroyNotebook(t.Context(), who, act))
	if !ok || !e.NotBefore.IsZero() {
		t.Fatalf("one agent alone: %v", e)
	}
	return e.Approval
}

// Two agents sign a notebook's destruction, the second knowing what for; it stays,
// over a restart and a rebuild, in the access manager's list and nobody else's.
func TestTwoAgentsSignTheEndOfANotebook(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	act := burnt(vault.NewNotebookID())
	id := s.asked(t, s.worker, act)
	if err := s.Keeper.Approve(t.Context(), s.worker, id); !errors.Is(err, vault.ErrApprover) {
		t.Errorf("they approve it themselves: %v", err)
	}
	act.Approval = id
	if err := s.Keeper.DestroyNotebook(t.Context(), s.worker, act); err == nil {
		t.Error("signed before anybody saw it")
	}
	second := s.Login(t, vaulttest.Colleague)
	waiting, err := s.Keeper.Approvals(t.Context(), second)
	must(t, err)
	at := slices.IndexFunc(waiting, func(a vault.Approval) bool { return a.ID == id })
	if at < 0 || waiting[at].Notebook == nil || waiting[at].Notebook.Moved != 14 || waiting[at].Notebook.Place != act.Notebook.Place {
		t.Fatalf("what the second agent reads: %v", waiting)
	}
	must(t, s.Keeper.Approve(t.Context(), second, id))
	other := act
	other.Request, other.Notebook.Moved = vault.NewRequestID(), 15
	if err := s.Keeper.DestroyNotebook(t.Context(), s.worker, other); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("with another count than was approved: %v", err)
	}
	must(t, s.Keeper.DestroyNotebook(t.Context(), s.worker, act))
	must(t, s.Keeper.DestroyNotebook(t.Context(), s.worker, act)) // a retry
	again := act
	again.Request = vault.NewRequestID()
	if err := s.Keeper.DestroyNotebook(t.Context(), s.worker, again); refusedField(err) != "notebook" {
		t.Errorf("the same notebook again: %v", err)
	}
	s.signedBy(t, act.Notebook)
	s.Restart(t)
	s.signedBy(t, act.Notebook)
	verifyTrail(t, s.House)
}

// A line of a notebook that is done again within thirty days is the memo that it was,
// over a restart too; one of no notebook is for a day, like every request.
func TestALineOfANotebookGoesInOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		line := func(of vault.NotebookID) vault.PutMemos {
			return vault.PutMemos{
				Request: vault.NewRequestID(), Safe: s.opened.Safe, Notebook: of,
				Memos: []vault.NewMemo{{Memo: vault.Memo{Body: "caf"}, Secret: secretOf(oldSecret), FromNotebook: true}},
			}
		}
		moved, other := line(vault.NewNotebookID()), line(vault.NotebookID{})
		first, err := s.Keeper.PutMemos(t.Context(), s.worker, moved)
		must(t, err)
		earlier, err := s.Keeper.PutMemos(t.Context(), s.worker, other)
		must(t, err)
		again := func(act vault.PutMemos, before []vault.DocumentID) bool {
			t.Helper()
			ids, err := s.Keeper.PutMemos(t.Context(), s.Login(t, vaulttest.Worker), act)
			must(t, err)
			return slices.Equal(ids, before)
		}
		s.away(t, time.Now().Add(29*oneDay))
		if !again(moved, first) {
			t.Error("the line went in twice")
		}
		if again(other, earlier) {
			t.Error("another request was remembered for a month")
		}
		s.away(t, time.Now().Add(2*oneDay))
		if again(moved, first) {
			t.Error("a line is remembered for ever")
		}
	})
}

// signedBy holds the lists of notebooks against one that was signed for.
func (s *helped) signedBy(t *testing.T, want vault.Notebook) {
	t.Helper()
	for name, sees := range map[string]bool{
		vaulttest.Manager: true, vaulttest.Worker: true, vaulttest.Colleague: true, vaulttest.Volunteer: false, vaulttest.DPO: false,
	} {
		who := s.Login(t, name)
		all, err := s.Keeper.Notebooks(t.Context(), who)
		must(t, err)
		p, err := s.Keeper.NotebookPrint(t.Context(), who, want.ID)
		if !sees {
			if len(all) != 0 || !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s reads of %d notebooks, and %v", name, len(all), err)
			}
			continue
		}
		must(t, err)
		if len(all) != 1 || all[0] != p.Notebook || p.Structure == "" || len(p.SIRET) != 14 {
			t.Fatalf("%s reads of %d notebooks, prints %v", name, len(all), p)
		}
		n := all[0]
		if n.ID != want.ID || n.Moved != want.Moved || n.Left != want.Left || n.Day != want.Day || n.Place != want.Place ||
			n.Agent != s.Agents[vaulttest.Worker] || n.Witness != s.Agents[vaulttest.Colleague] || n.AgentName == n.WitnessName || n.Signed.IsZero() {
			t.Errorf("%s reads %+v", name, n)
		}
	}
}

// What is declared has bounds, and nobody's delay stands for a witness.
func TestANotebookThatCannotBeSignedFor(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	for field, bad := range map[string]func(*vault.Notebook){
		"notebook": func(n *vault.Notebook) { n.ID = vault.NotebookID{} },
		"moved":    func(n *vault.Notebook) { n.Moved = vault.MaxNotebookLines + 1 },
		"left":     func(n *vault.Notebook) { n.Moved, n.Left = 0, 0 },
		"date":     func(n *vault.Notebook) { n.Day = time.Now().AddDate(0, 0, 2).Format(time.DateOnly) },
		"place":    func(n *vault.Notebook) { n.Place = strings.Repeat("x", vault.MaxNotebookPlace+1) },
	} {
		act := burnt(vault.NewNotebookID())
		bad(&act.Notebook)
		if got := refusedField(s.Keeper.DestroyNotebook(t.Context(), s.worker, act)); got != field {
			t.Errorf("%s: refused for %q", field, got)
		}
	}
	if err := s.Keeper.DestroyNotebook(t.Context(), s.Login(t, vaulttest.Volunteer), burnt(vault.NewNotebookID())); !errors.Is(err, vault.ErrDenied) {
		t.Errorf("a volunteer signs: %v", err)
	}
	act := burnt(vault.NewNotebookID())
	act.Approval = s.asked(t, s.worker, act)
	must(t, s.Keeper.Decline(t.Context(), s.Login(t, vaulttest.Colleague), act.Approval))
	if err := s.Keeper.DestroyNotebook(t.Context(), s.worker, act); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("after the second agent said no: %v", err)
	}
}

// The person is told how many of their passwords stood in a notebook and are still
// the same, and when it was destroyed; nobody whose keys open nothing is.
func TestThePersonIsToldOfTheNotebook(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	book := vault.NewNotebookID()
	ids, err := s.Keeper.PutMemos(t.Context(), s.worker, vault.PutMemos{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Notebook: book, Memos: []vault.NewMemo{
			{Memo: vault.Memo{Body: "caf"}, Secret: secretOf(oldSecret), FromNotebook: true,
				Others: []vault.LabelledSecret{{Label: "code-telephone", Secret: secretOf("12345678")}}},
			{Memo: vault.Memo{Body: "impots"}, Secret: secretOf(oldSecret), FromNotebook: true},
			{Memo: vault.Memo{Body: "ameli"}, Secret: secretOf(oldSecret)},
		},
	})
	must(t, err)
	if n := s.notebookNotice(t); n == nil || len(n.Documents) != 2 || !n.Until.IsZero() || n.Documents[0].Title == "" {
		t.Fatalf("before the destruction: %v", n)
	}
	act := burnt(book)
	act.Approval = s.asked(t, s.worker, act)
	must(t, s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Colleague), act.Approval))
	must(t, s.Keeper.DestroyNotebook(t.Context(), s.worker, act))
	if n := s.notebookNotice(t); n == nil || n.Until.Format(time.DateOnly) != act.Notebook.Day {
		t.Errorf("after the destruction: %v", n)
	}
	secret := secretOf(newSecretText)
	change := func(doc vault.DocumentID, label string) {
		must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: doc, Secret: &secret, Label: label}))
	}
	change(ids[1], "")
	change(ids[0], "")
	if n := s.notebookNotice(t); n == nil || len(n.Documents) != 1 {
		t.Errorf("with one code left: %v", n)
	}
	if e := s.exposed(t, ids[0]); !e.Notebook || len(e.By) != 1 || e.By[0].Label != "code-telephone" || !e.By[0].PutIn {
		t.Errorf("to change: %+v", e.By)
	}
	must(t, s.Keeper.Lock(t.Context(), s.person, s.opened.Safe))
	if n := s.notebookNotice(t); n != nil {
		t.Error("told while the safe is locked")
	}
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	change(ids[0], "code-telephone")
	if n := s.notebookNotice(t); n != nil {
		t.Errorf("with nothing left to change: %v", n)
	}
}

// notebookNotice is what the person is told of a notebook; nil for nothing.
func (s *helped) notebookNotice(t testing.TB) *vault.Notice {
	t.Helper()
	all, err := s.Keeper.Notices(t.Context(), s.person, s.opened.Safe)
	must(t, err)
	for _, n := range all {
		if n.Kind == vault.NoticeNotebook {
			return &n
		}
	}
	return nil
}

// exposed is a memo on the person's list of what to change.
func (s *helped) exposed(t testing.TB, doc vault.DocumentID) vault.Exposed {
	t.Helper()
	all, err := s.Keeper.ToChange(t.Context(), s.person, s.opened.Safe)
	must(t, err)
	for _, e := range all {
		if e.Document == doc {
			return e
		}
	}
	return vault.Exposed{}
}
