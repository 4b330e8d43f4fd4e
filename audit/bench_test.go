package audit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// BenchmarkActAgainstFloor is one act, intent and outcome both durable, by 1, 8
// and 64 writers; the floor is as many bytes put into bbolt by one plain Update
// each. Rounds of both alternate, because the disk has moods: what counts is the
// ratio, x-floor (below 1 is faster than the floor). "read" is an act whose
// outcome may wait.
func BenchmarkActAgainstFloor(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			trail, floor := mustOpen(b, testConfig(b)), openFloor(b)
			d, ctx := detail("bench"), context.Background()
			record := append(detail("bench"), make([]byte, leafHeader+2*tagSize+32)...)
			begin := func(w int) (*Pending, error) {
				return trail.Begin(ctx, Record{Op: 1, Subjects: []TagKey{subject(byte(w)), subject(255)}, Detail: d})
			}
			var act, read, plain time.Duration
			round := max(16, 2*writers)
			for b.Loop() {
				plain += contend(b, writers, round, func(int) error { return errors.Join(floor(record), floor(record)) })
				act += contend(b, writers, round, func(w int) error {
					p, err := begin(w)
					if err != nil {
						return err
					}
					return p.End(ctx, ResultDone, d)
				})
				read += contend(b, writers, round, func(w int) error {
					p, err := begin(w)
					if err != nil {
						return err
					}
					p.EndLater(ResultDone, d)
					return nil
				})
			}
			n := float64(b.N * round)
			b.ReportMetric(n/act.Seconds(), "acts/s")
			b.ReportMetric(n/read.Seconds(), "reads/s")
			b.ReportMetric(n/plain.Seconds(), "floor/s")
			b.ReportMetric(act.Seconds()/plain.Seconds(), "x-floor")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func openFloor(b *testing.B) func(record []byte) error {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "floor.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }); err != nil {
		b.Fatal(err)
	}
	return func(record []byte) error {
		return db.Update(func(tx *bolt.Tx) error {
			bk := tx.Bucket([]byte("b"))
			n, err := bk.NextSequence()
			if err != nil {
				return err
			}
			return bk.Put(key(n), record)
		})
	}
}

// contend spreads n acts over that many goroutines and says how long they took.
func contend(b *testing.B, writers, n int, act func(w int) error) time.Duration {
	b.Helper()
	var wg sync.WaitGroup
	next := make(chan struct{}, n)
	for range n {
		next <- struct{}{}
	}
	close(next)
	began := time.Now()
	for w := range writers {
		wg.Go(func() {
			for range next {
				if err := act(w); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// BenchmarkVerify is per leaf.
func BenchmarkVerify(b *testing.B) {
	cfg := testConfig(b)
	l := mustOpen(b, cfg)
	const leaves = 50_000
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for range leaves / 64 {
				if _, err := l.Note(context.Background(), Record{Op: 1, Subjects: []TagKey{subject(byte(w)), subject(255)}, Detail: detail("b")}, ResultDone); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	mustClose(b, l)
	for b.Loop() {
		mustVerify(b, cfg)
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/leaves, "µs/leaf")
}
