package keeper_test

import (
	"sync"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
)

// BenchmarkScaleCrash cuts the power while twenty people withdraw a consent each,
// with their intents on disk and no entry in the bucket, and measures the start
// that finishes it. It changes the town for good.
func BenchmarkScaleCrash(b *testing.B) {
	const many = 20
	m := newMeasured(b)
	start := func(wall, work string) {
		at, worked := time.Now(), busy()
		m.Start(b)
		b.ReportMetric(time.Since(at).Seconds(), wall)
		b.ReportMetric((busy() - worked).Seconds(), work)
	}
	m.Stop(b)
	start("s-plain-start", "cpu-s-plain")
	m.Stop(b)
	m.Config.Bucket, m.Config.Anchors = m.Bucket, m.Anchors // from here to the cut, through rules
	m.Start(b)
	people, ends := make([]session.Principal, many), make([]vault.EndConsent, many)
	for i := range people {
		safe := i * m.safes / len(people)
		people[i] = m.unlocked(b, safe)
		ends[i] = vault.EndConsent{Safe: m.opened[safe], Consent: ok(m.give(b, people[i], m.opened[safe], m.ids[1]))(b).ID}
	}
	m.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	var all sync.WaitGroup
	for i, who := range people {
		all.Go(func() {
			if err := m.Keeper.WithdrawConsent(b.Context(), who, ends[i]); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	m.PowerCut(b)
	start("s-start", "cpu-s")
	b.ReportMetric(float64(m.Keeper.Safes()), "safes-read")
	b.ReportMetric(0, "ns/op")
	helper := m.agent(b, 1)
	for _, c := range ok(m.Keeper.Helped(b.Context(), helper, vault.ListHelped{Limit: vault.MaxPage}))(b) {
		for _, end := range ends {
			if c.Consent == end.Consent && c.State == vault.ConsentLive {
				b.Error("a withdrawn consent is live after the start")
			}
		}
	}
}
