package keeper_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A post is a structure in which the worker helps one person, by a consent that
// names a replacement.
type post struct {
	*vaulttest.House
	p       helpedPerson
	left    bool              // the worker has
	program vaulttest.Program // of a partner body, where the act is about one
}

// programKey is the same key at every try.
func programKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

// A posting is an act on a structure, and how many writes it takes until it is
// answered.
type posting struct {
	name   string
	writes int
	takes  bool
	left   bool // begins after the worker left
	try    func(context.Context, *testing.T, *post, vault.RequestID) error
	done   func(*testing.T, *post) bool
}

func postings() []posting {
	return []posting{
		{"enrol", 3, false, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			act := enrolment(t, s.House, vault.FunctionSocialWorker)
			act.Request, act.Agent.Until = id, postingEnd()
			return s.approvedBy(ctx, t, func(a vault.ApprovalID) error {
				act.Approval = a
				return second(s.Keeper.EnrolAgent(ctx, s.Login(t, vaulttest.Manager), act))
			})
		}, func(t *testing.T, s *post) bool { return s.self(t, newcomer) }},
		{"change", 2, false, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			act := vault.ChangeAgent{
				Request: id, Agent: s.Agents[vaulttest.DPO], Name: "Changée Fictive",
				Functions: vault.NewFunctionSet(vault.FunctionDPO, vault.FunctionReception), Until: postingEnd(),
			}
			return s.approvedBy(ctx, t, func(a vault.ApprovalID) error {
				act.Approval = a
				return s.Keeper.ChangeAgent(ctx, s.Login(t, vaulttest.Manager), act)
			})
		}, func(t *testing.T, s *post) bool {
			self, err := s.Keeper.Self(t.Context(), s.Login(t, vaulttest.DPO))
			return err == nil && len(self.Agents) == 1 && self.Agents[0].Functions.Has(vault.FunctionReception)
		}},
		{"sign a notebook's end", 2, false, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			act := burnt(vault.NotebookID{7})
			act.Request = id
			return s.approvedBy(ctx, t, func(a vault.ApprovalID) error {
				act.Approval = a
				return s.Keeper.DestroyNotebook(ctx, s.Login(t, vaulttest.Manager), act)
			})
		}, func(t *testing.T, s *post) bool {
			all, err := s.Keeper.Notebooks(t.Context(), s.Login(t, vaulttest.Manager))
			if err != nil || len(all) > 1 {
				t.Errorf("notebooks %+v: %v", all, err)
			}
			return len(all) == 1 && all[0].ID == vault.NotebookID{7} && !all[0].Witness.IsZero()
		}},
		{"register a partner program", 3, false, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			act := vault.RegisterPartner{Request: id, Name: "Organisme-Exemple", SIRET: "12345678200010", Key: vaulttest.PartnerKey(t, programKey()), Until: postingEnd()}
			return s.approvedBy(ctx, t, func(a vault.ApprovalID) error {
				act.Approval = a
				return second(s.Keeper.RegisterPartner(ctx, s.Login(t, vaulttest.Manager), act))
			})
		}, func(t *testing.T, s *post) bool {
			all, err := s.Keeper.Partners(t.Context(), s.Login(t, vaulttest.Manager))
			if err != nil || len(all) > 1 {
				t.Errorf("programs %+v: %v", all, err)
			}
			return len(all) == 1 && second(s.TryProgram(t, vaulttest.Program{ID: all[0].ID, Key: programKey()})) == nil
		}},
		{"replace a program's key", 2, false, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			act := vault.RegisterPartner{Request: id, Name: "Organisme-Exemple", SIRET: "12345678200010", Key: vaulttest.PartnerKey(t, programKey()), Until: postingEnd()}
			act.Partner = s.program.ID
			return s.approvedBy(ctx, t, func(a vault.ApprovalID) error {
				act.Approval = a
				return second(s.Keeper.RegisterPartner(ctx, s.Login(t, vaulttest.Manager), act))
			})
		}, func(t *testing.T, s *post) bool {
			old := second(s.TryProgram(t, s.program)) == nil
			replaced := second(s.TryProgram(t, vaulttest.Program{ID: s.program.ID, Key: programKey()})) == nil
			if old == replaced {
				t.Errorf("the old key logs in: %v, the new one: %v", old, replaced)
			}
			return replaced
		}},
		{"end", 1, true, false, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			return second(s.Keeper.EndAgent(ctx, s.Login(t, vaulttest.Manager), vault.EndAgent{Request: id, Agent: s.Agents[vaulttest.Worker]}))
		}, func(t *testing.T, s *post) bool {
			err := s.p.read(t, s.House, s.Login(t, vaulttest.Worker))
			return errors.Is(err, vault.ErrNotFound) && !s.self(t, vaulttest.Worker)
		}},
		{"assign", 1, false, true, func(ctx context.Context, t *testing.T, s *post, id vault.RequestID) error {
			return second(s.Keeper.AssignSuccessor(ctx, s.Login(t, vaulttest.Manager), vault.AssignSuccessor{
				Request: id, Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
			}))
		}, func(t *testing.T, s *post) bool {
			time.Sleep(time.Minute) // the sweep
			return s.p.read(t, s.House, s.Login(t, vaulttest.Colleague)) == nil
		}},
	}
}

