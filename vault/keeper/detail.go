package keeper

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A detail is what a leaf's sealed details hold: ids, never a title or a name
// (L-54). FORMAT.md says which act sets what.
type detail struct {
	Safe      string   `json:"safe,omitempty"`
	Documents []string `json:"documents,omitempty"`
	Actor     string   `json:"actor,omitempty"`
	Issuer    string   `json:"issuer,omitempty"`
	Subject   string   `json:"subject,omitempty"`
	Session   string   `json:"session,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Seq       uint64   `json:"seq,omitempty"`
	Head      string   `json:"head,omitempty"`
	Bytes     int64    `json:"bytes,omitempty"`
	Way       string   `json:"way,omitempty"`
	Bundle    string   `json:"bundle,omitempty"`
	Text      string   `json:"text,omitempty"`
	Count     uint64   `json:"count,omitempty"`
	Copy      uint64   `json:"copy,omitempty"` // of the digital passport
	Drawer    string   `json:"drawer,omitempty"`
	Agent     string   `json:"agent,omitempty"`
	Function  string   `json:"function,omitempty"`
	Structure string   `json:"structure,omitempty"`
	Consent   string   `json:"consent,omitempty"`
	Purpose   string   `json:"purpose,omitempty"`
	Present   bool     `json:"present,omitempty"`
	Code      string   `json:"code,omitempty"`     // an end reason, a method: never words
	Approver  string   `json:"approver,omitempty"` // the second agent
	Approval  string   `json:"approval,omitempty"` // what waited, or waits, for one
	Address   string   `json:"address,omitempty"`  // its id
	Relay     string   `json:"relay,omitempty"`    // its id
	Cycle     string   `json:"cycle,omitempty"`    // of workshops: its id
	Consents  []string `json:"consents,omitempty"` // of an act that ends several
	Why       string   `json:"why,omitempty"`      // what an agent said they need a secret for
	Posture   string   `json:"posture,omitempty"`  // of the consent that the act rests on, a code
	Word      string   `json:"word,omitempty"`     // how the person said it, a code
	// The agent or the structure that an act is about, beside the one who acts.
	AboutAgent     string `json:"about_agent,omitempty"`
	AboutStructure string `json:"about_structure,omitempty"`
	Replaced       string `json:"replaced,omitempty"` // the agent whom that one replaces
	// Joined are the consents that papers joined, Told the notices that were read.
	Joined   []string `json:"joined,omitempty"`
	Told     []string `json:"told,omitempty"`
	Slot     uint32   `json:"slot,omitempty"`     // which secret of a memo: none for the password
	Notebook string   `json:"notebook,omitempty"` // its id
	// Plan is what a handover is made of, sealed to the master.
	Plan []byte `json:"plan,omitempty"`
	// How strongly somebody logged in, as their issuer said it (L-05).
	ACR string   `json:"acr,omitempty"`
	AMR []string `json:"amr,omitempty"`
}

// Who acted, in the details.
const (
	actorOwner    = "owner"
	actorVisit    = "visit" // the person, in a counter session
	actorAgent    = "agent"
	actorPartner  = "partner"
	actorStranger = "stranger"
	actorService  = "service"
)

// actorOf says what somebody is to a safe. An agent who ended is a stranger, and
// their id says which.
func actorOf(st consent.Standing) string {
	switch {
	case !st.Partner.IsZero():
		return actorPartner
	case st.Visit:
		return actorVisit
	case st.Owner:
		return actorOwner
	case !st.Agent.ID.IsZero() && st.Agent.State != vault.AgentEnded:
		return actorAgent
	default:
		return actorStranger
	}
}

// functionOf is the function in which somebody acts: the one that a consent was
// given for, else the first that they have; zero for who has none.
func functionOf(st consent.Standing, rests vault.ConsentID) vault.Function {
	for _, g := range st.Grants {
		if g.Consent == rests && !rests.IsZero() {
			return g.Function
		}
	}
	if all := st.Agent.Functions.All(); len(all) > 0 {
		return all[0]
	}
	return 0
}

// describe makes the record of a deed: in the journal of the safe and in the
// actor's own. Of an agent it says which, in which function, and of a counter
// session who vouches: by ids, whose names are looked up by whoever may read
// them (L-54).
func (k *Keeper) describe(d deed, s *safe, st consent.Standing, stage audit.Stage) (audit.Record, error) {
	u := d.who.User()
	n := d.note
	n.Actor, n.Issuer, n.Subject = actorOf(st), u.Issuer(), u.Subject()
	n.Session = fmt.Sprintf("%x", d.who.Session())
	if !d.safe.IsZero() {
		n.Safe = d.safe.String()
	}
	if !d.address.IsZero() {
		n.Address = d.address.String()
	}
	if !d.doc.IsZero() {
		n.Documents = append(n.Documents, d.doc.String())
	}
	for _, id := range d.docs {
		n.Documents = append(n.Documents, id.String())
	}
	switch v, visits := k.guests.get(d.who.Session()); {
	case visits:
		n.Agent = v.agent.String()
	case n.Actor == actorPartner:
		f, _ := k.agentBy(vault.AgentID(st.Partner))
		n.Agent, n.Structure = st.Partner.String(), f.structure.String()
	case n.Actor != actorOwner && !st.Agent.ID.IsZero():
		n.Agent, n.Structure = st.Agent.ID.String(), st.Agent.Structure.String()
		n.Present = n.Present || st.Present
		if n.Function == "" {
			n.Function = functionOf(st, vault.ConsentID{}).String()
		}
	}
	raw, err := k.sealDetail(s, n, d.act, stage)
	if err != nil {
		return audit.Record{}, err
	}
	rec := audit.Record{Op: audit.Op(d.act), Subjects: []audit.TagKey{k.actorTag(d.who)}, Detail: raw}
	if !d.structure.IsZero() {
		rec.Subjects = append(rec.Subjects, k.structureTag(d.structure))
	}
	if s != nil {
		rec.Subjects = append(rec.Subjects, s.record().tagKey())
	}
	return rec, nil
}

// rests notes the consent that a permit names, or the côte-à-côte session that
// the act is part of: which, in which function it was given, what for, and how the
// agent helps by it (L-75).
func (w *warrant) rests(ctx context.Context) {
	k, n, id := w.keeper, &w.deed.note, w.permit.Consent()
	side, beside := k.sideBySide(w.deed.who.Session(), w.deed.safe)
	if beside && id.IsZero() && w.deed.act.Helps() {
		id = side.consent // what they put in together needs no consent, and is helped all the same
	}
	beside = beside && side.consent == id
	if id.IsZero() {
		return
	}
	n.Consent, n.Function = id.String(), functionOf(w.standing, id).String()
	if beside {
		n.Purpose, n.Posture, n.Present = string(side.terms.Purpose), side.terms.Posture.String(), true
		return
	}
	if a, err := k.termsOf(ctx, w.safe, id); err == nil {
		n.Purpose, n.Posture = string(a.terms.Purpose), a.terms.Posture.String()
	}
}

// sealDetail seals a detail under the safe's own journal key, so that erasing
// the key forgets the person; what concerns no safe is the service's.
func (k *Keeper) sealDetail(s *safe, n detail, act vault.Act, stage audit.Stage) ([]byte, error) {
	plain, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	key := k.journal
	if s != nil {
		key = s.record().journal
	}
	raw, err := key.Seal(plain, detailContext(act, stage))
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	return raw, nil
}

func openDetail(key seal.JournalKey, raw []byte, act vault.Act, stage audit.Stage) (n detail, err error) {
	plain, err := key.Open(raw, detailContext(act, stage))
	if err != nil {
		return detail{}, fromSeal(err)
	}
	if err := json.Unmarshal(plain, &n); err != nil {
		return detail{}, fmt.Errorf("detail: %w", err)
	}
	return n, nil
}

func detailContext(act vault.Act, stage audit.Stage) []byte {
	return append(binary.BigEndian.AppendUint16([]byte("coffre/detail/v1"), uint16(act)), byte(stage))
}

// actorTag is the key of the actor's own journal: of a login, or of the counter
// sessions of one person.
func (k *Keeper) actorTag(who session.Principal) audit.TagKey {
	if holder, ok := who.Visit(); ok {
		return audit.TagKey(k.pseudonym("visit/"+vault.SafeID(holder).String(), auth.UserID{}))
	}
	return k.loginTag(who.User())
}

func (k *Keeper) loginTag(u auth.UserID) audit.TagKey {
	return audit.TagKey(k.pseudonym("actor", u))
}
