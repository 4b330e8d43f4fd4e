package prints

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A Receipt is the person's proof of a consent: the parts of a consent record of
// ISO/IEC TS 27560:2023 (L-59), without anything that names a person (L-60): no
// name, no login, no id of the safe, no sentence that somebody typed.
type Receipt struct {
	Letterhead
	Consent        vault.Consent
	Code           vault.PageCode // of the page that says whether it still counts
	SIRET          string
	Purpose        string   // label of the démarche
	Kinds, Drawers []string // labels
	Portal         *url.URL // the service's public address
}

// receiptSchema is what the record follows.
const receiptSchema = "ISO/IEC TS 27560:2023"

// Pseudonym stands for the person of one consent: nobody links it to a safe, or
// to another consent of the same person, but the service.
func Pseudonym(c vault.Consent) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "coffre/receipt\x00%s\x00%s", c.Terms.Safe, c.ID))
	return hex.EncodeToString(sum[:10])
}

// lay puts the record in order. That of a discreet safe names no structure and leads to no
// page: the address alone would say who helps.
func (r Receipt) lay() (page, error) {
	check, err := r.check(texts.ReceiptCheck, r.Portal, r.Code)
	if err != nil {
		return page{}, err
	}
	c, state := r.Consent, []string{string(texts.ConsentStateName(r.Consent.State))}
	if c.State == vault.ConsentEnded {
		state = append(state, string(texts.EndReason(c.Ended)), r.moment(c.EndedAt))
	}
	record := []field{
		{Label: texts.ReceiptID, Value: c.ID.String(), As: exact},
		{Label: texts.ReceiptSchema, Value: receiptSchema},
		{Label: texts.ReceiptPerson, Value: Pseudonym(c), As: exact},
		{Label: texts.ReceiptPurpose, Value: r.Purpose + " (" + string(texts.PostureName(c.Terms.Posture)) + ")"},
		{Label: texts.ReceiptBasis, Value: string(texts.ReceiptBasisText)},
		{Label: texts.ReceiptData, Value: r.papers()},
		{Label: texts.ReceiptActions, Value: actions(c.Terms.Actions)},
		{Label: texts.ReceiptHolder, Value: r.holder()},
		{Label: texts.ReceiptMethod, Value: string(texts.MethodName(c.Giving.Method))},
		{Label: texts.ReceiptStorage, Value: string(texts.ReceiptKeptHere)},
		{Label: texts.ReceiptRetention, Value: string(texts.ReceiptKeptLong)},
		{Label: texts.ReceiptRecipient, Value: r.recipient()},
		{Label: texts.ReceiptWithdraw, Value: string(texts.ReceiptWithdrawBy)},
		{Label: texts.ReceiptRights, Value: string(texts.ReceiptMyRights)},
		{Label: texts.ReceiptAt, Value: r.moment(c.Given)},
		{Label: texts.ReceiptFrom, Value: r.moment(c.Terms.From)},
		{Label: texts.ReceiptUntil, Value: r.moment(c.Terms.Until)},
		{Label: texts.ReceiptState, Value: strings.Join(state, " ")},
		{Label: texts.ReceiptBy, Value: string(texts.ReceiptService)},
		{Label: texts.ReceiptText, Value: c.Shown.Version},
		{Label: texts.ReceiptDigest, Value: c.Shown.Digest.String(), As: exact},
	}
	return r.page(texts.ReceiptTitle, append([]block{
		{Lines: plain(texts.ReceiptNoName)},
		{Heading: texts.ReceiptRecord, Class: "long", Fields: record},
	}, check...)...), nil
}

// holder is the structure, as far as the page may say.
func (r Receipt) holder() string {
	if r.siret() == "" {
		return r.controller()
	}
	return r.controller() + ", SIRET " + r.SIRET
}

func (r Receipt) recipient() string {
	function := texts.FunctionName(r.Consent.Terms.Function)
	if r.discreet() || r.Consent.Structure == "" {
		return function
	}
	return function + ", " + r.Consent.Structure
}

// check is the part that leads to the page that says whether an agreement still
// counts; none on a discreet page.
func (h Letterhead) check(heading texts.Label, portal *url.URL, code vault.PageCode) ([]block, error) {
	if h.discreet() {
		return nil, nil
	}
	address, err := VerifyURL(portal, code)
	if err != nil {
		return nil, err
	}
	square, err := newSquare(heading, address)
	if err != nil {
		return nil, err
	}
	return []block{{
		Heading: heading, Square: square, Lines: plain(texts.MandateScan, texts.MandateMark),
		Fields: []field{{Label: texts.PageAddress, Value: address, As: copied}},
	}}, nil
}

