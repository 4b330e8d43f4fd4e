package keeper_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A course is a cycle of the workshop leader with its participants, each with a paper
// that the leader reads under a consent that the cycle bounds.
type course struct {
	*vaulttest.House
	cycle  vault.CycleID
	people []*helped
}

func newCourse(t *testing.T, participants int) *course {
	t.Helper()
	c := &course{House: vaulttest.New(t)}
	var err error
	c.cycle, err = c.Keeper.OpenCycle(t.Context(), c.Login(t, vaulttest.Leader), vault.OpenCycle{Request: vault.NewRequestID(), Plan: planned(nil)})
	must(t, err)
	for i := range participants {
		owner := fmt.Sprint("personne-", i)
		s := &helped{House: c.House, docs: map[string]vault.DocumentID{}, bodies: map[string][]byte{}}
		s.opened = c.OpenSafeAt(t, vaulttest.Counter, owner, vault.OpenSafe{PIN: vaulttest.PIN(t)})
		s.person = c.Unlocked(t, owner, s.opened)
		s.put(t, s.person, "bail")
		must(t, s.Keeper.JoinCycle(t.Context(), s.person, s.onCycle(c.cycle)))
		s.giveLeader(t, func(x *vault.Terms) { x.Cycle = c.cycle })
		c.people = append(c.people, s)
	}
	return c
}

// At the last session of eight one forgot the sheet: the handover waits for that
// person only. The seven others have their safe, the leader goes on helping the
// eighth, and what is true of each is told to each; a restart changes nothing of it.
func TestAHandoverWaitsForOnePersonOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const all, late = 8, 3
		c := newCourse(t, all)
		leader := c.Login(t, vaulttest.Leader)
		for i, s := range c.people {
			if i != late {
				s.handOver(t)
				continue
			}
			must(t, s.Keeper.Lock(t.Context(), s.person, s.opened.Safe)) // and the sheet is at home
			want(t, "without the sheet", second(s.Keeper.PrepareHandover(t.Context(), s.person, vault.PrepareHandover{Safe: s.opened.Safe, Leader: s.Agents[vaulttest.Leader]})), vault.ErrLocked)
			must(t, s.Keeper.WaitHandover(t.Context(), leader, vault.WaitHandover{Request: vault.NewRequestID(), Safe: s.opened.Safe}))
		}
		check := func(when string, waits int) {
			t.Helper()
			list, err := c.Keeper.Participants(t.Context(), c.Login(t, vaulttest.Leader), c.cycle)
			if err != nil || len(list) != waits || waits == 1 && list[0].Safe != c.people[late].opened.Safe {
				t.Errorf("%s: the leader is listed %d participants, %v", when, len(list), err)
			}
			rows, err := c.Keeper.Helped(t.Context(), c.Login(t, vaulttest.Leader), vault.ListHelped{Limit: 2 * all})
			must(t, err)
			told := map[bool]int{}
			for _, r := range rows {
				if told[r.HandoverWaits]++; r.HandoverWaits != (waits == 1 && r.Safe == c.people[late].opened.Safe) {
					t.Errorf("%s: the leader is told that a handover waits: %v", when, r.HandoverWaits)
				}
			}
			if told[false] != all-waits || told[true] != waits {
				t.Errorf("%s: the leader's list says %v", when, told)
			}
			for i, s := range c.people {
				s.person = s.Login(t, fmt.Sprint("personne-", i))
				lateOne := waits == 1 && i == late
				if got := len(s.told(t)[vault.NoticeHandover]); (got == 1) != lateOne {
					t.Errorf("%s: person %d is told %d times that it waits", when, i, got)
				}
				if lateOne {
					must(t, s.readErr(c.Login(t, vaulttest.Leader), "bail"))
				} else if err := s.readErr(c.Login(t, vaulttest.Leader), "bail"); err == nil {
					t.Errorf("%s: the leader reads person %d's", when, i)
				}
			}
		}
		check("at the end of the session", 1)
		c.Crash(t)
		check("after a restart", 1)
		s := c.people[late] // comes back with the sheet
		must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
		s.handOver(t)
		check("when they came back", 0)
		s.leaderFindsNothing(t, s.leader(t))
	})
}

