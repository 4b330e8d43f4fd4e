package rpc_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A desk is a person's safe, with papers of who lives there. In the bubble it is
// the first of January 2000.
type desk struct {
	*service
	person visitor
	safe   string
	rib    string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := newService(t)
	person, opened := s.open(t, vaulttest.Person)
	d := &desk{service: s, person: person, safe: opened.GetSafe()}
	d.rib = d.filed(t, "rib", coffrev1.Description_builder{Kind: new("rib"), OriginalPlace: new("le tiroir du bas")})
	for _, month := range []string{"1999-10", "1999-11", "1999-12"} {
		d.filed(t, "paie "+month, coffrev1.Description_builder{Kind: new("bulletin-paie"), DocumentDate: &month})
	}
	d.filed(t, "paie de Karim", coffrev1.Description_builder{Kind: new("bulletin-paie"), DocumentDate: new("1999-12"), Whose: new("mon conjoint Karim")})
	return d
}

// filed puts a paper in and says what it is.
func (d *desk) filed(t *testing.T, body string, as coffrev1.Description_builder) string {
	t.Helper()
	receipt, err := deposit(t.Context(), d.person, *requestID(), d.safe, paper{title: body, body: []byte(body)})
	must(t, err)
	as.Title = &body
	must(t, call(t.Context(), coffrev1.NewDocumentServiceClient(d.person).Describe, coffrev1.DescribeRequest_builder{
		RequestId: requestID(), Safe: &d.safe, Document: new(receipt.GetDocument()), Description: as.Build(),
	}.Build()))
	return receipt.GetDocument()
}

// seeing lets the social worker see papers of some kinds, and read none.
func (d *desk) seeing(t *testing.T, kinds ...string) visitor {
	t.Helper()
	x := never()
	x.safe, x.agent = d.safe, d.house.Agents[vaulttest.Worker].String()
	terms := termsFor(x)
	terms.SetActions([]coffrev1.Action{coffrev1.Action_ACTION_SEE})
	terms.SetScope(coffrev1.Scope_builder{Kinds: kinds}.Build())
	terms.SetArrivals(coffrev1.Arrivals_ARRIVALS_TOO)
	terms.SetPresence(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT)
	client := coffrev1.NewConsentServiceClient(d.person)
	shown, err := client.ShowConsent(t.Context(), coffrev1.ShowConsentRequest_builder{Safe: &d.safe, Terms: terms}.Build())
	must(t, err)
	giving := alone()
	giving.SetMethod(coffrev1.Method_METHOD_SESSION)
	must(t, call(t.Context(), client.GiveConsent, coffrev1.GiveConsentRequest_builder{
		RequestId: requestID(), Safe: &d.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(), Giving: giving,
	}.Build()))
	worker, _ := d.login(t, vaulttest.Worker)
	return worker
}

func (d *desk) bring(t *testing.T, who visitor, members ...*coffrev1.HouseholdMember) *coffrev1.Slip {
	t.Helper()
	answer, err := coffrev1.NewPapersServiceClient(who).Bring(t.Context(), coffrev1.BringRequest_builder{
		Safe: &d.safe, Purpose: new("rsa"), Members: members,
	}.Build())
	must(t, err)
	return answer.GetSlip()
}

func judged(t *testing.T, who string, s *coffrev1.Slip, want map[string]coffrev1.PieceState) {
	t.Helper()
	got := map[string]coffrev1.PieceState{}
	for _, l := range s.GetLines() {
		got[strings.TrimSpace(l.GetPiece()+" "+l.GetWhose())] = l.GetState()
	}
	for piece, state := range want {
		if have, there := got[piece]; !there || have != state {
			t.Errorf("%s, %s: %v (%v), want %v", who, piece, have, there, state)
		}
	}
}

const (
	isOK      = coffrev1.PieceState_PIECE_STATE_OK
	isMissing = coffrev1.PieceState_PIECE_STATE_MISSING
	toBring   = coffrev1.PieceState_PIECE_STATE_UNSPECIFIED
)

