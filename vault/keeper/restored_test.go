package keeper_test

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// whole asks for every part of every copy, on each of two ways; without it each
// copy is put back by one part in turn.
var whole = flag.Bool("whole", false, "put back each part of each earlier copy, 9 000 times in all: go test ./vault/keeper -run TestNoEarlierCopy -whole -timeout 1h")

// A moment is the end of one event: the disk, and what people hold and lost.
type moment struct {
	name string
	at   time.Time
	vaulttest.Copy
	tale  *tale
	given []access
	taken []access
}

// tell plays the tale and keeps every moment of it.
func tell(t *testing.T) (all []moment) {
	t.Helper()
	s := newTale(t)
	var given, taken []access
	for i, e := range events() {
		if i > 0 {
			s.again(t)
		}
		e.play(s, t)
		given, taken = append(slices.Clone(given), e.gives...), append(slices.Clone(taken), e.took...)
		given = slices.DeleteFunc(given, func(a access) bool { return slices.Contains(taken, a) })
		s.Stop(t)
		all = append(all, moment{e.name, time.Now(), s.Copy(t), s.in(s.House), given, taken})
	}
	return all
}

// A part is what of a bucket somebody puts back; kept, what came since stays
// beside it.
type part struct {
	name string
	has  func(storage.Key) bool
	kept bool
}

// everything first, as it was; then each part, with what came since and without.
func parts() []part {
	in := func(parts ...string) func(storage.Key) bool {
		return func(k storage.Key) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(string(k), p) })
		}
	}
	var all []part
	for _, p := range []part{
		{name: "all", has: in("")},
		{name: "the safe", has: in("v1/s/")},
		{name: "what a safe holds", has: in("/o/", "/k/", "/b/", "/p/")},
		{name: "ways, bundles, records", has: in("/k/", "/b/", "/p/")},
		{name: "chains", has: in("/m/")},
		{name: "structures and agents", has: in("v1/r/", "v1/a/")},
		{name: "the copy of the trail", has: in("v1/t/")},
	} {
		all = append(all, p, part{p.name + ", and what came since", p.has, true})
	}
	return all
}

// inTurn is every second time all of it, and each part in between.
func inTurn(turn int) part {
	if all := parts(); turn%2 == 1 {
		return all[1+turn/2%(len(all)-1)]
	}
	return parts()[0]
}

// putBack makes the objects of a part what they were.
func putBack(b *storagetest.Hostile, was storagetest.Snapshot, p part) {
	now, then := b.Keys(), map[storage.Key]bool{}
	for key := range was.All() { // under one name there are never other bytes
		if then[key] = true; p.has(key) && !slices.Contains(now, key) {
			b.RestoreOne(was, key)
		}
	}
	for _, key := range now {
		if p.has(key) && !then[key] && !p.kept {
			b.Drop(key)
		}
	}
}

// Whatever copy of the bucket is put back, after whatever act, and whichever part
// of it: what was taken before stays taken, in the running service and in the one
// that starts on it (must show 4; L-07, L-58).
func TestNoEarlierCopyBringsAnythingBack(t *testing.T) {
	t.Parallel()
	var all []moment
	var n counts
	t.Cleanup(func() {
		t.Logf("%d copies put back in the running service, %d before a start, of which %d were refused; %d tries of what was taken", n.running.Load(), n.starts.Load(), n.refused.Load(), n.tries.Load())
	})
	synctest.Test(t, func(t *testing.T) { all = tell(t) })
	for i, now := range all {
		if !*whole && !sampleMoment(i) {
			continue
		}
		t.Run(now.name, func(t *testing.T) {
			t.Parallel()
			if *whole {
				everyPart(t, &n, now, all[:i])
				return
			}
			synctest.Test(t, func(t *testing.T) { underTheKeeper(t, &n, now, all[:i], inTurn) })
			for j, was := range all[:i] {
				if samplePair(i, j) {
					synctest.Test(t, func(t *testing.T) { atTheStart(t, &n, now, was, inTurn(2*i+j)) })
				}
			}
		})
	}
}

