package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

// fetched is one document as get reports it.
type fetched struct {
	Document  string `json:"document"`
	File      string `json:"file"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size,string"` // as proto JSON writes 64 bits
	SHA256    []byte `json:"sha256"`      // base64, as proto JSON writes bytes
}

func newGet(a *app) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "get ID... [-o DOSSIER|FICHIER|-]",
		Short: "Reprendre des papiers",
		Long: `Copie des papiers hors du coffre, qui doit être déverrouillé. Chaque papier est
comparé avec ce qui a été déposé avant de recevoir son nom ; un téléchargement
coupé reprend où il en était ; un fichier déjà là n'est jamais remplacé.`,
		Example: "  coffre get ID -o papiers/\n  coffre get ID -o - | lpr",
		Args:    ids(1, -1),
	}
	cmd.Flags().StringVarP(&to, "to", "o", ".", "l'`ENDROIT` où les écrire : un dossier, un fichier neuf, ou - pour la sortie (sinon le dossier courant)")
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		if to == "-" {
			return a.getToOutput(ctx, v, args)
		}
		target, err := target(to, len(args))
		if err != nil {
			return err
		}
		return a.getFiles(ctx, v, args, target)
	})
}

// target reads -o: a folder that exists, or the name of a new file.
func target(to string, documents int) (client.Target, error) {
	if to == "" {
		return client.Target{}, usage("Dites avec -o où écrire le papier, ou laissez l'option de côté.")
	}
	info, err := os.Stat(to)
	switch {
	case err == nil && info.IsDir():
		return client.Target{Dir: to}, nil
	case os.IsPathSeparator(to[len(to)-1]) || documents > 1:
		return client.Target{}, usage("Le dossier %s n'existe pas : créez-le d'abord.", client.Printable(to))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return client.Target{}, client.FileError("écrire", to, err)
	default:
		return client.Target{File: to}, nil
	}
}

func (a *app) getToOutput(ctx context.Context, v visit, args []string) error {
	switch {
	case len(args) > 1:
		return usage("Un seul papier peut aller sur la sortie : demandez-les un par un, ou donnez un dossier.")
	case a.output == formatJSON:
		return usage("--output json et « -o - » ne vont pas ensemble : la sortie est le papier lui-même.")
	}
	if _, tty := terminal(a.stdout); tty {
		return usage("Un papier ne s'affiche pas dans un terminal : donnez un dossier avec -o, ou envoyez la sortie vers un autre programme.")
	}
	bar := a.progress("Lecture", -1)
	defer bar.done()
	_, err := v.GetTo(ctx, v.safe, args[0], a.stdout, bar.add)
	return err
}

// getFiles stops at the first failure; what came before is whole, and told.
func (a *app) getFiles(ctx context.Context, v visit, args []string, to client.Target) error {
	files := make([]fetched, 0, len(args))
	var failed error
	for _, id := range args {
		bar := a.progress("Lecture", -1)
		got, err := v.GetFile(ctx, v.safe, id, to, bar.add)
		bar.done()
		if err != nil {
			failed = err
			break
		}
		a.say("%s  %s (%s)", id, client.Printable(got.Path), weight(got.Header.GetSize()))
		files = append(files, fetched{id, got.Path, got.Header.GetMediaType(), got.Header.GetSize(), got.SHA256[:]})
	}
	return errors.Join(failed, a.emit(struct {
		Documents []fetched `json:"documents"`
	}{files}))
}