func postingEnd() time.Time {
	return time.Date(2000, 5, 1, 0, 0, 0, 0, time.UTC) // a bubble begins in 2000
}

// self reports whether somebody is an agent in post.
func (s *post) self(t *testing.T, subject string) bool {
	t.Helper()
	self, err := s.Keeper.Self(t.Context(), s.Login(t, subject))
	if err != nil {
		t.Fatal("self:", err)
	}
	return len(self.Agents) == 1 && self.Agents[0].State == vault.AgentActive
}

// approvedBy tries an act, has it approved, and tries again: anew where an
// earlier approval was spent by a try that a crash cut short.
func (s *post) approvedBy(ctx context.Context, t *testing.T, try func(vault.ApprovalID) error) error {
	t.Helper()
	err := try(vault.ApprovalID{})
	w, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok {
		return err
	}
	if err := s.Keeper.Approve(ctx, s.Login(t, vaulttest.Counter), w.Approval); err != nil {
		return err
	}
	return try(w.Approval)
}

// Every write of an act on a structure × every way it can go wrong × restart.
func TestEveryWriteOfAStructureSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*vaulttest.House, *testing.T){
		"power cut": func(h *vaulttest.House, t *testing.T) { h.Crash(t) },
		"stop":      func(h *vaulttest.House, t *testing.T) { h.Restart(t) },
	}
	for _, a := range postings() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				for way, restart := range ways {
					if way == "stop" && nth < a.writes-1 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/write %d/%s", a.name, name, nth+1, way), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { onePosting(t, a, fault, nth, restart) })
					})
				}
			}
		}
	}
}

func onePosting(t *testing.T, a posting, fault storagetest.Fault, nth int, restart func(*vaulttest.House, *testing.T)) {
	s := &post{House: vaulttest.New(t), left: a.left}
	s.p = help(t, s.House, vaulttest.Person, vault.ReplacementSuccessor)
	if a.left {
		if _, err := leave(t, s.House); err != nil {
			t.Fatal(err)
		}
	}
	if a.name == "replace a program's key" {
		s.program = s.Program(t, "Organisme-Exemple")
	}
	time.Sleep(time.Minute)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t.Context(), t, s, request)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && (err != nil || !a.done(t, s)) {
		t.Errorf("what takes away was refused by the bucket: %v", err)
	}
	late := s.Bucket
	restart(s.House, t)
	late.Land(t.Context())
	happened := a.done(t, s)
	if err == nil && !happened {
		t.Error("acknowledged, and lost")
	}
	if again := a.try(t.Context(), t, s, request); again != nil {
		t.Errorf("the retry failed: %v", again)
	}
	if !a.done(t, s) {
		t.Error("the retry did not do it")
	}
	late.Land(t.Context())
	time.Sleep(time.Minute)
	all, err := s.Keeper.Agents(t.Context(), s.Login(t, vaulttest.Manager))
	if want := len(vaulttest.Team()); err != nil || len(all) != want && (a.name != "enrol" || len(all) != want+1) {
		t.Errorf("%d agents: %v", len(all), err)
	}
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
	if !a.done(t, s) {
		t.Error("it did not survive a stop in good order")
	}
}

// Whoever brings back an older copy of the bucket brings back nobody who left.
func TestAnOlderBucketBringsBackNobodyWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementSuccessor)
		before := h.Bucket.Snapshot()
		if _, err := leave(t, h); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		h.Bucket.Restore(before)
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); err == nil {
			t.Error("whoever left reads, while the keeper runs")
		}
		h.Stop(t)
		h.Bucket.Restore(before)
		if err := h.TryStart(t.Context()); err != nil {
			return // it notices at once
		}
		who := h.Login(t, vaulttest.Worker)
		if err := p.read(t, h, who); err == nil {
			t.Error("whoever left reads")
		}
		if self, err := h.Keeper.Self(t.Context(), who); err != nil || len(self.Agents) != 0 {
			t.Errorf("whoever left is %+v: %v", self, err)
		}
	})
}
