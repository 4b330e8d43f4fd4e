package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Écrire le script qui complète les commandes dans votre terminal",
		Example:   "  coffre completion bash > /etc/bash_completion.d/coffre",
		Args:      count(1, 1),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			default:
				return usage("Choisissez bash, zsh, fish ou powershell.")
			}
		},
	}
}

// newMan writes manual pages; it is for packagers, and SOURCE_DATE_EPOCH makes
// its output reproducible.
func newMan() *cobra.Command {
	return &cobra.Command{
		Use:    "man DOSSIER",
		Short:  "Écrire les pages de manuel dans un dossier",
		Hidden: true,
		Args:   count(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // manual pages are for everybody
				return client.FileError("écrire", args[0], err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Title: "COFFRE", Section: "1", Source: "Coffre", Manual: "Manuel de Coffre"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return client.FileError("écrire", args[0], err)
			}
			return nil
		},
	}
}
