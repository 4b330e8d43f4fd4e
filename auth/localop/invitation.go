package localop

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

const (
	// An invitation's code is a name of 40 bits, under which guesses are counted, and a secret of 80.
	codeNameSize   = 8
	codeSecretSize = 16
	// codeAlphabet has 32 letters and digits, so that a random byte has no bias, without those that are
	// mistaken for one another.
	codeAlphabet = "abcdefghjkmnpqrstvwxyz0123456789"
	// invitationLife is how long a code is good.
	invitationLife = 7 * 24 * time.Hour
	invitePrefix   = "invite."
	// openMark begins what lies under the name of a subject that nobody has an account for yet: the name
	// of its invitation follows. No login begins with it.
	openMark = "?"
)

// errInvitation is the one answer to a wrong code, one that was used, replaced or has run out, and one that
// is locked.
var errInvitation = errors.New("localop: invitation refused")

// A Kind says whom an account is for. The zero Kind is nobody's.
type Kind uint8

// The kinds.
const (
	_         Kind = iota
	ForPerson      // a password
	ForAgent       // a password and one-time codes; logs in while Config.Admits says so
)

func (k Kind) word() string {
	switch k {
	case ForPerson:
		return "person"
	case ForAgent:
		return "agent"
	default:
		return ""
	}
}

// An Invitation is what is known of somebody who is to choose a login and a password themselves.
type Invitation struct {
	Kind Kind
	// Name is what the pages will call them: 1 to 120 bytes, one line.
	Name string
}

// An Invited is an account on its way.
type Invited struct {
	// Subject is what its ID tokens will say. Nobody can log in as it yet.
	Subject string
	// Code is to be handed to its person. It is kept nowhere.
	Code InvitationCode
	// Until is when the code runs out.
	Until time.Time
}

// An InvitationCode lets one person, once, choose login and password of one account. It prints as a fixed
// word.
type InvitationCode struct{ text string }

func newInvitationCode() InvitationCode {
	var raw [codeNameSize + codeSecretSize]byte
	_, _ = rand.Read(raw[:]) // never fails
	for i, c := range raw {
		raw[i] = codeAlphabet[c%32]
	}
	return InvitationCode{string(raw[:])}
}

// parseInvitationCode reads a code as people type it: in either case, with or without separators, with the
// letters that look like digits.
func parseInvitationCode(typed string) (InvitationCode, bool) {
	if len(typed) > maxLogin {
		return InvitationCode{}, false
	}
	text := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		switch r {
		case '-', ' ':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, typed)
	if len(text) != codeNameSize+codeSecretSize || strings.Trim(text, codeAlphabet) != "" {
		return InvitationCode{}, false
	}
	return InvitationCode{text}, true
}

func (c InvitationCode) name() string { return c.text[:codeNameSize] }

// Reveal returns the code in groups of four, to be handed to its person.
func (c InvitationCode) Reveal() string {
	var groups []string
	for text := c.text; text != ""; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(groups, "-")
}

// String never shows the code.
func (c InvitationCode) String() string { return "[invitation code]" }

// GoString never shows the code.
func (c InvitationCode) GoString() string { return c.String() }

