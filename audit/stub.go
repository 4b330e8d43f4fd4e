package audit

import (
	"context"
	"io"
	"iter"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Config says which trail to open. Every field but Known is required.
type Config struct {
	// Path is the file; it is created when missing.
	Path string
	// Origin names this trail in its checkpoints: printable ASCII without spaces
	// or plus signs, at most 255 bytes, never used for two trails.
	Origin string
	// Signer signs checkpoints; Verifier is its public half.
	Signer   note.Signer
	Verifier note.Verifier
	// Known are checkpoints of this trail that the caller kept elsewhere: a file
	// that does not extend every one of them is refused before anything is written.
	Known [][]byte
}

// A Log is an open trail.
type Log struct{}

// A Pending is one recorded intent.
type Pending struct{}

// Checkpoint is a parsed, verified checkpoint.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   tlog.Hash
}

// A Batch is a run of consecutive leaves.
type Batch struct {
	From   Position
	Leaves [][]byte
}

// Report is what Verify found.
type Report struct {
	Origin   string
	Size     uint64
	Root     tlog.Hash
	Signed   uint64 // leaves covered by the newest checkpoint in the file
	Open     uint64 // intents without an outcome
	Erased   uint64 // details covered by a recorded erasure
	Details  uint64
	LastTime time.Time
}

func Open(cfg Config) (*Log, error)                                             { panic("unfinished") }
func (l *Log) Close() error                                                     { panic("unfinished") }
func (l *Log) Begin(ctx context.Context, r Record) (*Pending, error)            { panic("unfinished") }
func (l *Log) Note(ctx context.Context, r Record, res Result) (Position, error) { panic("unfinished") }
func (p *Pending) End(ctx context.Context, res Result, detail []byte) error     { panic("unfinished") }
func (p *Pending) EndLater(res Result, detail []byte)                           { panic("unfinished") }
func (p *Pending) Position() Position                                           { panic("unfinished") }
func (p *Pending) Live() error                                                  { panic("unfinished") }
func (l *Log) Journal(ctx context.Context, key TagKey, from uint64) iter.Seq2[Entry, error] {
	panic("unfinished")
}
func (l *Log) Entries(ctx context.Context, from Position) iter.Seq2[Entry, error] {
	panic("unfinished")
}
func (l *Log) Size() uint64                                                  { panic("unfinished") }
func (l *Log) LastTime() time.Time                                           { panic("unfinished") }
func (l *Log) Err() error                                                    { panic("unfinished") }
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error)                { panic("unfinished") }
func (l *Log) Inclusion(pos Position, size uint64) (tlog.RecordProof, error) { panic("unfinished") }
func (l *Log) Consistency(old, size uint64) (tlog.TreeProof, error)          { panic("unfinished") }
func (l *Log) RootAt(size uint64) (tlog.Hash, error)                         { panic("unfinished") }
func (l *Log) EraseDetails(ctx context.Context, key TagKey) error            { panic("unfinished") }
func (l *Log) Export(ctx context.Context, w io.Writer) error                 { panic("unfinished") }
func (l *Log) Leaves(ctx context.Context, from, to Position) ([]byte, [][]byte, error) {
	panic("unfinished")
}
func Verify(ctx context.Context, path string, v note.Verifier, known ...[]byte) (Report, error) {
	panic("unfinished")
}
func ParseCheckpoint(msg []byte, v note.Verifier) (Checkpoint, error) { panic("unfinished") }
func (c Checkpoint) Extends(old Checkpoint, p tlog.TreeProof) error   { panic("unfinished") }
func (c Checkpoint) Includes(pos Position, leaf []byte, p tlog.RecordProof) error {
	panic("unfinished")
}
func ParseLeaf(b []byte) (Entry, error)   { panic("unfinished") }
func (e Entry) Leaf() []byte              { panic("unfinished") }
func ParseLeaves(b []byte) (Batch, error) { panic("unfinished") }
