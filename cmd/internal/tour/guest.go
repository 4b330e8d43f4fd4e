package tour

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// The second person of the tour has neither phone nor e-mail nor, at first, a
// login. All of it is plainly invented.
const (
	guestFamily = "FICTIVE"
	guestBirth  = "1981-03-00" // as the paper says it: no day
	guestPIN    = "481526"
)

// guest is what is known of the second person's safe.
type guest struct {
	name                       string // drawn anew, so that another tour finds its own
	safe, sheet, code, address string
	papers                     []*paper
	notebook, mailbox          string         // memos
	book                       string         // number of the office notebook
	home                       *client.Client // their own login, once it is activated
	visit                      *client.Client // their session on an agent's screen
	// copies of the digital passport, by their form
	copies map[string]*coffrev1.PrintPassportResponse
}

// The guest's papers, by their place.
const (
	guestCAF = iota
	guestCard
	guestBill
	guestLease
)

// information: whoever wants may read, before anything is opened, what the
// service does and does not do (L-11 to L-13).
func (s *story) information(ctx context.Context) (string, error) {
	info, err := client.Repeat(ctx, s.anyone, s.anyone.Information.GetServiceInformation, &coffrev1.GetServiceInformationRequest{})
	if err != nil {
		return "", err
	}
	if sum := sha256.Sum256([]byte(info.GetText())); !bytes.Equal(sum[:], info.GetSha256()) {
		return "", errors.New("the information is not the text its digest says")
	}
	if info.GetVersion() == "" || !strings.HasPrefix(info.GetLanguage(), "fr") {
		return "", errors.New("the information has no version, or is not in French")
	}
	s.informed = info.GetVersion()
	if err := writeNew(filepath.Join(s.cfg.Prints, "information-"+s.informed+"-"+s.safe+".txt"), []byte(info.GetText())); err != nil {
		return "", err
	}
	return fmt.Sprintf("anybody can read the service's information, version %s, %d words, without a session", s.informed, len(strings.Fields(info.GetText()))), nil
}

// counterOpen: a safe for somebody without phone, e-mail or login, found again by
// name and birth date; papers go in the same minute.
func (s *story) counterOpen(ctx context.Context) (string, error) {
	g := &s.guest
	g.name = guestFamily + " Huit-" + strings.ToUpper(vault.NewRequestID().String()[:1]) + vault.NewRequestID().String()[:9]
	birth, language := guestBirth, "fr"
	opened, err := s.counter.OpenSafe(ctx, client.NewSafe{
		Information: s.informed, PIN: guestPIN,
		Entry: coffrev1.RegisterEntry_builder{Name: &g.name, BirthDate: &birth, Language: &language}.Build(),
	})
	if err != nil {
		return "", err
	}
	g.safe, g.sheet, g.code, g.address = opened.GetSafe(), opened.GetSheet(), opened.GetCode(), opened.GetAddress()
	if g.papers, err = guestPapers(g.name); err != nil {
		return "", err
	}
	if err := s.putFor(ctx, s.counter, g.safe, g.papers, "sans-compte"); err != nil {
		return "", err
	}
	text := fmt.Sprintf("FEUILLE DE CODE (DEV : personne fictive)\n\nCode :     %s\nCoffre :   %s\nFeuille :  %s\nAdresse :  %s\nPersonne : %s\n",
		g.code, g.safe, g.sheet, g.address, g.name)
	if err := writeNew(filepath.Join(s.cfg.Prints, "feuille-sans-compte-"+g.safe+".txt"), []byte(text)); err != nil {
		return "", err
	}
	if err := s.codeSheet("feuille-sans-compte-"+g.safe, opened.GetCode(), opened.GetSheet(), opened.GetAddress()); err != nil {
		return "", err
	}
	return fmt.Sprintf("the counter opened safe %s for somebody without phone, e-mail or login, who typed a PIN; %d papers went in at once", g.safe, len(g.papers)), nil
}

