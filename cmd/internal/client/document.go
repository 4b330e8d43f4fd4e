package client

import (
	"context"
	"iter"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// pageSize is how many documents or lines are asked for at once.
const pageSize = 500

// List yields the documents of an unlocked safe, oldest first; all drawers when
// drawer is empty. It ends at the first error.
func (c *Client) List(ctx context.Context, safe, drawer string) iter.Seq2[*coffrev1.Document, error] {
	size := int32(pageSize)
	return pages(func(token string) ([]*coffrev1.Document, string, error) {
		answer, err := repeat(ctx, c, c.documents.List, coffrev1.ListRequest_builder{
			Safe: &safe, Drawer: &drawer, PageSize: &size, PageToken: &token,
		}.Build())
		return answer.GetDocuments(), answer.GetNextPageToken(), err
	})
}

// pages yields what page answers, from the first page to the last.
func pages[T any](page func(token string) ([]T, string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for token, first := "", true; first || token != ""; first = false {
			items, next, err := page(token)
			if err == nil && next == token && next != "" {
				err = broken("a page that names itself as the next")
			}
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			token = next
		}
	}
}

// Count says how many documents a safe holds.
func (c *Client) Count(ctx context.Context, safe string) (int, error) {
	answer, err := repeat(ctx, c, c.documents.Count, coffrev1.CountRequest_builder{Safe: &safe}.Build())
	if err != nil {
		return 0, err
	}
	return int(answer.GetDocuments()), nil
}

// TechnicalMetadata answers the technical facts of one document.
func (c *Client) TechnicalMetadata(ctx context.Context, safe, document string) (*coffrev1.ReadTechnicalMetadataResponse, error) {
	return repeat(ctx, c, c.documents.ReadTechnicalMetadata, coffrev1.ReadTechnicalMetadataRequest_builder{
		Safe: &safe, Document: &document,
	}.Build())
}

// Control lets the service check one stored document. The verdict is in the
// answer: an altered document is no error of the call.
func (c *Client) Control(ctx context.Context, safe, document string) (*coffrev1.ControlResponse, error) {
	return repeat(ctx, c, c.documents.Control, coffrev1.ControlRequest_builder{Safe: &safe, Document: &document}.Build())
}

// Destroy makes one document unreadable for good.
func (c *Client) Destroy(ctx context.Context, safe, document string) error {
	_, err := repeat(ctx, c, c.documents.Destroy, coffrev1.DestroyRequest_builder{
		RequestId: newRequest(), Safe: &safe, Document: &document,
	}.Build())
	return err
}

// Move puts one document in another drawer.
func (c *Client) Move(ctx context.Context, safe, document, drawer string) error {
	_, err := repeat(ctx, c, c.documents.Move, coffrev1.MoveRequest_builder{
		RequestId: newRequest(), Safe: &safe, Document: &document, Drawer: &drawer,
	}.Build())
	return err
}

// Rename gives one document another title.
func (c *Client) Rename(ctx context.Context, safe, document, title string) error {
	_, err := repeat(ctx, c, c.documents.Rename, coffrev1.RenameRequest_builder{
		RequestId: newRequest(), Safe: &safe, Document: &document, Title: &title,
	}.Build())
	return err
}

// Describe replaces what is known about one document, all but its file name.
func (c *Client) Describe(ctx context.Context, safe, document string, d *coffrev1.Description) error {
	_, err := repeat(ctx, c, c.documents.Describe, coffrev1.DescribeRequest_builder{
		RequestId: newRequest(), Safe: &safe, Document: &document, Description: d,
	}.Build())
	return err
}
