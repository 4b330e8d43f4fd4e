package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/coffre-fort/coffre/storage"
)

// An outcome is what one conditional write came to.
type outcome uint8

const (
	lost     outcome = iota // may have been applied, or may be applied later
	applied                 // by this very request
	exists                  // 412: something is there
	conflict                // 409: not applied, somebody else was writing; send again
	busy                    // not applied; may work later
	refused                 // not applied, and never will be
	clash                   // not applied: one key would be a folder of another
	ignorant                // not applied: the server knows no conditional writes
)

// outcomeOf reads the answer to one conditional write. Without a connection
// nothing was sent; with one, an answer that does not say otherwise is a lost
// one. The zero outcome is the careful one.
func outcomeOf(err error, connected bool) outcome {
	if err == nil {
		return applied
	}
	resp, ok := errors.AsType[minio.ErrorResponse](err)
	if !ok || resp.StatusCode == 0 {
		if connected {
			return lost
		}
		return busy
	}
	switch code := resp.StatusCode; {
	case code == http.StatusPreconditionFailed:
		return exists
	case code == http.StatusConflict:
		return conflictOf(resp.Code)
	case code == http.StatusNotImplemented:
		return ignorant
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && resp.Code == "SlowDown":
		return busy
	case code == http.StatusRequestTimeout, code == 499, code >= 500, code < 300:
		// Also a 200 with an error inside, which the completion of an upload may
		// answer, and whatever a proxy says about a server it lost.
		return lost
	}
	return refused
}

// conflictOf reads a 409. S3 says ConditionalRequestConflict or OperationAborted
// when a concurrent request kept it from deciding; neither was applied, and
// neither means that the object exists. versitygw keeps files: it says so of a
// name below another object, and of one that is a folder, which it also answers
// while somebody takes the last object out of that folder.
func conflictOf(code string) outcome {
	if code == "ObjectParentIsFile" {
		return clash
	}
	return conflict
}

// isFolder reports whether a server that keeps files said that the name is a
// folder's.
func isFolder(err error) bool {
	resp, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && resp.Code == "ExistingObjectIsDirectory"
}

// failure is the error of a write that ended in o; nil when it was applied.
func (o outcome) failure(op string, k storage.Key, err error) error {
	kind := storage.ErrUndecided
	switch o {
	case applied:
		return nil
	case exists:
		kind = storage.ErrExist
	case conflict, busy, refused:
		kind = storage.ErrUnavailable
	case clash:
		kind = storage.ErrInvalid
	case ignorant:
		kind = storage.ErrNotConditional
	case lost:
	}
	return fmt.Errorf("s3: %s %s: %w: %w", op, k, kind, err)
}

// missing reports whether an object, or an upload, is not there. Only a typed
// answer counts: the library's own conversion does not look into wrapped errors.
func missing(err error) bool {
	resp, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && resp.StatusCode == http.StatusNotFound && resp.Code != minio.NoSuchBucket
}

func unavailable(op string, k storage.Key, err error) error {
	return fmt.Errorf("s3: %s %s: %w: %w", op, k, storage.ErrUnavailable, err)
}

const (
	firstWait = 50 * time.Millisecond
	lastWait  = time.Second
)

// pause waits before a try, twice as long each time and not before the first,
// and reports whether to go on.
func pause(ctx context.Context, try int) bool {
	if try == 0 {
		return true
	}
	timer := time.NewTimer(min(firstWait<<(try-1), lastWait))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
