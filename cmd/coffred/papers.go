package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/vault/texts"
)

func newPapers(a *app) *cobra.Command {
	var local string
	cmd := &cobra.Command{
		Use:   "papers [--local DIR]",
		Short: "Print what is believed about papers, with the source of every row",
		Long: `Prints, in French, how long papers are kept, how young they must be, what each
démarche asks, what comes again and what to write down about each body: every row
with its source and mark. With --local the structure's own files (retention.yaml,
freshness.yaml…) are checked and read over the rest; a file that contradicts itself
is refused with the row.`,
		Example: "  coffred papers > papers.md\n  coffred papers --local /etc/coffre/papers",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			catalogue, err := server.Catalogue(local)
			if err != nil {
				return err
			}
			page := texts.PapersPage(catalogue)
			if a.output == formatText {
				if _, err := fmt.Fprint(a.stdout, page); err != nil {
					return fmt.Errorf("papers: %w", err)
				}
			}
			return a.emit(struct {
				Page string `json:"page"`
			}{page})
		},
	}
	cmd.Flags().StringVar(&local, "local", "", "folder with the structure's own files")
	return cmd
}
