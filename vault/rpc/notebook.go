package rpc

import (
	"context"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// optionally reads an id that may be left out.
func optionally[T any](f *fields, field, s string, parse func(string) (T, error)) (id T) {
	if s == "" {
		return id
	}
	return parsed(f, field, s, texts.RuleID, parse)
}

func (f *fields) notebook(s string) vault.NotebookID {
	return parsed(f, "notebook", s, texts.RuleID, vault.ParseNotebookID)
}

// lines reads how many lines of a notebook something is about.
func (f *fields) lines(field string, n int32) int {
	if n < 0 || n > vault.MaxNotebookLines {
		f.refuse(field, texts.RuleNotebookLines)
	}
	return int(n)
}

func parseDestroyNotebook(req *coffrev1.DestroyNotebookRequest) (vault.DestroyNotebook, error) {
	var f fields
	act := vault.DestroyNotebook{
		Request: f.request(req.GetRequestId()),
		Notebook: vault.Notebook{
			ID: f.notebook(req.GetNotebook()), Moved: f.lines("moved", req.GetMoved()), Left: f.lines("left", req.GetLeft()),
			Day:   f.date("date", req.GetDate(), texts.RuleNotebookDay, time.DateOnly),
			Place: f.said("place", req.GetPlace(), vault.MaxNotebookPlace, texts.RuleNotebookPlace),
		},
		Approval: f.approval(req.GetApproval()),
	}
	return act, f.err()
}

func (s *memoService) DestroyNotebook(ctx context.Context, req *coffrev1.DestroyNotebookRequest) (*coffrev1.DestroyNotebookResponse, error) {
	act, err := parseDestroyNotebook(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.DestroyNotebook(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.DestroyNotebookResponse{}, nil
}

func (s *memoService) ListNotebooks(ctx context.Context, req *coffrev1.ListNotebooksRequest) (*coffrev1.ListNotebooksResponse, error) {
	var f fields
	w := f.walk(ctx, "notebooks", vault.SafeID{}, "", req)
	if err := f.err(); err != nil {
		return nil, err
	}
	found, err := s.vault.Notebooks(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	found, next, err := pageOf(s.pages, w, found, len(vault.NotebookID{}), func(n vault.Notebook) []byte { return n.ID[:] })
	if err != nil {
		return nil, err
	}
	all := make([]*coffrev1.Notebook, len(found))
	for i, n := range found {
		all[i] = notebook(n)
	}
	return coffrev1.ListNotebooksResponse_builder{Notebooks: all, NextPageToken: &next}.Build(), nil
}

func notebook(n vault.Notebook) *coffrev1.Notebook {
	return coffrev1.Notebook_builder{
		Notebook: named(n.ID), Moved: new(count(n.Moved)), Left: new(count(n.Left)), Date: &n.Day, Place: &n.Place,
		SignTime: stamp(n.Signed), Agent: named(n.Agent), AgentName: &n.AgentName, Witness: named(n.Witness), WitnessName: &n.WitnessName,
	}.Build()
}

func (s *memoService) PrintNotebook(ctx context.Context, req *coffrev1.PrintNotebookRequest) (*coffrev1.PrintNotebookResponse, error) {
	var f fields
	id, format := f.notebook(req.GetNotebook()), pageFormatWords.parse(&f, "format", req.GetFormat())
	if err := f.err(); err != nil {
		return nil, err
	}
	p, err := s.vault.NotebookPrint(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	page := prints.Destroyed{Letterhead: letterhead(p.Structure, vault.DiscretionNormal), SIRET: p.SIRET, Notebook: p.Notebook}
	answer := &coffrev1.PrintNotebookResponse{}
	if err := put(answer, page, format); err != nil {
		return nil, err
	}
	return answer, nil
}
