package keeper

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// A printed page names its consent by a code that follows from it under a key of
// the pepper: nothing that lies in the bucket leads to it, nor from it.

func (k *Keeper) pageCode(id vault.ConsentID) vault.PageCode {
	m := mac(k.pages, "page", id.String())
	return vault.PageCode(m[:16])
}

// pageRow is where the index has a code: whoever reads the state file learns no
// code that was printed.
func (k *Keeper) pageRow(code vault.PageCode) []byte {
	m := mac(k.pseudonyms, "page", code.String())
	return m[:]
}

// consentOn answers the consent that a printed page is about.
func (k *Keeper) consentOn(code vault.PageCode) (safe vault.SafeID, id vault.ConsentID, ok bool) {
	err := k.state.view(func(tx *bolt.Tx) error {
		if key := tx.Bucket(bPage).Get(k.pageRow(code)); len(key) == 32 {
			safe, id, ok = vault.SafeID(key[:16]), vault.ConsentID(key[16:]), true
		}
		return nil
	})
	return safe, id, ok && err == nil
}

// checkTime is what answers about a printed page take: whole multiples of it,
// so that nobody measures whether a code is one. The work in between takes a
// small part of it.
const checkTime = time.Second

// CheckPage says whether the consent on a printed page still counts. What it
// says is in the person's journal first; questions that are answered with nothing
// are counted like calls without a session. See [vault.PrintKeeper].
func (k *Keeper) CheckPage(ctx context.Context, network string, code vault.PageCode) (vault.CheckedPage, error) {
	began := time.Now()
	if err := k.fit(); err != nil {
		return vault.CheckedPage{}, err
	}
	if !k.checks.count(network, code, began) {
		return vault.CheckedPage{}, vault.ErrLimit
	}
	page, err := vault.CheckedPage{}, error(nil)
	if safe, id, ok := k.consentOn(code); ok {
		page, err = k.checkPrinted(ctx, safe, id)
	}
	if err != nil && !errors.Is(err, vault.ErrNotFound) { // that there is something to fail at is not told either
		k.log.WarnContext(ctx, "a printed page could not be checked", slog.Any("error", err))
	}
	err = nil
	if !page.Says() {
		err = k.countStranger(ctx, vault.ActCheckPage, network)
	}
	return page, errors.Join(err, level(ctx, began))
}

// level waits until the answer has taken a whole multiple of checkTime.
func level(ctx context.Context, began time.Time) error {
	wait := time.NewTimer(checkTime - time.Since(began)%checkTime)
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkPrinted answers what a page may say of a consent, recorded; the zero page
// where it may say nothing.
func (k *Keeper) checkPrinted(ctx context.Context, id vault.SafeID, about vault.ConsentID) (vault.CheckedPage, error) {
	s, err := k.safe(ctx, id)
	if err != nil {
		return vault.CheckedPage{}, err
	}
	d := deed{act: vault.ActCheckPage, safe: id, note: detail{Consent: about.String()}}
	st := consent.Standing{Exists: true, Nature: s.now().Nature(), Frozen: s.frozen(), Now: k.now()}
	permit, reason := consent.Unidentified(st, d.request())
	page, err := vault.CheckedPage{}, reason.Err()
	if reason == 0 {
		page, err = k.pageOf(ctx, s, about)
	}
	if err != nil || !page.Says() {
		k.unpin(s)
		return vault.CheckedPage{}, err
	}
	w, err := k.record(ctx, &warrant{keeper: k, deed: d, permit: permit, safe: s, standing: st})
	if err != nil {
		k.unpin(s)
		return vault.CheckedPage{}, err
	}
	if err := w.end(ctx, w.check(id), detail{}); err != nil {
		return vault.CheckedPage{}, err
	}
	return page, nil
}

// pageOf is what a page says of a consent: that it was given, its dates, and
// whether it still counts; never for what, by whom, to whom, nor why it ended. It
// says nothing of a discreet safe, of what ended in silence, and of what is over
// for longer than the agent is told.
func (k *Keeper) pageOf(ctx context.Context, s *safe, id vault.ConsentID) (vault.CheckedPage, error) {
	c, err := k.consentView(ctx, s, id)
	switch {
	case err != nil:
		return vault.CheckedPage{}, err
	case s.current().discreet(), c.Given.IsZero(), silent(c.Ended), c.Ended == vault.EndedErasure:
		return vault.CheckedPage{}, nil
	case c.Ended != 0 && k.now().Sub(c.EndedAt) >= vault.EndedVisible:
		return vault.CheckedPage{}, nil
	}
	return vault.CheckedPage{
		Given: c.Given, From: c.Terms.From, Until: c.Terms.Until, Live: c.State == vault.ConsentLive, Ended: c.EndedAt,
		Mark: vault.PageMark(c.Shown.Digest),
	}, nil
}

// checks bound questions about printed pages, in memory and within a minute: of
// one code, right or wrong, and from one network. A code cannot be guessed; this
// keeps whoever has one from filling the journal, and everybody from keeping the
// keeper busy.
type checks struct {
	mu    sync.Mutex
	since time.Time
	seen  map[string]int
}

const (
	checkSpan        = time.Minute
	checksPerCode    = 20
	checksPerNetwork = 120
	maxChecks        = 1 << 16 // in all, within a minute
)

func (c *checks) count(network string, code vault.PageCode, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.since) >= checkSpan {
		c.since = now
		clear(c.seen)
	}
	from, about := "n "+network, "c "+code.String()
	if c.seen[from] >= checksPerNetwork || c.seen[about] >= checksPerCode || len(c.seen) >= maxChecks {
		return false
	}
	c.seen[from]++
	c.seen[about]++
	return true
}