// Format never shows the code, whatever the verb.
func (c InvitationCode) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue never shows the code.
func (c InvitationCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText never shows the code.
func (c InvitationCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// invitation is an invitation as stored: FORMAT.md.
type invitation struct {
	Version int    `json:"version"`
	Subject string `json:"subject"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Code    string `json:"code"` // a MAC of the code
	Until   int64  `json:"until"`

	id     string // its name
	renews string // the login of the account that it is for, where there is one
}

func (i invitation) forAgent() bool { return i.Kind == ForAgent.word() }

func parseInvitation(b []byte) (invitation, error) {
	var i invitation
	if err := json.Unmarshal(b, &i); err != nil {
		return invitation{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	if i.Version != 1 || i.Subject == "" || i.Name == "" || i.Code == "" || i.Kind != ForPerson.word() && i.Kind != ForAgent.word() {
		return invitation{}, errRecord
	}
	return i, nil
}

// Invite begins an account whose person is still to choose login and password, with the code that is
// answered. The error wraps ErrAccount or that of the store.
func (p *Provider) Invite(ctx context.Context, inv Invitation) (Invited, error) {
	if err := checkName(inv.Name); err != nil {
		return Invited{}, err
	}
	if inv.Kind.word() == "" {
		return Invited{}, fmt.Errorf("%w: of no kind", ErrAccount)
	}
	s := p.accounts
	s.writing.Lock()
	defer s.writing.Unlock()
	made, code, err := s.invite(ctx, invitation{Subject: strings.ToLower(rand.Text()), Name: inv.Name, Kind: inv.Kind.word()})
	if err != nil {
		return Invited{}, err
	}
	if err := s.store.Save(ctx, s.subjectName(made.Subject), []byte(openMark+made.id)); err != nil {
		return Invited{}, fmt.Errorf("localop: save subject: %w", err)
	}
	return made.invited(code), nil
}

// Reissue gives an agent who lost password, second factor or invitation a new code for the same subject.
// Password, second factor and earlier code end at once. Who asks for it is for the caller to know. A
// person's account is theirs alone: it has no new code, and is answered like none. The error wraps
// ErrNoAccount or that of the store.
func (p *Provider) Reissue(ctx context.Context, subject string) (Invited, error) {
	s := p.accounts
	s.writing.Lock()
	defer s.writing.Unlock()
	lies, err := s.store.Load(ctx, s.subjectName(subject))
	if errors.Is(err, ErrNotFound) {
		return Invited{}, ErrNoAccount
	}
	if err != nil {
		return Invited{}, fmt.Errorf("localop: load subject: %w", err)
	}
	if id, open := strings.CutPrefix(string(lies), openMark); open {
		return s.reinvite(ctx, id)
	}
	rec, err := s.load(ctx, string(lies))
	if err != nil {
		return Invited{}, err
	}
	if rec.kind() != ForAgent {
		return Invited{}, ErrNoAccount
	}
	made, code, err := s.invite(ctx, invitation{Subject: subject, Name: rec.Name, Kind: ForAgent.word()})
	if err != nil {
		return Invited{}, err
	}
	before := rec.Invite
	rec.Invite = made.id
	if err := s.save(ctx, rec); err != nil {
		return Invited{}, err
	}
	return made.invited(code), s.uninvite(ctx, before)
}

// reinvite replaces an agent's invitation that nobody took up. The caller holds writing.
func (s *accounts) reinvite(ctx context.Context, id string) (Invited, error) {
	old, err := s.loadInvitation(ctx, id)
	if err != nil {
		return Invited{}, err
	}
	if !old.forAgent() {
		return Invited{}, ErrNoAccount // whoever gave a person a code invites anew
	}
	made, code, err := s.invite(ctx, old)
	if err != nil {
		return Invited{}, err
	}
	if err := s.store.Save(ctx, s.subjectName(made.Subject), []byte(openMark+made.id)); err != nil {
		return Invited{}, fmt.Errorf("localop: save subject: %w", err)
	}
	return made.invited(code), s.uninvite(ctx, id)
}

// invite saves an invitation with a code of its own. It counts once the subject, or the account, names it.
func (s *accounts) invite(ctx context.Context, inv invitation) (invitation, InvitationCode, error) {
	code := newInvitationCode()
	inv.Version, inv.id, inv.renews = 1, code.name(), ""
	inv.Code, inv.Until = s.codeMAC(code), time.Now().Add(invitationLife).Unix()
	b, err := json.Marshal(inv)
	if err != nil {
		return inv, code, fmt.Errorf("localop: encode invitation: %w", err)
	}
	if err := s.store.Save(ctx, s.inviteName(inv.id), b); err != nil {
		return inv, code, fmt.Errorf("localop: save invitation: %w", err)
	}
	return inv, code, nil
}

func (i invitation) invited(code InvitationCode) Invited {
	return Invited{Subject: i.Subject, Code: code, Until: time.Unix(i.Until, 0)}
}

// uninvite forgets an invitation that nothing names any more; "" is none.
func (s *accounts) uninvite(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	if err := s.store.Delete(ctx, s.inviteName(id)); err != nil {
		return fmt.Errorf("localop: forget invitation: %w", err)
	}
	return nil
}

// inviteName is where an invitation lies.
func (s *accounts) inviteName(id string) string {
	return invitePrefix + s.keyed("coffre/invitation-name/v1", id)
}

func (s *accounts) codeMAC(c InvitationCode) string {
	return s.keyed("coffre/invitation-code/v1", c.text)
}

func (s *accounts) loadInvitation(ctx context.Context, id string) (invitation, error) {
	b, err := s.store.Load(ctx, s.inviteName(id))
	if errors.Is(err, ErrNotFound) {
		return invitation{}, errInvitation
	}
	if err != nil {
		return invitation{}, fmt.Errorf("localop: load invitation: %w", err)
	}
	inv, err := parseInvitation(b)
	inv.id = id
	return inv, err
}

// invited checks what somebody typed as the code of an invitation. Each guess at one that there is counts,
// under the code's name, before it is compared.
func (s *accounts) invited(ctx context.Context, typed string) (invitation, error) {
	code, ok := parseInvitationCode(typed)
	if !ok {
		return invitation{}, errInvitation // no guess: it fits nobody's
	}
	inv, err := s.loadInvitation(ctx, code.name())
	if err != nil {
		return invitation{}, err
	}
	name := s.inviteName(inv.id)
	v := s.invites.guess(name, 0, time.Time{})
	if v.locked || !hmac.Equal([]byte(inv.Code), []byte(s.codeMAC(code))) {
		return invitation{}, errInvitation
	}
	if inv, err = s.current(ctx, inv); err == nil {
		s.invites.forgive(name)
	}
	return inv, err
}

// current says for which account an invitation is, while it is good and the one that its subject names.
func (s *accounts) current(ctx context.Context, inv invitation) (invitation, error) {
	if !time.Now().Before(time.Unix(inv.Until, 0)) {
		return invitation{}, errInvitation
	}
	lies, err := s.store.Load(ctx, s.subjectName(inv.Subject))
	if err != nil {
		return invitation{}, fmt.Errorf("localop: load subject: %w", err)
	}
	if id, open := strings.CutPrefix(string(lies), openMark); open {
		if id != inv.id {
			return invitation{}, errInvitation
		}
		return inv, nil
	}
	rec, err := s.load(ctx, string(lies))
	if err != nil {
		return invitation{}, err
	}
	if rec.Invite != inv.id {
		return invitation{}, errInvitation
	}
	inv.renews = rec.Login
	return inv, nil
}
