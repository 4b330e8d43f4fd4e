package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// entered opens a safe for nobody's login and puts it into the register.
func entered(t testing.TB, h *vaulttest.House, name, birth string) vault.OpenedSafe {
	t.Helper()
	opened, err := h.Keeper.OpenSafe(t.Context(), h.Login(t, vaulttest.Counter), vault.OpenSafe{
		Request: vault.NewRequestID(), Information: "1", Entry: vault.RegisterEntry{Name: name, Birth: birth, Language: "fr"},
	})
	if err != nil {
		t.Fatal("open:", err)
	}
	return opened
}

// found searches and answers the safes.
func found(t testing.TB, h *vaulttest.House, who session.Principal, name, birth string) (ids []vault.SafeID) {
	t.Helper()
	all, err := h.Keeper.FindSafe(t.Context(), who, vault.FindSafe{Name: name, Birth: birth})
	if err != nil {
		t.Fatalf("find %q: %v", name, err)
	}
	for _, f := range all {
		ids = append(ids, f.Safe)
	}
	return ids
}

func TestASafeIsFoundByNameAndBirthDateTogether(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := entered(t, h, "FICTIVE Anne-Élise", "1984-02-00")
	worker := h.Login(t, vaulttest.Worker)
	searches := map[[2]string]bool{
		{"FICTIVE Anne-Élise", "1984-02-00"}: true,
		{"anne elise fictive", "1984-02-00"}: true,
		{"Élise Fictive", "1984-02-00"}:      true,
		{"fictive", "1984-02-00"}:            true,
		{"fict", "1984-02-00"}:               false,
		{"fictive", "1984-02-01"}:            false,
		{"fictive jeanne", "1984-02-00"}:     false,
	}
	check := func() {
		t.Helper()
		for s, want := range searches {
			if ids := found(t, h, worker, s[0], s[1]); slices.Contains(ids, opened.Safe) != want {
				t.Errorf("%q: %v", s, ids)
			}
		}
	}
	check()
	h.Crash(t)
	worker = h.Login(t, vaulttest.Worker)
	check()
	for _, bad := range []vault.FindSafe{
		{Name: "fictive"}, {Birth: "1984-02-00"}, {}, {Name: "fictive", Birth: "1984"}, {Name: "--", Birth: "1984-02-00"},
		{Name: "fictive", Birth: "1984-02-00", Address: opened.Address},
	} {
		if _, err := h.Keeper.FindSafe(t.Context(), worker, bad); !isInvalid(err) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	// The register is the structure's own.
	h.FoundAnother(t, "ailleurs-fictif")
	if ids := found(t, h, h.Login(t, "ailleurs-fictif"), "fictive", "1984-02-00"); len(ids) != 0 {
		t.Error("another structure finds", ids)
	}
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[*vault.InvalidError](err)
	return ok
}

func TestASearchAnswersFiveAtMostAndNobodyHidden(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	for range 7 {
		entered(t, h, "COMMUNE Fictive", "1990-00-00")
	}
	worker := h.Login(t, vaulttest.Worker)
	if ids := found(t, h, worker, "Commune", "1990-00-00"); len(ids) != vault.FindLimit {
		t.Errorf("%d answers", len(ids))
	}
	person := entered(t, h, "SEULE Fictive", "1991-01-01")
	counter := h.Login(t, vaulttest.Counter)
	set := func(e vault.RegisterEntry) error {
		return h.Keeper.SetRegister(t.Context(), counter, vault.SetRegister{Request: vault.NewRequestID(), Safe: person.Safe, Entry: e})
	}
	if err := set(vault.RegisterEntry{Name: "RENOMMÉE Fictive", Birth: "1991-01-01", Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	if ids := found(t, h, worker, "seule", "1991-01-01"); len(ids) != 0 {
		t.Error("found by the name of before:", ids)
	}
	if ids := found(t, h, worker, "renommee", "1991-01-01"); len(ids) != 1 {
		t.Error("not found by the name of now")
	}
	if err := set(vault.RegisterEntry{}); err != nil {
		t.Fatal(err)
	}
	if ids := found(t, h, worker, "renommee", "1991-01-01"); len(ids) != 0 {
		t.Error("found outside the register:", ids)
	}
	for _, bad := range []vault.RegisterEntry{{Name: "x"}, {Birth: "1991-01-01"}, {Name: "x", Birth: "1991"}, {Name: "a\nb", Birth: "1991-01-01"}} {
		if err := set(bad); !isInvalid(err) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// Each search is recorded, in the journal of whoever was found (L-46).
func TestThePersonReadsThatTheyWereLookedFor(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	person := h.Login(t, vaulttest.Person)
	if err := h.Keeper.SetRegister(t.Context(), person, vault.SetRegister{
		Request: vault.NewRequestID(), Safe: opened.Safe, Entry: vault.RegisterEntry{Name: "FICTIVE Personne", Birth: "1984-02-00", Language: "fr"},
	}); err != nil {
		t.Fatal(err)
	}
	found(t, h, h.Login(t, vaulttest.Worker), "personne", "1984-02-00")
	lines, err := h.Keeper.Journal(t.Context(), person, vault.ReadJournal{Safe: opened.Safe, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(lines, func(l vault.Line) bool {
		return l.Act == vault.ActFindSafe && l.AgentName == vaulttest.Worker && l.Outcome == vault.OutcomeDone
	}) {
		t.Error("no line says so")
	}
}

func TestAnAddressFindsASafeAndGivesNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		opened := h.OpenSafe(t, vaulttest.Person)
		person := h.Login(t, vaulttest.Person)
		issue := vault.IssueAddress{Request: vault.NewRequestID(), Safe: opened.Safe, Label: "Caisse fictive"}
		address, err := h.Keeper.IssueAddress(t.Context(), person, issue)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.Keeper.IssueAddress(t.Context(), person, issue); err != nil || again != address {
			t.Error("a retry answers another address:", err)
		}
		worker := h.Login(t, vaulttest.Worker)
		find := func(id vault.AddressID) []vault.FoundSafe {
			t.Helper()
			all, err := h.Keeper.FindSafe(t.Context(), worker, vault.FindSafe{Address: id})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if all := find(address); len(all) != 1 || all[0] != (vault.FoundSafe{Safe: opened.Safe}) {
			t.Errorf("found %+v", all)
		}
		if all := find(vault.NewAddressID()); len(all) != 0 {
			t.Errorf("found %+v by an address that nobody has", all)
		}
		// Revoking holds whatever the bucket says, and after a crash.
		h.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit || op == storagetest.OpPut {
				return storagetest.NotApplied
			}
			return storagetest.None
		})
		if err := h.Keeper.RevokeAddress(t.Context(), person, vault.RevokeAddress{Request: vault.NewRequestID(), Safe: opened.Safe, Address: address}); err != nil {
			t.Fatal(err)
		}
		if all := find(address); len(all) != 0 {
			t.Errorf("found %+v after that", all)
		}
		h.Crash(t)
		worker = h.Login(t, vaulttest.Worker)
		if all := find(address); len(all) != 0 {
			t.Errorf("found %+v after a crash", all)
		}
		if all := find(opened.Address); len(all) != 1 {
			t.Error("another address went with it")
		}
	})
}

// Rate limits are told to the access manager as what was unusual, never as work
// that was done (L-55).
func TestALimitIsReachedAndTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementNone)
		worker, manager := h.Login(t, vaulttest.Worker), h.Login(t, vaulttest.Manager)
		var err error
		n := 0
		for ; n < 100; n++ {
			if err = p.read(t, h, worker); err != nil {
				break
			}
		}
		if n != 30 || !errors.Is(err, vault.ErrLimit) {
			t.Errorf("%d papers in an hour: %v", n, err)
		}
		if err := p.read(t, h, p.person); err != nil {
			t.Error("the person has a limit:", err)
		}
		all, err := h.Keeper.Anomalies(t.Context(), manager)
		if err != nil || len(all) != 1 || all[0].Agent != h.Agents[vaulttest.Worker] || all[0].Kind != vault.AnomalyOpenings || all[0].Count != 1 {
			t.Errorf("anomalies: %+v %v", all, err)
		}
		time.Sleep(time.Hour)
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); err != nil {
			t.Error("an hour later:", err)
		}
		worker = h.Login(t, vaulttest.Worker)
		for n = 0; err == nil && n < 100; n++ {
			_, err = h.Keeper.FindSafe(t.Context(), worker, vault.FindSafe{Name: "fictive", Birth: "1984-02-00"})
		}
		if n != 61 || !errors.Is(err, vault.ErrLimit) {
			t.Errorf("%d searches in an hour: %v", n-1, err)
		}
		for range 25 {
			_ = second(h.Keeper.Anomalies(t.Context(), worker))
		}
		all, err = h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
		if err != nil || len(all) != 3 {
			t.Errorf("anomalies: %+v %v", all, err)
		}
		later(t, h, 32*24*time.Hour)
		all, err = h.Keeper.Anomalies(t.Context(), h.Login(t, vaulttest.Manager))
		if err != nil || len(all) != 0 {
			t.Errorf("a month later: %+v %v", all, err)
		}
	})
}

