package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
	"github.com/coffre-fort/coffre/vault/workshop"
)

// A wallet is a safe with three memos to print.
type wallet struct {
	*helped
	caf, mail, tax vault.DocumentID
}

func newWallet(t testing.TB) *wallet {
	t.Helper()
	s := newHelped(t)
	put := func(m vault.Memo, secret string) vault.DocumentID {
		ids, err := s.Keeper.PutMemos(t.Context(), s.person, vault.PutMemos{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Memos: []vault.NewMemo{{Memo: m, Secret: secretOf(secret)}},
		})
		must(t, err)
		return ids[0]
	}
	return &wallet{
		helped: s,
		caf: put(vault.Memo{Body: "caf", Name: "CAF", Login: "1990575123456", Hint: "l'indice CAF", Numbers: []vault.MemoNumber{
			{Name: "dossier", Value: "1234567"}, {Name: "code-telephone", Value: "87654321"},
		}}, "Secret-CAF"),
		mail: put(vault.Memo{Body: "messagerie", Name: "Boîte mail", Login: "zelie@exemple.invalid", Hint: "l'indice mail"}, "Secret-mail"),
		tax:  put(vault.Memo{Body: "impots", Name: "Impôts", Login: "0123456789012", Hint: "l'indice impots"}, "Secret-impots"),
	}
}

// asks is what the tests print: a secret, a hint, and identifiers alone.
func (s *wallet) asks(form vault.PassportForm) vault.PrintPassport {
	return vault.PrintPassport{Request: vault.NewRequestID(), Safe: s.opened.Safe, Form: form, Name: "Zélie", Memos: []vault.MemoChoice{
		{Document: s.mail, Discloses: vault.DiscloseSecret}, {Document: s.caf, Discloses: vault.DiscloseHint}, {Document: s.tax},
	}}
}

func (s *wallet) print(t testing.TB, who session.Principal, act vault.PrintPassport) vault.PassportPrint {
	t.Helper()
	p, err := s.Keeper.PrintPassport(t.Context(), who, act)
	must(t, err)
	return p
}

func (s *wallet) copies(t testing.TB, who session.Principal) []vault.Copy {
	t.Helper()
	all, err := s.Keeper.Copies(t.Context(), who, s.opened.Safe)
	must(t, err)
	return all
}

// leads reports whether an address leads to the safe.
func (s *wallet) leads(t testing.TB, a vault.AddressID) bool {
	t.Helper()
	found, err := s.Keeper.FindSafe(t.Context(), s.Login(t, vaulttest.Counter), vault.FindSafe{Address: a})
	must(t, err)
	return len(found) == 1 && found[0].Safe == s.opened.Safe
}

// N5: a copy holds what the person chose, and nothing else.
func TestACopyHoldsWhatWasChosen(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	p := s.print(t, s.person, s.asks(vault.PassportBooklet))
	if p.Person != "Zélie" || p.Number.Copy != 1 || p.Form != vault.PassportBooklet || !s.leads(t, p.Address) {
		t.Errorf("the copy is %v of %q, in form %v", p.Number, p.Person, p.Form)
	}
	var got []string
	for _, m := range p.Memos {
		var numbers []string
		for _, n := range m.Memo.Numbers {
			numbers = append(numbers, n.Name)
		}
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", m.Memo.Login, m.Secret.Reveal(), m.Memo.Hint, strings.Join(numbers, ",")))
	}
	want := []string{"zelie@exemple.invalid|Secret-mail|l'indice mail|", "1990575123456||l'indice CAF|dossier", "0123456789012|||"}
	if !slices.Equal(got, want) {
		t.Errorf("printed is %q, not %q", got, want)
	}
	act := s.asks(vault.PassportCards)
	act.Memos = []vault.MemoChoice{{Document: s.caf, Discloses: vault.DiscloseSecret}}
	if p := s.print(t, s.person, act); len(p.Memos[0].Memo.Numbers) != 2 { // the telephone's code opens something
		t.Errorf("with its secret a memo has %d numbers", len(p.Memos[0].Memo.Numbers))
	}
}

