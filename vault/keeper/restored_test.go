package keeper_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A moment is the end of one event: the disk, and what people hold and lost.
type moment struct {
	name string
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
		all = append(all, moment{e.name, s.Copy(t), s.in(s.House), given, taken})
	}
	return all
}

// pieces are the parts of a bucket that somebody may put back by themselves.
func pieces() map[string]func(storage.Key) bool {
	in := func(parts ...string) func(storage.Key) bool {
		return func(k storage.Key) bool {
			return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(string(k), p) })
		}
	}
	return map[string]func(storage.Key) bool{
		"all":                    func(storage.Key) bool { return true },
		"the safe":               in("v1/s/"),
		"what a safe holds":      in("/o/", "/k/", "/b/", "/p/"),
		"ways, bundles, records": in("/k/", "/b/", "/p/"),
		"chains":                 in("/m/"),
		"structures and agents":  in("v1/r/", "v1/a/"),
		"the copy of the trail":  in("v1/t/"),
	}
}

// putBack makes the objects of a kind what they were. What is there by now and
// was not then is removed, or with kept left beside.
func putBack(b *storagetest.Hostile, was storagetest.Snapshot, kind func(storage.Key) bool, kept bool) {
	now, then := b.Keys(), map[storage.Key]bool{}
	for key := range was.All() { // under one name there are never other bytes
		if then[key] = true; kind(key) && !slices.Contains(now, key) {
			b.RestoreOne(was, key)
		}
	}
	for _, key := range now {
		if kind(key) && !then[key] && !kept {
			b.Drop(key)
		}
	}
}

// Whatever copy of the bucket is put back, after whatever act, and whichever part
// of it: what was taken before stays taken, in the running service and in the one
// that starts on it (must show 4; L-07, L-58).
func TestNoEarlierCopyBringsAnythingBack(t *testing.T) {
	t.Parallel()
	all := tell(t)
	for i, now := range all {
		if !sampleMoment(i) {
			continue
		}
		t.Run(now.name, func(t *testing.T) {
			t.Parallel()
			underTheKeeper(t, now, all[:i])
			for j, was := range all[:i] {
				if samplePair(i, j) {
					atTheStart(t, now, was, 2*i+j)
				}
			}
		})
	}
}

// lost is what somebody had at a moment and has no more.
func (m moment) lost(now moment) (lost []access) {
	for _, a := range m.given {
		if slices.Contains(now.taken, a) {
			lost = append(lost, a)
		}
	}
	return lost
}

// piece is a part of the bucket for each turn, every second time all of it; and
// whether newer objects stay beside.
func piece(turn int) (name string, kind func(storage.Key) bool, kept bool) {
	all := pieces()
	if turn%2 == 0 {
		return "all", all["all"], false
	}
	delete(all, "all")
	name = slices.Sorted(maps.Keys(all))[turn/2%len(all)]
	return name, all[name], turn%4 == 1
}

// underTheKeeper puts back one copy after the other while the service runs.
func underTheKeeper(t *testing.T, now moment, before []moment) {
	t.Helper()
	s := now.tale.in(now.tale.Elsewhere(t, now.Copy))
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
		name, kind, kept := piece(len(before) + j)
		present := s.Bucket.Snapshot()
		putBack(s.Bucket, was.Bucket, kind, kept)
		s.staysTaken(t, was.name+", "+name, lost)
		putBack(s.Bucket, present, pieces()["all"], true)
		right("with "+was.name+" put right", now.right(lost)...)
	}
	right("at the end", now.given...)
	s.Stop(t)
}

// right are the code and the PIN that are right at a moment, where others were
// tried: they end the counting of guesses.
func (m moment) right(tried []access) (all []access) {
	for _, guessed := range [][]access{{sheet1, sheet2, sheet3, sheet4}, {pin1, pin2}} {
		in := func(a access) bool { return slices.Contains(guessed, a) }
		if i := slices.IndexFunc(m.given, in); i >= 0 && slices.ContainsFunc(tried, in) {
			all = append(all, m.given[i])
		}
	}
	return all
}

// atTheStart puts back a copy while the service is down.
func atTheStart(t *testing.T, now, was moment, turn int) {
	t.Helper()
	lost := was.lost(now)
	if len(lost) == 0 {
		return
	}
	name, kind, kept := piece(turn)
	s := now.tale.in(now.tale.Elsewhere(t, now.Copy))
	putBack(s.Bucket, was.Bucket, kind, kept)
	if s.TryStart(t.Context()) == nil { // else nobody is served
		s.staysTaken(t, was.name+", "+name+", at the start", lost)
		_ = s.Keeper.Close() // its bucket is not what it was
		s.Keeper = nil
	}
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
