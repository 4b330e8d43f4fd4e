package storage

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	probeRacers = 8
	probeRounds = 5

	// probeCleanup bounds the removal of the probe's objects, which also happens
	// when the caller's context has ended.
	probeCleanup = 30 * time.Second
)

// A ProbeReport says how a bucket behaved in a [Probe] that it passed.
type ProbeReport struct {
	Races int           // races won by exactly one writer of eight
	Clock bool          // the bucket has a clock of its own
	Skew  time.Duration // the bucket's clock minus this machine's, to the second; 0 without one
}

// Probe finds out by trying whether b really refuses to write a name twice, also
// when eight writers race for it: servers have been seen that ignore the
// condition, and others that honour it only when nobody races. Run it on the
// bucket to be used, with its versioning and lock settings. It writes a few
// signed values of a throw-away key below v1/probe/<random>/ and removes them.
//
// ErrNotConditional, or what kept the probe from finding out.
func Probe(ctx context.Context, b Bucket) (report ProbeReport, err error) {
	p, err := newProbe(b)
	if err != nil {
		return ProbeReport{}, err
	}
	defer func() {
		if cerr := p.cleanUp(ctx); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}()
	if err := p.twice(ctx); err != nil {
		return ProbeReport{}, err
	}
	for range probeRounds {
		if err := p.race(ctx); err != nil {
			return ProbeReport{}, err
		}
		report.Races++
	}
	now, ok, err := b.Clock(ctx)
	if err != nil {
		return ProbeReport{}, fmt.Errorf("storage: probe: clock: %w", err)
	}
	if report.Clock = ok; ok {
		report.Skew = time.Until(now).Truncate(time.Second)
	}
	return report, nil
}

type probe struct {
	bucket Bucket
	signer *seal.SigningKey
	folder string
	used   []Key
}

func newProbe(b Bucket) (*probe, error) {
	signer, err := seal.NewSigningKey()
	if err != nil {
		return nil, fmt.Errorf("storage: probe: %w", err)
	}
	return &probe{
		bucket: b,
		signer: signer,
		folder: keyVersion + "probe/" + strings.ToLower(rand.Text()) + "/",
	}, nil
}

// key is a name of this probe; it is noted before anything can lie under it.
func (p *probe) key() Key {
	k := Key(fmt.Sprintf("%s%d", p.folder, len(p.used)))
	p.used = append(p.used, k)
	return k
}

// value is a different signed value each time.
func (p *probe) value() (*seal.Signed, error) {
	s, err := p.signer.Sign(seal.SignedEntry, []byte("storage probe "+rand.Text()))
	if err != nil {
		return nil, fmt.Errorf("storage: probe: %w", err)
	}
	return s, nil
}

// twice writes one name two times; the first value must stay.
func (p *probe) twice(ctx context.Context) error {
	k := p.key()
	first, err := p.value()
	if err != nil {
		return err
	}
	second, err := p.value()
	if err != nil {
		return err
	}
	if err := p.bucket.Commit(ctx, k, first); err != nil {
		return fmt.Errorf("storage: probe: first write: %w", err)
	}
	switch err := p.bucket.Commit(ctx, k, second); {
	case err == nil:
		return fmt.Errorf("%w: the same name was written twice", ErrNotConditional)
	case !errors.Is(err, ErrExist):
		return fmt.Errorf("storage: probe: second write: %w", err)
	}
	return p.holds(ctx, k, first)
}

// race lets eight writers go for one name; exactly one may win, and its bytes
// must be the ones that are there.
func (p *probe) race(ctx context.Context) error {
	k := p.key()
	var values [probeRacers]*seal.Signed
	for i := range values {
		var err error
		if values[i], err = p.value(); err != nil {
			return err
		}
	}
	var (
		errs  [probeRacers]error
		start = make(chan struct{})
		wg    sync.WaitGroup
	)
	for i := range values {
		wg.Go(func() {
			<-start
			errs[i] = p.bucket.Commit(ctx, k, values[i])
		})
	}
	close(start)
	wg.Wait()

	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			return fmt.Errorf("%w: two writers of one name both won", ErrNotConditional)
		case err == nil:
			winner = i
		case !errors.Is(err, ErrExist):
			return fmt.Errorf("storage: probe: race: %w", err)
		}
	}
	if winner < 0 {
		return fmt.Errorf("%w: eight writers of one name all lost", ErrNotConditional)
	}
	return p.holds(ctx, k, values[winner])
}

func (p *probe) holds(ctx context.Context, k Key, want *seal.Signed) error {
	got, err := p.bucket.Get(ctx, k, 0, -1)
	if err != nil {
		return fmt.Errorf("storage: probe: read back: %w", err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		return fmt.Errorf("%w: a refused write replaced the object", ErrNotConditional)
	}
	return nil
}

func (p *probe) cleanUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeCleanup)
	defer cancel()
	for _, k := range p.used {
		if err := p.bucket.Delete(ctx, k); err != nil {
			return fmt.Errorf("storage: probe: clean up: %w", err)
		}
	}
	return nil
}
