package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	"github.com/coffre-fort/coffre/vault/chain"
)

type devOptions struct {
	once, noTour  bool
	data          string
	s3            string
	s3Credentials string
	listen        string
}

func newDev(a *app) *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything embedded, with fictitious people, and play the tour",
		Long: `Runs the whole service on this machine with people who do not exist: a folder as
bucket (or an S3 service), a local OpenID provider, a trail, a second place for
its checkpoints. It plays the tour once and then stays up, or with --once ends
with the external verifier. Data made here is marked DEV and is never served.`,
		Example: "  coffred dev --once\n  coffred dev --data ./essai\n  coffred dev --data ./essai --no-tour\n  coffred dev --once --s3 http://127.0.0.1:7070/coffre --s3-credentials s3.txt",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.dev(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "end after the tour; 0 only if every step and every check passed")
	f.BoolVar(&o.noTour, "no-tour", false, "stay up at once, without playing the tour: there are people, and no safe")
	f.StringVar(&o.data, "data", "", "keep everything in this `DIR`, and go on from it (default: a temporary one)")
	f.StringVar(&o.s3, "s3", "", "keep objects in this bucket instead of a folder: `URL` is https://host/bucket[/prefix]")
	f.StringVar(&o.s3Credentials, "s3-credentials", "", "`FILE` with the access key and the secret key on two lines")
	f.StringVar(&o.listen, "listen", "", "`ADDRESS` of the service, kept with the data (default: a free port of 127.0.0.1)")
	cmd.AddCommand(newDevIdentities(a))
	return cmd
}