// N7: the person is told what is there, what is missing, of whom, and where the
// original is; each member of the household is asked.
func TestThePersonIsToldWhatToBring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		slip := d.bring(t, d.person)
		judged(t, "by the papers", slip, map[string]coffrev1.PieceState{
			"rib": isOK, "revenus": isOK, "revenus mon conjoint Karim": isMissing, "identite": isMissing,
		})
		i := slices.IndexFunc(slip.GetLines(), func(l *coffrev1.SlipLine) bool { return l.GetPiece() == "rib" })
		if l := slip.GetLines()[i]; !slices.Equal(l.GetDocuments(), []string{d.rib}) || !slices.Equal(l.GetOriginalPlaces(), []string{"le tiroir du bas"}) ||
			!strings.Contains(strings.Join(l.GetTexts(), " "), "L'original est ici : le tiroir du bas.") {
			t.Errorf("the paper that answers: %v", l)
		}
		child := coffrev1.HouseholdMember_builder{Whose: new("ma fille Ana"), Relation: coffrev1.Relation_RELATION_CHILD.Enum(), BirthYear: new(int32(1995))}.Build()
		slip = d.bring(t, d.person, child)
		judged(t, "as told", slip, map[string]coffrev1.PieceState{"revenus": isOK, "revenus ma fille Ana": isMissing})
		if len(slip.GetStrangers()) != 1 { // Karim's
			t.Errorf("papers of nobody: %q", slip.GetStrangers())
		}
	})
}

// An agent whose consent lets papers be seen, and not read, is told of what it
// shows; of the rest the slip says "to bring". Without a consent there is the
// general list, for anybody.
func TestWhoSeesAndDoesNotReadIsToldWhatToBring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		worker := d.seeing(t, "rib", "cni", "titre-sejour")
		judged(t, "the worker", d.bring(t, worker), map[string]coffrev1.PieceState{"rib": isOK, "identite": isMissing, "revenus": toBring, "avis": toBring})
		if _, _, err := read(t, worker, d.safe, d.rib, 0); reason(t, err) != "NOT_ALLOWED" {
			t.Errorf("the worker reads: %v", err)
		}
		colleague, _ := d.login(t, vaulttest.Leader)
		err := call(t.Context(), coffrev1.NewPapersServiceClient(colleague).Bring, coffrev1.BringRequest_builder{Safe: &d.safe, Purpose: new("rsa")}.Build())
		if reason(t, err) != "NOT_FOUND" {
			t.Errorf("without a consent: %v", err)
		}
		general, err := coffrev1.NewPapersServiceClient(d.nobody()).GetGeneralList(t.Context(), coffrev1.GetGeneralListRequest_builder{Purpose: new("rsa")}.Build())
		must(t, err)
		judged(t, "anybody", general.GetSlip(), map[string]coffrev1.PieceState{"rib": toBring, "revenus": toBring, "identite": toBring})
		if !general.GetSlip().GetGeneral() || d.bring(t, worker).GetGeneral() {
			t.Error("a slip does not say whether a safe was looked at")
		}
	})
}

// The slip on paper: when, where, each piece and each member, for the person and
// for whoever has the general list.
func TestTheSlipIsPrinted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		req := coffrev1.PrintBringRequest_builder{
			Safe: &d.safe, Purpose: new("rsa"), Format: coffrev1.PageFormat_PAGE_FORMAT_HTML.Enum(), Place: new("CCAS, guichet 3"),
			AppointmentTime: timestamppb.New(time.Now().Add(72 * time.Hour)),
		}.Build()
		page, err := coffrev1.NewPrintServiceClient(d.person).PrintBring(t.Context(), req)
		must(t, err)
		for _, words := range []string{"CCAS, guichet 3", "4 janvier 2000", "mon conjoint Karim", "le tiroir du bas", "Votre RIB."} {
			if !bytes.Contains(page.GetHtml(), []byte(words)) {
				t.Errorf("%q is not on the page", words)
			}
		}
		req.ClearSafe()
		page, err = coffrev1.NewPrintServiceClient(d.person).PrintBring(t.Context(), req)
		must(t, err)
		if bytes.Contains(page.GetHtml(), []byte("Karim")) || !bytes.Contains(page.GetHtml(), []byte("Cette liste est la même pour tous.")) {
			t.Error("the general list speaks of somebody")
		}
		req.ClearFormat()
		if page, err = coffrev1.NewPrintServiceClient(d.person).PrintBring(t.Context(), req); err != nil || !bytes.HasPrefix(page.GetPdf(), []byte("%PDF-")) {
			t.Errorf("as PDF: %v", err)
		}
	})
}

