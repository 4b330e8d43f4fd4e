package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/coffre-fort/coffre/storage"
)

// readTries is how often a range is asked for whose bytes broke off on the way;
// the library repeats only what fails before the answer begins.
const readTries = 3

// Get implements [storage.Bucket].
func (b *Bucket) Get(ctx context.Context, k storage.Key, off, n int64) ([]byte, error) {
	if !k.Valid() || off < 0 {
		return nil, fmt.Errorf("s3: get: %w", storage.ErrInvalid)
	}
	if n > storage.MaxGet {
		return nil, fmt.Errorf("s3: get %s: %w", k, storage.ErrTooLarge)
	}
	if n > math.MaxInt64-off {
		return nil, fmt.Errorf("s3: get %s: %w", k, storage.ErrShort)
	}
	if err := b.ready(ctx); err != nil {
		return nil, unavailable("get", k, err)
	}
	if n == 0 { // a range of no bytes cannot be asked for
		return b.empty(ctx, k, off)
	}
	var err error
	for try := range readTries {
		if !pause(ctx, try) {
			break
		}
		var p []byte
		if p, err = b.fetch(ctx, k, off, n); err == nil {
			return p, nil
		}
		if !errors.Is(err, errBroken) {
			break
		}
	}
	resp, ok := errors.AsType[minio.ErrorResponse](err)
	switch {
	case ok && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && n < 0:
		return b.empty(ctx, k, off)
	case ok && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return nil, fmt.Errorf("s3: get %s: %w: %w", k, storage.ErrShort, err)
	case missing(err):
		return nil, fmt.Errorf("s3: get %s: %w: %w", k, storage.ErrNotExist, err)
	case errors.Is(err, storage.ErrShort), errors.Is(err, storage.ErrTooLarge):
		return nil, fmt.Errorf("s3: get %s: %w", k, err)
	}
	return nil, unavailable("get", k, err)
}

// empty answers for a range that holds no byte, from the object's size.
func (b *Bucket) empty(ctx context.Context, k storage.Key, off int64) ([]byte, error) {
	info, err := b.Stat(ctx, k)
	if err != nil {
		return nil, err
	}
	if _, err := storage.Span(info.Size, off, 0); err != nil {
		return nil, fmt.Errorf("s3: get %s: %w", k, err)
	}
	return []byte{}, nil
}

var errBroken = errors.New("answer broke off")

// fetch asks for a range once and takes exactly that range. Get says what its
// errors mean.
func (b *Bucket) fetch(ctx context.Context, k storage.Key, off, n int64) ([]byte, error) {
	var opts minio.GetObjectOptions
	asked := rangeOf(off, n)
	if asked != "" {
		opts.Set("Range", asked)
	}
	// The library's GetObject is lazy; Core says at once that nothing is there.
	body, info, header, err := b.data.GetObject(ctx, b.name, b.object(k), opts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // everything wanted was read, or an error is on its way
	if info.Size < 0 {
		return nil, errors.New("answer without a length")
	}
	size := info.Size
	if asked != "" {
		size, err = total(header.Get("Content-Range"), off, info.Size)
		if err != nil {
			return nil, err
		}
	}
	want, err := storage.Span(size, off, n)
	if err != nil {
		return nil, err
	}
	if want != info.Size {
		return nil, fmt.Errorf("%d bytes answered, %d asked for", info.Size, want)
	}
	p := make([]byte, want)
	if _, err := io.ReadFull(body, p); err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return p, nil
}

// rangeOf is the Range header for Get(off, n); empty for the whole object.
func rangeOf(off, n int64) string {
	switch {
	case n >= 0:
		return fmt.Sprintf("bytes=%d-%d", off, off+n-1)
	case off > 0:
		return fmt.Sprintf("bytes=%d-", off)
	}
	return ""
}

// total is the size of the whole object by the Content-Range of an answer that
// begins at off and is length bytes long. A server that sends something else
// than it was asked for is not read.
func total(contentRange string, off, length int64) (int64, error) {
	var first, last, size int64
	if n, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &size); err != nil || n != 3 {
		return 0, errors.New("answer without a content range")
	}
	if first != off || last-first+1 != length || last >= size {
		return 0, errors.New("answer to another range")
	}
	return size, nil
}

// Stat implements [storage.Bucket].
func (b *Bucket) Stat(ctx context.Context, k storage.Key) (storage.Info, error) {
	if !k.Valid() {
		return storage.Info{}, fmt.Errorf("s3: stat: %w", storage.ErrInvalid)
	}
	if err := b.ready(ctx); err != nil {
		return storage.Info{}, unavailable("stat", k, err)
	}
	info, err := b.data.StatObject(ctx, b.name, b.object(k), minio.StatObjectOptions{})
	switch {
	case missing(err):
		return storage.Info{}, fmt.Errorf("s3: stat %s: %w: %w", k, storage.ErrNotExist, err)
	case err != nil:
		return storage.Info{}, unavailable("stat", k, err)
	}
	return storage.Info{Key: k, Size: info.Size, Modified: info.LastModified}, nil
}

// List implements [storage.Bucket]. A server that does not list in ascending
// order is refused: resuming after a key would skip others.
func (b *Bucket) List(ctx context.Context, prefix, after storage.Key) iter.Seq2[storage.Info, error] {
	return func(yield func(storage.Info, error) bool) {
		if !prefix.ValidPrefix() || !after.ValidPrefix() {
			yield(storage.Info{}, fmt.Errorf("s3: list: %w", storage.ErrInvalid))
			return
		}
		if err := b.ready(ctx); err != nil {
			yield(storage.Info{}, unavailable("list", "", err))
			return
		}
		opts := minio.ListObjectsOptions{Prefix: b.object(prefix), Recursive: true}
		if after != "" {
			opts.StartAfter = b.object(after)
		}
		for object := range b.data.ListObjectsIter(ctx, b.name, opts) {
			if object.Err != nil {
				yield(storage.Info{}, unavailable("list", "", object.Err))
				return
			}
			name, ours := strings.CutPrefix(object.Key, b.prefix)
			k := storage.Key(name)
			if !ours || !k.Valid() {
				continue
			}
			if k <= after || !strings.HasPrefix(name, string(prefix)) {
				yield(storage.Info{}, fmt.Errorf("s3: list: %w: listing is not in order", storage.ErrUnavailable))
				return
			}
			after = k
			if !yield(storage.Info{Key: k, Size: object.Size, Modified: object.LastModified}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil { // the library ends its listing without a word
			yield(storage.Info{}, unavailable("list", "", err))
		}
	}
}
