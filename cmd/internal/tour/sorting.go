package tour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// What stands in the papers of these steps: plainly invented, and a marker.
const (
	sortedTitle   = "Papier fictif trié 2648"
	originalPlace = "chez la soeur fictive 2648"
	spouseName    = "mon conjoint fictif 2648"
	childName     = "ma fille fictive 2648"
)

// keep puts a small paper of the guest's in, in their own session.
func (s *story) keep(ctx context.Context, text string, d coffrev1.Description_builder) (string, error) {
	g := &s.guest
	d.Title, d.FileName = new(sortedTitle), new("papier-2648.txt")
	receipt, err := g.home.Put(ctx, g.safe, client.Upload{
		Name: "papier-2648.txt", Description: d.Build(), Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}, nil)
	if err != nil {
		return "", err
	}
	return receipt.GetDocument(), nil
}

// throw destroys papers, as the person decides.
func (s *story) throw(ctx context.Context, docs ...string) error {
	for _, doc := range docs {
		if err := s.guest.home.Destroy(ctx, s.guest.safe, doc); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) sorted(ctx context.Context, req *coffrev1.SortRequest) (map[string]*coffrev1.SortedPaper, error) {
	g := &s.guest
	req.SetSafe(g.safe)
	answer, err := client.Whole(ctx, g.home, g.home.Papers.Sort, req)
	if err != nil {
		return nil, err
	}
	by := map[string]*coffrev1.SortedPaper{}
	for _, one := range answer.GetPapers() {
		by[one.GetDocument()] = one
	}
	return by, nil
}

// sort: what to keep, until when, what may go, and what has to be asked first; two
// papers that are one are found; nothing goes by itself (N4).
func (s *story) sort(ctx context.Context) (string, error) {
	for _, text := range []string{sortedTitle, originalPlace, spouseName, childName} {
		s.mark("text of a paper", text)
	}
	g := &s.guest
	statement, err := s.keep(ctx, "releve fictif 2648", coffrev1.Description_builder{Kind: new("releve-bancaire"), DocumentDate: new("2015-03-31")})
	if err != nil {
		return "", err
	}
	again, err := s.keep(ctx, "releve fictif 2648", coffrev1.Description_builder{})
	if err != nil {
		return "", err
	}
	before, err := g.home.Count(ctx, g.safe)
	if err != nil {
		return "", err
	}
	all, err := s.sorted(ctx, &coffrev1.SortRequest{})
	if err != nil {
		return "", err
	}
	lease := g.papers[guestLease].id
	ended, err := s.sorted(ctx, coffrev1.SortRequest_builder{
		Document: &lease, Answers: coffrev1.PaperAnswers_builder{SinceDate: new(time.Now().AddDate(-1, 0, 0).Format(time.DateOnly))}.Build(),
	}.Build())
	if err != nil {
		return "", err
	}
	for doc, want := range map[string]coffrev1.Advice{
		statement: coffrev1.Advice_ADVICE_MAY_GO, lease: coffrev1.Advice_ADVICE_ASK_FIRST, again: coffrev1.Advice_ADVICE_UNSPECIFIED,
	} {
		if all[doc].GetAdvice() != want {
			return "", differ("advice", all[doc].GetAdvice(), want)
		}
	}
	if ended[lease].GetAdvice() != coffrev1.Advice_ADVICE_KEEP_UNTIL {
		return "", differ("advice on a lease that ended", ended[lease].GetAdvice(), coffrev1.Advice_ADVICE_KEEP_UNTIL)
	}
	if !slices.Equal(all[statement].GetSameAs(), []string{again}) {
		return "", differ("the same paper", all[statement].GetSameAs(), again)
	}
	after, err := g.home.Count(ctx, g.safe)
	if err != nil {
		return "", err
	}
	if after != before {
		return "", differ("papers after sorting", after, before)
	}
	if err := s.throw(ctx, statement, again); err != nil {
		return "", err
	}
	return fmt.Sprintf("of %d papers one may go, one is kept until %s once a question was answered, and two are the same; nothing went until the person said so",
		before, ended[lease].GetUntilDate()), nil
}

func (s *story) bring(ctx context.Context, who *client.Client, members ...*coffrev1.HouseholdMember) (*coffrev1.Slip, error) {
	answer, err := client.Repeat(ctx, who, who.Papers.Bring, coffrev1.BringRequest_builder{Safe: &s.guest.safe, Purpose: new("rsa"), Members: members}.Build())
	return answer.GetSlip(), err
}

// stateOf is what a piece of somebody is worth on a slip.
func stateOf(slip *coffrev1.Slip, piece, whose string) string {
	for _, l := range slip.GetLines() {
		if l.GetPiece() == piece && l.GetWhose() == whose {
			return l.GetState().String()
		}
	}
	return "no such line"
}

// bringSlip: what to bring, for the person, for an agent who sees and does not
// read, and for anybody; on paper as well (N7).
func (s *story) bringSlip(ctx context.Context) (string, error) {
	g := &s.guest
	rib, err := s.keep(ctx, "rib fictif 2648", coffrev1.Description_builder{Kind: new("rib"), OriginalPlace: new(originalPlace)})
	if err != nil {
		return "", err
	}
	own, err := s.bring(ctx, g.home)
	if err != nil {
		return "", err
	}
	_, err = s.bring(ctx, s.counter)
	if err := refusedFor(err, "NOT_FOUND", "a slip without a consent"); err != nil {
		return "", err
	}
	consent, err := s.letSee(ctx, "cni", "titre-sejour")
	if err != nil {
		return "", err
	}
	seen, err := s.bring(ctx, s.colleague)
	if err != nil {
		return "", err
	}
	general, err := client.Repeat(ctx, s.anyone, s.anyone.Papers.GetGeneralList, coffrev1.GetGeneralListRequest_builder{Purpose: new("rsa")}.Build())
	if err != nil {
		return "", err
	}
	_, err = s.readFrom(ctx, s.colleague, g.safe, g.papers[guestCard])
	if err := refusedFor(err, "NOT_ALLOWED", "reading what may only be seen"); err != nil {
		return "", err
	}
	const ok, missing, doubtful, toBring = "PIECE_STATE_OK", "PIECE_STATE_MISSING", "PIECE_STATE_DOUBTFUL", "PIECE_STATE_UNSPECIFIED"
	for _, c := range []struct {
		what        string
		slip        *coffrev1.Slip
		piece, want string
	}{
		{"the person's", own, "rib", ok},
		{"the person's", own, "identite", doubtful}, // a card without its date
		{"the person's", own, "avis", missing},
		{"the agent's", seen, "identite", doubtful},
		{"the agent's", seen, "rib", toBring},
		{"the general", general.GetSlip(), "rib", toBring},
	} {
		if have := stateOf(c.slip, c.piece, ""); have != c.want {
			return "", differ(c.what+" "+c.piece, have, c.want)
		}
	}
	if err := s.slipOnPaper(ctx); err != nil {
		return "", err
	}
	_, err = client.Repeat(ctx, g.home, g.home.Consents.WithdrawConsent, coffrev1.WithdrawConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Consent: &consent,
	}.Build())
	if err != nil {
		return "", fmt.Errorf("withdraw: %w", err)
	}
	if err := s.throw(ctx, rib); err != nil {
		return "", err
	}
	return "the person is told what is there, too old or missing, and where an original is; an agent who may see and not read, the same of what the consent shows; anybody, the general list", nil
}

