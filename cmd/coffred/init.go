package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
)

type initOptions struct {
	dir, data         string
	bucket, anchors   string
	s3, s3Credentials string
	listen, publicURL string
}

func newInit(a *app) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init --dir DIR",
		Short: "Found a vault: keys, escrow sheets, key card, configuration",
		Long: `Founds a vault: draws the master, the signing key, the pepper and two escrow keys,
writes the sheets to print, the key card and a commented configuration into DIR,
and the first entry into the bucket. Nothing is ever overwritten: everything is
looked at before the first file is written.

Print what lies in DIR/prints, hand it to the people each sheet names, and delete
the files: the escrow keys are nowhere else.`,
		Example: "  coffred init --dir /etc/coffre --data /var/lib/coffre\n" +
			"  coffred init --dir /etc/coffre --s3 https://s3.example.fr/coffre --s3-credentials s3.txt",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.init(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "", "`DIR` for secrets, prints and configuration")
	f.StringVar(&o.data, "data", "", "`DIR` of trail and state (default: data below --dir)")
	f.StringVar(&o.bucket, "bucket", "", "keep objects in this `DIR` (default: bucket below --data)")
	f.StringVar(&o.anchors, "anchors", "", "copy checkpoints to this `DIR` (default: anchors below --dir: move it elsewhere)")
	f.StringVar(&o.s3, "s3", "", "keep objects in this bucket instead: `URL` is https://host/bucket[/prefix]")
	f.StringVar(&o.s3Credentials, "s3-credentials", "", "`FILE` with the access key and the secret key on two lines")
	f.StringVar(&o.listen, "listen", "0.0.0.0:8443", "`ADDRESS` of the service")
	f.StringVar(&o.publicURL, "public-url", "https://coffre.example.fr:8443", "`URL` where people reach it")
	return cmd
}

func (a *app) init(ctx context.Context, o initOptions) error {
	place, err := o.complete()
	if err != nil {
		return err
	}
	f, err := newFounding(chain.RealmProduction)
	if err != nil {
		return err
	}
	w := f.written()
	w.Listen, w.PublicURL = o.listen, o.publicURL
	w.CertFile, w.KeyFile = fileCert, fileKey
	w.DataDir, w.Bucket, w.Anchors = o.data, place, config.Place{Dir: o.anchors}
	conf, err := w.Text()
	if err != nil {
		return err
	}
	files := f.files(conf)
	if err := absent(o.dir, files); err != nil {
		return err
	}
	b, err := server.OpenPlace(ctx, place)
	if err != nil {
		return fmt.Errorf("bucket: %w", err)
	}
	err = empty(ctx, b)
	if err == nil {
		err = writeAll(o.dir, files)
	}
	if err == nil {
		err = f.begin(ctx, b, o.dir, files)
	}
	if err := errors.Join(err, b.Close()); err != nil {
		if errors.Is(err, keeper.ErrFounded) {
			return fmt.Errorf("the bucket holds a vault already, and nothing is ever overwritten: %w", err)
		}
		return err
	}
	return a.founded(o, f)
}

// begin writes the genesis. Keys of a vault that surely does not exist are taken
// back; where the bucket's answer was lost they may be all there is, and stay.
func (f *founding) begin(ctx context.Context, b storage.Bucket, dir string, files []newFile) error {
	err := f.commit(ctx, b)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrUndecided):
		return fmt.Errorf("nobody knows whether the bucket has the vault now, so its keys stay in %s: ask coffred doctor: %w", dir, err)
	}
	for _, file := range files {
		err = errors.Join(err, os.Remove(filepath.Join(dir, file.name)))
	}
	return err
}

// complete fills in what follows from other options.
func (o *initOptions) complete() (config.Place, error) {
	if o.dir == "" {
		return config.Place{}, usage("say with --dir where secrets, prints and configuration go")
	}
	if o.bucket != "" && o.s3 != "" {
		return config.Place{}, usage("--bucket and --s3 exclude each other")
	}
	if o.data == "" {
		o.data = filepath.Join(o.dir, "data")
	}
	if o.bucket == "" {
		o.bucket = filepath.Join(o.data, "bucket")
	}
	if o.anchors == "" {
		o.anchors = filepath.Join(o.dir, "anchors")
	}
	for _, p := range []*string{&o.dir, &o.data, &o.bucket, &o.anchors} {
		abs, err := filepath.Abs(*p)
		if err != nil {
			return config.Place{}, fmt.Errorf("init: %w", err)
		}
		*p = abs
	}
	if o.s3 != "" {
		return s3Place(o.s3, o.s3Credentials)
	}
	return config.Place{Dir: o.bucket}, nil
}

func (a *app) founded(o initOptions, f *founding) error {
	a.say(`The vault is founded.

  key card     %s
  fingerprint  %s
  sheets       %s
               %s
  secrets      %s
  config       %s

Next: print the three sheets and delete them; put a certificate at the paths of
the configuration; fill in issuers and trail_retention; coffred doctor; then begin a
structure with its first access manager: coffred structure add.`,
		filepath.Join(o.dir, fileKeyCard), f.genesis().Fingerprint(),
		filepath.Join(o.dir, fileEscrowA), filepath.Join(o.dir, fileEscrowB),
		filepath.Join(o.dir, "secrets"), filepath.Join(o.dir, fileConfig))
	return a.emit(struct {
		Config      string `json:"config"`
		Genesis     string `json:"genesis"`
		Fingerprint string `json:"fingerprint"`
	}{filepath.Join(o.dir, fileConfig), f.genesis().String(), f.genesis().Fingerprint()})
}
