package rpc

import (
	"context"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A sorting is a request to sort.
type sorting struct {
	look  vault.Look
	doc   vault.DocumentID // zero: all
	facts papers.Facts
	walk
}

func parseSort(ctx context.Context, req *coffrev1.SortRequest) (sorting, error) {
	var f fields
	s := sorting{look: vault.Look{Safe: f.safe(req.GetSafe())}, facts: f.facts(req.GetAnswers())}
	if req.GetDocument() != "" {
		s.doc = f.document(req.GetDocument())
	} else if a := req.GetAnswers(); a.GetSinceDate() != "" || a.GetNotYet() || a.GetAnswer() != coffrev1.Answer_ANSWER_UNSPECIFIED {
		f.refuse("answers", texts.RuleAnswers)
	}
	s.walk = f.walk(ctx, "sort", s.look.Safe, s.doc.String(), req)
	return s, f.err()
}

// facts reads what the person says: one answer for whatever is asked.
func (f *fields) facts(a *coffrev1.PaperAnswers) papers.Facts {
	facts := papers.Facts{Events: map[papers.Event]papers.Happened{}, Answers: map[papers.Question]papers.Answer{}}
	f.date("answers.since_date", a.GetSinceDate(), texts.RuleDay, time.DateOnly)
	f.date("answers.birth_date", a.GetBirthDate(), texts.RuleDate, time.DateOnly, "2006-01", "2006")
	answer := answerWords.parse(f, "answers.answer", a.GetAnswer())
	if a.GetNotYet() && a.GetSinceDate() != "" {
		f.refuse("answers", texts.RuleAnswers)
	}
	var happened papers.Happened
	if day, err := papers.ParseDay(a.GetSinceDate()); err == nil {
		happened = papers.Since(day)
	} else if a.GetNotYet() {
		happened = papers.NotYet()
	}
	for _, e := range papers.Events() {
		facts.Events[e] = happened
	}
	for _, q := range papers.Questions() {
		facts.Answers[q] = answer
	}
	if born, err := papers.ParseWritten(a.GetBirthDate()); err == nil {
		facts.Birth = born
	}
	return facts
}

func (s *papersService) Sort(ctx context.Context, req *coffrev1.SortRequest) (*coffrev1.SortResponse, error) {
	asked, err := parseSort(ctx, req)
	if err != nil {
		return nil, err
	}
	sight, err := s.vault.Look(ctx, caller(ctx), asked.look)
	if err != nil {
		return nil, err
	}
	docs, next, err := pageOf(s.pages, asked.walk, chosen(sight.Documents, asked.doc), len(vault.DocumentID{}), func(d vault.Document) []byte { return d.ID[:] })
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 && !asked.doc.IsZero() {
		return nil, vault.ErrNotFound
	}
	twice := same(sight)
	b := coffrev1.SortResponse_builder{NextPageToken: &next}
	for _, d := range docs {
		one, err := s.sorted(d, asked)
		if err != nil {
			return nil, err
		}
		one.SetSameAs(others(twice[contentOf(d)], d.ID))
		b.Papers = append(b.Papers, one)
	}
	return b.Build(), nil
}

// chosen is the one document that was named, or all.
func chosen(all []vault.Document, id vault.DocumentID) []vault.Document {
	if id.IsZero() {
		return all
	}
	for _, d := range all {
		if d.ID == id {
			return []vault.Document{d}
		}
	}
	return nil
}

// sorted says what may become of one paper. The date of birth that was told
// without a paper is the person's: it is of no paper of somebody else.
func (s *papersService) sorted(d vault.Document, asked sorting) (*coffrev1.SortedPaper, error) {
	facts := asked.facts
	if asked.doc.IsZero() && d.Description.Whose != "" {
		facts.Birth = papers.Written{}
	}
	advice, err := s.kinds.Keep(d.Description.Paper(s.kinds), facts, today())
	if err != nil {
		return nil, err
	}
	return coffrev1.SortedPaper_builder{
		Document: new(d.ID.String()), Title: &d.Description.Title, Advice: new(adviceWords.of(advice.Verdict)), Text: new(texts.VerdictText(advice)),
		UntilDate: dateOf(advice.Until), Question: new(string(texts.AskText(advice.Asks))), Source: paperSource(advice.Rule.Provenance),
		OriginalPlace: &d.Description.OriginalPlace,
	}.Build(), nil
}

// content is what two papers of the same bytes share.
type content struct {
	size   int64
	digest [32]byte
}

func contentOf(d vault.Document) content { return content{d.Size, [32]byte(d.SHA256)} }

// same are the papers of each content, for the person with the whole safe open:
// nobody else is told that two papers are one.
func same(sight vault.Sight) map[content][]vault.DocumentID {
	all := map[content][]vault.DocumentID{}
	if !sight.Whole {
		return all
	}
	for _, d := range sight.Documents {
		if d.Description.Memo == nil { // a secret is compared with none
			all[contentOf(d)] = append(all[contentOf(d)], d.ID)
		}
	}
	return all
}

func others(all []vault.DocumentID, but vault.DocumentID) (out []string) {
	for _, id := range all {
		if id != but {
			out = append(out, id.String())
		}
	}
	return out
}
