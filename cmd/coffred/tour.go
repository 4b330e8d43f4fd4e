package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/tour"
)

func newTour(a *app) *cobra.Command {
	var target, ca, people, prints string
	cmd := &cobra.Command{
		Use:   "tour --target ADDRESS --ca FILE --people FILE",
		Short: "Play the main job against a running DEV server",
		Long: `Plays the main job through the public API of a running development server, as its
clients see it. A server whose certificate does not carry the mark of development
is refused before anything is sent. What only somebody with the server's disk can
verify is left out, and said.`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if target == "" || ca == "" || people == "" {
				return usage("--target, --ca and --people are required")
			}
			return a.tour(cmd.Context(), target, ca, people, prints)
		},
	}
	f := cmd.Flags()
	f.StringVar(&target, "target", "", "the `ADDRESS` of the service, host:port")
	f.StringVar(&ca, "ca", "", "the certificate `FILE` of coffred dev (tls/cert.pem)")
	f.StringVar(&people, "people", "", "the people's `FILE` of coffred dev (prints/personnes.json)")
	f.StringVar(&prints, "prints", "", "`DIR` for the code sheet and the receipts (default: a temporary one)")
	return cmd
}

func (a *app) tour(ctx context.Context, target, ca, peopleFile, prints string) (err error) {
	people, err := tour.ReadPeople(peopleFile)
	if err != nil {
		return err
	}
	if prints == "" {
		if prints, err = os.MkdirTemp("", "coffre-tour-"); err != nil {
			return fmt.Errorf("prints: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(prints)) }()
	}
	return tour.Run(ctx, tour.Config{Address: target, CAFile: ca, People: people, Prints: prints, Report: a.report})
}
