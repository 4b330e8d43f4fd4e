package audit

import (
	"fmt"
	"log/slog"
	"time"
)

// Bounds on what one leaf may carry. They are part of the format.
const (
	// MaxSubjects is the number of subjects one record may name.
	MaxSubjects = 16
	// MaxDetail is the size in bytes of one sealed detail.
	MaxDetail = 1 << 20
)

// An Op says which act a leaf is about. The numbers and their names belong to
// the caller, who must never give one a second meaning. Zero names no act and
// is refused.
type Op uint16

// A Position is the number of a leaf in the trail; the first is 0.
type Position uint64

// A Stage says what a leaf reports of its act.
type Stage uint8

// The stages. Zero is none of them and is refused.
const (
	StageIntent  Stage = 1 // about to act
	StageOutcome Stage = 2 // how the act of an intent ended
	StageFact    Stage = 3 // intent and outcome at once, such as a refusal
	StageErasure Stage = 4 // the details of one subject were erased
)

// String names the stage for logs and reports.
func (s Stage) String() string {
	switch s {
	case StageIntent:
		return "intent"
	case StageOutcome:
		return "outcome"
	case StageFact:
		return "fact"
	case StageErasure:
		return "erasure"
	}
	return fmt.Sprintf("stage %d", uint8(s))
}

// A Result says how an act ended. The zero value claims nothing.
type Result uint8

// The results.
const (
	ResultUnknown Result = 0 // interrupted: it may have happened or not
	ResultDone    Result = 1
	ResultRefused Result = 2
	ResultFailed  Result = 3
)

// String names the result for logs and reports.
func (r Result) String() string {
	switch r {
	case ResultUnknown:
		return "unknown"
	case ResultDone:
		return "done"
	case ResultRefused:
		return "refused"
	case ResultFailed:
		return "failed"
	}
	return fmt.Sprintf("result %d", uint8(r))
}

// A Record is what a caller wants recorded of one act.
type Record struct {
	// Op must not be zero.
	Op Op
	// Subjects are whom the act concerns, each once, at most [MaxSubjects]: the
	// leaf will stand in the journal of each of them.
	Subjects []TagKey
	// Detail is sealed by the caller and at most [MaxDetail] bytes; empty means
	// none. The trail keeps it until the details of one of the subjects are erased.
	Detail []byte
}

// An Entry is one leaf as read back, with its detail where there is one.
type Entry struct {
	Position Position
	// Number says which entry of the subject's journal this is, from 0. Only
	// [Log.Journal] sets it; an outcome has the number of its intent.
	Number uint64
	Time   time.Time // UTC, to the second
	Op     Op        // zero for an erasure only
	Stage  Stage
	Of     Position // for an outcome: its intent
	Result Result
	Tags   [][16]byte // one a subject; nobody without its key can tell whose
	// DetailDigest is the SHA-256 of the sealed detail; zero when the leaf was
	// recorded without. For an erasure it is the digest of all positions erased
	// so far (FORMAT.md).
	DetailDigest [32]byte
	// Detail is nil when there was none or when it has been erased.
	Detail []byte
}

// A TagKey derives the tags of one subject: its n-th leaf carries
// HMAC-SHA256(key, "coffre/tag/v1" 0x00 origin 0x00 n), cut to 16 bytes. Without
// the key two tags of one subject cannot be told from tags of two subjects. The
// zero key is refused. It never shows its value.
type TagKey [32]byte

const redacted = "audit.TagKey(redacted)"

// String hides the key.
func (TagKey) String() string { return redacted }

// GoString hides the key.
func (TagKey) GoString() string { return redacted }

// Format hides the key from every verb.
func (TagKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue hides the key.
func (TagKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the key, from JSON as well.
func (TagKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
