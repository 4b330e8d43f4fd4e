package rpc

import (
	"context"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

type trailService struct {
	coffrev1.UnsafeTrailServiceServer
	vault *vault.Vault
	pages *pages
}

var _ coffrev1.TrailServiceServer = (*trailService)(nil)

func parseJournal(req *coffrev1.ReadJournalRequest, p *pages, who string, now time.Time) (vault.ReadJournal, list, place, error) {
	var f fields
	act := vault.ReadJournal{Safe: f.safe(req.GetSafe()), Limit: f.pageSize(req.GetPageSize())}
	l := list{name: "journal", caller: who, safe: act.Safe}
	if err := f.err(); err != nil {
		return vault.ReadJournal{}, l, place{}, err
	}
	at, err := p.place(l, req.GetPageToken(), now)
	act.From = at.from
	return act, l, at, err
}

func (s *trailService) ReadJournal(ctx context.Context, req *coffrev1.ReadJournalRequest) (*coffrev1.ReadJournalResponse, error) {
	act, l, at, err := parseJournal(req, s.pages, holder(ctx), time.Now())
	if err != nil {
		return nil, err
	}
	lines, err := s.vault.Journal(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := &coffrev1.ReadJournalResponse{}
	all := make([]*coffrev1.JournalLine, len(lines))
	for i, line := range lines {
		all[i] = journalLine(line)
	}
	answer.SetLines(all)
	if at, more := at.following(lines, act.Limit); more {
		answer.SetNextPageToken(s.pages.next(l, at))
	}
	return answer, nil
}

func journalLine(l vault.Line) *coffrev1.JournalLine {
	docs := make([]*coffrev1.JournalDocument, len(l.Documents))
	for i, d := range l.Documents {
		docs[i] = coffrev1.JournalDocument_builder{Document: new(d.ID.String()), Title: &d.Title}.Build()
	}
	return coffrev1.JournalLine_builder{
		Time:       timestamppb.New(l.Time),
		Act:        new(l.Act.String()),
		Actor:      new(actor(l.Actor)),
		ActorLogin: &l.ActorLogin,
		Documents:  docs,
		Outcome:    new(outcome(l.Outcome)),
		Sentence:   new(sentence(l)),
		Position:   &l.Position,

		ApprovingAgent: named(l.Approver),
		ApprovingName:  &l.ApproverName,
		AboutAgent:     named(l.About),
		AboutName:      &l.AboutName,
		Agent:          named(l.Agent),
		AgentName:      &l.AgentName,
		Function:       function(l.Function),
		StructureName:  &l.Structure,
		Consent:        named(l.Consent),
		Purpose:        new(string(l.Purpose)),
		Present:        &l.Presence,
		Code:           &l.Detail,
		Posture:        posture(l.Posture),
		Reason:         &l.Why,
	}.Build()
}

// sentence says a line to the person, with the second agent if there was one.
func sentence(l vault.Line) string {
	said := l.Nature.Marked(texts.Line(l.Act, l.Actor, l.Outcome))
	if place := texts.Place(l); place != "" {
		said += " " + place
	}
	if l.Approver.IsZero() {
		return said
	}
	return said + " " + texts.SecondAgreed
}

// posture is how an agent helped, and nothing where they did not.
func posture(p vault.Posture) *coffrev1.Posture {
	if p == 0 {
		return nil
	}
	return new(postureWords.of(p))
}

// function is the code of a function, and nothing for none.
func function(f vault.Function) *string {
	if f == 0 {
		return nil
	}
	return new(f.String())
}

func actor(a vault.Actor) string {
	switch a {
	case vault.ActorOwner:
		return "you"
	case vault.ActorVisit:
		return "visit"
	case vault.ActorAgent:
		return "agent"
	case vault.ActorPartner:
		return "partner"
	case vault.ActorService:
		return "service"
	case vault.ActorStranger:
		fallthrough
	default:
		return "other"
	}
}

func outcome(o vault.Outcome) coffrev1.JournalLine_Outcome {
	switch o {
	case vault.OutcomeDone:
		return coffrev1.JournalLine_OUTCOME_DONE
	case vault.OutcomeRefused:
		return coffrev1.JournalLine_OUTCOME_REFUSED
	case vault.OutcomeFailed:
		return coffrev1.JournalLine_OUTCOME_FAILED
	case vault.OutcomeOpen:
		return coffrev1.JournalLine_OUTCOME_OPEN
	case vault.OutcomeUnknown:
		fallthrough
	default:
		return coffrev1.JournalLine_OUTCOME_UNSPECIFIED
	}
}

func (s *trailService) Checkpoint(ctx context.Context, _ *coffrev1.CheckpointRequest) (*coffrev1.CheckpointResponse, error) {
	c, err := s.vault.Checkpoint(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return coffrev1.CheckpointResponse_builder{Checkpoint: c.Note, VerifierKey: &c.VerifierKey}.Build(), nil
}

type proveInclusion struct {
	safe      vault.SafeID
	positions []uint64
	size      uint64
}

// maxTree bounds the size of a tree: its size is a signed number in a
// checkpoint.
const maxTree = math.MaxInt64

func parseProveInclusion(req *coffrev1.ProveInclusionRequest) (proveInclusion, error) {
	var f fields
	act := proveInclusion{safe: f.safe(req.GetSafe()), positions: req.GetPositions(), size: req.GetTreeSize()}
	if act.size == 0 || act.size > maxTree {
		f.refuse("tree_size", texts.RuleTree)
	} else if n := len(act.positions); n < 1 || n > vault.MaxPage || slices.Max(act.positions) >= act.size {
		f.refuse("positions", texts.RuleLeaf)
	}
	return act, f.err()
}

func (s *trailService) ProveInclusion(ctx context.Context, req *coffrev1.ProveInclusionRequest) (*coffrev1.ProveInclusionResponse, error) {
	act, err := parseProveInclusion(req)
	if err != nil {
		return nil, err
	}
	proofs, err := s.vault.ProveInclusion(ctx, caller(ctx), act.safe, act.positions, act.size)
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Inclusion, len(proofs))
	for i, p := range proofs {
		all[i] = coffrev1.Inclusion_builder{Position: &p.Position, Leaf: p.Leaf, Hashes: hashes(p.Hashes)}.Build()
	}
	return coffrev1.ProveInclusionResponse_builder{Proofs: all}.Build(), nil
}

func parseProveConsistency(req *coffrev1.ProveConsistencyRequest) (older, size uint64, err error) {
	var f fields
	older, size = req.GetOldSize(), req.GetTreeSize()
	if size == 0 || size > maxTree {
		f.refuse("tree_size", texts.RuleTree)
	} else if older == 0 || older > size {
		f.refuse("old_size", texts.RuleOlder)
	}
	return older, size, f.err()
}

func (s *trailService) ProveConsistency(ctx context.Context, req *coffrev1.ProveConsistencyRequest) (*coffrev1.ProveConsistencyResponse, error) {
	older, size, err := parseProveConsistency(req)
	if err != nil {
		return nil, err
	}
	proof, err := s.vault.ProveConsistency(ctx, caller(ctx), older, size)
	if err != nil {
		return nil, err
	}
	return coffrev1.ProveConsistencyResponse_builder{Hashes: hashes(proof)}.Build(), nil
}

func hashes(all [][32]byte) [][]byte {
	out := make([][]byte, len(all))
	for i := range all {
		out[i] = all[i][:]
	}
	return out
}