// Identifiers alone are what the catalogue knows for such: a number of a body that is
// in no catalogue, or under a name that it does not have, may be a PIN.
func TestANumberThatNobodyKnowsIsASecret(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	for _, body := range []string{"", "caf"} {
		doc := s.putMemo(t, s.person, vault.NewMemo{Memo: vault.Memo{Body: body, Name: "Ma mutuelle", Login: "zelie", Numbers: []vault.MemoNumber{
			{Name: "le code du portail", Value: "4711"},
		}}, Secret: secretOf("Secret-mutuelle")})
		for choice, want := range map[vault.Disclosure]int{vault.DiscloseLogin: 0, vault.DiscloseHint: 0, vault.DiscloseSecret: 1} {
			act := s.asks(vault.PassportCards)
			act.Memos = []vault.MemoChoice{{Document: doc, Discloses: choice}}
			if m := s.print(t, s.person, act).Memos[0]; len(m.Memo.Numbers) != want || m.Memo.Login != "zelie" {
				t.Errorf("body %q, choice %v: %d numbers", body, choice, len(m.Memo.Numbers))
			}
		}
	}
}

// What the catalogue says is never written down is on no copy, whatever was chosen: the
// code of a bank card, though it was put down as a number.
func TestWhatIsNeverWrittenDownIsNotPrinted(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{Memo: vault.Memo{Body: "banque", Name: "Ma banque", Numbers: []vault.MemoNumber{
		{Name: "code-carte", Value: "1234"},
	}}, Secret: secretOf("Secret-banque")})
	for _, choice := range []vault.Disclosure{vault.DiscloseLogin, vault.DiscloseHint, vault.DiscloseSecret} {
		act := s.asks(vault.PassportCards)
		act.Memos = []vault.MemoChoice{{Document: doc, Discloses: choice}}
		if m := s.print(t, s.person, act).Memos[0]; len(m.Memo.Numbers) > 0 {
			t.Errorf("choice %v: %d numbers", choice, len(m.Memo.Numbers))
		}
	}
}

// The number that a handover gives is that of the digital passport from then on; one
// that was there before stays.
func TestAHandoverNumbersTheDigitalPassport(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"the first number": false, "the number there is": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWallet(t)
			var was vault.PassportNumber
			if before {
				was = s.print(t, s.person, s.asks(vault.PassportCards)).Number.Passport
			}
			done := s.handOver(t)
			now := s.print(t, s.person, s.asks(vault.PassportCards)).Number.Passport
			if now != done.Passport || now.IsZero() || before && now != was {
				t.Errorf("the number is %v, the person was told %v, before it was %v", now, done.Passport, was)
			}
		})
	}
}

// The secret of a memo on paper is all of its secrets, under their names; but for
// what is never written down.
func TestTheOtherSecretsStandOnTheCopy(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{
		Memo: vault.Memo{Body: "banque", Name: "Ma banque"}, Secret: secretOf("Secret-banque"),
		Others: []vault.LabelledSecret{{Label: "question", Secret: secretOf("Médor")}, {Label: "code-carte", Secret: secretOf("1234")}},
	})
	for choice, want := range map[vault.Disclosure]string{vault.DiscloseLogin: "", vault.DiscloseHint: "", vault.DiscloseSecret: "Secret-banque question=Médor"} {
		act := s.asks(vault.PassportCards)
		act.Memos = []vault.MemoChoice{{Document: doc, Discloses: choice}}
		m := s.print(t, s.person, act).Memos[0]
		var got strings.Builder
		got.WriteString(string(m.Secret.Reveal()))
		for _, o := range m.Others {
			got.WriteString(" " + o.Label + "=" + string(o.Secret.Reveal()))
		}
		if got.String() != want {
			t.Errorf("choice %v: %q", choice, got.String())
		}
	}
}

// The copy of a person who was at a workshop says which; of one who was at none, and
// in discreet mode, nothing.
func TestACopySaysAtWhichWorkshop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newWallet(t)
		says := func(want string) {
			t.Helper()
			if p := s.print(t, s.person, s.asks(vault.PassportFolded)); p.Cycle != want {
				t.Errorf("a copy from the workshop %q, not %q", p.Cycle, want)
			}
		}
		id := s.cycle(t, nil)
		s.join(t, id)
		says("") // they have been at no session yet
		must(t, s.mark(t, id, 1, workshop.AttendanceCame, vault.CycleID{}))
		says("Forma'tri fictif")
		must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet,
		})))
		says("")
	})
}

