package link

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// errWire says that the other end speaks otherwise: it is of another version, or
// hostile. It never holds what was sent.
var errWire = errors.New("link: not what this version says")

// Bounds that no honest end comes near.
const (
	maxText   = 1 << 10 // bytes in a text
	maxSigned = 4 << 10 // bytes of a signed receipt
	// maxStored is more than the largest document is when it is sealed.
	maxStored   = 2 * vault.MaxDocument
	maxSegments = maxStored / seal.SegmentSize
)

// A reader turns messages into the types of the domain. It keeps the first thing
// that is not what it must be.
type reader struct{ err error }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", errWire, what)
	}
}

// known refuses a message that holds anything this version does not know, at any
// depth.
func (r *reader) known(m proto.Message) { r.knownIn(m.ProtoReflect()) }

func (r *reader) knownIn(m protoreflect.Message) {
	if len(m.GetUnknown()) > 0 {
		r.fail("a field that is not known")
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				r.knownIn(v.List().Get(i).Message())
			}
		default:
			r.knownIn(v.Message())
		}
		return r.err == nil
	})
}

func readID[K ~[16]byte](r *reader, b []byte) (id K) {
	if len(b) != len(id) {
		r.fail("id")
		return id
	}
	if id = K(b); id == (K{}) {
		r.fail("zero id")
	}
	return id
}

// readOptional takes absent for zero.
func readOptional[K ~[16]byte](r *reader, b []byte) K {
	if len(b) == 0 {
		return K{}
	}
	return readID[K](r, b)
}

func writeID[K ~[16]byte](id K) []byte {
	if id == (K{}) {
		return nil
	}
	return id[:]
}

func (r *reader) digest(b []byte) (d seal.Digest) {
	if len(b) != len(d) {
		r.fail("digest")
		return d
	}
	return seal.Digest(b)
}

func (r *reader) text(s string) string {
	if len(s) > maxText {
		r.fail("text")
	}
	return s
}

// fileKey takes the key out of a message and leaves zeros there.
func (r *reader) fileKey(b []byte) seal.FileKey {
	k, err := seal.ParseFileKey(seal.NewSecret(b))
	if err != nil {
		r.fail("file key")
	}
	clear(b)
	return k
}

func (r *reader) binding(s string) seal.Binding {
	b, err := seal.ParseBinding(s)
	if err != nil {
		r.fail("binding")
	}
	return b
}

func (r *reader) inline(b []byte) []byte {
	if len(b) > vault.MaxInline {
		r.fail("small content")
	}
	return b
}

// place reads where a content lies: under a name, or right here.
func (r *reader) place(key string, inline []byte) (storage.Key, []byte) {
	if len(inline) > 0 {
		if key != "" {
			r.fail("two places")
		}
		return "", r.inline(inline)
	}
	return r.key(key), nil
}

func (r *reader) key(s string) storage.Key {
	k, err := storage.ParseKey(s)
	if err != nil {
		r.fail("object name")
	}
	return k
}

func (r *reader) size(n int64) int64 {
	if n < 0 || n > maxStored {
		r.fail("size")
	}
	return n
}

func (r *reader) stored(m *keeperv1.Stored) seal.Stored {
	if m == nil {
		r.fail("no facts")
		return seal.Stored{}
	}
	if m.GetHeaderSize() < 0 || m.GetHeaderSize() > seal.HeaderLimit || len(m.GetSegments()) > maxSegments {
		r.fail("facts")
		return seal.Stored{}
	}
	s := seal.Stored{
		Size: r.size(m.GetSize()), Digest: r.digest(m.GetDigest()),
		HeaderSize: int(m.GetHeaderSize()), HeaderDigest: r.digest(m.GetHeaderDigest()),
	}
	for _, one := range m.GetSegments() {
		s.Segments = append(s.Segments, r.digest(one))
	}
	return s
}

func writeStored(s seal.Stored) *keeperv1.Stored {
	m := keeperv1.Stored_builder{
		Size: s.Size, Digest: s.Digest[:], HeaderSize: int64(s.HeaderSize), HeaderDigest: s.HeaderDigest[:],
	}.Build()
	var all [][]byte
	for _, one := range s.Segments {
		all = append(all, one[:])
	}
	m.SetSegments(all)
	return m
}

func (r *reader) description(m *keeperv1.Description) vault.Description {
	if m == nil {
		r.fail("no description")
		return vault.Description{}
	}
	return vault.Description{
		Title: r.text(m.GetTitle()), FileName: r.text(m.GetFileName()),
		Drawer: papers.Drawer(r.text(m.GetDrawer())), Kind: papers.Kind(r.text(m.GetKind())),
		DocumentDate: r.text(m.GetDocumentDate()), ExpireDate: r.text(m.GetExpireDate()),
		Whose: r.text(m.GetWhose()), OriginalPlace: r.text(m.GetOriginalPlace()),
	}
}

func writeDescription(d vault.Description) *keeperv1.Description {
	return keeperv1.Description_builder{
		Title: d.Title, FileName: d.FileName, Drawer: string(d.Drawer), Kind: string(d.Kind),
		DocumentDate: d.DocumentDate, ExpireDate: d.ExpireDate, Whose: d.Whose, OriginalPlace: d.OriginalPlace,
	}.Build()
}

func (r *reader) outcome(o keeperv1.Outcome) vault.Outcome {
	switch o {
	case keeperv1.Outcome_OUTCOME_DONE:
		return vault.OutcomeDone
	case keeperv1.Outcome_OUTCOME_REFUSED:
		return vault.OutcomeRefused
	case keeperv1.Outcome_OUTCOME_FAILED:
		return vault.OutcomeFailed
	default:
		r.fail("outcome")
		return vault.OutcomeUnknown
	}
}

func writeOutcome(o vault.Outcome) keeperv1.Outcome {
	switch o {
	case vault.OutcomeDone:
		return keeperv1.Outcome_OUTCOME_DONE
	case vault.OutcomeRefused:
		return keeperv1.Outcome_OUTCOME_REFUSED
	default:
		return keeperv1.Outcome_OUTCOME_FAILED
	}
}

// remaining is for how long a lease is worth anything, as the keeper answers it.
func remaining(until, now time.Time) time.Duration {
	return min(max(until.Sub(now), 0), vault.LeaseTime)
}
