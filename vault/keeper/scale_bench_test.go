package keeper_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// measured is a town that was made, with its people's sheets.
type measured struct {
	*town
	ids     []vault.AgentID
	opened  []vault.SafeID
	codes   []seal.Code
	desks   map[int]session.Principal // agents who are logged in
	samples int
}

func newMeasured(b *testing.B) *measured {
	b.Helper()
	m := &measured{town: newTown(b), desks: map[int]session.Principal{}}
	m.samples = min(100, m.agents/2) // in a small town nobody opens more in an hour than they may
	raw, err := os.ReadFile(m.notes())
	if err != nil {
		b.Fatal("make the town first:", err)
	}
	for line := range strings.Lines(string(raw)) {
		id, code, isSafe := strings.Cut(strings.TrimSpace(line), " ")
		if !isSafe {
			m.ids = append(m.ids, ok(vault.ParseAgentID(id))(b))
			continue
		}
		m.opened = append(m.opened, ok(vault.ParseSafeID(id))(b))
		m.codes = append(m.codes, ok(seal.ParseCode(code))(b))
	}
	return m
}

func ok[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// agent is a logged-in agent of the town.
func (m *measured) agent(b *testing.B, i int) session.Principal {
	b.Helper()
	if _, in := m.desks[i]; !in {
		m.desks[i] = m.Login(b, agentOf(i))
	}
	return m.desks[i]
}

// each times n calls of do one by one, and reports the middle, the slowest but
// one in a hundred, and what the processors worked for each.
func (m *measured) each(b *testing.B, n int, do func(i int)) {
	b.Helper()
	took := make([]time.Duration, n)
	worked := busy()
	for i := range n {
		at := time.Now()
		do(i)
		took[i] = time.Since(at)
	}
	worked = busy() - worked
	slices.Sort(took)
	b.ReportMetric(milli(took[n/2]), "ms-p50")
	b.ReportMetric(milli(took[min(n-1, n*99/100)]), "ms-p99")
	b.ReportMetric(milli(worked)/float64(n), "cpu-ms/op")
	b.ReportMetric(0, "ns/op") // of all n together: of no use
}

func milli(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// busy is what this process has worked so far: a figure that a busy machine
// changes little.
func busy() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// resident reports what the process holds in memory, of which its own and not
// the files' that it reads through it.
func resident(b *testing.B) {
	b.Helper()
	debug.FreeOSMemory()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc on this system")
	}
	for line := range strings.Lines(string(raw)) {
		var kib float64
		for name, unit := range map[string]string{"VmRSS:": "MiB-resident", "RssAnon:": "MiB-own"} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				_, _ = fmt.Sscanf(rest, "%f kB", &kib)
				b.ReportMetric(kib/1024, unit)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkScale measures a whole structure: 10 000 safes, 500 agents, 50 000
// consents. It writes to the town it measures, as its people do.
func BenchmarkScale(b *testing.B) {
	m := newMeasured(b)
	m.floors(b)
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			m.Stop(b)
			m.Start(b)
		}
	})
	m.desks = map[int]session.Principal{}
	b.Run("memory after the start", resident)
	m.lists(b)
	m.daily(b)
	b.Run("memory after a day", resident)
	m.manyPapers(b)
	b.Run("memory after everything", resident)
}