// Each secret on paper is a line of the journal that names its memo, whose intent
// came first (L-46); what was not chosen stands in none.
func TestTheJournalNamesEachSecretOnPaper(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	s.print(t, s.person, s.asks(vault.PassportFolded))
	var lines int
	for _, l := range s.journal(t) {
		if l.Act != vault.ActPrintPassport {
			continue
		}
		lines++
		if len(l.Documents) != 1 || l.Documents[0].ID != s.mail || l.Outcome != vault.OutcomeDone || l.Detail != "folded" {
			t.Errorf("the line names %d papers: %v, %q", len(l.Documents), l.Outcome, l.Detail)
		}
	}
	if lines != 1 {
		t.Errorf("%d lines about one print", lines)
	}
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("the person's own print is on the list of what to change: %v", got)
	}
}

// A retry is the same copy: no second number, no second address.
func TestARetryPrintsNoSecondCopy(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	act := s.asks(vault.PassportCards)
	first := s.print(t, s.person, act)
	again := s.print(t, s.person, act)
	if again.Number != first.Number || again.Address != first.Address || string(again.Memos[0].Secret.Reveal()) != "Secret-mail" {
		t.Errorf("the retry is %v, after %v", again.Number, first.Number)
	}
	if n := len(s.copies(t, s.person)); n != 1 {
		t.Errorf("%d copies", n)
	}
	act.Memos = act.Memos[:1]
	if err := second(s.Keeper.PrintPassport(t.Context(), s.person, act)); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("the same id for something else: %v", err)
	}
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 1})))
	act = s.asks(vault.PassportCards)
	next := s.print(t, s.person, act)
	if next.Number.Copy != 2 || next.Number.Passport != first.Number.Passport {
		t.Errorf("the next copy is %v", next.Number)
	}
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 2})))
	if err := second(s.Keeper.PrintPassport(t.Context(), s.person, act)); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a retry after the copy was lost: %v", err)
	}
}

// A retry shows what the copy shows and nothing newer: with a password that was
// changed since, it would be a paper of which the list of a loss says that it holds
// the old one.
func TestARetryPrintsNoNewerSecret(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	act := s.asks(vault.PassportBooklet)
	s.print(t, s.person, act)
	s.putSecret(t, s.caf) // of which the hint alone is on the copy
	s.print(t, s.person, act)
	s.putSecret(t, s.mail)
	if p, err := s.Keeper.PrintPassport(t.Context(), s.person, act); !errors.Is(err, vault.ErrNotFound) || len(p.Memos) != 0 {
		t.Errorf("a retry after the password was changed: %d memos, %v", len(p.Memos), err)
	}
	lost, err := s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Copy: 1})
	if err != nil || !lost.Memos[0].Changed {
		t.Errorf("lost: %v, %v", lost.Memos, err)
	}
}

// What was printed in a counter session went over an agent's screen and printer:
// they know it, and the list of what to change says so.
func TestWhatIsPrintedAtTheCounterWasSeenThere(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{
		Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)},
	})
	s.print(t, visit, s.asks(vault.PassportBooklet))
	if got := s.toChange(t); len(got) != 1 || got[s.mail] != 1 {
		t.Errorf("to change is %v", got)
	}
	all := s.copies(t, s.person)
	if len(all) != 1 || all[0].By != s.Agents[vaulttest.Worker] || all[0].ByName == "" {
		t.Errorf("the copy was printed by %v, %q", all[0].By, all[0].ByName)
	}
	s.putSecret(t, s.mail)
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("after the change, to change is %v", got)
	}
}

func (s *wallet) putSecret(t testing.TB, doc vault.DocumentID) {
	t.Helper()
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: new(secretOf("Secret-neuf")),
	}))
}

