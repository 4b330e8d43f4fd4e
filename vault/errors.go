package vault

import (
	"errors"
	"fmt"
)

// The errors of the domain. They know nothing of gRPC: vault/rpc maps each of
// them to a code and a sentence, in one table.
var (
	// ErrNotFound also stands for whatever the caller may not know about.
	ErrNotFound = errors.New("not found")
	// ErrLocked says that the caller may, once the safe is unlocked.
	ErrLocked = errors.New("the safe is locked")
	// ErrDenied says that the caller's function does not allow the act at all.
	ErrDenied = errors.New("not allowed")
	// ErrCode says that a code does not open this safe.
	ErrCode = errors.New("the code does not open this safe")
	// ErrTooManyGuesses says that further guesses have to wait.
	ErrTooManyGuesses = errors.New("too many guesses")
	// ErrTooLarge says that a document exceeds the limit.
	ErrTooLarge = errors.New("document too large")
	// ErrEmpty says that a document has no bytes.
	ErrEmpty = errors.New("document is empty")
	// ErrMediaType says that the content is of a type not accepted.
	ErrMediaType = errors.New("type of content not accepted")
	// ErrDigest says that the content is not the one announced (L-45).
	ErrDigest = errors.New("content does not have the announced digest")
	// ErrSize says that the content is shorter or longer than announced.
	ErrSize = errors.New("content does not have the announced size")
	// ErrTampered says that stored bytes are not the ones that were stored.
	// Nothing was released. Never retried.
	ErrTampered = errors.New("stored bytes were altered")
	// ErrUnavailable says that nothing was done, or that what was done will be
	// known later: the caller retries with the same request id.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrTrail says that the trail cannot be written: nothing is revealed or
	// changed until it can.
	ErrTrail = errors.New("the trail cannot be written")
	// ErrConflict says that the same request id came with another request.
	ErrConflict = errors.New("request id was used for another request")
	// ErrSheetGone says that a safe was opened by an earlier try whose answer
	// was lost, and with it the sheet's text.
	ErrSheetGone = errors.New("the code sheet's text was issued once and is gone")
	// ErrTicket says that a ticket or a release is over.
	ErrTicket = errors.New("no longer valid")
	// ErrClock says that the clock is not believable: nothing is done until an
	// operator confirms it.
	ErrClock = errors.New("the clock is not believable")
	// ErrPageToken says that a page token is not one of ours, or of another list.
	ErrPageToken = errors.New("page token is not valid here")
)

// An InvalidError says which field of a request is out of bounds. It never
// holds the value.
type InvalidError struct {
	Field string // as in the .proto file
	Rule  string // what the field must be, in French
}

// Error names field and rule, never the value.
func (e *InvalidError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Rule) }
