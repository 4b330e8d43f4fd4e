package tour

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// A Result says how one step went. Its JSON form is one line of the output.
type Result struct {
	Step   string `json:"step"`
	OK     bool   `json:"ok"`
	MS     int64  `json:"ms"`
	Detail string `json:"detail"` // what happened, in plain words
}

// Checks are what only somebody with the server's disk can verify; each answers
// in plain words what it found in order. A nil check is left out, and its step
// says so.
type Checks struct {
	// Bucket compares everything stored with the signed entries, and looks for
	// markers where nothing of a person may stand.
	Bucket func(ctx context.Context, markers []Marker) (string, error)
	// Trail lets the external verifier read the trail, given the checkpoints that
	// clients remember.
	Trail func(ctx context.Context, known [][]byte) (string, error)
	// Operator tries to open everything outside the service, with all that the
	// operator has. The markers of locked must come out nowhere, and those of open
	// each somewhere: else the attempt proves nothing.
	Operator func(ctx context.Context, locked, open []Marker) (string, error)
}

// A Config says where the tour plays, and with whom.
type Config struct {
	// Address is the service's, host:port; CAFile what its certificate is checked
	// with.
	Address, CAFile string
	// People play; they have accounts already.
	People People
	// Prints is a folder for what is printed: the code sheet and the receipts.
	Prints string
	// Checks are what else is verified at the end.
	Checks Checks
	// Report is told of each step as it ends.
	Report func(Result)
}

// ErrStep is wrapped when a step or a check did not pass.
var ErrStep = errors.New("tour: a step did not pass")

// Run plays the tour to its end, or to the first step that fails.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Report == nil || cfg.Prints == "" {
		return errors.New("tour: prints and report are required")
	}
	if err := OnlyDev(ctx, cfg.Address, cfg.CAFile); err != nil {
		return err
	}
	papers, err := makePapers()
	if err != nil {
		return err
	}
	c, err := client.New(client.Config{Address: cfg.Address, CAFile: cfg.CAFile})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // everything was answered
	s := &story{cfg: cfg, anyone: c, papers: papers, ledger: ledger{}}
	for _, step := range s.steps() {
		if err := s.play(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotDev refuses a server that may hold real people's papers.
var ErrNotDev = errors.New("tour: the server is not marked DEV")

// OnlyDev refuses a server whose certificate does not carry the mark of a
// development server ([config.DevMark]). Nothing is sent before that is known.
func OnlyDev(ctx context.Context, address, caFile string) error {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return fmt.Errorf("tour: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("tour: no certificate in %s", caFile)
	}
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second}, Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}}
	conn, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(address, "https://"))
	if err != nil {
		return fmt.Errorf("tour: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	t, ok := conn.(*tls.Conn)
	if !ok || !config.IsDev(t.ConnectionState().PeerCertificates[0]) {
		return ErrNotDev
	}
	return nil
}

// A story is what is known while the tour plays.
type story struct {
	cfg    Config
	anyone *client.Client

	counter, owner, stranger *client.Client
	ownerLogin               client.Session

	worker, colleague, manager *client.Client
	workerLogin                client.Session

	guest     guest
	agent     string            // the worker's id as agent
	informed  string            // the version of the service's information
	consent   *coffrev1.Consent // the one that was asked for, or given, last
	backAgain string            // the consent to come back

	safe, code string
	known      client.Checkpoint // the first one seen
	papers     []*paper
	markers    []Marker
	ledger     ledger
}

type step struct {
	name string
	play func(*story, context.Context) (string, error)
}

func (s *story) steps() []step {
	return []step{
		{"open-safe", (*story).openSafe},
		{"deposit-locked", (*story).depositLocked},
		{"login", (*story).login},
		{"refuse-locked", (*story).refuseLocked},
		{"unlock", (*story).unlock},
		{"deposit", (*story).deposit},
		{"list", (*story).list},
		{"read", (*story).read},
		{"control", (*story).control},
		{"describe", (*story).describe},
		{"entrust", (*story).entrust},
		{"destroy", (*story).destroy},
		{"refuse-stranger", (*story).refuseStranger},
		{"journal", (*story).journal},
		{"lock", (*story).lock},
		{"information", (*story).information},
		{"counter-open", (*story).counterOpen},
		{"counter-session", (*story).counterSession},
		{"activate", (*story).activate},
		{"find", (*story).find},
		{"request", (*story).request},
		{"consent", (*story).give},
		{"presence", (*story).presence},
		{"agent-read", (*story).agentRead},
		{"relay", (*story).relay},
		{"sheet-forgotten", (*story).sheetForgotten},
		{"come-back", (*story).comeBack},
		{"withdraw-mid-read", (*story).withdrawMidRead},
		{"agent-refused", (*story).agentRefused},
		{"operator-shut-out", (*story).operatorShutOut},
		{"freeze", (*story).freeze},
		{"agent-leaves", (*story).agentLeaves},
		{"successor", (*story).successor},
		{"partner", (*story).partner},
		{"workshop", (*story).workshop},
		{"sort", (*story).sort},
		{"notebook", (*story).notebook},
		{"memo", (*story).memo},
		{"reveal-once", (*story).revealOnce},
		{"bring-slip", (*story).bringSlip},
		{"household", (*story).household},
		{"handover", (*story).handover},
		{"leader-refused", (*story).leaderRefused},
		{"passport", (*story).passport},
		{"copy-lost", (*story).copyLost},
		{"recover", (*story).recover},
		{"verify-bucket", (*story).verifyBucket},
		{"verify-trail", (*story).verifyTrail},
	}
}

func (s *story) play(ctx context.Context, st step) error {
	began := time.Now()
	detail, err := st.play(s, ctx)
	r := Result{Step: st.name, OK: err == nil, MS: time.Since(began).Milliseconds(), Detail: detail}
	if err != nil {
		r.Detail = err.Error()
		if e, ok := errors.AsType[*client.Error](err); ok {
			r.Detail += " (" + e.Sentence + ")"
		}
	}
	s.cfg.Report(r)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrStep, st.name, err)
	}
	return nil
}

// refused answers nil when err is a refusal of that class, and otherwise what is
// wrong: a call that goes through is what a refusal's check is for.
func refused(err error, class client.Class, what string) error {
	if err == nil {
		return fmt.Errorf("%s was not refused", what)
	}
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Class != class {
		return fmt.Errorf("%s: another refusal than expected: %w", what, err)
	}
	return nil
}

// differ says what is not as it must be.
func differ(what string, have, want any) error {
	return fmt.Errorf("%s: have %v, want %v", what, have, want)
}
