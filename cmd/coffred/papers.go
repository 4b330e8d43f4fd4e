package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/vault/papers"
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
			catalogue, err := loadPapers(local)
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

// loadPapers reads the catalogue, and a structure's own files over it where a
// folder is named. A file with another name is a mistake, not a topic.
func loadPapers(dir string) (*papers.Catalogue, error) {
	catalogue, err := papers.Load()
	if err != nil || dir == "" {
		return catalogue, err
	}
	files := make(map[papers.Topic][]byte)
	for _, topic := range papers.Topics() {
		raw, err := os.ReadFile(filepath.Join(dir, topic.File()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("papers: %w", err)
		}
		files[topic] = raw
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("papers: %w", err)
	}
	for _, e := range entries {
		topic := papers.Topic(e.Name()[:len(e.Name())-len(filepath.Ext(e.Name()))])
		if _, known := files[topic]; filepath.Ext(e.Name()) == ".yaml" && !known {
			return nil, fmt.Errorf("papers: %s is no file of the catalogue", e.Name())
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("papers: no file of the catalogue in %s", dir)
	}
	return catalogue.WithLocal(files)
}