// floors are what the same disk and the same processors do bare.
func (m *measured) floors(b *testing.B) {
	b.Run("floor/a flushed file of 4 KiB", func(b *testing.B) {
		folder := filepath.Join(m.Folder, "floor")
		if err := os.Mkdir(folder, 0o700); err != nil {
			b.Fatal(err)
		}
		m.each(b, 200, func(i int) {
			f := ok(os.Create(filepath.Join(folder, fmt.Sprint(i))))(b)
			_, err := f.Write(make([]byte, 4096))
			if err == nil {
				err = f.Sync()
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			if err != nil {
				b.Fatal(err)
			}
		})
		if err := os.RemoveAll(folder); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("floor/one sealed header opened", func(b *testing.B) {
		id, bind := ok(seal.NewIdentity())(b), seal.Bind(seal.KindService, "bench")
		raw := ok(seal.Seal(make([]byte, 80), bind, id.Recipient()))(b).Bytes()
		m.each(b, 200, func(int) { ok(id.Open(raw, bind))(b) })
	})
}

// lists are what agents see first.
func (m *measured) lists(b *testing.B) {
	home := func(b *testing.B, i int) {
		b.Helper()
		least := m.safes / m.agents
		if i == 0 {
			least = m.agents
		}
		if list := ok(m.Keeper.Helped(b.Context(), m.agent(b, i), vault.ListHelped{Limit: vault.MaxPage}))(b); len(list) < least {
			b.Fatal("the home list of", i, "has", len(list))
		}
	}
	sample := func(n int) []int { return rand.Perm(m.agents - 1)[:min(n, m.agents-1)] }
	for _, i := range sample(m.samples) { // logged in before anything is timed
		m.agent(b, 1+i)
	}
	b.Run("home list/of 100, each agent's first", func(b *testing.B) {
		all := sample(m.samples)
		for _, i := range all {
			m.agent(b, 1+i)
		}
		m.each(b, len(all), func(i int) { home(b, 1+all[i]) })
	})
	b.Run("home list/of 100, cached", func(b *testing.B) {
		home(b, 1)
		m.each(b, m.samples, func(int) { home(b, 1) })
	})
	b.Run("home list/of 500, cached", func(b *testing.B) {
		home(b, 0)
		m.each(b, m.samples, func(int) { home(b, 0) })
	})
	b.Run("find a safe by name and birth", func(b *testing.B) {
		m.each(b, m.samples, func(i int) {
			safe := rand.IntN(m.safes)
			e := entryOf(safe)
			found := ok(m.Keeper.FindSafe(b.Context(), m.agent(b, 1+i%(m.agents-1)), vault.FindSafe{Name: e.Name, Birth: e.Birth}))(b)
			if !slices.ContainsFunc(found, func(f vault.FoundSafe) bool { return f.Safe == m.opened[safe] }) {
				b.Fatal("not found")
			}
		})
	})
}

// daily is a day of people and agents, in safes drawn at random.
func (m *measured) daily(b *testing.B) {
	draw := func(b *testing.B) (safe int, who session.Principal) {
		b.Helper()
		safe = rand.IntN(m.safes)
		return safe, m.agent(b, m.helperOf(safe, 1+rand.IntN(perSafe-1)))
	}
	b.Run("deposit of 100 KiB", func(b *testing.B) {
		body := vaulttest.Text("papier", 100<<10)
		m.each(b, 3*m.samples, func(int) {
			safe, who := draw(b)
			ok(m.Deposit(b.Context(), who, m.opened[safe], vaulttest.Paper{Title: "papier", Body: body}))(b)
		})
	})
	b.Run("list and read a paper under a consent", func(b *testing.B) {
		m.each(b, 5*m.samples, func(int) {
			safe, who := draw(b)
			docs := ok(m.Keeper.List(b.Context(), who, vault.List{Safe: m.opened[safe], Limit: 10}))(b)
			ok(m.Read(b.Context(), who, m.opened[safe], docs[0].ID, 0))(b)
		})
	})
	b.Run("a person's journal", func(b *testing.B) {
		m.each(b, m.samples, func(int) {
			safe := rand.IntN(m.safes)
			who := m.Login(b, personOf(safe))
			lines := ok(m.Keeper.Journal(b.Context(), who, vault.ReadJournal{Safe: m.opened[safe], Limit: 1000}))(b)
			if len(lines) < perSafe {
				b.Fatal("a journal of", len(lines))
			}
		})
	})
	b.Run("a person unlocks, gives and withdraws a consent", func(b *testing.B) {
		m.each(b, m.samples, func(int) {
			safe := rand.IntN(m.safes)
			who := m.unlocked(b, safe)
			c := ok(m.give(b, who, m.opened[safe], m.ids[1]))(b)
			if err := m.Keeper.WithdrawConsent(b.Context(), who, vault.EndConsent{Safe: m.opened[safe], Consent: c.ID}); err != nil {
				b.Fatal(err)
			}
		})
	})
}

func (m *measured) unlocked(b *testing.B, safe int) session.Principal {
	b.Helper()
	who := m.Login(b, personOf(safe))
	if err := m.Keeper.Unlock(b.Context(), who, vault.Unlock{Safe: m.opened[safe], Code: m.codes[safe]}); err != nil {
		b.Fatal(err)
	}
	return who
}

// manyPapers is a consent over 200 papers that arrived in eight batches: giving
// it, and in another session opening it.
func (m *measured) manyPapers(b *testing.B) {
	safe := rand.IntN(m.safes)
	person := m.unlocked(b, safe)
	batch := make([]vaulttest.Paper, vault.MaxBatch)
	for i := range batch {
		batch[i] = vaulttest.Paper{Title: "quittance", Kind: "quittance-loyer", Body: vaulttest.Text("quittance", 5000)}
	}
	for range manyPapers / len(batch) {
		ok(m.Deposit(b.Context(), person, m.opened[safe], batch...))(b)
	}
	const times = 20
	given := make([]vault.Consent, times)
	b.Run("consent over 200 papers/give", func(b *testing.B) {
		m.each(b, times, func(i int) { given[i] = ok(m.give(b, person, m.opened[safe], m.ids[1+i%(m.agents-1)]))(b) })
	})
	b.Run("consent over 200 papers/open: list and read the first", func(b *testing.B) {
		agents := make([]session.Principal, times)
		for i := range agents {
			agents[i] = m.Login(b, agentOf(1+i%(m.agents-1)))
		}
		m.each(b, times, func(i int) { m.openMany(b, agents[i], m.opened[safe]) })
	})
	m.manyArrivals(b, times)
}

// openMany is how an agent begins: they list a safe of many papers, and read one.
func (m *measured) openMany(b *testing.B, who session.Principal, safe vault.SafeID) {
	b.Helper()
	docs := ok(m.Keeper.List(b.Context(), who, vault.List{Safe: safe, Limit: 1000}))(b)
	if len(docs) < manyPapers {
		b.Fatal("a list of", len(docs))
	}
	ok(m.Read(b.Context(), who, safe, docs[len(docs)-1].ID, 0))(b)
}

// manyArrivals is a consent to which 200 papers came one by one, so that each has
// an object of its own in the bundle.
func (m *measured) manyArrivals(b *testing.B, times int) {
	safe := rand.IntN(m.safes)
	person, last := m.unlocked(b, safe), m.agents-1
	ok(m.giveWith(b, person, m.opened[safe], m.ids[last], vault.ArrivalsToo))(b)
	for range manyPapers {
		ok(m.Deposit(b.Context(), person, m.opened[safe], vaulttest.Paper{
			Title: "quittance", Kind: "quittance-loyer", Body: vaulttest.Text("quittance", 5000),
		}))(b)
	}
	b.Run("consent over 200 arrivals/open: list and read the first", func(b *testing.B) {
		agent := m.Login(b, agentOf(last)) // nothing that is opened is kept for the next time
		m.each(b, times, func(int) { m.openMany(b, agent, m.opened[safe]) })
	})
}

// BenchmarkScaleLeave ends the agent with a consent in every twentieth safe, in a
// process that is killed when a part of the sweep is done; then another one goes
// on. It uses the town up.
func BenchmarkScaleLeave(b *testing.B) {
	if os.Getenv(scaleChild) != "" {
		endFirst(b)
		return
	}
	folder := os.Getenv(scaleFolder)
	if folder == "" {
		b.Skip("takes many minutes: set " + scaleFolder)
	}
	killed(b, folder)
	m := newMeasured(b)
	at := time.Now()
	left := m.Keeper.LiveRows(b, m.ids[0])
	if left == 0 {
		b.Error("the sweep was over before the process was killed")
	}
	b.ReportMetric(float64(left), "left-at-kill")
	for m.Keeper.LiveRows(b, m.ids[0]) > 0 {
		<-time.After(10 * time.Millisecond)
	}
	b.ReportMetric(time.Since(at).Seconds(), "s-rest-of-sweep")
	manager := m.Login(b, townManager)
	report := ok(m.Keeper.DepartureReport(b.Context(), manager, vault.ReadDeparture{Agent: m.ids[0], Limit: vault.MaxPage}))(b)
	if report.Ended != m.agents || len(report.Safes) != m.agents || m.Keeper.EndLeaves(b, m.ids[0]) != m.agents {
		b.Errorf("the report has %d consents of %d safes, the trail %d, want %d of each",
			report.Ended, len(report.Safes), m.Keeper.EndLeaves(b, m.ids[0]), m.agents)
	}
	gone := m.Login(b, agentOf(0))
	for i := range m.agents {
		if _, err := m.Keeper.List(b.Context(), gone, vault.List{Safe: m.opened[i], Limit: 1}); err == nil {
			b.Error("whoever left opens safe", i)
		}
	}
}

const scaleChild = "COFFRE_SCALE_CHILD"

// killed ends the agent in a process of its own, and kills it in mid-sweep.
func killed(b *testing.B, folder string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkScaleLeave$", "-test.benchtime=1x")
	cmd.Env = append(os.Environ(), scaleChild+"=1", scaleFolder+"="+folder)
	out := ok(cmd.StdoutPipe())(b)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	said := ""
	for in := bufio.NewScanner(out); said == "" && in.Scan(); {
		if line, found := strings.CutPrefix(in.Text(), leftSaid); found {
			said = line
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // it was killed
	var call float64
	if _, err := fmt.Sscanf(said, "%f", &call); err != nil {
		b.Fatalf("the process that ends the agent said %q", said)
	}
	b.ReportMetric(call, "ms-call")
}

const leftSaid = "left after ms: "

// endFirst is what the killed process does: it says how long the call took once
// a third of the sweep is done, and waits.
func endFirst(b *testing.B) {
	m := newMeasured(b)
	manager := m.Login(b, townManager)
	at := time.Now()
	ok(m.Keeper.EndAgent(b.Context(), manager, vault.EndAgent{Request: vault.NewRequestID(), Agent: m.ids[0]}))(b)
	took := time.Since(at)
	for m.Keeper.LiveRows(b, m.ids[0]) > m.agents*2/3 {
		<-time.After(time.Millisecond)
	}
	fmt.Printf("\n%s%f\n", leftSaid, milli(took))
	select {}
}

// BenchmarkScaleRebuild makes the state file of the town anew.
func BenchmarkScaleRebuild(b *testing.B) {
	m := newMeasured(b)
	m.Stop(b)
	if err := os.Rename(m.Config.StatePath, m.Config.StatePath+".before"); err != nil {
		b.Fatal(err)
	}
	worked := busy()
	for b.Loop() {
		n := ok(keeper.Rebuild(b.Context(), m.Config))(b)
		b.ReportMetric(float64(n), "safes")
		b.ReportMetric((busy() - worked).Seconds(), "cpu-s")
	}
	m.Start(b)
	if list := ok(m.Keeper.Helped(b.Context(), m.agent(b, 1), vault.ListHelped{Limit: vault.MaxPage}))(b); len(list) < m.safes/m.agents {
		b.Error("a home list of", len(list))
	}
}