func (a *app) dev(ctx context.Context, o devOptions) (err error) {
	if o.once && o.noTour {
		return usage("--once ends after the tour, --no-tour plays none: give one of them")
	}
	dir, temporary, err := devFolder(o)
	if err != nil {
		return err
	}
	if temporary && o.once {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	cfg, people, err := openDev(ctx, dir, o)
	if err != nil {
		return err
	}
	logFile, err := os.OpenFile(filepath.Join(dir, fileLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer func() { err = errors.Join(err, logFile.Close()) }()
	d := &development{dir: dir, cfg: cfg, log: slog.New(slog.NewJSONHandler(logFile, &slog.HandlerOptions{Level: slog.Level(cfg.Log)}))}
	if err := d.start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	if !o.noTour {
		if err := a.playDev(ctx, d, people); err != nil {
			return err
		}
	}
	if o.once {
		if temporary {
			a.say("Everything lay in a temporary folder and is gone; --data DIR keeps it.")
		}
		return nil
	}
	if err := d.start(ctx); err != nil { // the verifier had it stopped
		return err
	}
	a.inviteDev(d, people, o)
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.done:
		d.done = nil
		return err
	}
}

// devFolder is where everything lies, and whether it was made up for this run.
func devFolder(o devOptions) (dir string, temporary bool, err error) {
	if o.data == "" {
		if dir, err = os.MkdirTemp("", "coffre-dev-"); err != nil {
			return "", false, fmt.Errorf("data: %w", err)
		}
		return dir, true, nil
	}
	if dir, err = filepath.Abs(o.data); err != nil {
		return "", false, fmt.Errorf("data: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", false, fmt.Errorf("data: %w", err)
	}
	return dir, false, nil
}

// openDev reads what a run before left, or founds it.
func openDev(ctx context.Context, dir string, o devOptions) (config.Config, tour.People, error) {
	path := filepath.Join(dir, fileConfig)
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		bucket := config.Place{Dir: dirBucket}
		if o.s3 != "" {
			if bucket, err = s3Place(o.s3, o.s3Credentials); err != nil {
				return config.Config{}, tour.People{}, err
			}
		}
		if err := foundDev(ctx, dir, bucket, cmp.Or(o.listen, "127.0.0.1:0")); err != nil {
			return config.Config{}, tour.People{}, err
		}
	case err != nil:
		return config.Config{}, tour.People{}, fmt.Errorf("data: %w", err)
	case o.s3 != "" || o.listen != "":
		return config.Config{}, tour.People{}, usage("%s says already where objects are kept and where to listen: leave out --s3 and --listen", path)
	}
	cfg, err := config.Load(path)
	if err != nil {
		return config.Config{}, tour.People{}, err
	}
	if chain.Realm(cfg.Realm) != chain.RealmDev {
		return config.Config{}, tour.People{}, usage("%s is not marked dev: the data of real people is not for playing", path)
	}
	people, err := tour.ReadPeople(filepath.Join(dir, filePeople))
	return cfg, people, err
}

// s3Place reads the URL of a bucket.
func s3Place(address, credentials string) (config.Place, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return config.Place{}, usage("--s3 is https://host/bucket, with /prefix if need be")
	}
	bucket, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if bucket == "" {
		return config.Place{}, usage("--s3 names no bucket: https://host/bucket")
	}
	if credentials == "" {
		return config.Place{}, usage("say with --s3-credentials which file holds the access key and the secret key")
	}
	if credentials, err = filepath.Abs(credentials); err != nil {
		return config.Place{}, fmt.Errorf("s3-credentials: %w", err)
	}
	if prefix != "" {
		prefix += "/"
	}
	return config.Place{S3: &config.S3{
		Endpoint: u.Scheme + "://" + u.Host, Bucket: bucket, Prefix: prefix, CredentialsFile: credentials,
	}}, nil
}

// A development server that can be stopped and started again.
type development struct {
	dir  string
	cfg  config.Config
	log  *slog.Logger
	srv  *server.Server
	end  context.CancelFunc
	done chan error // what ended the server; nil while it does not run
}

func (d *development) start(ctx context.Context) error {
	if d.done != nil {
		return nil
	}
	srv, err := server.Open(ctx, server.Config{File: d.cfg, LocalIssuer: d.cfg.Issuers[0].Issuer, Log: d.log})
	if err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	d.srv, d.end, d.done = srv, end, make(chan error, 1)
	go func() { d.done <- srv.Run(life) }()
	return nil
}

// stop ends serving and closes everything; it may be called again.
func (d *development) stop() error {
	if d.srv == nil {
		return nil
	}
	d.end()
	var err error
	if d.done != nil {
		err = <-d.done
	}
	err = errors.Join(err, d.srv.Close())
	d.srv, d.done = nil, nil
	return err
}

// playDev plays the tour against the running server; its last step stops it.
func (a *app) playDev(ctx context.Context, d *development, people tour.People) error {
	began := time.Now()
	err := tour.Run(ctx, tour.Config{
		Address: d.srv.Addr().String(), CAFile: d.cfg.TLS.CertFile,
		People: people, Prints: filepath.Join(d.dir, dirPrints),
		Checks: tour.Checks{Bucket: d.checkBucket, Trail: d.checkTrail, Operator: d.checkOperator},
		Report: a.report,
	})
	if err == nil {
		a.say("\nThe tour took %.1f s and every check passed.", time.Since(began).Seconds())
	}
	return err
}

// report prints one step.
func (a *app) report(r tour.Result) {
	if a.output == formatJSON {
		_ = a.emit(r) // a reader that left ends the program by its signal
		return
	}
	verdict := "ok"
	if !r.OK {
		verdict = "FAILED"
	}
	a.say("%-6s  %-15s  %6d ms  %s", verdict, r.Step, r.MS, r.Detail)
}

// inviteDev says how to look around.
func (a *app) inviteDev(d *development, people tour.People, o devOptions) {
	who, next := people.Owner.Login, "coffre unlock --code-file …   the code is on the sheet in "+filepath.Join(d.dir, dirPrints)+"\n  coffre ls"
	if o.noTour { // the owner has no safe yet
		who, next = people.Counter.Login, "coffre info\n  coffre open --sheet … --information …"
	}
	out := a.stdout
	if a.output == formatJSON {
		out = a.stderr
	}
	fmt.Fprintf(out, `
Everything runs on until Ctrl-C. Look around:

  coffre login --server %s --ca %s --issuer local
      as %s, password in %s
  %s

Configuration: %s
`, d.srv.Addr(), d.cfg.TLS.CertFile, who, filepath.Join(d.dir, filePeople), next, filepath.Join(d.dir, fileConfig))
}
