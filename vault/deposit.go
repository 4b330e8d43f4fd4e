package vault

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// An Upload is the content of one document on its way in.
type Upload struct {
	Description Description
	Size        int64     // exact, from 1 to the limit
	Body        io.Reader // gives exactly Size bytes
	// Announced answers the digest the depositor announced; it is asked after
	// Body was read to its end.
	Announced func() (seal.Digest, error)
}

// Deposit puts documents into a safe, together or not at all (L-01). The next
// function gives one upload after the other and io.EOF after the last; an
// upload's body is read before the next one is asked for. It works while the
// safe is locked. Errors: [ErrEmpty], [ErrTooLarge], [ErrMediaType],
// [ErrSize], [ErrDigest] for the content, and those of the [Hold].
func (c *Contents) Deposit(ctx context.Context, at Hold, act BeginDeposit, next func() (Upload, error)) ([]Receipt, error) {
	ticket, err := at.BeginDeposit(ctx, act)
	if err != nil || ticket.Receipts != nil {
		return ticket.Receipts, err
	}
	stored, err := c.storeAll(ctx, at, next)
	if err != nil {
		return nil, errors.Join(err, c.abandon(ctx, at, err, stored))
	}
	contents := make([]Content, len(stored))
	for i, s := range stored {
		contents[i] = s.content
	}
	return at.CommitDeposit(ctx, contents)
}

type stored struct {
	slot    Slot
	content Content
}

func (c *Contents) storeAll(ctx context.Context, at Hold, next func() (Upload, error)) ([]stored, error) {
	var all []stored
	for {
		up, err := next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		one, err := c.store(ctx, at, up)
		if !one.slot.Document.IsZero() {
			all = append(all, one)
		}
		if err != nil {
			return all, err
		}
	}
}

// store seals one upload to the safe's public key and puts it in the bucket.
func (c *Contents) store(ctx context.Context, at Hold, up Upload) (stored, error) {
	switch {
	case up.Size < 1:
		return stored{}, ErrEmpty
	case up.Size > c.limit:
		return stored{}, ErrTooLarge
	}
	body := bufio.NewReaderSize(up.Body, sniffed)
	head, err := body.Peek(int(min(sniffed, up.Size)))
	if err != nil {
		return stored{}, short(err)
	}
	media, err := sniff(head)
	if err != nil {
		return stored{}, err
	}
	slot, err := at.Place(ctx, Deposit{Description: up.Description, MediaType: media, Size: up.Size})
	if err != nil {
		return stored{}, err
	}
	content, err := c.put(ctx, slot, body, up.Size)
	if err != nil {
		return stored{slot: slot}, err
	}
	announced, err := up.Announced()
	if err != nil {
		return stored{slot: slot}, err
	}
	if announced != content.Facts.PlainDigest {
		return stored{slot: slot}, ErrDigest // L-45
	}
	return stored{slot, content}, nil
}

func (c *Contents) put(ctx context.Context, slot Slot, body io.Reader, size int64) (Content, error) {
	if size <= seal.MaxInlinePlain {
		plain, err := io.ReadAll(io.LimitReader(body, size+1))
		if err != nil {
			return Content{}, err
		}
		if int64(len(plain)) != size {
			return Content{}, ErrSize
		}
		sealed, facts, err := seal.SealInline(plain, slot.InlineBinding, slot.Recipient)
		if err != nil {
			return Content{}, fmt.Errorf("seal: %w", err)
		}
		return Content{Facts: facts, Inline: bytes.Clone(sealed.Bytes())}, nil
	}
	sealed, err := seal.SealContent(body, size, slot.Binding, slot.Recipient)
	if err != nil {
		return Content{}, fmt.Errorf("seal: %w", err)
	}
	if err := c.bucket.Put(ctx, slot.Key, sealed.Ciphertext()); err != nil {
		if errors.Is(err, seal.ErrSize) {
			return Content{}, fmt.Errorf("%w: %w", ErrSize, err)
		}
		return Content{}, fromBucket(err)
	}
	facts, err := sealed.Facts()
	if err != nil {
		return Content{}, fmt.Errorf("seal: %w", err)
	}
	return Content{Facts: facts}, nil
}

// short tells a body that ended early from one that could not be read.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrSize
	}
	return err
}

// abandon ends the ticket and removes what was stored for it. The objects are
// orphans already: what cannot be deleted now, the sweeper takes.
func (c *Contents) abandon(ctx context.Context, at Hold, cause error, all []stored) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, s := range all {
		if s.content.Inline == nil && s.slot.Key != "" {
			_ = c.bucket.Delete(ctx, s.slot.Key) // best effort, see above
		}
	}
	out := OutcomeFailed
	for _, refused := range []error{ErrEmpty, ErrTooLarge, ErrMediaType, ErrSize, ErrDigest, ErrLimit, ErrFull, ErrNoRoom, ErrNotFound} {
		if errors.Is(cause, refused) {
			out = OutcomeRefused
		}
	}
	return at.AbandonDeposit(ctx, out)
}
