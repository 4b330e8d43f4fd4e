package rpc

import (
	"context"
	"math"

	"google.golang.org/protobuf/types/known/timestamppb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// documentService is in this file.
type documentService struct {
	coffrev1.UnsafeDocumentServiceServer
	contentService
	vault *vault.Vault
	pages *pages
}

// contentService is the methods that move content, in this file, deposit.go and
// read.go: all that an API node does itself.
type contentService struct {
	contents *vault.Contents
	kinds    *papers.Catalogue
}

var _ coffrev1.DocumentServiceServer = (*documentService)(nil)

// one is a request that only names a document.
func one(safe, document string) (vault.SafeID, vault.DocumentID, error) {
	var f fields
	s, d := f.safe(safe), f.document(document)
	return s, d, f.err()
}

func parseDestroy(req *coffrev1.DestroyRequest) (vault.Destroy, error) {
	var f fields
	act := vault.Destroy{Request: f.request(req.GetRequestId()), Safe: f.safe(req.GetSafe()), Document: f.document(req.GetDocument())}
	return act, f.err()
}

func (s *documentService) Destroy(ctx context.Context, req *coffrev1.DestroyRequest) (*coffrev1.DestroyResponse, error) {
	act, err := parseDestroy(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Destroy(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.DestroyResponse{}, nil
}

func (s *documentService) ReadTechnicalMetadata(ctx context.Context, req *coffrev1.ReadTechnicalMetadataRequest) (*coffrev1.ReadTechnicalMetadataResponse, error) {
	safe, doc, err := one(req.GetSafe(), req.GetDocument())
	if err != nil {
		return nil, err
	}
	t, err := s.vault.Metadata(ctx, caller(ctx), safe, doc)
	if err != nil {
		return nil, err
	}
	return coffrev1.ReadTechnicalMetadataResponse_builder{ // L-44
		Object:          new(t.Object.String()),
		Depositor:       &t.Depositor,
		CreateTime:      timestamppb.New(t.Created),
		StoredSize:      &t.Stored.Size,
		DigestAlgorithm: new("SHA-256"),
		Digest:          t.Stored.Digest[:],
	}.Build(), nil
}

func (s *contentService) Control(ctx context.Context, req *coffrev1.ControlRequest) (*coffrev1.ControlResponse, error) {
	safe, doc, err := one(req.GetSafe(), req.GetDocument())
	if err != nil {
		return nil, err
	}
	found, digest, err := s.contents.Control(ctx, holding(ctx), safe, doc) // L-48
	if err != nil {
		return nil, err
	}
	return coffrev1.ControlResponse_builder{Verdict: new(verdict(found)), Digest: digest[:]}.Build(), nil
}

func verdict(v vault.Verdict) coffrev1.ControlResponse_Verdict {
	switch v {
	case vault.VerdictIntact:
		return coffrev1.ControlResponse_VERDICT_INTACT
	case vault.VerdictAltered:
		return coffrev1.ControlResponse_VERDICT_ALTERED
	case vault.VerdictMissing:
		return coffrev1.ControlResponse_VERDICT_MISSING
	default:
		return coffrev1.ControlResponse_VERDICT_UNSPECIFIED
	}
}

func parseList(req *coffrev1.ListRequest, p *pages, who string) (vault.List, list, error) {
	var f fields
	act := vault.List{Safe: f.safe(req.GetSafe()), Limit: f.pageSize(req.GetPageSize())}
	if req.GetDrawer() != "" {
		act.Drawer = f.anyDrawer(req.GetDrawer())
	}
	l := list{name: "documents", caller: who, safe: act.Safe, filter: string(act.Drawer)}
	if err := f.err(); err != nil {
		return vault.List{}, l, err
	}
	var err error
	act.After, err = p.document(l, req.GetPageToken())
	return act, l, err
}

func (s *documentService) List(ctx context.Context, req *coffrev1.ListRequest) (*coffrev1.ListResponse, error) {
	act, l, err := parseList(req, s.pages, holder(ctx))
	if err != nil {
		return nil, err
	}
	docs, err := s.vault.List(ctx, caller(ctx), act)
	if err != nil {
		return nil, err
	}
	answer := &coffrev1.ListResponse{}
	all := make([]*coffrev1.Document, len(docs))
	for i, d := range docs {
		all[i] = document(d)
	}
	answer.SetDocuments(all)
	// A full page may be the last one: the next is empty then (AIP-158).
	if len(docs) == act.Limit {
		answer.SetNextPageToken(s.pages.after(l, docs[len(docs)-1].ID))
	}
	return answer, nil
}

func document(d vault.Document) *coffrev1.Document {
	return coffrev1.Document_builder{
		Document:          new(d.ID.String()),
		Description:       described(d.Description),
		MediaType:         new(string(d.MediaType)),
		Size:              &d.Size,
		Sha256:            d.SHA256[:],
		CreateTime:        timestamppb.New(d.Created),
		DepositorFunction: &d.Depositor,
		Entrusted:         &d.Entrusted,
	}.Build()
}

func (s *documentService) Count(ctx context.Context, req *coffrev1.CountRequest) (*coffrev1.CountResponse, error) {
	var f fields
	safe := f.safe(req.GetSafe())
	if err := f.err(); err != nil {
		return nil, err
	}
	n, err := s.vault.Count(ctx, caller(ctx), safe)
	if err != nil {
		return nil, err
	}
	return coffrev1.CountResponse_builder{Documents: new(count(n))}.Build(), nil
}

func count(n int) int32 { return int32(min(n, math.MaxInt32)) }

func parseMove(req *coffrev1.MoveRequest, kinds *papers.Catalogue) (vault.Change, error) {
	var f fields
	act := f.change(req.GetRequestId(), req.GetSafe(), req.GetDocument())
	act.Drawer = new(f.drawer("drawer", req.GetDrawer(), kinds))
	return act, f.err()
}

func (s *documentService) Move(ctx context.Context, req *coffrev1.MoveRequest) (*coffrev1.MoveResponse, error) {
	act, err := parseMove(req, s.kinds)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Change(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.MoveResponse{}, nil
}

func parseRename(req *coffrev1.RenameRequest) (vault.Change, error) {
	var f fields
	act := f.change(req.GetRequestId(), req.GetSafe(), req.GetDocument())
	act.Title = new(f.title(req.GetTitle()))
	return act, f.err()
}

func (s *documentService) Rename(ctx context.Context, req *coffrev1.RenameRequest) (*coffrev1.RenameResponse, error) {
	act, err := parseRename(req)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Change(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.RenameResponse{}, nil
}

func parseDescribe(req *coffrev1.DescribeRequest, kinds *papers.Catalogue) (vault.Change, error) {
	var f fields
	act := f.change(req.GetRequestId(), req.GetSafe(), req.GetDocument())
	act.All = new(f.description("description", req.GetDescription(), kinds))
	// The file name stays, and is the title where none is given: the keeper
	// knows it.
	act.All.Title, act.All.FileName = req.GetDescription().GetTitle(), ""
	return act, f.err()
}

func (s *documentService) Describe(ctx context.Context, req *coffrev1.DescribeRequest) (*coffrev1.DescribeResponse, error) {
	act, err := parseDescribe(req, s.kinds)
	if err != nil {
		return nil, err
	}
	if err := s.vault.Change(ctx, caller(ctx), act); err != nil {
		return nil, err
	}
	return &coffrev1.DescribeResponse{}, nil
}

func (f *fields) change(request, safe, document string) vault.Change {
	return vault.Change{Request: f.request(request), Safe: f.safe(safe), Document: f.document(document)}
}
