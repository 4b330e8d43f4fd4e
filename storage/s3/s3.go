// Package s3 keeps a bucket on an S3 server. It is the only importer of
// minio-go, and no type of that library leaves it.
//
// It trusts the server as any [storage.Bucket] is trusted: to keep bytes, not to
// be honest; answers are checked for order, length and range, and nothing else
// is believed. What it does not leave to the library is the fate of a write:
//
//   - Every write with a condition goes through a client that never repeats a
//     request, so that a lost answer stays visible. Put resends the same bytes
//     itself and recognises its own object; Commit reports the doubt.
//   - What is longer than one part is uploaded in parts by hand, because the
//     library drops the condition when it does so itself. The condition then
//     stands on the completing request.
//   - Parts are 16 MiB always; the library's own default depends on sizes it
//     does not know and can reach half a gigabyte.
//   - The payload is covered by a CRC32C instead of a SHA-256 in the signature:
//     its digest stands in a signed entry anyway.
//
// The server has to honour If-None-Match: *; [storage.Probe] finds out.
package s3

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/coffre-fort/coffre/storage"
)

const (
	// dataRetries is how often the library sends a request that may be repeated:
	// reads, listings, deletes, parts of an upload nobody sees yet.
	dataRetries = 5

	defaultRegion = "us-east-1"
)

var errClosed = errors.New("bucket is closed")

var _ storage.Bucket = (*Bucket)(nil)

// A Bucket is a [storage.Bucket] on an S3 server. Make one with [Open].
type Bucket struct {
	data *minio.Core // repeats what may be repeated
	once *minio.Core // sends every request exactly once: all conditional writes

	wire   *wire
	name   string
	prefix string
	closed atomic.Bool
}

// Open connects to the bucket, which must exist.
//
// storage.ErrInvalid when cfg is incomplete, storage.ErrUnavailable.
func Open(ctx context.Context, cfg Config) (*Bucket, error) {
	endpoint, err := cfg.check()
	if err != nil {
		return nil, err
	}
	wire, err := newWire(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	b := &Bucket{wire: wire, name: cfg.Bucket, prefix: cfg.Prefix}
	client := func(tries int) (*minio.Core, error) {
		region := cfg.Region
		if region == "" {
			region = s3utils.GetRegionFromURL(*endpoint)
		}
		if region == "" {
			region = defaultRegion
		}
		return minio.NewCore(endpoint.Host, &minio.Options{
			Creds:      credentials.NewStaticV4(cfg.AccessKey, string(cfg.SecretKey.Reveal()), ""),
			Secure:     endpoint.Scheme == "https",
			Transport:  wire,
			Region:     region,
			MaxRetries: tries,
		})
	}
	if b.data, err = client(dataRetries); err != nil {
		return nil, fmt.Errorf("s3: %w: %w", storage.ErrInvalid, err)
	}
	if b.once, err = client(1); err != nil {
		return nil, fmt.Errorf("s3: %w: %w", storage.ErrInvalid, err)
	}
	if err := b.exists(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Bucket) exists(ctx context.Context) error {
	ok, err := b.data.BucketExists(ctx, b.name)
	if err != nil {
		return unavailable("open", "", err)
	}
	if !ok {
		return fmt.Errorf("s3: open: %w: there is no bucket %q", storage.ErrUnavailable, b.name)
	}
	return nil
}

// Clock implements [storage.Bucket] with the Date of an answer.
func (b *Bucket) Clock(ctx context.Context) (time.Time, bool, error) {
	if err := b.ready(ctx); err != nil {
		return time.Time{}, false, unavailable("clock", "", err)
	}
	var date time.Time
	if err := b.exists(withDate(ctx, &date)); err != nil {
		return time.Time{}, false, err
	}
	// RFC 9110 §6.6.1 has every server send a Date; one that suddenly does not is
	// not taken for a bucket without a clock.
	if date.IsZero() {
		return time.Time{}, false, fmt.Errorf("s3: clock: %w: answer without a date", storage.ErrUnavailable)
	}
	return date, true, nil
}

// Delete implements [storage.Bucket].
func (b *Bucket) Delete(ctx context.Context, k storage.Key) error {
	if !k.Valid() {
		return fmt.Errorf("s3: delete: %w", storage.ErrInvalid)
	}
	if err := b.ready(ctx); err != nil {
		return unavailable("delete", k, err)
	}
	err := b.data.RemoveObject(ctx, b.name, b.object(k), minio.RemoveObjectOptions{})
	if err != nil && !missing(err) {
		return unavailable("delete", k, err)
	}
	return nil
}

// AbortStale aborts multipart uploads begun before olderThan, by the bucket's
// clock. Servers without lifecycle rules keep them for ever otherwise.
func (b *Bucket) AbortStale(ctx context.Context, olderThan time.Time) (int, error) {
	if err := b.ready(ctx); err != nil {
		return 0, unavailable("abort stale", "", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing, which runs in a goroutine of the library
	count := 0
	for up := range b.data.ListIncompleteUploads(ctx, b.name, b.prefix, true) {
		if up.Err != nil {
			return count, unavailable("abort stale", "", up.Err)
		}
		if !up.Initiated.Before(olderThan) {
			continue
		}
		err := b.data.AbortMultipartUpload(ctx, b.name, up.Key, up.UploadID)
		switch {
		case err == nil:
			count++
		case !missing(err): // a Put that ended meanwhile is no failure
			return count, unavailable("abort stale", "", err)
		}
	}
	if err := ctx.Err(); err != nil { // the library ends its listing without a word
		return count, unavailable("abort stale", "", err)
	}
	return count, nil
}

// Close implements [storage.Bucket].
func (b *Bucket) Close() error {
	b.closed.Store(true)
	b.wire.base.CloseIdleConnections()
	return nil
}

func (b *Bucket) ready(ctx context.Context) error {
	if b.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}

func (b *Bucket) object(k storage.Key) string { return b.prefix + string(k) }
