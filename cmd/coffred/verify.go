package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault/keeper"
)

func newVerify(a *app) *cobra.Command {
	return a.configured(&cobra.Command{
		Use:   "verify --config FILE",
		Short: "Verify trail, second place, state and everything stored",
		Long: `Reads everything: the trail by the external verifier against each checkpoint of the
second place, every chain from its first entry, every sealed object, every segment
of every paper, the copies of the trail. Nothing of a person is opened. The service
must not run. Exit code 8 when something is not as it was signed.`,
		Args: args(cobra.NoArgs),
	}, func(ctx context.Context, cfg config.Config, _ []string) error { return a.verify(ctx, cfg) })
}

// verified is the JSON form of a verification.
type verified struct {
	OK        bool      `json:"ok"`
	Trail     *trail    `json:"trail,omitempty"`
	Safes     int       `json:"safes"`
	Documents int       `json:"documents"`
	Objects   int       `json:"objects"`
	Findings  []finding `json:"findings"`
}

type trail struct {
	Origin      string `json:"origin"`
	Leaves      uint64 `json:"leaves,string"`
	Signed      uint64 `json:"signed,string"`
	Root        string `json:"root"`
	Checkpoints int    `json:"checkpoints"` // known from elsewhere
}

type finding struct {
	Where   string `json:"where"`
	Problem string `json:"problem"`
}

func trailOf(r audit.Report, known int) *trail {
	return &trail{Origin: r.Origin, Leaves: r.Size, Signed: r.Signed, Root: fmt.Sprintf("%x", r.Root[:]), Checkpoints: known}
}

func (a *app) verify(ctx context.Context, cfg config.Config) error {
	out := verified{Findings: []finding{}}
	err := a.verifyAll(ctx, cfg, &out)
	if err != nil && exitCode(err) == exitIntegrity && len(out.Findings) == 0 {
		// What does not even open is a finding as well.
		out.Findings = append(out.Findings, finding{"vault", err.Error()})
	}
	out.OK = err == nil
	if err != nil && len(out.Findings) == 0 {
		return err
	}
	for _, f := range out.Findings {
		a.say("FOUND  %s: %s", f.Where, f.Problem)
	}
	a.say("%d safes, %d papers, %d objects: %d findings", out.Safes, out.Documents, out.Objects, len(out.Findings))
	return errors.Join(err, a.emit(out))
}

// verifyAll looks at the trail first: opening the vault writes to it.
func (a *app) verifyAll(ctx context.Context, cfg config.Config, out *verified) error {
	stores, err := server.OpenStores(ctx, cfg)
	if err != nil {
		return err
	}
	report, known, err := verifyTrail(ctx, cfg, stores.Anchors, nil)
	if err := errors.Join(err, stores.Close()); err != nil {
		if exitCode(err) == exitIntegrity {
			out.Findings = append(out.Findings, finding{"trail", err.Error()})
		}
		return err
	}
	out.Trail = trailOf(report, known)
	a.say("%s", trailSentence(report, known))
	return server.WithKeeper(ctx, cfg, a.logger(slog.LevelError), func(k *keeper.Keeper, _ server.Stores) error {
		r, err := k.VerifyBucket(ctx)
		if err != nil {
			return fmt.Errorf("verify the bucket: %w", err)
		}
		out.Safes, out.Documents, out.Objects = r.Safes, r.Documents, r.Objects
		for _, f := range r.Findings {
			out.Findings = append(out.Findings, finding{f.Where, f.Err.Error()})
		}
		if len(r.Findings) > 0 {
			return errFindings
		}
		return nil
	})
}

func newTrail(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "trail", Short: "The trail of everything that was tried", Args: args(cobra.NoArgs)}
	cmd.AddCommand(newTrailVerify(a), newTrailExport(a), newTrailRestore(a))
	return cmd
}

type trailOptions struct {
	config, key, anchors string
	checkpoints          []string
}

func newTrailVerify(a *app) *cobra.Command {
	var o trailOptions
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a trail file, believing nothing but its bytes",
		Long: `Derives the whole trail anew from a file and compares it with every checkpoint that
is known: those in the file, those of the second place, those somebody kept. Without
one from elsewhere a cut tail cannot be found. The key is given as text
(--key, golang.org/x/mod/sumdb/note) or follows from a configuration. It names the
first leaf that is wrong. Exit code 8 when something is.`,
		Example: "  coffred trail verify trail.db --key coffre-trail/…+…+… --checkpoint mine.txt --anchors /mnt/anchors\n" +
			"  coffred trail verify trail.db --config coffred.yaml",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.trailVerify(cmd.Context(), args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", "take key and second place from this configuration `FILE`")
	f.StringVar(&o.key, "key", "", "the verifier `KEY`, as coffre trail --verify keeps it")
	f.StringVar(&o.anchors, "anchors", "", "the `DIR` of the second place")
	f.StringArrayVar(&o.checkpoints, "checkpoint", nil, "a `FILE` with a checkpoint that was kept; may be given again")
	return cmd
}

func (a *app) trailVerify(ctx context.Context, path string, o trailOptions) error {
	v, known, err := o.known(ctx)
	if err != nil {
		return err
	}
	r, err := audit.Verify(ctx, path, v, known...)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	if len(known) == 0 {
		fmt.Fprintln(a.stderr, "coffred: no checkpoint from elsewhere was given: a tail that was cut off would not be found")
	}
	a.say("%s: %d leaves in order, %d of them signed, root %x; %d checkpoints from elsewhere agree", r.Origin, r.Size, r.Signed, r.Root[:8], len(known))
	return a.emit(trailOf(r, len(known)))
}

// known gives the key, and every checkpoint to compare with.
func (o trailOptions) known(ctx context.Context) (v note.Verifier, known [][]byte, err error) {
	switch {
	case (o.key == "") == (o.config == ""):
		return nil, nil, usage("give the key with --key, or the configuration with --config")
	case o.key != "":
		if v, err = note.NewVerifier(o.key); err != nil {
			return nil, nil, usage("--key: %w", err)
		}
	default:
		cfg, err := config.Load(o.config)
		if err != nil {
			return nil, nil, err
		}
		if v, err = server.TrailVerifier(cfg); err != nil {
			return nil, nil, err
		}
		if known, err = checkpointsOf(ctx, cfg.Anchors); err != nil {
			return nil, nil, err
		}
	}
	if o.anchors != "" {
		if info, err := os.Stat(o.anchors); err != nil || !info.IsDir() { // opening would make it
			return nil, nil, usage("--anchors: %s is no folder", o.anchors)
		}
		more, err := checkpointsOf(ctx, config.Place{Dir: o.anchors})
		if err != nil {
			return nil, nil, err
		}
		known = append(known, more...)
	}
	for _, path := range o.checkpoints {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("checkpoint: %w", err)
		}
		known = append(known, text)
	}
	return v, known, nil
}

func checkpointsOf(ctx context.Context, p config.Place) ([][]byte, error) {
	b, err := server.OpenPlace(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("anchors: %w", err)
	}
	known, err := server.Checkpoints(ctx, b)
	return known, errors.Join(err, b.Close())
}
