package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/chain"
)

func newDoctor(a *app) *cobra.Command {
	return a.withConfig(&cobra.Command{
		Use:   "doctor --config FILE",
		Short: "Say what a service needs and does not have yet",
		Long: `Looks at everything a service needs: secrets, age of the master, certificate, folders,
bucket (with the same probe as at start), second place, clock, issuers; for an API node, whether the
keeper answers it. It changes nothing but a few probe objects, which it removes, and
may be run while the service runs.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.doctor(ctx, cfg) })
}

// An examination is one thing the doctor looks at.
type examination struct {
	name string
	look func(context.Context, config.Config) (string, error)
}

func (a *app) doctor(ctx context.Context, cfg config.Config) error {
	all := examinations(cfg)
	ill := 0
	for _, e := range all {
		detail, err := e.look(ctx, cfg)
		verdict := "ok"
		if err != nil {
			ill++
			verdict, detail = "FAILED", err.Error()
		}
		a.say("%-6s  %-16s  %s", verdict, e.name, detail)
		if err := a.emit(struct {
			Check  string `json:"check"`
			OK     bool   `json:"ok"`
			Detail string `json:"detail"`
		}{e.name, err == nil, detail}); err != nil {
			return err
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of %d checks failed", ill, len(all))
	}
	return nil
}

// examinations are what a configuration's part in the service needs.
func examinations(cfg config.Config) []examination {
	if cfg.Keeper != nil {
		return []examination{{"certificate", lookAtCertificate}, {"bucket", lookAtNodesBucket}, {"keeper", lookAtKeeper}, {"anchors", lookAtKeepersAnchors}}
	}
	all := []examination{{"secrets", lookAtSecrets}, {"master", lookAtMaster}}
	if cfg.KeeperListen == nil {
		all = append(all, examination{"certificate", lookAtCertificate})
	}
	all = append(all, examination{"data", lookAtData}, examination{"bucket", lookAtBucket}, examination{"anchors", lookAtAnchors}, examination{"trail", lookAtRetention},
		examination{"papers", lookAtPapers}, examination{"hosting", lookAtHosting})
	for _, i := range cfg.Issuers {
		if cfg.Local != nil && i.Issuer == cfg.LocalIssuer() {
			all = append(all, examination{"accounts", lookAtAccounts})
			continue
		}
		all = append(all, examination{"issuer " + i.Name, func(ctx context.Context, _ config.Config) (string, error) {
			return lookAtIssuer(ctx, i.Issuer)
		}})
	}
	return all
}

// lookAtNodesBucket asks for no more than a node needs: it writes contents under
// names nobody used, and the keeper probes the rest.
func lookAtNodesBucket(ctx context.Context, cfg config.Config) (string, error) {
	b, err := server.OpenPlace(ctx, cfg.Bucket)
	if err != nil {
		return "", err
	}
	_, err = b.Stat(ctx, storage.Key(chain.VaultChain.Key(1)))
	if errors.Is(err, storage.ErrNotExist) {
		err = fmt.Errorf("it holds no vault: is it the keeper's bucket? %w", err)
	}
	return "answers, and holds the vault", errors.Join(err, b.Close())
}

func lookAtSecrets(_ context.Context, cfg config.Config) (string, error) {
	s, err := server.Secrets(cfg)
	if err != nil {
		return "", err
	}
	if s.Signing.Public() != cfg.Genesis.VerifyKey {
		return "the three files can be read by their owner only; the signing key is not the first one any more", nil
	}
	return "the three files can be read by their owner only; the signing key is the one on the key card", nil
}

// replaceAfter is when an operator should have a new master, so that there is time
// to destroy the one before.
const replaceAfter = 25 * 24 * time.Hour

// lookAtMaster says how old the masters are: people are told that older copies of
// the bucket stay readable for 30 days at most (L-37).
func lookAtMaster(ctx context.Context, cfg config.Config) (string, error) {
	lines, err := server.MasterLines(ctx, cfg)
	if err != nil {
		return "", err
	}
	now := time.Now()
	for _, l := range lines {
		if l.Overdue(now) {
			return "", fmt.Errorf("master %d has been there since %s and is to be gone after 30 days: coffred master", l.Epoch, l.Since.Format(time.DateOnly))
		}
	}
	last := lines[len(lines)-1]
	if now.Sub(last.Since) > replaceAfter {
		return "", fmt.Errorf("master %d has been there since %s: coffred master new", last.Epoch, last.Since.Format(time.DateOnly))
	}
	return fmt.Sprintf("master %d, since %s", last.Epoch, last.Since.Format(time.DateOnly)), nil
}

// How long the CNIL advises to keep traces (L-52, deliberation 2021-122), in
// months: to where it goes without saying, and to where it takes a reason.
const traceLeast, traceUsual, traceMost = 6, 12, 36

// lookAtRetention says what is stated about the trail, and what that asks for.
func lookAtRetention(_ context.Context, cfg config.Config) (string, error) {
	switch n := cfg.TrailRetention.Months; {
	case n < traceLeast:
		return fmt.Sprintf("kept %d months: the CNIL advises six at least", n), nil
	case n > traceMost:
		return fmt.Sprintf("kept %d months: the CNIL advises a year, three where there is a reason; write down yours", n), nil
	case n > traceUsual:
		return fmt.Sprintf("kept %d months: over a year takes a reason; write it down", n), nil
	default:
		return fmt.Sprintf("kept %d months", n), nil
	}
}

// renewBefore is when an operator should have renewed a certificate.
const renewBefore = 14 * 24 * time.Hour

func lookAtCertificate(_ context.Context, cfg config.Config) (string, error) {
	pair, err := tls.LoadX509KeyPair(cfg.TLS.CertFile, cfg.TLS.KeyFile)
	if err != nil {
		return "", fmt.Errorf("tls: %w", err)
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return "", fmt.Errorf("public_url: %w", err)
	}
	if err := pair.Leaf.VerifyHostname(u.Hostname()); err != nil {
		return "", fmt.Errorf("the certificate does not name the host of public_url: %w", err)
	}
	left := time.Until(pair.Leaf.NotAfter)
	if left < renewBefore {
		return "", fmt.Errorf("it ends on %s: renew it", pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	return fmt.Sprintf("names %s, ends on %s", u.Hostname(), pair.Leaf.NotAfter.Format(time.DateOnly)), nil
}

func lookAtData(_ context.Context, cfg config.Config) (string, error) {
	info, err := os.Stat(cfg.DataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return "the folder will be made at the first start", nil
	}
	if err != nil {
		return "", fmt.Errorf("data_dir: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("data_dir: others can look into it (mode %04o): chmod 700 it", info.Mode().Perm())
	}
	f, err := os.CreateTemp(cfg.DataDir, ".doctor-*")
	if err != nil {
		return "", fmt.Errorf("data_dir cannot be written: %w", err)
	}
	_, err = f.WriteString("x")
	if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name())); err != nil {
		return "", fmt.Errorf("data_dir cannot be written: %w", err)
	}
	var there []string
	for _, path := range []string{server.TrailPath(cfg), server.StatePath(cfg)} {
		if info, err := os.Stat(path); err == nil {
			there = append(there, fmt.Sprintf("%s %.1f MiB", filepath.Base(path), float64(info.Size())/(1<<20)))
		}
	}
	if len(there) == 0 {
		return "can be written; nothing has been served from here yet", nil
	}
	return "can be written; " + strings.Join(there, ", "), nil
}

// maxSkew is more than a clock that is kept should ever be off.
const maxSkew = 30 * time.Second

func lookAtBucket(ctx context.Context, cfg config.Config) (string, error) {
	b, err := server.OpenPlace(ctx, cfg.Bucket)
	if err != nil {
		return "", err
	}
	detail, err := examine(ctx, b, cfg.SingleKeeper)
	if err == nil {
		_, err = b.Stat(ctx, storage.Key(chain.VaultChain.Key(1)))
		if errors.Is(err, storage.ErrNotExist) {
			err = fmt.Errorf("it holds no vault, coffred init founds one: %w", err)
		}
	}
	return detail, errors.Join(err, b.Close())
}

func examine(ctx context.Context, b storage.Bucket, single bool) (string, error) {
	report, err := storage.Probe(ctx, b)
	switch {
	case errors.Is(err, storage.ErrNotConditional) && single:
		return "does not refuse a second write; single_keeper vouches that nobody else writes", nil
	case err != nil:
		return "", fmt.Errorf("probe: %w", err)
	case report.Clock && report.Skew.Abs() > maxSkew:
		return "", fmt.Errorf("its clock and this machine's are %s apart: set this machine's by NTP", report.Skew)
	case report.Clock:
		return fmt.Sprintf("refuses a second write, %d races of eight included; clocks are %s apart", report.Races, report.Skew), nil
	}
	return fmt.Sprintf("refuses a second write, %d races of eight included; it has no clock to compare with", report.Races), nil
}

// lookAtAccounts says what accounts of the service's own there may be. The service
// asks itself, so that there is nobody to be reached.
func lookAtAccounts(_ context.Context, cfg config.Config) (string, error) {
	for _, i := range cfg.Issuers {
		if i.Name != config.LocalName && strings.HasPrefix(i.Issuer, cfg.LocalIssuer()) {
			return "", fmt.Errorf("issuer %s lies below the pages of the service's own accounts", i.Name)
		}
	}
	kinds := "of persons and agents"
	switch {
	case !cfg.Local.Agents:
		kinds = "of persons only: agents need another issuer"
	case !cfg.Local.Persons:
		kinds = "of agents only"
	}
	return fmt.Sprintf("%s, at %s on the same port", kinds, cfg.LocalIssuer()), nil
}

const issuerTime = 10 * time.Second

// lookAtIssuer reads the discovery document (OpenID Connect Discovery §4.3): the
// issuer in it must be the configured one to the letter.
func lookAtIssuer(ctx context.Context, issuer string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, issuerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("discovery: %w", err)
	}
	var found struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	switch err := json.Unmarshal(raw, &found); {
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("discovery: %s", resp.Status)
	case err != nil:
		return "", fmt.Errorf("discovery: %w", err)
	case found.Issuer != issuer:
		return "", errors.New("discovery: it calls itself otherwise than issuers says; the address must be the same to the letter")
	case found.JWKS == "":
		return "", errors.New("discovery: it names no keys")
	}
	return "discovery answers and names the same issuer", nil
}