// counterSession: the person acts in their own session on an agent's screen. The
// sheet that was used there is replaced.
func (s *story) counterSession(ctx context.Context) (string, error) {
	g := &s.guest
	var err error
	if s.worker, s.workerLogin, err = s.logIn(ctx, s.cfg.People.Worker); err != nil {
		return "", err
	}
	if s.agent, err = whoIs(ctx, s.worker); err != nil {
		return "", err
	}
	if err := s.visit(ctx, "", coffrev1.Reach_REACH_ENTRUSTED); err != nil {
		return "", fmt.Errorf("by PIN: %w", err)
	}
	_, err = s.readFrom(ctx, g.visit, g.safe, g.papers[guestCAF])
	if err := refusedFor(err, "SHEET_NEEDED", "reading by PIN what is not entrusted"); err != nil {
		return "", err
	}
	if err := s.visit(ctx, g.code, coffrev1.Reach_REACH_ALL); err != nil {
		return "", fmt.Errorf("by sheet and PIN: %w", err)
	}
	if err := s.sees(ctx, g.visit, g.papers...); err != nil {
		return "", err
	}
	for _, p := range g.papers {
		if _, err := s.readFrom(ctx, g.visit, g.safe, p); err != nil {
			return "", fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if n, err := g.visit.Entrust(ctx, g.safe, "logement", agreement); err != nil || n != 2 {
		return "", fmt.Errorf("entrust: %d papers, %w", n, err)
	}
	old := g.code
	renewed, err := client.Repeat(ctx, g.visit, g.visit.Locks.RenewSheet, coffrev1.RenewSheetRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe}.Build())
	if err != nil {
		return "", fmt.Errorf("new sheet: %w", err)
	}
	g.sheet, g.code = renewed.GetSheet(), renewed.GetCode()
	s.mark("a sheet's code", g.code)
	if err := g.visit.Logout(ctx); err != nil {
		return "", err
	}
	err = s.visit(ctx, old, coffrev1.Reach_REACH_ALL)
	if err := refusedFor(err, "CODE_REFUSED", "the sheet of before"); err != nil {
		return "", err
	}
	return "in a counter session the PIN alone opened nothing that is not entrusted; sheet and PIN opened all; the drawer logement was entrusted, and a new sheet replaced the one that was shown", nil
}

// whoIs asks the service what agent somebody is.
func whoIs(ctx context.Context, c *client.Client) (string, error) {
	self, err := client.Repeat(ctx, c, c.Structures.GetSelf, &coffrev1.GetSelfRequest{})
	if err != nil {
		return "", err
	}
	if len(self.GetAgents()) != 1 {
		return "", differ("functions of one login", len(self.GetAgents()), 1)
	}
	return self.GetAgents()[0].GetAgent().GetAgent(), nil
}

// visit opens a counter session on the worker's screen.
func (s *story) visit(ctx context.Context, code string, want coffrev1.Reach) error {
	g, pin := &s.guest, guestPIN
	v, err := client.Once(ctx, s.worker, s.worker.Presence.OpenCounter, coffrev1.OpenCounterRequest_builder{
		Safe: &g.safe, Proof: coffrev1.Proof_builder{Code: &code, Pin: &pin}.Build(),
	}.Build())
	if err != nil {
		return err
	}
	if v.GetReach() != want {
		return differ("reach", v.GetReach(), want)
	}
	s.mark("token of a counter session", v.GetSessionToken())
	cred, err := s.workerLogin.Visit(v.GetSessionToken())
	if err != nil {
		return err
	}
	g.visit = s.anyone.As(cred)
	return nil
}

// activate: the person takes a login of their own, with the sheet and the word of
// an agent who did not print it.
func (s *story) activate(ctx context.Context) (string, error) {
	g := &s.guest
	var err error
	if g.home, _, err = s.logIn(ctx, s.cfg.People.Guest); err != nil {
		return "", err
	}
	if s.colleague, _, err = s.logIn(ctx, s.cfg.People.Colleague); err != nil {
		return "", err
	}
	ask := coffrev1.ActivateLoginRequest_builder{RequestId: client.NewRequest(), Safe: &g.safe, Code: &g.code}.Build()
	wait := func() error {
		_, err := client.Once(ctx, g.home, g.home.Locks.ActivateLogin, ask)
		return err
	}
	approval, err := awaited(wait())
	if err != nil {
		return "", err
	}
	if err := s.approve(ctx, s.colleague, approval); err != nil {
		return "", err
	}
	ask.SetApproval(approval)
	if err := wait(); err != nil {
		return "", err
	}
	if err := g.home.Unlock(ctx, g.safe, g.code); err != nil {
		return "", fmt.Errorf("unlock: %w", err)
	}
	if err := s.sees(ctx, g.home, g.papers...); err != nil {
		return "", err
	}
	return "the person linked a login to the safe with the new sheet; it counted once an agent who had not printed it agreed", nil
}

// approve is a second agent's yes.
func (s *story) approve(ctx context.Context, second *client.Client, approval string) error {
	_, err := client.Repeat(ctx, second, second.Structures.Approve, coffrev1.ApproveRequest_builder{Approval: &approval}.Build())
	if err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	return nil
}

// awaited takes the approval out of the answer to an act that needs one.
func awaited(err error) (string, error) {
	if err := refusedFor(err, "APPROVAL_NEEDED", "an act that needs two agents"); err != nil {
		return "", err
	}
	e, _ := errors.AsType[*client.Error](err)
	if e.Facts["approval"] == "" {
		return "", errors.New("the answer names no approval")
	}
	return e.Facts["approval"], nil
}

// refusedFor is refused with the very reason that is due.
func refusedFor(err error, reason, what string) error {
	if err == nil {
		return fmt.Errorf("%s was not refused", what)
	}
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Reason != reason {
		return fmt.Errorf("%s: another refusal than %s: %w", what, reason, err)
	}
	return nil
}

// find: the worker finds the safe by name and birth date together, or by an
// address, which tells nothing else.
func (s *story) find(ctx context.Context) (string, error) {
	g := &s.guest
	look := func(name, birth, address string) ([]*coffrev1.FoundSafe, error) {
		found, err := client.Repeat(ctx, s.worker, s.worker.Register.FindSafe, coffrev1.FindSafeRequest_builder{Name: &name, BirthDate: &birth, Address: &address}.Build())
		return found.GetSafes(), err
	}
	_, last, _ := strings.Cut(g.name, "-")
	asked := strings.ToLower(last) + " fictive" // as somebody says it, not as it is written
	byName, err := look(asked, guestBirth, "")
	if err != nil {
		return "", err
	}
	if len(byName) != 1 || byName[0].GetSafe() != g.safe || byName[0].GetEntry().GetName() != g.name {
		return "", fmt.Errorf("the register answers %d safes, or another", len(byName))
	}
	if other, err := look(asked, "1981-03-02", ""); err != nil || len(other) != 0 {
		return "", fmt.Errorf("another birth date finds %d safes: %w", len(other), err)
	}
	_, err = look(asked, "", "")
	if err := refusedFor(err, "INVALID_REQUEST", "searching by name alone"); err != nil {
		return "", err
	}
	byAddress, err := look("", "", g.address)
	if err != nil {
		return "", err
	}
	if len(byAddress) != 1 || byAddress[0].GetSafe() != g.safe || byAddress[0].GetEntry().GetName() != "" {
		return "", errors.New("the address answers another safe, or more than the safe")
	}
	return "the register answers to name and birth date together, never to one alone; the address answers the safe and nothing else", nil
}

// sees checks that c lists exactly these papers of the guest.
func (s *story) sees(ctx context.Context, c *client.Client, want ...*paper) error {
	n := 0
	for d, err := range c.List(ctx, s.guest.safe, "") {
		if err != nil {
			return fmt.Errorf("list: %w", err)
		}
		known := false
		for _, p := range want {
			known = known || p.id == d.GetDocument() && p.title == d.GetDescription().GetTitle()
		}
		if !known {
			return errors.New("the list shows a paper that is not to be seen")
		}
		n++
	}
	if n != len(want) {
		return differ("papers in the list", n, len(want))
	}
	return nil
}

// readFrom reads one paper of the guest and compares its bytes.
func (s *story) readFrom(ctx context.Context, c *client.Client, safe string, p *paper) (int, error) {
	var back bytes.Buffer
	if _, err := c.GetTo(ctx, safe, p.id, &back, nil); err != nil {
		return 0, err
	}
	if !bytes.Equal(back.Bytes(), p.content) {
		return 0, fmt.Errorf("%s came back with other bytes", p.name)
	}
	return back.Len(), nil
}