// What cannot be on a copy is refused, and no copy is made of it.
func TestACopyIsRefused(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	for name, broken := range map[string]struct {
		edit func(*vault.PrintPassport)
		want string
	}{
		"form":    {func(a *vault.PrintPassport) { a.Form = 0 }, "form"},
		"nothing": {func(a *vault.PrintPassport) { a.Memos = nil }, "memos"},
		"twice":   {func(a *vault.PrintPassport) { a.Memos = append(a.Memos, a.Memos[0]) }, "memos"},
		"choice":  {func(a *vault.PrintPassport) { a.Memos[0].Discloses = vault.DiscloseSecret + 1 }, "memos"},
		"name":    {func(a *vault.PrintPassport) { a.Name = strings.Repeat("a", vault.MaxName+1) }, "name"},
	} {
		act := s.asks(vault.PassportCards)
		broken.edit(&act)
		if err := second(s.Keeper.PrintPassport(t.Context(), s.person, act)); refusedField(err) != broken.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, broken := range map[string]struct {
		doc  vault.DocumentID
		want error
	}{"a paper": {s.docs["rib"], vault.ErrMemo}, "what there is not": {vault.NewDocumentID(), vault.ErrNotFound}} {
		act := s.asks(vault.PassportCards)
		act.Memos[0].Document = broken.doc
		if err := second(s.Keeper.PrintPassport(t.Context(), s.person, act)); !errors.Is(err, broken.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.copies(t, s.person)); n != 0 {
		t.Errorf("%d copies of what was refused", n)
	}
}

// At most twenty copies that are not lost; of the lost ones the last twenty are
// remembered, and no number is given twice.
func TestCopiesAreBounded(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	act := s.asks(vault.PassportCards)
	act.Memos = act.Memos[2:]
	one := func() error {
		act.Request = vault.NewRequestID()
		return second(s.Keeper.PrintPassport(t.Context(), s.person, act))
	}
	for range vault.MaxCopies {
		must(t, one())
	}
	if err := one(); refusedField(err) != "copies" {
		t.Errorf("one more: %v", err)
	}
	for n := range vault.MaxCopies {
		must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: n + 1})))
	}
	must(t, one())
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 21})))
	must(t, one())
	all := s.copies(t, s.person)
	if len(all) != vault.MaxLostCopies+1 || all[0].Number.Copy != 2 || all[len(all)-1].Number.Copy != 22 {
		t.Errorf("%d copies from %v on", len(all), all[0].Number)
	}
}

// N13: a copy of a discreet safe has no address, and names nobody.
func TestACopyOfADiscreetSafeHasNoAddress(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet,
	})))
	act := s.asks(vault.PassportFolded)
	act.Name = ""
	p := s.print(t, s.person, act)
	if !p.Address.IsZero() || p.Structure+p.Person != "" || p.Discretion != vault.DiscretionDiscreet {
		t.Errorf("a discreet copy has the address %v, %q, %q", p.Address, p.Structure, p.Person)
	}
	lost, err := s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 1})
	if err != nil || lost.Structure != "" || len(lost.Memos) != 3 {
		t.Errorf("lost: %q, %d memos, %v", lost.Structure, len(lost.Memos), err)
	}
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 1})))
}

// A safe that is locked while its copy is being written shows nothing: the copy
// counts, and its secrets stay.
func TestALockInTheMiddleOfAPrintShowsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newWallet(t)
		locked := make(chan error, 1)
		s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit && len(locked) == 0 {
				locked <- s.Keeper.Lock(t.Context(), s.person, s.opened.Safe)
			}
			return storagetest.None
		})
		p, err := s.Keeper.PrintPassport(t.Context(), s.person, s.asks(vault.PassportCards))
		s.Bucket.SetRule(nil)
		if !errors.Is(err, vault.ErrLocked) || len(p.Memos) != 0 {
			t.Errorf("%d memos, %v", len(p.Memos), err)
		}
		must(t, <-locked)
		if all := s.copies(t, s.Login(t, vaulttest.Person)); len(all) != 1 || all[0].Memos[0].Memo.Name != "" || all[0].Since.After(time.Now()) {
			t.Errorf("%d copies in a locked safe", len(all))
		}
	})
}
