package s3

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/coffre-fort/coffre/storage"
)

// abortWait bounds the removal of an upload that came to nothing.
const abortWait = 10 * time.Second

// putParts uploads part by part and completes on condition that nothing is
// there. The library's own multipart upload drops that condition without a word.
func (b *Bucket) putParts(ctx context.Context, k storage.Key, src *source) error {
	id, err := b.data.NewMultipartUpload(ctx, b.name, b.object(k), minio.PutObjectOptions{
		UserMetadata: map[string]string{"x-amz-checksum-algorithm": "CRC32C"},
	})
	if err != nil {
		return unavailable("put", k, err)
	}
	parts, err := b.uploadParts(ctx, k, id, src)
	if err != nil {
		b.abort(ctx, k, id)
		return err
	}
	var opts minio.PutObjectOptions
	opts.SetMatchETagExcept("*")
	watched, connected := watch(ctx)
	_, err = b.once.CompleteMultipartUpload(watched, b.name, b.object(k), id, parts, opts)
	o := outcomeOf(err, connected.Load())
	// An upload in doubt is left alone: the completion may still land, and if it
	// does not, AbortStale finds the parts. A conflict asks for a new upload (S3
	// API, CompleteMultipartUpload), for which the ciphertext is spent.
	if o != applied && o != lost {
		b.abort(ctx, k, id)
	}
	return o.failure("put", k, err)
}

func (b *Bucket) uploadParts(ctx context.Context, k storage.Key, id string, src *source) ([]minio.CompletePart, error) {
	var parts []minio.CompletePart
	for n := 1; src.left > 0; n++ {
		raw, err := src.next()
		if err != nil {
			return nil, fmt.Errorf("s3: put %s: %w", k, err)
		}
		sum := checksum(raw)
		part, err := b.data.PutObjectPart(ctx, b.name, b.object(k), id, n, bytes.NewReader(raw), int64(len(raw)),
			minio.PutObjectPartOptions{
				CustomHeader:         http.Header{http.CanonicalHeaderKey(checksumHeader): {sum}},
				DisableContentSha256: true,
			})
		if err != nil {
			return nil, unavailable("put", k, err)
		}
		parts = append(parts, minio.CompletePart{PartNumber: n, ETag: part.ETag, ChecksumCRC32C: sum})
	}
	return parts, nil
}

// abort frees the parts of a failed upload, also when the caller has gone. What
// it cannot free, AbortStale does.
func (b *Bucket) abort(ctx context.Context, k storage.Key, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortWait)
	defer cancel()
	_ = b.data.AbortMultipartUpload(ctx, b.name, b.object(k), id)
}