// letSee lets a colleague see papers of some kinds, and read none.
func (s *story) letSee(ctx context.Context, kinds ...string) (consent string, err error) {
	g := &s.guest
	terms := s.terms(coffrev1.PresenceDemand_PRESENCE_DEMAND_NOT, coffrev1.Replacement_REPLACEMENT_NONE, kinds...)
	terms.SetAgent(s.cfg.People.Colleague.Agent.String())
	terms.SetActions([]coffrev1.Action{coffrev1.Action_ACTION_SEE})
	terms.SetArrivals(coffrev1.Arrivals_ARRIVALS_TOO)
	shown, err := client.Repeat(ctx, g.home, g.home.Consents.ShowConsent, coffrev1.ShowConsentRequest_builder{Safe: &g.safe, Terms: terms}.Build())
	if err != nil {
		return "", err
	}
	given, err := client.Repeat(ctx, g.home, g.home.Consents.GiveConsent, coffrev1.GiveConsentRequest_builder{
		RequestId: client.NewRequest(), Safe: &g.safe, Terms: terms, ShownDigest: shown.GetShown().GetDigest(),
		Giving: freely(coffrev1.Method_METHOD_SESSION, ""),
	}.Build())
	return given.GetConsent().GetConsent(), err
}

// slipOnPaper prints the person's slip, and the general one.
func (s *story) slipOnPaper(ctx context.Context) error {
	g := &s.guest
	for name, safe := range map[string]string{"a-ramener-" + g.safe: g.safe, "a-ramener-general-" + g.safe: ""} {
		made, err := client.Repeat(ctx, g.home, g.home.Prints.PrintBring, coffrev1.PrintBringRequest_builder{
			Safe: &safe, Purpose: new("rsa"), AppointmentTime: timestamppb.New(time.Now().Truncate(time.Hour).Add(72 * time.Hour)), Place: new("CCAS fictif, guichet 3"),
		}.Build())
		if err != nil {
			return fmt.Errorf("slip: %w", err)
		}
		if !bytes.HasPrefix(made.GetPdf(), []byte("%PDF-")) {
			return errors.New("the slip is no PDF file")
		}
		if err := s.page(name, made); err != nil {
			return err
		}
	}
	return nil
}

// household: a démarche asks papers of each member, those of the papers and those
// who were told.
func (s *story) household(ctx context.Context) (string, error) {
	g := &s.guest
	month := time.Now().AddDate(0, -1, 5-time.Now().Day()).Format("2006-01")
	pay, err := s.keep(ctx, "paie fictive 2648", coffrev1.Description_builder{Kind: new("bulletin-paie"), DocumentDate: &month, Whose: new(spouseName)})
	if err != nil {
		return "", err
	}
	slip, err := s.bring(ctx, g.home)
	if err != nil {
		return "", err
	}
	if have := stateOf(slip, "revenus", spouseName); have != "PIECE_STATE_MISSING" { // two months of three
		return "", differ("the partner's income", have, "PIECE_STATE_MISSING")
	}
	slip, err = s.bring(ctx, g.home,
		coffrev1.HouseholdMember_builder{Whose: new(spouseName), Relation: coffrev1.Relation_RELATION_PARTNER.Enum()}.Build(),
		coffrev1.HouseholdMember_builder{Whose: new(childName), Relation: coffrev1.Relation_RELATION_CHILD.Enum(), BirthYear: new(int32(2015))}.Build())
	if err != nil {
		return "", err
	}
	asked := 0
	for _, l := range slip.GetLines() {
		if l.GetPiece() == "revenus" {
			asked++
		}
	}
	if asked != 3 || stateOf(slip, "revenus", childName) == "no such line" {
		return "", differ("members asked for their income", asked, 3)
	}
	if err := s.throw(ctx, pay); err != nil {
		return "", err
	}
	return "with a partner and a child, the démarche asks each for their income, and once for what is of the whole household", nil
}
