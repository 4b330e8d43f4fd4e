package keeper_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// loseDisk stops the service and loses its files; it answers what the person's
// journal said, and thaws both buckets.
func (s *scene) loseDisk(t *testing.T) []vault.Line {
	t.Helper()
	lines := s.journal(t, true)
	s.Stop(t)
	for _, path := range []string{s.Config.TrailPath, s.Config.StatePath} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	return lines
}

// copies are the objects of the trail's copy below a prefix.
func (s *scene) copies(prefix string) (all []storage.Key) {
	for _, key := range s.Bucket.Keys() {
		if strings.HasPrefix(string(key), prefix) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// A machine is lost with its disk: the trail is read back from its copy, the state
// rebuilt from it, and the person reads every line of before, and that the trail was
// read back (L-04, L-15). Looking writes nothing.
func TestALostTrailIsReadBackFromItsCopy(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Restart(t) // so that there are several copies
	s.again(t)
	before := s.loseDisk(t)
	looked, err := keeper.RestoreTrail(t.Context(), s.Config, 0)
	if err != nil || looked.Kept || looked.Leaves == 0 || looked.Covered != looked.Leaves {
		t.Fatalf("%+v %v", looked, err)
	}
	if left, err := os.ReadDir(s.Folder); err != nil || slices.ContainsFunc(left, func(e fs.DirEntry) bool { return strings.Contains(e.Name(), ".db") }) {
		t.Errorf("looking left %v, %v", left, err)
	}
	kept, err := keeper.RestoreTrail(t.Context(), s.Config, keeper.KeepTrail)
	if err != nil || !kept.Kept || kept.Leaves != looked.Leaves {
		t.Fatalf("%+v %v", kept, err)
	}
	if _, err := keeper.RestoreTrail(t.Context(), s.Config, keeper.KeepTrail); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a trail that is there: %v", err)
	}
	if _, err := keeper.Rebuild(t.Context(), s.Config); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	s.again(t)
	after := s.journal(t, true)
	told := 0
	for _, l := range after {
		if l.Act == vault.ActRestoreTrail {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the journal says %d times that the trail was read back", told)
	}
	for _, l := range before {
		if !slices.ContainsFunc(after, func(o vault.Line) bool { return o.Position == l.Position && o.Act == l.Act && o.Time.Equal(l.Time) }) {
			t.Errorf("line %v of before is missing", l.Act)
		}
	}
	if _, err := s.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0); err != nil {
		t.Errorf("a paper: %v", err)
	}
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) != 0 {
		t.Errorf("%v %v", report, err)
	}
	s.Restart(t)
}

// A copy that lacks or alters anything of what the second place vouches for is
// refused, and nothing is left in the place of the trail.
func TestACopyThatIsNotTheTrailIsRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Restart(t)
	s.loseDisk(t)
	leaves, details := s.copies("v1/t/l/"), s.copies("v1/t/d/")
	if len(leaves) < 2 || len(details) != len(leaves) {
		t.Fatalf("%d copies of leaves, %d of details", len(leaves), len(details))
	}
	last := len(leaves) - 1
	for what, attack := range map[string]func(){
		"the newest leaves are missing": func() { s.Bucket.Drop(leaves[last]) },
		"the first leaves are missing":  func() { s.Bucket.Drop(leaves[0]) },
		"all leaves are missing": func() {
			for _, key := range leaves {
				s.Bucket.Drop(key)
			}
		},
		"the details are missing": func() { s.Bucket.Drop(details[last]) },
		"leaves are altered":      func() { s.Bucket.Flip(leaves[last], 200) },
		"details are altered":     func() { s.Bucket.Flip(details[0], 60) },
		"two are swapped":         func() { s.Bucket.Swap(leaves[0], leaves[last]) },
		"details are swapped":     func() { s.Bucket.Swap(details[0], details[last]) },
	} {
		older := s.Bucket.Snapshot()
		attack()
		if c, err := keeper.RestoreTrail(t.Context(), s.Config, keeper.KeepTrail); !errors.Is(err, keeper.ErrTrailCut) || c.Kept {
			t.Errorf("%s: %+v %v", what, c, err)
		}
		if _, err := os.Stat(s.Config.TrailPath); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a trail is there: %v", what, err)
		}
		s.Bucket.Restore(older)
	}
	older := s.Anchors.Snapshot()
	for _, key := range s.Anchors.Keys() {
		if strings.HasPrefix(string(key), "v1/anchors/") {
			s.Anchors.Drop(key)
		}
	}
	for _, keep := range []keeper.Keeping{0, keeper.KeepTrail} {
		if c, err := keeper.RestoreTrail(t.Context(), s.Config, keep); !errors.Is(err, keeper.ErrTrailCut) || c != (keeper.TrailCopy{}) {
			t.Errorf("with nothing to hold it against: %+v %v", c, err)
		}
	}
	s.Anchors.Restore(older)
	if err := os.WriteFile(s.Config.StatePath, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := keeper.RestoreTrail(t.Context(), s.Config, keeper.KeepTrail); err == nil || c.Kept {
		t.Error("restored beside a state of another trail")
	}
}

// A rebuild copies the whole trail anew. However long that takes, the service starts:
// the checkpoint is in the second place, and the copy goes on. A stop waits no longer.
func TestAStartWaitsForNoCopy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.Stop(t)
		before := len(s.copies("v1/t/l/"))
		s.Bucket.Slow(6 * time.Second) // a batch is two calls
		s.Start(t)
		first := s.Keeper.Anchored()
		s.Stop(t) // nor does a stop
		s.Start(t)
		if r := s.Keeper.Anchored(); first.Problem != nil || r.Problem != nil || r.Covered <= first.Covered {
			t.Errorf("%+v, then %+v", first, r)
		}
		if n := len(s.copies("v1/t/l/")); n != before {
			t.Errorf("%d copies, %d before: the test is too fast", n, before)
		}
		s.Bucket.Slow(0)
		time.Sleep(time.Minute)
		if after := len(s.copies("v1/t/l/")); after <= before {
			t.Errorf("%d copies, as before", after)
		}
		s.again(t)
		s.sound(t)
	})
}