// everyPart is each part of each earlier copy, on both ways.
func everyPart(t *testing.T, n *counts, now moment, before []moment) {
	t.Helper()
	for _, p := range parts() {
		synctest.Test(t, func(t *testing.T) {
			underTheKeeper(t, n, now, before, func(int) part { return p })
		})
		for _, was := range before {
			synctest.Test(t, func(t *testing.T) { atTheStart(t, n, now, was, p) })
		}
	}
}

// counts are of what was tried.
type counts struct{ running, starts, refused, tries atomic.Int64 }

// lost is what somebody had at a moment and has no more.
func (m moment) lost(now moment) (lost []access) {
	for _, a := range m.given {
		if slices.Contains(now.taken, a) {
			lost = append(lost, a)
		}
	}
	return lost
}

// elsewhere are the people of a moment at its disk, at its time.
func (m moment) elsewhere(t *testing.T) *tale {
	t.Helper()
	time.Sleep(time.Until(m.at))
	return m.tale.in(m.tale.Elsewhere(t, m.Copy))
}

// underTheKeeper puts back one copy after the other while the service runs.
func underTheKeeper(t *testing.T, n *counts, now moment, before []moment, what func(turn int) part) {
	t.Helper()
	s := now.elsewhere(t)
	s.Start(t)
	right := func(when string, all ...access) {
		t.Helper()
		for _, a := range all {
			if err := s.try(t, a); err != nil {
				t.Errorf("%s: %s: %v", when, a, err)
			}
		}
	}
	right("before", now.given...)
	for j, was := range before {
		lost := was.lost(now)
		if len(lost) == 0 {
			continue
		}
		present, p := s.Bucket.Snapshot(), what(len(before)+j)
		putBack(s.Bucket, was.Bucket, p)
		n.running.Add(1)
		n.tries.Add(int64(len(lost)))
		s.staysTaken(t, was.name+", "+p.name, lost)
		putBack(s.Bucket, present, parts()[1])
		right("with "+was.name+" put right", now.right(lost)...)
	}
	right("at the end", now.given...)
	s.Stop(t)
}

// right are the code and the PIN that are right at a moment, where others were
// tried: they end the counting of guesses.
func (m moment) right(tried []access) (all []access) {
	for _, guessed := range [][]access{{sheet1, sheet2, handedSheet, sheet3, sheet4}, {pin1, pin2}} {
		in := func(a access) bool { return slices.Contains(guessed, a) }
		if i := slices.IndexFunc(m.given, in); i >= 0 && slices.ContainsFunc(tried, in) {
			all = append(all, m.given[i])
		}
	}
	return all
}

// atTheStart puts back a copy while the service is down.
func atTheStart(t *testing.T, n *counts, now, was moment, p part) {
	t.Helper()
	lost := was.lost(now)
	if len(lost) == 0 {
		return
	}
	s := now.elsewhere(t)
	putBack(s.Bucket, was.Bucket, p)
	n.starts.Add(1)
	if s.TryStart(t.Context()) != nil { // nobody is served
		n.refused.Add(1)
		return
	}
	n.tries.Add(int64(len(lost)))
	s.staysTaken(t, was.name+", "+p.name+", at the start", lost)
	_ = s.Keeper.Close() // its bucket is not what it was
	s.Keeper = nil
}

func (s *tale) staysTaken(t *testing.T, when string, taken []access) {
	t.Helper()
	for _, a := range taken {
		err := s.try(t, a)
		if err == nil {
			t.Errorf("%s: %s is back", when, a)
		}
		if errors.Is(err, vault.ErrTooManyGuesses) || errors.Is(err, vault.ErrPINBlocked) || errors.Is(err, vault.ErrLimit) {
			t.Errorf("%s: %s was not even looked at: %v", when, a, err)
		}
	}
}

func (s *tale) succeed(t *testing.T) {
	_, err := s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), vault.AssignSuccessor{
		Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
	})
	must(t, err)
	colleague := s.Login(t, vaulttest.Colleague)
	for range 600 { // each safe's entry follows
		if s.readErr(colleague, "rib") == nil {
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatal("no successor")
}
