package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A note is a small text that the person keeps like any paper.
type note struct {
	kind, title, text string
	date              string
}

// putNote puts a note in.
func putNote(ctx context.Context, v visit, n note) error {
	name := n.kind + ".txt"
	_, err := v.Put(ctx, v.safe, client.Upload{
		Name: name, Size: int64(len(n.text)),
		Description: coffrev1.Description_builder{Title: &n.title, FileName: &name, Kind: &n.kind, DocumentDate: &n.date}.Build(),
		Open:        func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(n.text)), nil },
	}, nil)
	return err
}

// notes lists the papers of one kind, oldest first.
func notes(ctx context.Context, v visit, kind string) ([]*coffrev1.Document, error) {
	var all []*coffrev1.Document
	for d, err := range v.List(ctx, v.safe, "") {
		if err != nil {
			return nil, err
		}
		if d.GetDescription().GetKind() == kind {
			all = append(all, d)
		}
	}
	return all, nil
}

func readNote(ctx context.Context, v visit, d *coffrev1.Document) (string, error) {
	var text bytes.Buffer
	_, err := v.GetTo(ctx, v.safe, d.GetDocument(), &text, nil)
	return text.String(), err
}

func dropNotes(ctx context.Context, v visit, all []*coffrev1.Document) error {
	for _, d := range all {
		if err := v.Destroy(ctx, v.safe, d.GetDocument()); err != nil {
			return err
		}
	}
	return nil
}
