package vault

import (
	"context"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A lease is what one reading decrypts under, until the moment that the keeper
// named last. It is for one goroutine.
type lease struct {
	at    Hold
	until time.Time
	read  int64 // bytes that went out so far
	no    error // why the keeper said no; it never says yes again
}

// ask asks the keeper for a lease.
func (l *lease) ask(ctx context.Context) error {
	if l.no == nil {
		l.until, l.no = l.at.Continue(ctx, l.read)
	}
	return l.no
}

func (l *lease) giveBack() {
	l.until = time.Time{}
	l.at.GiveBack()
}

// under lets f decrypt, with a lease that it gives back. Where that ran out
// before f was done the keeper is asked once more: on an error what f left is
// nobody's, and to be wiped. The keeper's no comes before what f says of it.
func (l *lease) under(ctx context.Context, f func() error) error {
	if err := l.ask(ctx); err != nil {
		return err
	}
	defer l.giveBack()
	err := f()
	if l.no == nil && !time.Now().Before(l.until) {
		_ = l.ask(ctx) // kept in no
	}
	if l.no != nil {
		return l.no
	}
	return err
}

// segments are those of src. No lease covers the wait for a bucket, so that a
// slow one makes nobody wait who takes away; what it answers is decrypted with a
// lease asked for since.
func (l *lease) segments(src seal.SegmentSource) seal.SegmentSource {
	return func(ctx context.Context, off, n int64) ([]byte, error) {
		l.giveBack()
		b, err := src(ctx, off, n)
		if err != nil {
			return nil, err
		}
		return b, l.ask(ctx)
	}
}