func TestTheCircleIsThePersons(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	p := help(t, h, vaulttest.Person, vault.ReplacementNone)
	worker := h.Login(t, vaulttest.Worker)
	circle, err := h.Keeper.Circle(t.Context(), p.person, p.opened.Safe)
	if err != nil || len(circle.Members) != 1 {
		t.Fatalf("circle %+v: %v", circle, err)
	}
	m := circle.Members[0]
	if m.Agent != h.Agents[vaulttest.Worker] || m.Name != vaulttest.Worker || m.Structure != vaulttest.StructureName ||
		m.Function != vault.FunctionSocialWorker || m.Referent || len(m.Purposes) != 1 || m.Until.IsZero() {
		t.Errorf("member %+v", m)
	}
	if _, err := h.Keeper.Circle(t.Context(), worker, p.opened.Safe); !errors.Is(err, vault.ErrNotFound) {
		t.Error("a helper sees the circle unasked:", err)
	}
	set := func(who session.Principal, a vault.AgentID) error {
		return h.Keeper.SetReferent(t.Context(), who, vault.SetReferent{Request: vault.NewRequestID(), Safe: p.opened.Safe, Referent: a, Shared: true})
	}
	if err := set(worker, h.Agents[vaulttest.Worker]); !errors.Is(err, vault.ErrNotFound) {
		t.Error("an agent names themselves:", err)
	}
	if err := set(p.person, vault.NewAgentID()); !errors.Is(err, vault.ErrNotFound) {
		t.Error("nobody knows this agent:", err)
	}
	if err := set(p.person, h.Agents[vaulttest.Colleague]); err != nil {
		t.Fatal(err)
	}
	circle, err = h.Keeper.Circle(t.Context(), worker, p.opened.Safe)
	if err != nil || len(circle.Members) != 2 || !circle.Shared || !circle.Members[0].Referent || circle.Members[0].Agent != h.Agents[vaulttest.Colleague] {
		t.Errorf("shared: %+v %v", circle, err)
	}
	if _, err := h.Keeper.Circle(t.Context(), h.Login(t, vaulttest.Colleague), p.opened.Safe); !errors.Is(err, vault.ErrNotFound) {
		t.Error("who helps with nothing sees the circle:", err)
	}
	if err := h.Keeper.SetReferent(t.Context(), p.person, vault.SetReferent{Request: vault.NewRequestID(), Safe: p.opened.Safe}); err != nil {
		t.Fatal(err)
	}
}

