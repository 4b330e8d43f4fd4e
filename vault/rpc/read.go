package rpc

import (
	"errors"
	"io"

	"google.golang.org/grpc"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

type readDocument struct {
	safe     vault.SafeID
	document vault.DocumentID
	offset   int64
}

func parseRead(req *coffrev1.ReadRequest) (readDocument, error) {
	var f fields
	act := readDocument{safe: f.safe(req.GetSafe()), document: f.document(req.GetDocument()), offset: req.GetOffset()}
	if act.offset < 0 {
		f.refuse("offset", texts.RuleOffset)
	}
	return act, f.err()
}

// Read sends one document. The reading asks the keeper before every chunk, and
// its end is recorded before the digest goes out: a reader who has the digest
// has the document.
func (s *contentService) Read(req *coffrev1.ReadRequest, stream grpc.ServerStreamingServer[coffrev1.ReadResponse]) error {
	act, err := parseRead(req)
	if err != nil {
		return err
	}
	ctx := stream.Context()
	r, err := s.contents.Read(ctx, holding(ctx), act.safe, act.document, act.offset)
	if err != nil {
		return err
	}
	if err := errors.Join(send(r, stream), r.Close()); err != nil {
		return err
	}
	return stream.Send(coffrev1.ReadResponse_builder{Sha256: r.Document.SHA256[:]}.Build())
}

func send(r *vault.Reading, stream grpc.ServerStreamingServer[coffrev1.ReadResponse]) error {
	d := r.Document
	if err := stream.Send(coffrev1.ReadResponse_builder{Header: coffrev1.ReadHeader_builder{
		Description: described(d.Description),
		MediaType:   new(string(d.MediaType)),
		Size:        &d.Size,
	}.Build()}.Build()); err != nil {
		return err
	}
	buf := make([]byte, chunkSize) // sent before it is filled again
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := stream.Send(coffrev1.ReadResponse_builder{Chunk: buf[:n]}.Build()); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