// controller and siret are the holder's two halves, for programs.
func (r Receipt) controller() string {
	if r.discreet() || r.Consent.Structure == "" {
		return string(texts.ReceiptSomebody)
	}
	return r.Consent.Structure
}

func (r Receipt) siret() string {
	if r.discreet() {
		return ""
	}
	return r.SIRET
}

// papers says how many and of which kinds, never which.
func (r Receipt) papers() string {
	all := append(append([]string{}, r.Kinds...), r.Drawers...)
	if n := len(r.Consent.Terms.Scope.Documents); n > 0 {
		all = append(all, texts.JournalPapers.With("count", fmt.Sprint(n)))
	}
	return strings.Join(all, ", ")
}

func (h Letterhead) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return texts.Moment(t, h.Zone)
}

func actions(a vault.Action) string {
	var all []string
	for _, one := range vault.Actions() {
		if a.Has(one) {
			all = append(all, string(texts.ActionName(one)))
		}
	}
	return strings.Join(all, ", ")
}

// recordJSON is the record for programs: the same parts, under the names of the
// technical specification.
type recordJSON struct {
	Schema       string   `json:"schema_version"`
	Record       string   `json:"record_id"`
	Principal    string   `json:"pii_principal_id"`
	Purpose      string   `json:"purpose"`
	PurposeLabel string   `json:"purpose_label"`
	Basis        string   `json:"lawful_basis"`
	Categories   []string `json:"pii_categories"`
	Actions      []string `json:"processing"`
	Controller   string   `json:"pii_controller"`
	SIRET        string   `json:"pii_controller_id,omitempty"`
	Method       string   `json:"collection_method"`
	Storage      string   `json:"storage_location"`
	Retention    string   `json:"retention"`
	Recipients   []string `json:"recipients"`
	Withdrawal   string   `json:"withdrawal_method"`
	Rights       string   `json:"privacy_rights"`
	EventTime    string   `json:"event_time"`
	ValidFrom    string   `json:"valid_from"`
	ValidUntil   string   `json:"valid_until"`
	State        string   `json:"event_state"`
	Entity       string   `json:"entity"`
	Notice       string   `json:"notice_version"`
	Digest       string   `json:"notice_sha256"`
}