// N4: what may go is said with its source, what has to be known is asked, and
// nothing goes by itself. Two papers of the same bytes are told to the person
// alone.
func TestSortingAdvisesAndThrowsNothingAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		old := d.filed(t, "relevé", coffrev1.Description_builder{Kind: new("releve-bancaire"), DocumentDate: new("1990-05-03")})
		lease := d.filed(t, "bail", coffrev1.Description_builder{Kind: new("bail"), DocumentDate: new("1991-01-01")})
		again := d.filed(t, "rib", coffrev1.Description_builder{Kind: new("rib")})
		api := coffrev1.NewPapersServiceClient(d.person)
		sorted := func(who coffrev1.PapersServiceClient, doc string, a *coffrev1.PaperAnswers) map[string]*coffrev1.SortedPaper {
			answer, err := who.Sort(t.Context(), coffrev1.SortRequest_builder{Safe: &d.safe, Document: &doc, Answers: a}.Build())
			must(t, err)
			by := map[string]*coffrev1.SortedPaper{}
			for _, one := range answer.GetPapers() {
				by[one.GetDocument()] = one
			}
			return by
		}
		all := sorted(api, "", nil)
		if all[old].GetAdvice() != coffrev1.Advice_ADVICE_MAY_GO || all[old].GetUntilDate() != "1995-05-03" || all[old].GetSource().GetName() == "" {
			t.Errorf("an old statement: %v", all[old])
		}
		if all[lease].GetAdvice() != coffrev1.Advice_ADVICE_ASK_FIRST || all[lease].GetQuestion() != "Le contrat est fini ? Quand ?" {
			t.Errorf("a lease: %v", all[lease])
		}
		answered := sorted(api, lease, coffrev1.PaperAnswers_builder{SinceDate: new("1999-06-30")}.Build())
		if answered[lease].GetAdvice() != coffrev1.Advice_ADVICE_KEEP_UNTIL || answered[lease].GetUntilDate() != "2002-06-30" {
			t.Errorf("a lease that ended: %v", answered[lease])
		}
		if !slices.Equal(all[d.rib].GetSameAs(), []string{again}) || !slices.Equal(all[again].GetSameAs(), []string{d.rib}) || len(all[old].GetSameAs()) != 0 {
			t.Errorf("the same paper twice: %q, %q", all[d.rib].GetSameAs(), all[again].GetSameAs())
		}
		seen := sorted(coffrev1.NewPapersServiceClient(d.seeing(t, "rib")), "", nil)
		if len(seen) != 2 || len(seen[d.rib].GetSameAs()) != 0 {
			t.Errorf("an agent is told of duplicates: %v", seen)
		}
		count, err := coffrev1.NewDocumentServiceClient(d.person).Count(t.Context(), coffrev1.CountRequest_builder{Safe: &d.safe}.Build())
		must(t, err)
		if count.GetDocuments() != int32(len(all)) {
			t.Errorf("%d papers of %d are left", count.GetDocuments(), len(all))
		}
	})
}

// N15: what falls due is told with its meaning in the unlocked safe; of a paper
// without its date that is asked, and what comes each year is for everybody.
func TestWhatFallsDueIsToldInTheUnlockedSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.filed(t, "titre", coffrev1.Description_builder{Kind: new("titre-sejour"), ExpireDate: new("2000-05-15"), Whose: new("ma fille Ana")})
		passport := d.filed(t, "passeport", coffrev1.Description_builder{Kind: new("passeport")})
		d.filed(t, "faite", coffrev1.Description_builder{Kind: new("suivi-declaration"), DocumentDate: new("1999-09-20")})
		api := coffrev1.NewPapersServiceClient(d.person)
		answer, err := api.ListDues(t.Context(), coffrev1.ListDuesRequest_builder{Safe: &d.safe}.Build())
		must(t, err)
		got := map[string]string{}
		for _, due := range answer.GetDues() {
			got[due.GetDuty()] = due.GetFromDate() + " " + due.GetByDate() + " " + due.GetPhase().String() + " " + due.GetWhose()
		}
		for duty, want := range map[string]string{
			"declaration-trimestrielle": "1999-12-20 1999-12-20 DUE_PHASE_OVERDUE ",
			"titre-sejour":              "2000-01-15 2000-03-15 DUE_PHASE_AHEAD ma fille Ana",
			"declaration-revenus":       "2000-04-01 2000-06-30 DUE_PHASE_AHEAD ",
		} {
			if got[duty] != want {
				t.Errorf("%s: %q, want %q", duty, got[duty], want)
			}
		}
		if w := answer.GetWanting(); len(w) != 1 || w[0].GetDocument() != passport {
			t.Errorf("dates that are missing: %v", w)
		}
		notices, err := coffrev1.NewPrintServiceClient(d.person).ListNotices(t.Context(), coffrev1.ListNoticesRequest_builder{Safe: &d.safe}.Build())
		must(t, err)
		var told []string
		for _, n := range notices.GetNotices() {
			if n.GetKind() == coffrev1.NoticeKind_NOTICE_KIND_DUE {
				told = append(told, n.GetSentence())
			}
		}
		slices.Sort(told)
		if want := []string{
			"Il y a quelque chose à faire vers le 15 janvier 2000. Ouvrez votre coffre pour voir quoi.",
			"Il y a quelque chose à faire vers le 20 décembre 1999. Ouvrez votre coffre pour voir quoi.",
		}; !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
	})
}