// Who helps for as long as workshops go on stands in the circle no longer than that,
// whenever the sweep comes.
func TestTheCircleEndsWithTheWorkshops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, nil)
		members := func() int {
			circle, err := s.Keeper.Circle(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			must(t, err)
			return len(circle.Members)
		}
		if n := members(); n != 1 {
			t.Errorf("%d members before", n)
		}
		s.Bucket.SetRule(writesDown) // no sweep writes anything down
		must(t, s.Keeper.EndCycle(t.Context(), s.worker, vault.OnCycle{Request: vault.NewRequestID(), Cycle: id}))
		if n := members(); n != 0 {
			t.Errorf("%d members after the last workshop", n)
		}
		s.Bucket.SetRule(nil)
	})
}

// What the state file knows of structures follows from bucket and trail.
func TestARebuildKnowsStructuresAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		p := help(t, h, vaulttest.Person, vault.ReplacementSuccessor)
		opened := entered(t, h, "FICTIVE Autre", "1984-02-00")
		if err := p.read(t, h, h.Login(t, vaulttest.Worker)); err != nil {
			t.Fatal(err)
		}
		id := enrol(t, h, vault.FunctionSocialWorker)
		before, err := h.Keeper.Agents(t.Context(), h.Login(t, vaulttest.Manager))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leave(t, h); err != nil {
			t.Fatal(err)
		}
		h.Stop(t)
		h.Config.StatePath += ".new"
		if _, err := keeper.Rebuild(t.Context(), h.Config); err != nil {
			t.Fatal("rebuild:", err)
		}
		h.Start(t)
		manager := h.Login(t, vaulttest.Manager)
		after, err := h.Keeper.Agents(t.Context(), manager)
		if err != nil || len(after) != len(before) {
			t.Fatalf("%d agents: %v", len(after), err)
		}
		for i, a := range after {
			want := before[i]
			if want.ID == h.Agents[vaulttest.Worker] {
				want.State = vault.AgentEnded
			}
			if a != want {
				t.Errorf("%+v, not %+v", a, want)
			}
		}
		if ids := found(t, h, h.Login(t, vaulttest.Colleague), "autre", "1984-02-00"); !slices.Contains(ids, opened.Safe) {
			t.Error("the register is lost")
		}
		report, err := h.Keeper.DepartureReport(t.Context(), manager, vault.ReadDeparture{Agent: h.Agents[vaulttest.Worker], Limit: vault.MaxPage})
		if err != nil || len(report.Safes) != 1 || report.Safes[0].Openings != 1 || report.Replaced != 1 {
			t.Errorf("report %+v: %v", report, err)
		}
		if _, err := h.Keeper.AssignSuccessor(t.Context(), manager, vault.AssignSuccessor{
			Request: vault.NewRequestID(), Agent: h.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: id,
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := p.read(t, h, h.Login(t, newcomer)); err != nil {
			t.Error("the successor reads:", err)
		}
	})
}