// JSON makes the record for programs.
func (r Receipt) JSON() ([]byte, error) {
	c := r.Consent
	j := recordJSON{
		Schema: receiptSchema, Record: c.ID.String(), Principal: Pseudonym(c), Purpose: string(c.Terms.Purpose), PurposeLabel: r.Purpose,
		Basis: string(texts.ReceiptBasisText), Categories: append(append([]string{}, r.Kinds...), r.Drawers...), Controller: r.controller(), SIRET: r.siret(),
		Method: string(texts.MethodName(c.Giving.Method)), Storage: string(texts.ReceiptKeptHere), Retention: string(texts.ReceiptKeptLong),
		Recipients: []string{c.Terms.Function.String()}, Withdrawal: string(texts.ReceiptWithdrawBy), Rights: string(texts.ReceiptMyRights),
		EventTime: stamp(c.Given), ValidFrom: stamp(c.Terms.From), ValidUntil: stamp(c.Terms.Until),
		State: string(texts.ConsentStateName(c.State)), Entity: string(texts.ReceiptService), Notice: c.Shown.Version, Digest: c.Shown.Digest.String(),
	}
	for _, one := range vault.Actions() {
		if c.Terms.Actions.Has(one) {
			j.Actions = append(j.Actions, one.String())
		}
	}
	b, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return append(b, '\n'), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// VerifyURL is the page under the service's public address that says whether a
// consent still counts. It names neither the consent nor anybody.
func VerifyURL(portal *url.URL, code vault.PageCode) (string, error) {
	if code.IsZero() {
		return "", errors.New("print: a page that leads nowhere")
	}
	return under(portal, "v", code.String())
}

// A Mandate is a consent on paper, with the exact text that was shown, places to
// sign, a QR code to the page that says whether it still counts, and a slip by
// which the person takes it back.
type Mandate struct {
	Letterhead
	Consent vault.Consent
	Code    vault.PageCode
	Person  string // as they sign; empty leaves a blank
	Portal  *url.URL
	// Source is where the list of papers comes from, where it has to be checked
	// with the body first; empty otherwise.
	Source string
}

// lay puts two pages in order: the mandate, and the withdrawal slip on its own. Of a
// discreet safe it answers [ErrDiscreet]: a mandate is nothing without names.
func (m Mandate) lay() (page, error) {
	if m.discreet() {
		return page{}, ErrDiscreet
	}
	c := m.Consent
	check, err := m.check(texts.MandateCheck, m.Portal, m.Code)
	if err != nil {
		return page{}, err
	}
	check[0].Fields = append(check[0].Fields, field{Label: texts.ReceiptText, Value: c.Shown.Version},
		field{Label: texts.ReceiptDigest, Value: c.Shown.Digest.String(), As: exact})
	title, parts := texts.Outline(c.Shown.Text)
	blocks := []block{{Heading: texts.MandateParties, Fields: []field{
		{Label: texts.MandatePerson, Value: m.Person}, {Label: texts.MandateAgent, Value: c.AgentName},
		{Label: texts.MandateStructure, Value: c.Structure}, {Label: texts.MandateNumber, Value: m.Code.String(), As: exact},
	}, After: m.law()}}
	for _, p := range parts {
		b := block{Heading: texts.Label(p.Heading), Lines: p.Lines, Items: p.Items}
		if len(p.Items) > 0 { // a list is read before what limits it
			b.Lines, b.After = nil, p.Lines
		}
		blocks = append(blocks, b)
	}
	if m.Source != "" {
		blocks = append(blocks, block{Lines: []string{texts.MandateSource.With("source", m.Source)}})
	}
	blocks = append(blocks, block{
		Heading: texts.MandateSigns, Signs: m.signs(),
		Lines: append(plain(texts.ProtectionAnswer(c.Giving.Protection)), string(texts.MandateTwo)),
	})
	slip := Withdrawal{Letterhead: m.Letterhead, Code: m.Code, Structure: c.Structure}
	back, err := slip.block(texts.WithdrawTitle, "page cut")
	if err != nil {
		return page{}, err
	}
	blocks = append(append(blocks, check...), back)
	if c.Terms.Posture == vault.PostureInStead {
		title = string(texts.MandateTitle)
	}
	return m.page(texts.Label(title), blocks...), nil
}

// A Withdrawal is the slip by which a person takes an agreement back without
// being there: an agent finds it by its number.
type Withdrawal struct {
	Letterhead
	Code      vault.PageCode
	Structure string
}

func (w Withdrawal) lay() (page, error) {
	b, err := w.block("", "")
	if err != nil {
		return page{}, err
	}
	return w.page(texts.WithdrawTitle, b), nil
}

func (w Withdrawal) block(heading texts.Label, class string) (block, error) {
	number := w.Code.String()
	square, err := newSquare(texts.WithdrawScan, number)
	if err != nil {
		return block{}, err
	}
	b := block{
		Heading: heading, Class: class, Lines: plain(texts.WithdrawWhat, texts.WithdrawSpoken), Square: square, Box: texts.WithdrawBox,
		Fields: []field{{Label: texts.WithdrawNumber, Value: number, As: exact}},
		Signs:  []sign{{Label: texts.MandatePerson}, {Label: texts.MandateAgent}}, After: plain(texts.WithdrawAgent),
	}
	if w.Structure != "" && !w.discreet() {
		b.Fields = append(b.Fields, field{Label: texts.MandateStructure, Value: w.Structure})
	}
	return b, nil
}

// law is said of a mandate only: help side by side is none.
func (m Mandate) law() []string {
	if m.Consent.Terms.Posture != vault.PostureInStead {
		return nil
	}
	return plain(texts.MandateLaw)
}

// signs are the places to sign: those who were there, and who represents the
// person where somebody does (L-87).
func (m Mandate) signs() []sign {
	c := m.Consent
	all := []sign{{texts.MandatePerson, m.Person}, {texts.MandateAgent, c.AgentName}}
	if c.Giving.Protection == vault.ProtectionAssisted || c.Giving.Protection == vault.ProtectionRepresented {
		all = append(all, sign{Label: texts.MandateGuardian})
	}
	if c.Giving.Witness != "" {
		all = append(all, sign{texts.MandateWitness, c.Giving.Witness})
	}
	return all
}