// A handover and its cycle outlast the state file: made anew from bucket and trail it
// says the same of the safe, of the part and of the leader, whatever ends first.
func TestAHandoverAndItsCycleOutlastTheStateFile(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*course, *testing.T){
		"the cycle goes on": func(*course, *testing.T) {},
		"the cycle ended": func(c *course, t *testing.T) {
			must(t, c.Keeper.EndCycle(t.Context(), c.Login(t, vaulttest.Leader), vault.OnCycle{Cycle: c.cycle}))
		},
		"somebody else leads": func(c *course, t *testing.T) {
			must(t, c.Keeper.ChangeLeader(t.Context(), c.Login(t, vaulttest.Manager), vault.ChangeLeader{Cycle: c.cycle, Leader: c.Agents[vaulttest.Colleague]}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCourse(t, 2)
				s, other := c.people[0], c.people[1]
				s.handOver(t)
				before, err := c.Keeper.Participation(t.Context(), s.person, s.opened.Safe)
				must(t, err)
				end(c, t)
				time.Sleep(time.Minute)
				c.Stop(t)
				(&scene{House: c.House}).rebuild(t)
				s.leaderFindsNothing(t, s.leader(t))
				if reads := other.readErr(c.Login(t, vaulttest.Leader), "bail") == nil; reads != (name == "the cycle goes on") {
					t.Errorf("the leader reads of who has no safe yet: %v", reads)
				}
				s.person = c.Unlocked(t, "personne-0", s.opened)
				equal(t, "the person reads", s.reads(t, s.person), "bail")
				view, err := c.Keeper.View(t.Context(), s.person, s.opened.Safe)
				if err != nil || len(view.Handovers) != 1 || view.Handovers[0].Waits || view.Handovers[0].Leader != c.Agents[vaulttest.Leader] {
					t.Errorf("the person is told %+v, %v", view.Handovers, err)
				}
				after, err := c.Keeper.Participation(t.Context(), s.person, s.opened.Safe)
				if err != nil || !after.Part.Handed.Equal(before.Part.Handed) || after.Part.Handed.IsZero() {
					t.Errorf("their part says %v, before %v: %v", after.Part.Handed, before.Part.Handed, err)
				}
				next := c.Login(t, vaulttest.Colleague)
				if err := c.Keeper.NoteProgress(t.Context(), next, vault.NoteProgress{Safe: s.opened.Safe, Cycle: c.cycle}); err == nil {
					t.Error("whoever leads next notes something of them")
				}
			})
		})
	}
}

// L-03, the way out without the service: with the bucket, the master and the sheet
// that the last handover printed, the stock library opens every paper of every epoch;
// with the sheet of before, nothing at all.
func TestTheLastSheetOpensEveryEpochOutsideTheService(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	sheets := []vault.OpenedSafe{s.opened}
	for _, kind := range []papers.Kind{"passeport", "acte-naissance"} {
		s.handOver(t)
		s.put(t, s.person, kind)
		sheets = append(sheets, s.opened)
	}
	s.Stop(t)
	for i, sheet := range sheets {
		identity, err := sheet.Code.IdentityAt(sheet.Sheet.String(), s.Config.CodeCost)
		must(t, err)
		a := loot{"sheet": identity.Text().Reveal()}
		for key, raw := range s.Bucket.Snapshot().All() {
			a[string(key)] = raw
		}
		seen := a.openAll(t, s.Config.Secrets.Master)
		for kind := range s.docs {
			if kind == "rib" {
				continue // entrusted: the master opens it
			}
			if opens := anyContains(seen, []byte("papier "+kind)); kind != "" && opens != (i == len(sheets)-1) {
				t.Errorf("sheet %d of %d opens %s: %v", i+1, len(sheets), kind, opens)
			}
		}
	}
}
